/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regression/lag_matrix.h"

/* Rows of series[t], less their mean; rows are the samples with `reach` others before them in their segment. */
static void fill_column(const double *series, int64_t n_samples, const int64_t *position,
                        int64_t reach, double *column)
{
  int64_t n_rows = 0;
  double mean = 0;

  for (int64_t t = reach; t < n_samples; t++) {
    if (position[t] >= reach) {
      column[n_rows] = series[t];
      mean += column[n_rows++];
    }
  }
  mean /= (double)PetscMax(1, n_rows);
  for (int64_t r = 0; r < n_rows; r++) {
    column[r] -= mean;
  }
}

PetscErrorCode LagMatrixCreate(Activity activity, const Filters *f, int row_block, LagMatrix *m)
{
  const Partition *part = ActivityPartition(activity);
  const int64_t n_samples = ActivitySamples(activity), n_terms = f->n_filters - 1;
  const int64_t n = PetscMax(0, n_samples - f->reach);
  double *filtered; /* (n_filters, n) of one neuron */
  int64_t *position;

  PetscFunctionBegin;
  PetscCall(ActivityExpand(activity));
  m->n_rows = ActivityRows(activity, f->reach);
  PetscCall(ProcessGridCreateColumns(part->comm, &m->columns));
  PetscCall(BlockCyclicCreate(&m->columns, m->n_rows, part->n_global * n_terms, row_block,
                              (int)(part->block * n_terms), &m->past));
  PetscCall(BlockCyclicCreate(&m->columns, m->n_rows, part->n_global, row_block, (int)part->block,
                              &m->present));
  PetscCall(PetscMalloc2(n_samples, &position, f->n_filters * n, &filtered));
  ActivityPositions(activity, position);
  for (int64_t i = 0; i < part->n_local; i++) {
    FiltersApply(f, 0, f->n_filters, n, ActivityValues(activity) + i * n_samples, filtered);
    for (int64_t k = 0; k <= n_terms; k++) {
      fill_column(filtered + k * n - f->reach, n_samples, position, f->reach,
                  k == 0 ? m->present.values + i * m->n_rows
                         : m->past.values + (i * n_terms + k - 1) * m->n_rows);
    }
  }
  PetscCall(PetscFree2(position, filtered));
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
