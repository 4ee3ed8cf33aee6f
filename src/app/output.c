/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

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

/* Files that every run writes or removes in its output directory. */
static const char *const usual_files[] = {
    "log.txt", "used_parameters.yaml", "log.txt" PROVISIONAL, "used_parameters.yaml" PROVISIONAL,
    "stop",    "summary.json",         "report.html"};

/* What an older run in the directory made of the activity that a new one replaces. */
static const char *const derived_files[] = {"causality.h5", "model.h5", "forecast.h5"};

/* A directory that a job script made is as good as none, when -restart says so. */
static PetscBool is_empty(const App *app)
{
  int n_entries = 0;
  DIR *list = strcmp(app->restart, "none") ? opendir(app->output) : NULL;

  while (list && readdir(list)) {
    n_entries++;
  }
  if (list) {
    (void)closedir(list);
  }
  return list && n_entries <= 2 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode check_directory(const App *app)
{
  struct stat entry;

  if (stat(app->output, &entry)) {
    return 0;
  }
  if (!S_ISDIR(entry.st_mode)) {
    return UserError("output = %s: is a file, not a directory; choose another -output",
                     app->output);
  }
  if (app->overwrite || app->resumes || is_empty(app)) {
    return 0;
  }
  if (app->dry_run) {
    return LogPrintf("output     %s exists; unless this very run is finished there it will need "
                     "-overwrite or -restart auto\n",
                     app->output);
  }
  return UserError("output = %s: exists already; choose another -output, replace its files with "
                   "-overwrite, or continue a run that was stopped with -restart auto",
                   app->output);
}

/* Free space where the directory is or will be: of its nearest existing ancestor. */
static PetscErrorCode check_space(const App *app)
{
  char path[PETSC_MAX_PATH_LEN];
  struct statvfs disk;

  (void)snprintf(path, sizeof(path), "%s", app->output);
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
          0 && /* those of the system have no space, and say themselves why they take no file */
      (double)disk.f_bavail * (double)disk.f_frsize < app->disk) {
    return UserError("output = %s: the disk is full: %.1f MB are needed, %.1f MB are free",
                     app->output, app->disk * 1e-6,
                     (double)disk.f_bavail * (double)disk.f_frsize * 1e-6);
  }
  return 0;
}

PetscErrorCode OutputCheck(App *app)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (!app->output[0]) {
    PetscFunctionReturn(0);
  }
  if (app->rank == 0) {
    status = check_directory(app);
  }
  PetscCall(ErrorAgree(app->comm, status));
  PetscFunctionReturn(0);
}

PetscBool OutputWrites(const App *app, const Command *command, const char *name)
{
  static const char *const of_windows[] = {"causality_window_", "model_window_"};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(of_windows); k++) {
    if (!strncmp(name, of_windows[k], strlen(of_windows[k]))) {
      return PETSC_TRUE; /* those of an older run are removed */
    }
  }
  for (size_t k = 0; app->simulates && k < PETSC_STATIC_ARRAY_LENGTH(derived_files); k++) {
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

/* Whether something of a name, relative to the directory, may not stay as it is. */
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

  if (!realpath(app->output, output)) {
    return 0;
  }
  for (int k = 0; k < app->n_inputs; k++) {
    const size_t length = strlen(output);

    if (realpath(app->inputs[k].file, input) && !strncmp(input, output, length) &&
        input[length] == '/' && is_replaced(app, command, input + length + 1)) {
      return UserError("output = %s: this run would replace %s there, which it reads (%s); choose "
                       "another -output",
                       app->output, input + length + 1, app->inputs[k].key);
    }
  }
  return 0;
}

PetscErrorCode OutputCheckInputs(App *app, const Command *command)
{
  PetscFunctionBegin;
  PetscCall(
      ErrorAgree(app->comm, app->rank == 0 && app->output[0] ? check_inputs(app, command) : 0));
  PetscFunctionReturn(0);
}

PetscErrorCode OutputCheckSpace(App *app)
{
  PetscFunctionBegin;
  PetscCall(ErrorAgree(app->comm, app->rank == 0 && app->output[0] ? check_space(app) : 0));
  PetscFunctionReturn(0);
}

/* Makes the directory and those above it. */
static PetscErrorCode make_directories(App *app)
{
  char path[PETSC_MAX_PATH_LEN];

  for (size_t k = 1; k <= strlen(app->output); k++) {
    if (app->output[k] == '/' || !app->output[k]) {
      (void)snprintf(path, sizeof(path), "%.*s", (int)k, app->output);
      if (!mkdir(path, 0777)) {
        app->created_output = PETSC_TRUE;
      } else if (errno != EEXIST) {
        return UserError("output = %s: cannot make the directory: %s", app->output,
                         strerror(errno));
      }
    }
  }
  return access(app->output, W_OK)
             ? UserError("output = %s: cannot write there: %s", app->output, strerror(errno))
             : 0;
}

PetscErrorCode OutputCreate(App *app)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (!app->output[0]) {
    PetscFunctionReturn(0);
  }
  if (app->rank == 0) {
    status = make_directories(app);
    if (!status && (status = DirectoryLock(app->output, PETSC_TRUE))) {
      app->created_output = PETSC_FALSE; /* another run is in it */
    }
  }
  PetscCall(ErrorAgree(app->comm, status));
  app->owns_output = PETSC_TRUE;
  PetscCall(AppPath(app, "stop", sizeof(path), path));
  if (app->rank == 0) {
    (void)unlink(path); /* it was meant for an earlier job */
  }
  app->committed_output = app->resumes;
  if (app->resumes) {
    PetscCall(AppPath(app, "log.txt", sizeof(path), path));
    PetscCall(LogOpen(app->comm, path, PETSC_TRUE));
    PetscCall(AppPath(app, "used_parameters.yaml", sizeof(path), path));
    PetscCall(ParametersWrite(app->parameters, path));
    PetscFunctionReturn(0);
  }
  PetscCall(AppPath(app, "log.txt" PROVISIONAL, sizeof(path), path));
  PetscCall(LogOpen(app->comm, path, PETSC_FALSE));
  PetscCall(AppPath(app, "used_parameters.yaml" PROVISIONAL, sizeof(path), path));
  PetscCall(ParametersWrite(app->parameters, path));
  PetscFunctionReturn(0);
}

/* What an older run derived from files that this run replaces would be taken for a result of this one; `written` is. */
static PetscErrorCode remove_stale(App *app, const char *written)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(AppPath(app, "summary.json", sizeof(path), path));
  (void)unlink(path);
  for (int k = 0; k < 2; k++) { /* of windows, which are counted without a gap */
    int found = 0;

    for (int64_t w = 0; !found; w++) {
      PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%.*s_window_%lld.h5", app->output,
                              (int)strlen(derived_files[k]) - 3, derived_files[k], (long long)w));
      found = written && !strcmp(path, written) ? 0 : unlink(path);
    }
  }
  for (size_t k = 0; app->simulates && k < PETSC_STATIC_ARRAY_LENGTH(derived_files); k++) {
    PetscCall(AppPath(app, derived_files[k], sizeof(path), path));
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
  if (app->committed_output || !app->output[0]) {
    PetscFunctionReturn(0);
  }
  app->committed_output = PETSC_TRUE;
  if (app->rank == 0) {
    PetscCall(remove_stale(app, written));
  }
  PetscCall(CheckpointRemove(app->checkpoint, app->output));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(provisional_files) && app->rank == 0; k++) {
    PetscCall(AppPath(app, provisional_files[k], sizeof(to), to));
    PetscCall(PetscSNPrintf(from, sizeof(from), "%s%s", to, PROVISIONAL));
    if (rename(from, to)) {
      status = UserError("%s: cannot rename to %s: %s", from, to, strerror(errno));
    }
  }
  PetscCall(ErrorAgree(app->comm, status));
  PetscFunctionReturn(0);
}

PetscErrorCode OutputDiscard(App *app)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(LogClose());
  if (app->committed_output || !app->output[0] || app->rank != 0) {
    PetscFunctionReturn(0);
  }
  for (size_t k = 0; app->owns_output && k < PETSC_STATIC_ARRAY_LENGTH(provisional_files); k++) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s%s", app->output, provisional_files[k],
                            PROVISIONAL));
    (void)unlink(path);
  }
  if (app->created_output) {
    (void)rmdir(app->output);
  }
  PetscFunctionReturn(0);
}
