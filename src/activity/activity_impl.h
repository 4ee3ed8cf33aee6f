/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ACTIVITY_IMPL_H
#define CAUSEWAY_ACTIVITY_IMPL_H

#include "causeway/activity.h"
#include "causeway/datafile.h"

enum { LAYOUT_AUTO, LAYOUT_NEURON_TIME, LAYOUT_TIME_NEURON };
enum { NORMALIZE_ZSCORE, NORMALIZE_CENTER, NORMALIZE_NONE };

struct _p_Activity {
  MPI_Comm comm;
  char source[PETSC_MAX_PATH_LEN];
  int layout, normalize;
  PetscBool clips;
  double clip;
  int64_t select_first, select_count; /* count -1: all */

  Partition partition;
  int64_t n_samples;
  double *values; /* (n_local, n_samples) */
  int64_t n_segments;
  Segment *segments;    /* (n_segments) */
  int64_t *event_start; /* (n_local + 1) into events, or NULL before they are detected */
  int64_t *events;      /* samples, by neuron */
};

/* Reads all samples of the local neurons into activity->values. Collective. */
PetscErrorCode ActivityRead(Activity activity);

#endif
