/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"

static double expected_synapses(Network network)
{
  return 3.0 * (double)NetworkTotal(network);
}

/* The circle of Lorenz (1996): the sources of neuron i are i - 2, i - 1 and i + 1, all weights 1. */
static PetscErrorCode generate(Network network)
{
  const int64_t n = NetworkTotal(network);
  const Partition *p = &network->partition;
  int64_t count = 0;

  PetscFunctionBegin;
  UserCheck(
      n >= 4,
      "network_excitatory = %lld: the circle of network_type lorenz96 needs at least 4 neurons",
      (long long)n);
  PetscCall(NetworkSetSize(network, n));
  PetscCall(NetworkNumberPopulations(network));
  PetscCall(NetworkReserve(network, 3 * p->n_local + 1));
  for (int64_t i = 0; i < p->n_local; i++) {
    const int64_t target = p->first + i;
    PetscInt sources[3] = {(PetscInt)((target + n - 2) % n), (PetscInt)((target + n - 1) % n),
                           (PetscInt)((target + 1) % n)};

    PetscCall(PetscSortInt(3, sources));
    for (int k = 0; k < 3; k++) {
      PetscCall(
          NetworkAppend(network, count++,
                        (Synapse){(int32_t)sources[k], 1.0F, NetworkDefaultDelay(network, 1.0)}));
    }
    network->row_start[i + 1] = count;
  }
  PetscCall(NetworkFinish(network));
  PetscFunctionReturn(0);
}

const NetworkType NetworkTypeLorenz96 = {.name = "lorenz96",
                                         .text = "circle, neuron i driven by i-2, i-1, i+1",
                                         .expected_synapses = expected_synapses,
                                         .generate = generate};
