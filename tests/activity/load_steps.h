/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TESTS_LOAD_STEPS_H
#define CAUSEWAY_TESTS_LOAD_STEPS_H

#include "recording.h"

/* Reproducible noise. */
static inline double normal(int64_t i, int64_t t)
{
  double pair[2];

  RandomNormal(3, RANDOM_INPUT_CURRENT, i, t, pair);
  return pair[0];
}

/* True of a sample in every `mean` ones. */
static inline int occurs(int64_t i, int64_t t, double mean)
{
  double pair[2];

  RandomUniform(4, RANDOM_INPUT_CURRENT, i, t, pair);
  return pair[0] * mean < 1;
}

/* Loads a file in the scratch folder, sampled every 10 ms, with options "-key", "value", ..., NULL; values stay as the
   steps leave them. */
static inline PetscErrorCode load_steps(const char *file, const char *const options[], Activity *a)
{
  static const char *const always[] = {"-activity_normalize", "none", "-activity_interval", "10",
                                       NULL};
  Parameters parameters;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(set_word("-activity", in_scratch(file)));
  for (int k = 0; always[k]; k += 2) {
    PetscCall(set_word(always[k], always[k + 1]));
  }
  for (int k = 0; options[k]; k += 2) {
    PetscCall(set_word(options[k], options[k + 1]));
  }
  PetscCall(ParametersCreate(PETSC_COMM_WORLD, &parameters));
  PetscCall(ParametersSection(parameters, "activity", PETSC_TRUE));
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, a));
  status = ActivitySetFromOptions(*a, parameters, 0);
  PetscCall(ParametersDestroy(&parameters));
  status = status ? status : ActivityLoad(*a);
  for (int k = 0; options[k]; k += 2) {
    PetscCall(PetscOptionsClearValue(NULL, options[k]));
  }
  PetscFunctionReturn(status);
}

#endif
