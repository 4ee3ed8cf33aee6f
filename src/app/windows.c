/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Inference from consecutive time windows, one at a time. */
#include "app.h"

PetscErrorCode RunWindowPath(const Run *run, const char *name, size_t length, char path[])
{
  char file[64];

  PetscFunctionBegin;
  if (run->n_windows > 1) {
    PetscCall(PetscSNPrintf(file, sizeof(file), "%s_window_%lld.h5", name, (long long)run->window));
  } else {
    PetscCall(PetscSNPrintf(file, sizeof(file), "%s.h5", name));
  }
  PetscCall(RunPath(run, file, length, path));
  PetscFunctionReturn(0);
}

/* Recreates the methods without their results. */
static PetscErrorCode renew_methods(App *app)
{
  PetscFunctionBegin;
  PetscCall(GrangerDestroy(&app->granger.granger));
  PetscCall(GrangerCreate(app->run.comm, &app->granger.granger));
  PetscCall(GrangerSetCheckpoint(app->granger.granger, app->run.checkpoint));
  PetscCall(
      GrangerSetFromOptions(app->granger.granger, app->run.parameters, (uint32_t)app->run.seed));
  PetscCall(AppCreateForecasters(app));
  PetscFunctionReturn(0);
}

PetscErrorCode AppNextWindow(App *app)
{
  PetscFunctionBegin;
  app->run.window++;
  app->run.resumes = app->data.is_loaded = app->granger.is_done = app->train.is_done = PETSC_FALSE;
  app->run.resume_stage = -1;
  PetscCall(CausalityDestroy(&app->data.causality));
  PetscCall(NetworkDestroy(&app->evaluate.observed_truth));
  PetscCall(renew_methods(app));
  PetscCall(ActivitySetWindow(app->data.activity, app->run.window));
  PetscFunctionReturn(0);
}
