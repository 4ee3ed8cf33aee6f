/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EDGE_SHARE_H
#define CAUSEWAY_EDGE_SHARE_H

#include "causeway/partition.h"

#include "circuit_nodes.h"
#include "edge_types.h"

/* A rank's share of a population of edges, of equal size on all ranks, in the order of the file. A weight or delay that
   neither the edge nor its type has is NaN. */
typedef struct {
  Partition part;           /* layout of the edges */
  int64_t *source, *target; /* (n_local) neurons of the network */
  double *weight, *delay;   /* (n_local) unit of the neuron model, [ms] */
  double *count;            /* (n_local) number of synapses of the edge */
  int64_t *type;            /* (n_local) row in the table of types, -1 for none */
  char weight_from[128];    /* origin of the weights for the log; "" without weights */
} EdgeShare;

/*@
  EdgeShareRead - reads the edges of this rank's share

  Collective
  Input:  weight - attribute with the weights; "": syn_weight, else weight
  Output: share  - freed with EdgeShareDestroy()
  Errors: CAUSEWAY_ERR_USER for columns that differ in length, nodes that the populations do not have, entries beyond a
          group's, types that the table does not have, and numbers that are not finite
  Cost:   64 bytes per edge of the share; when the edges of a group are not in its order, two alltoallv of 8 bytes per edge
          and attribute
@*/
PetscErrorCode EdgeShareRead(MPI_Comm comm, const EdgePopulation *edges, const EdgeTypes *types,
                             const CircuitNodes *nodes, const char *weight, EdgeShare *share);
PetscErrorCode EdgeShareDestroy(EdgeShare *share);

#endif
