/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Snapshot data of a running regression, and how it resumes on any number of ranks. */
#include "regression/regression.h"

#include "causeway/error.h"

#include <stdio.h>

/* Keeps columns [first, first + width) as one array, a row for each column. */
static PetscErrorCode keep_columns(Snapshot s, const ProcessGrid *columns, const char *name,
                                   BlockCyclic *matrix, int64_t first, int64_t width)
{
  const int64_t dims[2] = {width, matrix->n_rows};
  Partition share;
  BlockCyclic part;
  int64_t corner[2], count[2];

  PetscFunctionBegin;
  PetscCall(PartitionMake(columns->comm, width, &share));
  PetscCall(
      BlockCyclicCreate(columns, matrix->n_rows, width, matrix->n_rows, (int)share.block, &part));
  if (!SnapshotRestores(s) && !SnapshotPrepares(s)) {
    PetscCall(BlockCyclicCopyColumns(matrix, first, width, &part, 0));
  }
  corner[0] = share.first;
  corner[1] = 0;
  count[0] = share.n_local;
  count[1] = matrix->n_rows;
  PetscCall(
      SnapshotArray(s, name, "1", DATA_FLOAT64, 2, dims, corner, count, PETSC_TRUE, part.values));
  if (SnapshotRestores(s)) {
    PetscCall(BlockCyclicCopyColumns(&part, 0, width, matrix, first));
  }
  PetscCall(BlockCyclicFree(&part));
  PetscFunctionReturn(0);
}

/* Keeps a matrix in pieces, so that the copy by columns stays small compared with the matrix. */
static PetscErrorCode keep_matrix(Snapshot s, const ProcessGrid *columns, const char *name,
                                  BlockCyclic *matrix)
{
  const int64_t width = PetscMax(1, KEEP_ENTRIES / matrix->n_rows) * columns->columns;
  char part[64];

  PetscFunctionBegin;
  for (int64_t first = 0; first < matrix->n_columns; first += width) {
    (void)snprintf(part, sizeof(part), "%s_%lld", name, (long long)first);
    PetscCall(
        keep_columns(s, columns, part, matrix, first, PetscMin(width, matrix->n_columns - first)));
  }
  PetscFunctionReturn(0);
}

/* Keeps numbers that every rank has. */
static PetscErrorCode keep_common(Snapshot s, int rank, const char *name, int64_t length,
                                  double **values)
{
  const int64_t first = 0;

  PetscFunctionBegin;
  if (SnapshotRestores(s)) {
    PetscCall(PetscMalloc1(length, values));
  }
  PetscCall(SnapshotArray(s, name, "1", DATA_FLOAT64, 1, &length, &first, &length,
                          rank == 0 ? PETSC_TRUE : PETSC_FALSE, *values));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_matrices(Regression *r, Snapshot s, const ProcessGrid *columns)
{
  char name[64];

  PetscFunctionBegin;
  if (r->factored) {
    PetscCall(StatisticsKeep(r->granger, r->partition, s));
    if (SnapshotRestores(s)) {
      PetscCall(RegressionAllocateGram(r));
    }
    PetscCall(keep_matrix(s, columns, "factor", &r->gram));
    PetscCall(keep_matrix(s, columns, "rhs", &r->rhs));
    if (r->granger->needs & FIT_COVARIANCE) {
      if (SnapshotRestores(s)) {
        PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &r->covariance));
      }
      PetscCall(keep_matrix(s, columns, "covariance", &r->covariance));
    }
    PetscCall(keep_common(s, r->grid.row + r->grid.column, "target_power", r->n, &r->target_power));
    if (r->factored == FACTORED_QR) {
      PetscCall(keep_common(s, r->grid.row + r->grid.column, "residual", r->n, &r->residual));
    }
    PetscFunctionReturn(0);
  }
  if (SnapshotRestores(s)) {
    PetscCall(RegressionAllocateProducts(r));
  }
  if (r->basis.filter) {
    if (SnapshotRestores(s)) {
      PetscCall(RegressionAllocateGram(r));
    }
    PetscCall(keep_matrix(s, columns, "gram", &r->gram));
  }
  for (int64_t k = 0; k <= r->p; k++) {
    (void)snprintf(name, sizeof(name), "lag_%lld", (long long)k);
    PetscCall(keep_matrix(s, columns, name, &r->products[k]));
  }
  PetscFunctionReturn(0);
}

/* Adds the seconds and flops of this job to those of earlier jobs. */
static PetscErrorCode close_account(Regression *r)
{
  const double now = MPI_Wtime();
  double flops;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&r->flops, &flops, 1, MPI_DOUBLE, MPI_SUM, r->grid.comm));
  r->earlier_flops += flops;
  r->flops = 0;
  r->earlier_s += now - r->start_s;
  r->start_s = now;
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionKeep(void *regression, Snapshot s)
{
  Regression *r = regression;
  ProcessGrid columns;

  PetscFunctionBegin;
  PetscCall(SnapshotInteger(s, "next_sample", &r->next_sample));
  PetscCall(SnapshotInteger(s, "factored", &r->factored));
  PetscCall(SnapshotReal(s, "condition_number", &r->condition_number));
  PetscCall(SnapshotReal(s, "lambda", &r->lambda));
  if (SnapshotPrepares(s)) {
    PetscCall(close_account(r));
  }
  PetscCall(SnapshotReal(s, "seconds", &r->earlier_s));
  PetscCall(SnapshotReal(s, "flops", &r->earlier_flops));
  UserCheck(r->next_sample >= r->reach && r->next_sample <= r->n_samples,
            "the snapshot is at sample %lld of %lld, which cannot be", (long long)r->next_sample,
            (long long)r->n_samples);
  PetscCall(ProcessGridCreateColumns(r->grid.comm, &columns));
  PetscCall(keep_matrices(r, s, &columns));
  PetscCall(ProcessGridFree(&columns));
  PetscFunctionReturn(0);
}
