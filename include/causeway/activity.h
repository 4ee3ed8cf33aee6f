/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ACTIVITY_H
#define CAUSEWAY_ACTIVITY_H

#include "causeway/declare.h"
#include "causeway/labels.h"
#include "causeway/observed.h"
#include "causeway/parameters.h"
#include "causeway/partition.h"
#include "causeway/sample_list.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* The multivariate time series of a population: N neurons x T samples. Each rank holds the whole series of the neurons of
   its block, contiguous in time. */
typedef struct _p_Activity *Activity;

/* Consecutive samples [first, end). A border between trials or a gap separates two segments. */
typedef struct {
  int64_t first, end;
} Segment;

/*@
  ActivityCreate - creates an empty activity; destroyed with ActivityDestroy()

  Collective on `comm`
@*/
PetscErrorCode ActivityCreate(MPI_Comm comm, Activity *activity);
PetscErrorCode ActivityDestroy(Activity *activity);

/*@
  ActivityDeclareParameters - declares the parameters of an activity, of recordings and of all preprocessing steps
  ActivitySetFromOptions    - reads these parameters; the caller has declared them

  Not collective, but every rank makes the same calls
  Input:   seed - random seed for the added noise and the choice of observed neurons
  Options: activity, activity_downsample, activity_noise, observe_fraction, activity_trials, activity_missing,
           activity_constant, activity_steps and those of the steps, activity_normalize, activity_samples,
           causality_windows, activity_event_threshold, activity_spikes, and those of RecordingSetFromOptions()
  Errors:  CAUSEWAY_ERR_USER with the key and the values that are allowed

  Processing order: read, downsample, add noise, observe, detect events, steps, normalize, select.
@*/
PetscErrorCode ActivityDeclareParameters(Parameters parameters);
PetscErrorCode ActivitySetFromOptions(Activity activity, Parameters parameters, uint32_t seed);

/*@
  ActivitySetOptions - sets parameters from a list; parameters set by earlier calls keep their values

  Collective. PETSc's options database is not read. The parameters apply to a source that ActivityLoad() reads;
  ActivitySetValues() refuses them.
  Errors: CAUSEWAY_ERR_USER for an unknown key or a refused value; then `activity` can only be destroyed
@*/
PetscErrorCode ActivitySetOptions(Activity activity, const ParameterSetting settings[]);

/*@
  ActivityGetFile / ActivitySetFile - the source as the user gave it: FILE or FILE.h5[:/path]; "" without a source

  Not collective; the text that is returned is borrowed
@*/
const char *ActivityGetFile(Activity activity);
PetscErrorCode ActivitySetFile(Activity activity, const char *specification);

/*@
  ActivityLoad - reads the source, finds segments and events, and preprocesses the values

  Collective. The log says how many samples and which neurons are left out.
  Errors: CAUSEWAY_ERR_USER for a missing file or dataset, a wrong shape, invalid trials, a value that is not finite (the
          message names neuron and sample), constant neurons, fewer than two neurons that vary, a selection beyond the
          end, or when no sample is left
  Cost:   8 bytes per local neuron and sample, 9 bytes per sample, a buffer of at most 64 MiB, 8 bytes per event and 32
          per spike read; one allreduce of 1 byte per sample when missing values are dropped
@*/
PetscErrorCode ActivityLoad(Activity activity);

/*@
  ActivityInspect - opens the source and returns its size without reading values

  Collective. Checks the trials. Until ActivityLoad(), ActivitySegments() returns the segments of a source without
  missing values.
  Output: n_neurons, n_samples - size after the selection
@*/
PetscErrorCode ActivityInspect(Activity activity, int64_t *n_neurons, int64_t *n_samples);

/* Sets the number of lags of the regressions to come. ActivityLoad() then also treats a neuron as constant when it does
   not vary in the samples that these lags leave. Not collective; call before ActivityLoad(). */
void ActivitySetLags(Activity activity, int64_t lags);

/*@
  ActivitySetImport - prepares an activity for ActivityWrite(); call before ActivitySetFromOptions()

  Not collective. Missing values are accepted and stay NaN. Values are normalised only when the user asks for it.

  ActivityWrite - writes the loaded values as SONATA report /report/neurons, with /labels, the trials in
  /intervals/trials, and the events as spikes

  Collective
  Input: file   - being written; borrowed
         single - whether values are written in single precision
@*/
void ActivitySetImport(Activity activity);
PetscErrorCode ActivityWrite(Activity activity, DataFile file, PetscBool single);

/*@
  ActivityWindows   - number of time windows (-causality_windows)
  ActivitySetWindow - chooses the window that ActivityLoad() reads, 0 at first
  ActivityMiddle    - time at the middle of the window [ms]; call after ActivityLoad()

  Not collective
@*/
int64_t ActivityWindows(Activity activity);
PetscErrorCode ActivitySetWindow(Activity activity, int64_t window);
double ActivityMiddle(Activity activity);

/* Number of observed neurons of a source with n_all neurons. After ActivityLoad(), ActivityObserved() says which neurons
   these are: borrowed, index NULL for all. Not collective. */
int64_t ActivityObservedCount(Activity activity, int64_t n_all);
const Observed *ActivityObserved(Activity activity);

/* Whether ActivityLoad() may leave out constant neurons, so that the present number of neurons is an upper bound. Not
   collective. */
PetscBool ActivityMayDrop(Activity activity);

/* Number of constant neurons that ActivityLoad() has left out. Not collective. */
int64_t ActivityDropped(Activity activity);

/* Names of the neurons, possibly none; unit of the source, "" when unknown; sampling interval [ms], 0 when unknown. Call
   after ActivityLoad(); borrowed. Not collective. */
const Labels *ActivityLabels(Activity activity);
const char *ActivityUnit(Activity activity);
double ActivityInterval(Activity activity);

/* What the values of a local neuron were multiplied with to normalise them; 1 when they were not. Not collective. */
double ActivityScale(Activity activity, int64_t local);

/*@
  ActivityNeuron - the name of a neuron for messages, with its id or number in the source

  Not collective
  Input:  neuron - index among the neurons of ActivityObserved()
  Output: (return value) e.g. "neuron 3 (counted from 0)", "CA1-3 (neuron 3, counted from 0)" or "neuron of id 105"; in
          static storage that holds the texts of the last two calls
@*/
const char *ActivityNeuron(Activity activity, int64_t neuron);

/* The neurons that the source holds of its population; index is NULL when columns are neurons 0, 1, ... They include the
   neurons of ActivityObserved(). Call after ActivityInspect() or ActivityLoad(). Borrowed. Not collective. */
const Observed *ActivitySourceNeurons(Activity activity);

/* Whether the source identifies its neurons by ids, even when these are 0, 1, ... Not collective. */
PetscBool ActivityHasIds(Activity activity);

/*@
  ActivityTake - restricts the source to the columns that a model was trained on; all of them must vary

  Not collective. Call before ActivityLoad(); `observe_fraction` then has no effect.
  Input: wanted - columns of the source, index NULL for all; copied
@*/
PetscErrorCode ActivityTake(Activity activity, const Observed *wanted);

/*@
  ActivitySelection - ActivityInspect() for a source of `n_source` samples that does not exist yet

  Collective
  Output: n_samples - number of samples after the selection
  Errors: CAUSEWAY_ERR_USER when the selection or the trials reach beyond the end, or do not overlap
@*/
PetscErrorCode ActivitySelection(Activity activity, int64_t n_source, int64_t *n_samples);

/*@
  ActivitySetValues - fills an activity from memory, as if loaded with -activity_normalize none

  Collective
  Input:  n_global, n_samples - shape
          values - (n_local, n_samples), block of PartitionMake(); copied
  Errors: CAUSEWAY_ERR_USER with the key of an option of ActivitySetOptions() that only applies to a source that is
          loaded: every one but `seed` and activity_normalize none. The caller preprocesses the values; trials and gaps
          are set by ActivitySetSegments(), events by ActivityDetectEvents().
@*/
PetscErrorCode ActivitySetValues(Activity activity, int64_t n_global, int64_t n_samples,
                                 const double *values);

/* Sets the sampling interval [ms] of an activity from memory. Not collective, but every rank makes the same call. */
PetscErrorCode ActivitySetInterval(Activity activity, double interval_ms);

/*@
  ActivityAllocate - ActivitySetValues() with storage that the caller fills

  Collective
  Output: values - (n_local, n_samples) zeros; borrowed, valid until the activity changes
  Errors: those of ActivitySetValues()
@*/
PetscErrorCode ActivityAllocate(Activity activity, int64_t n_global, int64_t n_samples,
                                double **values);

/*@
  ActivitySetList - fills an activity from memory with series whose values are zero except for a list

  Collective
  Input:  n_global, n_samples - shape
          list - with values, of the block of PartitionMake(); taken over
  Errors: those of ActivitySetValues()
@*/
PetscErrorCode ActivitySetList(Activity activity, int64_t n_global, int64_t n_samples,
                               SampleList *list);

/* Takes the neuron names for messages from another activity with the same neurons. Not collective. */
PetscErrorCode ActivitySetNames(Activity activity, Activity from);

/* Layout of the neurons over ranks (borrowed), and number of samples. Not collective. */
const Partition *ActivityPartition(Activity activity);
int64_t ActivitySamples(Activity activity);

/* Values (n_local, n_samples), [1] when z-scored, 0 outside the segments; NULL where they are kept as a list. Borrowed. Not
   collective. */
const double *ActivityValues(Activity activity);

/*@
  ActivityKeepSparse - lets ActivityLoad() keep spike counts as a list of the samples that are not zero, where no step, noise,
                       interpolation or normalisation asks for series; call before ActivityLoad()
  ActivityList       - this list; NULL where the values are series; borrowed
  ActivityRow        - series (n_samples) of a local neuron in either case; borrowed, until the next call

  ActivityListed     - after ActivityInspect(): most entries of this list on all ranks together; -1 for series
  ActivityBytes      - memory of the values on the fullest rank; listed: as that of ActivityListed()

  Not collective

  ActivityExpand     - makes series of a list, if there is one

  Collective
  Errors: CAUSEWAY_ERR_USER when a node cannot hold the series
@*/
void ActivityKeepSparse(Activity activity);
const SampleList *ActivityList(Activity activity);
const double *ActivityRow(Activity activity, int64_t local);
int64_t ActivityListed(Activity activity);
double ActivityBytes(int ranks, int64_t n_neurons, int64_t n_samples, int64_t listed);
PetscErrorCode ActivityExpand(Activity activity);

/*@
  ActivitySegments - number of segments; no lag crosses a border of a segment

  Not collective
  Output: segments - (number of segments) ascending, the same on all ranks; borrowed, valid until the activity changes.
                     Without trials or gaps, all samples are one segment.
@*/
int64_t ActivitySegments(Activity activity, const Segment **segments);

/* Sets the segments of an activity from memory; they are copied, and its events are discarded. Not collective. */
PetscErrorCode ActivitySetSegments(Activity activity, int64_t n_segments, const Segment *segments);

/* Number of samples within trials and selection that are left out because of missing values. Not collective. */
int64_t ActivityMissing(Activity activity);

/* Number of parameters, beyond the mean, that the steps have fitted to each series. Regressions on the result lose as many
   degrees of freedom. Not collective. */
int64_t ActivityFitted(Activity activity);

/*@
  ActivityCountRare - number of informative samples of each series of rare events

  A series has rare events when more than half of its samples have the same value, before or after the steps.

  Not collective
  Output: counts - (n_local) samples that differ from that value, the smaller count of before and after the steps; 0 for
                   other series
@*/
PetscErrorCode ActivityCountRare(Activity activity, double *counts);

/*@
  ActivityTestStationarity - counts series that wander or explode

  A series wanders when KPSS rejects stationarity and the test of Phillips and Perron does not reject a unit root. It
  explodes when the Dickey-Fuller t statistic exceeds its 99 % point under a unit root.

  Collective
  Input:  level - family-wise probability of a false detection for N series of white noise (Bonferroni)
  Output: n_wandering, first - number of series that look nonstationary, and the first of them
  Cost:   2 l T operations per local series, with l = 4 (T / 100)^(1/4); spike counts are first summed to at most T = 2^15 values
@*/
PetscErrorCode ActivityTestStationarity(Activity activity, double level, int64_t *n_wandering,
                                        int64_t *first);

/* Name of a step that makes the series linearly dependent and is not undone by a later step; NULL without one. Not
   collective. */
const char *ActivityDependence(Activity activity);

/* Name of a step that subtracts later samples, NULL without one. Not collective. */
const char *ActivityLookAhead(Activity activity);

/* Number of samples t for which t - order .. t lie in one segment. Not collective. */
int64_t ActivityRows(Activity activity, int64_t order);

/* Fills position (n_samples): position[t] is the number of samples of the segment before sample t, -1 outside the
   segments. Not collective. */
void ActivityPositions(Activity activity, int64_t *position);

/*@
  ActivityDetectEvents - detects the events of every neuron of an activity from memory: samples within segments at which
  the value crosses `threshold` upwards [units of ActivityValues()]. ActivityLoad() does this itself.

  Not collective
@*/
PetscErrorCode ActivityDetectEvents(Activity activity, double threshold);

/*@
  ActivityEvents - number of events of a local neuron

  Not collective
  Output: samples - (number of events) ascending; borrowed, valid until the activity changes
@*/
int64_t ActivityEvents(Activity activity, int64_t local, const int64_t **samples);

/* Number of events of all neurons on all ranks. The first call logs what the events are, or why there are none.
   Collective. */
PetscErrorCode ActivityCountEvents(Activity activity, int64_t *n);

CAUSEWAY_END_DECLARATIONS

#endif
