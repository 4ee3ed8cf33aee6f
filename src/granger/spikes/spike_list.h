/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_LIST_H
#define CAUSEWAY_SPIKE_LIST_H

#include "causeway/activity.h"

#include "filters.h"

/* The values of an activity that are not zero, spike counts above all, of all neurons on every rank: 28 bytes each and 8 bytes
   per sample. Only those in segments that have rows. */
typedef struct {
  int64_t n_neurons, n_samples, n_spikes; /* no spikes: the list is not used */
  int32_t *neuron;                        /* (n_spikes), in the order of samples, then of neurons */
  int64_t *sample;                        /* (n_spikes) */
  double *count;                          /* (n_spikes) value */
  int64_t *start;                         /* (n_samples + 1) first spike at or after a sample */
  int64_t *of_neuron, *own_start; /* (n_spikes) spikes by neuron; (n_neurons + 1) into them */
  int64_t n_segments;
  Segment *segments; /* (n_segments) of more than filters->reach samples */
} SpikeList;

/*@
  SpikeListFind - lists the spikes of an activity where products of filtered series cost less from pairs of spikes than from
                  series

  Collective; freed with SpikeListFree()
  Input:  filters - of the regression
  Output: list    - empty where series are cheaper
*/
PetscErrorCode SpikeListFind(Activity activity, const Filters *filters, SpikeList *list);
PetscErrorCode SpikeListFree(SpikeList *list);

/* Work per neuron pair and sample from pairs of spikes over that from series; rate: share of values that are not zero. */
double SpikeListCost(const Filters *filters, double rate);

#endif
