/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/random.h"

#include <stdlib.h>

typedef struct {
  int32_t source;
  double weight;
} Synapse;

static int by_source(const void *a, const void *b)
{
  const int32_t x = ((const Synapse *)a)->source, y = ((const Synapse *)b)->source;

  return x < y ? -1 : (x > y ? 1 : 0);
}

/* Another source of the same kind for the synapse from j to i, or j itself when none is found. */
static int32_t other_source(Network from, const uint8_t *taken, uint32_t seed, int64_t i, int32_t j)
{
  enum { ATTEMPTS = 64 };
  const int64_t n = from->partition.n_global;
  double draw[2];

  for (int64_t attempt = 1; attempt <= ATTEMPTS; attempt++) {
    int64_t k;

    RandomUniform(seed, RANDOM_REWIRE, i * n + j, attempt, draw);
    k = PetscMin((int64_t)(draw[0] * (double)n), n - 1);
    if (k != i && !taken[k] && from->inhibitory[k] == from->inhibitory[j]) {
      return (int32_t)k;
    }
  }
  return j;
}

/* The synapses of one local target. A source that a synapse leaves is not taken by another. */
static void rewire_row(Network from, double fraction, uint32_t seed, int64_t local, uint8_t *taken,
                       Synapse *row)
{
  const int64_t start = from->row_start[local], count = from->row_start[local + 1] - start;
  const int64_t i = from->partition.first + local, n = from->partition.n_global;

  for (int64_t k = 0; k < count; k++) {
    taken[from->sources[start + k]] = 1;
  }
  for (int64_t k = 0; k < count; k++) {
    const int32_t j = from->sources[start + k];
    double draw[2];

    RandomUniform(seed, RANDOM_REWIRE, i * n + j, 0, draw);
    row[k] = (Synapse){draw[0] < fraction ? other_source(from, taken, seed, i, j) : j,
                       from->weights[start + k]};
    taken[row[k].source] = 1;
  }
  for (int64_t k = 0; k < count; k++) { /* for the next row */
    taken[from->sources[start + k]] = taken[row[k].source] = 0;
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
  PetscCall(NetworkCreate(from->comm, &to));
  PetscCall(NetworkSetSize(to, n));
  PetscCall(PetscArraycpy(to->inhibitory, from->inhibitory, n));
  PetscCall(PetscArraycpy(to->row_start, from->row_start, n_local + 1));
  PetscCall(NetworkReserve(to, PetscMax(1, from->row_start[n_local])));
  PetscCall(PetscMalloc2(n, &taken, n, &row));
  PetscCall(PetscArrayzero(taken, n));
  for (int64_t local = 0; local < n_local; local++) {
    const int64_t start = from->row_start[local], count = from->row_start[local + 1] - start;

    rewire_row(from, fraction, seed, local, taken, row);
    for (int64_t k = 0; k < count; k++) {
      to->sources[start + k] = row[k].source;
      to->weights[start + k] = row[k].weight;
    }
  }
  PetscCall(PetscFree2(taken, row));
  PetscCall(NetworkFinish(to));
  to->is_set_up = PETSC_TRUE;
  *rewired = to;
  PetscFunctionReturn(0);
}
