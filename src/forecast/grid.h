/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GRID_H
#define CAUSEWAY_GRID_H

#include "causeway/partition.h"

/* The process grid of training: members x batch x neurons. Rank = (group * n_batch + b) * n_ring +
   r: the ranks of a ring are neighbours. A group of n_batch * n_ring ranks holds one model of the
   ensemble at a time; within it a rank has the samples of its batch part and the neurons of its
   place in the ring. */
typedef struct {
  MPI_Comm world; /* borrowed */
  MPI_Comm group; /* of one model: n_batch x n_ring ranks */
  MPI_Comm ring;  /* same samples, all neurons */
  MPI_Comm batch; /* same neurons, all samples */
  int n_groups, n_batch, n_ring;
  int group_index, batch_index, ring_index;
} TrainGrid;

/* What the automatic choice is made from. */
typedef struct {
  int64_t n_neurons, n_members, batch_size;
  double pair_cost;  /* relative work of one (sample, neuron) outside global attention */
  double cross_cost; /* of one (sample, target neuron, source neuron) in global attention */
} GridDemand;

/*@
  TrainGridChoose - members x batch x neurons whose product is `ranks`, with the shortest predicted
time; where times are equal (to 1e-9), first no group without a member, then more members, then more
neurons in the ring (less memory)

  Not collective
  Output: shape - the three numbers; every number of ranks has some, with idle ranks when there are
          more than members, samples and neurons can use
  Errors: PETSC_ERR_ARG_OUTOFRANGE when ranks < 1
  Source: time of a step ~ rounds of members (ceil(members / groups)) x ceil(batch / n_batch) x
          ceil(neurons / n_ring) x (pair_cost + cross_cost x neurons)
@*/
PetscErrorCode TrainGridChoose(int ranks, const GridDemand *demand, int shape[3]);

/*@
  TrainGridParse - "auto", or three positive numbers as "2x1x4"

  Not collective
  Output: shape - as given or chosen; untouched after an error
  Errors: CAUSEWAY_ERR_USER for another word, or a product that is not `ranks`; `source` names the
          parameter
@*/
PetscErrorCode TrainGridParse(const char *word, const char *source, int ranks,
                              const GridDemand *demand, int shape[3]);

/*@
  TrainGridCreate - the communicators

  Collective on `world`
  Input:  shape - members x batch x neurons, of TrainGridChoose() or TrainGridParse()
  Output: grid  - destroyed with TrainGridDestroy()
  Errors: PETSC_ERR_ARG_SIZ when the product of `shape` is not the size of `world`
@*/
PetscErrorCode TrainGridCreate(MPI_Comm world, const int shape[3], TrainGrid *grid);

/* Frees the communicators and clears the struct, collectively; nothing to do for one of zero bytes. */
PetscErrorCode TrainGridDestroy(TrainGrid *grid);

#endif
