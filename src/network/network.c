/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Creates networks from parameters. */
#include "network_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

static const ParameterSpec kind[] = {{.key = "network_type",
                                      .kind = PARAMETER_CHOICE,
                                      .standard = "bernoulli",
                                      .word = NetworkTypeWord,
                                      .text = "Type of the simulated network",
                                      .priority = 3,
                                      PARAMETER_MEMBER(struct _p_Network, type)},
                                     {.key = NULL}};

/* For types without a number of neurons of their own. */
static const ParameterSpec neurons[] = {{.key = "network_excitatory",
                                         .kind = PARAMETER_INTEGER,
                                         .unit = "1",
                                         .standard = "8",
                                         .high = INT32_MAX / 2,
                                         .text = "Number of excitatory neurons",
                                         .priority = 4,
                                         PARAMETER_MEMBER(struct _p_Network, populations[0].size)},
                                        {.key = "network_inhibitory",
                                         .kind = PARAMETER_INTEGER,
                                         .unit = "1",
                                         .standard = "2",
                                         .high = INT32_MAX / 2,
                                         .text = "Number of inhibitory neurons",
                                         PARAMETER_MEMBER(struct _p_Network, populations[1].size)},
                                        {.key = NULL}};

/* Types that take weights from the parameters and draw weights and delays. */
#define DRAWS_SYNAPSES "network_type!=lorenz96|file"

static const ParameterSpec synapses[] = {
    {.key = "network_weight_excitatory",
     .kind = PARAMETER_REAL,
     .unit = "mV/ms",
     .standard = "5",
     .low = -1e6,
     .high = 1e6,
     .text = "Mean weight of synapses from excitatory neurons, in the unit of the neuron model",
     .needs = DRAWS_SYNAPSES,
     PARAMETER_MEMBER(struct _p_Network, weight_excitatory)},
    {.key = "network_weight_inhibitory",
     .kind = PARAMETER_REAL,
     .unit = "mV/ms",
     .standard = "-5",
     .low = -1e6,
     .high = 1e6,
     .text = "Mean weight of synapses from inhibitory neurons, in the unit of the neuron model",
     .needs = DRAWS_SYNAPSES,
     PARAMETER_MEMBER(struct _p_Network, weight_inhibitory)},
    {.key = "network_weight_spread",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "0",
     .high = 10,
     .text = "Relative standard deviation of normally distributed weights, which keep their signs",
     .needs = DRAWS_SYNAPSES,
     PARAMETER_MEMBER(struct _p_Network, weight_spread)},
    {.key = "network_delay_excitatory",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e4,
     .text = "Mean delay of synapses from excitatory neurons",
     PARAMETER_MEMBER(struct _p_Network, delay_excitatory)},
    {.key = "network_delay_inhibitory",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e4,
     .text = "Mean delay of synapses from inhibitory neurons",
     PARAMETER_MEMBER(struct _p_Network, delay_inhibitory)},
    {.key = "network_delay_spread",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "0",
     .high = 10,
     .text = "Relative standard deviation of normally distributed delays",
     .needs = DRAWS_SYNAPSES,
     PARAMETER_MEMBER(struct _p_Network, delay_spread)},
    {.key = "network_delay_minimum",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e4,
     .text = "Shortest delay; shorter ones are drawn again",
     PARAMETER_MEMBER(struct _p_Network, delay_minimum)},
    {.key = NULL}};

static const ParameterSpec output[] = {
    {.key = "network_keep",
     .kind = PARAMETER_FLAG,
     .standard = "true",
     .text = "Writing of the simulated network to network.h5, about 50 bytes a synapse",
     PARAMETER_MEMBER(struct _p_Network, is_kept)},
    {.key = NULL}};

/* Tables whose values are members of the network itself, except those of types. */
static const ParameterSpec *const common[] = {kind, neurons, synapses, output};

static const NetworkType *type_of(Network network)
{
  return NetworkTypeGet(network->type);
}

PetscErrorCode NetworkCreate(MPI_Comm comm, Network *network)
{
  Network n;

  PetscFunctionBegin;
  PetscCall(PetscNew(network));
  n = *network;
  n->comm = comm;
  n->n_populations = 2;
  n->populations[0] = (Population){"excitatory", 0, PETSC_FALSE};
  n->populations[1] = (Population){"inhibitory", 0, PETSC_TRUE};
  n->delay_step = 0.1;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(common); k++) {
    PetscCall(ParametersDefaults(common[k], n));
  }
  PetscCall(NetworkTypesDefaults(n));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkDestroy(Network *network)
{
  PetscFunctionBegin;
  if (*network) {
    PetscCall(ParametersDestroy(&(*network)->own));
    PetscCall(NetworkTypesFree(*network));
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

/* The order is that of used_parameters.yaml. */
PetscErrorCode NetworkDeclareParameters(Parameters p)
{
  char condition[NETWORK_CONDITION_LENGTH];

  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, kind));
  PetscCall(NetworkTypesCondition(NULL, condition));
  PetscCall(ParametersDeclareFor(p, neurons, condition));
  PetscCall(NetworkTypesDeclare(p, PETSC_FALSE));
  PetscCall(ParametersDeclare(p, synapses));
  PetscCall(NetworkTypesDeclare(p, PETSC_TRUE));
  PetscCall(ParametersDeclare(p, output));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSetFromOptions(Network network, Parameters p, uint32_t seed)
{
  PetscFunctionBegin;
  network->seed = seed;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(common); k++) {
    PetscCall(ParametersRead(p, common[k], network));
  }
  PetscCall(NetworkTypesRead(network, p));
  network->has_delays =
      network->delay_excitatory > 0 || network->delay_inhibitory > 0 || network->delay_minimum > 0
          ? PETSC_TRUE
          : PETSC_FALSE;
  UserCheck(type_of(network)->brings_neurons || NetworkTotal(network) >= 1,
            "network_excitatory and network_inhibitory are both 0; a network needs a neuron");
  if (type_of(network)->check) {
    PetscCall(type_of(network)->check(network, p));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSetOptions(Network network, const ParameterSetting settings[])
{
  uint32_t seed;

  PetscFunctionBegin;
  PetscCall(
      ParametersSetOwn(network->comm, NetworkDeclareParameters, &network->own, settings, &seed));
  PetscCall(NetworkSetFromOptions(network, network->own, seed));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSetUp(Network network)
{
  PetscFunctionBegin;
  if (network->is_set_up) {
    PetscFunctionReturn(0);
  }
  PetscCall(LogEventStart(EVENT_NETWORK_GENERATE));
  PetscCall(type_of(network)->generate(network));
  PetscCall(LogEventStop(EVENT_NETWORK_GENERATE));
  network->is_set_up = PETSC_TRUE;
  PetscFunctionReturn(0);
}

int64_t NetworkExpectedNeurons(Network network)
{
  if (network->is_set_up) {
    return network->partition.n_global;
  }
  return type_of(network)->expected_synapses ? NetworkTotal(network) : -1;
}

double NetworkExpectedSynapses(Network network)
{
  if (network->is_set_up) {
    return (double)network->n_synapses;
  }
  return type_of(network)->expected_synapses ? type_of(network)->expected_synapses(network) : -1.0;
}

double NetworkFileBytes(Network network)
{
  const double per_synapse = network->has_delays ? 52 : 44;

  return network->is_kept ? per_synapse * NetworkExpectedSynapses(network) +
                                68.0 * (double)NetworkExpectedNeurons(network)
                          : 0;
}

double NetworkIndegreeScale(Network network)
{
  return type_of(network)->indegree_scale ? type_of(network)->indegree_scale(network) : 1.0;
}

double NetworkFullInput(Network network, int target, int source)
{
  return type_of(network)->full_input ? type_of(network)->full_input(network, target, source) : 0;
}
