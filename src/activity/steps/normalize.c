/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steps.h"

#include <math.h>

/* Mean and population variance inside the pieces. */
static void moments(Activity a, const double x[], double *mean, double *variance)
{
  int64_t count = 0;

  *mean = *variance = 0;
  for (int64_t s = 0; s < a->pieces.n; s++) {
    for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
      *mean += x[t];
    }
    count += a->pieces.list[s].end - a->pieces.list[s].first;
  }
  *mean /= (double)count;
  for (int64_t s = 0; s < a->pieces.n; s++) {
    for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
      *variance += (x[t] - *mean) * (x[t] - *mean);
    }
  }
  *variance /= (double)count;
}

static void normalize(Activity a, double x[])
{
  double mean, variance, scale = 1.0;

  moments(a, x, &mean, &variance);
  if (a->normalize == NORMALIZE_ZSCORE && variance > 0) {
    scale = 1.0 / sqrt(variance);
  }
  for (int64_t s = 0; s < a->pieces.n && a->normalize != NORMALIZE_NONE; s++) {
    for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
      x[t] = (x[t] - mean) * scale;
    }
  }
}

PetscErrorCode NormalizeApply(Activity a)
{
  PetscFunctionBegin;
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    normalize(a, a->values + i * a->n_samples);
  }
  PetscFunctionReturn(0);
}
