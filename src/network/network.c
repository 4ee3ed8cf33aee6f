/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/memory.h"

static const NetworkType network_types[] = {
    {"bernoulli", NetworkGenerateBernoulli, NetworkExpectBernoulli, NULL},
    {"fixed_indegree", NetworkGenerateFixedIndegree, NetworkExpectIndegree, NetworkCheckIndegree},
    {"small_world", NetworkGenerateSmallWorld, NetworkExpectIndegree, NetworkCheckIndegree},
    {"distance", NetworkGenerateDistance, NetworkExpectDistance, NULL},
    {"lorenz96", NetworkGenerateLorenz96, NetworkExpectLorenz96, NULL},
    {"populations", NetworkGeneratePopulations, NetworkExpectPopulations, NULL},
    {"file", NetworkGenerateFromFile, NULL, NULL},
};
static const char *const network_type_names[] = {
    "bernoulli", "fixed_indegree", "small_world", "distance",
    "lorenz96",  "populations",    "file",        NULL};

PetscErrorCode NetworkCreate(MPI_Comm comm, Network *network)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(network));
  (*network)->comm = comm;
  (*network)->n_populations = 2;
  (*network)->populations[0] = (Population){"excitatory", 8, PETSC_FALSE};
  (*network)->populations[1] = (Population){"inhibitory", 2, PETSC_TRUE};
  (*network)->delay_step = 0.1;
  (*network)->scale = 1.0;
  (*network)->is_kept = PETSC_TRUE;
  PetscCall(
      PetscCalloc2(NETWORK_MAX_POPULATIONS * NETWORK_MAX_POPULATIONS, &(*network)->probabilities,
                   NETWORK_MAX_POPULATIONS * NETWORK_MAX_POPULATIONS, &(*network)->weights_table));
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
    PetscCall(PetscFree2((*network)->probabilities, (*network)->weights_table));
    PetscCall(PetscFree((*network)->row_start));
    PetscCall(NetworkReserve(*network, 0));
    PetscCall(PetscFree((*network)->sources));
    PetscCall(PetscFree((*network)->start));
    PetscCall(PetscFree((*network)->population));
    PetscCall(PetscFree((*network)->notes));
    PetscCall(IdentityDestroy(&(*network)->identity));
    PetscCall(PetscFree(*network));
  }
  PetscFunctionReturn(0);
}

/* Weights and delays of synapses. */
static PetscErrorCode synapse_options(Network network, Parameters parameters)
{
  PetscFunctionBegin;
  PetscCall(ParametersReal(parameters, "network_weight_excitatory", "mV/ms",
                           "weight of synapses from excitatory neurons, in the unit of the neuron "
                           "model",
                           -1e6, 1e6, &network->weight_excitatory));
  PetscCall(ParametersReal(parameters, "network_weight_inhibitory", "mV/ms",
                           "weight of synapses from inhibitory neurons", -1e6, 1e6,
                           &network->weight_inhibitory));
  PetscCall(ParametersReal(parameters, "network_weight_spread", "1",
                           "relative standard deviation of weights, normal; signs are kept", 0.0,
                           10.0, &network->weight_spread));
  PetscCall(ParametersReal(parameters, "network_delay_excitatory", "ms",
                           "delay of synapses from excitatory neurons", 0.0, 1e4,
                           &network->delay_excitatory));
  PetscCall(ParametersReal(parameters, "network_delay_inhibitory", "ms",
                           "delay of synapses from inhibitory neurons", 0.0, 1e4,
                           &network->delay_inhibitory));
  PetscCall(ParametersReal(parameters, "network_delay_spread", "1",
                           "relative standard deviation of delays, normal", 0.0, 10.0,
                           &network->delay_spread));
  PetscCall(ParametersReal(parameters, "network_delay_minimum", "ms", "shortest delay", 0.0, 1e4,
                           &network->delay_minimum));
  network->has_delays =
      network->delay_excitatory > 0 || network->delay_inhibitory > 0 || network->delay_minimum > 0
          ? PETSC_TRUE
          : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSetFromOptions(Network network, Parameters parameters, uint32_t seed)
{
  PetscFunctionBegin;
  network->seed = seed;
  PetscCall(ParametersChoice(parameters, "network_type", "how the network comes about",
                             network_type_names, &network->type));
  PetscCall(ParametersInteger(parameters, "network_excitatory", "1", "excitatory neurons", 0,
                              INT32_MAX / 2, &network->populations[0].size));
  PetscCall(ParametersInteger(parameters, "network_inhibitory", "1", "inhibitory neurons", 0,
                              INT32_MAX / 2, &network->populations[1].size));
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
                           "distance: over which the probability falls to 1/e", 1e-6, 1e3,
                           &network->range));
  PetscCall(synapse_options(network, parameters));
  PetscCall(NetworkPopulationOptions(
      network, parameters,
      network_types[network->type].generate == NetworkGeneratePopulations ? PETSC_TRUE
                                                                          : PETSC_FALSE));
  PetscCall(ParametersString(parameters, "network_file",
                             "for type file: FILE.h5:/path of a dense N x N dataset (rows targets) "
                             "or SONATA edges, or a SONATA circuit configuration FILE.json",
                             sizeof(network->file), network->file));
  PetscCall(ParametersFlag(parameters, "network_keep",
                           "whether a simulation writes network.h5, some 50 bytes a synapse",
                           &network->is_kept));
  if (network_types[network->type].generate == NetworkGenerateFromFile) {
    UserCheck(network->file[0], "network_type = file needs the file: set network_file");
  } else {
    UserCheck(!network->file[0], "%s: is used with network_type = file only",
              ParametersSource(parameters, "network_file"));
    UserCheck(NetworkTotal(network) >= 1,
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
  network->identity.n = n_global;
  PetscCall(PetscCalloc1(network->partition.n_local + 1, &network->row_start));
  PetscCall(PetscCalloc1(n_global, &network->population));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkCreateLike(Network from, int64_t n_global, Network *network)
{
  PetscFunctionBegin;
  PetscCall(NetworkCreate(from->comm, network));
  (*network)->n_populations = from->n_populations;
  PetscCall(PetscArraycpy((*network)->populations, from->populations, NETWORK_MAX_POPULATIONS));
  (*network)->has_delays = from->has_delays;
  (*network)->delay_step = from->delay_step;
  PetscCall(NetworkSetSize(*network, n_global));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkReserve(Network network, int64_t capacity)
{
  const size_t old = (size_t)network->capacity, new = (size_t)capacity;

  PetscFunctionBegin;
  PetscCall(MemoryResize(old * sizeof(int32_t), new * sizeof(int32_t), &network->ends));
  PetscCall(MemoryResize(old * sizeof(float), new * sizeof(float), &network->weights));
  if (network->has_delays) {
    PetscCall(MemoryResize(old * sizeof(uint16_t), new * sizeof(uint16_t), &network->delays));
  }
  network->capacity = capacity;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkAppend(Network network, int64_t at, Synapse synapse)
{
  PetscFunctionBegin;
  if (at >= network->capacity) {
    PetscCall(NetworkReserve(network, PetscMax(1024, at + at / 4)));
  }
  network->ends[at] = synapse.source;
  network->weights[at] = synapse.weight;
  if (network->has_delays) {
    network->delays[at] = synapse.delay;
  }
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
  return network_types[network->type].expected_synapses ? NetworkTotal(network) : -1;
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

PetscErrorCode NetworkSetDelayStep(Network network, double step_ms)
{
  PetscFunctionBegin;
  network->delay_step = step_ms;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkRow(Network network, int64_t local_target, int64_t *count,
                          const int32_t **sources, const float **weights)
{
  int64_t start = network->row_start[local_target];

  PetscFunctionBegin;
  PetscCall(NetworkTurnToTargets(network));
  *count = network->row_start[local_target + 1] - start;
  /* pointers may be NULL when the rank has no synapse at all */
  *sources = network->ends ? network->ends + start : NULL;
  *weights = network->weights ? network->weights + start : NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkRowDelays(Network network, int64_t local_target, const uint16_t **delays)
{
  PetscFunctionBegin;
  PetscCall(NetworkTurnToTargets(network));
  *delays = network->delays ? network->delays + network->row_start[local_target] : NULL;
  PetscFunctionReturn(0);
}

int64_t NetworkSynapses(Network network)
{
  return network->n_synapses;
}

double NetworkFileBytes(Network network)
{
  const double per_synapse = network->has_delays ? 52 : 44;

  return network->is_kept ? per_synapse * NetworkExpectedSynapses(network) +
                                68.0 * (double)NetworkExpectedNeurons(network)
                          : 0;
}

int64_t NetworkTotal(Network network)
{
  int64_t total = 0;

  for (int p = 0; p < network->n_populations; p++) {
    total += network->populations[p].size;
  }
  return total;
}

int NetworkPopulations(Network network, const Population **populations)
{
  *populations = network->populations;
  return network->n_populations;
}

int NetworkPopulationOf(Network network, int64_t index)
{
  return network->population[index];
}

PetscBool NetworkIsExcitatory(Network network, int64_t index)
{
  return network->populations[network->population[index]].inhibitory ? PETSC_FALSE : PETSC_TRUE;
}

PetscErrorCode NetworkNumberPopulations(Network network)
{
  int64_t j = 0;

  PetscFunctionBegin;
  for (int p = 0; p < network->n_populations; p++) {
    for (int64_t k = 0; k < network->populations[p].size; k++) {
      network->population[j++] = (uint8_t)p;
    }
  }
  PetscFunctionReturn(0);
}
