/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What an instrument sees of the simulation, recording.h5, is what is inferred from. */
#include "app.h"

#include <unistd.h>

static PetscErrorCode prepare_observe(App *app)
{
  double memory, file;
  int64_t n_neurons;

  PetscFunctionBegin;
  if (!app->simulates || !ObservationIsSet(app->observation)) {
    PetscFunctionReturn(0);
  }
  UserCheck(!ObservationNeedsSpikes(app->observation) || SimulationSpikes(app->simulation),
            "observe_model = fluorescence: is of spikes, which simulate_neuron does not have");
  PetscCall(ObservationSamples(app->observation,
                               (double)SimulationSteps(app->simulation) *
                                   SimulationInterval(app->simulation),
                               SimulationSamples(app->simulation),
                               SimulationRecordInterval(app->simulation), &app->n_observed));
  n_neurons = ObservationNeedsSpikes(app->observation) ? NetworkExpectedNeurons(app->network)
                                                       : SimulationRecorded(app->simulation);
  ObservationEstimate(app->observation, app->size, n_neurons, app->n_observed, &memory, &file);
  app->memory = PetscMax(app->memory, memory);
  app->disk += file;
  PetscCall(
      LogPrintf("observe    %lld neurons, %lld samples; memory %.1f MB per rank, recording.h5 "
                "%.1f MB\n",
                (long long)n_neurons, (long long)app->n_observed, memory * 1e-6, file * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_recording(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(ObservationRun(app->observation, ActivityGetFile(app->activity),
                           NetworkIdentity(app->network), app->n_observed, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_observe(App *app)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  if (!app->simulates || !ObservationIsSet(app->observation)) {
    PetscFunctionReturn(0);
  }
  if (app->stage >= app->resume_stage) {
    PetscCall(AppWriteFile(app, "recording.h5", write_recording));
  }
  PetscCall(AppPath(app, "recording.h5", sizeof(path), path));
  PetscCall(ActivitySetFile(app->activity, path));
  PetscFunctionReturn(0);
}

Stage StageObserve = {.name = "observe",
                      .prepare = prepare_observe,
                      .execute = execute_observe,
                      .files = {"recording.h5"},
                      .log_stage = STAGE_OBSERVE,
                      .seconds = -1.0};
