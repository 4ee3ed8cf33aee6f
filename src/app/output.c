/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

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
  if (!app->overwrite) {
    return UserError(
        "output = %s: exists already; choose another -output, or replace its files with "
        "-overwrite",
        app->output);
  }
  return 0;
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
  if ((double)disk.f_bavail * (double)disk.f_frsize < app->disk) {
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
    status = status ? status : check_space(app);
  }
  PetscCall(ErrorAgree(app->comm, status));
  PetscFunctionReturn(0);
}

/* Makes the directory and those above it. */
static PetscErrorCode make_directories(App *app)
{
  char path[PETSC_MAX_PATH_LEN];

  for (size_t k = 1; k <= strlen(app->output); k++) {
    if (app->output[k] == '/' || !app->output[k]) {
      (void)snprintf(path, sizeof(path), "%.*s", (int)k, app->output);
      app->created_output = mkdir(path, 0777) ? PETSC_FALSE : PETSC_TRUE;
      if (!app->created_output && errno != EEXIST) {
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

  PetscFunctionBegin;
  if (!app->output[0]) {
    PetscFunctionReturn(0);
  }
  PetscCall(ErrorAgree(app->comm, app->rank == 0 ? make_directories(app) : 0));
  PetscCallMPI(MPI_Bcast(&app->created_output, 1, MPI_INT, 0, app->comm));
  PetscCall(AppPath(app, "log.txt", sizeof(path), path));
  PetscCall(LogOpen(app->comm, path));
  PetscCall(AppPath(app, "used_parameters.yaml", sizeof(path), path));
  PetscCall(ParametersWrite(app->parameters, path));
  PetscFunctionReturn(0);
}

PetscErrorCode OutputRemoveIfEmpty(App *app)
{
  static const char *const first_files[] = {"log.txt", "used_parameters.yaml"};
  static const char *const results[] = {"network.h5", "activity.h5", "causality.h5"};
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  if (app->created_output && app->rank == 0) {
    for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(results); k++) {
      PetscCall(AppPath(app, results[k], sizeof(path), path));
      if (!access(path, F_OK)) {
        PetscFunctionReturn(0);
      }
    }
    for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(first_files); k++) {
      PetscCall(AppPath(app, first_files[k], sizeof(path), path));
      (void)unlink(path);
    }
    (void)rmdir(app->output);
  }
  PetscFunctionReturn(0);
}
