/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GRID_H
#define CAUSEWAY_GRID_H

#include "causeway/partition.h"

/* The process grid of training: members x batch x neurons. Rank = (group * n_batch + b) * n_ring + r, so the ranks of a ring
   are neighbours. A group of n_batch * n_ring ranks holds one model of the ensemble at a time. Within it, a rank has the
   samples of its batch part and the neurons of its place in the ring. */
typedef struct {
  MPI_Comm world; /* borrowed */
  MPI_Comm group; /* ranks of one model: n_batch x n_ring */
  MPI_Comm ring;  /* same samples, all neurons */
  MPI_Comm batch; /* same neurons, all samples */
  int n_groups, n_batch, n_ring;
  int group_index, batch_index, ring_index;
} TrainGrid;

/* Input of the automatic choice. */
typedef struct {
  int64_t n_neurons, n_members, batch_size;
  double pair_cost; /* relative work of one (sample, neuron) outside global attention */
  double
      cross_cost; /* relative work of one (sample, target neuron, source neuron) in global attention */
} GridDemand;

/*@
  TrainGridChoose - chooses members x batch x neurons, with product `ranks` and the shortest predicted time

  Not collective. Among equal times (to 1e-9), it avoids groups without a member, then prefers more members, then more
  ranks in the ring (less memory).
  Output: shape - the three numbers; ranks beyond what members, samples and neurons can use stay idle
  Errors: PETSC_ERR_ARG_OUTOFRANGE when ranks < 1
  Source: time of a step ~ rounds of members (ceil(members / groups)) x ceil(batch / n_batch) x
          ceil(neurons / n_ring) x (pair_cost + cross_cost x neurons)
@*/
PetscErrorCode TrainGridChoose(int ranks, const GridDemand *demand, int shape[3]);

/*@
  TrainGridParse - parses "auto", or three positive numbers such as "2x1x4"

  Not collective
  Output: shape - as given or chosen; unchanged after an error
  Errors: CAUSEWAY_ERR_USER for another word, or a product that is not `ranks`; `source` names the parameter
@*/
PetscErrorCode TrainGridParse(const char *word, const char *source, int ranks,
                              const GridDemand *demand, int shape[3]);

/*@
  TrainGridCreate - creates the communicators

  Collective on `world`
  Input:  shape - members x batch x neurons, from TrainGridChoose() or TrainGridParse()
  Output: grid  - destroyed with TrainGridDestroy()
  Errors: PETSC_ERR_ARG_SIZ when the product of `shape` is not the size of `world`
@*/
PetscErrorCode TrainGridCreate(MPI_Comm world, const int shape[3], TrainGrid *grid);

/* Frees the communicators and clears the struct, collectively; does nothing for a struct of zero bytes. */
PetscErrorCode TrainGridDestroy(TrainGrid *grid);

#endif
