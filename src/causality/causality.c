/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/causality.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/parameters.h"
#include "causeway/score_sense.h"

#include <string.h>

enum { MAX_NOTES = 64, WRITE_BLOCK = 1 << 24 };

typedef struct {
  const char *method, *reading, *units, *description;
  double *values; /* (n_local, n_global), or NULL for a mask */
  uint8_t *mask;  /* (n_local, n_global), or NULL */
} Matrix;

/* The same on every rank. */
typedef struct {
  const char *method, *reading, *description;
  char *groups; /* owned */
  int64_t dims[2];
  double *values;
} Table;

typedef struct {
  const char *method, *name, *text; /* text NULL for a number */
  double value;
} Note;

struct _p_Causality {
  MPI_Comm comm;
  Partition partition;
  int n_matrices, n_tables, n_notes;
  Matrix *matrices; /* (n_matrices) */
  Table *tables;    /* (n_tables) */
  Note notes[MAX_NOTES];
  const char *sparse_method; /* NULL without sparse scores */
  SparseScores sparse;
};

PetscErrorCode CausalityCreate(MPI_Comm comm, int64_t n_global, Causality *causality)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(causality));
  (*causality)->comm = comm;
  PetscCall(PartitionMake(comm, n_global, &(*causality)->partition));
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityDestroy(Causality *causality)
{
  PetscFunctionBegin;
  if (*causality) {
    for (int m = 0; m < (*causality)->n_matrices; m++) {
      PetscCall(PetscFree((*causality)->matrices[m].values));
      PetscCall(PetscFree((*causality)->matrices[m].mask));
    }
    for (int k = 0; k < (*causality)->n_tables; k++) {
      PetscCall(PetscFree((*causality)->tables[k].groups));
      PetscCall(PetscFree((*causality)->tables[k].values));
    }
    PetscCall(PetscFree((*causality)->tables));
    PetscCall(PetscFree((*causality)->matrices));
    PetscCall(SparseScoresDestroy(&(*causality)->sparse));
    PetscCall(PetscFree(*causality));
  }
  PetscFunctionReturn(0);
}

const Partition *CausalityPartition(Causality c)
{
  return &c->partition;
}

/* Entries to allocate: never none, because the pointer tells on every rank which kind a matrix is.
 */
static int64_t entries(Causality c)
{
  return PetscMax(1, c->partition.n_local * c->partition.n_global);
}

static PetscErrorCode new_matrix(Causality c, const char *method, const char *reading,
                                 const char *units, const char *description, Matrix **matrix)
{
  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)(c->n_matrices + 1) * sizeof(Matrix), &c->matrices));
  *matrix = &c->matrices[c->n_matrices++];
  **matrix = (Matrix){method, reading, units, description, NULL, NULL};
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityAdd(Causality c, const char *method, const char *reading, const char *units,
                            const char *description, double **values)
{
  Matrix *matrix = NULL;

  PetscFunctionBegin;
  PetscCall(new_matrix(c, method, reading, units, description, &matrix));
  PetscCall(PetscCalloc1(entries(c), &matrix->values));
  *values = matrix->values;
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityAddMask(Causality c, const char *method, const char *reading,
                                const char *description, uint8_t **values)
{
  Matrix *matrix = NULL;

  PetscFunctionBegin;
  PetscCall(new_matrix(c, method, reading, "1", description, &matrix));
  PetscCall(PetscCalloc1(entries(c), &matrix->mask));
  *values = matrix->mask;
  PetscFunctionReturn(0);
}

static const Matrix *find(Causality c, const char *method, const char *reading)
{
  for (int m = 0; m < c->n_matrices; m++) {
    if (!strcmp(c->matrices[m].method, method) && !strcmp(c->matrices[m].reading, reading)) {
      return &c->matrices[m];
    }
  }
  return NULL;
}

double *CausalityFind(Causality c, const char *method, const char *reading)
{
  const Matrix *matrix = find(c, method, reading);

  return matrix ? matrix->values : NULL;
}

uint8_t *CausalityFindMask(Causality c, const char *method, const char *reading)
{
  const Matrix *matrix = find(c, method, reading);

  return matrix ? matrix->mask : NULL;
}

PetscErrorCode CausalityRemove(Causality c, const char *method, const char *reading)
{
  PetscFunctionBegin;
  for (int m = c->n_matrices - 1; m >= 0; m--) {
    if (!strcmp(c->matrices[m].method, method) && !strcmp(c->matrices[m].reading, reading)) {
      PetscCall(PetscFree(c->matrices[m].values));
      PetscCall(PetscFree(c->matrices[m].mask));
      c->n_matrices--;
      memmove(&c->matrices[m], &c->matrices[m + 1], (size_t)(c->n_matrices - m) * sizeof(Matrix));
    }
  }
  for (int k = c->n_tables - 1; k >= 0; k--) {
    if (!strcmp(c->tables[k].method, method) && !strcmp(c->tables[k].reading, reading)) {
      PetscCall(PetscFree(c->tables[k].values));
      PetscCall(PetscFree(c->tables[k].groups));
      c->n_tables--;
      memmove(&c->tables[k], &c->tables[k + 1], (size_t)(c->n_tables - k) * sizeof(Table));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityAddSparse(Causality c, const char *method, SparseScores scores)
{
  PetscFunctionBegin;
  PetscCheck(!c->sparse, c->comm, PETSC_ERR_PLIB, "only one method may keep sparse scores");
  c->sparse_method = method;
  c->sparse = scores;
  PetscFunctionReturn(0);
}

SparseScores CausalityFindSparse(Causality c, const char *method)
{
  return c->sparse && !strcmp(c->sparse_method, method) ? c->sparse : NULL;
}

PetscErrorCode CausalityAddTable(Causality c, const char *method, const char *reading,
                                 const char *description, const char *groups, int64_t n_rows,
                                 int64_t n_columns, double **values)
{
  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)(c->n_tables + 1) * sizeof(Table), &c->tables));
  PetscCall(PetscCalloc1(n_rows * n_columns, values));
  c->tables[c->n_tables] =
      (Table){method, reading, description, NULL, {n_rows, n_columns}, *values};
  PetscCall(PetscStrallocpy(groups, &c->tables[c->n_tables].groups));
  c->n_tables++;
  PetscFunctionReturn(0);
}

const double *CausalityFindTable(Causality c, const char *method, const char *reading)
{
  for (int k = 0; k < c->n_tables; k++) {
    if (!strcmp(c->tables[k].method, method) && !strcmp(c->tables[k].reading, reading)) {
      return c->tables[k].values;
    }
  }
  return NULL;
}

static PetscErrorCode add_note(Causality c, Note note)
{
  PetscFunctionBegin;
  PetscCheck(c->n_notes < MAX_NOTES, c->comm, PETSC_ERR_PLIB, "more than %d notes", MAX_NOTES);
  c->notes[c->n_notes++] = note;
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityNote(Causality c, const char *method, const char *name, double value)
{
  PetscFunctionBegin;
  PetscCall(add_note(c, (Note){.method = method, .name = name, .value = value}));
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityNoteText(Causality c, const char *method, const char *name,
                                 const char *value)
{
  PetscFunctionBegin;
  PetscCall(add_note(c, (Note){.method = method, .name = name, .text = value}));
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityDescribeScores(DataFile file, const char *path, const char *reading)
{
  const ScoreRole role = ScoreRoleOfReading(reading);

  PetscFunctionBegin;
  PetscCall(DataFileSetString(file, path, "role", ScoreRoleName(role)));
  PetscCall(DataFileSetString(file, path, "sense", ScoreSenseName(ScoreSenseOfRole(role))));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_matrix(Causality c, const Matrix *matrix, DataFile file)
{
  const Partition *part = &c->partition;
  const int64_t dims[2] = {part->n_global, part->n_global};
  /* rows of one transfer, equal on all ranks */
  const int64_t block = PetscMax(1, WRITE_BLOCK / part->n_global);
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "/%s/%s", matrix->method, matrix->reading));
  PetscCall(
      DataFileAddDataset(file, path, matrix->mask ? DATA_UINT8 : DATA_FLOAT64, 2, dims, NULL));
  for (int64_t done = 0; done < part->block; done += block) {
    int64_t row = PetscMin(done, part->n_local);
    int64_t first[2] = {part->first + row, 0};
    int64_t count[2] = {PetscMin(block, part->n_local - row), part->n_global};

    if (matrix->mask) {
      PetscCall(
          DataFileWrite(file, path, DATA_UINT8, first, count, matrix->mask + row * part->n_global));
    } else {
      PetscCall(DataFileWrite(file, path, DATA_FLOAT64, first, count,
                              matrix->values + row * part->n_global));
    }
  }
  PetscCall(DataFileDescribe(file, path, matrix->units, matrix->description));
  PetscCall(CausalityDescribeScores(file, path, matrix->reading));
  PetscCall(DataFileSetString(file, path, "rows", "targets"));
  PetscCall(DataFileSetString(file, path, "columns", "sources"));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_table(Causality c, const Table *table, DataFile file)
{
  const int64_t first[2] = {0, 0}, none[2] = {0, 0};
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "/%s/%s", table->method, table->reading));
  PetscCall(DataFileAddDataset(file, path, DATA_FLOAT64, 2, table->dims, NULL));
  PetscCall(DataFileWrite(file, path, DATA_FLOAT64, first,
                          c->partition.rank == 0 ? table->dims : none, table->values));
  PetscCall(DataFileDescribe(file, path, "1", table->description));
  PetscCall(DataFileSetString(file, path, "rows", "target groups"));
  PetscCall(DataFileSetString(file, path, "columns", "source groups"));
  PetscCall(DataFileSetString(file, path, "groups", table->groups));
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityWrite(Causality c, DataFile file)
{
  char group[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_CAUSALITY_WRITE));
  for (int m = 0; m < c->n_matrices; m++) {
    PetscCall(write_matrix(c, &c->matrices[m], file));
  }
  if (c->sparse) {
    PetscCall(PetscSNPrintf(group, sizeof(group), "/%s/sparse", c->sparse_method));
    PetscCall(SparseScoresWrite(c->sparse, file, group));
  }
  for (int k = 0; k < c->n_tables; k++) {
    PetscCall(write_table(c, &c->tables[k], file));
  }
  for (int k = 0; k < c->n_notes; k++) {
    const Note *note = &c->notes[k];

    PetscCall(PetscSNPrintf(group, sizeof(group), "/%s", note->method));
    if (note->text) {
      PetscCall(DataFileSetString(file, group, note->name, note->text));
    } else {
      PetscCall(DataFileSetReal(file, group, note->name, note->value));
    }
  }
  PetscCall(LogEventStop(EVENT_CAUSALITY_WRITE));
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityReadTable(MPI_Comm comm, const char *specification, int64_t n_rows,
                                  int64_t n_columns, double *values)
{
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  const int64_t first[2] = {0, 0};
  int64_t dims[2];
  DataFile file;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(specification, PETSC_MAX_PATH_LEN, name, path));
  PetscCall(DataFileOpen(comm, name, &file));
  PetscCall(DataFileShape(file, path, 2, dims));
  UserCheck(dims[0] == n_rows && dims[1] == n_columns, "%s: is %lld x %lld, expected %lld x %lld",
            specification, (long long)dims[0], (long long)dims[1], (long long)n_rows,
            (long long)n_columns);
  PetscCall(DataFileRead(file, path, DATA_FLOAT64, first, dims, values));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}
