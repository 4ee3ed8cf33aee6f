/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RING_H
#define CAUSEWAY_RING_H

#include "causeway/partition.h"

/* Blocks of rows that visit all ranks of a partition, one after the other. Each index of the partition has one row. The
   block of a rank has one or two parts; with two, one part is in use while the other is in transit.

     RingTripBegin(&trip, RING_CHANGE, length);
     while (trip.has_block) {
       ... trip.block ...
       RingTripNext(&trip);
     }
*/

enum { RING_PARTS_MOST = 2 };

/* The rank whose block arrives next: the next higher, or the next lower. */
typedef enum { RING_UP = 1, RING_DOWN = -1 } RingDirection;

/* What a rank does with the blocks. */
typedef enum {
  RING_READ,  /* read: blocks leave before the work and end at the last rank */
  RING_CHANGE /* read and change: blocks leave after the work and return to their owner */
} RingMode;

/* The part of a block that is in use. */
typedef struct {
  int part;
  int64_t first, n; /* rows [first, first + n) of the partition */
  void *values;     /* (n, length of the part), as filled by its owner */
} RingBlock;

typedef struct {
  /* for the caller to read */
  PetscBool has_block;
  RingBlock block;
  int stop;         /* number of ranks whose blocks have been used */
  double bytes;     /* sent by this rank on all trips */
  int64_t messages; /* sent by this rank on all trips */

  /* for each part, this rank's own block: the caller fills it before a trip, and RING_CHANGE returns it */
  void *here[RING_PARTS_MOST];

  /* private */
  Partition partition;
  int direction, n_parts;
  MPI_Datatype type;
  int number_bytes;
  void *buffer[RING_PARTS_MOST][2];
  void *coming[RING_PARTS_MOST];
  int64_t length[RING_PARTS_MOST];
  MPI_Datatype row[RING_PARTS_MOST];
  MPI_Request requests[RING_PARTS_MOST][2];
  RingMode mode;
  int n_hops; /* messages per part */
} RingTrip;

/*@
  RingTripCreate - allocates the memory for trips of the blocks of a partition

  Not collective
  Input:  n_parts - 1 or 2
          most    - largest number of values in a row of a part
          type    - MPI type of a value
          lent    - whether the caller sets here[part] to its own block before each trip instead of filling it; trips must
                    then be RING_READ, and no memory is allocated for the own block
  Output: trip    - destroyed with RingTripDestroy()
  Cost:   memory of two full blocks (one on a single rank); if lent, of the blocks that arrive, at most two
@*/
PetscErrorCode RingTripCreate(const Partition *partition, RingDirection direction, int n_parts,
                              int64_t most, MPI_Datatype type, PetscBool lent, RingTrip *trip);
PetscErrorCode RingTripDestroy(RingTrip *trip);

/*@
  RingTripBegin - starts a trip; the first part of the own block is in use
  RingTripNext  - ends the work on a part and takes the next; has_block becomes false at the end of the trip

  Collective on the partition's communicator; ranks synchronise only through the blocks they receive
  Input:  length - (n_parts) number of values in a row of each part, the same on all ranks; at most `most`
  Cost:   one message per part to a neighbour for each rank except the last, which sends one with RING_CHANGE too
@*/
PetscErrorCode RingTripBegin(RingTrip *trip, RingMode mode, const int64_t length[]);
PetscErrorCode RingTripNext(RingTrip *trip);

/* Lets messages in transit proceed during long work on a block. */
void RingTripProgress(RingTrip *trip);

#endif
