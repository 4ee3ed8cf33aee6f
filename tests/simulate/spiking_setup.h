/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKING_SETUP_H
#define CAUSEWAY_SPIKING_SETUP_H

#include "settings.h"

#include "simulation_impl.h"

/* A simulation from options as a user gives them, "-key value ...". */
typedef struct {
  Network network;
  Simulation simulation;
  Spiking *spiking; /* within it */
} Made;

static inline PetscErrorCode made_create(MPI_Comm comm, const char *options, Made *made)
{
  Settings settings;

  PetscFunctionBegin;
  PetscCall(NetworkCreate(comm, &made->network));
  PetscCall(NetworkSetOptions(made->network, SETTINGS({"seed", "7"})));
  PetscCall(
      NetworkSetOptions(made->network, settings_read(&settings, options, "network_", PETSC_TRUE)));
  PetscCall(SimulationCreate(comm, made->network, &made->simulation));
  PetscCall(SimulationSetOptions(made->simulation, SETTINGS({"seed", "7"})));
  PetscCall(SimulationSetOptions(made->simulation,
                                 settings_read(&settings, options, "network_", PETSC_FALSE)));
  PetscCall(NetworkSetUp(made->network));
  PetscCall(SimulationSetUp(made->simulation));
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
