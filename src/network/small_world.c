/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Watts & Strogatz (1998), Nature 393:440, with directed edges on a circle: the sources of a neuron are its nearest
   neighbours, each of which is replaced by a random other neuron with the rewiring probability. */
#include "network_impl.h"

typedef struct {
  double rewiring; /* rewiring probability */
} Settings;

/* The k-th neighbour of a neuron: -1, +1, -2, +2, ... */
static int64_t neighbour(const Row *row, int64_t k)
{
  const int64_t n = row->network->partition.n_global, distance = k / 2 + 1;

  return (row->target + (k % 2 ? distance : n - distance)) % n;
}

static PetscErrorCode fill(Row *row)
{
  const Settings *settings = NetworkSettings(row->network);
  const int64_t indegree = row->network->indegree, others = row->network->partition.n_global - 1;
  int64_t n_left = others - indegree; /* neurons that are not sources */

  PetscFunctionBegin;
  for (int64_t k = 0; k < indegree; k++) {
    row->taken[neighbour(row, k)] = 1;
  }
  for (int64_t k = 0; k < indegree; k++) {
    int64_t source = neighbour(row, k);

    if (RowUniform(row) < settings->rewiring && n_left > 0) {
      row->taken[source] = 0;
      do {
        source = RowNeuron(row);
      } while (row->taken[source]);
    }
    PetscCall(RowAdd(row, source));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode generate(Network network)
{
  PetscFunctionBegin;
  PetscCall(NetworkGenerateRows(network, NetworkExpectIndegree(network), fill, NULL));
  PetscFunctionReturn(0);
}

static const ParameterSpec parameters[] = {
    {.key = "network_rewiring",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "0.1",
     .high = 1,
     .text = "Probability that a neighbour is replaced by any other neuron",
     PARAMETER_MEMBER(Settings, rewiring)},
    {.key = NULL}};

const NetworkType NetworkTypeSmallWorld = {.name = "small_world",
                                           .text = "neighbours on a circle, some of them replaced",
                                           .shared = NetworkIndegree,
                                           .own = parameters,
                                           .settings = sizeof(Settings),
                                           .check = NetworkCheckIndegree,
                                           .expected_synapses = NetworkExpectIndegree,
                                           .generate = generate};
