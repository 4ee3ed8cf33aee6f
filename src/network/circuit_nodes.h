/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CIRCUIT_NODES_H
#define CAUSEWAY_CIRCUIT_NODES_H

#include "causeway/identity.h"

#include "circuit.h"

enum { KIND_UNKNOWN = -1, KIND_EXCITATORY, KIND_INHIBITORY };

/* The neurons of a network of several populations of nodes, one after the other, each by ascending id; the same on every
   rank. */
typedef struct {
  int n;                             /* number of populations taken */
  const NodePopulation **population; /* (n) borrowed from the circuit */
  Identity *identity;                /* (n) */
  int64_t *offset;                   /* (n + 1) first neuron of each */
  int8_t *kind; /* (offset[n]) kind of each neuron by the nodes or their types */
} CircuitNodes;

/*@
  CircuitNodesRead - reads the nodes of the populations that are taken

  Collective
  Output: nodes - freed with CircuitNodesDestroy()
  Errors: CAUSEWAY_ERR_USER for ids that repeat, columns that differ in length, and types that the table does not have
  Cost:   24 bytes per neuron on every rank during the call, then 1, and 16 when ids are not 0, 1, ...
@*/
PetscErrorCode CircuitNodesRead(MPI_Comm comm, const Circuit *circuit, CircuitNodes *nodes);
PetscErrorCode CircuitNodesDestroy(CircuitNodes *nodes);

/* Number of the population with this name. */
int CircuitNodesPopulation(const CircuitNodes *nodes, const char *name);

/* Number of the neuron with an id, -1 when its population does not have the id. */
int64_t CircuitNodesFind(const CircuitNodes *nodes, int population, int64_t id);

/* Kind of a neuron by a word such as i, inh or EXC. */
int8_t KindOfWord(const char *word);

#endif
