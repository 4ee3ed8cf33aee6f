/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ACTIVITY_IMPL_H
#define CAUSEWAY_ACTIVITY_IMPL_H

#include "causeway/activity.h"
#include "causeway/datafile.h"

enum { LAYOUT_AUTO, LAYOUT_NEURON_TIME, LAYOUT_TIME_NEURON };
enum { NORMALIZE_ZSCORE, NORMALIZE_CENTER, NORMALIZE_NONE };
enum { MISSING_REFUSE, MISSING_DROP };
enum { DETREND_NONE, DETREND_LINEAR };
enum { EVENTS_NONE, EVENTS_CLIP, EVENTS_VALUE };

/* Ascending, not overlapping. */
typedef struct {
  int64_t n;
  Segment *list; /* owned */
} SegmentList;

struct _p_Activity {
  MPI_Comm comm;
  char source[PETSC_MAX_PATH_LEN];
  int layout, normalize, missing, detrend, event_choice;
  PetscBool clips;
  double clip;
  double event_value;              /* of EVENTS_VALUE, in units of the source */
  char spikes[PETSC_MAX_PATH_LEN]; /* that are the events instead: FILE.h5[:/path], own, or "" */
  double interval_given, interval_ms, start_ms; /* of samples of the source; 0 when not known */
  int64_t difference;
  char trials_file[PETSC_MAX_PATH_LEN]; /* FILE.h5:/path, or "" */
  int64_t trial_length;                 /* 0: the whole recording is one trial */
  int64_t select_first, select_count;   /* count -1: all */
  int64_t n_windows, window; /* equal stretches of the selection, and the one that is taken */
  uint32_t seed;
  int64_t downsample;      /* every so many samples of the source are taken */
  double noise;            /* standard deviation, in units of the source */
  double observe_fraction; /* of the neurons */
  Observed observed;       /* after ActivityLoad() */
  Observed columns;        /* neurons that are columns of a report, see ActivitySourceNeurons() */

  Partition partition;
  int64_t n_samples, n_recorded; /* after, and before the selection */
  double *values;                /* (n_local, n_samples) */
  int64_t n_missing;             /* samples left out */
  SegmentList trials;            /* in samples of the source, before anything is left out */
  SegmentList segments;          /* after the selection */
  int64_t *event_start;          /* (n_local + 1) into events, or NULL before they are detected */
  int64_t *events;               /* samples, by neuron */
};

/* Reads all samples of the local neurons into activity->values. Collective. */
PetscErrorCode ActivityRead(Activity activity);

/* Samples that are taken of a source. */
int64_t RecordedSamples(Activity activity, int64_t n_source);

/* Makes of all values of a source what is recorded of it, in the layout of the observed neurons. Collective. */
PetscErrorCode Record(Activity activity);

/* Fills activity->trials for a recording of `n_source` samples. Collective. */
PetscErrorCode TrialsMake(Activity activity, int64_t n_source);

/*@
  MissingFind - the samples of the trials at which some neuron of any rank is not finite

  Collective. Before the values are changed
  Output: missing - (n_samples), 1 or 0, the same on all ranks; freed by the caller
  Errors: CAUSEWAY_ERR_USER with MISSING_REFUSE, when there are any
@*/
PetscErrorCode MissingFind(Activity activity, unsigned char **missing);

/* What is left of segments when the samples that are missing are taken out. */
PetscErrorCode SegmentListSplit(const SegmentList *from, const unsigned char missing[],
                                SegmentList *to);

/* Segments without their first `skip` samples, where they lie in `window`, counted from its first. */
PetscErrorCode SegmentListSelect(const SegmentList *from, int64_t skip, Segment window,
                                 SegmentList *to);
PetscErrorCode SegmentListDestroy(SegmentList *list);

PetscBool SegmentListHas(const SegmentList *segments, int64_t sample);

/*@
  PreprocessNeuron - clips, detrends, differences and normalises one series in place

  Not collective
  Input: neuron - global index, for messages
         pieces - segments of the source before differences
@*/
PetscErrorCode PreprocessNeuron(Activity activity, const SegmentList *pieces, int64_t neuron,
                                double x[]);

/*@
  EventsFind - values at or above the threshold inside the segments

  Not collective
  Input: values - (n_local, stride), whose sample `offset` is sample 0 of the segments
@*/
PetscErrorCode EventsFind(Activity activity, const double *values, int64_t stride, int64_t offset,
                          double threshold);
PetscErrorCode EventsForget(Activity activity);

/*@
  EventsRead    - spikes of activity->spikes inside the segments, each at the first sample that is not before it
  EventsInspect - whether there is such a file

  Collective
  Input:  first_sample - of the recording, that is sample 0 of the segments
  Errors: CAUSEWAY_ERR_USER for a missing file or population, nodes that are not of the recording, or unknown times
          of the samples
  Cost:   16 bytes per spike of this rank's even share of the file, and per spike of its neurons
@*/
PetscErrorCode EventsRead(Activity activity, int64_t first_sample);
PetscErrorCode EventsInspect(Activity activity);

#endif
