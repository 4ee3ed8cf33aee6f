/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/random.h"

#include <math.h>

/* The gaps between the sources of a row are geometric, so a row costs p N draws and not N. The
   draws are keyed by (target, number of the draw): the network does not depend on the partition. */
static PetscErrorCode generate_row(Network network, int64_t target, int64_t *count)
{
  const int64_t n_candidates = network->partition.n_global - 1; /* all neurons but the target */
  const double p = network->probability, log_miss = log1p(-p);
  double uniform[2] = {0, 0};
  int64_t candidate = -1;

  PetscFunctionBegin;
  for (int64_t draw = 0; p > 0; draw++) {
    int64_t source;
    double gap = 0;

    if (p < 1.0) {
      if (draw % 2 == 0) {
        RandomUniform(network->seed, RANDOM_CONNECTIVITY, target, draw / 2, uniform);
      }
      gap = floor(log(uniform[draw % 2]) / log_miss);
    }
    if (gap >= (double)(n_candidates - 1 - candidate)) {
      break;
    }
    candidate += 1 + (int64_t)gap;
    source = candidate + (candidate >= target ? 1 : 0);
    PetscCall(NetworkAppend(network, *count, (int32_t)source,
                            NetworkIsExcitatory(network, source) ? network->weight_excitatory
                                                                 : network->weight_inhibitory));
    (*count)++;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkGenerateBernoulli(Network network)
{
  int64_t count = 0;
  double expected;

  PetscFunctionBegin;
  PetscCall(NetworkSetSize(network, network->n_excitatory + network->n_inhibitory));
  for (int64_t j = network->n_excitatory; j < network->partition.n_global; j++) {
    network->inhibitory[j] = 1;
  }
  expected = network->probability * (double)network->partition.n_local *
             (double)(network->partition.n_global - 1);
  PetscCall(NetworkReserve(network, (int64_t)(expected + 5.0 * sqrt(expected)) + 1));
  for (int64_t i = 0; i < network->partition.n_local; i++) {
    PetscCall(generate_row(network, network->partition.first + i, &count));
    network->row_start[i + 1] = count;
  }
  PetscCall(NetworkFinish(network));
  PetscFunctionReturn(0);
}
