/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RING_H
#define CAUSEWAY_RING_H

#include "causeway/partition.h"

#include "real.h"

/* Blocks of rows that visit all ranks of a ring and come home. Each rank's rows, ordered by sample, are
   cut in two halves of the samples, so that one half is on its way while the other is worked on. A
   half of n rows is one message: arrays of n rows one after the other, `row` numbers a row in all. */
typedef struct {
  int64_t n_most;   /* rows of the largest half of any rank */
  int row_most;     /* numbers of a row */
  Real *arrived[2]; /* (n_most, row_most) of each half: the block at work */
  Real *coming[2];  /* and the one on its way; swapped at every hop */
  MPI_Request requests[4];
  double bytes; /* sent by this rank so far */
  int64_t messages;
} Ring;

/* What is done with a block. */
typedef struct {
  int64_t sample, n_samples;     /* of this rank's samples, which are those of the whole ring */
  int64_t first_neuron, n_local; /* whose rows these are */
  int64_t rows;                  /* n_samples * n_local * tokens of a neuron */
  Real *values;                  /* (arrays of) rows */
} RingBlock;

typedef void (*RingWork)(void *context, Ring *ring, const RingBlock *block);

PetscErrorCode RingCreate(int64_t n_most, int row_most, Ring *ring);
PetscErrorCode RingDestroy(Ring *ring);

/* Rows of one half, in samples: [RingHalf(n, 0), RingHalf(n, 1)) and [RingHalf(n, 1), RingHalf(n, 2)). */
static inline int64_t RingHalf(int64_t n_samples, int half)
{
  return half == 0 ? 0 : (half == 1 ? (n_samples + 1) / 2 : n_samples);
}

/*@
  RingRun - takes the two blocks of every rank once round the ring, working on them at each stop

  Collective on the partition's communicator
  Input:  partition - of the neurons over the ring
          n_samples, per_neuron - the same on all ranks of the ring
          row       - numbers of a row, at most row_most
          home      - whether the blocks are wanted back
  In/out: ring      - arrived[half] is filled by the caller and, with `home`, holds the own blocks again
  Cost:   2 messages per stop; `row` numbers per row and stop
@*/
PetscErrorCode RingRun(Ring *ring, const Partition *partition, int64_t n_samples,
                       int64_t per_neuron, int row, PetscBool home, RingWork work, void *context);

/* Lets messages under way proceed; called by the work between samples. */
void RingProgress(Ring *ring);

#endif
