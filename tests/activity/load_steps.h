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

/* Loads a file in the scratch folder, sampled every 10 ms, with options; values stay as the steps leave them. */
static inline PetscErrorCode load_steps(const char *file, const ParameterSetting options[],
                                        Activity *a)
{
  PetscFunctionBegin;
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, a));
  PetscCall(ActivitySetOptions(*a, SETTINGS({"activity", in_scratch(file)},
                                            {"activity_normalize", "none"},
                                            {"activity_interval", "10"})));
  PetscCall(ActivitySetOptions(*a, options));
  PetscCall(ActivityLoad(*a));
  PetscFunctionReturn(0);
}

#endif
