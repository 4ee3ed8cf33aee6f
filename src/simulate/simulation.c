/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulation_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/random.h"

#include <math.h>

/* Steps of a given input that are read at once. */
enum { INPUT_STEPS = 1024 };

PetscErrorCode SimulationCreate(MPI_Comm comm, Network network, Simulation *simulation)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(simulation));
  (*simulation)->comm = comm;
  (*simulation)->network = network;
  (*simulation)->partition = NetworkPartition(network);
  (*simulation)->duration_ms = 5000.0;
  (*simulation)->input_mean = 5.0;
  (*simulation)->input_variance = 5.0;
  (*simulation)->initial_v[0] = -65.0;
  (*simulation)->initial_v[1] = -65.0;
  (*simulation)->noise_pair = -1;
  (*simulation)->switch_ms = -1.0;
  (*simulation)->model = NeuronModelGet(0);
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationDestroy(Simulation *simulation)
{
  Simulation s = *simulation;

  PetscFunctionBegin;
  if (s) {
    for (int k = 0; k < NEURON_MAX_STATE; k++) {
      PetscCall(PetscFree(s->block.state[k]));
    }
    for (int k = 0; k < NEURON_MAX_PARAMETERS; k++) {
      PetscCall(PetscFree(s->block.parameters[k]));
    }
    PetscCall(NetworkDestroy(&s->switched));
    PetscCall(SpikeExchangeFree(&s->exchange));
    PetscCall(PetscFree(s->fired));
    PetscCall(PetscFree(s->current));
    PetscCall(PetscFree2(s->noise[0], s->noise[1]));
    PetscCall(PetscFree(s->input_block));
    PetscCall(DataFileDiscard(&s->input));
    PetscCall(SmoothDestroy(&s->smooth));
    PetscCall(PetscFree(*simulation));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode switch_option(Simulation s, Parameters parameters)
{
  char word[64] = "none";
  int used = 0;

  PetscFunctionBegin;
  PetscCall(
      ParametersString(parameters, "connectivity_switch",
                       "TIME:FRACTION: from this time on [ms] this part of the synapses comes "
                       "from other sources, or none",
                       sizeof(word), word));
  UserCheck(!strcmp(word, "none") ||
                (sscanf(word, "%lf:%lf%n", &s->switch_ms, &s->switch_fraction, &used) == 2 &&
                 !word[used] && s->switch_ms >= 0 && s->switch_ms < s->duration_ms &&
                 s->switch_fraction > 0 && s->switch_fraction <= 1),
            "%s = %s: expected TIME:FRACTION with a time before simulate_duration = %g ms and a "
            "fraction in (0, 1], such as 2500:0.5, or none",
            ParametersSource(parameters, "connectivity_switch"), word, s->duration_ms);
  PetscFunctionReturn(0);
}

PetscBool SimulationSwitches(Simulation s)
{
  return s->switch_ms >= 0 ? PETSC_TRUE : PETSC_FALSE;
}

double SimulationInterval(Simulation s)
{
  return s->model ? s->model->step_ms : s->smooth.interval;
}

PetscBool SimulationSpikes(Simulation s)
{
  return s->model ? PETSC_TRUE : PETSC_FALSE;
}

/* The first step whose spikes act through the other network. */
static int64_t switch_step(Simulation s)
{
  return (int64_t)ceil(s->switch_ms / s->model->step_ms);
}

PetscErrorCode SimulationSwitchedNetwork(Simulation s, Network *network, int64_t *sample)
{
  PetscFunctionBegin;
  *network = NULL;
  *sample = INT64_MAX;
  if (SimulationSwitches(s)) {
    PetscCall(NetworkRewire(s->network, s->switch_fraction, s->seed, network));
    *sample = switch_step(s) + 1;
  }
  PetscFunctionReturn(0);
}

/* The model, with the defaults that it brings. */
static PetscErrorCode model_options(Simulation s, Parameters parameters)
{
  const SmoothModel *smooth;
  double interval;

  PetscFunctionBegin;
  PetscCall(ParametersChoice(parameters, "simulate_neuron", "neuron model", NeuronModelNames,
                             &s->model_index));
  s->model = NeuronModelGet(s->model_index);
  smooth = SmoothModelGet(s->model_index);
  if (smooth) {
    s->input_mean = smooth->input_mean;
    s->input_variance = smooth->input_variance;
    s->initial_v[0] = smooth->first[0];
    s->initial_v[1] = smooth->first[1];
  }
  PetscCall(SmoothSetFromOptions(&s->smooth, s->comm, smooth, parameters, s->seed));
  interval = SimulationInterval(s);
  PetscCall(ParametersReal(parameters, "simulate_duration", "ms", "simulated time", interval, 1e12,
                           &s->duration_ms));
  UserCheck(fabs(s->duration_ms / interval - round(s->duration_ms / interval)) < 1e-6,
            "%s = %g: must be a multiple of the %s of %g ms",
            ParametersSource(parameters, "simulate_duration"), s->duration_ms,
            smooth ? "interval between samples" : "step", interval);
  PetscFunctionReturn(0);
}

/* What only one kind of models has. */
static PetscErrorCode check_kind(Simulation s, Parameters parameters)
{
  const char *name = NeuronModelNames[s->model_index];
  const struct {
    PetscBool used;
    const char *key;
  } of_spiking[] = {{s->parameter_file[0] ? PETSC_TRUE : PETSC_FALSE, "simulate_parameters"},
                    {s->input_file[0] ? PETSC_TRUE : PETSC_FALSE, "simulate_input"},
                    {SimulationSwitches(s), "connectivity_switch"}};

  PetscFunctionBegin;
  for (size_t k = 0; !s->model && k < PETSC_STATIC_ARRAY_LENGTH(of_spiking); k++) {
    UserCheck(!of_spiking[k].used,
              "%s: is for spiking neuron models; simulate_neuron = %s is not one",
              ParametersSource(parameters, of_spiking[k].key), name);
  }
  UserCheck(!s->model || s->smooth.interval == 0,
            "%s: is for smooth neuron models; simulate_neuron = %s has samples of %g ms",
            ParametersSource(parameters, "simulate_interval"), name, s->model->step_ms);
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationSetFromOptions(Simulation s, Parameters parameters, uint32_t seed)
{
  static const char *const precisions[] = {"single", "double", NULL};
  PetscFunctionBegin;
  s->seed = seed;
  PetscCall(model_options(s, parameters));
  PetscCall(ParametersReal(parameters, "simulate_input_mean", "mV/ms", "mean of the noise input",
                           -1e6, 1e6, &s->input_mean));
  PetscCall(ParametersReal(parameters, "simulate_input_variance", "(mV/ms)^2",
                           "variance of the noise input of a step", 0.0, 1e12, &s->input_variance));
  PetscCall(ParametersReal(parameters, "simulate_initial_v_min", "mV",
                           "lowest initial potential, uniform up to simulate_initial_v_max", -1e3,
                           1e3, &s->initial_v[0]));
  PetscCall(ParametersReal(parameters, "simulate_initial_v_max", "mV", "highest initial potential",
                           -1e3, 1e3, &s->initial_v[1]));
  UserCheck(s->initial_v[0] <= s->initial_v[1], "%s = %g: is above simulate_initial_v_max = %g",
            ParametersSource(parameters, "simulate_initial_v_min"), s->initial_v[0],
            s->initial_v[1]);
  PetscCall(ParametersString(parameters, "simulate_parameters",
                             "FILE.h5:/path of given neuron parameters (N x number of parameters)",
                             sizeof(s->parameter_file), s->parameter_file));
  PetscCall(ParametersString(parameters, "simulate_input",
                             "FILE.h5:/path of a given input current (N x steps) [mV/ms]",
                             sizeof(s->input_file), s->input_file));
  PetscCall(switch_option(s, parameters));
  PetscCall(check_kind(s, parameters));
  s->smooth.input_mean = s->input_mean;
  s->smooth.input_variance = s->input_variance;
  PetscCall(ParametersChoice(parameters, "simulate_precision", "of the recorded potential",
                             precisions, &s->precision));
  PetscFunctionReturn(0);
}

int64_t SimulationSteps(Simulation s)
{
  return (int64_t)llround(s->duration_ms / SimulationInterval(s));
}

NeuronBlock *SimulationBlock(Simulation s)
{
  return &s->block;
}

PetscErrorCode SimulationSeek(Simulation s, int64_t step)
{
  PetscFunctionBegin;
  s->step = step;
  PetscFunctionReturn(0);
}

static PetscErrorCode draw_parameters(Simulation s)
{
  double uniform[2], parameters[NEURON_MAX_PARAMETERS];

  PetscFunctionBegin;
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    int64_t neuron = s->partition->first + i;

    RandomUniform(s->seed, RANDOM_NEURON_PARAMETERS, neuron, 0, uniform);
    s->model->draw(NetworkIsExcitatory(s->network, neuron), uniform, parameters);
    for (int q = 0; q < s->model->n_parameters; q++) {
      s->block.parameters[q][i] = parameters[q];
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_finite(const char *name, int64_t first_row, int64_t n_rows,
                                   int64_t n_columns, const double *values)
{
  for (int64_t k = 0; k < n_rows * n_columns; k++) {
    if (!isfinite(values[k])) {
      return UserError("%s: entry [%lld, %lld] is not finite", name,
                       (long long)(first_row + k / n_columns), (long long)(k % n_columns));
    }
  }
  return 0;
}

static PetscErrorCode read_parameters(Simulation s)
{
  const int64_t n_local = s->partition->n_local, n_columns = s->model->n_parameters;
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  int64_t dims[2], first[2] = {s->partition->first, 0}, count[2] = {n_local, n_columns};
  double *values;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(s->parameter_file, sizeof(name), name, path));
  PetscCall(DataFileOpen(s->comm, name, &file));
  PetscCall(DataFileShape(file, path, 2, dims));
  UserCheck(dims[0] == s->partition->n_global && dims[1] == n_columns,
            "%s: is %lld x %lld, but %lld neurons with %lld parameters are simulated",
            s->parameter_file, (long long)dims[0], (long long)dims[1],
            (long long)s->partition->n_global, (long long)n_columns);
  PetscCall(PetscMalloc1(n_local * n_columns, &values));
  PetscCall(DataFileRead(file, path, DATA_FLOAT64, first, count, values));
  PetscCall(DataFileClose(&file));
  PetscCall(ErrorAgree(
      s->comm, check_finite(s->parameter_file, s->partition->first, n_local, n_columns, values)));
  for (int64_t k = 0; k < n_local * n_columns; k++) {
    s->block.parameters[k % n_columns][k / n_columns] = values[k];
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

static PetscErrorCode open_input(Simulation s)
{
  char name[PETSC_MAX_PATH_LEN];
  int64_t dims[2];

  PetscFunctionBegin;
  PetscCall(ParseFilePath(s->input_file, sizeof(name), name, s->input_path));
  PetscCall(DataFileOpen(s->comm, name, &s->input));
  PetscCall(DataFileShape(s->input, s->input_path, 2, dims));
  UserCheck(dims[0] == s->partition->n_global && dims[1] >= SimulationSteps(s),
            "%s: is %lld x %lld, but %lld neurons are simulated for %lld steps", s->input_file,
            (long long)dims[0], (long long)dims[1], (long long)s->partition->n_global,
            (long long)SimulationSteps(s));
  PetscCall(PetscMalloc1(s->partition->n_local * INPUT_STEPS, &s->input_block));
  PetscFunctionReturn(0);
}

static PetscErrorCode draw_initial_state(Simulation s)
{
  double uniform[2];

  PetscFunctionBegin;
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    RandomUniform(s->seed, RANDOM_INITIAL_STATE, s->partition->first + i, 0, uniform);
    s->block.state[0][i] = s->initial_v[0] + (s->initial_v[1] - s->initial_v[0]) * uniform[0];
  }
  s->model->start(&s->block);
  PetscFunctionReturn(0);
}

PetscErrorCode SimulationSetUp(Simulation s)
{
  int64_t n_local;

  PetscFunctionBegin;
  if (s->is_set_up) {
    PetscFunctionReturn(0);
  }
  if (!s->model) {
    PetscCall(SmoothSetUp(&s->smooth, s->network, s->initial_v));
    s->is_set_up = PETSC_TRUE;
    PetscFunctionReturn(0);
  }
  n_local = s->partition->n_local;
  s->block.n_local = n_local;
  for (int k = 0; k < s->model->n_state; k++) {
    PetscCall(PetscMalloc1(n_local, &s->block.state[k]));
  }
  for (int q = 0; q < s->model->n_parameters; q++) {
    PetscCall(PetscMalloc1(n_local, &s->block.parameters[q]));
  }
  PetscCall(PetscMalloc1(n_local, &s->fired));
  PetscCall(PetscMalloc1(n_local, &s->current));
  PetscCall(PetscMalloc2(n_local, &s->noise[0], n_local, &s->noise[1]));
  if (SimulationSwitches(s)) {
    int64_t sample;

    PetscCall(SimulationSwitchedNetwork(s, &s->switched, &sample));
    PetscCall(NetworkOutgoing(s->switched, &s->switched_outgoing));
  }
  PetscCall(NetworkOutgoing(s->network, &s->outgoing));
  PetscCall(SpikeExchangeCreate(s->comm, s->partition->n_global, &s->exchange));
  if (s->parameter_file[0]) {
    PetscCall(read_parameters(s));
  } else {
    PetscCall(draw_parameters(s));
  }
  if (s->input_file[0]) {
    PetscCall(open_input(s));
  }
  PetscCall(draw_initial_state(s));
  s->is_set_up = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* Normal numbers come in pairs: one for this step, one for the next. */
static PetscErrorCode draw_input(Simulation s)
{
  const int64_t n_local = s->partition->n_local, first = s->partition->first;
  const double deviation = sqrt(s->input_variance);
  const double *noise = s->noise[s->step % 2];

  PetscFunctionBegin;
  if (s->noise_pair != s->step / 2) {
    s->noise_pair = s->step / 2;
    for (int64_t i = 0; i < n_local; i++) {
      double normal[2];

      RandomNormal(s->seed, RANDOM_INPUT_CURRENT, first + i, s->noise_pair, normal);
      s->noise[0][i] = normal[0];
      s->noise[1][i] = normal[1];
    }
  }
  for (int64_t i = 0; i < n_local; i++) {
    s->current[i] = s->input_mean + deviation * noise[i];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_input(Simulation s)
{
  const int64_t n_local = s->partition->n_local;
  int64_t column = s->step - s->input_first;

  PetscFunctionBegin;
  if (column < 0 || column >= s->input_length) {
    int64_t dims[2], first[2] = {s->partition->first, s->step}, count[2] = {n_local, 0};

    PetscCall(DataFileShape(s->input, s->input_path, 2, dims));
    count[1] = PetscMin(INPUT_STEPS, dims[1] - s->step);
    UserCheck(count[1] > 0, "%s: ends before step %lld", s->input_file, (long long)s->step);
    PetscCall(DataFileRead(s->input, s->input_path, DATA_FLOAT64, first, count, s->input_block));
    PetscCall(ErrorAgree(s->comm, check_finite(s->input_file, s->partition->first, n_local,
                                               count[1], s->input_block)));
    s->input_first = s->step;
    s->input_length = count[1];
    column = 0;
  }
  for (int64_t i = 0; i < n_local; i++) {
    s->current[i] = s->input_block[i * s->input_length + column];
  }
  PetscFunctionReturn(0);
}

static int64_t find_fired(Simulation s)
{
  const double threshold = s->model->spike_threshold_mV, *v = s->block.state[0];
  int64_t n_fired = 0;

  for (int64_t i = 0; i < s->partition->n_local; i++) {
    s->fired[n_fired] = s->partition->first + i;
    n_fired += v[i] >= threshold;
  }
  return n_fired;
}

static void deliver(Simulation s)
{
  const PetscBool later =
      SimulationSwitches(s) && s->step >= switch_step(s) ? PETSC_TRUE : PETSC_FALSE;
  const OutgoingIndex *outgoing = later ? &s->switched_outgoing : &s->outgoing;

  for (int64_t f = 0; f < s->exchange.n_all; f++) {
    PetscInt source;

    (void)PetscFindInt(s->exchange.all[f], (PetscInt)outgoing->n_sources, outgoing->sources,
                       &source);
    if (source < 0) {
      continue;
    }
    for (int64_t k = outgoing->start[source]; k < outgoing->start[source + 1]; k++) {
      s->current[outgoing->targets[k]] += outgoing->weights[k];
    }
  }
}

PetscErrorCode SimulationStep(Simulation s, int64_t *n_fired, const int64_t **fired)
{
  int64_t n_local_fired;

  PetscFunctionBegin;
  n_local_fired = find_fired(s);
  for (int64_t f = 0; f < n_local_fired; f++) {
    s->model->reset(&s->block, s->fired[f] - s->partition->first);
  }
  PetscCall(LogEventStart(EVENT_SIMULATE_EXCHANGE));
  PetscCall(SpikeExchangeStep(&s->exchange, n_local_fired, s->fired));
  PetscCall(LogEventStop(EVENT_SIMULATE_EXCHANGE));
  PetscCall(LogEventStart(EVENT_SIMULATE_DRAW));
  PetscCall(s->input ? read_input(s) : draw_input(s));
  PetscCall(LogEventStop(EVENT_SIMULATE_DRAW));
  PetscCall(LogEventStart(EVENT_SIMULATE_DELIVER));
  deliver(s);
  PetscCall(LogEventStop(EVENT_SIMULATE_DELIVER));
  PetscCall(LogEventStart(EVENT_SIMULATE_ADVANCE));
  s->model->advance(&s->block, s->current);
  PetscCall(LogEventStop(EVENT_SIMULATE_ADVANCE));
  s->step++;
  if (n_fired) {
    *n_fired = n_local_fired;
  }
  if (fired) {
    *fired = s->fired;
  }
  PetscFunctionReturn(0);
}
