/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recorder.h"
#include "simulation_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>

static PetscErrorCode advance_and_record(Simulation s, Recorder recorder)
{
  const int64_t n_steps = SimulationSteps(s);
  Progress progress;

  PetscFunctionBegin;
  ProgressBegin(&progress, "simulate", "steps", n_steps);
  PetscCall(RecorderSample(recorder, s->block.state[0]));
  for (int64_t step = 0; step < n_steps; step++) {
    int64_t n_fired;
    const int64_t *fired;

    PetscCall(SimulationStep(s, &n_fired, &fired));
    PetscCall(RecorderSpikes(recorder, step, n_fired, fired));
    PetscCall(RecorderSample(recorder, s->block.state[0]));
    PetscCall(ProgressUpdate(&progress, step + 1));
  }
  PetscCall(ProgressEnd(&progress));
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationRun(Simulation s, DataFile file, int64_t *n_spikes)
{
  Recorder recorder;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(RecorderCreate(s->partition, file, SimulationSteps(s) + 1, s->model->step_ms,
                           s->precision == 0 ? PETSC_TRUE : PETSC_FALSE, &recorder));
  status = advance_and_record(s, recorder);
  if (!status) {
    status = RecorderFlush(recorder, n_spikes);
  }
  PetscCall(RecorderDestroy(&recorder));
  PetscFunctionReturn(status);
}

PetscErrorCode SimulationEstimate(Simulation s, int ranks, double *memory, double *file)
{
  const int64_t block = (NetworkExpectedNeurons(s->network) + ranks - 1) / ranks;
  const double n = (double)NetworkExpectedNeurons(s->network), n_block = (double)block;
  const double samples = (double)SimulationSteps(s) + 1;
  const double value = s->precision == 0 ? 4 : 8;
  const double held = (double)RecorderBlock((int64_t)samples, block);
  const double synapses = NetworkExpectedSynapses(s->network) / ranks;
  /* two copies of the synapses (by target, by source), state, parameters, input, lists of spikes,
     and a block of samples in double and perhaps single precision */
  const double per_neuron = 8.0 * (s->model->n_state + s->model->n_parameters + 4 + 1);

  double stored_samples, stored_neurons;
  int64_t chunk[2];

  PetscFunctionBegin;
  *memory = 2 * 12 * synapses + n_block * per_neuron + n * (1 + 8 + 4 + 4) +
            held * n_block * (8 + (s->precision == 0 ? 4 : 0));
  RecorderChunk(SimulationSteps(s) + 1, NetworkExpectedNeurons(s->network), chunk);
  stored_samples = ceil(samples / (double)chunk[0]) * (double)chunk[0];
  stored_neurons = ceil(n / (double)chunk[1]) * (double)chunk[1];
  *file = stored_samples * stored_neurons * value + 24 * n;
  PetscFunctionReturn(0);
}
