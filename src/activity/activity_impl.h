/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ACTIVITY_IMPL_H
#define CAUSEWAY_ACTIVITY_IMPL_H

#include "causeway/activity.h"
#include "causeway/datafile.h"
#include "causeway/recording.h"

#include <math.h>

enum { NORMALIZE_ZSCORE, NORMALIZE_CENTER, NORMALIZE_NONE };
enum { MISSING_REFUSE, MISSING_DROP };
enum { CONSTANT_REFUSE, CONSTANT_DROP, CONSTANT_KEEP };
enum { TRIALS_NONE, TRIALS_LENGTH, TRIALS_FILE, TRIALS_OWN };

/* Values of the words of activity_event_threshold: the value of activity_clip, and none. */
#define THRESHOLD_CLIP (-INFINITY)
#define THRESHOLD_NONE INFINITY

/* Segments in ascending order without overlap. */
typedef struct {
  int64_t n;
  Segment *list; /* owned */
} SegmentList;

/* Preprocessing steps in their order of application, with the settings of all types of steps. */
typedef struct _p_StepChain *StepChain;

struct _p_Activity {
  MPI_Comm comm;
  Parameters own; /* register of ActivitySetOptions(), or NULL */
  char source[PETSC_MAX_PATH_LEN];
  RecordingOptions reading;
  int normalize, missing, constant, constant_choice;
  double event_threshold; /* in units of the source, THRESHOLD_CLIP or THRESHOLD_NONE */
  char spikes_text[PETSC_MAX_PATH_LEN]; /* source of the events: auto, own, none, FILE.h5[:/path] */
  char trials_text[PETSC_MAX_PATH_LEN], samples_text[64]; /* as given by the user */
  int trials_kind;
  int64_t trial_length;               /* for TRIALS_LENGTH */
  int64_t select_first, select_count; /* count -1: all */
  int64_t n_windows, window; /* number of equal windows of the selection; the present one */
  uint32_t seed;
  int64_t downsample;      /* one of this many samples of the source is taken */
  double noise;            /* standard deviation, in units of the source */
  double observe_fraction; /* fraction of neurons */
  StepChain steps;         /* before normalising */
  PetscBool imports;       /* missing values are kept, and nothing is done by default */

  Recording recording; /* the source, NULL before it is opened */
  Observed wanted;     /* requested columns of the source, index NULL for all */
  PetscBool keeps_all; /* no constant neuron may be left out */
  int64_t lags;        /* order of the regression to come, 0 for none */
  Observed observed;   /* after ActivityLoad() */
  PetscBool has_ids;   /* the source identifies its neurons by ids */
  Observed columns;    /* neurons that are columns of a report, see ActivitySourceNeurons() */
  Labels labels;       /* of the columns, and of the observed neurons after ActivityLoad() */
  char unit[64];       /* of the source, "" when unknown */
  double interval_ms, start_ms; /* of the source's samples; 0 when unknown */
  double sample_ms;             /* present sampling interval */
  PetscBool counts;             /* values of the source are spike counts */
  PetscBool noted;              /* the assumptions about the source have been logged */
  int64_t n_spikes;             /* of all neurons of the source, for counts */
  int64_t n_own_trials;
  double *own_trials; /* (n_own_trials, 2) start and stop of the trials in the source [ms] */
  int64_t n_trials_outside, n_trials_cut; /* trials outside, or partly outside, the time read */

  Partition partition;
  int64_t n_observed;            /* samples before the steps */
  int64_t n_samples, n_recorded; /* samples after and before the selection */
  int64_t selected_first;        /* sample before the selection that becomes the first */
  double *values;                /* (n_local, n_samples), NULL with a list */
  double *rare;                  /* (n_local) see RareFind(), NULL without steps */
  double *magnitude;    /* (n_local) largest absolute values before the steps, NULL without any */
  int64_t n_dropped;    /* constant neurons left out */
  int64_t n_missing;    /* samples left out */
  SegmentList trials;   /* complete trials */
  SegmentList pieces;   /* parts of the trials between missing samples */
  SegmentList segments; /* pieces within the selection */
  char events_text[PETSC_MAX_PATH_LEN + 640]; /* what the events are, or why there are none; "" */
  PetscBool events_told;                      /* whether this has been logged */
  PetscBool keeps_list; /* counts are kept as a list where nothing needs series */
  double *scale;        /* (n_local) that values were multiplied with to normalise them, or NULL */
  SampleList events;    /* empty before their detection */
  SampleList list;      /* of the values that are not zero, in the place of `values`; or empty */
  double *row;          /* (n_samples) series of one neuron of the list, NULL without a list */
  int64_t row_neuron;   /* local neuron whose series it is, -1 for none */
};

/* Reads all samples of the local neurons into activity->values. Collective. */
PetscErrorCode ActivityRead(Activity activity);

/*@
  ListIsKept - whether ActivityLoad() keeps the values of the source that is open as a list: nothing on the way needs series
  ListTake   - takes over a list of the values that are not zero, in the place of series; the shape is set
  ListSelect - keeps those inside `segments`, whose sample 0 is the present sample `first`
  ListFree   - frees the list, if any

  Not collective
@*/
PetscBool ListIsKept(Activity activity);
PetscErrorCode ListTake(Activity activity, SampleList *list);
PetscErrorCode ListSelect(Activity activity, const SegmentList *segments, int64_t first);
PetscErrorCode ListFree(Activity activity);

/* Whether values are held as a list. Not collective. */
static inline PetscBool IsList(Activity a)
{
  return a->list.start ? PETSC_TRUE : PETSC_FALSE;
}

/* Number of samples that downsampling takes from a source. */
int64_t RecordedSamples(Activity activity, int64_t n_source);

/* Downsamples, adds noise and selects the observed neurons, in their own layout. Collective. */
PetscErrorCode Record(Activity activity);

/*@
  ActivityKeep - keeps some neurons, with their values, names and events, in a layout of their own

  Collective
  Input: kept - of the present neurons, index not NULL
  Cost:  a second copy of the values during the call
@*/
PetscErrorCode ActivityKeep(Activity activity, const Observed *kept);

/* The selection, or its present window, of a recording with `n_source` samples after the steps. Not collective. */
Segment ActivitySelected(Activity activity, int64_t n_source);

/* Id or number in the source of a present neuron. Not collective. */
static inline int64_t ActivityNumber(Activity a, int64_t neuron)
{
  return a->observed.index ? a->observed.index[neuron] : neuron;
}

/*@
  ConstantFind - leaves out, or refuses, neurons on any rank that do not vary in the segments

  Collective. A neuron without finite values counts as constant.
  Input:  segments, window - in present samples
          lags             - lags of a regression, at each of which the past must vary too; 0 for none
          when             - for messages: "", or " after ..."
  Errors: CAUSEWAY_ERR_USER that names the neurons with CONSTANT_REFUSE; when fewer than two neurons remain
  Cost:   an allgather of one byte per neuron; that of ActivityKeep()
@*/
PetscErrorCode ConstantFind(Activity activity, const SegmentList *segments, Segment window,
                            int64_t lags, const char *when);

/* The selection in samples before the steps. Not collective. */
Segment ActivitySelectedBefore(Activity activity);

/*@
  RareFind - counts, before the steps, each neuron's samples that differ from the value of more than half of the selection;
             0 without such a value
  RareKeep - keeps the counts of some neurons; activity->partition is already their layout

  Collective
  Input: before - layout of all neurons
         kept   - neurons that remain
@*/
PetscErrorCode RareFind(Activity activity);
PetscErrorCode RareKeep(Activity activity, const Partition *before, const Observed *kept);

/* Fills activity->trials for a recording of `n_source` samples. Collective. */
PetscErrorCode TrialsMake(Activity activity, int64_t n_source);

/*@
  MissingFind - finds the samples of the trials at which a neuron on any rank is not finite

  Collective; call before the values are changed
  Output: missing - (n_samples) 1 or 0, the same on all ranks; freed by the caller
  Errors: CAUSEWAY_ERR_USER with MISSING_REFUSE when a value is missing
@*/
PetscErrorCode MissingFind(Activity activity, unsigned char **missing);

/* Sets all members that parameters describe to their defaults. Not collective. */
PetscErrorCode ActivityDefaults(Activity activity);

/*@
  StepsApply      - applies the steps in their order; collective
  StepsShape      - changes trials, pieces and number of samples as the steps do, without values
  StepsFactor     - number of samples of which the steps keep one
  StepsLevel      - whether a step knows the value that spikes reach in the source, and this value
  StepsCount      - number of steps
  StepsAreExact   - whether a series that is constant after the steps is so without rounding
  StepsFitted     - number of parameters that they fit to each trial of each neuron
  StepsDependence - name of the step that makes the neurons linearly dependent, NULL for none

  Not collective, except StepsApply()
@*/
PetscErrorCode StepsCreate(StepChain *steps);
PetscErrorCode StepsDestroy(StepChain *steps);
PetscErrorCode StepsDeclareParameters(Parameters parameters);
PetscErrorCode StepsSetFromOptions(StepChain steps, Parameters parameters);
PetscErrorCode StepsApply(StepChain steps, Activity activity);
void StepsShape(StepChain steps, SegmentList *trials, SegmentList *pieces, int64_t *n_samples);
int64_t StepsFactor(StepChain steps);
PetscBool StepsLevel(StepChain steps, double *level);
int StepsCount(StepChain steps);
PetscBool StepsAreExact(StepChain steps);
int StepsFitted(StepChain steps);
const char *StepsDependence(StepChain steps);

/* Name of a step that looks ahead, NULL without one. Not collective. */
const char *StepsLookAhead(StepChain steps);

/* Refuses options of ActivitySetOptions() that only apply to a source that is loaded. Not collective. */
PetscErrorCode ActivityCheckMemory(Activity activity);

/* Centers or normalises the series of the local neurons, and clears the values between pieces. Not collective. */
PetscErrorCode Normalize(Activity activity);

/* Removes missing samples from segments. */
PetscErrorCode SegmentListSplit(const SegmentList *from, const unsigned char missing[],
                                SegmentList *to);

/* Intersects segments with `window`; samples are then counted from its first. */
PetscErrorCode SegmentListSelect(const SegmentList *from, Segment window, SegmentList *to);
PetscErrorCode SegmentListCopy(const SegmentList *from, SegmentList *to);
PetscErrorCode SegmentListDestroy(SegmentList *list);

PetscBool SegmentListHas(const SegmentList *segments, int64_t sample);

/*@
  EventsFind - finds values at or above the threshold inside segments

  Not collective
@*/
PetscErrorCode EventsFind(Activity activity, const SegmentList *where, double threshold);

/* Keeps the samples of a list inside `segments`, whose sample 0 is the present sample `first`. Not collective. */
void SampleListSelect(SampleList *list, int64_t n_local, const SegmentList *segments,
                      int64_t first);

/*@
  EventsRead    - reads spikes of a file or of the source within the pieces; each becomes an event at the first sample that
                  is not before it
  EventsInspect - checks that such spikes exist if the user asks for them
  EventsAreOwn  - whether the spikes of the source are the events: when the user asks for them, or when they exist and no
                  threshold is given

  Collective
  Errors: CAUSEWAY_ERR_USER for a missing file or population, nodes that the recording does not have, or unknown times of
          samples
  Cost:   16 bytes per spike of this rank's share of the file, and per spike of its neurons
@*/
PetscErrorCode EventsRead(Activity activity);
PetscErrorCode EventsInspect(Activity activity);
PetscErrorCode EventsAreOwn(Activity activity, PetscBool *are_own);

#endif
