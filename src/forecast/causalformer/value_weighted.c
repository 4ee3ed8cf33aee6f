/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading: norm of the contribution of a source's tokens to a target. */
#include "causalformer/causalformer.h"

static PetscErrorCode add_norms(ForecastModel *model, const Batch *batch, void *columns)
{
  PetscFunctionBegin;
  (void)batch;
  PetscCall(CausalformerNorms((Causalformer *)model, columns));
  PetscFunctionReturn(0);
}

static PetscErrorCode compute(ForecastModel *m, const Windows *windows, int64_t batch_size,
                              int64_t first, int64_t count, double *rows, double *error)
{
  const double tokens = (double)count * m->shape.horizon;

  PetscFunctionBegin;
  (void)error;
  PetscCall(CausalformerVisit(m, windows, batch_size, first, count, add_norms, rows));
  for (int64_t k = 0; k < m->weights.partition.n_local * m->shape.n_neurons; k++) {
    rows[k] /= tokens;
  }
  PetscFunctionReturn(0);
}

const Reading CausalformerValueWeighted = {
    .name = "value_weighted",
    .units = "1",
    .description = "mean norm of what a target gets from the tokens of a source by global "
                   "cross-attention, over all heads",
    .held_out = PETSC_TRUE,
    .compute = compute};
