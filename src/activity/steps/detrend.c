/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step detrend: subtracts straight lines from the trials. */
#include "steps/step.h"

enum { DETREND_NONE, DETREND_LINEAR };

typedef struct {
  int trend;
} Detrend;

static const ParameterWord trends[] = {
    {"none", "no line is subtracted", 0}, {"linear", "the least-squares line", 0}, {NULL, NULL, 0}};

static const ParameterSpec parameters[] = {
    {.key = "activity_detrend",
     .kind = PARAMETER_CHOICE,
     .standard = "none",
     .words = trends,
     .text = "Trend that is subtracted from each neuron in each trial",
     .prepares = PETSC_TRUE,
     .needs = "activity_steps=auto|detrend",
     PARAMETER_MEMBER(Detrend, trend)},
    {.key = NULL}};

static PetscBool asks(const void *settings)
{
  return ((const Detrend *)settings)->trend == DETREND_LINEAR ? PETSC_TRUE : PETSC_FALSE;
}

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

static PetscErrorCode apply(Activity a, const void *settings)
{
  PetscFunctionBegin;
  (void)settings;
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    detrend_trials(a, a->values + i * a->n_samples);
  }
  PetscFunctionReturn(0);
}

const Step StepDetrend = {.name = "detrend",
                          .text = "least-squares line of each trial subtracted",
                          .parameters = parameters,
                          .size = sizeof(Detrend),
                          .listed = "linear",
                          .asks = asks,
                          .apply = apply,
                          .fits = 2};
