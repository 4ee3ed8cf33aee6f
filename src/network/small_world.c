/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Watts & Strogatz (1998), Nature 393:440, with directed edges: on a circle, the sources of a neuron are its nearest
   neighbours, each of which is replaced by any other neuron with the probability of rewiring. */
#include "network_impl.h"

/* Number k of the neighbours of a neuron: -1, +1, -2, +2, ... */
static int64_t neighbour(const Row *row, int64_t k)
{
  const int64_t n = row->network->partition.n_global, distance = k / 2 + 1;

  return (row->target + (k % 2 ? distance : n - distance)) % n;
}

static PetscErrorCode fill(Row *row)
{
  const int64_t indegree = row->network->indegree, others = row->network->partition.n_global - 1;
  int64_t n_left = others - indegree; /* neurons that are no source */

  PetscFunctionBegin;
  for (int64_t k = 0; k < indegree; k++) {
    row->taken[neighbour(row, k)] = 1;
  }
  for (int64_t k = 0; k < indegree; k++) {
    int64_t source = neighbour(row, k);

    if (RowUniform(row) < row->network->rewiring && n_left > 0) {
      row->taken[source] = 0;
      do {
        source = RowNeuron(row);
      } while (row->taken[source]);
    }
    PetscCall(RowAdd(row, source));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkGenerateSmallWorld(Network network)
{
  PetscFunctionBegin;
  PetscCall(NetworkGenerateRows(network, NetworkExpectIndegree(network), fill, NULL));
  PetscFunctionReturn(0);
}
