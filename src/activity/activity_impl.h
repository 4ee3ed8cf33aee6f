/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ACTIVITY_IMPL_H
#define CAUSEWAY_ACTIVITY_IMPL_H

#include "causeway/activity.h"
#include "causeway/datafile.h"
#include "causeway/recording.h"

enum { NORMALIZE_ZSCORE, NORMALIZE_CENTER, NORMALIZE_NONE };
enum { MISSING_REFUSE, MISSING_DROP };
enum { CONSTANT_REFUSE, CONSTANT_DROP, CONSTANT_KEEP };
enum { DETREND_NONE, DETREND_LINEAR };
enum { EVENTS_NONE, EVENTS_CLIP, EVENTS_VALUE };
enum { MOST_STEPS = 16 };

/* Ascending, not overlapping. */
typedef struct {
  int64_t n;
  Segment *list; /* owned */
} SegmentList;

/* Parameters of the steps, each read by its own. */
typedef struct {
  int64_t decimate_factor;
  double dff_window_ms, dff_percentile;
  int64_t deconvolve_order;
  double deconvolve_decay_ms, deconvolve_rise_ms, deconvolve_noise, deconvolve_minimum;
  int deconvolve_output;
  double events_level;
  int events_measure;
} StepOptions;

/*@
  PreprocessStep - something that is done to the values of an activity before they are normalised

  apply - changes values, and by `shape` what belongs together; collective, errors agreed on
  shape - what becomes of trials, pieces and the number of samples; not collective; NULL when they stay
@*/
typedef struct {
  const char *name;
  PetscErrorCode (*set_from_options)(Activity activity, Parameters parameters);
  PetscErrorCode (*apply)(Activity activity);
  PetscErrorCode (*shape)(Activity activity, SegmentList *trials, SegmentList *pieces,
                          int64_t *n_samples);
  PetscBool loses_rank,
      bends; /* makes the neurons linearly dependent; treats each by a rule that is not linear, which
                                          makes them independent again */
} PreprocessStep;

struct _p_Activity {
  MPI_Comm comm;
  char source[PETSC_MAX_PATH_LEN];
  RecordingOptions reading;
  int normalize, missing, constant, detrend, event_choice;
  PetscBool clips;
  double clip;
  double event_value;              /* of EVENTS_VALUE, in units of the source */
  char spikes[PETSC_MAX_PATH_LEN]; /* that are the events instead: FILE.h5[:/path], own, or "" */
  int64_t difference;
  char trials_file[PETSC_MAX_PATH_LEN]; /* FILE.h5:/path, own, or "" */
  int64_t trial_length;                 /* 0: the whole recording is one trial */
  int64_t select_first, select_count;   /* count -1: all */
  int64_t n_windows, window; /* equal stretches of the selection, and the one that is taken */
  uint32_t seed;
  int64_t downsample;      /* every so many samples of the source are taken */
  double noise;            /* standard deviation, in units of the source */
  double observe_fraction; /* of the neurons */
  int n_steps;
  const PreprocessStep *steps[MOST_STEPS]; /* in their order, before normalising */
  StepOptions options;                     /* of the steps */
  PetscBool
      imports; /* values that are missing stay so, and nothing is done that was not asked for */

  Observed wanted;     /* columns of the source that are taken, index NULL for all */
  PetscBool keeps_all; /* a neuron that does not vary cannot be left out */
  int64_t lags;        /* of a regression on what is loaded, 0 for none */
  Observed observed;   /* after ActivityLoad() */
  PetscBool has_ids;   /* by which the source names its neurons */
  Observed columns;    /* neurons that are columns of a report, see ActivitySourceNeurons() */
  Labels labels;       /* of the columns, and of the observed neurons after ActivityLoad() */
  char unit[64];       /* of the source, "" when not known */
  double interval_ms, start_ms; /* of samples of the source; 0 when not known */
  double sample_ms;             /* between the values that there are now */
  PetscBool counts;             /* values of the source are numbers of spikes */
  PetscBool noted;              /* what was assumed about the source is in the log */
  int64_t n_own_trials;
  double *own_trials; /* (n_own_trials, 2) start and stop of the file's own [ms] */
  int64_t n_trials_outside, n_trials_cut; /* of these, by the part of the recording that is read */

  Partition partition;
  int64_t n_observed;            /* samples before the steps */
  int64_t n_samples, n_recorded; /* after, and before the selection */
  int64_t selected_first;        /* sample of before that is the first after it */
  double *values;                /* (n_local, n_samples) */
  double *rare;                  /* (n_local) see RareFind(), NULL without steps */
  double *magnitude;    /* (n_local) largest absolute values before the steps, NULL without any */
  int64_t n_dropped;    /* neurons that do not vary, left out */
  int64_t n_missing;    /* samples left out */
  SegmentList trials;   /* before anything is left out */
  SegmentList pieces;   /* of the trials, between missing samples */
  SegmentList segments; /* after the selection */
  int64_t *event_start; /* (n_local + 1) into events, or NULL before they are detected */
  int64_t *events;      /* samples, by neuron */
};

/* Reads all samples of the local neurons into activity->values. Collective. */
PetscErrorCode ActivityRead(Activity activity);

/* Samples that are taken of a source. */
int64_t RecordedSamples(Activity activity, int64_t n_source);

/* Makes of all values of a source what is recorded of it, in the layout of the observed neurons. Collective. */
PetscErrorCode Record(Activity activity);

/*@
  ActivityKeep - leaves some neurons, with their values, names and events, in the layout of so many

  Collective
  Input: kept - of the neurons that there are now, index not NULL
  Cost:  the values a second time for a while
@*/
PetscErrorCode ActivityKeep(Activity activity, const Observed *kept);

/* The selection, or the window of it, in samples of a recording of `n_source` after the steps. Not collective. */
Segment ActivitySelected(Activity activity, int64_t n_source);

/* Id or number in the source, of one of the neurons that there are now. Not collective. */
static inline int64_t ActivityNumber(Activity a, int64_t neuron)
{
  return a->observed.index ? a->observed.index[neuron] : neuron;
}

/*@
  ConstantFind - leaves out, or refuses, the neurons of all ranks that do not vary in the segments

  Collective. Those that have no finite value do not vary either
  Input:  segments, window - of the samples there are now
          lags             - of a regression, at each of which the past has to vary too; 0 for none
          when             - for messages: "", or " after ..."
  Errors: CAUSEWAY_ERR_USER that names all of them with CONSTANT_REFUSE; when fewer than two are left
  Cost:   one byte per neuron, one allgather of them; that of ActivityKeep()
@*/
PetscErrorCode ConstantFind(Activity activity, const SegmentList *segments, Segment window,
                            int64_t lags, const char *when);

/* The selection in samples of before the steps. Not collective. */
Segment ActivitySelectedBefore(Activity activity);

/*@
  RareFind - before the steps, samples of each neuron off the value that more than half of the selection have, 0 where no
  value is so frequent
  RareKeep - those of some neurons, whose layout activity->partition is already

  Collective
  Input: before - the layout of all of them; kept - those that stay
@*/
PetscErrorCode RareFind(Activity activity);
PetscErrorCode RareKeep(Activity activity, const Partition *before, const Observed *kept);

/* Fills activity->trials for a recording of `n_source` samples. Collective. */
PetscErrorCode TrialsMake(Activity activity, int64_t n_source);

/*@
  MissingFind - the samples of the trials at which some neuron of any rank is not finite

  Collective. Before the values are changed
  Output: missing - (n_samples), 1 or 0, the same on all ranks; freed by the caller
  Errors: CAUSEWAY_ERR_USER with MISSING_REFUSE, when there are any
@*/
PetscErrorCode MissingFind(Activity activity, unsigned char **missing);

/* The steps of `activity_steps`, or those that their parameters ask for; and what they begin with. */
void StepsDefaults(StepOptions *options);
PetscErrorCode StepsSetFromOptions(Activity activity, Parameters parameters);

/*@
  StepsApply - the steps in their order, then normalises and clears what lies between the pieces
  StepsShape - what becomes of trials, pieces and samples, without values
  StepsFactor - samples of which one is left

  Collective, but the latter two
@*/
PetscErrorCode StepsApply(Activity activity);
PetscErrorCode StepsShape(Activity activity, SegmentList *trials, SegmentList *pieces,
                          int64_t *n_samples);
int64_t StepsFactor(Activity activity);

/* Whether each value stays as it is, also beside one that is missing: in an import without steps. Not collective. */
PetscBool StepsKeepMissing(Activity activity);

/* What is left of segments when the samples that are missing are taken out. */
PetscErrorCode SegmentListSplit(const SegmentList *from, const unsigned char missing[],
                                SegmentList *to);

/* Segments where they lie in `window`, counted from its first. */
PetscErrorCode SegmentListSelect(const SegmentList *from, Segment window, SegmentList *to);
PetscErrorCode SegmentListCopy(const SegmentList *from, SegmentList *to);
PetscErrorCode SegmentListDestroy(SegmentList *list);

PetscBool SegmentListHas(const SegmentList *segments, int64_t sample);

/*@
  EventsFind - values at or above the threshold inside the segments of a list

  Not collective
@*/
PetscErrorCode EventsFind(Activity activity, const SegmentList *where, double threshold);

/* Keeps the events inside the segments, whose sample 0 is sample `first` of now. Not collective. */
void EventsSelect(Activity activity, int64_t first);

PetscErrorCode EventsForget(Activity activity);

/*@
  EventsKeep - those of some neurons, whose layout activity->partition is already

  Collective
  Input: before - the layout of all of them; kept - those that stay
  Cost:  16 bytes per event for a while
@*/
PetscErrorCode EventsKeep(Activity activity, const Partition *before, const Observed *kept);

/*@
  EventsRead    - spikes of activity->spikes inside the pieces, each at the first sample that is not before it
  EventsInspect - whether there is such a file

  Collective
  Errors: CAUSEWAY_ERR_USER for a missing file or population, nodes that are not of the recording, or unknown times
          of the samples
  Cost:   16 bytes per spike of this rank's even share of the file, and per spike of its neurons
@*/
PetscErrorCode EventsRead(Activity activity);
PetscErrorCode EventsInspect(Activity activity);

#endif
