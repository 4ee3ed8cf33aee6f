/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_WIRING_H
#define CAUSEWAY_WIRING_H

#include "causeway/network.h"

/* Inputs that are on their way, for the steps to come: slots of a ring by step, of each one row of (n_local) sums of
   weights for excitatory and one for inhibitory synapses, or one for both. */
typedef struct {
  int64_t n_local, n_slots; /* a power of two, more than the longest delay [steps] */
  int n_kinds;
  double *sums; /* (n_slots, n_kinds, n_local) */
} InputRing;

/* The row of a kind that acts in the step from `time` on. */
static inline double *InputRingRow(const InputRing *ring, int64_t time, int kind)
{
  return ring->sums + ((time & (ring->n_slots - 1)) * ring->n_kinds + kind) * ring->n_local;
}

/* Words for one rank, or from one: for each step the spikes as numbers of their sources there, ended by -1. */
typedef struct {
  int rank;
  int64_t n, capacity;
  int32_t *words; /* (capacity) after the first, which says how many follow */
} SpikeMessage;

/* Takes the spikes of a network from where they arise to the inputs of their targets: once per interval, which is
   what the shortest delay allows, and only to ranks that hold targets. A spike travels as one number, that of its
   source among those that the receiver has synapses of. */
typedef struct {
  MPI_Comm comm;
  int rank;
  OutgoingIndex index;
  int64_t shortest, longest; /* delay [steps], of all ranks */
  int64_t *route_start;      /* (n_local + 1) */
  int32_t *route;            /* (routes, 2) message, number of the source at the receiver */
  int n_to, n_from;          /* ranks, this one among them */
  int own;                   /* its number in `to` */
  SpikeMessage *to, *from;   /* ascending by rank; what is for this rank is not sent */
  MPI_Request *requests;     /* (n_to + n_from) */
  int64_t n_times;           /* steps that the messages hold */
} Wiring;

/*@
  WiringCreate - tells the owners of all sources which ranks have targets of theirs

  Collective
  Input:  network - set up; its rows are not to be asked for while the wiring is in use
  Cost:   8 bytes for each rank on which a local neuron has targets; one exchange
@*/
PetscErrorCode WiringCreate(Network network, Wiring *wiring);
PetscErrorCode WiringDestroy(Wiring *wiring);

/* Takes the spikes of the next step; local: ascending. Not collective. */
PetscErrorCode WiringTake(Wiring *wiring, int64_t n_fired, const int64_t local[]);

/*@
  WiringExchange - sends what was taken, and receives what is for this rank

  Collective
  Cost:   for each pair of ranks with connections a message of 512 bytes, and one of what exceeds it
@*/
PetscErrorCode WiringExchange(Wiring *wiring);

/*@
  WiringDeliver - adds the weights of what was received to the inputs

  Not collective
  Input:  first_time - of the first step whose spikes were taken since the last delivery
          ring       - gets its sums in an order that depends on steps and global sources alone
@*/
PetscErrorCode WiringDeliver(Wiring *wiring, int64_t first_time, const InputRing *ring);

/* Forgets what was taken. Not collective. */
PetscErrorCode WiringClear(Wiring *wiring);

#endif
