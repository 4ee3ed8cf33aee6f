/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steps.h"

static PetscErrorCode clip_piece(Activity a, int64_t neuron, int64_t n, double x[])
{
  (void)neuron;
  for (int64_t t = 0; t < n; t++) {
    x[t] = x[t] > a->clip ? a->clip : x[t];
  }
  return 0;
}

static PetscErrorCode apply(Activity a)
{
  PetscFunctionBegin;
  PetscCall(StepPieces(a, clip_piece));
  PetscFunctionReturn(0);
}

const PreprocessStep StepClip = {.name = "clip", .apply = apply, .bends = PETSC_TRUE};
