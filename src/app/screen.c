/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Prints the log, and progress bars on a terminal. */
#include "app.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print(LogKind kind, const char *text, void *context)
{
  enum { BAR = 90 };
  FILE *stream = context;

  if (kind == LOG_TEXT) {
    (void)fputs(text, stream);
  } else if (text[0]) {
    (void)fprintf(stream, "\r%s  ", text);
  } else {
    (void)fprintf(stream, "\r%*s\r", BAR, "");
  }
  (void)fflush(stream);
}

/* Open MPI gives rank 0 a pseudo-terminal even when mpirun's own output goes to a file, so the
   standard output of the parent process has to be a terminal as well. */
static PetscBool is_on_terminal(void)
{
  char link[64], target[PETSC_MAX_PATH_LEN];
  ssize_t length;

  (void)snprintf(link, sizeof(link), "/proc/%d/fd/1", (int)getppid());
  length = readlink(link, target, sizeof(target) - 1);
  target[PetscMax(length, 0)] = 0;
  return isatty(STDOUT_FILENO) &&
                 (!strncmp(target, "/dev/pts/", 9) || !strncmp(target, "/dev/tty", 8))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

void ScreenPrint(PetscBool to_error)
{
  PETSC_STDOUT = to_error ? stderr : stdout;
  LogSetSink(print, PETSC_STDOUT, !to_error && is_on_terminal() ? PETSC_TRUE : PETSC_FALSE);
}
