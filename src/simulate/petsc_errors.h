/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PETSC_ERRORS_H
#define CAUSEWAY_PETSC_ERRORS_H

#include "causeway/parameters.h"

/* Prefixes of the options that the integrator and its solvers read. */
extern const char *const IntegratorPrefixes[];

/*@
  PetscErrorsTake  - keeps PETSc's errors about options from being printed, until PetscErrorsRefuse()
  PetscErrorsRefuse - makes one line for the user of the error that was taken

  Not collective, but every rank makes the same calls: options are the same on all ranks
  Input:  parameters - says where an option was set, or NULL
          status     - result of the calls in between
  Output: (return value) CAUSEWAY_ERR_USER when PETSc refused an option, otherwise `status`
@*/
PetscErrorCode PetscErrorsTake(void);
PetscErrorCode PetscErrorsRefuse(Parameters parameters, PetscErrorCode status);

#endif
