/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OBSERVED_H
#define CAUSEWAY_OBSERVED_H

#include "causeway/partition.h"

/* Neurons that are observed, of a larger population that goes on without being seen. */
typedef struct {
  int64_t n_all, n; /* INT64_MAX: the index is of ids, of a population whose size is not known */
  int64_t *index;   /* (n) ascending, on every rank; NULL for 0, 1, ..., n - 1 */
} Observed;

/*@
  ObservedDraw - round(fraction n_all) of the neurons, at least two, at random

  Not collective; the same everywhere
  Input:  fraction - in (0, 1]; 1 observes all
  Output: observed - ended with ObservedDestroy()
  Cost:   a sort of n_all numbers, 24 n_all bytes for a while
@*/
PetscErrorCode ObservedDraw(int64_t n_all, double fraction, uint32_t seed, Observed *observed);
PetscErrorCode ObservedDestroy(Observed *observed);

/* Of all neurons, those below `index` that are observed; not collective. */
int64_t ObservedBelow(const Observed *observed, int64_t index);

/* Whether neuron `index` is observed; not collective. */
PetscBool ObservedHas(const Observed *observed, int64_t index);

/* Observed neurons of a population of n_all. Not collective. */
int64_t ObservedCount(int64_t n_all, double fraction);

#endif
