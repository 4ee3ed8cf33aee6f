/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

static PetscErrorCode prepare_simulate(App *app)
{
  double memory, disk, synapses;

  PetscFunctionBegin;
  if (NetworkExpectedNeurons(app->simulate.network) < 0) {
    /* a network from a file is small enough to read here, which gives its size */
    PetscCall(NetworkSetUp(app->simulate.network));
    PetscCall(NetworkDescribe(app->simulate.network, "network"));
  }
  PetscCall(SimulationEstimate(app->simulate.simulation, app->run.size, &memory, &disk));
  synapses = NetworkExpectedSynapses(app->simulate.network);
  app->data.n_neurons = NetworkExpectedNeurons(app->simulate.network);
  app->data.n_samples = SimulationSamples(app->simulate.simulation);
  app->run.memory = PetscMax(app->run.memory, memory);
  app->run.held = (SimulationSwitches(app->simulate.simulation) ? 2 : 1) *
                  (NetworkSynapseBytes(app->simulate.network) * synapses / app->run.size +
                   (double)app->data.n_neurons);
  app->run.disk += disk + NetworkFileBytes(app->simulate.network);
  PetscCall(
      LogPrintf("simulate   %lld neurons, %.4g synapses, %lld steps; memory %.1f MB per rank, "
                "network.h5 %.1f MB, activity.h5 %.1f MB and 16 bytes per spike\n",
                (long long)app->data.n_neurons, synapses,
                (long long)SimulationSteps(app->simulate.simulation), memory * 1e-6,
                NetworkFileBytes(app->simulate.network) * 1e-6, disk * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_network(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(NetworkWrite(app->simulate.network, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_switched(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(NetworkWrite(app->simulate.switched, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode record_activity(App *app, const char *path)
{
  const PetscBool resumes = AppResumesStage(app);
  DataFile file;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (resumes) {
    PetscCall(DataFileResume(app->run.comm, path, &file));
  } else {
    if (NetworkFileBytes(app->simulate.network) > 0) {
      PetscCall(AppWriteFile(app, "network.h5", write_network));
    }
    if (SimulationSwitches(app->simulate.simulation)) {
      PetscCall(AppWriteFile(app, "network_switched.h5", write_switched));
    }
    PetscCall(DataFileCreate(app->run.comm, path, &file));
    status = DataFileProvenance(file, app->run.parameters_yaml);
  }
  status = status ? status
                  : SimulationRun(app->simulate.simulation, file, resumes, &app->simulate.n_spikes);
  if (status == CAUSEWAY_STOPPED || (status && resumes)) {
    PetscCall(DataFileSuspend(&file)); /* keeps what an earlier job has computed */
  } else if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscCall(SimulationCleanUp(app->simulate.simulation, path));
  } else {
    PetscCall(DataFileClose(&file));
    PetscCall(CheckpointAddFile(app->run.checkpoint, path));
    PetscCall(SimulationCleanUp(app->simulate.simulation, path));
  }
  PetscFunctionReturn(status);
}

static PetscErrorCode execute_simulate(App *app)
{
  char path[PETSC_MAX_PATH_LEN];
  int64_t n_neurons, switch_step;
  const PetscBool spikes = SimulationSpikes(app->simulate.simulation);
  double seconds;

  PetscFunctionBegin;
  PetscCall(RunPath(&app->run, "activity.h5", sizeof(path), path));
  PetscCall(NetworkSetUp(app->simulate.network));
  PetscCall(
      SimulationSwitchedNetwork(app->simulate.simulation, &app->simulate.switched, &switch_step));
  app->simulate.switch_ms = (double)switch_step * SimulationInterval(app->simulate.simulation);
  if (app->run.stage >= app->run.resume_stage) {
    PetscCall(SimulationSetUp(app->simulate.simulation));
    PetscCall(record_activity(app, path));
  }
  seconds = (double)SimulationSteps(app->simulate.simulation) *
            SimulationInterval(app->simulate.simulation) * 1e-3;
  /* later stages need the memory, and only the network as truth */
  PetscCall(SimulationDestroy(&app->simulate.simulation));
  PetscCall(ActivitySetFile(app->data.activity, path));
  n_neurons = NetworkPartition(app->simulate.network)->n_global;
  if (!spikes) {
    app->simulate.n_spikes = -1;
    PetscCall(LogPrintf("simulate   %lld neurons, %lld synapses, %lld samples\n",
                        (long long)n_neurons, (long long)NetworkSynapses(app->simulate.network),
                        (long long)app->data.n_samples));
    PetscFunctionReturn(0);
  }
  PetscCall(LogPrintf("simulate   %lld neurons, %lld synapses, %lld spikes, mean rate %.2f Hz\n",
                      (long long)n_neurons, (long long)NetworkSynapses(app->simulate.network),
                      (long long)app->simulate.n_spikes,
                      (double)app->simulate.n_spikes / (double)n_neurons / seconds));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_simulate(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(SimulationKeep(app->simulate.simulation, snapshot));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_recorded(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(SnapshotGroup(snapshot, "simulate"));
  PetscCall(SnapshotInteger(snapshot, "spikes", &app->simulate.n_spikes));
  PetscFunctionReturn(0);
}

static PetscBool applies(const App *app)
{
  return app->simulate.applies;
}

Stage StageSimulate = {.name = "simulate",
                       .applies = applies,
                       .prepare = prepare_simulate,
                       .execute = execute_simulate,
                       .files = {"network.h5", "network_switched.h5", "activity.h5"},
                       .log_stage = STAGE_SIMULATE,
                       .keep = keep_simulate,
                       .keep_result = keep_recorded,
                       .seconds = -1.0};
