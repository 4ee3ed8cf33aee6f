/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_WINDOWS_H
#define CAUSEWAY_WINDOWS_H

#include "causeway/forecaster.h"

#include "grid.h"
#include "real.h"

/* The windows of an activity: `context` samples and the following `horizon` samples at all positions, split in the order of
   time into training, validation and test. */
typedef struct {
  Partition partition; /* of the neurons over the ring */
  int context, horizon;
  int64_t n_samples; /* samples of the activity */
  int64_t first[4];  /* windows of each split: [first, first + count) */
  int64_t count[4];
  Real *values;         /* (n_local, n_samples) */
  uint8_t *events;      /* (n_local, n_samples) 1 at events */
  double *event_value;  /* (n_local) mean value at the events of the training windows */
  PetscBool has_events; /* whether any neuron has events */
} Windows;

/* This rank's part of a batch: some of its windows, and this rank's neurons. */
typedef struct {
  int64_t n_samples, first_sample, n_samples_global;
  int64_t *start;                        /* (n_samples) first sample of each window */
  Real *context;                         /* (n_samples, n_local, context) */
  Real *target;                          /* (n_samples, n_local, horizon) */
  uint8_t *context_event, *target_event; /* of the same shapes */
  const double *event_value;             /* (n_local) borrowed from the windows */
} Batch;

/*@
  WindowsCount - number of windows in all and in each split

  Not collective
  Input:  fraction - fractions of training and validation; the rest is the test split
          trains   - whether all splits are needed
  Errors: CAUSEWAY_ERR_USER when the samples give no window, or a required split is empty
@*/
PetscErrorCode WindowsCount(int64_t n_samples, int context, int horizon, const double fraction[2],
                            PetscBool trains, int64_t count[4]);

/*@
  WindowsCreate - fetches this rank's neurons of the ring from the common layout

  Collective on the world of the grid
  Errors: as WindowsCount()
@*/
PetscErrorCode WindowsCreate(Activity activity, const TrainGrid *grid, int context, int horizon,
                             const double fraction[2], PetscBool trains, Windows *windows);
PetscErrorCode WindowsDestroy(Windows *windows);

/*@
  WindowsShuffle - draws a permutation of the training windows, the same on all ranks

  Output: order - (count[SPLIT_TRAINING]) window numbers
  Source: sorted by Philox numbers with keys seed, member, epoch and window
@*/
PetscErrorCode WindowsShuffle(const Windows *windows, uint32_t seed, int64_t member, int64_t epoch,
                              int64_t *order);

/* Allocates this rank's part of batches of at most `size` windows. */
PetscErrorCode BatchCreate(const Windows *windows, const TrainGrid *grid, int64_t size,
                           Batch *batch);
PetscErrorCode BatchDestroy(Batch *batch);

/*@
  BatchFill - fills a batch with windows order[0 .. size), or first + 0 .. size when `order` is NULL; not collective
@*/
void BatchFill(const Windows *windows, const TrainGrid *grid, const int64_t *order, int64_t first,
               int64_t size, Batch *batch);

#endif
