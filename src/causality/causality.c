/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/causality.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/parameters.h"
#include "causeway/score_sense.h"

#include "causeway/internal/io/checksum.h"

#include <string.h>

enum { MAX_NOTES = 64, MAX_METHODS = 16, WRITE_BLOCK = 1 << 24 };

typedef struct {
  ScoreInfo info;
  double *values; /* (n_local, n_global), or NULL for a mask */
  uint8_t *mask;  /* (n_local, n_global), or NULL */
} Matrix;

/* A small table, the same on every rank. */
typedef struct {
  ScoreInfo info;
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
  SparseScores sparse; /* or NULL */
  ScoreInfo sparse_info;
  int n_costs;
  struct {
    const char *method;
    ScoreCost cost;
  } costs[MAX_METHODS];
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

/* Number of entries to allocate, at least one: a pointer that is not NULL says on every rank of which kind a matrix is. */
static int64_t entries(Causality c)
{
  return PetscMax(1, c->partition.n_local * c->partition.n_global);
}

static PetscErrorCode new_matrix(Causality c, const ScoreInfo *info, Matrix **matrix)
{
  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)(c->n_matrices + 1) * sizeof(Matrix), &c->matrices));
  *matrix = &c->matrices[c->n_matrices++];
  **matrix = (Matrix){.info = *info};
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityAdd(Causality c, const ScoreInfo *info, double **values)
{
  Matrix *matrix = NULL;

  PetscFunctionBegin;
  PetscCall(new_matrix(c, info, &matrix));
  PetscCall(PetscCalloc1(entries(c), &matrix->values));
  *values = matrix->values;
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityAddMask(Causality c, const ScoreInfo *info, uint8_t **values)
{
  Matrix *matrix = NULL;

  PetscFunctionBegin;
  PetscCall(new_matrix(c, info, &matrix));
  PetscCall(PetscCalloc1(entries(c), &matrix->mask));
  *values = matrix->mask;
  PetscFunctionReturn(0);
}

const ScoreInfo *CausalityInfo(Causality c, int k)
{
  return k < c->n_matrices ? &c->matrices[k].info : NULL;
}

PetscErrorCode CausalitySetCost(Causality c, const char *method, ScoreCost cost)
{
  PetscFunctionBegin;
  PetscCheck(c->n_costs < MAX_METHODS, c->comm, PETSC_ERR_PLIB, "more than %d methods",
             MAX_METHODS);
  c->costs[c->n_costs].method = method;
  c->costs[c->n_costs++].cost = cost;
  PetscFunctionReturn(0);
}

ScoreCost CausalityCost(Causality c, const char *method)
{
  for (int k = 0; k < c->n_costs; k++) {
    if (!strcmp(c->costs[k].method, method)) {
      return c->costs[k].cost;
    }
  }
  return (ScoreCost){0, 0};
}

static PetscBool is_at(const Matrix *matrix, const char *method, const char *reading)
{
  return !strcmp(matrix->info.method, method) && !strcmp(matrix->info.reading, reading)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

static const Matrix *find(Causality c, const char *method, const char *reading)
{
  for (int m = 0; m < c->n_matrices; m++) {
    if (is_at(&c->matrices[m], method, reading)) {
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

static PetscBool table_is_at(const Table *table, const char *method, const char *reading)
{
  return !strcmp(table->info.method, method) && !strcmp(table->info.reading, reading) ? PETSC_TRUE
                                                                                      : PETSC_FALSE;
}

PetscErrorCode CausalityRemove(Causality c, const char *method, const char *reading)
{
  PetscFunctionBegin;
  for (int m = c->n_matrices - 1; m >= 0; m--) {
    if (is_at(&c->matrices[m], method, reading)) {
      PetscCall(PetscFree(c->matrices[m].values));
      PetscCall(PetscFree(c->matrices[m].mask));
      c->n_matrices--;
      memmove(&c->matrices[m], &c->matrices[m + 1], (size_t)(c->n_matrices - m) * sizeof(Matrix));
    }
  }
  for (int k = c->n_tables - 1; k >= 0; k--) {
    if (table_is_at(&c->tables[k], method, reading)) {
      PetscCall(PetscFree(c->tables[k].values));
      PetscCall(PetscFree(c->tables[k].groups));
      c->n_tables--;
      memmove(&c->tables[k], &c->tables[k + 1], (size_t)(c->n_tables - k) * sizeof(Table));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityAddSparse(Causality c, const ScoreInfo *info, SparseScores scores)
{
  PetscFunctionBegin;
  PetscCheck(!c->sparse, c->comm, PETSC_ERR_PLIB, "only one method may keep sparse scores");
  c->sparse_info = *info;
  c->sparse = scores;
  PetscFunctionReturn(0);
}

SparseScores CausalitySparse(Causality c, const ScoreInfo **info)
{
  *info = c->sparse ? &c->sparse_info : NULL;
  return c->sparse;
}

PetscErrorCode CausalityAddTable(Causality c, const ScoreInfo *info, const char *groups,
                                 int64_t n_rows, int64_t n_columns, double **values)
{
  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)(c->n_tables + 1) * sizeof(Table), &c->tables));
  PetscCall(PetscCalloc1(n_rows * n_columns, values));
  c->tables[c->n_tables] = (Table){*info, NULL, {n_rows, n_columns}, *values};
  PetscCall(PetscStrallocpy(groups, &c->tables[c->n_tables].groups));
  c->n_tables++;
  PetscFunctionReturn(0);
}

const double *CausalityFindTable(Causality c, const char *method, const char *reading)
{
  for (int k = 0; k < c->n_tables; k++) {
    if (table_is_at(&c->tables[k], method, reading)) {
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

PetscErrorCode CausalityDescribeScores(DataFile file, const char *path, const ScoreInfo *info)
{
  const struct {
    const char *name, *reading;
  } companions[] = {{"p_value", info->p_value}, {"mask", info->mask}, {"sign", info->sign}};

  PetscFunctionBegin;
  PetscCall(DataFileDescribe(file, path, info->units, info->description));
  PetscCall(DataFileSetString(file, path, "role", ScoreRoleName(info->role)));
  PetscCall(DataFileSetString(file, path, "sense", ScoreSenseName(info->sense)));
  PetscCall(DataFileSetInteger(file, path, "order", info->order));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(companions); k++) {
    if (companions[k].reading) {
      PetscCall(DataFileSetString(file, path, companions[k].name, companions[k].reading));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode write_matrix(Causality c, const Matrix *matrix, DataFile file)
{
  const Partition *part = &c->partition;
  const int64_t dims[2] = {part->n_global, part->n_global};
  /* rows per transfer, the same on all ranks */
  const int64_t block = PetscMax(1, WRITE_BLOCK / part->n_global);
  const DataType type = matrix->mask ? DATA_UINT8 : DATA_FLOAT64;
  char path[PETSC_MAX_PATH_LEN];
  uint64_t sum = 0;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "/%s/%s", matrix->info.method, matrix->info.reading));
  PetscCall(DataFileAddDataset(file, path, type, 2, dims, NULL));
  for (int64_t done = 0; done < part->block; done += block) {
    int64_t row = PetscMin(done, part->n_local);
    int64_t first[2] = {part->first + row, 0};
    int64_t count[2] = {PetscMin(block, part->n_local - row), part->n_global};

    const void *values = matrix->mask ? (const void *)(matrix->mask + row * part->n_global)
                                      : (const void *)(matrix->values + row * part->n_global);

    PetscCall(DataFileWrite(file, path, type, first, count, values));
    sum += count[0] > 0 ? ChecksumBox(type, 2, dims, first, count, values) : 0;
  }
  PetscCall(ChecksumNote(file, path, sum));
  PetscCall(CausalityDescribeScores(file, path, &matrix->info));
  PetscCall(DataFileSetString(file, path, "rows", "targets"));
  PetscCall(DataFileSetString(file, path, "columns", "sources"));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_table(Causality c, const Table *table, DataFile file)
{
  const int64_t first[2] = {0, 0}, none[2] = {0, 0};
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "/%s/%s", table->info.method, table->info.reading));
  PetscCall(DataFileAddDataset(file, path, DATA_FLOAT64, 2, table->dims, NULL));
  PetscCall(DataFileWrite(file, path, DATA_FLOAT64, first,
                          c->partition.rank == 0 ? table->dims : none, table->values));
  PetscCall(CausalityDescribeScores(file, path, &table->info));
  PetscCall(DataFileSetString(file, path, "rows", SCORES_OF_GROUPS));
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
    PetscCall(PetscSNPrintf(group, sizeof(group), "/%s/sparse", c->sparse_info.method));
    PetscCall(SparseScoresWrite(c->sparse, file, group, &c->sparse_info));
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
  UserCheck(dims[0] == n_rows && dims[1] == n_columns, "%s: is %lld x %lld; expected %lld x %lld",
            specification, (long long)dims[0], (long long)dims[1], (long long)n_rows,
            (long long)n_columns);
  PetscCall(DataFileRead(file, path, DATA_FLOAT64, first, dims, values));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}
