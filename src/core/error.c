/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char message[2 * PETSC_MAX_PATH_LEN];

PetscErrorCode UserError(const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  return CAUSEWAY_ERR_USER;
}

const char *UserErrorMessage(void)
{
  return message;
}

PetscErrorCode ErrorAgree(MPI_Comm comm, PetscErrorCode local)
{
  /* (severity, rank): a program fault outranks a user mistake; MAXLOC takes the lowest rank of a
   * tie */
  struct {
    int severity;
    int rank;
  } mine, worst;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  mine.rank = rank;
  mine.severity = !local ? 0 : (local == CAUSEWAY_ERR_USER ? 1 : 2);
  PetscCallMPI(MPI_Allreduce(&mine, &worst, 1, MPI_2INT, MPI_MAXLOC, comm));
  if (worst.severity == 0) {
    PetscFunctionReturn(0);
  }
  if (worst.severity == 1) {
    PetscCallMPI(MPI_Bcast(message, sizeof(message), MPI_CHAR, worst.rank, comm));
    PetscFunctionReturn(CAUSEWAY_ERR_USER);
  }
  PetscFunctionReturn(local && local != CAUSEWAY_ERR_USER ? local : PETSC_ERR_LIB);
}

static PetscErrorCode quiet_for_users(MPI_Comm comm, int line, const char *function,
                                      const char *file, PetscErrorCode code, PetscErrorType type,
                                      const char *text, void *context)
{
  if (code == CAUSEWAY_ERR_USER || code == CAUSEWAY_STOPPED) {
    return code;
  }
  return PetscTraceBackErrorHandler(comm, line, function, file, code, type, text, context);
}

PetscErrorCode ErrorHandlerInstall(void)
{
  PetscFunctionBegin;
  PetscCall(PetscPushErrorHandler(quiet_for_users, NULL));
  PetscFunctionReturn(0);
}
