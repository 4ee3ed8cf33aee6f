/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Random weights and delays of single synapses. */
#include "network_impl.h"

#include "causeway/random.h"

#include <math.h>

enum { ATTEMPTS = 1000 };

double NetworkSynapseBytes(Network network)
{
  return network->has_delays ? 10.0 : 8.0;
}

double NetworkLongestDelay(Network network)
{
  const double mean = PetscMax(network->delay_excitatory, network->delay_inhibitory);

  return PetscMax(network->delay_minimum, mean * (1.0 + 5.0 * network->delay_spread));
}

uint16_t NetworkDelaySteps(Network network, double delay_ms)
{
  const double steps = floor(delay_ms / network->delay_step + 0.5);

  return (uint16_t)PetscMax(0.0, PetscMin(steps, UINT16_MAX));
}

uint16_t NetworkDefaultDelay(Network network, double weight)
{
  const double mean = weight < 0 ? network->delay_inhibitory : network->delay_excitatory;

  return NetworkDelaySteps(network, PetscMax(mean, network->delay_minimum));
}

/* Weight at `normal` standard deviations from the mean; returns whether its sign is allowed. */
static PetscBool draw_weight(Network network, double mean, float normal, double *weight)
{
  *weight = mean * (1.0 + network->weight_spread * (double)normal);
  return *weight * mean >= 0 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscBool draw_delay(Network network, double mean, float normal, double *delay)
{
  *delay = mean * (1.0 + network->delay_spread * (double)normal);
  return *delay >= network->delay_minimum ? PETSC_TRUE : PETSC_FALSE;
}

/* Draws synapse k of a target. Its four normal numbers allow two attempts for weight and delay each; then new numbers are
   drawn. The mean is used when no attempt succeeds. */
static Synapse draw_synapse(Network network, int64_t target, int64_t k, int32_t source, double mean,
                            const float normals[4])
{
  const double mean_delay =
      NetworkIsExcitatory(network, source) ? network->delay_excitatory : network->delay_inhibitory;
  double weight = mean, delay = PetscMax(mean_delay, network->delay_minimum);
  PetscBool has_weight = draw_weight(network, mean, normals[0], &weight) ||
                                 draw_weight(network, mean, normals[2], &weight)
                             ? PETSC_TRUE
                             : PETSC_FALSE;
  PetscBool has_delay = draw_delay(network, mean_delay, normals[1], &delay) ||
                                draw_delay(network, mean_delay, normals[3], &delay)
                            ? PETSC_TRUE
                            : PETSC_FALSE;

  for (int64_t attempt = 1; attempt < ATTEMPTS && !(has_weight && has_delay); attempt++) {
    double again[2];

    RandomNormal(network->seed, RANDOM_SYNAPSE, k + (attempt << 40), target, again);
    has_weight = has_weight || draw_weight(network, mean, (float)again[0], &weight);
    has_delay = has_delay || draw_delay(network, mean_delay, (float)again[1], &delay);
  }
  return (Synapse){source, (float)(has_weight ? weight : mean),
                   NetworkDelaySteps(network, has_delay ? delay : network->delay_minimum)};
}

PetscErrorCode NetworkAppendRow(Network network, int64_t at, int64_t target, int64_t k, int64_t n,
                                const int32_t sources[], const double *mean)
{
  enum { RUN = 256 };
  const PetscBool varies = network->weight_spread > 0 || network->delay_spread > 0;
  float drawn[4][RUN] = {{0}}, *const normals[4] = {drawn[0], drawn[1], drawn[2], drawn[3]};

  PetscFunctionBegin;
  for (int64_t done = 0; done < n; done += RUN) {
    const int64_t count = PetscMin(RUN, n - done);

    if (varies) {
      RandomNormals(network->seed, RANDOM_SYNAPSE, k + done, count, target, normals);
    }
    for (int64_t m = 0; m < count; m++) {
      const int32_t source = sources[done + m];
      const float four[4] = {drawn[0][m], drawn[1][m], drawn[2][m], drawn[3][m]};
      const double kind = NetworkIsExcitatory(network, source) ? network->weight_excitatory
                                                               : network->weight_inhibitory;

      PetscCall(NetworkAppend(
          network, at + done + m,
          draw_synapse(network, target, k + done + m, source, mean ? *mean : kind, four)));
    }
  }
  PetscFunctionReturn(0);
}
