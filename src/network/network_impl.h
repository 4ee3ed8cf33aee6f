/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NETWORK_IMPL_H
#define CAUSEWAY_NETWORK_IMPL_H

#include "causeway/network.h"

#include "causeway/internal/io/matrix_layout.h"
#include "circuit.h"

/* Number of synapses per collective transfer of a file on one rank; bounds the buffers of reading and writing. */
enum { NETWORK_BLOCK = 1 << 20 };

/* A type of network; each has its own file and a line in types.c. */
typedef struct {
  const char *name, *text;
  const ParameterSpec *shared; /* parameters that other types may have too; NULL for none */
  const ParameterSpec *own;    /* parameters of its settings; NULL for none */
  size_t settings;             /* size of the settings [bytes] */
  PetscBool brings_neurons;    /* does not use network_excitatory and network_inhibitory */
  /* checks its parameters and may turn them into populations; NULL for no check */
  PetscErrorCode (*check)(Network network, Parameters parameters);
  double (*expected_synapses)(
      Network network); /* called before the network is generated; NULL when a file decides */
  PetscErrorCode (*generate)(Network network);
  /* NetworkIndegreeScale() and NetworkFullInput(); NULL for networks that are not scaled down */
  double (*indegree_scale)(Network network);
  double (*full_input)(Network network, int target, int source);
} NetworkType;

struct _p_Network {
  MPI_Comm comm;
  Parameters own; /* register of NetworkSetOptions(), or NULL */
  Partition partition;
  PetscBool is_set_up, is_kept;

  int type;
  void **settings; /* settings of each type, NULL without any */
  int n_populations;
  Population populations[NETWORK_MAX_POPULATIONS];
  double probability, weight_excitatory, weight_inhibitory, weight_spread;
  double delay_excitatory, delay_inhibitory, delay_spread, delay_minimum; /* [ms] */
  double delay_step;                                                      /* grid of delays [ms] */
  int64_t indegree;
  char file[PETSC_MAX_PATH_LEN];
  SonataOptions sonata;
  uint32_t seed;

  int64_t n_synapses;    /* on all ranks */
  int64_t first_synapse; /* global number of this rank's first synapse */
  int64_t *row_start;    /* (n_local + 1) */
  PetscBool has_delays;
  /* The synapses in rows by target or, after NetworkOutgoing(), by source; (row_start[n_local]) of each. */
  PetscBool by_source;
  int32_t *
      ends; /* by target: global sources, ascending in a row; by source: local targets, ascending */
  float *weights;
  uint16_t *delays;    /* [delay_step]; NULL without has_delays */
  int64_t capacity;    /* allocated synapses */
  int64_t n_sources;   /* by source only: number of neurons with targets on this rank */
  int32_t *sources;    /* (n_sources) their global indices, ascending */
  int64_t *start;      /* (n_sources + 1) first synapse of each */
  uint8_t *population; /* (n_global) of each neuron */

  Identity identity;     /* ids of the neurons of a file */
  PetscBool kinds_known; /* the file states the kinds of all neurons */
  PetscBool
      lacks_nodes; /* neurons have no ids: a matrix, several populations, or only their number */
  PetscBool lacks_weights; /* only the edges are known, not their weights */
  char *notes;             /* lines on how the file was read, or NULL */
};

/* A synapse without its target. */
typedef struct {
  int32_t source;
  float weight;
  uint16_t delay; /* [delay_step] */
} Synapse;

/* A row that is being generated. Random numbers are keyed by target and number of the draw, so a network does not depend on
   the partition. */
typedef struct {
  Network network;
  void *context;
  int64_t target, draw;
  double uniform[2];
  int64_t n, capacity;
  int32_t *sources; /* (n) sources so far */
  uint8_t *taken;   /* (n_global) 1 for these sources */
} Row;

/* The next random number of a row in (0, 1); a random neuron other than the target; adds a source that is not taken. */
double RowUniform(Row *row);
int64_t RowNeuron(Row *row);
PetscErrorCode RowAdd(Row *row, int64_t source);

/*@
  NetworkGenerateRows - generates a network from the sources of each target; weights depend on the sources' kinds

  Collective
  Input: expected - expected number of synapses on all ranks
         fill     - adds the sources of row->target, each once; receives row->context
@*/
PetscErrorCode NetworkGenerateRows(Network network, double expected,
                                   PetscErrorCode (*fill)(Row *row), void *context);

/* Settings of the network's type. */
static inline void *NetworkSettings(Network network)
{
  return network->settings[network->type];
}

/* The k-th type, and its word for the parameter; NULL beyond the last. */
const NetworkType *NetworkTypeGet(int k);
const char *NetworkTypeWord(int k, const char **text);

/* "network_type=a|b" for the types with a table of parameters; NULL: for those without a number of neurons of their own. */
enum { NETWORK_CONDITION_LENGTH = 1024 };
PetscErrorCode NetworkTypesCondition(const ParameterSpec table[],
                                     char condition[NETWORK_CONDITION_LENGTH]);

/* Parameters of all types. The functions declare those of types with, or without, a number of neurons of their own; allocate
   settings with their defaults; and read them. */
PetscErrorCode NetworkTypesDeclare(Parameters parameters, PetscBool brings_neurons);
PetscErrorCode NetworkTypesDefaults(Network network);
PetscErrorCode NetworkTypesRead(Network network, Parameters parameters);
PetscErrorCode NetworkTypesFree(Network network);

/* Parameters of several types: connection probability; indegree. */
extern const ParameterSpec NetworkProbability[], NetworkIndegree[];
double NetworkExpectIndegree(Network network);
PetscErrorCode NetworkCheckIndegree(Network network, Parameters parameters);

/* Sets size and layout, and allocates the rows. Collective. */
PetscErrorCode NetworkSetSize(Network network, int64_t n_global);

/* Creates an empty network of n_global neurons with the populations and the grid of delays of another. Collective. */
PetscErrorCode NetworkCreateLike(Network from, int64_t n_global, Network *network);

/* Number of neurons in all populations. */
int64_t NetworkTotal(Network network);

/* Makes room for `capacity` synapses on this rank. Not collective. */
PetscErrorCode NetworkReserve(Network network, int64_t capacity);

/* Appends a synapse to the storage; the caller updates row_start. Not collective. */
PetscErrorCode NetworkAppend(Network network, int64_t at, Synapse synapse);

/*@
  NetworkAppendRow - appends synapses k .. k + n - 1 of a target, with random weights and delays if these have a spread

  Not collective; the random numbers depend on target and synapse only
  Input: at      - position of the first synapse in the storage
         sources - (n)
         mean    - mean of the weights, NULL for that of the source's kind
@*/
PetscErrorCode NetworkAppendRow(Network network, int64_t at, int64_t target, int64_t k, int64_t n,
                                const int32_t sources[], const double *mean);

/* Whether a file or dataset is a circuit instead of a matrix; an error when it cannot be opened. Collective. */
PetscErrorCode NetworkIsCircuit(MPI_Comm comm, const char *specification, PetscBool *is_circuit);

/* Parts of NetworkLoad(): they read size, rows and delays of the network from a group of the file. Collective. */
PetscErrorCode NetworkReadSonata(Network network, const char *file, const char *path);
PetscErrorCode NetworkReadCsr(Network network, DataFile file, const char *group);
PetscErrorCode NetworkReadCsc(Network network, DataFile file, const char *group, SparseKind kind);

/* Reads the delays of a truth from the dataset `latency` [ms] beside its dense matrix, where there is one. Collective. */
PetscErrorCode NetworkReadLatencies(Network network, DataFile file, const char *matrix);

/* Reads names and kinds of the populations from a file of this program; `identity` gives the order of nodes. Collective. */
PetscErrorCode NetworkNamePopulations(Network network, const NodePopulation *nodes,
                                      const Identity *identity);

/* Adds a line to the notes on the file. Not collective. */
PetscErrorCode NetworkNote(Network network, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Delay by the parameters for a synapse of which the file has only the weight. */
uint16_t NetworkDefaultDelay(Network network, double weight);

/* Converts a delay to steps of the grid, at most 65,535. */
uint16_t NetworkDelaySteps(Network network, double delay_ms);

/* Sorts the storage by target again. Not collective. */
PetscErrorCode NetworkTurnToTargets(Network network);

/* Sets the population of each neuron of a generated network. Not collective. */
PetscErrorCode NetworkNumberPopulations(Network network);

/* Counts and numbers the synapses of all ranks. Collective. */
PetscErrorCode NetworkFinish(Network network);

#endif
