/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading by intervention, faster than that of any model. */
#include "signed/experiments.h"

static PetscErrorCode compute(ForecastModel *model, const Windows *windows, int64_t batch_size,
                              int64_t first, int64_t count, double *rows, double *error)
{
  Signed *m = (Signed *)model;
  const int64_t n = model->shape.n_neurons;
  double *square, *power;

  PetscFunctionBegin;
  if (m->cross.by_content) { /* every weight changes with a source's state */
    PetscCall(PassIntervention.compute(model, windows, batch_size, first, count, rows, error));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc2(m->tokens.n_local * n, &square, n, &power));
  PetscCall(SignedExperiment(m, windows, batch_size, first, count, NULL, rows, square, power));
  EffectsPerUnit(m->tokens.n_local, n, power, rows);
  PetscCall(PetscFree2(square, power));
  PetscFunctionReturn(0);
}

const Reading SignedIntervention = {INTERVENTION_WORDS, .compute = compute};
