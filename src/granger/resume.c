/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a regression keeps while it is under way, and how it goes on from there on any number of ranks. */
#include "granger_impl.h"

#include "causeway/error.h"

#include <stdio.h>

/* What a solution under way has come to. */
enum { BEGUN_SOLUTION = 1, BEGUN_RESAMPLES = 2 };

PetscErrorCode GrangerSetCheckpoint(Granger g, Checkpoint checkpoint)
{
  PetscFunctionBegin;
  g->checkpoint = checkpoint;
  PetscFunctionReturn(0);
}

/* A stretch of columns [first, first + width) as one array, a row for each column. */
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

/* In stretches, so that the copy by columns stays small beside the matrix. */
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

/* Numbers that every rank has. */
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

/* What was found from the products, which the factor does not give back; or why it was not. */
static PetscErrorCode keep_pairwise(Regression *r, Snapshot s)
{
  const Partition *part = r->partition;
  Granger g = r->granger;
  const int64_t length = sizeof(g->info.failure), none = 0;
  int64_t failed = g->failed;
  const int64_t dims[2] = {r->n, r->n}, first[2] = {part->first, 0};
  const int64_t count[2] = {part->n_local, r->n};

  PetscFunctionBegin;
  if (r->pairwise) {
    PetscCall(SnapshotArray(s, "pairwise", "1", DATA_FLOAT64, 2, dims, first, count, PETSC_TRUE,
                            r->pairwise));
    PetscCall(SnapshotInteger(s, "failed", &failed));
    g->failed = (int)failed;
    PetscCall(SnapshotArray(s, "failure", "1", DATA_UINT8, 1, &length, &none, &length,
                            part->rank == 0 ? PETSC_TRUE : PETSC_FALSE, g->info.failure));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_matrices(Regression *r, Snapshot s, const ProcessGrid *columns)
{
  char name[64];

  PetscFunctionBegin;
  if (r->factored) {
    PetscCall(keep_pairwise(r, s));
    if (SnapshotRestores(s)) {
      PetscCall(RegressionAllocateGram(r));
    }
    PetscCall(keep_matrix(s, columns, "factor", &r->gram));
    PetscCall(keep_matrix(s, columns, "rhs", &r->rhs));
    if (r->granger->wants[STATISTIC_GROUP]) {
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
  for (int64_t k = 0; k <= r->p; k++) {
    (void)snprintf(name, sizeof(name), "lag_%lld", (long long)k);
    PetscCall(keep_matrix(s, columns, name, &r->products[k]));
  }
  PetscFunctionReturn(0);
}

/* Seconds and flops of this job become those of earlier jobs. */
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

PetscErrorCode RegressionKeep(Regression *r, Snapshot s)
{
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
  UserCheck(r->next_sample >= r->p && r->next_sample <= r->n_samples,
            "the snapshot is at sample %lld of %lld, which cannot be", (long long)r->next_sample,
            (long long)r->n_samples);
  PetscCall(ProcessGridCreateColumns(r->grid.comm, &columns));
  PetscCall(keep_matrices(r, s, &columns));
  PetscCall(ProcessGridFree(&columns));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerKeep(Granger g, Snapshot s)
{
  int64_t begun = g->regression || g->reduced ? BEGUN_SOLUTION : 0;

  PetscFunctionBegin;
  begun = g->resampling ? BEGUN_RESAMPLES : begun;
  PetscCall(SnapshotGroup(s, "granger"));
  PetscCall(SnapshotInteger(s, "begun", &begun));
  if (begun && g->regression) {
    PetscCall(RegressionKeep(g->regression, s));
  }
  if (begun && g->reduced) {
    PetscCall(ReducedRecursionsKeep(g->reduced, s));
  }
  if (begun && g->resampling) {
    PetscCall(ResamplingKeep(g->resampling, s));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode restore(Snapshot s, void *granger)
{
  PetscFunctionBegin;
  PetscCall(GrangerKeep(granger, s));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_begun(Snapshot s, void *begun)
{
  PetscFunctionBegin;
  PetscCall(SnapshotGroup(s, "granger"));
  PetscCall(SnapshotInteger(s, "begun", begun));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerFindResampling(Granger g, PetscBool *found)
{
  int64_t begun = 0;

  PetscFunctionBegin;
  PetscCall(CheckpointRestore(g->checkpoint, read_begun, &begun));
  *found = begun == BEGUN_RESAMPLES ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerResume(Granger g)
{
  PetscFunctionBegin;
  PetscCall(CheckpointRestore(g->checkpoint, restore, g));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerKeepResult(Granger g, Snapshot s)
{
  static const char *const names[] = {"significant_benjamini_hochberg",
                                      "significant_benjamini_yekutieli", "significant_bonferroni"};
  int64_t used = g->used;

  PetscFunctionBegin;
  PetscCall(SnapshotGroup(s, "granger"));
  PetscCall(SnapshotInteger(s, "estimator", &used));
  UserCheck(used >= ESTIMATOR_AUTO && used <= ESTIMATOR_RIDGE,
            "the snapshot is of estimator %lld, which there is not", (long long)used);
  g->used = (GrangerEstimator)used;
  PetscCall(SnapshotReal(s, "lambda", &g->info.lambda));
  PetscCall(SnapshotInteger(s, "order", &g->info.order));
  PetscCall(SnapshotInteger(s, "rows", &g->info.n_rows));
  PetscCall(SnapshotInteger(s, "n_resamples", &g->info.n_resamples));
  PetscCall(SnapshotInteger(s, "resample_block", &g->info.resample_block));
  PetscCall(SnapshotReal(s, "resample_s", &g->info.resample_s));
  PetscCall(SnapshotReal(s, "free_rows", &g->info.free_rows));
  PetscCall(SnapshotReal(s, "spectral_radius", &g->info.spectral_radius));
  PetscCall(SnapshotReal(s, "condition_number", &g->info.condition_number));
  PetscCall(SnapshotReal(s, "regression_s", &g->info.regression_s));
  PetscCall(SnapshotReal(s, "flops", &g->info.flops));
  PetscCall(SnapshotInteger(s, "n_untested", &g->info.n_untested));
  PetscCall(SnapshotInteger(s, "n_untested_events", &g->info.n_untested_events));
  for (int k = 0; k < 3; k++) {
    PetscCall(SnapshotInteger(s, names[k], &g->info.significant[k]));
  }
  PetscFunctionReturn(0);
}
