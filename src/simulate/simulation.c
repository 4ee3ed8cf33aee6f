/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulation_impl.h"

#include "model_options.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"

#include <math.h>
#include <string.h>

/* Default initial potential of spiking models [mV]. */
#define SPIKING_INITIAL_V (-65.0)

static const ParameterSpec models[] = {{.key = "simulate_neuron",
                                        .kind = PARAMETER_CHOICE,
                                        .standard = "izhikevich",
                                        .word = NeuronModelWord,
                                        .text = "Neuron model",
                                        .priority = 5,
                                        PARAMETER_MEMBER(struct _p_Simulation, model_index)},
                                       {.key = NULL}};

static const ParameterSpec parameters[] = {
    {.key = "simulate_duration",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "5000",
     .high = 1e12,
     .text = "Simulated time, a multiple of the step or of the interval between samples",
     .effect = PARAMETER_EXTENT,
     .priority = 6,
     PARAMETER_MEMBER(struct _p_Simulation, duration_ms)},
    {.key = "simulate_initial_v_min",
     .kind = PARAMETER_REAL,
     .unit = "mV",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .low = -1e3,
     .high = 1e3,
     .text = "Lowest of the uniformly distributed initial potentials",
     PARAMETER_MEMBER(struct _p_Simulation, initial_v[0])},
    {.key = "simulate_initial_v_max",
     .kind = PARAMETER_REAL,
     .unit = "mV",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .low = -1e3,
     .high = 1e3,
     .text = "Highest of the uniformly distributed initial potentials",
     PARAMETER_MEMBER(struct _p_Simulation, initial_v[1])},
    {.key = NULL}};

static const ParameterWord no_switch[] = {{"none", "connections stay as they are", 0},
                                          {NULL, NULL, 0}};

/* For spiking models. */
static const ParameterSpec switches[] = {
    {.key = "connectivity_switch",
     .kind = PARAMETER_TEXT,
     .standard = "none",
     .words = no_switch,
     .form = "TIME:FRACTION",
     .text = "Time [ms] from which a fraction of the synapses comes from other sources",
     PARAMETER_MEMBER(struct _p_Simulation, switch_word)},
    {.key = NULL}};

PetscErrorCode SimulationCreate(MPI_Comm comm, Network network, Simulation *simulation)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(simulation));
  (*simulation)->comm = comm;
  (*simulation)->network = network;
  (*simulation)->partition = NetworkPartition(network);
  (*simulation)->switch_ms = -1.0;
  PetscCall(ParametersDefaults(models, *simulation));
  PetscCall(ParametersDefaults(parameters, *simulation));
  PetscCall(ParametersDefaults(switches, *simulation));
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationDestroy(Simulation *simulation)
{
  Simulation s = *simulation;

  PetscFunctionBegin;
  if (s) {
    PetscCall(ParametersDestroy(&s->own));
    PetscCall(RecordPlanDestroy(&s->record));
    PetscCall(SpikingDestroy(&s->spiking));
    if (s->owns_switched) {
      PetscCall(NetworkDestroy(&s->switched));
    }
    PetscCall(SmoothDestroy(&s->smooth));
    PetscCall(PetscFree(*simulation));
  }
  PetscFunctionReturn(0);
}

/* The order is that of used_parameters.yaml. */
PetscErrorCode SimulationDeclareParameters(Parameters p)
{
  char spiking[MODEL_CONDITION_LENGTH];

  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, models));
  PetscCall(SmoothDeclareParameters(p));
  PetscCall(SpikingDeclareParameters(p));
  PetscCall(ParametersDeclare(p, parameters));
  PetscCall(ModelCondition(ModelIsSpiking, spiking));
  PetscCall(ParametersDeclareFor(p, switches, spiking));
  PetscCall(RecordPlanDeclareParameters(p));
  PetscFunctionReturn(0);
}

static PetscErrorCode switch_option(Simulation s, Parameters p)
{
  static const char *const units[] = {"ms", "1"};
  double pair[2] = {-1, 0};

  PetscFunctionBegin;
  PetscCall(ParametersRead(p, switches, s));
  UserCheck(!strcmp(s->switch_word, "none") ||
                (NumberReals(s->switch_word, ':', 2, units, pair) && pair[0] >= 0 &&
                 pair[0] < s->duration_ms && pair[1] > 0 && pair[1] <= 1),
            "%s = %s: expected TIME:FRACTION with a time before simulate_duration = %g ms and a "
            "fraction in (0, 1], such as 2500:0.5, or none",
            ParametersSource(p, "connectivity_switch"), s->switch_word, s->duration_ms);
  s->switch_ms = s->is_spiking ? pair[0] : -1.0;
  s->switch_fraction = pair[1];
  PetscFunctionReturn(0);
}

PetscBool SimulationSwitches(Simulation s)
{
  return s->switch_ms >= 0 ? PETSC_TRUE : PETSC_FALSE;
}

double SimulationInterval(Simulation s)
{
  return s->is_spiking ? s->spiking.step_ms : s->smooth.interval;
}

PetscBool SimulationSpikes(Simulation s)
{
  return s->is_spiking;
}

/* First step whose spikes act through the second network. */
static int64_t switch_step(Simulation s)
{
  return (int64_t)ceil(s->switch_ms / s->spiking.step_ms);
}

static PetscErrorCode make_switched(Simulation s)
{
  PetscFunctionBegin;
  if (SimulationSwitches(s) && !s->switched) {
    PetscCall(NetworkRewire(s->network, s->switch_fraction, s->seed, &s->switched));
    s->owns_switched = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationSwitchedNetwork(Simulation s, Network *network, int64_t *sample)
{
  PetscFunctionBegin;
  PetscCall(make_switched(s));
  s->owns_switched = PETSC_FALSE;
  *network = s->switched;
  *sample = s->switched ? switch_step(s) + 1 : INT64_MAX;
  PetscFunctionReturn(0);
}

/* Reads the model, whose defaults apply to other parameters. */
static PetscErrorCode model_options(Simulation s, Parameters p)
{
  const NeuronModel *spiking;
  const SmoothModel *smooth;
  Drive *drive = &s->spiking.drive;

  PetscFunctionBegin;
  PetscCall(ParametersRead(p, models, s));
  spiking = NeuronModelGet(s->model_index);
  smooth = SmoothModelGet(s->model_index);
  s->is_spiking = spiking ? PETSC_TRUE : PETSC_FALSE;
  drive->mean.count = drive->variance.count = 1;
  drive->mean.values[0] = spiking ? spiking->input_mean : smooth->input_mean;
  drive->variance.values[0] = spiking ? spiking->input_variance : smooth->input_variance;
  s->initial_v[0] = smooth ? smooth->first[0] : SPIKING_INITIAL_V;
  s->initial_v[1] = smooth ? smooth->first[1] : SPIKING_INITIAL_V;
  PetscCall(SmoothSetFromOptions(&s->smooth, s->comm, smooth, p, s->seed));
  PetscCall(SpikingSetFromOptions(&s->spiking, s->comm, spiking, p, s->seed));
  if (spiking) {
    PetscCall(NetworkSetDelayStep(s->network, s->spiking.step_ms));
  }
  UserCheck(s->is_spiking || (drive->mean.count == 1 && drive->variance.count == 1),
            "%s: smooth neuron models take one number for all neurons",
            ParametersSource(p, drive->mean.count == 1 ? "simulate_input_variance"
                                                       : "simulate_input_mean"));
  s->smooth.input_mean = drive->mean.values[0];
  s->smooth.input_variance = drive->variance.values[0];
  PetscFunctionReturn(0);
}

static PetscErrorCode check_numbers(Simulation s, Parameters p)
{
  const double interval = SimulationInterval(s), steps = s->duration_ms / interval;

  PetscFunctionBegin;
  UserCheck(steps >= 0.5 && fabs(steps - round(steps)) < 1e-6,
            "%s = %g: must be a multiple of the %s of %g ms",
            ParametersSource(p, "simulate_duration"), s->duration_ms,
            s->is_spiking ? "step" : "interval between samples", interval);
  UserCheck(s->initial_v[0] <= s->initial_v[1], "%s = %g: is above simulate_initial_v_max = %g",
            ParametersSource(p, "simulate_initial_v_min"), s->initial_v[0], s->initial_v[1]);
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationSetFromOptions(Simulation s, Parameters p, uint32_t seed)
{
  const SmoothModel *smooth;

  PetscFunctionBegin;
  s->seed = seed;
  PetscCall(model_options(s, p));
  PetscCall(ParametersRead(p, parameters, s));
  PetscCall(check_numbers(s, p));
  PetscCall(switch_option(s, p));
  smooth = SmoothModelGet(s->model_index);
  PetscCall(RecordPlanSetFromOptions(
      &s->record, p, smooth ? smooth->n_state : s->spiking.n_variables,
      smooth ? smooth->state : s->spiking.variables, SimulationInterval(s), SimulationSteps(s)));
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationSetOptions(Simulation s, const ParameterSetting settings[])
{
  uint32_t seed;

  PetscFunctionBegin;
  PetscCall(ParametersSetOwn(s->comm, SimulationDeclareParameters, &s->own, settings, &seed));
  PetscCall(SimulationSetFromOptions(s, s->own, seed));
  PetscFunctionReturn(0);
}

int64_t SimulationSteps(Simulation s)
{
  return (int64_t)llround(s->duration_ms / SimulationInterval(s));
}

int64_t SimulationSamples(Simulation s)
{
  return s->record.n_variables ? s->record.n_samples : 0;
}

int64_t SimulationRecorded(Simulation s)
{
  return s->record.neurons.n;
}

double SimulationRecordInterval(Simulation s)
{
  return (double)s->record.stride * s->record.step_ms;
}

NeuronBlock *SimulationBlock(Simulation s)
{
  return &s->spiking.block;
}

PetscErrorCode SimulationSeek(Simulation s, int64_t step)
{
  PetscFunctionBegin;
  PetscCall(SpikingSeek(&s->spiking, step));
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationSetUp(Simulation s)
{
  PetscFunctionBegin;
  if (s->is_set_up) {
    PetscFunctionReturn(0);
  }
  PetscCall(RecordPlanChoose(&s->record, s->partition->n_global));
  if (s->is_spiking) {
    PetscCall(make_switched(s));
    PetscCall(SpikingSetUp(&s->spiking, s->network, s->initial_v, s->switched,
                           s->switched ? switch_step(s) : INT64_MAX, SimulationSteps(s)));
  } else {
    PetscCall(SmoothSetUp(&s->smooth, s->network, s->initial_v));
  }
  s->is_set_up = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationStep(Simulation s, int64_t *n_fired, const int64_t **fired)
{
  PetscFunctionBegin;
  PetscCall(SpikingStep(&s->spiking));
  if (n_fired) {
    *n_fired = s->spiking.n_fired;
  }
  if (fired) {
    *fired = s->spiking.fired_global;
  }
  PetscFunctionReturn(0);
}
