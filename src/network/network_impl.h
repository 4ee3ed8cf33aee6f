/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NETWORK_IMPL_H
#define CAUSEWAY_NETWORK_IMPL_H

#include "causeway/network.h"

/* Synapses per collective transfer of a file, on one rank: bounds the buffers of reading and
 * writing. */
enum { NETWORK_BLOCK = 1 << 20 };

/* A way for a network to come about; one file each, listed in network.c. */
typedef struct {
  const char *name;
  PetscErrorCode (*generate)(Network network);
  double (*expected_synapses)(
      Network network);                     /* before it is generated; NULL when a file decides */
  PetscErrorCode (*check)(Network network); /* of its parameters; NULL for none */
} NetworkType;

struct _p_Network {
  MPI_Comm comm;
  Partition partition;
  PetscBool is_set_up;

  int type;
  int64_t n_excitatory, n_inhibitory;
  double probability, weight_excitatory, weight_inhibitory;
  int64_t indegree;
  double rewiring, range;
  char file[PETSC_MAX_PATH_LEN];
  uint32_t seed;

  int64_t n_synapses;    /* of all ranks */
  int64_t first_synapse; /* global number of this rank's first */
  int64_t *row_start;    /* (n_local + 1) */
  int32_t *sources;      /* (row_start[n_local]) global indices, ascending within a row */
  double *weights;       /* (row_start[n_local]) */
  int64_t capacity;      /* allocated synapses */
  uint8_t *inhibitory;   /* (n_global) 1 for inhibitory neurons */
};

/* A row under way. Random numbers are keyed by target and number of the draw: a network does not depend on the
   partition. */
typedef struct {
  Network network;
  void *context;
  int64_t target, draw;
  double uniform[2];
  int64_t n, capacity;
  int32_t *sources; /* (n) so far */
  uint8_t *taken;   /* (n_global) 1 for those */
} Row;

/* The next number of a row in (0, 1); a neuron other than the target; adds a source that is not taken. */
double RowUniform(Row *row);
int64_t RowNeuron(Row *row);
PetscErrorCode RowAdd(Row *row, int64_t source);

/*@
  NetworkGenerateRows - a network from the sources of each target, weights by their kind

  Collective
  Input: expected - synapses of all ranks
         fill     - adds the sources of row->target, each once; with row->context
@*/
PetscErrorCode NetworkGenerateRows(Network network, double expected,
                                   PetscErrorCode (*fill)(Row *row), void *context);

/* Distance of two places of a square with side 1 whose opposite sides are joined. */
double NetworkDistance(const double a[2], const double b[2]);

PetscErrorCode NetworkGenerateBernoulli(Network network);
PetscErrorCode NetworkGenerateFixedIndegree(Network network);
PetscErrorCode NetworkGenerateSmallWorld(Network network);
PetscErrorCode NetworkGenerateDistance(Network network);
double NetworkExpectBernoulli(Network network);
double NetworkExpectIndegree(Network network);
double NetworkExpectDistance(Network network);
double NetworkExpectLorenz96(Network network);
PetscErrorCode NetworkCheckIndegree(Network network);
PetscErrorCode NetworkGenerateFromFile(Network network);
PetscErrorCode NetworkGenerateLorenz96(Network network);

/* Sets size and layout, and allocates the rows. Collective. */
PetscErrorCode NetworkSetSize(Network network, int64_t n_global);

/* Makes room for so many synapses of this rank. Not collective. */
PetscErrorCode NetworkReserve(Network network, int64_t capacity);

/* Appends a synapse to the storage; the caller keeps row_start. Not collective. */
PetscErrorCode NetworkAppend(Network network, int64_t at, int32_t source, double weight);

/* Counts and numbers the synapses of all ranks. Collective. */
PetscErrorCode NetworkFinish(Network network);

#endif
