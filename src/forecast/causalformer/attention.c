/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The published reading of Lu et al. (2023): global cross-attention summed over heads, lags and layers, averaged over the
   split; each row is divided by its sum including the diagonal, which is then set to 0. Other readings share parts of
   it. */
#include "causalformer/causalformer.h"

#include "causeway/internal/parallel/redistribute.h"
#include "causeway/internal/parallel/reduce.h"

PetscErrorCode CausalformerVisit(ForecastModel *m, const Windows *windows, int64_t batch_size,
                                 int64_t first, int64_t count, ForecastVisitor visitor,
                                 double *rows)
{
  const Partition *p = &m->weights.partition;
  const int64_t length = p->n_global * p->n_local;
  double *columns;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(length, &columns));
  PetscCall(ForecastVisit(m, windows, batch_size, first, count, visitor, columns));
  PetscCall(SumOverRanks(m->grid->batch, length, MPI_DOUBLE, columns));
  PetscCall(ColumnsToRows(p, columns, rows));
  PetscCall(PetscFree(columns));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_scores(ForecastModel *model, const Batch *batch, void *columns)
{
  PetscFunctionBegin;
  (void)batch;
  PetscCall(CausalformerScores((Causalformer *)model, columns));
  PetscFunctionReturn(0);
}

static PetscErrorCode compute(ForecastModel *m, const Windows *windows, int64_t batch_size,
                              int64_t first, int64_t count, double *rows, double *error)
{
  const int64_t n = m->shape.n_neurons;

  PetscFunctionBegin;
  (void)error;
  PetscCall(CausalformerVisit(m, windows, batch_size, first, count, add_scores, rows));
  for (int64_t i = 0; i < m->weights.partition.n_local; i++) {
    double sum = 0;

    for (int64_t j = 0; j < n; j++) {
      sum += rows[i * n + j];
    }
    for (int64_t j = 0; j < n; j++) {
      rows[i * n + j] /= sum;
    }
  }
  PetscFunctionReturn(0);
}

const Reading CausalformerAttention = {
    .name = "attention",
    .units = "1",
    .description = "global cross-attention, rows sum to 1 before the diagonal is removed",
    .held_out = PETSC_TRUE,
    .compute = compute};
