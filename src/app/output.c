/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include "causeway/internal/core/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PROVISIONAL ".partial"

/* Files that every run writes to or removes from its output directory. */
static const char *const usual_files[] = {
    "log.txt", "used_parameters.yaml", "log.txt" PROVISIONAL, "used_parameters.yaml" PROVISIONAL,
    "stop",    "summary.json",         "report.html"};

/* Files that an older run derived from the activity that a new run replaces. */
static const char *const derived_files[] = {"causality.h5", "model.h5", "forecast.h5"};

/* Whether the directory counts as new: with -restart, an empty directory made by a job script
   does. */
static PetscBool is_empty(const Run *run)
{
  int n_entries = 0;
  DIR *list = strcmp(run->restart, "none") ? opendir(run->output) : NULL;

  while (list && readdir(list)) {
    n_entries++;
  }
  if (list) {
    (void)closedir(list);
  }
  return list && n_entries <= 2 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode check_directory(const Run *run)
{
  struct stat entry;

  if (stat(run->output, &entry)) {
    return 0;
  }
  if (!S_ISDIR(entry.st_mode)) {
    return UserError("output = %s: is a file, not a directory; choose another -output",
                     run->output);
  }
  if (run->overwrite || run->resumes || is_empty(run)) {
    return 0;
  }
  if (run->dry_run) {
    return LogPrintf("output     %s exists; unless it holds this very run, finished, the run will "
                     "need -overwrite or -restart auto\n",
                     run->output);
  }
  return UserError("output = %s: exists already; choose another -output, replace its files with "
                   "-overwrite, or continue a run that was stopped with -restart auto",
                   run->output);
}

/* Checks the free space of the disk with the output directory, or with its nearest existing
   ancestor. */
static PetscErrorCode check_space(const Run *run)
{
  char path[PETSC_MAX_PATH_LEN];
  struct statvfs disk;

  (void)snprintf(path, sizeof(path), "%s", run->output);
  while (statvfs(path, &disk) && errno == ENOENT) {
    char *slash = strrchr(path, '/');

    if (!slash || slash == path) {
      (void)snprintf(path, sizeof(path), "%s", slash ? "/" : ".");
      if (statvfs(path, &disk)) {
        return 0;
      }
      break;
    }
    *slash = 0;
  }
  if (disk.f_blocks >
          0 && /* system file systems report no space, and give their own error on a write */
      (double)disk.f_bavail * (double)disk.f_frsize < run->disk) {
    return UserError("output = %s: the disk is full: %.1f MB are needed, %.1f MB are free",
                     run->output, run->disk * 1e-6,
                     (double)disk.f_bavail * (double)disk.f_frsize * 1e-6);
  }
  return 0;
}

PetscErrorCode OutputCheck(Run *run)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (!run->output[0]) {
    PetscFunctionReturn(0);
  }
  if (run->rank == 0) {
    status = check_directory(run);
  }
  PetscCall(ErrorAgree(run->comm, status));
  PetscFunctionReturn(0);
}

PetscBool OutputWrites(const App *app, const Command *command, const char *name)
{
  static const char *const of_windows[] = {"causality_window_", "model_window_"};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(of_windows); k++) {
    if (!strncmp(name, of_windows[k], strlen(of_windows[k]))) {
      return PETSC_TRUE; /* files of an older run are removed */
    }
  }
  for (size_t k = 0; app->simulate.applies && k < PETSC_STATIC_ARRAY_LENGTH(derived_files); k++) {
    if (!strcmp(name, derived_files[k])) {
      return PETSC_TRUE;
    }
  }
  for (int s = 0; command->stages[s]; s++) {
    for (int k = 0; command->stages[s]->files[k]; k++) {
      if (!strcmp(name, command->stages[s]->files[k])) {
        return PETSC_TRUE;
      }
    }
  }
  return PETSC_FALSE;
}

/* Whether the run may replace or remove the file `name`, relative to the directory. */
static PetscBool is_replaced(const App *app, const Command *command, const char *name)
{
  static const char *const folders[] = {"checkpoint/", "figures/"};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(folders); k++) {
    if (!strncmp(name, folders[k], strlen(folders[k]))) {
      return PETSC_TRUE;
    }
  }
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(usual_files); k++) {
    if (!strcmp(name, usual_files[k])) {
      return PETSC_TRUE;
    }
  }
  return OutputWrites(app, command, name);
}

static PetscErrorCode check_inputs(const App *app, const Command *command)
{
  char output[PATH_MAX], input[PATH_MAX];

  if (!realpath(app->run.output, output)) {
    return 0;
  }
  for (int k = 0; k < app->run.n_inputs; k++) {
    const size_t length = strlen(output);

    if (realpath(app->run.inputs[k].file, input) && !strncmp(input, output, length) &&
        input[length] == '/' && is_replaced(app, command, input + length + 1)) {
      return UserError("output = %s: this run would replace %s there, which it reads (%s); choose "
                       "another -output",
                       app->run.output, input + length + 1, app->run.inputs[k].key);
    }
  }
  return 0;
}

PetscErrorCode OutputCheckInputs(App *app, const Command *command)
{
  PetscFunctionBegin;
  PetscCall(ErrorAgree(app->run.comm,
                       app->run.rank == 0 && app->run.output[0] ? check_inputs(app, command) : 0));
  PetscFunctionReturn(0);
}

PetscErrorCode OutputCheckSpace(Run *run)
{
  PetscFunctionBegin;
  PetscCall(ErrorAgree(run->comm, run->rank == 0 && run->output[0] ? check_space(run) : 0));
  PetscFunctionReturn(0);
}

/* Makes the directory and its parents. */
static PetscErrorCode make_directories(Run *run)
{
  char path[PETSC_MAX_PATH_LEN];

  for (size_t k = 1; k <= strlen(run->output); k++) {
    if (run->output[k] == '/' || !run->output[k]) {
      (void)snprintf(path, sizeof(path), "%.*s", (int)k, run->output);
      if (!mkdir(path, 0777)) {
        run->created_output = PETSC_TRUE;
      } else if (errno != EEXIST) {
        return UserError("output = %s: cannot make the directory: %s", run->output,
                         strerror(errno));
      }
    }
  }
  return access(run->output, W_OK)
             ? UserError("output = %s: cannot write there: %s", run->output, strerror(errno))
             : 0;
}

PetscErrorCode OutputCreate(Run *run)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (!run->output[0]) {
    PetscFunctionReturn(0);
  }
  if (run->rank == 0) {
    status = make_directories(run);
    if (!status && (status = DirectoryLock(run->output, PETSC_TRUE))) {
      run->created_output = PETSC_FALSE; /* another run is in it */
    }
  }
  PetscCall(ErrorAgree(run->comm, status));
  run->owns_output = PETSC_TRUE;
  PetscCall(RunPath(run, "stop", sizeof(path), path));
  if (run->rank == 0) {
    (void)unlink(path); /* the request was meant for an earlier job */
  }
  run->committed_output = run->resumes;
  if (run->resumes) {
    PetscCall(RunPath(run, "log.txt", sizeof(path), path));
    PetscCall(LogOpen(run->comm, path, PETSC_TRUE));
    PetscCall(RunPath(run, "used_parameters.yaml", sizeof(path), path));
    PetscCall(ParametersWrite(run->parameters, path));
    PetscFunctionReturn(0);
  }
  PetscCall(RunPath(run, "log.txt" PROVISIONAL, sizeof(path), path));
  PetscCall(LogOpen(run->comm, path, PETSC_FALSE));
  PetscCall(RunPath(run, "used_parameters.yaml" PROVISIONAL, sizeof(path), path));
  PetscCall(ParametersWrite(run->parameters, path));
  PetscFunctionReturn(0);
}

/* Removes files that an older run derived from the replaced ones, since they would pass for results
   of this run. Keeps the file `written`, which is one. */
static PetscErrorCode remove_stale(App *app, const char *written)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(RunPath(&app->run, "summary.json", sizeof(path), path));
  (void)unlink(path);
  for (int k = 0; k < 2; k++) { /* window files are numbered without gaps */
    int found = 0;

    for (int64_t w = 0; !found; w++) {
      PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%.*s_window_%lld.h5", app->run.output,
                              (int)strlen(derived_files[k]) - 3, derived_files[k], (long long)w));
      found = written && !strcmp(path, written) ? 0 : unlink(path);
    }
  }
  for (size_t k = 0; app->simulate.applies && k < PETSC_STATIC_ARRAY_LENGTH(derived_files); k++) {
    PetscCall(RunPath(&app->run, derived_files[k], sizeof(path), path));
    (void)unlink(path);
  }
  PetscFunctionReturn(0);
}

static const char *const provisional_files[] = {"log.txt", "used_parameters.yaml"};

PetscErrorCode OutputCommit(App *app, const char *written)
{
  char from[PETSC_MAX_PATH_LEN], to[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (app->run.committed_output || !app->run.output[0]) {
    PetscFunctionReturn(0);
  }
  app->run.committed_output = PETSC_TRUE;
  if (app->run.rank == 0) {
    PetscCall(remove_stale(app, written));
  }
  PetscCall(CheckpointRemove(app->run.checkpoint, app->run.output));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(provisional_files) && app->run.rank == 0; k++) {
    PetscCall(RunPath(&app->run, provisional_files[k], sizeof(to), to));
    PetscCall(PetscSNPrintf(from, sizeof(from), "%s%s", to, PROVISIONAL));
    if (rename(from, to)) {
      status = UserError("%s: cannot rename to %s: %s", from, to, strerror(errno));
    }
  }
  PetscCall(ErrorAgree(app->run.comm, status));
  PetscFunctionReturn(0);
}

PetscErrorCode OutputTidy(Run *run)
{
  int removes = 0;

  PetscFunctionBegin;
  if (run->rank == 0 && run->output[0] && !run->dry_run) {
    removes = DirectoryLock(run->output, PETSC_TRUE)
                  ? 0
                  : 1; /* without the lock, another run uses the directory */
  }
  PetscCallMPI(MPI_Bcast(&removes, 1, MPI_INT, 0, run->comm));
  PetscCall(removes ? CheckpointRemove(run->checkpoint, run->output) : 0);
  PetscFunctionReturn(0);
}

PetscErrorCode OutputDiscard(Run *run)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(LogClose());
  if (run->committed_output || !run->output[0] || run->rank != 0) {
    PetscFunctionReturn(0);
  }
  for (size_t k = 0; run->owns_output && k < PETSC_STATIC_ARRAY_LENGTH(provisional_files); k++) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s%s", run->output, provisional_files[k],
                            PROVISIONAL));
    (void)unlink(path);
  }
  if (run->created_output) {
    (void)rmdir(run->output);
  }
  PetscFunctionReturn(0);
}
