/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SETUP_H
#define CAUSEWAY_SETUP_H

#include "causeway/causeway.h"

/* An activity of series that every rank has whole: (n, n_samples). */
static inline PetscErrorCode setup_activity(int n, int n_samples, const double *series,
                                            Activity *activity)
{
  Partition part;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, n, &part));
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(ActivitySetValues(*activity, n, n_samples, series + part.first * n_samples));
  PetscFunctionReturn(0);
}

/* A regression as the options say, of a given order. */
static inline PetscErrorCode setup_granger(int order, Granger *granger)
{
  Parameters parameters;

  PetscFunctionBegin;
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, granger));
  PetscCall(ParametersCreate(PETSC_COMM_WORLD, &parameters));
  PetscCall(GrangerSetFromOptions(*granger, parameters, 1));
  PetscCall(ParametersDestroy(&parameters));
  PetscCall(GrangerSetOrder(*granger, order));
  PetscFunctionReturn(0);
}

#endif
