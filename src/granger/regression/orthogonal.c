/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Regression by orthogonal reduction of the lag matrix itself. The error is eps cond, compared with
   eps cond^2 for the Gram matrix, at twice the flops and the memory of the whole lag matrix. */
#include "regression/regression.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include "causeway/internal/linalg/decompositions.h"
#include "regression/lag_matrix.h"

#include <math.h>

/* Distributes the lag matrix and the targets in blocks of both dimensions. */
static PetscErrorCode distribute(Regression *r, Activity activity, BlockCyclic *past,
                                 BlockCyclic *present)
{
  const int block = (int)(r->block * r->p);
  LagMatrix m;

  PetscFunctionBegin;
  PetscCall(LagMatrixCreate(activity, &r->filters, block, &m));
  PetscCall(BlockCyclicCreate(&r->grid, m.n_rows, r->n * r->p, block, block, past));
  PetscCall(BlockCyclicCreate(&r->grid, m.n_rows, r->n, block, r->block, present));
  PetscCall(BlockCyclicCopy(&m.past, past));
  PetscCall(BlockCyclicCopy(&m.present, present));
  PetscCall(LagMatrixFree(&m));
  PetscFunctionReturn(0);
}

/* (N) sums of squares of the columns over local rows [first, end), on every rank */
static PetscErrorCode sum_squares(const Regression *r, const BlockCyclic *a, int64_t first,
                                  double **sums)
{
  PetscFunctionBegin;
  PetscCall(PetscCalloc1(r->n, sums));
  for (int64_t i = 0; i < a->local_columns; i++) {
    double *sum = &(*sums)[RegressionNeuron(r, 1, i)];

    for (int64_t k = first; k < a->local_rows; k++) {
      *sum += a->values[k + i * (int64_t)a->leading] * a->values[k + i * (int64_t)a->leading];
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, *sums, (int)r->n, MPI_DOUBLE, MPI_SUM, r->grid.comm));
  PetscFunctionReturn(0);
}

/* Finds the unknown of which the others leave the smallest part: l_kk relative to the norm of row k
   of L, which is that of the column. */
static PetscErrorCode find_weakest(Regression *r)
{
  const BlockCyclic *l = &r->gram;
  double *norm, *diagonal;

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(l->n_rows, &norm, l->n_rows, &diagonal));
  for (int64_t m = 0; m < l->local_columns; m++) {
    const int64_t column = BlockCyclicGlobal(m, l->column_block, l->grid->column, l->grid->columns);

    for (int64_t k = 0; k < l->local_rows; k++) {
      const int64_t row = BlockCyclicGlobal(k, l->row_block, l->grid->row, l->grid->rows);
      const double value = l->values[k + m * (int64_t)l->leading];

      norm[row] += value * value;
      diagonal[row] += row == column ? fabs(value) : 0.0;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, norm, l->n_rows, MPI_DOUBLE, MPI_SUM, r->grid.comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, diagonal, l->n_rows, MPI_DOUBLE, MPI_SUM, r->grid.comm));
  r->weakest_share = 1.0;
  for (int64_t k = 0; k < l->n_rows; k++) {
    const double share = norm[k] > 0 ? diagonal[k] / sqrt(norm[k]) : 0.0;

    if (share < r->weakest_share) {
      r->weakest_share = share;
      r->weakest = k;
    }
  }
  PetscCall(PetscFree2(norm, diagonal));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionQr(Regression *r, Activity activity)
{
  const double rows = (double)r->n_rows, unknowns = (double)(r->n * r->p);
  const double ranks = r->grid.rows * r->grid.columns;
  BlockCyclic past, present;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_FACTOR));
  PetscCall(distribute(r, activity, &past, &present));
  PetscCall(PetscFree(r->target_power));
  PetscCall(sum_squares(r, &present, 0, &r->target_power));
  PetscCall(BlockCyclicQr(&past, &present));
  if (!r->gram.values) {
    PetscCall(RegressionAllocateGram(r));
  }
  PetscCall(BlockCyclicLowerOfQr(&past, &r->gram));
  PetscCall(BlockCyclicFree(&past));
  /* the first N p rows have the same blocks and ranks as `rhs` */
  for (int64_t i = 0; i < r->rhs.local_columns; i++) {
    PetscCall(PetscArraycpy(r->rhs.values + i * (int64_t)r->rhs.leading,
                            present.values + i * (int64_t)present.leading, r->rhs.local_rows));
  }
  PetscCall(PetscFree(r->residual));
  PetscCall(sum_squares(r, &present, r->rhs.local_rows, &r->residual));
  PetscCall(BlockCyclicFree(&present));
  PetscCall(RegressionFlops(r, (2.0 * unknowns * unknowns * (rows - unknowns / 3.0) +
                                4.0 * rows * unknowns * (double)r->n) /
                                   ranks));
  PetscCall(find_weakest(r));
  r->condition_number = INFINITY;
  if (r->weakest_share > least_share) {
    PetscCall(BlockCyclicTriangularCondition(&r->gram, &r->condition_number));
  }
  r->factored = FACTORED_QR;
  PetscCall(LogEventStop(EVENT_GRANGER_FACTOR));
  PetscFunctionReturn(0);
}
