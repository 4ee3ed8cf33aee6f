/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step common_average: subtracts the common signal of all neurons. */
#include "steps/step.h"

/* Number of samples of one reduction. */
enum { BLOCK = 1 << 20 };

/* Subtracts at each sample the mean over all neurons, with equal weights. */
static PetscErrorCode apply(Activity a, const void *settings)
{
  const int64_t block = PetscMin(BLOCK, a->n_samples);
  double *mean;

  PetscFunctionBegin;
  (void)settings;
  PetscCall(PetscMalloc1(block, &mean));
  for (int64_t first = 0; first < a->n_samples; first += block) {
    const int64_t n = PetscMin(block, a->n_samples - first);

    PetscCall(PetscArrayzero(mean, n));
    for (int64_t i = 0; i < a->partition.n_local; i++) {
      for (int64_t t = 0; t < n; t++) {
        mean[t] += a->values[i * a->n_samples + first + t];
      }
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, mean, (int)n, MPI_DOUBLE, MPI_SUM, a->comm));
    for (int64_t i = 0; i < a->partition.n_local; i++) {
      for (int64_t t = 0; t < n; t++) {
        a->values[i * a->n_samples + first + t] -= mean[t] / (double)a->partition.n_global;
      }
    }
  }
  PetscCall(PetscFree(mean));
  PetscFunctionReturn(0);
}

const Step StepCommonAverage = {.name = "common_average",
                                .text = "mean of all neurons subtracted at each sample",
                                .apply = apply,
                                .loses_rank = PETSC_TRUE};
