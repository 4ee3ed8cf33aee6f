/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step decimate: keeps every K-th sample after a low-pass filter, a windowed sinc of 20 K + 1 samples; symmetric, so without
   delay; Hamming window, cut-off at the new Nyquist frequency. */
#include "steps/step.h"

#include <math.h>

/* Half the length of the filter [new samples]. */
enum { HALF = 10 };

typedef struct {
  int64_t factor;
} Decimate;

static const ParameterSpec parameters[] = {
    {.key = "decimate_factor",
     .kind = PARAMETER_INTEGER,
     .unit = "samples",
     .standard = "2",
     .low = 2,
     .high = 1000000,
     .text = "Number of samples of which the step decimate keeps one, behind a low-pass filter",
     .prepares = PETSC_TRUE,
     .needs = "activity_steps=decimate",
     PARAMETER_MEMBER(Decimate, factor)},
    {.key = NULL}};

static int64_t factor_of(const void *settings)
{
  return ((const Decimate *)settings)->factor;
}

static int64_t up(int64_t sample, int64_t factor)
{
  return (sample + factor - 1) / factor;
}

/* (2 half + 1) weights with sum 1 */
static void design(int64_t factor, double weight[])
{
  const int64_t half = HALF * factor;
  double sum = 0;

  for (int64_t k = -half; k <= half; k++) {
    const double x = M_PI * (double)k / (double)factor;
    const double window = 0.54 + 0.46 * cos(M_PI * (double)k / (double)half);

    weight[k + half] = window * (k ? sin(x) / x : 1);
    sum += weight[k + half];
  }
  for (int64_t k = 0; k <= 2 * half; k++) {
    weight[k] /= sum;
  }
}

/* One new sample; at the ends of a piece the weights inside it are normalised to sum 1. */
static double filtered(const double x[], Segment piece, int64_t at, int64_t half,
                       const double weight[])
{
  const int64_t first = PetscMax(piece.first, at - half);
  const int64_t end = PetscMin(piece.end, at + half + 1);
  double sum = 0, total = 0;

  for (int64_t t = first; t < end; t++) {
    sum += weight[t - at + half] * x[t];
    total += weight[t - at + half];
  }
  return sum / total;
}

/* Moves events to the first new sample that is not before them, if it lies in their piece. */
static void move_events(Activity a, int64_t factor)
{
  int64_t kept = 0;

  for (int64_t i = 0; a->events.start && i < a->partition.n_local; i++) {
    const int64_t begin = a->events.start[i];
    int64_t s = 0;

    a->events.start[i] = kept;
    for (int64_t k = begin; k < a->events.start[i + 1]; k++) {
      const int64_t moved = up(a->events.samples[k], factor);

      while (a->pieces.list[s].end <= a->events.samples[k]) {
        s++;
      }
      if (moved < up(a->pieces.list[s].end, factor) &&
          (kept == a->events.start[i] || a->events.samples[kept - 1] < moved)) {
        a->events.samples[kept++] = moved;
      }
    }
  }
  if (a->events.start) {
    a->events.start[a->partition.n_local] = kept;
  }
}

static void shape(const void *settings, SegmentList *trials, SegmentList *pieces,
                  int64_t *n_samples)
{
  const int64_t factor = factor_of(settings);
  SegmentList *lists[2] = {trials, pieces};

  for (int l = 0; l < 2; l++) {
    for (int64_t s = 0; s < lists[l]->n; s++) {
      lists[l]->list[s].first = up(lists[l]->list[s].first, factor);
      lists[l]->list[s].end = up(lists[l]->list[s].end, factor);
    }
  }
  *n_samples = up(*n_samples, factor);
}

static PetscErrorCode apply(Activity a, const void *settings)
{
  const int64_t factor = factor_of(settings), half = HALF * factor;
  const int64_t n = up(a->n_samples, factor);
  double *weight, *line;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(2 * half + 1, &weight));
  PetscCall(PetscMalloc1(n, &line));
  design(factor, weight);
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    const double *x = a->values + i * a->n_samples;

    PetscCall(PetscArrayzero(line, n));
    for (int64_t s = 0; s < a->pieces.n; s++) {
      const Segment piece = a->pieces.list[s];

      for (int64_t k = up(piece.first, factor); k < up(piece.end, factor); k++) {
        line[k] = filtered(x, piece, k * factor, half, weight);
      }
    }
    PetscCall(PetscArraycpy(a->values + i * n, line, n)); /* lies before the unread values */
  }
  PetscCall(PetscFree(line));
  PetscCall(PetscFree(weight));
  move_events(a, factor);
  shape(settings, &a->trials, &a->pieces, &a->n_samples);
  a->sample_ms *= (double)factor;
  PetscFunctionReturn(0);
}

const Step StepDecimate = {.name = "decimate",
                           .text = "one of decimate_factor samples, low-pass filtered",
                           .parameters = parameters,
                           .size = sizeof(Decimate),
                           .apply = apply,
                           .shape = shape,
                           .factor = factor_of};
