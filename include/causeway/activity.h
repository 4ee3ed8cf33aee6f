/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ACTIVITY_H
#define CAUSEWAY_ACTIVITY_H

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

  Options: -activity FILE.h5[:/path]  - the source; FILE.h5 alone takes the only SONATA report in it
           -activity_layout auto|neuron_time|time_neuron - auto: time_neuron for SONATA reports,
                else neuron_time
           -activity_clip none|VALUE  - larger values are set to VALUE, before normalising
           -activity_normalize zscore|center|none - per neuron over all samples, population
                deviation
           -activity_samples all|FIRST:COUNT - selection, after normalising
@*/
PetscErrorCode ActivitySetFromOptions(Activity activity, Parameters parameters);

/*@
  ActivityGetFile / ActivitySetFile - the source as given, "" when there is none; FILE.h5[:/path]
@*/
const char *ActivityGetFile(Activity activity);
PetscErrorCode ActivitySetFile(Activity activity, const char *specification);

/*@
  ActivityLoad - reads, clips, normalises and selects

  Collective
  Errors: CAUSEWAY_ERR_USER for a missing file or dataset, a wrong shape, a value that is not finite
          (naming neuron and sample), a constant neuron, a selection beyond the end
  Cost:   8 bytes per local neuron and sample, and a buffer of 64 MiB at most
@*/
PetscErrorCode ActivityLoad(Activity activity);

/*@
  ActivityInspect - opens the source and returns its size, without reading it

  Collective. Output: n_neurons, n_samples - after the selection
@*/
PetscErrorCode ActivityInspect(Activity activity, int64_t *n_neurons, int64_t *n_samples);

/*@
  ActivitySelection - how many samples of a source of `n_source` the selection takes; not collective

  Errors: CAUSEWAY_ERR_USER when it reaches beyond the end
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

/* Gives an activity from memory its segments, which are copied. Not collective. */
PetscErrorCode ActivitySetSegments(Activity activity, int64_t n_segments, const Segment *segments);

/* Samples t with all of t - order .. t in one segment; not collective. */
int64_t ActivityRows(Activity activity, int64_t order);

/* position[t] - samples of its segment before sample t, -1 outside the segments; (n_samples); not collective */
void ActivityPositions(Activity activity, int64_t *position);

/*@
  ActivityDetectEvents - the events of every neuron: samples at which its value reaches `threshold` [units of
  ActivityValues()]

  Not collective
@*/
PetscErrorCode ActivityDetectEvents(Activity activity, double threshold);

/*@
  ActivityEvents - number of events of a local neuron

  Not collective
  Output: samples - ascending; borrowed, until the activity changes
@*/
int64_t ActivityEvents(Activity activity, int64_t local, const int64_t **samples);

#endif
