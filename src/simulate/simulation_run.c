/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulation_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>

PetscErrorCode SimulationSetCheckpoint(Simulation s, Checkpoint checkpoint)
{
  PetscFunctionBegin;
  s->checkpoint = checkpoint;
  PetscFunctionReturn(0);
}

/* Random numbers are keyed by step, so the step is all there is to keep of them. */
PetscErrorCode SimulationKeep(Simulation s, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(SnapshotGroup(snapshot, "simulate"));
  if (!s->model) {
    PetscCall(SmoothKeep(&s->smooth, snapshot));
    PetscCall(RecorderKeep(s->recorder, snapshot));
    PetscFunctionReturn(0);
  }
  PetscCall(SnapshotInteger(snapshot, "step", &s->step));
  for (int k = 0; k < s->model->n_state; k++) {
    PetscCall(SnapshotByNeuron(snapshot, s->model->state[k].name, s->model->state[k].unit,
                               s->partition, s->block.state[k]));
  }
  PetscCall(RecorderKeep(s->recorder, snapshot));
  PetscFunctionReturn(0);
}

static PetscErrorCode restore(Snapshot snapshot, void *simulation)
{
  PetscFunctionBegin;
  PetscCall(SimulationKeep(simulation, snapshot));
  PetscFunctionReturn(0);
}

static PetscErrorCode advance_and_record(Simulation s)
{
  const int64_t n_steps = SimulationSteps(s);
  Progress progress;

  PetscFunctionBegin;
  ProgressBegin(&progress, "simulate", "steps", n_steps);
  if (s->step == 0) {
    PetscCall(RecorderSample(s->recorder, s->block.state[0]));
  }
  while (s->step < n_steps) {
    const int64_t step = s->step;
    int64_t n_fired;
    const int64_t *fired;

    PetscCall(SimulationStep(s, &n_fired, &fired));
    PetscCall(RecorderSpikes(s->recorder, step, n_fired, fired));
    PetscCall(RecorderSample(s->recorder, s->block.state[0]));
    PetscCall(ProgressUpdate(&progress, step + 1));
    PetscCall(CheckpointOffer(s->checkpoint));
  }
  PetscCall(ProgressEnd(&progress));
  PetscFunctionReturn(0);
}

/* A smooth run under way. */
typedef struct {
  Simulation s;
  Progress progress;
} SmoothContext;

static PetscErrorCode take_sample(void *context, const double values[])
{
  SmoothContext *c = context;

  PetscFunctionBegin;
  PetscCall(RecorderSample(c->s->recorder, values));
  PetscCall(ProgressUpdate(&c->progress, c->s->smooth.sample));
  PetscFunctionReturn(0);
}

static PetscErrorCode offer_state(void *context)
{
  SmoothContext *c = context;

  PetscFunctionBegin;
  PetscCall(CheckpointOffer(c->s->checkpoint));
  PetscFunctionReturn(0);
}

static PetscErrorCode integrate_and_record(Simulation s)
{
  const int64_t n_samples = SimulationSteps(s) + 1;
  SmoothContext context = {.s = s};

  PetscFunctionBegin;
  ProgressBegin(&context.progress, "simulate", "samples", n_samples);
  PetscCall(SmoothRun(&s->smooth, n_samples, take_sample, offer_state, &context));
  PetscCall(ProgressEnd(&context.progress));
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationRun(Simulation s, DataFile file, PetscBool resumes, int64_t *n_spikes)
{
  const SmoothModel *smooth = SmoothModelGet(s->model_index);
  const NeuronVariable *recorded = smooth ? &smooth->state[0] : &s->model->state[0];
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(RecorderCreate(s->partition, file, SimulationSteps(s) + 1, SimulationInterval(s),
                           recorded, s->precision == 0 ? PETSC_TRUE : PETSC_FALSE, resumes,
                           &s->recorder));
  status = resumes ? CheckpointRestore(s->checkpoint, restore, s) : 0;
  status = status ? status : (smooth ? integrate_and_record(s) : advance_and_record(s));
  status = status ? status : RecorderFinish(s->recorder, n_spikes);
  PetscCall(RecorderDestroy(&s->recorder));
  PetscFunctionReturn(status);
}

PetscErrorCode SimulationCleanUp(Simulation s, const char *file)
{
  PetscFunctionBegin;
  PetscCall(RecorderRemoveJournal(s->comm, file));
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationEstimate(Simulation s, int ranks, double *memory, double *file)
{
  const int64_t block = (NetworkExpectedNeurons(s->network) + ranks - 1) / ranks;
  const double n = (double)NetworkExpectedNeurons(s->network), n_block = (double)block;
  const double samples = (double)SimulationSteps(s) + 1;
  const double value = s->precision == 0 ? 4 : 8;
  const double held = (double)RecorderBlock((int64_t)samples, block);
  const double synapses = NetworkExpectedSynapses(s->network) / ranks;
  /* two copies of the synapses (by target, by source), of each of the networks, state, parameters, input, lists of spikes,
     and a block of samples in double and perhaps single precision */
  const double per_neuron =
      s->model ? 8.0 * (s->model->n_state + s->model->n_parameters + 4 + 1) : 0;
  double stored_samples, stored_neurons;
  int64_t chunk[2];

  PetscFunctionBegin;
  *memory = n + held * n_block * (8 + (s->precision == 0 ? 4 : 0));
  *memory += s->model ? (SimulationSwitches(s) ? 4 : 2) * 12 * synapses + n_block * per_neuron +
                            n * (8 + 4 + 4)
                      : 12 * synapses + SmoothMemory(&s->smooth, n_block, synapses);
  RecorderChunk(SimulationSteps(s) + 1, NetworkExpectedNeurons(s->network), chunk);
  stored_samples = ceil(samples / (double)chunk[0]) * (double)chunk[0];
  stored_neurons = ceil(n / (double)chunk[1]) * (double)chunk[1];
  *file = stored_samples * stored_neurons * value + 24 * n;
  PetscFunctionReturn(0);
}
