/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SETUP_H
#define CAUSEWAY_SETUP_H

#include "check.h"

/* An activity of series that every rank has whole: (n, n_samples). */
static inline PetscErrorCode setup_activity(MPI_Comm comm, int n, int n_samples,
                                            const double *series, Activity *activity)
{
  Partition part;

  PetscFunctionBegin;
  PetscCall(PartitionMake(comm, n, &part));
  PetscCall(ActivityCreate(comm, activity));
  PetscCall(ActivitySetValues(*activity, n, n_samples, series + part.first * n_samples));
  PetscFunctionReturn(0);
}

/* A published recording, z-scored and clipped, as a user reads it. */
static inline PetscErrorCode setup_published(MPI_Comm comm, const char *file, const char *group,
                                             Activity *activity)
{
  char source[8192];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(source, sizeof(source), "%s:%s/v", file, group));
  PetscCall(ActivityCreate(comm, activity));
  PetscCall(ActivitySetOptions(*activity, SETTINGS({"activity", source}, {"activity_clip", "30"})));
  PetscCall(ActivityLoad(*activity));
  PetscFunctionReturn(0);
}

/* A regression of a given order. */
static inline PetscErrorCode setup_granger(MPI_Comm comm, int order,
                                           const ParameterSetting settings[], Granger *granger)
{
  PetscFunctionBegin;
  PetscCall(GrangerCreate(comm, granger));
  PetscCall(GrangerSetOptions(*granger, settings));
  PetscCall(GrangerSetOrder(*granger, order));
  PetscFunctionReturn(0);
}

#endif
