/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PARTITION_H
#define CAUSEWAY_PARTITION_H

#include "causeway/declare.h"

#include <petscsys.h>
#include <stdint.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* The layout of neurons over ranks: contiguous blocks of ceil(n_global / ranks) global indices; the last ranks have fewer
   or none. ScaLAPACK describes this layout as a 1 x P grid, so one library call converts a matrix by target rows to or from
   block-cyclic form. */
typedef struct {
  MPI_Comm comm; /* borrowed */
  int rank, size;
  int64_t n_global;
  int64_t block;   /* neurons of a full block */
  int64_t first;   /* global index of the first local neuron */
  int64_t n_local; /* 0 on ranks beyond the last neuron */
} Partition;

/*@
  PartitionMake - computes the blocks of `n_global` neurons over the ranks of `comm`

  Not collective (reads rank and size only)
  Output: partition - plain data that needs no destruction
@*/
PetscErrorCode PartitionMake(MPI_Comm comm, int64_t n_global, Partition *partition);

/* First global index in the block of `rank`. */
static inline int64_t PartitionFirst(const Partition *partition, int rank)
{
  int64_t first = partition->block * rank;

  return first < partition->n_global ? first : partition->n_global;
}

/* Rank that owns global index `index`. */
static inline int PartitionOwner(const Partition *partition, int64_t index)
{
  return (int)(index / partition->block);
}

CAUSEWAY_END_DECLARATIONS

#endif
