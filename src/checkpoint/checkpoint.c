/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checkpoint_impl.h"

#include "causeway/log.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Target time between two polls, from which the number of CheckpointOffer() calls between them follows. */
static const double poll_interval_s = 0.1;

/* A milestone saves only if at least this much time has passed since the last snapshot. */
static const double milestone_s = 10.0;

PetscErrorCode CheckpointCreate(MPI_Comm comm, Checkpoint *checkpoint)
{
  Checkpoint c;

  PetscFunctionBegin;
  PetscCall(PetscNew(&c));
  PetscCallMPI(MPI_Comm_dup(comm, &c->comm));
  PetscCallMPI(MPI_Comm_rank(comm, &c->rank));
  PetscCallMPI(MPI_Comm_size(comm, &c->size));
  PetscCall(ParametersDefaults(CheckpointParameters, c));
  *checkpoint = c;
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointDestroy(Checkpoint *checkpoint)
{
  PetscFunctionBegin;
  if (*checkpoint) {
    PetscCall(PetscFree((*checkpoint)->found_parameters));
    PetscCall(PetscFree((*checkpoint)->found_inputs));
    BesideFree(*checkpoint);
    PetscCallMPI(MPI_Comm_free(&(*checkpoint)->comm));
    PetscCall(PetscFree(*checkpoint));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointPath(const char *directory, const char *name,
                              char path[PETSC_MAX_PATH_LEN])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s/checkpoint%s%s", directory,
                          name[0] ? "/" : "", name));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointStart(Checkpoint c, const char *directory, const char *parameters_yaml,
                               const char *inputs, CheckpointKeep keep, void *context)
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(c->directory, directory, sizeof(c->directory)));
  c->parameters_yaml = parameters_yaml;
  c->inputs = inputs;
  c->keep = keep;
  c->context = context;
  c->started = PETSC_TRUE;
  ScheduleStart(c);
  PetscFunctionReturn(0);
}

/* Carries out the common decision of all ranks. */
static PetscErrorCode act(Checkpoint c, Request request)
{
  PetscBool written = PETSC_FALSE;

  PetscFunctionBegin;
  if (request == REQUEST_NONE) {
    PetscFunctionReturn(0);
  }
  PetscCall(SnapshotWrite(c, &written));
  if (request == REQUEST_STOP) {
    PetscCall(LogPrintf("stopped    %s; continue with the same command and -restart auto\n",
                        written ? "the state is saved" : "the previous snapshot is kept"));
    if (c->schedule.in_vain) {
      PetscCall(LogWarning("the time limit of this run was reached after one step; raise "
                           "-max_walltime or SLURM's limit\n"));
    }
    PetscFunctionReturn(CAUSEWAY_STOPPED);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointOffer(Checkpoint c)
{
  Schedule *s;
  int message[2];
  double before;

  PetscFunctionBegin;
  if (!c || !c->started) {
    PetscFunctionReturn(0);
  }
  ScheduleCount(c);
  if (!ScheduleDue(c)) {
    PetscFunctionReturn(0);
  }
  s = &c->schedule;
  before = s->poll_s;
  message[0] = (int)ScheduleRequest(c);
  /* rank 0 decides the number of calls without a poll, at most eight times the present number */
  message[1] =
      c->rank ? 0
              : (int)PetscMax(
                    1.0, (double)s->calls *
                             PetscMin(8.0, poll_interval_s / PetscMax(s->poll_s - before, 1e-6)));
  message[1] = PetscMin(message[1], 1 << 20);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, message, 2, MPI_INT, MPI_MAX, c->comm));
  s->calls = 0;
  s->next = message[1];
  PetscCall(act(c, (Request)message[0]));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointMilestone(Checkpoint c)
{
  int due;

  PetscFunctionBegin;
  if (!c || !c->started) {
    PetscFunctionReturn(0);
  }
  ScheduleCount(c);
  due = c->rank == 0 && (MPI_Wtime() - c->schedule.last_s > milestone_s || BesideIsOver(c))
            ? REQUEST_SAVE
            : REQUEST_NONE;
  due = PetscMax(due, (int)ScheduleRequest(c));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &due, 1, MPI_INT, MPI_MAX, c->comm));
  PetscCall(act(c, (Request)due));
  PetscFunctionReturn(0);
}

/* Parts that run independently cannot meet in a blocking call. They agree in rounds of a nonblocking reduction: a part
   continues during a round and takes its result at the first safe point at which all its ranks have it. The result is the
   same for all parts, so all save after the same round. */
static PetscErrorCode offer_round(Checkpoint c, MPI_Comm part, PetscBool finished,
                                  PetscBool *all_finished)
{
  int complete;

  PetscFunctionBegin;
  *all_finished = PETSC_FALSE;
  if (!c->in_round) {
    c->round_mine[0] = (int)ScheduleRequest(c);
    c->round_mine[1] = finished ? 0 : 1;
    PetscCallMPI(
        MPI_Iallreduce(c->round_mine, c->round_all, 2, MPI_INT, MPI_MAX, c->comm, &c->round));
    c->in_round = PETSC_TRUE;
  }
  PetscCallMPI(MPI_Request_get_status(c->round, &complete, MPI_STATUS_IGNORE));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &complete, 1, MPI_INT, MPI_LAND, part));
  if (!complete) {
    PetscFunctionReturn(0);
  }
  PetscCallMPI(MPI_Wait(&c->round, MPI_STATUS_IGNORE));
  c->in_round = PETSC_FALSE;
  PetscCall(act(c, (Request)c->round_all[0]));
  *all_finished = c->round_all[1] == 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode is_everyone(Checkpoint c, MPI_Comm part, PetscBool *everyone)
{
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(part, &size));
  *everyone = size == c->size ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointOfferPart(Checkpoint c, MPI_Comm part)
{
  PetscBool everyone, all_finished;

  PetscFunctionBegin;
  if (!c || !c->started) {
    PetscFunctionReturn(0);
  }
  PetscCall(is_everyone(c, part, &everyone));
  if (everyone) {
    PetscCall(CheckpointOffer(c));
  } else {
    ScheduleCount(c);
    PetscCall(offer_round(c, part, PETSC_FALSE, &all_finished));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointFinishPart(Checkpoint c, MPI_Comm part)
{
  const struct timespec pause = {0, 1000000};
  PetscBool everyone, all_finished = PETSC_FALSE;

  PetscFunctionBegin;
  if (!c || !c->started) {
    PetscFunctionReturn(0);
  }
  PetscCall(is_everyone(c, part, &everyone));
  while (!everyone && !all_finished) {
    PetscCall(offer_round(c, part, PETSC_TRUE, &all_finished));
    (void)nanosleep(&pause, NULL);
  }
  PetscFunctionReturn(0);
}

/* Number in a snapshot's file name, -1 for other files. */
static int64_t number_of(const char *name)
{
  long long number;
  int used = 0;

  return sscanf(name, "snapshot_%lld.h5%n", &number, &used) == 1 && used > 0 && !name[used] ? number
                                                                                            : -1;
}

/* Highest number below `below` in a directory, -1 without one; rank 0 reads the directory for all. */
static PetscErrorCode newest_below(Checkpoint c, const char *directory, int64_t below,
                                   int64_t *number)
{
  char path[PETSC_MAX_PATH_LEN];
  const struct dirent *entry;
  DIR *list = NULL;

  PetscFunctionBegin;
  *number = -1;
  PetscCall(CheckpointPath(directory, "", path));
  if (c->rank == 0 && (list = opendir(path))) {
    while ((entry = readdir(list))) {
      const int64_t found = number_of(entry->d_name);

      *number = found < below ? PetscMax(*number, found) : *number;
    }
    (void)closedir(list);
  }
  PetscCallMPI(MPI_Bcast(number, 1, MPI_INT64_T, 0, c->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode get_text(DataFile file, const char *name, char **text)
{
  enum { LONGEST = 1 << 16 };

  PetscFunctionBegin;
  PetscCall(PetscFree(*text));
  PetscCall(PetscCalloc1(LONGEST, text));
  PetscCall(DataFileGetString(file, "/", name, LONGEST, *text, NULL));
  PetscFunctionReturn(0);
}

/* Checks the attributes of a snapshot, and the files on which it depends. */
static PetscErrorCode look_inside(Checkpoint c, DataFile file, const char *directory)
{
  double version = 0;

  PetscFunctionBegin;
  PetscCall(DataFileGetReal(file, "/", "snapshot_version", &version, NULL));
  UserCheck(version == (double)SNAPSHOT_VERSION,
            "%s: is a snapshot of version %g, but this program reads version %d",
            DataFileName(file), version, SNAPSHOT_VERSION);
  PetscCall(get_text(file, "parameters", &c->found_parameters));
  PetscCall(get_text(file, "inputs", &c->found_inputs));
  PetscCall(BesideCheck(c, file, directory));
  PetscFunctionReturn(0);
}

/* Checks the seal, then the content. */
static PetscErrorCode look_at(Checkpoint c, const char *path, const char *directory)
{
  PetscBool sealed;
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(SealCheck(c->comm, path, &sealed));
  UserCheck(sealed, "%s: is not a snapshot of a run", path);
  PetscCall(DataFileOpen(c->comm, path, &file));
  status = look_inside(c, file, directory);
  PetscCall(DataFileClose(&file));
  PetscCall(status);
  PetscCall(PetscStrncpy(c->found, path, sizeof(c->found)));
  PetscFunctionReturn(0);
}

/* Without a usable snapshot the run begins again, unless a complete file has been lost. */
static PetscErrorCode none_found(Checkpoint c, const char *directory, PetscBool damaged)
{
  PetscFunctionBegin;
  BesideFree(c);
  UserCheck(!c->lost[0],
            "%s: is missing or has changed since the snapshots in %s/checkpoint were written; "
            "restore it, or "
            "begin again with -overwrite and without -restart",
            c->lost, directory);
  if (damaged) {
    PetscCall(
        LogWarning("%s/checkpoint: no snapshot can be used; the run begins again\n", directory));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointFind(Checkpoint c, const char *directory, const char *file,
                              PetscBool *found)
{
  char name[64], path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = CAUSEWAY_ERR_USER;
  int64_t number = INT64_MAX;
  PetscBool damaged = PETSC_FALSE;

  PetscFunctionBegin;
  *found = PETSC_FALSE;
  PetscCall(newest_below(c, directory, INT64_MAX, &c->number));
  if (file[0]) {
    PetscCall(look_at(c, file, directory));
    *found = PETSC_TRUE;
    PetscFunctionReturn(0);
  }
  while (status) {
    PetscCall(newest_below(c, directory, number, &number));
    if (number < 0) {
      PetscCall(none_found(c, directory, damaged));
      PetscFunctionReturn(0);
    }
    (void)snprintf(name, sizeof(name), "snapshot_%06lld.h5", (long long)number);
    PetscCall(CheckpointPath(directory, name, path));
    status = look_at(c, path, directory);
    if (status == CAUSEWAY_ERR_USER) {
      PetscCall(
          LogWarning("%s; the previous snapshot is used if there is one\n", UserErrorMessage()));
      damaged = PETSC_TRUE;
    } else {
      PetscCall(status);
    }
  }
  /* the next snapshot overwrites a damaged one */
  c->number = number;
  *found = PETSC_TRUE;
  PetscFunctionReturn(0);
}

const char *CheckpointFound(Checkpoint c)
{
  return c->found;
}

const char *CheckpointFoundParameters(Checkpoint c)
{
  return c->found_parameters ? c->found_parameters : "";
}

const char *CheckpointFoundInputs(Checkpoint c)
{
  return c->found_inputs ? c->found_inputs : "";
}

PetscErrorCode CheckpointRemove(Checkpoint c, const char *directory)
{
  char folder[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  const struct dirent *entry;
  DIR *list = NULL;

  PetscFunctionBegin;
  PetscCall(CheckpointPath(directory, "", folder));
  if (c->rank == 0 && (list = opendir(folder))) {
    while ((entry = readdir(list))) {
      const size_t length = strlen(entry->d_name);

      if (!strncmp(entry->d_name, "snapshot_", 9) ||
          (length > 3 && !strcmp(entry->d_name + length - 3, ".h5"))) {
        PetscCall(CheckpointPath(directory, entry->d_name, path));
        (void)unlink(path);
      }
    }
    (void)closedir(list);
    (void)rmdir(folder);
  }
  PetscCallMPI(MPI_Barrier(c->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointVerify(MPI_Comm comm, const char *path, PetscBool *is_snapshot)
{
  PetscFunctionBegin;
  PetscCall(SealCheck(comm, path, is_snapshot));
  PetscFunctionReturn(0);
}
