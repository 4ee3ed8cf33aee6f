/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Events where values rise above a level, at this place among the steps. */
#include "steps.h"

#include <math.h>

enum { LEVEL_DEVIATIONS, LEVEL_ABSOLUTE };

static PetscErrorCode set_from_options(Activity a, Parameters parameters)
{
  static const char *const measures[] = {"deviations", "absolute", NULL};

  PetscFunctionBegin;
  PetscCall(ParametersReal(parameters, "events_level", "1",
                           "of the step events, which a value must reach after one that has not",
                           -1e12, 1e12, &a->options.events_level));
  PetscCall(ParametersChoice(parameters, "events_measure",
                             "of events_level: standard deviations above the mean of the neuron, "
                             "or as it is",
                             measures, &a->options.events_measure));
  PetscFunctionReturn(0);
}

static double level_of(Activity a, const double x[])
{
  double count = 0, mean = 0, square = 0;

  if (a->options.events_measure == LEVEL_ABSOLUTE) {
    return a->options.events_level;
  }
  for (int64_t s = 0; s < a->pieces.n; s++) {
    for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
      mean += x[t];
      count += 1;
    }
  }
  mean /= count;
  for (int64_t s = 0; s < a->pieces.n; s++) {
    for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
      square += (x[t] - mean) * (x[t] - mean);
    }
  }
  return mean + a->options.events_level * sqrt(square / count);
}

/* Number of events of a neuron, which are stored unless `events` is NULL. */
static int64_t find(Activity a, const double x[], double level, int64_t *events)
{
  int64_t n = 0;

  for (int64_t s = 0; s < a->pieces.n; s++) {
    const Segment piece = a->pieces.list[s];

    for (int64_t t = piece.first; t < piece.end; t++) {
      if (x[t] >= level && (t == piece.first || x[t - 1] < level)) {
        if (events) {
          events[n] = t;
        }
        n++;
      }
    }
  }
  return n;
}

static PetscErrorCode apply(Activity a)
{
  const int64_t n_local = a->partition.n_local;

  PetscFunctionBegin;
  PetscCall(EventsForget(a));
  PetscCall(PetscCalloc1(n_local + 1, &a->event_start));
  for (int64_t i = 0; i < n_local; i++) {
    const double *x = a->values + i * a->n_samples;

    a->event_start[i + 1] = a->event_start[i] + find(a, x, level_of(a, x), NULL);
  }
  PetscCall(PetscMalloc1(a->event_start[n_local], &a->events));
  for (int64_t i = 0; i < n_local; i++) {
    const double *x = a->values + i * a->n_samples;

    (void)find(a, x, level_of(a, x), a->events + a->event_start[i]);
  }
  PetscFunctionReturn(0);
}

const PreprocessStep StepEvents = {
    .name = "events", .set_from_options = set_from_options, .apply = apply};
