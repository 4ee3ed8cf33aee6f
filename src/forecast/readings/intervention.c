/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading: change of a target's forecast when the last event of a source is replaced by the sample before, on 64 equally
   spaced windows in which the source has an event at the last sample and none before. Without events: change per unit of the
   last value, the least-squares slope over acts on all windows. */
#include "readings/experiments.h"

static PetscErrorCode compute(ForecastModel *model, const Windows *windows, int64_t batch_size,
                              int64_t first, int64_t count, double *rows, double *error)
{
  const Partition *p = &windows->partition;
  double *power;

  PetscFunctionBegin;
  (void)error;
  PetscCall(PetscCalloc1(p->n_global, &power));
  PetscCall(ExperimentRun(model, windows, batch_size, first, count, NULL, rows, NULL, power));
  EffectsPerUnit(p->n_local, p->n_global, power, rows);
  PetscCall(PetscFree(power));
  PetscFunctionReturn(0);
}

const Reading PassIntervention = {INTERVENTION_WORDS, .compute = compute};
