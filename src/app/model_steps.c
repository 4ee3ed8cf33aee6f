/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A forecast prepares its activity as that of the training was prepared, which the model's file tells. */
#include "app.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Parameters, or beginnings of them, that change the values or the distance of the samples. */
static const char *const keys[] = {"activity_downsample",
                                   "activity_clip",
                                   "activity_detrend",
                                   "activity_difference",
                                   "activity_steps",
                                   "activity_normalize",
                                   "activity_event_threshold",
                                   "dff_",
                                   "decimate_",
                                   "deconvolve_",
                                   "events_"};

/* Distances of samples that count as equal, relative to each other. */
#define SAME_INTERVAL 1e-6

/* Root attribute of the file of a model: distance of the samples of its training [ms], 0 when it is not known. */
static const char interval_name[] = "sample_interval";

static PetscBool is_preparation(const char *key)
{
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(keys); k++) {
    const size_t length = strlen(keys[k]);

    if (!strcmp(key, keys[k]) || (keys[k][length - 1] == '_' && !strncmp(key, keys[k], length))) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Takes the quotes away in which a value stands. */
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

/* Of the parameters of the training, those that the user has not given; of those that differ, a list. */
static PetscErrorCode take(App *app, const char *text)
{
  char key[128], value[PETSC_MAX_PATH_LEN], name[130], given[PETSC_MAX_PATH_LEN];
  PetscBool set;

  PetscFunctionBegin;
  while (RestartNextEntry(&text, key, value)) {
    const size_t used = strlen(app->trained.differs);

    if (!is_preparation(key)) {
      continue;
    }
    unquote(value);
    (void)snprintf(name, sizeof(name), "-%s", key);
    given[0] = 0;
    PetscCall(PetscOptionsGetString(NULL, NULL, name, given, sizeof(given), &set));
    if (!set) {
      PetscCall(ParametersSet(app->parameters, key, value));
      app->trained.is_taken = PETSC_TRUE;
    } else if (!is_same(given, value)) {
      (void)snprintf(app->trained.differs + used, sizeof(app->trained.differs) - used,
                     "%s%s = %s, trained with %s", used ? "; " : "", key, given, value);
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
  PetscCall(PetscOptionsGetString(NULL, NULL, "-model", app->model_file, sizeof(app->model_file),
                                  &found));
  if (!app->model_file[0]) {
    PetscFunctionReturn(0);
  }
  PetscCall(ParseFilePath(app->model_file, sizeof(name), name, path));
  PetscCall(DataFileOpen(app->comm, name, &file));
  PetscCall(PetscCalloc1(LONGEST, &text));
  status = DataFileGetString(file, "/", "parameters", LONGEST, text, NULL);
  status =
      status ? status : DataFileGetReal(file, "/", interval_name, &app->trained.interval_ms, NULL);
  status = status ? status : take(app, text);
  PetscCall(PetscFree(text));
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}

PetscErrorCode AppTellModelSteps(App *app)
{
  PetscFunctionBegin;
  if (app->trained.is_taken && !app->trained.differs[0]) {
    PetscCall(LogPrintf("forecast   %s is preprocessed as the activity that %s was trained on\n",
                        ActivityGetFile(app->activity), app->model_file));
  }
  if (app->trained.differs[0]) {
    PetscCall(LogWarning("preprocessing differs from that of the training of %s: %s\n",
                         app->model_file, app->trained.differs));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AppCheckModelInterval(App *app)
{
  const double trained = app->trained.interval_ms, now = ActivityInterval(app->activity);

  PetscFunctionBegin;
  if (trained > 0 && now > 0 && fabs(now - trained) > SAME_INTERVAL * trained) {
    PetscCall(LogWarning("%s has samples every %g ms, and the model %s was trained on samples "
                         "every %g ms\n",
                         ActivityGetFile(app->activity), now, app->model_file, trained));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteModelInterval(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(DataFileSetReal(file, "/", interval_name, ActivityInterval(app->activity)));
  PetscFunctionReturn(0);
}
