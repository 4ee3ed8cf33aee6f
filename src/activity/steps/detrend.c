/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steps.h"

/* Subtracts the least-squares line through the n pieces of one trial. */
static void detrend(const Segment piece[], int64_t n, double x[])
{
  double count = 0, mean_t = 0, mean_x = 0, square = 0, product = 0, slope;

  for (int64_t s = 0; s < n; s++) {
    for (int64_t t = piece[s].first; t < piece[s].end; t++) {
      count += 1;
      mean_t += (double)t;
      mean_x += x[t];
    }
  }
  mean_t /= count;
  mean_x /= count;
  for (int64_t s = 0; s < n; s++) {
    for (int64_t t = piece[s].first; t < piece[s].end; t++) {
      square += ((double)t - mean_t) * ((double)t - mean_t);
      product += ((double)t - mean_t) * (x[t] - mean_x);
    }
  }
  slope = square > 0 ? product / square : 0;
  for (int64_t s = 0; s < n; s++) {
    for (int64_t t = piece[s].first; t < piece[s].end; t++) {
      x[t] -= mean_x + slope * ((double)t - mean_t);
    }
  }
}

static void detrend_trials(Activity a, double x[])
{
  const SegmentList *pieces = &a->pieces;
  int64_t s = 0;

  for (int64_t trial = 0; trial < a->trials.n; trial++) {
    const int64_t begin = s;

    while (s < pieces->n && pieces->list[s].end <= a->trials.list[trial].end) {
      s++;
    }
    if (s > begin) {
      detrend(pieces->list + begin, s - begin, x);
    }
  }
}

static PetscErrorCode apply(Activity a)
{
  PetscFunctionBegin;
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    detrend_trials(a, a->values + i * a->n_samples);
  }
  PetscFunctionReturn(0);
}

const PreprocessStep StepDetrend = {.name = "detrend", .apply = apply};
