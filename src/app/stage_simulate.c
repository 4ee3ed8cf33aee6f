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
    PetscCall(NetworkDescribe(app->network, "network"));
  }
  PetscCall(SimulationEstimate(app->simulation, app->size, &memory, &disk));
  synapses = NetworkExpectedSynapses(app->network);
  app->n_neurons = NetworkExpectedNeurons(app->network);
  app->n_samples = SimulationSamples(app->simulation);
  app->memory = PetscMax(app->memory, memory);
  app->held = (SimulationSwitches(app->simulation) ? 2 : 1) *
              (NetworkSynapseBytes(app->network) * synapses / app->size + (double)app->n_neurons);
  app->disk += disk + NetworkFileBytes(app->network);
  PetscCall(
      LogPrintf("simulate   %lld neurons, %.4g synapses, %lld steps; memory %.1f MB per rank, "
                "network.h5 %.1f MB, activity.h5 %.1f MB and 16 bytes per spike\n",
                (long long)app->n_neurons, synapses, (long long)SimulationSteps(app->simulation),
                memory * 1e-6, NetworkFileBytes(app->network) * 1e-6, disk * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_network(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(NetworkWrite(app->network, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_switched(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(NetworkWrite(app->switched_truth, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode record_activity(App *app, const char *path)
{
  const PetscBool resumes = AppResumesStage(app);
  DataFile file;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (resumes) {
    PetscCall(DataFileResume(app->comm, path, &file));
  } else {
    if (NetworkFileBytes(app->network) > 0) {
      PetscCall(AppWriteFile(app, "network.h5", write_network));
    }
    if (SimulationSwitches(app->simulation)) {
      PetscCall(AppWriteFile(app, "network_switched.h5", write_switched));
    }
    PetscCall(DataFileCreate(app->comm, path, &file));
    status = DataFileProvenance(file, app->parameters_yaml);
  }
  status = status ? status : SimulationRun(app->simulation, file, resumes, &app->n_spikes);
  if (status == CAUSEWAY_STOPPED || (status && resumes)) {
    PetscCall(DataFileSuspend(&file)); /* what an earlier job has computed is not to be lost */
  } else if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscCall(SimulationCleanUp(app->simulation, path));
  } else {
    PetscCall(DataFileClose(&file));
    PetscCall(CheckpointAddFile(app->checkpoint, path));
    PetscCall(SimulationCleanUp(app->simulation, path));
  }
  PetscFunctionReturn(status);
}

static PetscErrorCode execute_simulate(App *app)
{
  char path[PETSC_MAX_PATH_LEN];
  int64_t n_neurons, switch_step;
  const PetscBool spikes = app->simulates ? SimulationSpikes(app->simulation) : PETSC_FALSE;
  double seconds;

  PetscFunctionBegin;
  if (!app->simulates) {
    PetscFunctionReturn(0);
  }
  PetscCall(AppPath(app, "activity.h5", sizeof(path), path));
  PetscCall(NetworkSetUp(app->network));
  PetscCall(SimulationSwitchedNetwork(app->simulation, &app->switched_truth, &switch_step));
  app->switch_ms = (double)switch_step * SimulationInterval(app->simulation);
  if (app->stage >= app->resume_stage) {
    PetscCall(SimulationSetUp(app->simulation));
    PetscCall(record_activity(app, path));
  }
  seconds = (double)SimulationSteps(app->simulation) * SimulationInterval(app->simulation) * 1e-3;
  /* what follows needs the memory, and of the simulation only the network as truth */
  PetscCall(SimulationDestroy(&app->simulation));
  PetscCall(ActivitySetFile(app->activity, path));
  n_neurons = NetworkPartition(app->network)->n_global;
  if (!spikes) {
    app->n_spikes = -1;
    PetscCall(LogPrintf("simulate   %lld neurons, %lld synapses, %lld samples\n",
                        (long long)n_neurons, (long long)NetworkSynapses(app->network),
                        (long long)app->n_samples));
    PetscFunctionReturn(0);
  }
  PetscCall(LogPrintf("simulate   %lld neurons, %lld synapses, %lld spikes, mean rate %.2f Hz\n",
                      (long long)n_neurons, (long long)NetworkSynapses(app->network),
                      (long long)app->n_spikes,
                      (double)app->n_spikes / (double)n_neurons / seconds));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_simulate(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(SimulationKeep(app->simulation, snapshot));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_recorded(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(SnapshotGroup(snapshot, "simulate"));
  PetscCall(SnapshotInteger(snapshot, "spikes", &app->n_spikes));
  PetscFunctionReturn(0);
}

Stage StageSimulate = {.name = "simulate",
                       .prepare = prepare_simulate,
                       .execute = execute_simulate,
                       .files = {"network.h5", "network_switched.h5", "activity.h5"},
                       .log_stage = STAGE_SIMULATE,
                       .keep = keep_simulate,
                       .keep_result = keep_recorded,
                       .seconds = -1.0};
