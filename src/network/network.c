/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

static const NetworkType network_types[] = {
    {"bernoulli", NetworkGenerateBernoulli, NetworkExpectBernoulli, NULL},
    {"fixed_indegree", NetworkGenerateFixedIndegree, NetworkExpectIndegree, NetworkCheckIndegree},
    {"small_world", NetworkGenerateSmallWorld, NetworkExpectIndegree, NetworkCheckIndegree},
    {"distance", NetworkGenerateDistance, NetworkExpectDistance, NULL},
    {"lorenz96", NetworkGenerateLorenz96, NetworkExpectLorenz96, NULL},
    {"file", NetworkGenerateFromFile, NULL, NULL},
};
static const char *const network_type_names[] = {
    "bernoulli", "fixed_indegree", "small_world", "distance", "lorenz96", "file", NULL};

PetscErrorCode NetworkCreate(MPI_Comm comm, Network *network)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(network));
  (*network)->comm = comm;
  (*network)->n_excitatory = 8;
  (*network)->n_inhibitory = 2;
  (*network)->probability = 0.4;
  (*network)->indegree = 4;
  (*network)->rewiring = 0.1;
  (*network)->range = 0.1;
  (*network)->weight_excitatory = 5.0;
  (*network)->weight_inhibitory = -5.0;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkDestroy(Network *network)
{
  PetscFunctionBegin;
  if (*network) {
    PetscCall(PetscFree((*network)->row_start));
    PetscCall(PetscFree((*network)->sources));
    PetscCall(PetscFree((*network)->weights));
    PetscCall(PetscFree((*network)->inhibitory));
    PetscCall(PetscFree(*network));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSetFromOptions(Network network, Parameters parameters, uint32_t seed)
{
  PetscFunctionBegin;
  network->seed = seed;
  PetscCall(ParametersChoice(parameters, "network_type", "how the network comes about",
                             network_type_names, &network->type));
  PetscCall(ParametersInteger(parameters, "network_excitatory", "1", "excitatory neurons", 0,
                              INT32_MAX / 2, &network->n_excitatory));
  PetscCall(ParametersInteger(parameters, "network_inhibitory", "1", "inhibitory neurons", 0,
                              INT32_MAX / 2, &network->n_inhibitory));
  PetscCall(ParametersReal(parameters, "network_probability", "1",
                           "probability of a synapse for each ordered pair of two neurons; for "
                           "type distance of two neurons at one place",
                           0.0, 1.0, &network->probability));
  PetscCall(ParametersInteger(parameters, "network_indegree", "1",
                              "sources of a neuron, for types fixed_indegree and small_world", 0,
                              INT32_MAX / 2, &network->indegree));
  PetscCall(ParametersReal(parameters, "network_rewiring", "1",
                           "small_world: probability that a neighbour is replaced by any neuron",
                           0.0, 1.0, &network->rewiring));
  PetscCall(ParametersReal(parameters, "network_range", "side of the square",
                           "distance: over which the probability falls by 1/e", 1e-6, 1e3,
                           &network->range));
  PetscCall(ParametersReal(parameters, "network_weight_excitatory", "mV/ms",
                           "weight of synapses from excitatory neurons", -1e6, 1e6,
                           &network->weight_excitatory));
  PetscCall(ParametersReal(parameters, "network_weight_inhibitory", "mV/ms",
                           "weight of synapses from inhibitory neurons", -1e6, 1e6,
                           &network->weight_inhibitory));
  PetscCall(ParametersString(parameters, "network_file",
                             "for type file: FILE.h5:/path of a dense N x N dataset (rows targets) "
                             "or SONATA edges",
                             sizeof(network->file), network->file));
  if (network_types[network->type].generate == NetworkGenerateFromFile) {
    UserCheck(network->file[0], "network_type = file needs the file: set network_file");
  } else {
    UserCheck(!network->file[0], "%s: is used with network_type = file only",
              ParametersSource(parameters, "network_file"));
    UserCheck(network->n_excitatory + network->n_inhibitory >= 1,
              "network_excitatory and network_inhibitory are both 0: a network needs a neuron");
  }
  if (network_types[network->type].check) {
    PetscCall(network_types[network->type].check(network));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSetUp(Network network)
{
  PetscFunctionBegin;
  if (network->is_set_up) {
    PetscFunctionReturn(0);
  }
  PetscCall(LogEventStart(EVENT_NETWORK_GENERATE));
  PetscCall(network_types[network->type].generate(network));
  PetscCall(LogEventStop(EVENT_NETWORK_GENERATE));
  network->is_set_up = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSetSize(Network network, int64_t n_global)
{
  PetscFunctionBegin;
  PetscCall(PartitionMake(network->comm, n_global, &network->partition));
  PetscCall(PetscCalloc1(network->partition.n_local + 1, &network->row_start));
  PetscCall(PetscCalloc1(n_global, &network->inhibitory));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkReserve(Network network, int64_t capacity)
{
  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)capacity * sizeof(*network->sources), &network->sources));
  PetscCall(PetscRealloc((size_t)capacity * sizeof(*network->weights), &network->weights));
  network->capacity = capacity;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkAppend(Network network, int64_t at, int32_t source, double weight)
{
  PetscFunctionBegin;
  if (at >= network->capacity) {
    PetscCall(NetworkReserve(network, PetscMax(1024, at + at / 4)));
  }
  network->sources[at] = source;
  network->weights[at] = weight;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkFinish(Network network)
{
  int64_t local = network->row_start[network->partition.n_local];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&local, &network->n_synapses, 1, MPI_INT64_T, MPI_SUM, network->comm));
  PetscCallMPI(MPI_Scan(&local, &network->first_synapse, 1, MPI_INT64_T, MPI_SUM, network->comm));
  network->first_synapse -= local;
  PetscFunctionReturn(0);
}

const Partition *NetworkPartition(Network network)
{
  return &network->partition;
}

int64_t NetworkExpectedNeurons(Network network)
{
  if (network->is_set_up) {
    return network->partition.n_global;
  }
  return network_types[network->type].expected_synapses
             ? network->n_excitatory + network->n_inhibitory
             : -1;
}

double NetworkExpectedSynapses(Network network)
{
  if (network->is_set_up) {
    return (double)network->n_synapses;
  }
  return network_types[network->type].expected_synapses
             ? network_types[network->type].expected_synapses(network)
             : -1.0;
}

PetscErrorCode NetworkRow(Network network, int64_t local_target, int64_t *count,
                          const int32_t **sources, const double **weights)
{
  int64_t start = network->row_start[local_target];

  PetscFunctionBegin;
  *count = network->row_start[local_target + 1] - start;
  /* pointers may be NULL when the rank has no synapse at all */
  *sources = network->sources ? network->sources + start : NULL;
  *weights = network->weights ? network->weights + start : NULL;
  PetscFunctionReturn(0);
}

int64_t NetworkSynapses(Network network)
{
  return network->n_synapses;
}

PetscBool NetworkIsExcitatory(Network network, int64_t index)
{
  return network->inhibitory[index] ? PETSC_FALSE : PETSC_TRUE;
}

PetscErrorCode NetworkOutgoing(Network network, OutgoingIndex *index)
{
  const int64_t n_global = network->partition.n_global, n_local = network->partition.n_local;
  const int64_t n_synapses = network->row_start[n_local];
  int64_t *next;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n_global + 1, &index->start));
  PetscCall(PetscMalloc1(n_synapses, &index->targets));
  PetscCall(PetscMalloc1(n_synapses, &index->weights));
  for (int64_t k = 0; k < n_synapses; k++) {
    index->start[network->sources[k] + 1]++;
  }
  for (int64_t j = 0; j < n_global; j++) {
    index->start[j + 1] += index->start[j];
  }
  PetscCall(PetscMalloc1(n_global, &next));
  PetscCall(PetscArraycpy(next, index->start, n_global));
  for (int64_t i = 0; i < n_local; i++) {
    for (int64_t k = network->row_start[i]; k < network->row_start[i + 1]; k++) {
      int64_t at = next[network->sources[k]]++;

      index->targets[at] = (int32_t)i;
      index->weights[at] = network->weights[k];
    }
  }
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

PetscErrorCode OutgoingIndexFree(OutgoingIndex *index)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(index->start));
  PetscCall(PetscFree(index->targets));
  PetscCall(PetscFree(index->weights));
  PetscFunctionReturn(0);
}
