/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading: increase of a target's loss when the whole past of a source is replaced by its mean over the recording, on 64
   equally spaced windows, with its standard error. */
#include "readings/experiments.h"

static PetscErrorCode compute(ForecastModel *model, const Windows *windows, int64_t batch_size,
                              int64_t first, int64_t count, double *rows, double *error)
{
  const Partition *p = &windows->partition;
  double *mean, *power;

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(p->n_local, &mean, p->n_global, &power));
  for (int64_t at = 0; at < p->n_local * windows->n_samples; at++) {
    mean[at / windows->n_samples] += (double)windows->values[at] / (double)windows->n_samples;
  }
  PetscCall(ExperimentRun(model, windows, batch_size, first, count, mean, rows, error, power));
  EffectsMeans(p->n_local, p->n_global, power, rows, error);
  PetscCall(PetscFree2(mean, power));
  PetscFunctionReturn(0);
}

const Reading PassLossIncrease = {
    .name = "loss_increase",
    .units = "1",
    .description = "growth of a target's loss when the past of a source is replaced by its mean",
    .has_error = PETSC_TRUE,
    .held_out = PETSC_TRUE,
    .compute = compute};
