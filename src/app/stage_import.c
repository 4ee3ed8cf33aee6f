/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recording of any format as a file of activity. */
#include "app.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static PetscErrorCode check_output(const App *app)
{
  char source[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  struct stat from, to;

  if (!app->import_file[0]) {
    return UserError("import needs the name of the file to write: give -output FILE.h5");
  }
  if (!stat(app->import_file, &to) && !S_ISREG(to.st_mode)) {
    return UserError("output = %s: is a directory, device or pipe; give the name of a file",
                     app->import_file);
  }
  if (!access(app->import_file, F_OK) && !app->overwrite) {
    return UserError("output = %s: exists already; choose another -output, or replace it with "
                     "-overwrite",
                     app->import_file);
  }
  PetscCall(ParseFilePath(ActivityGetFile(app->activity), sizeof(source), source, path));
  if (!stat(source, &from) && !stat(app->import_file, &to) && from.st_dev == to.st_dev &&
      from.st_ino == to.st_ino) {
    return UserError("output = %s: is the file that is read; choose another one", app->import_file);
  }
  return 0;
}

static PetscErrorCode prepare_import(App *app)
{
  double values;

  PetscFunctionBegin;
  UserCheck(ActivityGetFile(app->activity)[0],
            "nothing to import: causeway import FILE -output FILE.h5");
  PetscCall(ErrorAgree(app->comm, app->rank == 0 ? check_output(app) : 0));
  PetscCall(AppInspectActivity(app));
  values = (double)app->n_samples * (double)app->n_neurons;
  app->memory = 8.0 * (double)app->n_samples * ceil((double)app->n_neurons / app->size);
  app->disk = (app->import_single ? 4 : 8) * values;
  PetscCall(
      LogPrintf("import     %lld neurons, %lld samples; memory %.1f MB per rank, %s %.1f MB\n",
                (long long)app->n_neurons, (long long)app->n_samples, app->memory * 1e-6,
                app->import_file, app->disk * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_import(App *app)
{
  DataFile file;
  int64_t n_events;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(ErrorAgree(app->comm, app->rank == 0 ? DirectoryLockOf(app->import_file) : 0));
  PetscCall(AppLoadActivity(app));
  PetscCall(DataFileCreate(app->comm, app->import_file, &file));
  status = DataFileProvenance(file, app->parameters_yaml);
  status = status ? status : ActivityWrite(app->activity, file, app->import_single);
  if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscFunctionReturn(status);
  }
  PetscCall(DataFileClose(&file));
  PetscCall(ActivityCountEvents(app->activity, &n_events));
  PetscCall(LogPrintf("import     %lld neurons, %lld samples%s%s", (long long)app->n_neurons,
                      (long long)app->n_samples, ActivityUnit(app->activity)[0] ? " in " : "",
                      ActivityUnit(app->activity)));
  if (ActivityInterval(app->activity) > 0) {
    PetscCall(LogPrintf(" every %g ms", ActivityInterval(app->activity)));
  }
  if (n_events > 0) {
    PetscCall(LogPrintf(", %lld events", (long long)n_events));
  }
  PetscCall(
      LogPrintf("\ndone       %s; use it with -activity %s\n", app->import_file, app->import_file));
  PetscFunctionReturn(0);
}

Stage StageImport = {.name = "import",
                     .prepare = prepare_import,
                     .execute = execute_import,
                     .log_stage = STAGE_IMPORT,
                     .seconds = -1.0};
