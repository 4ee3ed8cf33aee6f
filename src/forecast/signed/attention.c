/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading: attention of targets to sources. */
#include "signed/signed.h"

#include "causeway/internal/parallel/reduce.h"

static PetscErrorCode add_weights(ForecastModel *model, const Batch *batch, void *context)
{
  Signed *m = (Signed *)model;

  PetscFunctionBegin;
  (void)context;
  PetscCall(ContentAddWeights(&m->cross, batch->n_samples, m->gain.value, m->messages));
  PetscFunctionReturn(0);
}

PetscErrorCode SignedMeanWeights(Signed *m, const Windows *windows, int64_t batch_size,
                                 int64_t first, int64_t count)
{
  const int64_t length = m->tokens.n_local * m->cross.heads * m->base.shape.n_neurons;

  PetscFunctionBegin;
  if (!m->cross.by_content) {
    PetscCall(CrossWeights(&m->cross, &m->base.shape, m->target.value, m->source.value));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscArrayzero(m->cross.weight, length));
  PetscCall(ForecastVisit(&m->base, windows, batch_size, first, count, add_weights, NULL));
  PetscCall(SumOverRanks(m->base.grid->batch, length, MPI_REAL_TYPE, m->cross.weight));
  for (int64_t k = 0; k < length; k++) {
    m->cross.weight[k] /= (Real)count;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode compute(ForecastModel *model, const Windows *windows, int64_t batch_size,
                              int64_t first, int64_t count, double *rows, double *error)
{
  Signed *m = (Signed *)model;
  const int64_t n = m->base.shape.n_neurons;

  PetscFunctionBegin;
  (void)error;
  PetscCall(SignedMeanWeights(m, windows, batch_size, first, count));
  for (int64_t i = 0; i < m->tokens.n_local; i++) {
    for (int h = 0; h < m->cross.heads; h++) {
      for (int64_t j = 0; j < n; j++) {
        rows[i * n + j] += (double)m->cross.weight[(i * m->cross.heads + h) * n + j];
      }
    }
  }
  PetscFunctionReturn(0);
}

const Reading SignedAttention = {
    .name = "attention",
    .units = "1",
    .description = "attention, summed over heads; the mean of all windows when it is by content",
    .compute = compute};
