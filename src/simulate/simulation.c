/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulation_impl.h"

#include "causeway/error.h"
#include "causeway/number.h"

#include <math.h>

PetscErrorCode SimulationCreate(MPI_Comm comm, Network network, Simulation *simulation)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(simulation));
  (*simulation)->comm = comm;
  (*simulation)->network = network;
  (*simulation)->partition = NetworkPartition(network);
  (*simulation)->duration_ms = 5000.0;
  (*simulation)->initial_v[0] = -65.0;
  (*simulation)->initial_v[1] = -65.0;
  (*simulation)->switch_ms = -1.0;
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationDestroy(Simulation *simulation)
{
  Simulation s = *simulation;

  PetscFunctionBegin;
  if (s) {
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

static PetscErrorCode switch_option(Simulation s, Parameters parameters)
{
  static const char *const units[] = {"ms", "1"};
  char word[64] = "none";
  double pair[2] = {-1, 0};

  PetscFunctionBegin;
  PetscCall(
      ParametersString(parameters, "connectivity_switch",
                       "TIME:FRACTION: from this time on [ms] this part of the synapses comes "
                       "from other sources, or none",
                       sizeof(word), word));
  UserCheck(!strcmp(word, "none") || (NumberReals(word, ':', 2, units, pair) && pair[0] >= 0 &&
                                      pair[0] < s->duration_ms && pair[1] > 0 && pair[1] <= 1),
            "%s = %s: expected TIME:FRACTION with a time before simulate_duration = %g ms and a "
            "fraction in (0, 1], such as 2500:0.5, or none",
            ParametersSource(parameters, "connectivity_switch"), word, s->duration_ms);
  if (strcmp(word, "none") != 0) {
    s->switch_ms = pair[0];
    s->switch_fraction = pair[1];
  }
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

/* The first step whose spikes act through the other network. */
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

/* The model, with the defaults that it brings. */
static PetscErrorCode model_options(Simulation s, Parameters parameters)
{
  const NeuronModel *spiking;
  const SmoothModel *smooth;
  Drive *drive = &s->spiking.drive;

  PetscFunctionBegin;
  PetscCall(ParametersChoice(parameters, "simulate_neuron", "neuron model", NeuronModelNames,
                             &s->model_index));
  spiking = NeuronModelGet(s->model_index);
  smooth = SmoothModelGet(s->model_index);
  s->is_spiking = spiking ? PETSC_TRUE : PETSC_FALSE;
  drive->mean.count = drive->variance.count = 1;
  drive->mean.values[0] = spiking ? spiking->input_mean : smooth->input_mean;
  drive->variance.values[0] = spiking ? spiking->input_variance : smooth->input_variance;
  if (smooth) {
    s->initial_v[0] = smooth->first[0];
    s->initial_v[1] = smooth->first[1];
  }
  PetscCall(SmoothSetFromOptions(&s->smooth, s->comm, smooth, parameters, s->seed));
  PetscCall(SpikingSetFromOptions(&s->spiking, s->comm, spiking, parameters, s->seed));
  if (spiking) {
    PetscCall(NetworkSetDelayStep(s->network, s->spiking.step_ms));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode duration_option(Simulation s, Parameters parameters)
{
  const double interval = SimulationInterval(s);

  PetscFunctionBegin;
  PetscCall(ParametersReal(parameters, "simulate_duration", "ms", "simulated time", interval, 1e12,
                           &s->duration_ms));
  UserCheck(fabs(s->duration_ms / interval - round(s->duration_ms / interval)) < 1e-6,
            "%s = %g: must be a multiple of the %s of %g ms",
            ParametersSource(parameters, "simulate_duration"), s->duration_ms,
            s->is_spiking ? "step" : "interval between samples", interval);
  PetscFunctionReturn(0);
}

/* What only one kind of models has. */
static PetscErrorCode check_kind(Simulation s, Parameters parameters)
{
  static const char *const of_spiking[] = {"simulate_parameters",     "simulate_input",
                                           "simulate_poisson_rate",   "simulate_poisson_weight",
                                           "simulate_initial_v_mean", "simulate_initial_v_spread",
                                           "simulate_full_rates"};
  const char *name = NeuronModelNames[s->model_index];
  const Drive *drive = &s->spiking.drive;
  PetscBool used;

  PetscFunctionBegin;
  for (size_t k = 0; !s->is_spiking && k < PETSC_STATIC_ARRAY_LENGTH(of_spiking); k++) {
    PetscCall(ParametersIsSet(parameters, of_spiking[k], &used));
    UserCheck(!used, "%s: is for spiking neuron models; simulate_neuron = %s is not one",
              ParametersSource(parameters, of_spiking[k]), name);
  }
  UserCheck(s->is_spiking || !SimulationSwitches(s),
            "%s: is for spiking neuron models; simulate_neuron = %s is not one",
            ParametersSource(parameters, "connectivity_switch"), name);
  UserCheck(s->is_spiking || (drive->mean.count == 1 && drive->variance.count == 1),
            "%s: smooth neuron models take one number for all neurons",
            ParametersSource(parameters, drive->mean.count == 1 ? "simulate_input_variance"
                                                                : "simulate_input_mean"));
  UserCheck(!s->is_spiking || s->smooth.interval == 0,
            "%s: is for smooth neuron models; simulate_neuron = %s has steps of %g ms",
            ParametersSource(parameters, "simulate_interval"), name, s->spiking.step_ms);
  s->smooth.input_mean = drive->mean.values[0];
  s->smooth.input_variance = drive->variance.values[0];
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationSetFromOptions(Simulation s, Parameters parameters, uint32_t seed)
{
  const SmoothModel *smooth;

  PetscFunctionBegin;
  s->seed = seed;
  PetscCall(model_options(s, parameters));
  PetscCall(duration_option(s, parameters));
  PetscCall(ParametersReal(parameters, "simulate_initial_v_min", "mV",
                           "lowest initial potential, uniform up to simulate_initial_v_max", -1e3,
                           1e3, &s->initial_v[0]));
  PetscCall(ParametersReal(parameters, "simulate_initial_v_max", "mV", "highest initial potential",
                           -1e3, 1e3, &s->initial_v[1]));
  UserCheck(s->initial_v[0] <= s->initial_v[1], "%s = %g: is above simulate_initial_v_max = %g",
            ParametersSource(parameters, "simulate_initial_v_min"), s->initial_v[0],
            s->initial_v[1]);
  PetscCall(switch_option(s, parameters));
  PetscCall(check_kind(s, parameters));
  smooth = SmoothModelGet(s->model_index);
  PetscCall(RecordPlanSetFromOptions(
      &s->record, parameters, smooth ? smooth->n_state : s->spiking.n_variables,
      smooth ? smooth->state : s->spiking.variables, SimulationInterval(s), SimulationSteps(s)));
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
