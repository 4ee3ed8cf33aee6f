/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Storage of neurons and synapses on their ranks, common to all types of networks. */
#include "network_impl.h"

#include "causeway/memory.h"

PetscErrorCode NetworkSetSize(Network network, int64_t n_global)
{
  PetscFunctionBegin;
  PetscCall(PartitionMake(network->comm, n_global, &network->partition));
  network->identity.n = n_global;
  PetscCall(PetscCalloc1(network->partition.n_local + 1, &network->row_start));
  PetscCall(PetscCalloc1(n_global, &network->population));
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

PetscErrorCode NetworkSetDelayStep(Network network, double step_ms)
{
  PetscFunctionBegin;
  network->delay_step = step_ms;
  PetscFunctionReturn(0);
}

double NetworkDelayStep(Network network)
{
  return network->delay_step;
}

int64_t NetworkSynapses(Network network)
{
  return network->n_synapses;
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
