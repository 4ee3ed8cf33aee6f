/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Weights and delays of single synapses, and the turn of their storage from rows by target to rows by source. */
#include "network_impl.h"

#include "causeway/memory.h"
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

/* What is left of the mean in `normal` standard deviations, and whether it is allowed. */
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

/* Number k of a target's synapses, with its four normal numbers: two attempts for weight and delay. What is still not
   allowed then is drawn again; the mean when that never succeeds. */
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
  int64_t n_from, n_to, capacity;
  const int64_t *start, *to_start;
  const int32_t *ends;
  int64_t *next; /* (n_to) */
} Turn;

static PetscErrorCode turn_words(const Turn *t, float **values)
{
  float *turned = NULL;

  PetscFunctionBegin;
  PetscCall(MemoryResize(0, (size_t)t->start[t->n_from] * sizeof(*turned), &turned));
  PetscCall(PetscArraycpy(t->next, t->to_start, t->n_to));
  for (int64_t k = 0; k < t->start[t->n_from]; k++) {
    turned[t->next[t->ends[k]]++] = (*values)[k];
  }
  PetscCall(MemoryResize((size_t)t->capacity * sizeof(*turned), 0, values));
  *values = turned;
  PetscFunctionReturn(0);
}

static PetscErrorCode turn_delays(const Turn *t, uint16_t **values)
{
  uint16_t *turned = NULL;

  PetscFunctionBegin;
  PetscCall(MemoryResize(0, (size_t)t->start[t->n_from] * sizeof(*turned), &turned));
  PetscCall(PetscArraycpy(t->next, t->to_start, t->n_to));
  for (int64_t k = 0; k < t->start[t->n_from]; k++) {
    turned[t->next[t->ends[k]]++] = (*values)[k];
  }
  PetscCall(MemoryResize((size_t)t->capacity * sizeof(*turned), 0, values));
  *values = turned;
  PetscFunctionReturn(0);
}

/* names: (n_from) what the rows are called; NULL for their numbers */
static PetscErrorCode turn_ends(const Turn *t, const int32_t *names, int32_t **ends)
{
  int32_t *turned = NULL;

  PetscFunctionBegin;
  PetscCall(MemoryResize(0, (size_t)t->start[t->n_from] * sizeof(*turned), &turned));
  PetscCall(PetscArraycpy(t->next, t->to_start, t->n_to));
  for (int64_t o = 0; o < t->n_from; o++) {
    for (int64_t k = t->start[o]; k < t->start[o + 1]; k++) {
      turned[t->next[t->ends[k]]++] = names ? names[o] : (int32_t)o;
    }
  }
  PetscCall(MemoryResize((size_t)t->capacity * sizeof(*turned), 0, ends));
  *ends = turned;
  PetscFunctionReturn(0);
}

/* One column after the other, so that only one is there twice. */
static PetscErrorCode turn(Network network, Turn *t, const int32_t *names)
{
  PetscFunctionBegin;
  t->ends = network->ends;
  t->capacity = network->capacity;
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
