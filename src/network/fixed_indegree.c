/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"

/* All sets of so many sources are equally likely: of many, those that are left out are drawn. */
static PetscErrorCode fill(Row *row)
{
  const int64_t n = row->network->partition.n_global, indegree = row->network->indegree;
  const PetscBool draws_missing = indegree > n / 2 ? PETSC_TRUE : PETSC_FALSE;
  const int64_t n_drawn = draws_missing ? n - 1 - indegree : indegree;

  PetscFunctionBegin;
  while (row->n < n_drawn) {
    const int64_t source = RowNeuron(row);

    if (!row->taken[source]) {
      PetscCall(RowAdd(row, source));
    }
  }
  if (draws_missing) {
    row->n = 0;
    for (int64_t j = 0; j < n; j++) {
      const uint8_t missing = row->taken[j];

      row->taken[j] = 0;
      if (!missing && j != row->target) {
        PetscCall(RowAdd(row, j));
      }
    }
  }
  PetscFunctionReturn(0);
}

double NetworkExpectIndegree(Network network)
{
  return (double)network->indegree * (double)NetworkTotal(network);
}

PetscErrorCode NetworkCheckIndegree(Network network)
{
  const int64_t n = NetworkTotal(network);

  PetscFunctionBegin;
  UserCheck(network->indegree < n,
            "network_indegree = %lld: a neuron cannot have more sources than the %lld others",
            (long long)network->indegree, (long long)n - 1);
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkGenerateFixedIndegree(Network network)
{
  PetscFunctionBegin;
  PetscCall(NetworkGenerateRows(network, NetworkExpectIndegree(network), fill, NULL));
  PetscFunctionReturn(0);
}
