/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

static PetscErrorCode prepare_simulate(App *app)
{
  double memory, disk, synapses;

  PetscFunctionBegin;
  if (!app->simulates) {
    PetscFunctionReturn(0);
  }
  if (NetworkExpectedNeurons(app->network) < 0) {
    /* a given network is small enough to read for its size */
    PetscCall(NetworkSetUp(app->network));
  }
  PetscCall(SimulationEstimate(app->simulation, app->size, &memory, &disk));
  synapses = NetworkExpectedSynapses(app->network);
  app->n_neurons = NetworkExpectedNeurons(app->network);
  app->n_samples = SimulationSteps(app->simulation) + 1;
  app->memory = PetscMax(app->memory, memory);
  app->held = 12 * synapses / app->size + (double)app->n_neurons;
  app->disk += disk + 48 * synapses + 60 * (double)app->n_neurons;
  PetscCall(
      LogPrintf("simulate   %lld neurons, %.4g synapses, %lld steps; memory %.1f MB per rank, "
                "network.h5 %.1f MB, activity.h5 %.1f MB and 16 bytes per spike\n",
                (long long)app->n_neurons, synapses, (long long)SimulationSteps(app->simulation),
                memory * 1e-6, (48 * synapses + 60 * (double)app->n_neurons) * 1e-6, disk * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_network(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(NetworkWrite(app->network, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_activity(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(SimulationRun(app->simulation, file, &app->n_spikes));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_simulate(App *app)
{
  char path[PETSC_MAX_PATH_LEN];
  double seconds;

  PetscFunctionBegin;
  if (!app->simulates) {
    PetscFunctionReturn(0);
  }
  PetscCall(NetworkSetUp(app->network));
  PetscCall(SimulationSetUp(app->simulation));
  PetscCall(AppWriteFile(app, "network.h5", write_network));
  PetscCall(AppWriteFile(app, "activity.h5", write_activity));
  /* what follows needs the memory, and of the simulation only the network as truth */
  PetscCall(SimulationDestroy(&app->simulation));
  PetscCall(AppPath(app, "activity.h5", sizeof(path), path));
  PetscCall(ActivitySetFile(app->activity, path));
  seconds = (double)(app->n_samples - 1) * 1e-3;
  PetscCall(LogPrintf("simulate   %lld neurons, %lld synapses, %lld spikes, mean rate %.2f Hz\n",
                      (long long)app->n_neurons, (long long)NetworkSynapses(app->network),
                      (long long)app->n_spikes,
                      (double)app->n_spikes / (double)app->n_neurons / seconds));
  PetscFunctionReturn(0);
}

Stage StageSimulate = {"simulate", prepare_simulate, execute_simulate, STAGE_SIMULATE, -1.0};
