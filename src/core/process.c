/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/core/process.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

PetscErrorCode DirectoryLock(const char *directory, PetscBool alone)
{
  static PetscBool warned;
  /* never closed: the process holds the lock until its end */
  const int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (descriptor < 0 || !flock(descriptor, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB)) {
    return 0; /* opening a file there reports the error */
  }
  if (errno == EWOULDBLOCK) {
    return UserError("%s: another run writes there; wait for it, or write elsewhere", directory);
  }
  if (!warned) {
    (void)fprintf(stderr,
                  "warning: %s: the file system has no locks (%s); no other run may write there "
                  "now\n",
                  directory, strerror(errno));
    warned = PETSC_TRUE;
  }
  return 0;
}

PetscErrorCode DirectoryLockOf(const char *file)
{
  const char *slash = strrchr(file, '/');
  char directory[PETSC_MAX_PATH_LEN];

  (void)snprintf(directory, sizeof(directory), "%.*s",
                 slash && slash > file ? (int)(slash - file) : 1, slash ? file : ".");
  return DirectoryLock(directory, PETSC_FALSE);
}

static volatile sig_atomic_t pipe_broken;

/* Unlike SIG_IGN, started programs do not inherit a handler. */
static void note_broken_pipe(int number)
{
  pipe_broken = number;
}

enum { N_SIGNALS = 4 };
static const int end_signals[N_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
static PetscBool ignored_known, ignored[N_SIGNALS];

void SignalsRememberIgnored(void)
{
  struct sigaction old;

  for (int k = 0; k < N_SIGNALS && !ignored_known; k++) {
    ignored[k] = !sigaction(end_signals[k], NULL, &old) && old.sa_handler == SIG_IGN ? PETSC_TRUE
                                                                                     : PETSC_FALSE;
  }
  ignored_known = PETSC_TRUE;
}

void SignalsBegin(void)
{
  struct sigaction action = {.sa_handler = note_broken_pipe, .sa_flags = SA_RESTART};

  SignalsRememberIgnored();
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGPIPE, &action, NULL);
  (void)signal(SIGXFSZ,
               SIG_IGN); /* a write beyond the file-size limit fails with an error instead */
  for (int k = 0; k < N_SIGNALS; k++) {
    (void)signal(end_signals[k], ignored[k] ? SIG_IGN : SIG_DFL);
  }
}

int StandardOutputEnd(int exit_status, PetscBool needed)
{
  int failed;

  errno = 0; /* the reason of an earlier failure is lost */
  failed = fflush(stdout) || ferror(stdout);
  if (!failed || pipe_broken || exit_status) {
    return exit_status;
  }
  (void)fprintf(stderr, "causeway: %s: the printed output is not complete%s%s\n",
                needed ? "error" : "warning", errno ? ": " : "", errno ? strerror(errno) : "");
  return needed ? EXIT_FAILURE : exit_status;
}

int ProcessRank(void)
{
  static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                      "SLURM_PROCID"};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(names); k++) {
    const char *word = getenv(names[k]);

    if (word && word[0]) {
      return (int)strtol(word, NULL, 10);
    }
  }
  return 0;
}
