/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include <math.h>

static PetscErrorCode prepare_forecaster(App *app, Forecaster f, PetscBool is_last)
{
  ForecasterInfo info;
  double memory, disk;

  PetscFunctionBegin;
  PetscCall(ForecasterEstimate(f, app->data.n_neurons, app->data.n_samples, &memory, &disk));
  PetscCall(ForecasterGetInfo(f, &info));
  app->run.memory = PetscMax(app->run.memory, app->run.held + memory);
  /* models stay in memory until the end, but the last one determines the peak */
  app->run.held += is_last ? 8.0 * ceil((double)app->data.n_neurons / app->run.size) *
                                 (double)app->data.n_neurons * (double)info.n_matrices
                           : memory;
  app->run.disk += disk;
  PetscCall(LogPrintf("train      %s: %lld neurons, %lld samples, %lld members on %d x %d x %d "
                      "ranks; memory %.1f MB per rank, model.h5 and causality.h5 %.1f MB\n",
                      ForecasterName(f), (long long)app->data.n_neurons,
                      (long long)app->data.n_samples, (long long)info.n_members, info.grid[0],
                      info.grid[1], info.grid[2], memory * 1e-6, disk * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode prepare_train(App *app)
{
  PetscFunctionBegin;
  PetscCall(AppInspectActivity(app));
  PetscCall(ForecasterCheckActivity(app->data.activity, app->data.n_samples));
  for (int k = 0; k < app->train.n_forecasters; k++) {
    PetscCall(prepare_forecaster(app, app->train.forecasters[k],
                                 k + 1 == app->train.n_forecasters ? PETSC_TRUE : PETSC_FALSE));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode write_models(App *app, DataFile file)
{
  PetscFunctionBegin;
  for (int k = 0; k < app->train.n_forecasters; k++) {
    PetscCall(ForecasterWriteModel(app->train.forecasters[k], file));
  }
  PetscCall(AppWriteNeurons(app, file));
  PetscCall(AppWriteModelInterval(app, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_train(App *app)
{
  ForecasterInfo info;

  PetscFunctionBegin;
  PetscCall(AppLoadActivity(app));
  PetscCall(AppCausality(app));
  for (int k = 0; AppResumesStage(app) && k < app->train.n_forecasters; k++) {
    PetscCall(ForecasterResume(app->train.forecasters[k], app->data.activity));
  }
  for (int k = 0; k < app->train.n_forecasters; k++) {
    PetscCall(ForecasterTrain(app->train.forecasters[k], app->data.activity));
  }
  app->train.is_done = PETSC_TRUE;
  PetscCall(AppWriteWindow(app, "model", write_models));
  for (int k = 0; k < app->train.n_forecasters; k++) {
    PetscCall(ForecasterAddScores(app->train.forecasters[k], app->data.causality));
    PetscCall(ForecasterGetInfo(app->train.forecasters[k], &info));
    PetscCall(CausalitySetCost(app->data.causality, ForecasterName(app->train.forecasters[k]),
                               (ScoreCost){info.train_s, info.flops}));
  }
  PetscCall(AppWriteCausality(app));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_train(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  for (int k = 0; k < app->train.n_forecasters; k++) {
    PetscCall(ForecasterKeep(app->train.forecasters[k], snapshot));
  }
  PetscFunctionReturn(0);
}

static PetscBool applies(const App *app)
{
  return app->train.applies;
}

Stage StageTrain = {.name = "train",
                    .applies = applies,
                    .prepare = prepare_train,
                    .execute = execute_train,
                    .files = {"causality.h5", "model.h5"},
                    .log_stage = STAGE_TRAIN,
                    .keep = keep_train,
                    .seconds = -1.0};

/* Reads the model before anything is computed, so that a wrong file costs no time. */
static PetscErrorCode prepare_forecast(App *app)
{
  PetscFunctionBegin;
  UserCheck(app->forecast.model_file[0], "no model to forecast with: give -model FILE.h5:/group");
  PetscCall(AppTellModelSteps(app));
  PetscCall(AppInspectActivity(app));
  PetscCall(ForecasterCheckActivity(app->data.activity, app->data.n_samples));
  PetscCall(AppTakeModelNeurons(app));
  PetscCall(
      ForecasterLoad(app->train.forecasters[0], app->forecast.model_file, app->data.n_neurons));
  PetscCall(ForecasterEstimate(app->train.forecasters[0], app->data.n_neurons, app->data.n_samples,
                               &app->run.memory, &app->run.disk));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_forecast(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(ForecasterWriteForecast(app->train.forecasters[0], file));
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
  PetscCall(ForecasterForecast(app->train.forecasters[0], app->data.activity,
                               (Split)app->forecast.split));
  app->forecast.is_done = PETSC_TRUE;
  PetscCall(AppWriteFile(app, "forecast.h5", write_forecast));
  PetscCall(ForecasterGetInfo(app->train.forecasters[0], &info));
  PetscCall(LogPrintf("forecast   %lld neurons, %lld member%s: MSE %.7g, R2 %s\n",
                      (long long)app->data.n_neurons, (long long)info.n_used,
                      info.n_used > 1 ? "s" : "", info.mse, LogNumber(info.r2, "%.7g", r2)));
  if (info.n_without_r2 > 0) {
    PetscCall(LogPrintf("forecast   %lld of %lld neurons do not vary over the forecast and have no "
                        "R2; R2 is the mean of the others\n",
                        (long long)info.n_without_r2, (long long)app->data.n_neurons));
  }
  PetscFunctionReturn(0);
}

Stage StageForecast = {.name = "forecast",
                       .prepare = prepare_forecast,
                       .execute = execute_forecast,
                       .files = {"forecast.h5"},
                       .log_stage = STAGE_FORECAST,
                       .seconds = -1.0};
