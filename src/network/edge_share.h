/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EDGE_SHARE_H
#define CAUSEWAY_EDGE_SHARE_H

#include "causeway/partition.h"

#include "circuit_nodes.h"
#include "edge_types.h"

/* A rank's even share of a population of edges, in the order of the file, as neurons and numbers: NaN for a weight or
   delay that neither the edge nor its type has. */
typedef struct {
  Partition part;           /* of the edges */
  int64_t *source, *target; /* (n_local) neurons of the network */
  double *weight, *delay;   /* (n_local) the latter [ms] */
  double *count;            /* (n_local) synapses that the edge stands for */
  int64_t *type;            /* (n_local) row in the table of types, -1 for none */
  char weight_from[128];    /* where weights come from, for the log; "" from nowhere */
} EdgeShare;

/*@
  EdgeShareRead - the edges of this rank's share

  Collective
  Input:  weight - attribute with the weights; "" for syn_weight, or else weight
  Output: share  - ended with EdgeShareDestroy()
  Errors: CAUSEWAY_ERR_USER for columns that differ in length, nodes that the populations do not have, entries beyond a
          group's, types that the table does not have, and numbers that are not finite
  Cost:   64 bytes per edge of the share; where edges of a group do not stand in its order, two alltoallv of 8 bytes for
          each and attribute
@*/
PetscErrorCode EdgeShareRead(MPI_Comm comm, const EdgePopulation *edges, const EdgeTypes *types,
                             const CircuitNodes *nodes, const char *weight, EdgeShare *share);
PetscErrorCode EdgeShareDestroy(EdgeShare *share);

#endif
