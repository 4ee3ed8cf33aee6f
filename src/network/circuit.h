/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CIRCUIT_H
#define CAUSEWAY_CIRCUIT_H

#include "causeway/datafile.h"

/* How SONATA networks are to be read; "" for what is not given. */
typedef struct {
  char edge_types[PETSC_MAX_PATH_LEN], node_types[PETSC_MAX_PATH_LEN];
  char nodes[PETSC_MAX_PATH_LEN]; /* file, or number of neurons */
  char populations[PETSC_MAX_PATH_LEN];
  char weight[64];            /* attribute with the weights; "" for syn_weight, else weight */
  PetscBool weights_may_miss; /* of a truth, of which only the edges count */
} SonataOptions;

/* A file of nodes or edges, and the table of their types or "". */
typedef struct {
  char file[PETSC_MAX_PATH_LEN], types[PETSC_MAX_PATH_LEN];
} CircuitPart;

/* A population of nodes, in a file, or known by name and size alone. */
typedef struct {
  char name[128];
  char file[PETSC_MAX_PATH_LEN], group[PETSC_MAX_PATH_LEN], types[PETSC_MAX_PATH_LEN];
  int64_t n;
  PetscBool is_virtual; /* sources of spikes that are not simulated */
  PetscBool taken;
} NodePopulation;

/* A population of edges. */
typedef struct {
  char name[128], source[128],
      target[128]; /* of it, and of the populations of nodes; "" when the file does not say */
  char file[PETSC_MAX_PATH_LEN], group[PETSC_MAX_PATH_LEN], types[PETSC_MAX_PATH_LEN];
  int64_t n;
  PetscBool taken;
} EdgePopulation;

/* The files of a circuit and the populations in them. The same on every rank. */
typedef struct {
  char name[PETSC_MAX_PATH_LEN];     /* as it is given, for messages */
  char path[PETSC_MAX_PATH_LEN];     /* the one population of edges that is meant, or "" */
  char dynamics[PETSC_MAX_PATH_LEN]; /* folder of the models of synapses, or "" */
  int n_node_parts, n_edge_parts, n_nodes, n_edges;
  CircuitPart *node_parts, *edge_parts;
  NodePopulation *nodes; /* (n_nodes) */
  EdgePopulation *edges; /* (n_edges) */
} Circuit;

/*@
  CircuitOpen - the files of a circuit: of a configuration in JSON, or one file in HDF5

  Collective
  Input:  file, path - the latter of a population of edges, or ""
  Output: circuit - with the populations that are in the files, none taken yet; ended with CircuitClose()
  Errors: CAUSEWAY_ERR_USER for what is missing in the configuration or cannot be opened
@*/
PetscErrorCode CircuitOpen(MPI_Comm comm, const SonataOptions *options, const char *file,
                           const char *path, Circuit *circuit);
PetscErrorCode CircuitClose(Circuit *circuit);

/* The same of any file, which may have no edges. */
PetscErrorCode CircuitLook(MPI_Comm comm, const SonataOptions *options, const char *file,
                           Circuit *circuit);

/* Reads the parts of a configuration file. Collective. */
PetscErrorCode CircuitReadConfiguration(MPI_Comm comm, const char *file, Circuit *circuit);
PetscErrorCode CircuitAddPart(int *n, CircuitPart **parts, const char *file, const char *types);

/*@
  CircuitChoose - marks the populations of nodes that are the network, and the edges among them, as taken

  Not collective, the same on every rank. Without -network_population it is the one population that has edges within
  itself and is not virtual.
  Errors: CAUSEWAY_ERR_USER when it is not clear which, or there are no edges
@*/
PetscErrorCode CircuitChoose(Circuit *circuit, const SonataOptions *options);

/* Whether a name is that of a configuration in JSON. */
PetscBool CircuitIsConfiguration(const char *file);

#endif
