/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EDGE_TYPES_H
#define CAUSEWAY_EDGE_TYPES_H

#include "circuit.h"
#include "type_table.h"

/* Attributes of edge types; NaN for missing numbers. */
typedef struct {
  TypeTable table;
  double *delay, *count; /* (n_types) */
  int8_t *model_kind;    /* (n_types) effect of the synapse model on its target, or KIND_UNKNOWN */
  int8_t *named_kind;    /* (n_types) kind by the query for sources or the name of the model */
} EdgeTypes;

/*@
  EdgeTypesRead - reads the types of a population of edges; none without a table

  Collective
  Output: types - freed with EdgeTypesDestroy()
@*/
PetscErrorCode EdgeTypesRead(MPI_Comm comm, const Circuit *circuit, const EdgePopulation *edges,
                             EdgeTypes *types);
PetscErrorCode EdgeTypesDestroy(EdgeTypes *types);

#endif
