/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Converts a recording of any supported format to an activity file. */
#include "app.h"

#include "causeway/internal/core/process.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static PetscErrorCode check_output(const App *app)
{
  char source[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  struct stat from, to;

  if (!app->import.file[0]) {
    return UserError("import needs the name of the file to write: give -output FILE.h5");
  }
  if (!stat(app->import.file, &to) && !S_ISREG(to.st_mode)) {
    return UserError("output = %s: is a directory, device or pipe; give the name of a file",
                     app->import.file);
  }
  if (!access(app->import.file, F_OK) && !app->run.overwrite) {
    return UserError("output = %s: exists already; choose another -output, or replace it with "
                     "-overwrite",
                     app->import.file);
  }
  PetscCall(ParseFilePath(ActivityGetFile(app->data.activity), sizeof(source), source, path));
  if (!stat(source, &from) && !stat(app->import.file, &to) && from.st_dev == to.st_dev &&
      from.st_ino == to.st_ino) {
    return UserError("output = %s: is the file to import; choose another -output",
                     app->import.file);
  }
  return 0;
}

static PetscErrorCode prepare_import(App *app)
{
  double values;

  PetscFunctionBegin;
  UserCheck(ActivityGetFile(app->data.activity)[0],
            "nothing to import: causeway import FILE -output FILE.h5");
  PetscCall(ErrorAgree(app->run.comm, app->run.rank == 0 ? check_output(app) : 0));
  PetscCall(AppInspectActivity(app));
  values = (double)app->data.n_samples * (double)app->data.n_neurons;
  app->run.memory =
      8.0 * (double)app->data.n_samples * ceil((double)app->data.n_neurons / app->run.size);
  app->run.disk = (app->import.precision ? 4 : 8) * values;
  PetscCall(
      LogPrintf("import     %lld neurons, %lld samples; memory %.1f MB per rank, %s %.1f MB\n",
                (long long)app->data.n_neurons, (long long)app->data.n_samples,
                app->run.memory * 1e-6, app->import.file, app->run.disk * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_import(App *app)
{
  DataFile file;
  int64_t n_events;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(ErrorAgree(app->run.comm, app->run.rank == 0 ? DirectoryLockOf(app->import.file) : 0));
  PetscCall(AppLoadActivity(app));
  PetscCall(DataFileCreate(app->run.comm, app->import.file, &file));
  status = DataFileProvenance(file, app->run.parameters_yaml);
  status = status ? status
                  : ActivityWrite(app->data.activity, file,
                                  app->import.precision ? PETSC_TRUE : PETSC_FALSE);
  if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscFunctionReturn(status);
  }
  PetscCall(DataFileClose(&file));
  PetscCall(ActivityCountEvents(app->data.activity, &n_events));
  PetscCall(LogPrintf("import     %lld neurons, %lld samples%s%s", (long long)app->data.n_neurons,
                      (long long)app->data.n_samples,
                      ActivityUnit(app->data.activity)[0] ? " in " : "",
                      ActivityUnit(app->data.activity)));
  if (ActivityInterval(app->data.activity) > 0) {
    PetscCall(LogPrintf(" every %g ms", ActivityInterval(app->data.activity)));
  }
  if (n_events > 0) {
    PetscCall(LogPrintf(", %lld events", (long long)n_events));
  }
  PetscCall(
      LogPrintf("\ndone       %s; use it with -activity %s\n", app->import.file, app->import.file));
  PetscFunctionReturn(0);
}

Stage StageImport = {.name = "import",
                     .prepare = prepare_import,
                     .execute = execute_import,
                     .log_stage = STAGE_IMPORT,
                     .seconds = -1.0};
