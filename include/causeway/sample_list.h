/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SAMPLE_LIST_H
#define CAUSEWAY_SAMPLE_LIST_H

#include "causeway/declare.h"
#include "causeway/observed.h"
#include "causeway/partition.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* Some samples of the local neurons, such as those with events or with values that are not zero: entries
   start[i] .. start[i + 1] - 1 belong to neuron i. */
typedef struct {
  int64_t *start;   /* (n_local + 1), NULL without a list; owned */
  int64_t *samples; /* ascending for each neuron; owned */
  PetscBool has_values;
  double *values; /* their values, if any; owned */
} SampleList;

/* A list of neurons without samples, with room for `n_most` of all of them; freed with SampleListFree(). Not collective. */
PetscErrorCode SampleListCreate(int64_t n_local, int64_t n_most, PetscBool has_values,
                                SampleList *list);
PetscErrorCode SampleListFree(SampleList *list);

/* Adds the values of a list to the samples of series (n_local, n_samples). Not collective. */
void SampleListAdd(const SampleList *list, int64_t n_local, int64_t n_samples, double series[]);

/*@
  SampleListKeep - keeps the samples of some neurons, in a layout of their own

  Collective
  Input: list        - of the neurons of `before`, the same kind on all ranks; changed
         before, now - layout of all neurons, and of those that remain
         kept        - neurons that remain, index not NULL
  Cost:  48 bytes per sample during the call; one alltoallv of 24 bytes per sample
@*/
PetscErrorCode SampleListKeep(SampleList *list, const Partition *before, const Partition *now,
                              const Observed *kept);

CAUSEWAY_END_DECLARATIONS

#endif
