/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NETWORK_H
#define CAUSEWAY_NETWORK_H

#include "causeway/datafile.h"
#include "causeway/declare.h"
#include "causeway/identity.h"
#include "causeway/observed.h"
#include "causeway/parameters.h"
#include "causeway/partition.h"
#include "causeway/uses.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* A weighted directed graph of neurons. The incoming synapses of a neuron (its row, sorted by source) live on the rank that
   owns the neuron; no rank holds the whole graph. Neurons are numbered from 0; generated networks have the excitatory
   neurons first. */
typedef struct _p_Network *Network;

enum { NETWORK_MAX_POPULATIONS = 64 };

/* Neurons of one kind. A generated network numbers population by population; in a loaded network they may be mixed. */
typedef struct {
  char name[32];
  int64_t size;
  PetscBool inhibitory;
} Population;

/*@
  NetworkCreate - creates an empty network; destroyed with NetworkDestroy()

  Collective on `comm`
@*/
PetscErrorCode NetworkCreate(MPI_Comm comm, Network *network);
PetscErrorCode NetworkDestroy(Network *network);

/* Declares the parameters of networks; see ParametersDeclare(). */
PetscErrorCode NetworkDeclareParameters(Parameters parameters);

/*@
  NetworkSetFromOptions - reads the parameters of section "network"

  Options: -network_type NAME               - generator: bernoulli; fixed_indegree (a fixed number of random sources);
                small_world (Watts & Strogatz 1998); distance (on a periodic square, p exp(-d / range)); lorenz96 (a
                circle; neurons at -2, -1 and +1 drive each neuron); populations; file
           -network_populations, -network_sizes, -network_kinds, -network_probabilities, -network_rule, -network_weights,
                -network_scale, -network_indegree_scale - for type populations
           -network_indegree K, -network_rewiring b, -network_range r - for fixed_indegree, small_world and distance
           -network_excitatory Ne, -network_inhibitory Ni - number of neurons of each kind
           -network_probability p            - connection probability of every ordered pair of distinct neurons
           -network_weight_excitatory, -network_weight_inhibitory w - weights, in the unit of the neuron model
           -network_weight_spread s - relative standard deviation of normal weights, whose signs are kept
           -network_delay_excitatory, -network_delay_inhibitory d - mean delays [ms]
           -network_delay_spread s, -network_delay_minimum d - relative standard deviation of normal delays; a delay below
                the minimum [ms] is drawn again
           -network_file FILE.h5[:/path]     - for type file, see NetworkLoad()
           -network_keep                     - whether a simulation writes the network
  Input:   seed - random seed
@*/
PetscErrorCode NetworkSetFromOptions(Network network, Parameters parameters, uint32_t seed);

/*@
  NetworkSetOptions - sets parameters from a list; parameters set by earlier calls keep their values

  Collective. PETSc's options database is not read.
  Errors: CAUSEWAY_ERR_USER for an unknown key or a refused value; then `network` can only be destroyed
@*/
PetscErrorCode NetworkSetOptions(Network network, const ParameterSetting settings[]);

/*@
  NetworkSetUp - generates or reads the network

  Collective
  Cost:   8 bytes per local synapse, 10 with delays; 8 bytes per local neuron, 1 byte per neuron of the network
@*/
PetscErrorCode NetworkSetUp(Network network);

/* Declares the parameters of section "sonata"; see ParametersDeclare(). */
PetscErrorCode NetworkSonataDeclareParameters(Parameters parameters);

/*@
  NetworkSonataOptions - reads the parameters that say how SONATA networks are read
  NetworkSonataCheck   - refuses these parameters when the run reads no SONATA network, neither -network_file nor
                         `truth`, which may be "". Collective
  NetworkCreateTruth   - creates an empty network that is read with the parameters of `like` but may lack weights;
                         destroyed with NetworkDestroy(). Collective

  Options: -network_edge_types FILE.csv, -network_node_types FILE.csv - attributes that edges and nodes do not have
           -network_nodes FILE.h5|N - nodes, or their number, when the file of the edges has no nodes
           -network_population LIST - populations of nodes that form the network
           -network_weight_attribute NAME - attribute of edges or edge types that holds the weights
@*/
PetscErrorCode NetworkSonataOptions(Network network, Parameters parameters);
PetscErrorCode NetworkSonataCheck(Network network, Parameters parameters, const char *truth);
PetscErrorCode NetworkCreateTruth(Network like, Network *truth);

/*@
  NetworkLoad - reads a network from a file

  Collective
  Input: specification - one of
         FILE.h5:/path of a dense N x N dataset (rows targets, columns sources, zero means no synapse);
         FILE.h5:/path of a group with indptr, indices and data, as scipy.sparse.csr_matrix has them;
         FILE.h5:/path of a SONATA edge population; FILE.h5 alone takes the edges under /edges within one population;
         FILE.json, a SONATA circuit configuration, which names the files of nodes, edges and types.
  Edges may be in any order and nodes may have any ids: neurons are numbered by ascending id.
  Weights [unit of the neuron model] and delays [ms] come from SONATA's attributes `syn_weight` (or `weight`) and
  `delay` of the edge or its type; `nsyns` multiplies the weight. The parameters supply delays that a file lacks. Weights
  are negative when the synapse model (`sign`, `erev`), the source (`ei`) or the source filter of the edge type is
  inhibitory.
  Errors: CAUSEWAY_ERR_USER with file and path
@*/
PetscErrorCode NetworkLoad(Network network, const char *specification);

/*@
  NetworkDescribe - logs how a file was read, and the ranges of weights and delays

  Collective
  Input: what - name of the network in the log
@*/
PetscErrorCode NetworkDescribe(Network network, const char *what);

/* Ids of the neurons, for a network from a file whose nodes have ids; else 0, 1, ... Borrowed. Not collective. */
const Identity *NetworkIdentity(Network network);

/* Whether the neurons have ids: true for a generated network and for nodes in a file, false for a matrix. Not
   collective. */
PetscBool NetworkHasNodes(Network network);

/* Whether the weights of a truth are known; otherwise all are 1. Not collective. */
PetscBool NetworkHasWeights(Network network);

/*@
  NetworkUses     - adds the SONATA nodes and edges of an HDF5 file, or of the files of a JSON configuration, to `uses`,
                    with the options that read them
  NetworkUsesText - the same for a SONATA text file: a configuration or a table of types
  NetworkTell     - prints the network that such a file describes, or what is missing; prints nothing without edges

  Collective
  Output: found - whether the file is a SONATA text file
@*/
PetscErrorCode NetworkUses(MPI_Comm comm, const char *file, Uses *uses);
PetscErrorCode NetworkUsesText(MPI_Comm comm, const char *file, Uses *uses, PetscBool *found);
PetscErrorCode NetworkTell(MPI_Comm comm, const char *file);

/*@
  NetworkWrite - writes the network as a SONATA circuit: /nodes/neurons, /edges/synapses

  Collective; `file` is being written
@*/
PetscErrorCode NetworkWrite(Network network, DataFile file);

/*@
  NetworkObserve - the connections among observed neurons, which are renumbered and distributed by PartitionMake()

  Collective on the network's communicator
  Input:  observed - a subset of the neurons
  Output: network  - set up; destroyed with NetworkDestroy()
@*/
PetscErrorCode NetworkObserve(Network from, const Observed *observed, Network *network);

/*@
  NetworkRewire - copies a network and moves a part of the synapses to other sources

  Collective on the network's communicator
  Input:  fraction - probability that a synapse moves from its source to another one of the same kind, excitatory or
                     inhibitory, that has no synapse onto the target. Weights and indegrees are kept. A synapse stays when
                     64 draws find no such source.
          seed     - random seed
  Output: rewired  - set up; destroyed with NetworkDestroy()
@*/
PetscErrorCode NetworkRewire(Network from, double fraction, uint32_t seed, Network *rewired);

/*@
  NetworkPartition - layout of the neurons over ranks; borrowed. Not collective.
@*/
const Partition *NetworkPartition(Network network);

/* Number of neurons, also before NetworkSetUp(); -1 while a file that decides it is not read. Not collective. */
int64_t NetworkExpectedNeurons(Network network);

/* Number of synapses on all ranks; before NetworkSetUp() the expected number, -1 while a file decides it. Not
   collective. */
double NetworkExpectedSynapses(Network network);

/*@
  NetworkSetDelayStep - sets the grid of delays [ms], 0.1 ms by default; call before NetworkSetUp()

  Not collective, but the same on every rank
@*/
PetscErrorCode NetworkSetDelayStep(Network network, double step_ms);

/*@
  NetworkRow - incoming synapses of a local neuron, ascending by source; a source may occur several times

  Not collective. The first call after NetworkOutgoing() sorts the storage by target again.
  Input:  local_target - 0 .. n_local - 1
  Output: count   - number of synapses
          sources - (count) global indices; borrowed
          weights - (count); borrowed
@*/
PetscErrorCode NetworkRow(Network network, int64_t local_target, int64_t *count,
                          const int32_t **sources, const float **weights);

/* Delays of that row [steps of the grid], (count); NULL when the network has no delays. Borrowed. Not collective. */
PetscErrorCode NetworkRowDelays(Network network, int64_t local_target, const uint16_t **delays);

/* Grid of delays [ms]. Not collective. */
double NetworkDelayStep(Network network);

/* Number of populations, known before set-up for a generated network; `populations` is borrowed. Not collective. */
int NetworkPopulations(Network network, const Population **populations);

/* Population number of global neuron `index`. Not collective. */
int NetworkPopulationOf(Network network, int64_t index);

/* For type populations: fraction of the full network's indegrees that remains (1 for other types), and the mean sum of
   weights from population `source` onto a neuron of population `target` in the full network. Not collective. */
double NetworkIndegreeScale(Network network);
double NetworkFullInput(Network network, int target, int source);

/* Memory of a synapse [bytes], and the delay that few synapses exceed [ms], also before NetworkSetUp(). Not collective. */
double NetworkSynapseBytes(Network network);
double NetworkLongestDelay(Network network);

/* Size of what NetworkWrite() writes [bytes], 0 when the network is not kept. Not collective. */
double NetworkFileBytes(Network network);

/* Number of synapses on all ranks. Not collective. */
int64_t NetworkSynapses(Network network);

/* Whether global neuron `index` is excitatory. A loaded network takes the kinds from its file; without them, a neuron with
   a negative outgoing synapse is inhibitory. Any index on any rank. Not collective. */
PetscBool NetworkIsExcitatory(Network network, int64_t index);

/* The synapses of the local targets by source: the entries start[q] .. start[q + 1] - 1 belong to sources[q], ascending by
   target. Borrowed from the network. */
typedef struct {
  int64_t n_sources;      /* neurons that have a target on this rank */
  const int32_t *sources; /* (n_sources) global indices, ascending */
  const int64_t *start;   /* (n_sources + 1) */
  const int32_t *targets; /* (synapses) local indices */
  const float *weights;   /* (synapses) */
  const uint16_t *delays; /* (synapses) [steps of the grid]; NULL when the network has none */
} OutgoingIndex;

/*@
  NetworkOutgoing - the synapses of the local targets by source

  Not collective. The storage is sorted by source in place; the next NetworkRow() sorts it back and invalidates the index.
  Output: index - valid until a call that needs rows
  Cost:   12 bytes per source with targets on this rank; during the call, 4 bytes per local synapse and 4 per neuron of the
          network
@*/
PetscErrorCode NetworkOutgoing(Network network, OutgoingIndex *index);

CAUSEWAY_END_DECLARATIONS

#endif
