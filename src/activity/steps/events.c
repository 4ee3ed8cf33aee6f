/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step events: upward crossings of a level become events, at this place among the steps. */
#include "steps/step.h"

#include <math.h>

enum { LEVEL_DEVIATIONS, LEVEL_ABSOLUTE };

typedef struct {
  double level;
  int measure;
} Events;

static const ParameterWord measures[] = {
    {"deviations", "standard deviations above the mean of the neuron", 0},
    {"absolute", "the value itself", 0},
    {NULL, NULL, 0}};

static const ParameterSpec parameters[] = {
    {.key = "events_level",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "2",
     .low = -1e12,
     .high = 1e12,
     .text = "Level that a value must reach from below to be an event of the step events",
     .prepares = PETSC_TRUE,
     .needs = "activity_steps=events",
     PARAMETER_MEMBER(Events, level)},
    {.key = "events_measure",
     .kind = PARAMETER_CHOICE,
     .standard = "deviations",
     .words = measures,
     .text = "Measure of events_level",
     .prepares = PETSC_TRUE,
     .needs = "activity_steps=events",
     PARAMETER_MEMBER(Events, measure)},
    {.key = NULL}};

static double level_of(Activity a, const Events *e, const double x[])
{
  double count = 0, mean = 0, square = 0;

  if (e->measure == LEVEL_ABSOLUTE) {
    return e->level;
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
  return mean + e->level * sqrt(square / count);
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

static PetscErrorCode apply(Activity a, const void *settings)
{
  const Events *e = settings;
  const int64_t n_local = a->partition.n_local;

  PetscFunctionBegin;
  PetscCall(SampleListFree(&a->events));
  PetscCall(PetscCalloc1(n_local + 1, &a->events.start));
  for (int64_t i = 0; i < n_local; i++) {
    const double *x = a->values + i * a->n_samples;

    a->events.start[i + 1] = a->events.start[i] + find(a, x, level_of(a, e, x), NULL);
  }
  PetscCall(PetscMalloc1(a->events.start[n_local], &a->events.samples));
  for (int64_t i = 0; i < n_local; i++) {
    const double *x = a->values + i * a->n_samples;

    (void)find(a, x, level_of(a, e, x), a->events.samples + a->events.start[i]);
  }
  PetscCall(PetscStrncpy(a->events_text, "rises above events_level", sizeof(a->events_text)));
  PetscFunctionReturn(0);
}

const Step StepEvents = {.name = "events",
                         .text = "rises above events_level are events, values stay",
                         .parameters = parameters,
                         .size = sizeof(Events),
                         .apply = apply};
