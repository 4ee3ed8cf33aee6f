/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NETWORK_IMPL_H
#define CAUSEWAY_NETWORK_IMPL_H

#include "causeway/network.h"

#include "circuit.h"
#include "matrix_layout.h"

/* Synapses per collective transfer of a file, on one rank: bounds the buffers of reading and
 * writing. */
enum { NETWORK_BLOCK = 1 << 20 };

enum { NETWORK_FIXED_TOTAL_NUMBER, NETWORK_BERNOULLI, NETWORK_FIXED_INDEGREE };

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
  PetscBool is_set_up, is_kept;

  int type;
  int n_populations;
  Population populations[NETWORK_MAX_POPULATIONS];
  /* of type populations; tables by target, then source */
  int rule, n_probabilities, n_weights;
  int64_t full_size[NETWORK_MAX_POPULATIONS];
  double *probabilities, *weights_table;
  double scale, indegree_scale; /* the latter 0 for that of the sizes */
  double probability, weight_excitatory, weight_inhibitory, weight_spread;
  double delay_excitatory, delay_inhibitory, delay_spread, delay_minimum; /* [ms] */
  double delay_step;                                                      /* of their grid [ms] */
  int64_t indegree;
  double rewiring, range;
  char file[PETSC_MAX_PATH_LEN];
  SonataOptions sonata;
  uint32_t seed;

  int64_t n_synapses;    /* of all ranks */
  int64_t first_synapse; /* global number of this rank's first */
  int64_t *row_start;    /* (n_local + 1) */
  PetscBool has_delays;
  /* The synapses in rows by target, or turned round by source; (row_start[n_local]) of each. */
  PetscBool by_source;
  int32_t *
      ends; /* by target: global sources, ascending within a row; by source: local targets, ascending */
  float *weights;
  uint16_t *delays;    /* [delay_step]; NULL without has_delays */
  int64_t capacity;    /* allocated synapses */
  int64_t n_sources;   /* by source only: neurons that have targets here, */
  int32_t *sources;    /* (n_sources) their global indices, ascending, */
  int64_t *start;      /* (n_sources + 1) and where their synapses begin */
  uint8_t *population; /* (n_global) of each neuron */

  Identity identity;     /* of the neurons of a file */
  PetscBool kinds_known; /* of all neurons, from the file */
  PetscBool
      lacks_nodes; /* neurons have no ids: those of a matrix, of several populations or of a number */
  PetscBool lacks_weights; /* edges count, their weights are not known */
  char *notes;             /* lines on how a file was read, or NULL */
};

/* A synapse but for its target. */
typedef struct {
  int32_t source;
  float weight;
  uint16_t delay; /* [delay_step] */
} Synapse;

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

PetscErrorCode NetworkGenerateBernoulli(Network network);
PetscErrorCode NetworkGenerateFixedIndegree(Network network);
PetscErrorCode NetworkGenerateSmallWorld(Network network);
PetscErrorCode NetworkGenerateDistance(Network network);
double NetworkExpectBernoulli(Network network);
double NetworkExpectIndegree(Network network);
double NetworkExpectDistance(Network network);
double NetworkExpectLorenz96(Network network);
PetscErrorCode NetworkCheckIndegree(Network network);
PetscErrorCode NetworkGeneratePopulations(Network network);
double NetworkExpectPopulations(Network network);
/* used: whether the network is of that type; else its parameters are refused */
PetscErrorCode NetworkPopulationOptions(Network network, Parameters parameters, PetscBool used);
PetscErrorCode NetworkGenerateFromFile(Network network);
PetscErrorCode NetworkGenerateLorenz96(Network network);

/* Sets size and layout, and allocates the rows. Collective. */
PetscErrorCode NetworkSetSize(Network network, int64_t n_global);

/* An empty network of so many neurons with the populations and the grid of delays of another. Collective. */
PetscErrorCode NetworkCreateLike(Network from, int64_t n_global, Network *network);

/* Neurons of all populations. */
int64_t NetworkTotal(Network network);

/* Makes room for so many synapses of this rank. Not collective. */
PetscErrorCode NetworkReserve(Network network, int64_t capacity);

/* Appends a synapse to the storage; the caller keeps row_start. Not collective. */
PetscErrorCode NetworkAppend(Network network, int64_t at, Synapse synapse);

/*@
  NetworkAppendRow - appends synapses k .. k + n - 1 of a target, with random weights and delays where these have a spread

  Not collective; the draws depend on target and synapse alone
  Input: at      - place of the first in the storage
         sources - (n)
         mean    - of the weights, NULL for that of the source's kind
@*/
PetscErrorCode NetworkAppendRow(Network network, int64_t at, int64_t target, int64_t k, int64_t n,
                                const int32_t sources[], const double *mean);

/* Whether a file or dataset is a circuit, and not a matrix; an error when it cannot be looked at. Collective. */
PetscErrorCode NetworkIsCircuit(MPI_Comm comm, const char *specification, PetscBool *is_circuit);

/* Parts of NetworkLoad(): the network's size, rows and delays from a group of the file. Collective. */
PetscErrorCode NetworkReadSonata(Network network, const char *file, const char *path);
PetscErrorCode NetworkReadCsr(Network network, DataFile file, const char *group);
PetscErrorCode NetworkReadCsc(Network network, DataFile file, const char *group, SparseKind kind);

/* Names and kinds of the populations that a file of ours has, in the order `identity` gives its nodes. Collective. */
PetscErrorCode NetworkNamePopulations(Network network, const NodePopulation *nodes,
                                      const Identity *identity);

/* Adds a line to what NetworkNotes() returns. Not collective. */
PetscErrorCode NetworkNote(Network network, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The delay of the parameters, of a synapse of which a file says only the weight. */
uint16_t NetworkDefaultDelay(Network network, double weight);

/* A delay on the grid, 65,535 steps at most. */
uint16_t NetworkDelaySteps(Network network, double delay_ms);

/* Turns rows by source back into rows by target. Not collective. */
PetscErrorCode NetworkTurnToTargets(Network network);

/* Says which population each neuron of a generated network belongs to. Not collective. */
PetscErrorCode NetworkNumberPopulations(Network network);

/* Counts and numbers the synapses of all ranks. Collective. */
PetscErrorCode NetworkFinish(Network network);

#endif
