/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Sorts the storage from rows by target to rows by source and back, in place. */
#include "network_impl.h"

#include "causeway/memory.h"

/* Numbers the sources on this rank, replaces them by their numbers, and counts the synapses of each. */
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

/* The sort: synapses start[o] .. start[o + 1] - 1 belong to the old row o; synapse k goes to the new row ends[k], which
   begins at to_start. */
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

/* names: (n_from) values that replace the numbers of the old rows; NULL for the numbers */
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

/* Sorts one column after the other, so that only one exists twice at a time. */
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

PetscErrorCode NetworkRow(Network network, int64_t local_target, int64_t *count,
                          const int32_t **sources, const float **weights)
{
  int64_t start = network->row_start[local_target];

  PetscFunctionBegin;
  PetscCall(NetworkTurnToTargets(network));
  *count = network->row_start[local_target + 1] - start;
  /* pointers may be NULL when the rank has no synapses */
  *sources = network->ends ? network->ends + start : NULL;
  *weights = network->weights ? network->weights + start : NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkRowDelays(Network network, int64_t local_target, const uint16_t **delays)
{
  PetscFunctionBegin;
  PetscCall(NetworkTurnToTargets(network));
  *delays = network->delays ? network->delays + network->row_start[local_target] : NULL;
  PetscFunctionReturn(0);
}
