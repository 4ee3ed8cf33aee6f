/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading: increase of the loss without a source, faster than that of any model. */
#include "signed/experiments.h"

static PetscErrorCode compute(ForecastModel *model, const Windows *windows, int64_t batch_size,
                              int64_t first, int64_t count, double *rows, double *error)
{
  Signed *m = (Signed *)model;
  const int64_t n = model->shape.n_neurons;
  double *mean, *power;

  PetscFunctionBegin;
  if (m->cross.by_content) {
    PetscCall(PassLossIncrease.compute(model, windows, batch_size, first, count, rows, error));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc2(m->tokens.n_local * m->channels, &mean, n, &power));
  PetscCall(SignedMeanMessages(m, windows, batch_size, first, count, mean));
  PetscCall(SignedExperiment(m, windows, batch_size, first, count, mean, rows, error, power));
  EffectsMeans(m->tokens.n_local, n, power, rows, error);
  PetscCall(PetscFree2(mean, power));
  PetscFunctionReturn(0);
}

const Reading SignedLossIncrease = {
    .name = "loss_increase",
    .units = "1",
    .description = "growth of a target's loss when the message of a source is replaced by its mean",
    .has_error = PETSC_TRUE,
    .held_out = PETSC_TRUE,
    .compute = compute};
