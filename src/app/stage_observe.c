/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Writes what a simulated instrument records to recording.h5, from which methods infer. */
#include "app.h"

#include <unistd.h>

static PetscErrorCode prepare_observe(App *app)
{
  double memory, file;
  int64_t n_neurons;

  PetscFunctionBegin;
  UserCheck(!ObservationNeedsSpikes(app->observe.observation) ||
                SimulationSpikes(app->simulate.simulation),
            "observe_model = fluorescence: needs spikes, which this simulate_neuron does not "
            "produce; choose another neuron or observe_model");
  PetscCall(ObservationSamples(app->observe.observation,
                               (double)SimulationSteps(app->simulate.simulation) *
                                   SimulationInterval(app->simulate.simulation),
                               SimulationSamples(app->simulate.simulation),
                               SimulationRecordInterval(app->simulate.simulation),
                               &app->observe.n_samples));
  n_neurons = ObservationNeedsSpikes(app->observe.observation)
                  ? NetworkExpectedNeurons(app->simulate.network)
                  : SimulationRecorded(app->simulate.simulation);
  ObservationEstimate(app->observe.observation, app->run.size, n_neurons, app->observe.n_samples,
                      &memory, &file);
  app->run.memory = PetscMax(app->run.memory, memory);
  app->run.disk += file;
  PetscCall(LogPrintf(
      "observe    %lld neurons, %lld samples; memory %.1f MB per rank, recording.h5 "
      "%.1f MB\n",
      (long long)n_neurons, (long long)app->observe.n_samples, memory * 1e-6, file * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_recording(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(ObservationRun(app->observe.observation, ActivityGetFile(app->data.activity),
                           NetworkIdentity(app->simulate.network), app->observe.n_samples, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_observe(App *app)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  if (app->run.stage >= app->run.resume_stage) {
    PetscCall(AppWriteFile(app, "recording.h5", write_recording));
  }
  PetscCall(RunPath(&app->run, "recording.h5", sizeof(path), path));
  PetscCall(ActivitySetFile(app->data.activity, path));
  PetscFunctionReturn(0);
}

static PetscBool applies(const App *app)
{
  return app->simulate.applies ? ObservationIsSet(app->observe.observation) : PETSC_FALSE;
}

Stage StageObserve = {.name = "observe",
                      .applies = applies,
                      .prepare = prepare_observe,
                      .execute = execute_observe,
                      .files = {"recording.h5"},
                      .log_stage = STAGE_OBSERVE,
                      .seconds = -1.0};
