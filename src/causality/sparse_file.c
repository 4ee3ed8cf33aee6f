/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Sparse scores in a file: compressed rows, as in scipy's csr_matrix. */
#include "sparse_impl.h"

#include "causeway/causality.h"
#include "causeway/error.h"

#include "causeway/internal/io/matrix_layout.h"

#include <stddef.h>
#include <string.h>

enum { TRANSFER = 1 << 22 }; /* entries per transfer */

/* Members of a pair, each of eight bytes. */
static const struct {
  const char *name, *description;
  DataType type;
  size_t offset;
  ScoreRole role; /* ROLE_UNKNOWN for columns that are not scores */
  ScoreSense sense;
  const char *p_value;
} columns[] = {
    {"source", "neuron that drives, counted from 0", DATA_INT64, offsetof(SparsePair, source),
     ROLE_UNKNOWN, SENSE_UNKNOWN, NULL},
    {"gc", "log of the ratio of residual variances without and with the source", DATA_FLOAT64,
     offsetof(SparsePair, gc), ROLE_SCORE, SENSE_LARGER, "p_value"},
    {"f_statistic", "F of the restriction that the source has no influence", DATA_FLOAT64,
     offsetof(SparsePair, f_statistic), ROLE_SCORE, SENSE_LARGER, "p_value"},
    {"p_value",
     "upper tail of the F distribution, a bound by Bennett's inequality for pairs with a sparse "
     "series",
     DATA_FLOAT64, offsetof(SparsePair, p_value), ROLE_P_VALUE, SENSE_SMALLER, NULL}};

enum { N_COLUMNS = PETSC_STATIC_ARRAY_LENGTH(columns), MEMBER = 8 };

/* Copies the local pairs into one list, ascending by target and source. */
static PetscErrorCode flatten(SparseScores s, int64_t *n, SparsePair **list)
{
  const int64_t n_local = SparseScoresPartition(s)->n_local;
  const SparsePair *pairs;

  PetscFunctionBegin;
  *n = 0;
  for (int64_t i = 0; i < n_local; i++) {
    *n += SparseScoresRow(s, i, &pairs);
  }
  PetscCall(PetscMalloc1(*n, list));
  *n = 0;
  for (int64_t i = 0; i < n_local; i++) {
    const int64_t count = SparseScoresRow(s, i, &pairs);

    PetscCall(PetscArraycpy(*list + *n, pairs, count));
    *n += count;
  }
  PetscFunctionReturn(0);
}

/* Number of collective transfers that the rank with most entries needs. */
static PetscErrorCode transfers(const Partition *part, int64_t n, int64_t *count)
{
  int64_t mine = (n + TRANSFER - 1) / TRANSFER;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&mine, count, 1, MPI_INT64_T, MPI_MAX, part->comm));
  PetscFunctionReturn(0);
}

/* Writes the outcome as attributes of the offsets. */
static PetscErrorCode write_outcome(DataFile file, const char *offsets,
                                    const SparseOutcome *outcome)
{
  PetscFunctionBegin;
  PetscCall(DataFileSetReal(file, offsets, "largest_p_value", outcome->largest_p));
  PetscCall(DataFileSetReal(file, offsets, "n_missing", (double)outcome->n_missing));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_outcome(DataFile file, const char *offsets, SparseOutcome *outcome)
{
  double missing = 0.0;

  PetscFunctionBegin;
  PetscCall(DataFileGetReal(file, offsets, "largest_p_value", &outcome->largest_p, NULL));
  PetscCall(DataFileGetReal(file, offsets, "n_missing", &missing, NULL));
  outcome->n_missing = (int64_t)missing;
  PetscFunctionReturn(0);
}

static PetscErrorCode write_offsets(SparseScores s, DataFile file, const char *path, int64_t start)
{
  const Partition *part = SparseScoresPartition(s);
  const int64_t dims = part->n_global + 1;
  const SparsePair *pairs;
  int64_t *offsets, count = part->n_local;
  char name[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(part->n_local + 1, &offsets));
  offsets[0] = start;
  for (int64_t i = 0; i < part->n_local; i++) {
    offsets[i + 1] = offsets[i] + SparseScoresRow(s, i, &pairs);
  }
  count += part->n_local > 0 && part->first + part->n_local == part->n_global;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/row_offset", path));
  PetscCall(DataFileAddDataset(file, name, DATA_INT64, 1, &dims, NULL));
  PetscCall(write_outcome(file, name, SparseScoresOutcome(s)));
  PetscCall(DataFileWrite(file, name, DATA_INT64, &part->first, &count, offsets));
  PetscCall(
      DataFileDescribe(file, name, "1", "first entry of each target, and the number of entries"));
  PetscCall(PetscFree(offsets));
  PetscFunctionReturn(0);
}

/* Copies entries [start, start + n) of a column from the pairs of this rank, or into them. */
static PetscErrorCode transfer_column(const Partition *part, DataFile file, const char *name,
                                      int which, PetscBool writes, int64_t start, int64_t n,
                                      SparsePair *list)
{
  int64_t n_transfers;
  char *values;

  PetscFunctionBegin;
  PetscCall(transfers(part, n, &n_transfers));
  PetscCall(PetscMalloc1(MEMBER * PetscMin(n, TRANSFER), &values));
  for (int64_t k = 0; k < n_transfers; k++) {
    const int64_t done = PetscMin(n, k * TRANSFER), count = PetscMin(TRANSFER, n - done);
    const int64_t first = start + done;

    for (int64_t j = 0; writes && j < count; j++) {
      memcpy(values + MEMBER * j, (char *)&list[done + j] + columns[which].offset, MEMBER);
    }
    PetscCall(writes ? DataFileWrite(file, name, columns[which].type, &first, &count, values)
                     : DataFileRead(file, name, columns[which].type, &first, &count, values));
    for (int64_t j = 0; !writes && j < count; j++) {
      memcpy((char *)&list[done + j] + columns[which].offset, values + MEMBER * j, MEMBER);
    }
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

static PetscErrorCode describe_column(DataFile file, const char *name, int k,
                                      const ScoreInfo *compared)
{
  const ScoreInfo info = {.units = "1",
                          .description = columns[k].description,
                          .role = columns[k].role,
                          .sense = columns[k].sense,
                          .order = strcmp(columns[k].name, compared->reading) ? 0 : compared->order,
                          .p_value = columns[k].p_value};

  PetscFunctionBegin;
  PetscCall(columns[k].role == ROLE_UNKNOWN
                ? DataFileDescribe(file, name, info.units, info.description)
                : CausalityDescribeScores(file, name, &info));
  PetscFunctionReturn(0);
}

PetscErrorCode SparseScoresWrite(SparseScores s, DataFile file, const char *path,
                                 const ScoreInfo *compared)
{
  const Partition *part = SparseScoresPartition(s);
  int64_t n, end = 0, total = 0;
  char name[PETSC_MAX_PATH_LEN];
  SparsePair *list;

  PetscFunctionBegin;
  PetscCall(flatten(s, &n, &list));
  PetscCallMPI(MPI_Scan(&n, &end, 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscCallMPI(MPI_Allreduce(&n, &total, 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscCall(write_offsets(s, file, path, end - n));
  for (int k = 0; k < N_COLUMNS; k++) {
    PetscCall(PetscSNPrintf(name, sizeof(name), "%s/%s", path, columns[k].name));
    PetscCall(DataFileAddDataset(file, name, columns[k].type, 1, &total, NULL));
    PetscCall(transfer_column(part, file, name, k, PETSC_TRUE, end - n, n, list));
    PetscCall(describe_column(file, name, k, compared));
  }
  PetscCall(PetscFree(list));
  PetscFunctionReturn(0);
}

/* Reads the offsets of the local rows and checks them. */
static PetscErrorCode read_offsets(const Partition *part, DataFile file, const char *path,
                                   int64_t n_entries, int64_t *offsets)
{
  const int64_t count = part->n_local > 0 ? part->n_local + 1 : 0;
  int good = 1;

  PetscFunctionBegin;
  PetscCall(DataFileRead(file, path, DATA_INT64, &part->first, &count, offsets));
  for (int64_t i = 0; i < part->n_local; i++) {
    good = good && offsets[i] >= 0 && offsets[i] <= offsets[i + 1] && offsets[i + 1] <= n_entries;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &good, 1, MPI_INT, MPI_MIN, part->comm));
  UserCheck(good, "%s: %s is not an ascending list of entries up to %lld", DataFileName(file), path,
            (long long)n_entries);
  PetscFunctionReturn(0);
}

/* Checks that sources ascend within a row, and that F is a number. */
static PetscErrorCode check_entries(const Partition *part, DataFile file, const char *path,
                                    const int64_t *offsets, const SparsePair *list)
{
  int good = 1;

  PetscFunctionBegin;
  for (int64_t i = 0; i < part->n_local; i++) {
    int64_t before = -1;

    for (int64_t at = offsets[i] - offsets[0]; at < offsets[i + 1] - offsets[0]; at++) {
      good = good && list[at].source > before && list[at].source < part->n_global &&
             list[at].f_statistic >= 0;
      before = list[at].source;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &good, 1, MPI_INT, MPI_MIN, part->comm));
  UserCheck(good,
            "%s: %s is damaged: the sources of a target do not ascend up to %lld, or an F is NaN",
            DataFileName(file), path, (long long)part->n_global - 1);
  PetscFunctionReturn(0);
}

/* Reads the entries of the local rows. */
static PetscErrorCode read_list(const Partition *part, DataFile file, const char *path,
                                int64_t n_entries, const int64_t *offsets, SparsePair *list)
{
  const int64_t n = offsets[part->n_local] - offsets[0];
  char name[PETSC_MAX_PATH_LEN];
  int64_t length;

  PetscFunctionBegin;
  for (int k = 0; k < N_COLUMNS; k++) {
    PetscCall(PetscSNPrintf(name, sizeof(name), "%s/%s", path, columns[k].name));
    PetscCall(DataFileShape(file, name, 1, &length));
    UserCheck(length == n_entries, "%s: %s has %lld entries; expected %lld", DataFileName(file),
              name, (long long)length, (long long)n_entries);
    PetscCall(transfer_column(part, file, name, k, PETSC_FALSE, offsets[0], n, list));
  }
  PetscCall(check_entries(part, file, path, offsets, list));
  PetscFunctionReturn(0);
}

PetscErrorCode SparseScoresRead(SparseScores s, DataFile file, const char *path)
{
  const Partition *part = SparseScoresPartition(s);
  int64_t dims, n_entries, *offsets;
  char name[PETSC_MAX_PATH_LEN], source[PETSC_MAX_PATH_LEN];
  SparsePair *list, *pairs;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/row_offset", path));
  PetscCall(DataFileShape(file, name, 1, &dims));
  UserCheck(dims == part->n_global + 1, "%s: %s has %lld neurons; expected %lld",
            DataFileName(file), path, (long long)dims - 1, (long long)part->n_global);
  PetscCall(PetscSNPrintf(source, sizeof(source), "%s/%s", path, columns[0].name));
  PetscCall(DataFileShape(file, source, 1, &n_entries));
  PetscCall(PetscCalloc1(part->n_local + 1, &offsets));
  PetscCall(read_offsets(part, file, name, n_entries, offsets));
  PetscCall(PetscMalloc1(offsets[part->n_local] - offsets[0], &list));
  PetscCall(read_list(part, file, path, n_entries, offsets, list));
  for (int64_t i = 0; i < part->n_local; i++) {
    PetscCall(SparseScoresReserve(s, i, offsets[i + 1] - offsets[i], &pairs));
    PetscCall(PetscArraycpy(pairs, list + offsets[i] - offsets[0], offsets[i + 1] - offsets[i]));
  }
  PetscCall(read_outcome(file, name, SparseScoresOutcome(s)));
  PetscCall(PetscFree(list));
  PetscCall(PetscFree(offsets));
  PetscFunctionReturn(0);
}

PetscErrorCode SparseScoresLoad(MPI_Comm comm, DataFile file, const char *path,
                                SparseScores *scores)
{
  char name[PETSC_MAX_PATH_LEN];
  SparseOutcome outcome;
  SparseKind kind;
  PetscBool found;
  int64_t dims;

  PetscFunctionBegin;
  PetscCall(DataFileSparseKind(file, path, &kind));
  UserCheck(kind == SPARSE_NONE,
            "%s:%s: is a sparse matrix of another program, which only a network or truth may be; "
            "write scores as a full matrix, with NaN for pairs without a score",
            DataFileName(file), path);
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/row_offset", path));
  PetscCall(DataFileIsDataset(file, name, &found));
  UserCheck(found,
            "%s:%s: is neither a matrix nor a group of sparse scores; causeway info %s lists the "
            "objects of the file",
            DataFileName(file), path, DataFileName(file));
  PetscCall(DataFileShape(file, name, 1, &dims));
  UserCheck(dims > 1, "%s: %s has no neurons", DataFileName(file), path);
  PetscCall(SparseScoresCreate(comm, dims - 1, KEEP_TOP, dims - 1, 1.0, 0, scores));
  PetscCall(SparseScoresRead(*scores, file, path));
  PetscCall(SparseScoresFinish(*scores, &outcome));
  PetscFunctionReturn(0);
}
