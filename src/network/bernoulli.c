/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include <math.h>

/* The gaps between the sources of a row are geometric, so a row needs only p N random numbers. */
static PetscErrorCode fill(Row *row)
{
  const int64_t n_candidates =
      row->network->partition.n_global - 1; /* all neurons except the target */
  const double p = row->network->probability, log_miss = log1p(-p);
  int64_t candidate = -1;

  PetscFunctionBegin;
  while (p > 0) {
    const double gap = p < 1.0 ? floor(log(RowUniform(row)) / log_miss) : 0;

    if (gap >= (double)(n_candidates - 1 - candidate)) {
      break;
    }
    candidate += 1 + (int64_t)gap;
    PetscCall(RowAdd(row, candidate + (candidate >= row->target ? 1 : 0)));
  }
  PetscFunctionReturn(0);
}

static double expected_synapses(Network network)
{
  const double n = (double)NetworkTotal(network);

  return network->probability * n * (n - 1.0);
}

static PetscErrorCode generate(Network network)
{
  PetscFunctionBegin;
  PetscCall(NetworkGenerateRows(network, expected_synapses(network), fill, NULL));
  PetscFunctionReturn(0);
}

const ParameterSpec NetworkProbability[] = {
    {.key = "network_probability",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "0.4",
     .high = 1,
     .text = "Probability of a synapse for every ordered pair of neurons; with type distance, of "
             "neurons at the same place",
     PARAMETER_MEMBER(struct _p_Network, probability)},
    {.key = NULL}};

const NetworkType NetworkTypeBernoulli = {.name = "bernoulli",
                                          .text =
                                              "every ordered pair of neurons has one probability",
                                          .shared = NetworkProbability,
                                          .expected_synapses = expected_synapses,
                                          .generate = generate};
