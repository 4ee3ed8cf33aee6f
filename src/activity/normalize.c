/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Normalises the values, the last operation on them. */
#include "activity_impl.h"

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

/* Returns the factor. */
static double normalize(Activity a, double x[])
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
  return scale;
}

/* Values between the pieces are unused and may not be finite; an import marks them as missing. */
static void clear_between(Activity a, double x[])
{
  for (int64_t s = 0, t = 0; s <= a->pieces.n; s++) {
    const int64_t end = s < a->pieces.n ? a->pieces.list[s].first : a->n_samples;

    for (; t < end; t++) {
      x[t] = a->imports ? NAN : 0;
    }
    t = s < a->pieces.n ? PetscMax(t, a->pieces.list[s].end) : t;
  }
}

PetscErrorCode Normalize(Activity a)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(a->scale));
  PetscCall(PetscMalloc1(a->partition.n_local, &a->scale));
  for (int64_t i = 0; IsList(a) && i < a->partition.n_local; i++) {
    a->scale[i] = 1.0; /* a list is neither normalised nor imported */
  }
  if (IsList(a)) {
    PetscCall(ListSelect(a, &a->pieces, 0));
    PetscFunctionReturn(0);
  }
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    a->scale[i] = normalize(a, a->values + i * a->n_samples);
    clear_between(a, a->values + i * a->n_samples);
  }
  PetscFunctionReturn(0);
}

double ActivityScale(Activity a, int64_t local)
{
  return a->scale ? a->scale[local] : 1.0;
}
