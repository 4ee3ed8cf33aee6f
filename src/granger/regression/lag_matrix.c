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

/* Columns of all terms of a neuron; filtered: (n_terms, n_samples - reach), or NULL for single lags. */
static void fill_past(const Basis *basis, const double *x, int64_t n_samples,
                      const int64_t *position, int64_t n_rows, double *filtered, double *columns)
{
  const int64_t n = n_samples - basis->reach;

  if (filtered) {
    BasisApply(basis, n, x, filtered);
  }
  for (int64_t k = 0; k < basis->n_terms; k++) {
    fill_column(filtered ? filtered + k * n - basis->reach : x - (k + 1), n_samples, position,
                basis->reach, columns + k * n_rows);
  }
}

PetscErrorCode LagMatrixCreate(Activity activity, const Basis *basis, int row_block, LagMatrix *m)
{
  const Partition *part = ActivityPartition(activity);
  const int64_t n_samples = ActivitySamples(activity), n_terms = basis->n_terms;
  double *filtered = NULL;
  int64_t *position;

  PetscFunctionBegin;
  m->n_rows = ActivityRows(activity, basis->reach);
  PetscCall(ProcessGridCreateColumns(part->comm, &m->columns));
  PetscCall(BlockCyclicCreate(&m->columns, m->n_rows, part->n_global * n_terms, row_block,
                              (int)(part->block * n_terms), &m->past));
  PetscCall(BlockCyclicCreate(&m->columns, m->n_rows, part->n_global, row_block, (int)part->block,
                              &m->present));
  PetscCall(PetscMalloc1(n_samples, &position));
  if (basis->filter) {
    PetscCall(PetscMalloc1(n_terms * (n_samples - basis->reach), &filtered));
  }
  ActivityPositions(activity, position);
  for (int64_t i = 0; i < part->n_local; i++) {
    const double *x = ActivityValues(activity) + i * n_samples;

    fill_column(x, n_samples, position, basis->reach, m->present.values + i * m->n_rows);
    fill_past(basis, x, n_samples, position, m->n_rows, filtered,
              m->past.values + i * n_terms * m->n_rows);
  }
  PetscCall(PetscFree(filtered));
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
