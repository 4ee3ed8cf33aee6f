/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the files of an entry tell: runs/ID/summary.json, locks/ID and runs/ID.status. */
#include "sweep_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *const SweepStateNames[] = {
    [STATE_MISSING] = "missing", [STATE_DONE] = "done",     [STATE_RUNNING] = "running",
    [STATE_STOPPED] = "stopped", [STATE_FAILED] = "failed",
};

PetscBool EntryIsDone(const Manifest *manifest, const SweepEntry *entry)
{
  char path[PETSC_MAX_PATH_LEN];

  ManifestPath(manifest, "runs", entry, "/summary.json", path);
  return !access(path, F_OK) ? PETSC_TRUE : PETSC_FALSE;
}

/* The lock belongs to the open file: it lasts until the last process that inherited the descriptor
   has ended, whatever happens to the others. The file stays; without it two processes could hold
   locks of two files of the same name. */
PetscErrorCode EntryLock(const Manifest *manifest, const SweepEntry *entry, int *descriptor)
{
  const struct timespec pause = {0, 20000000};
  char path[PETSC_MAX_PATH_LEN];
  int failure = 0;

  ManifestPath(manifest, "locks", entry, "", path);
  *descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (*descriptor < 0) {
    return UserError("%s: cannot open the lock: %s", path, strerror(errno));
  }
  /* `sweep status` holds it for a moment when it looks */
  for (int attempt = 0; attempt < 3; attempt++) {
    failure = flock(*descriptor, LOCK_EX | LOCK_NB) ? errno : 0;
    if (failure != EWOULDBLOCK) {
      break;
    }
    (void)nanosleep(&pause, NULL);
  }
  if (!failure) {
    return 0;
  }
  (void)close(*descriptor);
  *descriptor = -1;
  return failure == EWOULDBLOCK
             ? 0
             : UserError("%s: cannot lock: %s; the file system must support flock()", path,
                         strerror(failure));
}

static PetscBool is_locked(const Manifest *manifest, const SweepEntry *entry)
{
  char path[PETSC_MAX_PATH_LEN];
  int descriptor;
  PetscBool locked;

  ManifestPath(manifest, "locks", entry, "", path);
  descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return PETSC_FALSE;
  }
  locked = flock(descriptor, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK ? PETSC_TRUE : PETSC_FALSE;
  (void)close(descriptor);
  return locked;
}

PetscErrorCode StatusWrite(const Manifest *manifest, const SweepEntry *entry,
                           const SweepStatus *status)
{
  char path[PETSC_MAX_PATH_LEN], when[64];
  const time_t now = time(NULL);
  struct tm utc;
  FILE *stream;

  ManifestPath(manifest, "runs", entry, ".status", path);
  (void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  SerialCall(FileBegin(path, &stream));
  (void)fprintf(stream, "state %s\nexit_status %d\nseconds %.3f\ntime %s\nreason %s\n",
                SweepStateNames[status->state], status->exit_status, status->seconds, when,
                status->reason);
  return FileCommit(path, &stream);
}

void StatusRead(const Manifest *manifest, const SweepEntry *entry, SweepStatus *status)
{
  char path[PETSC_MAX_PATH_LEN], *line = NULL;
  size_t length = 0;
  PetscBool has_state = PETSC_FALSE;
  FILE *stream;

  *status = (SweepStatus){.state = STATE_MISSING};
  ManifestPath(manifest, "runs", entry, ".status", path);
  stream = fopen(path, "r");
  while (stream && getline(&line, &length, stream) >= 0) {
    char *value = line, *key;
    int64_t number;

    line[strcspn(line, "\n")] = 0;
    key = strsep(&value, " ");
    if (!value) {
      continue;
    }
    for (int state = 0; state < N_STATES && !strcmp(key, "state"); state++) {
      if (!strcmp(value, SweepStateNames[state])) {
        status->state = (SweepState)state;
        has_state = PETSC_TRUE;
      }
    }
    if (!strcmp(key, "exit_status") && TextInteger(value, 0, INT32_MAX, &number)) {
      status->exit_status = (int)number;
    } else if (!strcmp(key, "seconds")) {
      (void)TextReal(value, &status->seconds);
    } else if (!strcmp(key, "reason")) {
      (void)snprintf(status->reason, sizeof(status->reason), "%s", value);
    }
  }
  if (stream) {
    (void)fclose(stream);
    if (!has_state) {
      (void)fprintf(stderr,
                    "causeway: warning: %s: is damaged, it names no state; the run counts "
                    "as not done unless its summary.json is there\n",
                    path);
    }
  }
  free(line);
}

int64_t StatusTime(const Manifest *manifest, const SweepEntry *entry)
{
  char path[PETSC_MAX_PATH_LEN];
  struct stat about;

  ManifestPath(manifest, "runs", entry, ".status", path);
  return stat(path, &about)
             ? 0
             : (int64_t)about.st_mtim.tv_sec * 1000000000 + (int64_t)about.st_mtim.tv_nsec;
}

void EntryStatus(const Manifest *manifest, const SweepEntry *entry, SweepStatus *status)
{
  StatusRead(manifest, entry, status);
  if (EntryIsDone(manifest, entry)) {
    status->state = STATE_DONE;
  } else if (is_locked(manifest, entry)) {
    status->state = STATE_RUNNING;
  } else if (status->state == STATE_RUNNING || status->state == STATE_DONE) {
    /* its worker ended without a word, or its result was taken away */
    status->state = status->state == STATE_RUNNING ? STATE_STOPPED : STATE_MISSING;
  }
}
