/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NOISE_H
#define CAUSEWAY_NOISE_H

#include "causeway/causeway.h"

/* White noise: the work does not depend on the values. */
static inline PetscErrorCode noise_activity(int64_t n, int64_t n_samples, Activity *activity)
{
  Partition part;
  double *values, pair[2];

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, n, &part));
  PetscCall(PetscMalloc1(part.n_local * n_samples, &values));
  for (int64_t k = 0; k < part.n_local * n_samples; k += 2) {
    RandomNormal(1, RANDOM_INPUT_CURRENT, part.first + k / n_samples, k % n_samples, pair);
    values[k] = pair[0];
    values[k + 1] = pair[1];
  }
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(ActivitySetValues(*activity, n, n_samples, values));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

#endif
