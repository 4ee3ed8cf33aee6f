/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Detects the events of neurons. */
#include "activity_impl.h"

#include "causeway/log.h"

/* Number of events of a series; stored unless `events` is NULL. */
static int64_t find(const SegmentList *segments, const double x[], double threshold,
                    int64_t *events)
{
  int64_t n = 0;

  for (int64_t s = 0; s < segments->n; s++) {
    for (int64_t t = segments->list[s].first; t < segments->list[s].end; t++) {
      if (x[t] >= threshold) {
        if (events) {
          events[n] = t;
        }
        n++;
      }
    }
  }
  return n;
}

PetscErrorCode EventsFind(Activity a, const SegmentList *where, double threshold)
{
  const int64_t n_local = a->partition.n_local;
  SampleList *e = &a->events;

  PetscFunctionBegin;
  PetscCall(SampleListFree(e));
  PetscCall(PetscCalloc1(n_local + 1, &e->start));
  for (int64_t i = 0; i < n_local; i++) {
    e->start[i + 1] = e->start[i] + find(where, ActivityRow(a, i), threshold, NULL);
  }
  PetscCall(PetscMalloc1(e->start[n_local], &e->samples));
  for (int64_t i = 0; i < n_local; i++) {
    (void)find(where, ActivityRow(a, i), threshold, e->samples + e->start[i]);
  }
  PetscFunctionReturn(0);
}

void SampleListSelect(SampleList *list, int64_t n_local, const SegmentList *segments, int64_t first)
{
  int64_t kept = 0;

  for (int64_t i = 0; list->start && i < n_local; i++) {
    const int64_t begin = list->start[i];

    list->start[i] = kept;
    for (int64_t k = begin; k < list->start[i + 1]; k++) {
      if (SegmentListHas(segments, list->samples[k] - first)) {
        list->samples[kept] = list->samples[k] - first;
        if (list->has_values) {
          list->values[kept] = list->values[k];
        }
        kept++;
      }
    }
  }
  if (list->start) {
    list->start[n_local] = kept;
  }
}

PetscErrorCode ActivityDetectEvents(Activity a, double threshold)
{
  PetscFunctionBegin;
  PetscCall(EventsFind(a, &a->segments, threshold));
  PetscFunctionReturn(0);
}

int64_t ActivityEvents(Activity a, int64_t local, const int64_t **samples)
{
  if (!a->events.start) {
    *samples = NULL;
    return 0;
  }
  *samples = a->events.samples + a->events.start[local];
  return a->events.start[local + 1] - a->events.start[local];
}

PetscErrorCode ActivityCountEvents(Activity a, int64_t *n)
{
  PetscFunctionBegin;
  *n = a->events.start ? a->events.start[a->partition.n_local] : 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, n, 1, MPI_INT64_T, MPI_SUM, a->comm));
  if (!a->events_told && *n > 0) {
    PetscCall(LogPrintf("activity   %lld events, %s\n", (long long)*n,
                        a->events_text[0] ? a->events_text : "set by the caller"));
  } else if (!a->events_told) {
    PetscCall(LogPrintf("activity   no events%s%s; see activity_spikes and "
                        "activity_event_threshold\n",
                        a->events_text[0] ? ": " : "", a->events_text));
  }
  a->events_told = PETSC_TRUE;
  PetscFunctionReturn(0);
}
