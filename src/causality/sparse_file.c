/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Sparse scores in a file: compressed rows, as scipy's csr_matrix takes them. */
#include "sparse_impl.h"

#include "causeway/error.h"

#include <stddef.h>

enum { TRANSFER = 1 << 22 }; /* entries */

static const struct {
  const char *name, *units, *description;
  size_t offset;
} columns[] = {{"gc", "1", "log of the ratio of residual variances without and with the source",
                offsetof(SparsePair, gc)},
               {"f_statistic", "1", "F of the restriction that the source has no influence",
                offsetof(SparsePair, f_statistic)},
               {"p_value", "1", "upper tail of the F distribution", offsetof(SparsePair, p_value)}};

/* The local pairs in one list, ascending by target and source. */
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

/* Collective transfers, as many as the rank with most entries needs. */
static PetscErrorCode transfers(const Partition *part, int64_t n, int64_t *count)
{
  int64_t mine = (n + TRANSFER - 1) / TRANSFER;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&mine, count, 1, MPI_INT64_T, MPI_MAX, part->comm));
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
  PetscCall(DataFileWrite(file, name, DATA_INT64, &part->first, &count, offsets));
  PetscCall(
      DataFileDescribe(file, name, "1", "first entry of each target, and the number of entries"));
  PetscCall(PetscFree(offsets));
  PetscFunctionReturn(0);
}

/* which: -1 for the sources */
static PetscErrorCode write_column(const Partition *part, DataFile file, const char *path,
                                   int which, int64_t start, int64_t n, int64_t total,
                                   const SparsePair *list)
{
  const DataType type = which < 0 ? DATA_INT64 : DATA_FLOAT64;
  char name[PETSC_MAX_PATH_LEN];
  int64_t n_transfers;
  double *values;

  PetscFunctionBegin;
  PetscCall(
      PetscSNPrintf(name, sizeof(name), "%s/%s", path, which < 0 ? "source" : columns[which].name));
  PetscCall(DataFileAddDataset(file, name, type, 1, &total, NULL));
  PetscCall(transfers(part, n, &n_transfers));
  PetscCall(PetscMalloc1(PetscMin(n, TRANSFER), &values));
  for (int64_t k = 0; k < n_transfers; k++) {
    const int64_t done = PetscMin(n, k * TRANSFER), count = PetscMin(TRANSFER, n - done),
                  first = start + done;

    for (int64_t j = 0; j < count; j++) {
      if (which < 0) {
        ((int64_t *)values)[j] = list[done + j].source;
      } else {
        values[j] = *(const double *)((const char *)&list[done + j] + columns[which].offset);
      }
    }
    PetscCall(DataFileWrite(file, name, type, &first, &count, values));
  }
  PetscCall(PetscFree(values));
  PetscCall(DataFileDescribe(file, name, which < 0 ? "1" : columns[which].units,
                             which < 0 ? "neuron that drives, counted from 0"
                                       : columns[which].description));
  PetscFunctionReturn(0);
}

PetscErrorCode SparseScoresWrite(SparseScores s, DataFile file, const char *path)
{
  const Partition *part = SparseScoresPartition(s);
  int64_t n, end = 0, total = 0;
  SparsePair *list;

  PetscFunctionBegin;
  PetscCall(flatten(s, &n, &list));
  PetscCallMPI(MPI_Scan(&n, &end, 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscCallMPI(MPI_Allreduce(&n, &total, 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscCall(write_offsets(s, file, path, end - n));
  for (int k = -1; k < (int)PETSC_STATIC_ARRAY_LENGTH(columns); k++) {
    PetscCall(write_column(part, file, path, k, end - n, n, total, list));
  }
  PetscCall(PetscFree(list));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_column(const Partition *part, DataFile file, const char *path, int which,
                                  int64_t start, int64_t n, SparsePair *list)
{
  char name[PETSC_MAX_PATH_LEN];
  int64_t n_transfers;
  double *values;

  PetscFunctionBegin;
  PetscCall(
      PetscSNPrintf(name, sizeof(name), "%s/%s", path, which < 0 ? "source" : columns[which].name));
  PetscCall(transfers(part, n, &n_transfers));
  PetscCall(PetscMalloc1(PetscMin(n, TRANSFER), &values));
  for (int64_t k = 0; k < n_transfers; k++) {
    const int64_t done = PetscMin(n, k * TRANSFER), count = PetscMin(TRANSFER, n - done),
                  first = start + done;

    PetscCall(
        DataFileRead(file, name, which < 0 ? DATA_INT64 : DATA_FLOAT64, &first, &count, values));
    for (int64_t j = 0; j < count; j++) {
      if (which < 0) {
        list[done + j].source = ((const int64_t *)values)[j];
      } else {
        *(double *)((char *)&list[done + j] + columns[which].offset) = values[j];
      }
    }
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

PetscErrorCode SparseScoresRead(SparseScores s, DataFile file, const char *path)
{
  const Partition *part = SparseScoresPartition(s);
  int64_t count = part->n_local > 0 ? part->n_local + 1 : 0, dims, *offsets, n;
  char name[PETSC_MAX_PATH_LEN];
  SparsePair *list, *pairs;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/row_offset", path));
  PetscCall(DataFileShape(file, name, 1, &dims));
  UserCheck(dims == part->n_global + 1, "%s: %s is of %lld neurons, expected %lld",
            DataFileName(file), path, (long long)dims - 1, (long long)part->n_global);
  PetscCall(PetscCalloc1(part->n_local + 1, &offsets));
  PetscCall(DataFileRead(file, name, DATA_INT64, &part->first, &count, offsets));
  n = offsets[part->n_local] - offsets[0];
  PetscCall(PetscMalloc1(n, &list));
  for (int k = -1; k < (int)PETSC_STATIC_ARRAY_LENGTH(columns); k++) {
    PetscCall(read_column(part, file, path, k, offsets[0], n, list));
  }
  for (int64_t i = 0; i < part->n_local; i++) {
    PetscCall(SparseScoresReserve(s, i, offsets[i + 1] - offsets[i], &pairs));
    PetscCall(PetscArraycpy(pairs, list + offsets[i] - offsets[0], offsets[i + 1] - offsets[i]));
  }
  PetscCall(PetscFree(list));
  PetscCall(PetscFree(offsets));
  PetscFunctionReturn(0);
}
