/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Inference from one stretch of time after the other, each by itself. */
#include "app.h"

PetscErrorCode AppWindowPath(const App *app, const char *name, size_t length, char path[])
{
  char file[64];

  PetscFunctionBegin;
  if (app->n_windows > 1) {
    PetscCall(PetscSNPrintf(file, sizeof(file), "%s_window_%lld.h5", name, (long long)app->window));
  } else {
    PetscCall(PetscSNPrintf(file, sizeof(file), "%s.h5", name));
  }
  PetscCall(AppPath(app, file, length, path));
  PetscFunctionReturn(0);
}

/* Methods as at the beginning, without what they have computed. */
static PetscErrorCode renew_methods(App *app)
{
  Parameters parameters = app->parameters;
  char types[sizeof(app->methods)] = "";

  PetscFunctionBegin;
  for (int k = 0; k < app->n_forecasters; k++) {
    PetscCall(PetscStrlcat(types, k ? "," : "", sizeof(types)));
    PetscCall(PetscStrlcat(types, ForecasterName(app->forecasters[k]), sizeof(types)));
    PetscCall(ForecasterDestroy(&app->forecasters[k]));
  }
  app->n_forecasters = 0;
  PetscCall(GrangerDestroy(&app->granger));
  PetscCall(GrangerCreate(app->comm, &app->granger));
  PetscCall(ParametersCreate(app->comm, &app->parameters)); /* the same words, not recorded again */
  PetscCall(GrangerSetCheckpoint(app->granger, app->checkpoint));
  PetscCall(GrangerSetFromOptions(app->granger, app->parameters, (uint32_t)app->seed));
  PetscCall(AppCreateForecasters(app, types, PETSC_TRUE));
  PetscCall(ParametersDestroy(&app->parameters));
  app->parameters = parameters;
  PetscFunctionReturn(0);
}

PetscErrorCode AppNextWindow(App *app)
{
  PetscFunctionBegin;
  app->window++;
  app->resumes = app->loaded = app->has_granger = app->has_forecaster = PETSC_FALSE;
  app->resume_stage = -1;
  PetscCall(CausalityDestroy(&app->causality));
  PetscCall(NetworkDestroy(&app->observed_truth));
  PetscCall(renew_methods(app));
  PetscCall(ActivitySetWindow(app->activity, app->window));
  PetscFunctionReturn(0);
}
