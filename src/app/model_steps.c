/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A forecast preprocesses its activity like the activity of the training, as recorded in the model
   file. */
#include "app.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"
#include "causeway/log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Relative difference below which two sampling intervals count as equal. */
#define SAME_INTERVAL 1e-6

/* Root attribute of a model file: sampling interval of the training [ms], 0 when unknown. */
static const char interval_name[] = "sample_interval";

/* Removes the quotes around a value. */
static void unquote(char value[])
{
  const size_t length = strlen(value);

  if (length >= 2 && value[0] == '\'' && value[length - 1] == '\'') {
    memmove(value, value + 1, length - 2);
    value[length - 2] = 0;
  }
}

static PetscBool is_same(const char *a, const char *b)
{
  double x, y;

  return !strcmp(a, b) || (NumberReal(a, &x) && NumberReal(b, &y) && x == y) ? PETSC_TRUE
                                                                             : PETSC_FALSE;
}

/* Takes over the training's parameters that the user has not given, and lists those that differ. */
static PetscErrorCode take(App *app, const char *text)
{
  char key[128], value[PETSC_MAX_PATH_LEN], name[130], given[PETSC_MAX_PATH_LEN];
  PetscBool set;

  PetscFunctionBegin;
  while (RestartNextEntry(&text, key, value)) {
    const size_t used = strlen(app->forecast.trained.differs);

    if (!ParametersPrepares(app->run.parameters, key)) {
      continue;
    }
    unquote(value);
    (void)snprintf(name, sizeof(name), "-%s", key);
    given[0] = 0;
    PetscCall(PetscOptionsGetString(NULL, NULL, name, given, sizeof(given), &set));
    if (!set) {
      PetscCall(ParametersSetDefault(app->run.parameters, key, value));
      app->forecast.trained.is_taken = PETSC_TRUE;
    } else if (!is_same(given, value)) {
      (void)snprintf(app->forecast.trained.differs + used,
                     sizeof(app->forecast.trained.differs) - used, "%s%s = %s, trained with %s",
                     used ? "; " : "", key, given, value);
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AppTakeModelSteps(App *app)
{
  enum { LONGEST = 1 << 16 };
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN], *text;
  PetscErrorCode status;
  PetscBool found;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetString(NULL, NULL, "-model", app->forecast.model_file,
                                  sizeof(app->forecast.model_file), &found));
  if (!app->forecast.model_file[0]) {
    PetscFunctionReturn(0);
  }
  PetscCall(ParseFilePath(app->forecast.model_file, sizeof(name), name, path));
  PetscCall(DataFileOpen(app->run.comm, name, &file));
  PetscCall(PetscCalloc1(LONGEST, &text));
  status = DataFileGetString(file, "/", "parameters", LONGEST, text, NULL);
  status =
      status ? status
             : DataFileGetReal(file, "/", interval_name, &app->forecast.trained.interval_ms, NULL);
  status = status ? status : take(app, text);
  PetscCall(PetscFree(text));
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}

PetscErrorCode AppTellModelSteps(App *app)
{
  PetscFunctionBegin;
  if (app->forecast.trained.is_taken && !app->forecast.trained.differs[0]) {
    PetscCall(LogPrintf("forecast   %s is preprocessed like the activity that %s was trained on\n",
                        ActivityGetFile(app->data.activity), app->forecast.model_file));
  }
  if (app->forecast.trained.differs[0]) {
    PetscCall(LogWarning("preprocessing differs from the training of %s: %s\n",
                         app->forecast.model_file, app->forecast.trained.differs));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AppCheckModelInterval(App *app)
{
  const double trained = app->forecast.trained.interval_ms,
               now = ActivityInterval(app->data.activity);

  PetscFunctionBegin;
  if (trained > 0 && now > 0 && fabs(now - trained) > SAME_INTERVAL * trained) {
    PetscCall(LogWarning("%s has samples every %g ms, but the model %s was trained on samples "
                         "every %g ms\n",
                         ActivityGetFile(app->data.activity), now, app->forecast.model_file,
                         trained));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteModelInterval(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(DataFileSetReal(file, "/", interval_name, ActivityInterval(app->data.activity)));
  PetscFunctionReturn(0);
}
