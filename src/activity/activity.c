/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "activity_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

PetscErrorCode ActivityCreate(MPI_Comm comm, Activity *activity)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(activity));
  (*activity)->comm = comm;
  PetscCall(StepsCreate(&(*activity)->steps));
  PetscCall(ActivityDefaults(*activity));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityDestroy(Activity *activity)
{
  PetscFunctionBegin;
  if (*activity) {
    PetscCall(ParametersDestroy(&(*activity)->own));
    PetscCall(RecordingClose(&(*activity)->recording));
    PetscCall(StepsDestroy(&(*activity)->steps));
    PetscCall(PetscFree((*activity)->values));
    PetscCall(PetscFree((*activity)->scale));
    PetscCall(SegmentListDestroy(&(*activity)->trials));
    PetscCall(SegmentListDestroy(&(*activity)->pieces));
    PetscCall(SegmentListDestroy(&(*activity)->segments));
    PetscCall(LabelsDestroy(&(*activity)->labels));
    PetscCall(PetscFree((*activity)->own_trials));
    PetscCall(PetscFree((*activity)->magnitude));
    PetscCall(PetscFree((*activity)->rare));
    PetscCall(SampleListFree(&(*activity)->events));
    PetscCall(ListFree(*activity));
    PetscCall(ObservedDestroy(&(*activity)->observed));
    PetscCall(ObservedDestroy(&(*activity)->columns));
    PetscCall(ObservedDestroy(&(*activity)->wanted));
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
  UserCheck(specification, "the source of the activity is NULL; name FILE or FILE.h5:/path");
  PetscCall(RecordingClose(&a->recording));
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

PetscBool ActivityHasIds(Activity a)
{
  return a->has_ids;
}

const Observed *ActivityObserved(Activity a)
{
  return &a->observed;
}

PetscBool ActivityMayDrop(Activity a)
{
  return a->constant == CONSTANT_DROP ? PETSC_TRUE : PETSC_FALSE;
}

int64_t ActivityDropped(Activity a)
{
  return a->n_dropped;
}

const char *ActivityNeuron(Activity a, int64_t neuron)
{
  enum { LONGEST = 256 };
  static char texts[2][LONGEST];
  static int last = 0;
  const PetscBool by_id = a->observed.n_all == INT64_MAX ? PETSC_TRUE : PETSC_FALSE;
  const long long number = (long long)ActivityNumber(a, neuron);
  char *text = texts[1 - last];

  last = 1 - last;
  if (a->labels.n) {
    (void)snprintf(text, LONGEST,
                   by_id ? "%.200s (id %lld)" : "%.200s (neuron %lld, counted from 0)",
                   LabelsGet(&a->labels, neuron), number);
  } else {
    (void)snprintf(text, LONGEST, by_id ? "neuron of id %lld" : "neuron %lld (counted from 0)",
                   number);
  }
  return text;
}

PetscErrorCode ActivitySetNames(Activity a, Activity from)
{
  PetscFunctionBegin;
  PetscCall(ObservedDestroy(&a->observed));
  a->observed = from->observed;
  if (from->observed.index) {
    PetscCall(PetscMalloc1(from->observed.n, &a->observed.index));
    PetscCall(PetscArraycpy(a->observed.index, from->observed.index, from->observed.n));
  }
  PetscCall(LabelsTake(&from->labels, from->labels.n, NULL, &a->labels));
  PetscFunctionReturn(0);
}

void ActivitySetLags(Activity a, int64_t lags)
{
  a->lags = lags;
}

void ActivitySetImport(Activity a)
{
  a->imports = PETSC_TRUE;
  a->constant = CONSTANT_KEEP;
  a->missing = MISSING_DROP;
  a->normalize = NORMALIZE_NONE;
}

const Labels *ActivityLabels(Activity a)
{
  return &a->labels;
}

const char *ActivityUnit(Activity a)
{
  return a->unit;
}

double ActivityInterval(Activity a)
{
  return a->sample_ms;
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

Segment ActivitySelected(Activity a, int64_t n_source)
{
  const int64_t first = a->select_count >= 0 ? a->select_first : 0;
  const int64_t length = (a->select_count >= 0 ? a->select_count : n_source) / a->n_windows;

  return (Segment){first + a->window * length, first + (a->window + 1) * length};
}

double ActivityMiddle(Activity a)
{
  const Segment s = ActivitySelected(a, a->n_recorded);

  return a->start_ms + 0.5 * (double)(s.first + s.end) * a->sample_ms;
}

/* Sets the segments from the remaining pieces; n_samples is the number of samples of the selection. */
static PetscErrorCode keep_segments(Activity a, const SegmentList *pieces, int64_t n_samples)
{
  PetscFunctionBegin;
  PetscCall(SegmentListSelect(pieces, ActivitySelected(a, n_samples), &a->segments));
  UserCheck(a->segments.n > 0,
            "%s: none of the %lld samples remains after trials, selection, missing values and "
            "differences; check activity_trials, activity_samples, activity_missing and "
            "activity_difference%s",
            a->source[0] ? a->source : "the simulation", (long long)n_samples,
            a->constant == CONSTANT_KEEP
                ? "; -activity_constant drop leaves out neurons without any value"
                : "");
  PetscFunctionReturn(0);
}

/* Predicts what the steps will leave of trials and pieces. */
static PetscErrorCode predict_segments(Activity a, const SegmentList *before, int64_t n_samples)
{
  SegmentList trials = {0, NULL}, pieces = {0, NULL};
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(SegmentListCopy(&a->trials, &trials));
  PetscCall(SegmentListCopy(before, &pieces));
  StepsShape(a->steps, &trials, &pieces, &n_samples);
  status = keep_segments(a, &pieces, n_samples);
  PetscCall(SegmentListDestroy(&trials));
  PetscCall(SegmentListDestroy(&pieces));
  PetscFunctionReturn(status);
}

PetscErrorCode ActivitySelection(Activity a, int64_t n_source, int64_t *n_samples)
{
  const int64_t n_recorded = RecordedSamples(a, n_source);

  PetscFunctionBegin;
  n_source = (n_recorded - 1) / StepsFactor(a->steps) + 1;
  UserCheck(StepsFactor(a->steps) == 1 || n_source > 1,
            "activity_steps: decimate by %lld leaves 1 of the %lld samples of %s; lower "
            "decimate_factor",
            (long long)StepsFactor(a->steps), (long long)n_recorded,
            a->source[0] ? a->source : "the simulation");
  UserCheck(a->select_count < 0 || a->select_first <= n_source - a->select_count,
            "activity_samples = %lld:%lld: reaches beyond the %lld samples of %s",
            (long long)a->select_first, (long long)a->select_count, (long long)n_source,
            a->source[0] ? a->source : "the simulation");
  *n_samples = ActivitySelected(a, n_source).end - ActivitySelected(a, n_source).first;
  UserCheck(*n_samples > 0, "causality_windows = %lld: exceeds the number of samples of %s",
            (long long)a->n_windows, a->source[0] ? a->source : "the simulation");
  PetscCall(TrialsMake(a, n_recorded));
  PetscCall(predict_segments(a, &a->trials, n_recorded));
  PetscFunctionReturn(0);
}

/* An import without steps keeps every value, and missing values stay missing. */
static PetscBool keeps_missing(Activity a)
{
  return a->imports && StepsCount(a->steps) == 0 && a->normalize == NORMALIZE_NONE ? PETSC_TRUE
                                                                                   : PETSC_FALSE;
}

/* Removes the missing samples from the trials. */
static PetscErrorCode leave_out_missing(Activity a, unsigned char **missing)
{
  PetscFunctionBegin;
  PetscCall(MissingFind(a, missing));
  if (keeps_missing(a)) {
    PetscCall(PetscArrayzero(*missing, a->n_samples));
  }
  PetscCall(SegmentListSplit(&a->trials, *missing, &a->pieces));
  PetscCall(predict_segments(a, &a->pieces, a->n_samples)); /* before anything is computed */
  PetscFunctionReturn(0);
}

/* Counts and logs the missing samples of the selection, in samples before the steps. */
static PetscErrorCode report_missing(Activity a, const unsigned char missing[])
{
  const int64_t factor = StepsFactor(a->steps);
  const Segment window = ActivitySelected(a, a->n_recorded);

  PetscFunctionBegin;
  a->n_missing = 0;
  for (int64_t t = window.first * factor; t < PetscMin(window.end * factor, a->n_observed); t++) {
    a->n_missing += missing[t];
  }
  if (a->n_missing > 0) {
    PetscCall(LogPrintf(
        "activity   %lld sample%s with missing values %s left out, %lld segment%s\n",
        (long long)a->n_missing, a->n_missing > 1 ? "s" : "", a->n_missing > 1 ? "are" : "is",
        (long long)a->segments.n, a->segments.n > 1 ? "s" : ""));
  }
  PetscFunctionReturn(0);
}

/* Finds the events in the values of the source. */
static PetscErrorCode find_events(Activity a)
{
  double level = a->event_threshold;
  PetscBool are_own;

  PetscFunctionBegin;
  PetscCall(SampleListFree(&a->events));
  a->events_told = PETSC_FALSE;
  PetscCall(EventsAreOwn(a, &are_own));
  if (are_own || (strcmp(a->spikes_text, "auto") != 0 && strcmp(a->spikes_text, "none") != 0)) {
    PetscCall(EventsRead(a));
    PetscFunctionReturn(0);
  }
  if (a->event_threshold == THRESHOLD_CLIP) {
    level = 1.0; /* spike */
    level = StepsLevel(a->steps, &level) || a->counts ? level : INFINITY;
  }
  if (isfinite(level)) {
    PetscCall(EventsFind(a, &a->pieces, level));
    (void)snprintf(a->events_text, sizeof(a->events_text), "values that reach %g", level);
  }
  PetscFunctionReturn(0);
}

/* Keeps the selected samples and compacts the series. */
static PetscErrorCode select_samples(Activity a)
{
  const Segment s = ActivitySelected(a, a->n_samples);
  const int64_t count = s.end - s.first;

  PetscFunctionBegin;
  a->selected_first = s.first;
  PetscCall(keep_segments(a, &a->pieces, a->n_samples));
  SampleListSelect(&a->events, a->partition.n_local, &a->segments, s.first);
  a->n_recorded = a->n_samples;
  if (IsList(a)) {
    a->n_samples = count;
    PetscCall(ListSelect(a, &a->segments, s.first));
  } else if (count < a->n_samples) {
    for (int64_t i = 0; i < a->partition.n_local; i++) {
      memmove(a->values + i * count, a->values + i * a->n_samples + s.first,
              (size_t)count * sizeof(double));
    }
    a->n_samples = count;
  }
  PetscFunctionReturn(0);
}

/* The selection in samples before the steps; decimation keeps one of several. */
Segment ActivitySelectedBefore(Activity a)
{
  const int64_t factor = StepsFactor(a->steps);
  const Segment s = ActivitySelected(a, (a->n_samples - 1) / factor + 1);

  return (Segment){s.first * factor, PetscMin(s.end * factor, a->n_samples)};
}

/* Constant neurons are dropped first: their missing values must not cost samples, nor enter the common average. Removing
   the samples that other neurons lack may then make one more neuron constant. */
static PetscErrorCode leave_out(Activity a, unsigned char **missing)
{
  PetscFunctionBegin;
  PetscCall(ConstantFind(a, &a->trials, ActivitySelectedBefore(a), 0, ""));
  PetscCall(leave_out_missing(a, missing));
  PetscCall(ConstantFind(a, &a->pieces, ActivitySelectedBefore(a), 0, ""));
  PetscFunctionReturn(0);
}

/* Values that cancel leave a rounding error in proportion to their magnitude. */
static PetscErrorCode find_magnitudes(Activity a)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(a->magnitude));
  if (StepsAreExact(a->steps)) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(a->partition.n_local, &a->magnitude));
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    for (int64_t s = 0; s < a->pieces.n; s++) {
      for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
        a->magnitude[i] = PetscMax(a->magnitude[i], fabs(a->values[i * a->n_samples + t]));
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Applies the steps and updates samples and segments. */
static PetscErrorCode apply_steps(Activity a)
{
  const PetscBool has_steps = StepsCount(a->steps) > 0 ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  if (keeps_missing(a)) {
    PetscFunctionReturn(0);
  }
  PetscCall(find_magnitudes(a));
  PetscCall(RareFind(a));
  PetscCall(StepsApply(a->steps, a));
  if (has_steps || a->lags > 0) {
    PetscCall(ConstantFind(a, &a->pieces, ActivitySelected(a, a->n_samples), a->lags,
                           has_steps ? " after the steps of preprocessing" : ""));
  }
  PetscCall(PetscFree(a->magnitude));
  if (StepsDependence(a->steps)) {
    PetscCall(
        LogPrintf("activity   %s reduces the rank by one: the other neurons determine each neuron "
                  "at every sample\n",
                  StepsDependence(a->steps)));
  }
  PetscCall(Normalize(a));
  PetscFunctionReturn(0);
}

static PetscErrorCode process(Activity a)
{
  unsigned char *missing = NULL;
  PetscErrorCode status;

  PetscFunctionBegin;
  a->n_observed = a->n_samples;
  status = leave_out(a, &missing);
  status = status ? status : find_events(a);
  status = status ? status : apply_steps(a);
  status = status ? status : select_samples(a);
  status = status ? status : report_missing(a, missing);
  PetscCall(PetscFree(missing));
  PetscFunctionReturn(status);
}

PetscErrorCode ActivityLoad(Activity a)
{
  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_ACTIVITY_READ));
  a->n_dropped = 0;
  PetscCall(ActivityRead(a));
  PetscCall(Record(a));
  PetscCall(process(a));
  PetscCall(LogEventStop(EVENT_ACTIVITY_READ));
  PetscFunctionReturn(0);
}

const char *ActivityDependence(Activity a)
{
  return StepsDependence(a->steps);
}

const char *ActivityLookAhead(Activity a)
{
  return StepsLookAhead(a->steps);
}

/* Counts the trials of which some samples are selected; the regression itself fits one mean. */
int64_t ActivityFitted(Activity a)
{
  const Segment window = {a->selected_first, a->selected_first + a->n_samples};
  int64_t n = 0;

  for (int64_t k = 0; k < a->trials.n; k++) {
    n += a->trials.list[k].first < window.end && a->trials.list[k].end > window.first;
  }
  n *= StepsFitted(a->steps);
  return n > 0 ? n - 1 : 0;
}
