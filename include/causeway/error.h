/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ERROR_H
#define CAUSEWAY_ERROR_H

#include <petscsys.h>

/* Error code of a mistake in the user's input (file, parameter, data). It travels up through
   PetscCall like any other; the application prints the recorded line once and ends with exit
   status 2. */
#define CAUSEWAY_ERR_USER ((PetscErrorCode)(PETSC_ERR_MAX_VALUE + 100))

/* Not an error of anybody: all ranks leave what they are doing because a snapshot was taken and the run
   has to end; the application ends with exit status 75, "continue me". */
#define CAUSEWAY_STOPPED ((PetscErrorCode)(PETSC_ERR_MAX_VALUE + 101))

/*@
  UserError - records a one-line description of a user's mistake and returns CAUSEWAY_ERR_USER

  Not collective. When only some ranks can see the mistake, the caller agrees on it with
ErrorAgree() before the next collective call.

  Input: format - printf format of one line that names the file or key, and the remedy
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
  UserErrorMessage - the line recorded last on this rank; owned by the library, "" when there is
none
@*/
const char *UserErrorMessage(void);

/*@
  ErrorAgree - makes an error seen on some ranks known to all

  Collective on `comm`

  Input:  comm  - every rank that could have failed
          local - what this rank's local work returned
  Output: (return value) 0 when all ranks succeeded; CAUSEWAY_ERR_USER with the message of the
lowest failing rank when the failures are user mistakes; PETSC_ERR_LIB, or the local code, otherwise
  Cost:   one allreduce of 8 bytes; one broadcast more after a failure
@*/
PetscErrorCode ErrorAgree(MPI_Comm comm, PetscErrorCode local);

/*@
  ErrorHandlerInstall - keeps PETSc's traceback for program faults and silences it for user mistakes

  Not collective; call once after PetscInitialize()
@*/
PetscErrorCode ErrorHandlerInstall(void);

#endif
