/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_STEPS_H
#define CAUSEWAY_STEPS_H

#include "activity_impl.h"

extern const PreprocessStep StepClip, StepDetrend, StepDifference, StepCommonAverage, StepDecimate,
    StepDff, StepDeconvolve, StepEvents;

/* Centers or normalises the series of the local neurons. Not collective. */
PetscErrorCode NormalizeApply(Activity activity);

/*@
  StepPieces - calls `change` for each piece of each local neuron

  Collective; the first error ends it and is agreed on
  Input: change - of n samples of a neuron (global index, for messages) in place
@*/
typedef PetscErrorCode (*StepChange)(Activity activity, int64_t neuron, int64_t n, double x[]);
PetscErrorCode StepPieces(Activity activity, StepChange change);

/* Samples of a time [ms] for the parameter `key`; an error when the time between samples is not known. */
PetscErrorCode StepSamples(Activity activity, const char *key, double ms, double *samples);

#endif
