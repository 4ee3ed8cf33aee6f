/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All types of steps, in the order of their application when no list of steps is given. */
#include "steps/step.h"

/* A line for each type. */
#define STEPS(step)                                                                                \
  step(StepClip) step(StepDetrend) step(StepDifference) step(StepCommonAverage) step(StepDecimate) \
      step(StepHighpass) step(StepDff) step(StepDeconvolve) step(StepEvents)

#define DECLARE(step) extern const Step step;
#define LIST(step)    &(step),
STEPS(DECLARE)
static const Step *const types[] = {STEPS(LIST)};

const Step *StepType(int k)
{
  return k < (int)PETSC_STATIC_ARRAY_LENGTH(types) ? types[k] : NULL;
}
