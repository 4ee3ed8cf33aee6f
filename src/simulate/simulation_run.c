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

PetscErrorCode SimulationKeep(Simulation s, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(SnapshotGroup(snapshot, "simulate"));
  if (s->is_spiking) {
    PetscCall(SpikingKeep(&s->spiking, snapshot));
  } else {
    PetscCall(SmoothKeep(&s->smooth, snapshot));
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

/* Records the spikes and the state of the present time. */
static PetscErrorCode record_state(Simulation s)
{
  const Spiking *spiking = &s->spiking;

  PetscFunctionBegin;
  PetscCall(RecorderTake(s->recorder, spiking->step, spiking->n_fired, spiking->fired_global,
                         (const double *const *)spiking->block.state, 1));
  PetscFunctionReturn(0);
}

static PetscErrorCode advance_and_record(Simulation s)
{
  enum { CHECK_STEPS = 1000 };
  const int64_t n_steps = SimulationSteps(s);
  Spiking *spiking = &s->spiking;
  Progress progress;

  PetscFunctionBegin;
  ProgressBegin(&progress, "simulate", "steps", n_steps);
  if (spiking->step == 0) {
    PetscCall(record_state(s));
  }
  while (spiking->step < n_steps) {
    PetscCall(SpikingStep(spiking));
    PetscCall(record_state(s));
    PetscCall(ProgressUpdate(&progress, spiking->step));
    if (spiking->step % CHECK_STEPS == 0 || spiking->step == n_steps) {
      PetscCall(SpikingCheck(spiking));
    }
    if (SpikingIsQuiet(spiking)) {
      PetscCall(CheckpointOffer(s->checkpoint));
    }
  }
  PetscCall(ProgressEnd(&progress));
  PetscFunctionReturn(0);
}

/* Context of a smooth run. */
typedef struct {
  Simulation s;
  Progress progress;
} SmoothContext;

static PetscErrorCode take_sample(void *context, const double *const state[])
{
  SmoothContext *c = context;
  const Smooth *smooth = &c->s->smooth;

  PetscFunctionBegin;
  PetscCall(
      RecorderTake(c->s->recorder, smooth->sample - 1, 0, NULL, state, smooth->model->n_state));
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
  PetscErrorCode status;

  PetscFunctionBegin;
  if (s->is_spiking) {
    PetscCall(SpikingConnect(&s->spiking));
  }
  PetscCall(RecorderCreate(s->partition, file, &s->record, NetworkIdentity(s->network), resumes,
                           &s->recorder));
  status = resumes ? CheckpointRestore(s->checkpoint, restore, s) : 0;
  status = status ? status : (s->is_spiking ? advance_and_record(s) : integrate_and_record(s));
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
  const double synapses = NetworkExpectedSynapses(s->network) / ranks;

  PetscFunctionBegin;
  PetscCall(RecordPlanChoose(&s->record, NetworkExpectedNeurons(s->network)));
  RecorderEstimate(&s->record, block, memory, file);
  /* synapses and kinds of the networks */
  *memory += (SimulationSwitches(s) ? 2 : 1) *
             (n + NetworkSynapseBytes(s->network) * synapses + 8 * n_block);
  *memory += s->is_spiking ? SpikingMemory(&s->spiking, n_block, synapses, n,
                                           NetworkLongestDelay(s->network), ranks)
                           : SmoothMemory(&s->smooth, n_block, synapses);
  PetscFunctionReturn(0);
}
