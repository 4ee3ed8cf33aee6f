/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CIRCUIT_NODES_H
#define CAUSEWAY_CIRCUIT_NODES_H

#include "causeway/identity.h"

#include "circuit.h"

enum { KIND_UNKNOWN = -1, KIND_EXCITATORY, KIND_INHIBITORY };

/* The neurons of a network that is made of populations of nodes, one after the other, each by ascending id. The same on
   every rank. */
typedef struct {
  int n;                             /* populations that are taken */
  const NodePopulation **population; /* (n) borrowed from the circuit */
  Identity *identity;                /* (n) */
  int64_t *offset;                   /* (n + 1) first neuron of each */
  int8_t *kind; /* (offset[n]) of each neuron, as nodes or their types say it */
} CircuitNodes;

/*@
  CircuitNodesRead - the nodes that are taken

  Collective
  Output: nodes - ended with CircuitNodesDestroy()
  Errors: CAUSEWAY_ERR_USER for ids that repeat, columns that differ in length, and types that the table does not have
  Cost:   24 bytes per neuron on every rank for a while, then 1, and 16 where ids are not 0, 1, ...
@*/
PetscErrorCode CircuitNodesRead(MPI_Comm comm, const Circuit *circuit, CircuitNodes *nodes);
PetscErrorCode CircuitNodesDestroy(CircuitNodes *nodes);

/* Number of a population by its name. */
int CircuitNodesPopulation(const CircuitNodes *nodes, const char *name);

/* Number of a neuron, -1 when its population has no such id. */
int64_t CircuitNodesFind(const CircuitNodes *nodes, int population, int64_t id);

/* What a word such as i, inh or EXC says of a neuron. */
int8_t KindOfWord(const char *word);

#endif
