/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKING_SETUP_H
#define CAUSEWAY_SPIKING_SETUP_H

#include "check.h"

#include "simulation_impl.h"

/* A simulation from options as a user gives them, "-key value ...". */
typedef struct {
  Network network;
  Simulation simulation;
  Spiking *spiking; /* within it */
} Made;

static inline PetscErrorCode made_create(MPI_Comm comm, const char *options, Made *made)
{
  Parameters p;

  PetscFunctionBegin;
  PetscCall(PetscOptionsClear(NULL));
  PetscCall(PetscOptionsInsertString(NULL, options));
  PetscCall(ParametersCreate(comm, &p));
  PetscCall(NetworkCreate(comm, &made->network));
  PetscCall(NetworkSetFromOptions(made->network, p, 7));
  PetscCall(SimulationCreate(comm, made->network, &made->simulation));
  PetscCall(SimulationSetFromOptions(made->simulation, p, 7));
  PetscCall(NetworkSetUp(made->network));
  PetscCall(SimulationSetUp(made->simulation));
  PetscCall(ParametersDestroy(&p));
  made->spiking = &made->simulation->spiking;
  PetscFunctionReturn(0);
}

static inline PetscErrorCode made_destroy(Made *made)
{
  PetscFunctionBegin;
  PetscCall(SimulationDestroy(&made->simulation));
  PetscCall(NetworkDestroy(&made->network));
  PetscFunctionReturn(0);
}

#endif
