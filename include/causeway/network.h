/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NETWORK_H
#define CAUSEWAY_NETWORK_H

#include "causeway/datafile.h"
#include "causeway/identity.h"
#include "causeway/observed.h"
#include "causeway/parameters.h"
#include "causeway/partition.h"
#include "causeway/uses.h"

/* The weighted directed graph of who drives whom. The incoming synapses of a neuron (its row,
   sorted by source) live on the rank that owns the neuron; no rank sees all of it. Neurons are numbered from 0;
   generated networks have the excitatory ones first. */
typedef struct _p_Network *Network;

enum { NETWORK_MAX_POPULATIONS = 64 };

/* Neurons of one kind. A generated network numbers one population after the other; in a loaded one they may mix. */
typedef struct {
  char name[32];
  int64_t size;
  PetscBool inhibitory;
} Population;

/*@
  NetworkCreate - an empty network; destroyed with NetworkDestroy()
  Collective on `comm`
@*/
PetscErrorCode NetworkCreate(MPI_Comm comm, Network *network);
PetscErrorCode NetworkDestroy(Network *network);

/*@
  NetworkSetFromOptions - reads the parameters of section "network"

  Options: -network_type NAME               - how the network comes about: bernoulli; fixed_indegree (any so many sources);
                small_world (Watts & Strogatz 1998); distance (on a square whose opposite sides are joined, p exp(-d /
                range)); lorenz96 (a circle, a neuron is driven by those at -2, -1 and +1); populations; file
           -network_populations, -network_sizes, -network_kinds, -network_probabilities, -network_rule, -network_weights,
                -network_scale, -network_indegree_scale - of type populations
           -network_indegree K, -network_rewiring b, -network_range r - of these
           -network_excitatory Ne, -network_inhibitory Ni - neurons of each kind
           -network_probability p            - of a synapse, for every ordered pair of two neurons
           -network_weight_excitatory, -network_weight_inhibitory w - of their synapses, in the unit that the neuron
                model has for them
           -network_weight_spread s - relative standard deviation: normal, signs are kept
           -network_delay_excitatory, -network_delay_inhibitory d, -network_delay_spread s, -network_delay_minimum -
                [ms], relative standard deviation; normal, drawn again below the minimum
           -network_file FILE.h5[:/path]     - for type file, see NetworkLoad()
           -network_keep                     - whether a simulation writes it
  Input:   seed - of the random draws
@*/
PetscErrorCode NetworkSetFromOptions(Network network, Parameters parameters, uint32_t seed);

/*@
  NetworkSetUp - generates or reads the network

  Collective
  Cost:   8 bytes per local synapse, 10 with delays; 8 per local neuron, 1 per neuron of the network
@*/
PetscErrorCode NetworkSetUp(Network network);

/*@
  NetworkSonataOptions - reads the parameters that say how SONATA networks are read

  Options: -network_edge_types FILE.csv, -network_node_types FILE.csv - what edges and nodes do not say themselves
           -network_nodes FILE.h5|N - the nodes, or their number, where the file of the edges does not have them
           -network_population LIST - populations of nodes that are the network
           -network_weight_attribute NAME - of edges or their types, with their weights
  NetworkSonataCheck - refuses them where nothing that is read is a SONATA network, neither -network_file nor `truth`,
         which may be "". Collective
  NetworkCreateTruth - an empty network that is read as another one would be, but may lack weights; destroyed with
         NetworkDestroy(). Collective
@*/
PetscErrorCode NetworkSonataOptions(Network network, Parameters parameters);
PetscErrorCode NetworkSonataCheck(Network network, Parameters parameters, const char *truth);
PetscErrorCode NetworkCreateTruth(Network like, Network *truth);

/*@
  NetworkLoad - reads a network from a file

  Collective
  Input: specification - FILE.h5:/path of a dense N x N dataset (rows targets, columns sources, zero
         means no synapse), of a group with indptr, indices and data as scipy.sparse.csr_matrix has them, or of a
         SONATA edge population; FILE.h5 alone takes the edges under /edges within one population. Or a SONATA
         configuration of a circuit, FILE.json, that names files of nodes, edges and types. Edges may be in any order,
         nodes have any ids: neurons are numbered by ascending id.
         Weights [unit of the neuron model] and delays [ms] are those of SONATA's attributes `syn_weight` (or `weight`)
         and `delay`, of the edge or its type, times `nsyns`; delays that a file does not have are those of the
         parameters. Weights are negative where the model of the synapse (`sign`, `erev`), the source (`ei`) or the
         choice of sources of the type is inhibitory.
  Errors: CAUSEWAY_ERR_USER naming file and path
@*/
PetscErrorCode NetworkLoad(Network network, const char *specification);

/*@
  NetworkDescribe - says in the log how a file was read, and the ranges of weights and delays

  Collective
@*/
PetscErrorCode NetworkDescribe(Network network, const char *what);

/* Who the neurons are, for a network from a file whose nodes have ids; else 0, 1, ... Borrowed. Not collective. */
const Identity *NetworkIdentity(Network network);

/* Whether the neurons have ids, those of nodes in a file or of a network that was generated; a matrix has none. Not
   collective. */
PetscBool NetworkHasNodes(Network network);

/* Whether the weights of a truth are known, else all are 1. Not collective. */
PetscBool NetworkHasWeights(Network network);

/*@
  NetworkUses     - adds what of an HDF5 file, or of the files of a configuration in JSON, is nodes or edges of SONATA,
                    with the options that read it
  NetworkUsesText - the same of a file of text, if it is one of SONATA: a configuration, or a table of types
  NetworkTell     - prints the network that such a file is by itself, or what is missing to it; nothing without edges
  Collective
  Output: found - whether it is
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
  NetworkObserve - the connections among observed neurons, numbered among these, in the layout of so many neurons

  Collective on the network's communicator
  Input:  observed - not of all neurons
  Output: network  - set up; destroyed with NetworkDestroy()
@*/
PetscErrorCode NetworkObserve(Network from, const Observed *observed, Network *network);

/*@
  NetworkRewire - a network in which part of the synapses comes from other sources

  Collective on the network's communicator
  Input:  fraction - probability that a synapse leaves its source for another one of the same kind, excitatory or
                     inhibitory, from which the target had none; weights and numbers of synapses of a target stay. A
                     synapse for which 64 draws find no such source stays too.
  Output: rewired  - set up; destroyed with NetworkDestroy()
@*/
PetscErrorCode NetworkRewire(Network from, double fraction, uint32_t seed, Network *rewired);

/*@
  NetworkPartition - the layout of its neurons; borrowed
@*/
const Partition *NetworkPartition(Network network);

/* Neurons of the network, also before NetworkSetUp(); -1 when a file decides and is not read yet.
 */
int64_t NetworkExpectedNeurons(Network network);

/* Synapses of all ranks; before NetworkSetUp() those to expect, -1 when a file decides. */
double NetworkExpectedSynapses(Network network);

/*@
  NetworkSetDelayStep - the grid of delays, 0.1 ms unless it is set; before NetworkSetUp()
  Not collective, but the same on every rank
@*/
PetscErrorCode NetworkSetDelayStep(Network network, double step_ms);

/*@
  NetworkRow - the incoming synapses of a local neuron, ascending by source; there may be several of one

  Not collective; after NetworkOutgoing() the first call turns the storage round
  Input:  local_target - 0 .. n_local - 1
  Output: count, sources (global indices), weights - borrowed
@*/
PetscErrorCode NetworkRow(Network network, int64_t local_target, int64_t *count,
                          const int32_t **sources, const float **weights);

/* Its delays [steps of the grid], borrowed; NULL when the network has none. Not collective. */
PetscErrorCode NetworkRowDelays(Network network, int64_t local_target, const uint16_t **delays);

/* The populations, also of a generated network that is not set up yet; borrowed. Returns how many. Not collective. */
int NetworkPopulations(Network network, const Population **populations);

/* Number of the population of global neuron `index`. Not collective. */
int NetworkPopulationOf(Network network, int64_t index);

/* Of type populations: what of the full network's indegrees is left, 1 for other types; and the mean sum of weights
   that a neuron of population `target` of the full network has from `source`. Not collective. */
double NetworkIndegreeScale(Network network);
double NetworkFullInput(Network network, int target, int source);

/* Bytes of a synapse; and the delay [ms] that few exceed, also before NetworkSetUp(). Not collective. */
double NetworkSynapseBytes(Network network);
double NetworkLongestDelay(Network network);

/* Bytes that NetworkWrite() will write when the network is to be kept, else 0. Not collective. */
double NetworkFileBytes(Network network);

/* Number of synapses on all ranks. Not collective. */
int64_t NetworkSynapses(Network network);

/* Whether global neuron `index` is excitatory; a loaded network has the kinds that its
   file names, else neurons with a negative outgoing synapse are inhibitory. Not collective; any index. */
PetscBool NetworkIsExcitatory(Network network, int64_t index);

/* The synapses of the local targets by source: those of sources[q] are the entries start[q] .. start[q + 1] - 1,
   ascending by target. Borrowed from the network. */
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

  Not collective. The storage is turned round, not copied: rows are to be had again from NetworkRow(), which ends this
  index.
  Output: index - valid until a call that needs rows
  Cost:   12 bytes per neuron that has targets here; while it is being made, 4 per local synapse and 4 per neuron of
          the network
@*/
PetscErrorCode NetworkOutgoing(Network network, OutgoingIndex *index);

#endif
