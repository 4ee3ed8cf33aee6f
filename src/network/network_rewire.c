/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/random.h"

#include <stdlib.h>

static int by_source(const void *a, const void *b)
{
  const int32_t x = ((const Synapse *)a)->source, y = ((const Synapse *)b)->source;

  return x < y ? -1 : (x > y ? 1 : 0);
}

/* Another source of the same kind for the synapse from j to i, or j itself without one. */
static int32_t other_source(Network from, const uint8_t *taken, uint32_t seed, int64_t i, int32_t j)
{
  enum { ATTEMPTS = 64 };
  const int64_t n = from->partition.n_global;
  double draw[2];

  for (int64_t attempt = 1; attempt <= ATTEMPTS; attempt++) {
    int64_t k;

    RandomUniform(seed, RANDOM_REWIRE, i * n + j, attempt, draw);
    k = PetscMin((int64_t)(draw[0] * (double)n), n - 1);
    if (k != i && !taken[k] && from->population[k] == from->population[j]) {
      return (int32_t)k;
    }
  }
  return j;
}

/* Rewires the synapses of one local target. The old source of a synapse is not taken by another synapse. */
static void rewire_row(Network from, double fraction, uint32_t seed, int64_t local, uint8_t *taken,
                       Synapse *row)
{
  const int64_t start = from->row_start[local], count = from->row_start[local + 1] - start;
  const int64_t i = from->partition.first + local, n = from->partition.n_global;

  for (int64_t k = 0; k < count; k++) {
    taken[from->ends[start + k]] = 1;
  }
  for (int64_t k = 0; k < count; k++) {
    const int32_t j = from->ends[start + k];
    double draw[2];

    RandomUniform(seed, RANDOM_REWIRE, i * n + j, 0, draw);
    row[k] = (Synapse){draw[0] < fraction ? other_source(from, taken, seed, i, j) : j,
                       from->weights[start + k],
                       from->has_delays ? from->delays[start + k] : (uint16_t)0};
    taken[row[k].source] = 1;
  }
  for (int64_t k = 0; k < count; k++) { /* reset for the next row */
    taken[from->ends[start + k]] = taken[row[k].source] = 0;
  }
  qsort(row, (size_t)count, sizeof(*row), by_source);
}

PetscErrorCode NetworkRewire(Network from, double fraction, uint32_t seed, Network *rewired)
{
  const int64_t n = from->partition.n_global, n_local = from->partition.n_local;
  Network to;
  uint8_t *taken;
  Synapse *row;

  PetscFunctionBegin;
  PetscCall(NetworkTurnToTargets(from));
  PetscCall(NetworkCreateLike(from, n, &to));
  PetscCall(PetscArraycpy(to->population, from->population, n));
  if (from->identity.id) {
    PetscCall(PetscMalloc1(n, &to->identity.id));
    PetscCall(PetscArraycpy(to->identity.id, from->identity.id, n));
  }
  PetscCall(PetscArraycpy(to->row_start, from->row_start, n_local + 1));
  PetscCall(NetworkReserve(to, PetscMax(1, from->row_start[n_local])));
  PetscCall(PetscMalloc2(n, &taken, n, &row));
  PetscCall(PetscArrayzero(taken, n));
  for (int64_t local = 0; local < n_local; local++) {
    const int64_t start = from->row_start[local], count = from->row_start[local + 1] - start;

    rewire_row(from, fraction, seed, local, taken, row);
    for (int64_t k = 0; k < count; k++) {
      PetscCall(NetworkAppend(to, start + k, row[k]));
    }
  }
  PetscCall(PetscFree2(taken, row));
  PetscCall(NetworkFinish(to));
  to->is_set_up = PETSC_TRUE;
  *rewired = to;
  PetscFunctionReturn(0);
}
