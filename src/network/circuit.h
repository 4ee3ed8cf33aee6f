/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CIRCUIT_H
#define CAUSEWAY_CIRCUIT_H

#include "causeway/datafile.h"

/* How SONATA networks are read; "" for options that are not given. */
typedef struct {
  char edge_types[PETSC_MAX_PATH_LEN], node_types[PETSC_MAX_PATH_LEN];
  char nodes[PETSC_MAX_PATH_LEN]; /* file, or number of neurons */
  char populations[PETSC_MAX_PATH_LEN];
  char weight[64];            /* attribute with the weights; "": syn_weight, else weight */
  PetscBool weights_may_miss; /* a truth needs only the edges */
} SonataOptions;

/* A file of nodes or edges, and the table of their types, or "". */
typedef struct {
  char file[PETSC_MAX_PATH_LEN], types[PETSC_MAX_PATH_LEN];
} CircuitPart;

/* A population of nodes in a file, or one of which only name and size are known. */
typedef struct {
  char name[128];
  char file[PETSC_MAX_PATH_LEN], group[PETSC_MAX_PATH_LEN], types[PETSC_MAX_PATH_LEN];
  int64_t n;
  PetscBool is_virtual; /* sources of spikes, which are not simulated */
  PetscBool taken;
} NodePopulation;

/* A population of edges. */
typedef struct {
  char name[128], source[128],
      target
          [128]; /* its name, and its populations of nodes; "" when the file does not state them */
  char file[PETSC_MAX_PATH_LEN], group[PETSC_MAX_PATH_LEN], types[PETSC_MAX_PATH_LEN];
  int64_t n;
  PetscBool taken;
} EdgePopulation;

/* The files of a circuit and their populations; the same on every rank. */
typedef struct {
  char name[PETSC_MAX_PATH_LEN];     /* as given, for messages */
  char path[PETSC_MAX_PATH_LEN];     /* the requested population of edges, or "" */
  char dynamics[PETSC_MAX_PATH_LEN]; /* folder of the synapse models, or "" */
  int n_node_parts, n_edge_parts, n_nodes, n_edges;
  CircuitPart *node_parts, *edge_parts;
  NodePopulation *nodes; /* (n_nodes) */
  EdgePopulation *edges; /* (n_edges) */
} Circuit;

/*@
  CircuitOpen - reads the files of a circuit: of a JSON configuration, or one HDF5 file

  Collective
  Input:  file, path - `path` of a population of edges, or ""
  Output: circuit - all populations in the files, none taken yet; freed with CircuitClose()
  Errors: CAUSEWAY_ERR_USER for parts that the configuration lacks, or files that cannot be opened
@*/
PetscErrorCode CircuitOpen(MPI_Comm comm, const SonataOptions *options, const char *file,
                           const char *path, Circuit *circuit);
PetscErrorCode CircuitClose(Circuit *circuit);

/* CircuitOpen() for any file, which may have no edges. */
PetscErrorCode CircuitLook(MPI_Comm comm, const SonataOptions *options, const char *file,
                           Circuit *circuit);

/* Reads the parts of a configuration file. Collective. */
PetscErrorCode CircuitReadConfiguration(MPI_Comm comm, const char *file, Circuit *circuit);
PetscErrorCode CircuitAddPart(int *n, CircuitPart **parts, const char *file, const char *types);

/*@
  CircuitChoose - marks the populations of nodes that form the network, and the edges among them, as taken

  Not collective, the same on every rank. Without -network_population, the one population is taken that is not virtual
  and has edges within itself.
  Errors: CAUSEWAY_ERR_USER when the choice is ambiguous, or there are no edges
@*/
PetscErrorCode CircuitChoose(Circuit *circuit, const SonataOptions *options);

/* Whether a file name is that of a JSON configuration. */
PetscBool CircuitIsConfiguration(const char *file);

#endif
