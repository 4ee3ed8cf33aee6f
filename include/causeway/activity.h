/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ACTIVITY_H
#define CAUSEWAY_ACTIVITY_H

#include "causeway/labels.h"
#include "causeway/observed.h"
#include "causeway/parameters.h"
#include "causeway/partition.h"

/* The multivariate time series of a population: N neurons x T samples. Each rank holds the whole
   series of the neurons of its block, time contiguous. */
typedef struct _p_Activity *Activity;

/* Consecutive samples [first, end); between two segments there is a border of trials, or a gap. */
typedef struct {
  int64_t first, end;
} Segment;

/*@
  ActivityCreate - an empty activity; destroyed with ActivityDestroy()
  Collective on `comm`
@*/
PetscErrorCode ActivityCreate(MPI_Comm comm, Activity *activity);
PetscErrorCode ActivityDestroy(Activity *activity);

/*@
  ActivitySetFromOptions - reads the parameters of section "activity"

  Input:   seed - of noise and of the choice of observed neurons

  The order: read, down-sample, noise, observe; then the steps, normalise, select.

  Options: -activity FILE[:/path]  - the source, see RecordingOpen(); and those of RecordingSetFromOptions()
           -activity_downsample K - every K-th sample of the source is taken, without a filter; all lengths
                below are counted in these
           -activity_noise SD     - standard deviation of white noise that is added [units of the source]
           -observe_fraction F    - part of the neurons, chosen at random, that is seen; the others are as
                if they were not there
           -activity_trials none|LENGTH|FILE.h5:/path|own - borders of the segments, in samples of the source:
                trials of LENGTH samples, the last one shorter; or those of an (n_trials, 2) dataset of first
                and end (exclusive), ascending, not overlapping; or /intervals/trials of the recording; other samples
                are in no segment
           -activity_missing refuse|drop - samples of the trials at which any neuron is NaN or infinite;
                drop: they are in no segment
           -activity_constant auto|refuse|drop - neurons that are constant, silent or without a finite value in the
                samples of trials and selection, also after the steps; drop: they are left out, as if they were not
                observed; auto: drop for a file, refuse for a simulation, an import keeps them
           -activity_steps LIST   - what is done to the values, in this order, of
                clip           - larger values are set to -activity_clip
                detrend        - subtracts from each neuron its least-squares line over each trial
                difference     - of order -activity_difference within each segment, which loses as many first samples
                common_average - subtracts at each sample the mean of all neurons
                decimate       - keeps one of -decimate_factor samples behind a low-pass filter
                dff            - (F - F0) / F0 with a running percentile F0: -dff_window, -dff_percentile
                deconvolve     - calcium influxes of fluorescence: -deconvolve_order, -deconvolve_decay, ...
                events         - marks rises above -events_level as events; values stay
                without a list clip, detrend, difference as far as their own parameters ask for them
           -activity_normalize zscore|center|none - per neuron over all samples inside segments, population deviation
           -activity_samples all|FIRST:COUNT - selection; samples are counted from FIRST after it
           -causality_windows K - as many equal stretches of the selection, of which ActivitySetWindow() chooses
           -activity_event_threshold none|clip|VALUE - events are the samples of the segments whose value in
                the source is at least VALUE; clip: VALUE of activity_clip; without one no events, or all spikes
                that are counted in bins
           -activity_spikes none|own|FILE.h5[:/spikes/POPULATION] - instead, SONATA spikes, of nodes that are the
                neurons of the source; own: those in the file of the activity. An event is at the first sample
                that is not before a spike
@*/
PetscErrorCode ActivitySetFromOptions(Activity activity, Parameters parameters, uint32_t seed);

/*@
  ActivityGetFile / ActivitySetFile - the source as given, "" when there is none; FILE.h5[:/path]
@*/
const char *ActivityGetFile(Activity activity);
PetscErrorCode ActivitySetFile(Activity activity, const char *specification);

/*@
  ActivityLoad - reads the source, finds segments and events, and preprocesses the values

  Collective. Says in the log how many samples and which neurons are left out, if any.
  Errors: CAUSEWAY_ERR_USER for a missing file or dataset, a wrong shape, wrong trials, a value that is not
          finite (naming neuron and sample), neurons that do not vary, fewer than two that do, a selection beyond the end, or when no
          sample is left
  Cost:   8 bytes per local neuron and sample, 9 bytes per sample and a buffer of 64 MiB at most; 8 bytes
          per event, 32 per spike that is read; one allreduce of 1 byte per sample when missing values are dropped
@*/
PetscErrorCode ActivityLoad(Activity activity);

/*@
  ActivityInspect - opens the source and returns its size, without reading it

  Collective. Checks the trials; until ActivityLoad(), ActivitySegments() are those of a source in which no
  value is missing.
  Output: n_neurons, n_samples - after the selection
@*/
PetscErrorCode ActivityInspect(Activity activity, int64_t *n_neurons, int64_t *n_samples);

/* What is loaded is regressed on its past at so many lags: neurons that do not vary there are left out or refused too.
   Not collective; before ActivityLoad(). */
void ActivitySetLags(Activity activity, int64_t lags);

/*@
  ActivitySetImport - the activity is to be written to a file: before ActivitySetFromOptions()

  Not collective. Values that are missing stay so, as NaN, without a complaint, and values are not normalised unless it
  is asked for.
  ActivityWrite - the loaded values as SONATA report /report/neurons, with /labels, the trials in /intervals/trials, and
  the events as spikes

  Collective
  Input: single - values in single precision
@*/
void ActivitySetImport(Activity activity);
PetscErrorCode ActivityWrite(Activity activity, DataFile file, PetscBool single);

/*@
  ActivityWindows   - number of stretches of time
  ActivitySetWindow - which one is loaded, 0 at first
  ActivityMiddle    - the time in its middle [ms], after ActivityLoad()

  Not collective
@*/
int64_t ActivityWindows(Activity activity);
PetscErrorCode ActivitySetWindow(Activity activity, int64_t window);
double ActivityMiddle(Activity activity);

/* Neurons that are seen of a source of n_all; after ActivityLoad() which: borrowed, index NULL for all. Not collective. */
int64_t ActivityObservedCount(Activity activity, int64_t n_all);
const Observed *ActivityObserved(Activity activity);

/* Whether ActivityLoad() may leave out neurons that do not vary, of those counted until then. Not collective. */
PetscBool ActivityMayDrop(Activity activity);

/* How many neurons ActivityLoad() has left out because they do not vary; not collective. */
int64_t ActivityDropped(Activity activity);

/* Names of the neurons, or no names; unit of the source, "" when it is not known; time between samples [ms], 0 when it
   is not known. After ActivityLoad(); borrowed. Not collective. */
const Labels *ActivityLabels(Activity activity);
const char *ActivityUnit(Activity activity);
double ActivityInterval(Activity activity);

/*@
  ActivityNeuron - what a message calls a neuron: by its name, and by its id or number in the source

  Not collective
  Input:  neuron - among those of ActivityObserved()
  Output: text, e.g. "neuron 3 (counted from 0)", "CA1-3 (neuron 3, counted from 0)" or "neuron of id 105"; in static
          storage, that of the last two calls
@*/
const char *ActivityNeuron(Activity activity, int64_t neuron);

/* After ActivityInspect() or ActivityLoad(), the neurons of a report that holds some of a population: index is NULL when
   columns are neurons 0, 1, ... Those of ActivityObserved() are among them. Borrowed. Not collective. */
const Observed *ActivitySourceNeurons(Activity activity);

/* Whether the source names its neurons by ids, even if these are 0, 1, ... Not collective. */
PetscBool ActivityHasIds(Activity activity);

/*@
  ActivityTake - only some columns of the source, all of which must vary: those that a model was trained on

  Not collective. Before ActivityLoad(); `observe_fraction` has no effect then
  Input: wanted - of the columns, index NULL for all; copied
@*/
PetscErrorCode ActivityTake(Activity activity, const Observed *wanted);

/*@
  ActivitySelection - ActivityInspect() for a source of `n_source` samples that does not exist yet

  Collective
  Output: n_samples - after the selection
  Errors: CAUSEWAY_ERR_USER when selection or trials reach beyond the end, or have nothing in common
@*/
PetscErrorCode ActivitySelection(Activity activity, int64_t n_source, int64_t *n_samples);

/*@
  ActivitySetValues - an activity from memory, as if loaded with -activity_normalize none

  Collective
  Input: n_global, n_samples - shape
         values - (n_local, n_samples), block of PartitionMake(); copied
@*/
PetscErrorCode ActivitySetValues(Activity activity, int64_t n_global, int64_t n_samples,
                                 const double *values);

/*@
  ActivityAllocate - ActivitySetValues() whose values the caller fills in

  Collective
  Output: values - (n_local, n_samples) zeros; borrowed, until the activity changes
@*/
PetscErrorCode ActivityAllocate(Activity activity, int64_t n_global, int64_t n_samples,
                                double **values);

/* An activity from memory whose neurons are those of `from`, which messages shall name. Not collective. */
PetscErrorCode ActivitySetNames(Activity activity, Activity from);

/* Layout of the neurons, and number of samples; not collective. */
const Partition *ActivityPartition(Activity activity);
int64_t ActivitySamples(Activity activity);

/* (n_local, n_samples) samples, [1] when z-scored, 0 outside the segments; borrowed; not collective. */
const double *ActivityValues(Activity activity);

/*@
  ActivitySegments - number of segments, ascending and the same on all ranks; no lag crosses their borders

  Not collective
  Output: segments - borrowed, until the activity changes; all samples are one segment when nothing else is said
@*/
int64_t ActivitySegments(Activity activity, const Segment **segments);

/* Gives an activity from memory its segments, which are copied; its events are forgotten. Not collective. */
PetscErrorCode ActivitySetSegments(Activity activity, int64_t n_segments, const Segment *segments);

/* Samples of trials and selection left out because a value was missing; not collective. */
int64_t ActivityMissing(Activity activity);

/* Parameters beside its mean that the steps have fitted to each series: they take degrees of freedom from regressions on
   what is left. Not collective. */
int64_t ActivityFitted(Activity activity);

/*@
  ActivityCountRare - how many samples carry what a series of rare events tells

  A series is one of rare events when more than half of its samples have the same value, now or before the steps

  Not collective
  Output: counts - (n_local) samples off that value, the fewer of before the steps and now; 0 for other series
@*/
PetscErrorCode ActivityCountRare(Activity activity, double *counts);

/*@
  ActivityTestStationarity - series that wander off or explode

  A series wanders when both tests say so: KPSS refuses stationarity, and Phillips and Perron's cannot refuse a root of one;
  it explodes when Dickey and Fuller's t lies above the 99 % point of a root of one.

  Collective
  Input:  level - probability with which any of N series of white noise is called so, shared out by Bonferroni
  Output: n_wandering, first - how many series do not look stationary, and the first of them
  Cost:   2 l T operations for each local series, with l = 4 (T / 100)^(1/4)
@*/
PetscErrorCode ActivityTestStationarity(Activity activity, double level, int64_t *n_wandering,
                                        int64_t *first);

/* A step that makes the series linearly dependent, with nothing behind it that undoes this; NULL when there is none. Not
   collective. */
const char *ActivityDependence(Activity activity);

/* Samples t with all of t - order .. t in one segment; not collective. */
int64_t ActivityRows(Activity activity, int64_t order);

/* position[t] - samples of its segment before sample t, -1 outside the segments; (n_samples); not collective */
void ActivityPositions(Activity activity, int64_t *position);

/*@
  ActivityDetectEvents - the events of every neuron: samples of the segments at which its value reaches
  `threshold` [units of ActivityValues()]; for activities from memory, ActivityLoad() does it itself

  Not collective
@*/
PetscErrorCode ActivityDetectEvents(Activity activity, double threshold);

/*@
  ActivityEvents - number of events of a local neuron

  Not collective
  Output: samples - ascending; borrowed, until the activity changes
@*/
int64_t ActivityEvents(Activity activity, int64_t local, const int64_t **samples);

/* Events of all neurons of all ranks. Collective. */
PetscErrorCode ActivityCountEvents(Activity activity, int64_t *n);

#endif
