/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "activity_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <string.h>

PetscErrorCode ActivityCreate(MPI_Comm comm, Activity *activity)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(activity));
  (*activity)->comm = comm;
  (*activity)->select_count = -1;
  (*activity)->downsample = 1;
  (*activity)->n_windows = 1;
  (*activity)->observe_fraction = 1.0;
  (*activity)->event_choice = EVENTS_CLIP;
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityDestroy(Activity *activity)
{
  PetscFunctionBegin;
  if (*activity) {
    PetscCall(PetscFree((*activity)->values));
    PetscCall(SegmentListDestroy(&(*activity)->trials));
    PetscCall(SegmentListDestroy(&(*activity)->segments));
    PetscCall(EventsForget(*activity));
    PetscCall(ObservedDestroy(&(*activity)->observed));
    PetscCall(ObservedDestroy(&(*activity)->columns));
    PetscCall(PetscFree(*activity));
  }
  PetscFunctionReturn(0);
}

const char *ActivityGetFile(Activity a)
{
  return a->source;
}

PetscErrorCode ActivitySetFile(Activity a, const char *specification)
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(a->source, specification, sizeof(a->source)));
  PetscFunctionReturn(0);
}

const Partition *ActivityPartition(Activity a)
{
  return &a->partition;
}

int64_t ActivitySamples(Activity a)
{
  return a->n_samples;
}

const double *ActivityValues(Activity a)
{
  return a->values;
}

int64_t ActivityObservedCount(Activity a, int64_t n_all)
{
  return ObservedCount(n_all, a->observe_fraction);
}

const Observed *ActivitySourceNeurons(Activity a)
{
  return &a->columns;
}

const Observed *ActivityObserved(Activity a)
{
  return &a->observed;
}

int64_t ActivityMissing(Activity a)
{
  return a->n_missing;
}

int64_t ActivityWindows(Activity a)
{
  return a->n_windows;
}

PetscErrorCode ActivitySetWindow(Activity a, int64_t window)
{
  PetscFunctionBegin;
  a->window = window;
  PetscFunctionReturn(0);
}

/* The selection, or the window of it, in samples of a recording of `n_source`. */
static Segment selected(Activity a, int64_t n_source)
{
  const int64_t first = a->select_count >= 0 ? a->select_first : 0;
  const int64_t length = (a->select_count >= 0 ? a->select_count : n_source) / a->n_windows;

  return (Segment){first + a->window * length, first + (a->window + 1) * length};
}

int64_t ActivityMiddle(Activity a)
{
  return (selected(a, a->n_recorded).first + selected(a, a->n_recorded).end) / 2 * a->downsample;
}

/* The segments that stay of the pieces of a source. */
static PetscErrorCode keep_segments(Activity a, const SegmentList *pieces, int64_t n_source)
{
  PetscFunctionBegin;
  PetscCall(SegmentListSelect(pieces, a->difference, selected(a, n_source), &a->segments));
  UserCheck(a->segments.n > 0,
            "%s: none of the %lld samples is left inside the trials and the selection, without "
            "missing values and what differences take; see activity_trials, activity_samples, "
            "activity_missing and activity_difference",
            a->source[0] ? a->source : "the simulation", (long long)n_source);
  PetscFunctionReturn(0);
}

PetscErrorCode ActivitySelection(Activity a, int64_t n_source, int64_t *n_samples)
{
  PetscFunctionBegin;
  n_source = RecordedSamples(a, n_source);
  UserCheck(a->select_count < 0 || a->select_first <= n_source - a->select_count,
            "activity_samples = %lld:%lld: reaches beyond the %lld samples of %s",
            (long long)a->select_first, (long long)a->select_count, (long long)n_source,
            a->source[0] ? a->source : "the simulation");
  *n_samples = selected(a, n_source).end - selected(a, n_source).first;
  UserCheck(*n_samples > 0, "causality_windows = %lld: are more than the samples of %s",
            (long long)a->n_windows, a->source[0] ? a->source : "the simulation");
  PetscCall(TrialsMake(a, n_source));
  PetscCall(keep_segments(a, &a->trials, n_source));
  PetscFunctionReturn(0);
}

/* Takes the missing samples out of the trials, and counts and reports those of the selection. */
static PetscErrorCode leave_out_missing(Activity a, SegmentList *pieces)
{
  const Segment window = selected(a, a->n_samples);
  unsigned char *missing;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(MissingFind(a, &missing));
  status = SegmentListSplit(&a->trials, missing, pieces);
  a->n_missing = 0;
  for (int64_t t = window.first; t < window.end; t++) {
    a->n_missing += missing[t];
  }
  PetscCall(PetscFree(missing));
  PetscCall(status);
  PetscCall(keep_segments(a, pieces, a->n_samples));
  if (a->n_missing > 0) {
    PetscCall(LogPrintf(
        "activity   %lld sample%s with missing values %s left out, %lld segment%s\n",
        (long long)a->n_missing, a->n_missing > 1 ? "s" : "", a->n_missing > 1 ? "are" : "is",
        (long long)a->segments.n, a->segments.n > 1 ? "s" : ""));
  }
  PetscFunctionReturn(0);
}

/* The events of the values as they are in the source. */
static PetscErrorCode find_events(Activity a)
{
  PetscFunctionBegin;
  PetscCall(EventsForget(a));
  if (a->spikes[0]) {
    PetscCall(EventsRead(a, selected(a, a->n_samples).first));
  } else if (a->event_choice == EVENTS_VALUE || (a->event_choice == EVENTS_CLIP && a->clips)) {
    PetscCall(EventsFind(a, a->values, a->n_samples, selected(a, a->n_samples).first,
                         a->event_choice == EVENTS_VALUE ? a->event_value : a->clip));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode preprocess(Activity a, const SegmentList *pieces)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < a->partition.n_local && !status; i++) {
    status = PreprocessNeuron(a, pieces, a->partition.first + i, a->values + i * a->n_samples);
  }
  PetscCall(ErrorAgree(a->comm, status));
  PetscFunctionReturn(0);
}

/* Keeps the selected samples, moving each series to its place. */
static PetscErrorCode select_samples(Activity a)
{
  const Segment s = selected(a, a->n_samples);
  const int64_t count = s.end - s.first;

  PetscFunctionBegin;
  a->n_recorded = a->n_samples;
  if (count < a->n_samples) {
    for (int64_t i = 0; i < a->partition.n_local; i++) {
      memmove(a->values + i * count, a->values + i * a->n_samples + s.first,
              (size_t)count * sizeof(double));
    }
    a->n_samples = count;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityLoad(Activity a)
{
  SegmentList pieces = {0, NULL}; /* of the trials, between missing samples */
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_ACTIVITY_READ));
  PetscCall(ActivityRead(a));
  PetscCall(Record(a));
  status = leave_out_missing(a, &pieces);
  status = status ? status : find_events(a);
  status = status ? status : preprocess(a, &pieces);
  PetscCall(SegmentListDestroy(&pieces));
  PetscCall(status);
  PetscCall(select_samples(a));
  PetscCall(LogEventStop(EVENT_ACTIVITY_READ));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivitySetValues(Activity a, int64_t n_global, int64_t n_samples,
                                 const double *values)
{
  double *own;

  PetscFunctionBegin;
  PetscCall(ActivityAllocate(a, n_global, n_samples, &own));
  PetscCall(PetscArraycpy(own, values, a->partition.n_local * n_samples));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityAllocate(Activity a, int64_t n_global, int64_t n_samples, double **values)
{
  PetscFunctionBegin;
  PetscCall(PartitionMake(a->comm, n_global, &a->partition));
  a->n_samples = n_samples;
  a->n_missing = 0;
  PetscCall(PetscFree(a->values));
  PetscCall(PetscCalloc1(a->partition.n_local * n_samples, &a->values));
  PetscCall(ActivitySetSegments(a, 1, &(Segment){0, n_samples}));
  *values = a->values;
  PetscFunctionReturn(0);
}
