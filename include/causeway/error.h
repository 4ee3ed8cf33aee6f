/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ERROR_H
#define CAUSEWAY_ERROR_H

#include "causeway/declare.h"

#include <petscsys.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* Error code of a mistake in the user's input (file, parameter, data). It propagates through PetscCall. The application
   prints the recorded line once and ends with exit status 2. */
#define CAUSEWAY_ERR_USER ((PetscErrorCode)(PETSC_ERR_MAX_VALUE + 100))

/* Code with which all ranks leave their work after a snapshot because the run has to end. It is not an error; the
   application ends with exit status 75, which means "continue me". */
#define CAUSEWAY_STOPPED ((PetscErrorCode)(PETSC_ERR_MAX_VALUE + 101))

/*@
  UserError - records a one-line description of a user's mistake and returns CAUSEWAY_ERR_USER

  Not collective. When only some ranks can see the mistake, the caller calls ErrorAgree() before the next collective call.

  Input: format - printf format of one line that says what is wrong, where, and what to do
@*/
PetscErrorCode UserError(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Returns from the calling function with UserError(...) unless `condition` holds. */
#define UserCheck(condition, ...)                                                                  \
  do {                                                                                             \
    if (PetscUnlikely(!(condition))) {                                                             \
      PetscFunctionReturn(UserError(__VA_ARGS__));                                                 \
    }                                                                                              \
  } while (0)

/*@
  UserErrorMessage - the line recorded last on this rank, "" without one; owned by the library
@*/
const char *UserErrorMessage(void);

/*@
  ErrorAgree - makes an error seen on some ranks known to all

  Collective on `comm`

  Input:  comm  - every rank that could have failed
          local - return value of this rank's local work
  Output: (return value) 0 when all ranks succeeded; CAUSEWAY_ERR_USER with the message of the lowest failing rank when
          the failures are user mistakes; otherwise PETSC_ERR_LIB or the local code
@*/
PetscErrorCode ErrorAgree(MPI_Comm comm, PetscErrorCode local);

/*@
  ErrorHandlerInstall - installs a handler that prints PETSc's traceback for program faults only, not for user mistakes

  Not collective; call once after PetscInitialize()
@*/
PetscErrorCode ErrorHandlerInstall(void);

CAUSEWAY_END_DECLARATIONS

#endif
