/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observation_impl.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include <math.h>

#define OBSERVES     "observe_model=fluorescence|voltage"
#define FLUORESCENCE "observe_model=fluorescence"

static const ParameterWord models[] = {{"none", "the network itself is used", 0},
                                       {"fluorescence", "calcium fluorescence of the spikes", 0},
                                       {"voltage", "samples of the potentials", 0},
                                       {NULL, NULL, 0}};

static const ParameterSpec parameters[] = {
    {.key = "observe_model",
     .kind = PARAMETER_CHOICE,
     .standard = "none",
     .words = models,
     .text = "Instrument that records the simulated network",
     PARAMETER_MEMBER(struct _p_Observation, model)},
    {.key = "observe_interval",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "20",
     .low = 1e-6,
     .high = 1e9,
     .text = "Interval between samples of the instrument; with voltage, a multiple of the "
             "simulation's",
     .needs = OBSERVES,
     PARAMETER_MEMBER(struct _p_Observation, interval_ms)},
    {.key = "observe_noise",
     .kind = PARAMETER_REAL,
     .unit = "unit of the recording",
     .standard = "0",
     .high = 1e12,
     .text = "Standard deviation of the white noise added to every sample",
     .needs = OBSERVES,
     PARAMETER_MEMBER(struct _p_Observation, noise)},
    {.key = "fluorescence_decay",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "1000",
     .low = 1e-3,
     .high = 1e9,
     .text = "Time constant of the decay of calcium after a spike",
     .needs = FLUORESCENCE,
     PARAMETER_MEMBER(struct _p_Observation, decay_ms)},
    {.key = "fluorescence_rise",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e9,
     .text = "Time constant of the rise of calcium; 0 for an immediate rise",
     .needs = FLUORESCENCE,
     PARAMETER_MEMBER(struct _p_Observation, rise_ms)},
    {.key = "fluorescence_amplitude",
     .kind = PARAMETER_REAL,
     .unit = "uM",
     .standard = "50",
     .high = 1e9,
     .text = "Peak calcium concentration of one spike",
     .needs = FLUORESCENCE,
     PARAMETER_MEMBER(struct _p_Observation, amplitude)},
    {.key = "fluorescence_saturation",
     .kind = PARAMETER_REAL,
     .unit = "uM",
     .standard = "300",
     .high = 1e12,
     .text = "Calcium concentration c at half the largest fluorescence, which is c / (c + this); 0 "
             "for fluorescence equal to c",
     .needs = FLUORESCENCE,
     PARAMETER_MEMBER(struct _p_Observation, saturation)},
    {.key = "fluorescence_baseline",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "0",
     .high = 1e12,
     .text = "Fluorescence without calcium",
     .needs = FLUORESCENCE,
     PARAMETER_MEMBER(struct _p_Observation, baseline)},
    {.key = "fluorescence_scatter",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "0",
     .high = 1,
     .text = "Fraction of a neighbour's light that is collected at distance 0 on the plane",
     .needs = FLUORESCENCE,
     PARAMETER_MEMBER(struct _p_Observation, scatter)},
    {.key = "fluorescence_scatter_range",
     .kind = PARAMETER_REAL,
     .unit = "side of the square",
     .standard = "0.15",
     .low = 1e-9,
     .high = 1,
     .text = "Distance over which the collected light falls to 1/e",
     .needs = FLUORESCENCE,
     PARAMETER_MEMBER(struct _p_Observation, scatter_range)},
    {.key = NULL}};

PetscErrorCode ObservationCreate(MPI_Comm comm, Observation *observation)
{
  Observation o;

  PetscFunctionBegin;
  PetscCall(PetscNew(observation));
  o = *observation;
  o->comm = comm;
  PetscCall(ParametersDefaults(parameters, o));
  PetscFunctionReturn(0);
}

PetscErrorCode ObservationDestroy(Observation *observation)
{
  PetscFunctionBegin;
  if (*observation) {
    PetscCall(ParametersDestroy(&(*observation)->own));
  }
  PetscCall(PetscFree(*observation));
  PetscFunctionReturn(0);
}

PetscErrorCode ObservationDeclareParameters(Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, parameters));
  PetscFunctionReturn(0);
}

PetscErrorCode ObservationSetFromOptions(Observation o, Parameters p, uint32_t seed)
{
  PetscFunctionBegin;
  o->seed = seed;
  PetscCall(ParametersRead(p, parameters, o));
  UserCheck(o->rise_ms < o->decay_ms, "%s = %g: must be shorter than fluorescence_decay = %g ms",
            ParametersSource(p, "fluorescence_rise"), o->rise_ms, o->decay_ms);
  PetscFunctionReturn(0);
}

PetscErrorCode ObservationSetOptions(Observation o, const ParameterSetting settings[])
{
  uint32_t seed;

  PetscFunctionBegin;
  PetscCall(ParametersSetOwn(o->comm, ObservationDeclareParameters, &o->own, settings, &seed));
  PetscCall(ObservationSetFromOptions(o, o->own, seed));
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
              "observe_interval = %g: must be a multiple of the simulation's sampling interval, %g "
              "ms",
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
