/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OBSERVED_H
#define CAUSEWAY_OBSERVED_H

#include "causeway/declare.h"
#include "causeway/partition.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* A subset of neurons that is observed; the other neurons of the population are unobserved. */
typedef struct {
  int64_t n_all, n; /* n_all INT64_MAX: the index holds ids, and the population's size is unknown */
  int64_t *index;   /* (n) ascending, on every rank; NULL for 0, 1, ..., n - 1 */
} Observed;

/*@
  ObservedDraw - draws round(fraction n_all) random neurons, at least two

  Not collective; the same on every rank
  Input:  fraction - in (0, 1]; 1 observes all
          seed     - random seed
  Output: observed - freed with ObservedDestroy()
  Cost:   a sort of n_all numbers, 24 n_all bytes during the call
@*/
PetscErrorCode ObservedDraw(int64_t n_all, double fraction, uint32_t seed, Observed *observed);
PetscErrorCode ObservedDestroy(Observed *observed);

/* Number of observed neurons with a number below `index`. Not collective. */
int64_t ObservedBelow(const Observed *observed, int64_t index);

/* Whether neuron `index` is observed. Not collective. */
PetscBool ObservedHas(const Observed *observed, int64_t index);

/* Number of neurons that ObservedDraw() draws from n_all. Not collective. */
int64_t ObservedCount(int64_t n_all, double fraction);

CAUSEWAY_END_DECLARATIONS

#endif
