/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_LIST_H
#define CAUSEWAY_SPIKE_LIST_H

#include "causeway/activity.h"

#include "filters.h"

/* The values of an activity that are not zero, spike counts above all, of all neurons on every rank: 28 bytes each and 8 bytes
   per sample. Only those in segments. */
typedef struct {
  int64_t n_neurons, n_samples, n_spikes;
  int32_t *neuron;                /* (n_spikes), in the order of samples, then of neurons */
  int64_t *sample;                /* (n_spikes) */
  double *count;                  /* (n_spikes) value */
  int64_t *start;                 /* (n_samples + 1) first spike at or after a sample */
  int64_t *of_neuron, *own_start; /* (n_spikes) spikes by neuron; (n_neurons + 1) into them */
} SpikeList;

/* Collective; freed with SpikeListFree().
   Errors: CAUSEWAY_ERR_USER when a node cannot hold the list on each of its ranks */
PetscErrorCode SpikeListCreate(Activity activity, SpikeList *list);
PetscErrorCode SpikeListFree(SpikeList *list);

/* Most memory of a list on each rank [bytes]. Not collective. */
double SpikeListBytes(int64_t n_samples, int64_t n_spikes);

/* Whether products of filtered series cost less from pairs of spikes than from series. Collective. */
PetscErrorCode SpikesAreCheaper(Activity activity, const Filters *filters, PetscBool *are_cheaper);

#endif
