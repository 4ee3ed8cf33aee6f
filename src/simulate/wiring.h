/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_WIRING_H
#define CAUSEWAY_WIRING_H

#include "causeway/network.h"

/* Inputs for the coming steps, as a ring of slots by step. Each slot has a row (n_local) of summed weights for excitatory
   and one for inhibitory synapses, or one for both. */
typedef struct {
  int64_t n_local, n_slots; /* n_slots: a power of two, larger than the longest delay [steps] */
  int n_kinds;
  double *sums; /* (n_slots, n_kinds, n_local) */
} InputRing;

/* Row of a kind that acts in the step that starts at `time`. */
static inline double *InputRingRow(const InputRing *ring, int64_t time, int kind)
{
  return ring->sums + ((time & (ring->n_slots - 1)) * ring->n_kinds + kind) * ring->n_local;
}

/* A message to or from one rank: for each step, the spikes as numbers of their sources at the receiver, ended by -1. */
typedef struct {
  int rank;
  int64_t n, capacity;
  int32_t *words; /* (capacity) the first word is the number of words that follow */
} SpikeMessage;

/* Carries the spikes of a network from their sources to the inputs of the targets: once per interval of the shortest delay,
   and only to ranks that hold targets. A spike is one word, the number of its source among the sources that the receiver
   knows. */
typedef struct {
  MPI_Comm comm;
  int rank;
  OutgoingIndex index;
  int64_t shortest, longest; /* delays on all ranks [steps] */
  int64_t *route_start;      /* (n_local + 1) */
  int32_t *route;            /* (routes, 2) message, number of the source at the receiver */
  int n_to, n_from;          /* number of ranks, including this one */
  int own;                   /* index of this rank in `to` */
  SpikeMessage *to, *from;   /* ascending by rank; the message to this rank itself is not sent */
  MPI_Request *requests;     /* (n_to + n_from) */
  int64_t n_times;           /* number of steps in the messages */
} Wiring;

/*@
  WiringCreate - tells the owners of all sources which ranks have targets of them

  Collective
  Input:  network - set up; NetworkRow() must not be called while the wiring is in use
  Cost:   8 bytes for each rank on which a local neuron has targets; one exchange
@*/
PetscErrorCode WiringCreate(Network network, Wiring *wiring);
PetscErrorCode WiringDestroy(Wiring *wiring);

/* Stores the spikes of the next step; local (n_fired): ascending local indices. Not collective. */
PetscErrorCode WiringTake(Wiring *wiring, int64_t n_fired, const int64_t local[]);

/*@
  WiringExchange - sends the stored spikes and receives those for this rank

  Collective
  Cost:   for each pair of connected ranks one message of 512 bytes, and one more for spikes beyond it
@*/
PetscErrorCode WiringExchange(Wiring *wiring);

/*@
  WiringDeliver - adds the weights of the received spikes to the inputs

  Not collective
  Input:  first_time - time of the first step whose spikes were stored since the last delivery
          ring       - receives the sums in an order that depends on steps and global sources only
@*/
PetscErrorCode WiringDeliver(Wiring *wiring, int64_t first_time, const InputRing *ring);

/* Discards the stored spikes. Not collective. */
PetscErrorCode WiringClear(Wiring *wiring);

#endif
