/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which samples belong together, and at which of them a neuron has an event. */
#include "activity_impl.h"

PetscErrorCode ActivitySetSegments(Activity a, int64_t n_segments, const Segment *segments)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(a->segments));
  PetscCall(PetscMalloc1(n_segments, &a->segments));
  PetscCall(PetscArraycpy(a->segments, segments, n_segments));
  a->n_segments = n_segments;
  PetscFunctionReturn(0);
}

int64_t ActivitySegments(Activity a, const Segment **segments)
{
  *segments = a->segments;
  return a->n_segments;
}

int64_t ActivityRows(Activity a, int64_t order)
{
  int64_t rows = 0;

  for (int64_t s = 0; s < a->n_segments; s++) {
    rows += PetscMax(0, a->segments[s].end - a->segments[s].first - order);
  }
  return rows;
}

void ActivityPositions(Activity a, int64_t *position)
{
  for (int64_t t = 0; t < a->n_samples; t++) {
    position[t] = -1;
  }
  for (int64_t s = 0; s < a->n_segments; s++) {
    for (int64_t t = a->segments[s].first; t < a->segments[s].end; t++) {
      position[t] = t - a->segments[s].first;
    }
  }
}

PetscErrorCode ActivityDetectEvents(Activity a, double threshold)
{
  const int64_t n_values = a->partition.n_local * a->n_samples;
  int64_t n_events = 0;

  PetscFunctionBegin;
  PetscCall(PetscFree(a->event_start));
  PetscCall(PetscFree(a->events));
  for (int64_t k = 0; k < n_values; k++) {
    n_events += a->values[k] >= threshold;
  }
  PetscCall(PetscMalloc1(a->partition.n_local + 1, &a->event_start));
  PetscCall(PetscMalloc1(n_events, &a->events));
  n_events = 0;
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    a->event_start[i] = n_events;
    for (int64_t t = 0; t < a->n_samples; t++) {
      if (a->values[i * a->n_samples + t] >= threshold) {
        a->events[n_events++] = t;
      }
    }
  }
  a->event_start[a->partition.n_local] = n_events;
  PetscFunctionReturn(0);
}

int64_t ActivityEvents(Activity a, int64_t local, const int64_t **samples)
{
  if (!a->event_start) {
    *samples = NULL;
    return 0;
  }
  *samples = a->events + a->event_start[local];
  return a->event_start[local + 1] - a->event_start[local];
}
