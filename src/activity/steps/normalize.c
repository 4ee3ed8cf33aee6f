/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steps.h"

#include "causeway/error.h"

#include <math.h>

/* Spread of what the steps leave of a straight line, relative to the values before them. */
#define ROUNDING 1e-12

/* Mean and population variance inside the pieces; a constant neuron is refused. */
static PetscErrorCode moments(Activity a, int64_t neuron, const double x[], double *mean,
                              double *variance)
{
  const double rounding = a->magnitude ? ROUNDING * a->magnitude[neuron - a->partition.first] : 0;
  double lowest = INFINITY, highest = -INFINITY;
  int64_t count = 0;

  PetscFunctionBegin;
  *mean = *variance = 0;
  for (int64_t s = 0; s < a->pieces.n; s++) {
    for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
      lowest = PetscMin(lowest, x[t]);
      highest = PetscMax(highest, x[t]);
      *mean += x[t];
    }
    count += a->pieces.list[s].end - a->pieces.list[s].first;
  }
  UserCheck(a->imports || highest - lowest > rounding,
            "%s: %s is constant%s, %g in all %lld samples; leave it out", a->source,
            StepNeuron(a, neuron), a->magnitude ? " after the steps of preprocessing" : "", lowest,
            (long long)count);
  *mean /= (double)count;
  for (int64_t s = 0; s < a->pieces.n; s++) {
    for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
      *variance += (x[t] - *mean) * (x[t] - *mean);
    }
  }
  *variance /= (double)count;
  PetscFunctionReturn(0);
}

static PetscErrorCode normalize(Activity a, int64_t neuron, double x[])
{
  double mean, variance, scale = 1.0;

  PetscFunctionBegin;
  PetscCall(moments(a, neuron, x, &mean, &variance));
  if (a->normalize == NORMALIZE_ZSCORE && variance > 0) {
    scale = 1.0 / sqrt(variance);
  }
  for (int64_t s = 0; s < a->pieces.n && a->normalize != NORMALIZE_NONE; s++) {
    for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
      x[t] = (x[t] - mean) * scale;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NormalizeApply(Activity a)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < a->partition.n_local && !status; i++) {
    status = normalize(a, a->partition.first + i, a->values + i * a->n_samples);
  }
  PetscFunctionReturn(ErrorAgree(a->comm, status));
}
