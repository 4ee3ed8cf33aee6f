/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Detects the events of neurons. */
#include "activity_impl.h"

#include "causeway/log.h"

#include "causeway/internal/parallel/exchange.h"

PetscErrorCode EventsForget(Activity a)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(a->event_start));
  PetscCall(PetscFree(a->events));
  PetscFunctionReturn(0);
}

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

  PetscFunctionBegin;
  PetscCall(EventsForget(a));
  PetscCall(PetscCalloc1(n_local + 1, &a->event_start));
  for (int64_t i = 0; i < n_local; i++) {
    a->event_start[i + 1] =
        a->event_start[i] + find(where, a->values + i * a->n_samples, threshold, NULL);
  }
  PetscCall(PetscMalloc1(a->event_start[n_local], &a->events));
  for (int64_t i = 0; i < n_local; i++) {
    (void)find(where, a->values + i * a->n_samples, threshold, a->events + a->event_start[i]);
  }
  PetscFunctionReturn(0);
}

void EventsSelect(Activity a, int64_t first)
{
  int64_t kept = 0;

  if (!a->event_start) {
    return;
  }
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    const int64_t begin = a->event_start[i];

    a->event_start[i] = kept;
    for (int64_t k = begin; k < a->event_start[i + 1]; k++) {
      if (SegmentListHas(&a->segments, a->events[k] - first)) {
        a->events[kept++] = a->events[k] - first;
      }
    }
  }
  a->event_start[a->partition.n_local] = kept;
}

typedef struct {
  int64_t neuron, sample;
} Event;

/* Stores events that are sorted by neuron. */
static PetscErrorCode take_events(Activity a, int64_t n, const Event events[])
{
  const Partition *p = &a->partition;

  PetscFunctionBegin;
  PetscCall(EventsForget(a));
  PetscCall(PetscCalloc1(p->n_local + 1, &a->event_start));
  PetscCall(PetscMalloc1(n, &a->events));
  for (int64_t k = 0; k < n; k++) {
    a->events[k] = events[k].sample;
    a->event_start[events[k].neuron - p->first + 1]++;
  }
  for (int64_t i = 0; i < p->n_local; i++) {
    a->event_start[i + 1] += a->event_start[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventsKeep(Activity a, const Partition *before, const Observed *kept)
{
  const int64_t first = ObservedBelow(kept, before->first);
  const int64_t end = ObservedBelow(kept, before->first + before->n_local);
  int64_t n = 0, n_received, *send_count;
  Event *events, *received = NULL;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (!a->event_start) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(a->event_start[before->n_local], &events));
  PetscCall(PetscCalloc1(a->partition.size, &send_count));
  for (int64_t neuron = first; neuron < end; neuron++) {
    const int64_t i = kept->index[neuron] - before->first;

    send_count[PartitionOwner(&a->partition, neuron)] += a->event_start[i + 1] - a->event_start[i];
    for (int64_t k = a->event_start[i]; k < a->event_start[i + 1]; k++) {
      events[n++] = (Event){neuron, a->events[k]};
    }
  }
  status = ExchangeRecords(a->comm, sizeof(*events), events, send_count, &n_received, &received);
  if (!status) {
    PetscCall(take_events(a, n_received, received));
  }
  PetscCall(PetscFree(received));
  PetscCall(PetscFree(send_count));
  PetscCall(PetscFree(events));
  PetscFunctionReturn(status);
}

PetscErrorCode ActivityDetectEvents(Activity a, double threshold)
{
  PetscFunctionBegin;
  PetscCall(EventsFind(a, &a->segments, threshold));
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

PetscErrorCode ActivityCountEvents(Activity a, int64_t *n)
{
  PetscFunctionBegin;
  *n = a->event_start ? a->event_start[a->partition.n_local] : 0;
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
