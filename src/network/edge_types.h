/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EDGE_TYPES_H
#define CAUSEWAY_EDGE_TYPES_H

#include "circuit.h"
#include "type_table.h"

/* What types of edges say of synapses; NaN for numbers that they do not. */
typedef struct {
  TypeTable table;
  double *delay, *count; /* (n_types) */
  int8_t
      *model_kind; /* (n_types) what the model of the synapse does to its target, or KIND_UNKNOWN */
  int8_t *named_kind; /* (n_types) what the choice of sources or the name of the model says of it */
} EdgeTypes;

/*@
  EdgeTypesRead - the types of a population of edges; none without a table

  Collective
  Output: types - ended with EdgeTypesDestroy()
@*/
PetscErrorCode EdgeTypesRead(MPI_Comm comm, const Circuit *circuit, const EdgePopulation *edges,
                             EdgeTypes *types);
PetscErrorCode EdgeTypesDestroy(EdgeTypes *types);

#endif
