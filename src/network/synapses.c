/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Weights and delays of single synapses, and the turn of their storage from rows by target to rows by source. */
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

/* Drawn again until weight and delay are allowed; the numbers depend on target and synapse alone. */
Synapse NetworkDrawSynapse(Network network, int64_t target, int64_t k, int32_t source,
                           double weight)
{
  const double mean =
      NetworkIsExcitatory(network, source) ? network->delay_excitatory : network->delay_inhibitory;
  const PetscBool varies = network->weight_spread > 0 || network->delay_spread > 0;
  double drawn = weight, delay = PetscMax(mean, network->delay_minimum);
  PetscBool weight_open = network->weight_spread > 0, delay_open = network->delay_spread > 0;

  for (int64_t attempt = 0; varies && attempt < ATTEMPTS && (weight_open || delay_open);
       attempt++) {
    double normal[2];

    RandomNormal(network->seed, RANDOM_SYNAPSE, target, k + (attempt << 40), normal);
    if (weight_open) {
      drawn = weight * (1.0 + network->weight_spread * normal[0]);
      weight_open = drawn * weight < 0;
    }
    if (delay_open) {
      delay = mean * (1.0 + network->delay_spread * normal[1]);
      delay_open = delay < network->delay_minimum;
    }
  }
  return (Synapse){source, (float)drawn, NetworkDelaySteps(network, delay)};
}

/* Numbers the sources that this rank has, replaces them by their numbers, and counts the synapses of each. */
static PetscErrorCode number_sources(Network network)
{
  const int64_t n_global = network->partition.n_global;
  const int64_t n_synapses = network->row_start[network->partition.n_local];
  int32_t *number, n = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n_global, &number));
  for (int64_t k = 0; k < n_synapses; k++) {
    number[network->ends[k]] = 1;
  }
  for (int64_t j = 0; j < n_global; j++) {
    n += number[j];
  }
  network->n_sources = n;
  PetscCall(PetscMalloc1(n, &network->sources));
  PetscCall(PetscCalloc1(n + 1, &network->start));
  n = 0;
  for (int64_t j = 0; j < n_global; j++) {
    if (number[j]) {
      network->sources[n] = (int32_t)j;
      number[j] = n++;
    }
  }
  for (int64_t k = 0; k < n_synapses; k++) {
    network->ends[k] = number[network->ends[k]];
    network->start[network->ends[k] + 1]++;
  }
  for (int64_t q = 0; q < n; q++) {
    network->start[q + 1] += network->start[q];
  }
  PetscCall(PetscFree(number));
  PetscFunctionReturn(0);
}

/* Storage in rows that is to be turned: synapses start[o] .. start[o + 1] - 1 belong to row o, and synapse k goes to
   row ends[k], of which to_start says where it begins. */
typedef struct {
  int64_t n_from, n_to;
  const int64_t *start, *to_start;
  const int32_t *ends;
  int64_t *next; /* (n_to) */
} Turn;

static PetscErrorCode turn_words(const Turn *t, float **values)
{
  float *turned;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(t->start[t->n_from], &turned));
  PetscCall(PetscArraycpy(t->next, t->to_start, t->n_to));
  for (int64_t k = 0; k < t->start[t->n_from]; k++) {
    turned[t->next[t->ends[k]]++] = (*values)[k];
  }
  PetscCall(PetscFree(*values));
  *values = turned;
  PetscFunctionReturn(0);
}

static PetscErrorCode turn_delays(const Turn *t, uint16_t **values)
{
  uint16_t *turned;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(t->start[t->n_from], &turned));
  PetscCall(PetscArraycpy(t->next, t->to_start, t->n_to));
  for (int64_t k = 0; k < t->start[t->n_from]; k++) {
    turned[t->next[t->ends[k]]++] = (*values)[k];
  }
  PetscCall(PetscFree(*values));
  *values = turned;
  PetscFunctionReturn(0);
}

/* names: (n_from) what the rows are called; NULL for their numbers */
static PetscErrorCode turn_ends(const Turn *t, const int32_t *names, int32_t **ends)
{
  int32_t *turned;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(t->start[t->n_from], &turned));
  PetscCall(PetscArraycpy(t->next, t->to_start, t->n_to));
  for (int64_t o = 0; o < t->n_from; o++) {
    for (int64_t k = t->start[o]; k < t->start[o + 1]; k++) {
      turned[t->next[t->ends[k]]++] = names ? names[o] : (int32_t)o;
    }
  }
  PetscCall(PetscFree(*ends));
  *ends = turned;
  PetscFunctionReturn(0);
}

/* One column after the other, so that only one is there twice. */
static PetscErrorCode turn(Network network, Turn *t, const int32_t *names)
{
  PetscFunctionBegin;
  t->ends = network->ends;
  PetscCall(PetscMalloc1(t->n_to, &t->next));
  PetscCall(turn_words(t, &network->weights));
  if (network->has_delays) {
    PetscCall(turn_delays(t, &network->delays));
  }
  PetscCall(turn_ends(t, names, &network->ends));
  PetscCall(PetscFree(t->next));
  network->capacity = t->start[t->n_from];
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkOutgoing(Network network, OutgoingIndex *index)
{
  PetscFunctionBegin;
  if (!network->by_source) {
    Turn t = {.n_from = network->partition.n_local, .start = network->row_start};

    PetscCall(number_sources(network));
    t.n_to = network->n_sources;
    t.to_start = network->start;
    PetscCall(turn(network, &t, NULL));
    network->by_source = PETSC_TRUE;
  }
  *index = (OutgoingIndex){.n_sources = network->n_sources,
                           .sources = network->sources,
                           .start = network->start,
                           .targets = network->ends,
                           .weights = network->weights,
                           .delays = network->delays};
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkTurnToTargets(Network network)
{
  PetscFunctionBegin;
  if (network->by_source) {
    Turn t = {.n_from = network->n_sources,
              .n_to = network->partition.n_local,
              .start = network->start,
              .to_start = network->row_start};

    PetscCall(turn(network, &t, network->sources));
    PetscCall(PetscFree(network->sources));
    PetscCall(PetscFree(network->start));
    network->by_source = PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}
