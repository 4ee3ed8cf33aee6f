/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include <math.h>

static PetscErrorCode prepare_forecaster(App *app, Forecaster f, PetscBool is_last)
{
  ForecasterInfo info;
  double memory, disk;

  PetscFunctionBegin;
  PetscCall(ForecasterEstimate(f, app->n_neurons, app->n_samples, &memory, &disk));
  PetscCall(ForecasterGetInfo(f, &info));
  app->memory = PetscMax(app->memory, app->held + memory);
  /* models stay until the end, but the last is the largest use of memory */
  app->held += is_last ? 8.0 * ceil((double)app->n_neurons / app->size) * (double)app->n_neurons *
                             (double)info.n_matrices
                       : memory;
  app->disk += disk;
  PetscCall(LogPrintf("train      %s: %lld neurons, %lld samples, %lld members on %d x %d x %d "
                      "ranks; memory %.1f MB per rank, model.h5 and causality.h5 %.1f MB\n",
                      ForecasterName(f), (long long)app->n_neurons, (long long)app->n_samples,
                      (long long)info.n_members, info.grid[0], info.grid[1], info.grid[2],
                      memory * 1e-6, disk * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode prepare_train(App *app)
{
  PetscFunctionBegin;
  if (!app->infers_forecaster) {
    PetscFunctionReturn(0);
  }
  PetscCall(AppInspectActivity(app));
  PetscCall(ForecasterCheckActivity(app->activity, app->n_samples));
  for (int k = 0; k < app->n_forecasters; k++) {
    PetscCall(prepare_forecaster(app, app->forecasters[k],
                                 k + 1 == app->n_forecasters ? PETSC_TRUE : PETSC_FALSE));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode write_models(App *app, DataFile file)
{
  PetscFunctionBegin;
  for (int k = 0; k < app->n_forecasters; k++) {
    PetscCall(ForecasterWriteModel(app->forecasters[k], file));
  }
  PetscCall(AppWriteNeurons(app, file));
  PetscCall(AppWriteModelInterval(app, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_train(App *app)
{
  PetscFunctionBegin;
  if (!app->infers_forecaster) {
    PetscFunctionReturn(0);
  }
  PetscCall(AppLoadActivity(app));
  PetscCall(AppCausality(app));
  for (int k = 0; AppResumesStage(app) && k < app->n_forecasters; k++) {
    PetscCall(ForecasterResume(app->forecasters[k], app->activity));
  }
  for (int k = 0; k < app->n_forecasters; k++) {
    PetscCall(ForecasterTrain(app->forecasters[k], app->activity));
  }
  app->has_forecaster = PETSC_TRUE;
  PetscCall(AppWriteWindow(app, "model", write_models));
  for (int k = 0; k < app->n_forecasters; k++) {
    PetscCall(ForecasterAddScores(app->forecasters[k], app->causality));
  }
  PetscCall(AppWriteCausality(app));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_train(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  for (int k = 0; k < app->n_forecasters; k++) {
    PetscCall(ForecasterKeep(app->forecasters[k], snapshot));
  }
  PetscFunctionReturn(0);
}

Stage StageTrain = {.name = "train",
                    .prepare = prepare_train,
                    .execute = execute_train,
                    .files = {"causality.h5", "model.h5"},
                    .log_stage = STAGE_TRAIN,
                    .keep = keep_train,
                    .seconds = -1.0};

/* The model is read before anything is computed, so that a wrong one costs nothing. */
static PetscErrorCode prepare_forecast(App *app)
{
  PetscFunctionBegin;
  UserCheck(app->model_file[0], "no model to forecast with: give -model FILE.h5:/group");
  PetscCall(AppTellModelSteps(app));
  PetscCall(AppInspectActivity(app));
  PetscCall(ForecasterCheckActivity(app->activity, app->n_samples));
  PetscCall(AppTakeModelNeurons(app));
  PetscCall(ForecasterLoad(app->forecasters[0], app->model_file, app->n_neurons));
  PetscCall(ForecasterEstimate(app->forecasters[0], app->n_neurons, app->n_samples, &app->memory,
                               &app->disk));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_forecast(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(ForecasterWriteForecast(app->forecasters[0], file));
  PetscCall(AppWriteNeurons(app, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_forecast(App *app)
{
  ForecasterInfo info;
  char r2[32];

  PetscFunctionBegin;
  PetscCall(AppLoadActivity(app));
  PetscCall(AppCheckModelInterval(app));
  PetscCall(ForecasterForecast(app->forecasters[0], app->activity, (Split)app->forecast_split));
  app->has_forecast = PETSC_TRUE;
  PetscCall(AppWriteFile(app, "forecast.h5", write_forecast));
  PetscCall(ForecasterGetInfo(app->forecasters[0], &info));
  PetscCall(LogPrintf("forecast   %lld neurons, %lld member%s: MSE %.7g, R2 %s\n",
                      (long long)app->n_neurons, (long long)info.n_used, info.n_used > 1 ? "s" : "",
                      info.mse, LogNumber(info.r2, "%.7g", r2)));
  if (info.n_without_r2 > 0) {
    PetscCall(LogPrintf(
        "forecast   %lld of %lld neurons do not vary in what is forecast and have no R2; it "
        "is the mean of the others\n",
        (long long)info.n_without_r2, (long long)app->n_neurons));
  }
  PetscFunctionReturn(0);
}

Stage StageForecast = {.name = "forecast",
                       .prepare = prepare_forecast,
                       .execute = execute_forecast,
                       .files = {"forecast.h5"},
                       .log_stage = STAGE_FORECAST,
                       .seconds = -1.0};
