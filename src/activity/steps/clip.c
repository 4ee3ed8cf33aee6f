/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step clip: larger values are set to a given value, so that all spikes have the same height. */
#include "steps/step.h"

#include "causeway/error.h"

#include <math.h>

typedef struct {
  double value; /* infinite: not used */
} Clip;

static const ParameterWord words[] = {{"none", "no value is changed", INFINITY}, {NULL, NULL, 0}};

static const ParameterSpec parameters[] = {
    {.key = "activity_clip",
     .kind = PARAMETER_REAL,
     .unit = "unit of the source",
     .standard = "none",
     .low = -1e308,
     .high = 1e308,
     .words = words,
     .text = "Value to which larger ones are set; what reaches it in the source is an event",
     .prepares = PETSC_TRUE,
     .needs = "activity_steps=auto|clip",
     .priority = 4,
     PARAMETER_MEMBER(Clip, value)},
    {.key = NULL}};

static PetscBool asks(const void *settings)
{
  const Clip *clip = settings;

  return isfinite(clip->value) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode check(const void *settings, Parameters p)
{
  PetscFunctionBegin;
  UserCheck(asks(settings), "%s: the step clip needs a value; give activity_clip",
            ParametersSource(p, "activity_steps"));
  PetscFunctionReturn(0);
}

static PetscErrorCode clip_piece(Activity a, const void *settings, int64_t neuron, int64_t n,
                                 double x[])
{
  const double value = ((const Clip *)settings)->value;

  (void)a;
  (void)neuron;
  for (int64_t t = 0; t < n; t++) {
    x[t] = x[t] > value ? value : x[t];
  }
  return 0;
}

static PetscErrorCode apply(Activity a, const void *settings)
{
  PetscFunctionBegin;
  PetscCall(StepPieces(a, settings, clip_piece));
  PetscFunctionReturn(0);
}

static PetscBool level(const void *settings, double *value)
{
  *value = ((const Clip *)settings)->value;
  return PETSC_TRUE;
}

const Step StepClip = {.name = "clip",
                       .text = "larger values become activity_clip",
                       .parameters = parameters,
                       .size = sizeof(Clip),
                       .asks = asks,
                       .check = check,
                       .apply = apply,
                       .level = level,
                       .exact = PETSC_TRUE,
                       .bends = PETSC_TRUE};
