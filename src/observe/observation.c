/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observation_impl.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include <math.h>

PetscErrorCode ObservationCreate(MPI_Comm comm, Observation *observation)
{
  Observation o;

  PetscFunctionBegin;
  PetscCall(PetscNew(observation));
  o = *observation;
  o->comm = comm;
  o->interval_ms = 20;
  o->decay_ms = 1000;
  o->amplitude = 50;
  o->saturation = 300;
  o->scatter_range = 0.15;
  PetscFunctionReturn(0);
}

PetscErrorCode ObservationDestroy(Observation *observation)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(*observation));
  PetscFunctionReturn(0);
}

static PetscErrorCode fluorescence_options(Observation o, Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersReal(p, "fluorescence_decay", "ms",
                           "time constant of the decay of calcium after a spike", 1e-3, 1e9,
                           &o->decay_ms));
  PetscCall(ParametersReal(p, "fluorescence_rise", "ms",
                           "time constant of its rise, 0: it rises at once", 0, 1e9, &o->rise_ms));
  UserCheck(o->rise_ms < o->decay_ms, "%s = %g: must be shorter than fluorescence_decay = %g ms",
            ParametersSource(p, "fluorescence_rise"), o->rise_ms, o->decay_ms);
  PetscCall(ParametersReal(p, "fluorescence_amplitude", "uM", "calcium of one spike, at its peak",
                           0, 1e9, &o->amplitude));
  PetscCall(ParametersReal(p, "fluorescence_saturation", "uM",
                           "calcium of half the largest fluorescence c / (c + this), 0: "
                           "fluorescence is the calcium c",
                           0, 1e12, &o->saturation));
  PetscCall(ParametersReal(p, "fluorescence_baseline", "1", "fluorescence without calcium", 0, 1e12,
                           &o->baseline));
  PetscCall(ParametersReal(p, "fluorescence_scatter", "1",
                           "part of the light of a neighbour at distance 0 on the plane", 0, 1,
                           &o->scatter));
  PetscCall(ParametersReal(p, "fluorescence_scatter_range", "side of the square",
                           "distance over which it falls to 1/e", 1e-9, 1, &o->scatter_range));
  PetscFunctionReturn(0);
}

PetscErrorCode ObservationSetFromOptions(Observation o, Parameters p, uint32_t seed)
{
  static const char *const models[] = {"none", "fluorescence", "voltage", NULL};

  PetscFunctionBegin;
  o->seed = seed;
  PetscCall(ParametersChoice(p, "observe_model",
                             "what of a simulation is recorded: calcium fluorescence of its "
                             "spikes, or samples of its potentials; none: all is known",
                             models, &o->model));
  PetscCall(ParametersReal(p, "observe_interval", "ms",
                           "between samples; of voltage a multiple of that of the simulation", 1e-6,
                           1e9, &o->interval_ms));
  PetscCall(ParametersReal(p, "observe_noise", "unit of the recording",
                           "standard deviation of white noise on every sample", 0, 1e12,
                           &o->noise));
  PetscCall(fluorescence_options(o, p));
  PetscFunctionReturn(0);
}

PetscBool ObservationIsSet(Observation o)
{
  return o->model != OBSERVE_NONE ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool ObservationNeedsSpikes(Observation o)
{
  return o->model == OBSERVE_FLUORESCENCE ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode ObservationSamples(Observation o, double duration_ms, int64_t n_recorded,
                                  double interval_ms, int64_t *n_samples)
{
  const double stride = o->interval_ms / interval_ms;

  PetscFunctionBegin;
  if (o->model == OBSERVE_VOLTAGE) {
    UserCheck(n_recorded > 0,
              "observe_model = voltage: record_variables = none leaves no potentials to observe");
    UserCheck(stride > 0.5 && fabs(stride - round(stride)) < 1e-6,
              "observe_interval = %g: must be a multiple of the %g ms between the samples of the "
              "simulation",
              o->interval_ms, interval_ms);
    *n_samples = (n_recorded - 1) / (int64_t)llround(stride) + 1;
  } else {
    *n_samples = (int64_t)floor(duration_ms / o->interval_ms + 1e-6) + 1;
  }
  PetscFunctionReturn(0);
}

void ObservationEstimate(Observation o, int ranks, int64_t n_neurons, int64_t n_samples,
                         double *memory, double *file)
{
  const double share = ceil((double)n_neurons / ranks);

  *memory = o->model == OBSERVE_VOLTAGE ? 16.0 * share * (double)n_samples
                                        : 28.0 * (double)n_neurons + 64.0 * 1048576.0;
  *file = 4.0 * (double)n_neurons * (double)n_samples;
}

void ObserveNoise(Observation o, int64_t neuron, int64_t first, int64_t count, double values[])
{
  for (int64_t t = 0; o->noise > 0 && t < count; t++) {
    double normal[2];

    RandomNormal(o->seed, RANDOM_OBSERVATION_NOISE, neuron, first + t, normal);
    values[t] += o->noise * normal[0];
  }
}

PetscErrorCode ObservationRun(Observation o, const char *activity, const Identity *neurons,
                              int64_t n_samples, DataFile file)
{
  PetscFunctionBegin;
  if (o->model == OBSERVE_VOLTAGE) {
    PetscCall(ObserveVoltage(o, activity, n_samples, file));
  } else {
    PetscCall(ObserveFluorescence(o, activity, neurons, n_samples, file));
  }
  PetscFunctionReturn(0);
}
