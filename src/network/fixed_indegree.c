/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"

/* All sets of this many sources are equally likely. For large indegrees, the neurons that are left out are drawn. */
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

PetscErrorCode NetworkCheckIndegree(Network network, Parameters parameters)
{
  const int64_t n = NetworkTotal(network);

  PetscFunctionBegin;
  (void)parameters;
  UserCheck(network->indegree < n,
            "network_indegree = %lld: exceeds the %lld other neurons that can be sources",
            (long long)network->indegree, (long long)n - 1);
  PetscFunctionReturn(0);
}

static PetscErrorCode generate(Network network)
{
  PetscFunctionBegin;
  PetscCall(NetworkGenerateRows(network, NetworkExpectIndegree(network), fill, NULL));
  PetscFunctionReturn(0);
}

const ParameterSpec NetworkIndegree[] = {{.key = "network_indegree",
                                          .kind = PARAMETER_INTEGER,
                                          .unit = "1",
                                          .standard = "4",
                                          .high = INT32_MAX / 2,
                                          .text = "Number of sources of every neuron",
                                          PARAMETER_MEMBER(struct _p_Network, indegree)},
                                         {.key = NULL}};

const NetworkType NetworkTypeFixedIndegree = {.name = "fixed_indegree",
                                              .text =
                                                  "every neuron has equally many random sources",
                                              .shared = NetworkIndegree,
                                              .check = NetworkCheckIndegree,
                                              .expected_synapses = NetworkExpectIndegree,
                                              .generate = generate};
