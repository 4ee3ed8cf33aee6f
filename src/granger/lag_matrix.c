/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lag_matrix.h"

/* Rows of x(t - lag), less their mean. */
static void fill_column(const double *x, int64_t n_samples, const int64_t *position, int64_t order,
                        int64_t lag, double *column)
{
  int64_t n_rows = 0;
  double mean = 0;

  for (int64_t t = order; t < n_samples; t++) {
    if (position[t] >= order) {
      column[n_rows] = x[t - lag];
      mean += column[n_rows++];
    }
  }
  mean /= (double)PetscMax(1, n_rows);
  for (int64_t r = 0; r < n_rows; r++) {
    column[r] -= mean;
  }
}

PetscErrorCode LagMatrixCreate(Activity activity, int64_t order, int row_block, LagMatrix *m)
{
  const Partition *part = ActivityPartition(activity);
  const int64_t n_samples = ActivitySamples(activity);
  int64_t *position;

  PetscFunctionBegin;
  m->n_rows = ActivityRows(activity, order);
  PetscCall(ProcessGridCreateColumns(part->comm, &m->columns));
  PetscCall(BlockCyclicCreate(&m->columns, m->n_rows, part->n_global * order, row_block,
                              (int)(part->block * order), &m->past));
  PetscCall(BlockCyclicCreate(&m->columns, m->n_rows, part->n_global, row_block, (int)part->block,
                              &m->present));
  PetscCall(PetscMalloc1(n_samples, &position));
  ActivityPositions(activity, position);
  for (int64_t i = 0; i < part->n_local; i++) {
    const double *x = ActivityValues(activity) + i * n_samples;

    for (int64_t k = 0; k <= order; k++) {
      double *column =
          k ? m->past.values + (i * order + k - 1) * m->n_rows : m->present.values + i * m->n_rows;

      fill_column(x, n_samples, position, order, k, column);
    }
  }
  PetscCall(PetscFree(position));
  PetscFunctionReturn(0);
}

PetscErrorCode LagMatrixFree(LagMatrix *m)
{
  PetscFunctionBegin;
  PetscCall(BlockCyclicFree(&m->past));
  PetscCall(BlockCyclicFree(&m->present));
  PetscCall(ProcessGridFree(&m->columns));
  PetscFunctionReturn(0);
}
