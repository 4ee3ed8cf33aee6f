/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/observed.h"

#include "causeway/random.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  double key;
  int64_t index;
} Card;

static int by_key(const void *a, const void *b)
{
  const Card *x = (const Card *)a, *y = (const Card *)b;

  if (x->key != y->key) {
    return x->key < y->key ? -1 : 1;
  }
  return x->index < y->index ? -1 : (x->index > y->index ? 1 : 0);
}

static int by_index(const void *a, const void *b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

  return x < y ? -1 : (x > y ? 1 : 0);
}

int64_t ObservedCount(int64_t n_all, double fraction)
{
  const int64_t n = (int64_t)llround(fraction * (double)n_all);

  return PetscMin(n_all, PetscMax(n, 2));
}

PetscErrorCode ObservedDraw(int64_t n_all, double fraction, uint32_t seed, Observed *observed)
{
  Card *cards;

  PetscFunctionBegin;
  *observed = (Observed){n_all, ObservedCount(n_all, fraction), NULL};
  if (observed->n == n_all) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(n_all, &cards));
  for (int64_t k = 0; k < n_all; k++) {
    double draw[2];

    RandomUniform(seed, RANDOM_OBSERVED, k, 0, draw);
    cards[k] = (Card){draw[0], k};
  }
  qsort(cards, (size_t)n_all, sizeof(*cards), by_key);
  PetscCall(PetscMalloc1(observed->n, &observed->index));
  for (int64_t k = 0; k < observed->n; k++) {
    observed->index[k] = cards[k].index;
  }
  qsort(observed->index, (size_t)observed->n, sizeof(int64_t), by_index);
  PetscCall(PetscFree(cards));
  PetscFunctionReturn(0);
}

PetscErrorCode ObservedDestroy(Observed *observed)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(observed->index));
  PetscFunctionReturn(0);
}

int64_t ObservedBelow(const Observed *observed, int64_t index)
{
  int64_t low = 0, high = observed->n;

  if (!observed->index) {
    return PetscMin(index, observed->n);
  }
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;

    if (observed->index[middle] < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

PetscBool ObservedHas(const Observed *observed, int64_t index)
{
  const int64_t below = ObservedBelow(observed, index);

  return below < observed->n && (!observed->index || observed->index[below] == index) ? PETSC_TRUE
                                                                                      : PETSC_FALSE;
}
