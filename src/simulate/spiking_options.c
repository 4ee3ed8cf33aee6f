/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters of spiking neurons, and what they are before the first step. */
#include "spiking.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include <math.h>

static PetscErrorCode model_options(Spiking *s, const NeuronModel *model, Parameters parameters)
{
  PetscFunctionBegin;
  for (int k = 0; k < model->n_parameters; k++) {
    const ModelParameter *q = &model->parameters[k];
    PopulationValues values = {.count = isnan(q->value) ? 0 : 1, .values = {q->value}};
    char key[64];

    PetscCall(PetscSNPrintf(key, sizeof(key), "%s_%s", model->name, q->name));
    PetscCall(
        PopulationValuesRead(&values, parameters, key, q->unit, q->text, q->lowest, q->highest));
    if (model == s->model) {
      s->parameters[k] = values;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode synapse_options(Spiking *s, Parameters parameters)
{
  static const char *const keys[2][SYNAPSE_KINDS] = {
      {"synapse_tau_excitatory", "synapse_tau_inhibitory"},
      {"synapse_reversal_excitatory", "synapse_reversal_inhibitory"}};
  int chosen = s->model ? SynapseFind(s->model->synapse) : 0;

  PetscFunctionBegin;
  PetscCall(ParametersChoice(parameters, "simulate_synapse",
                             "of spiking models; that of the model unless it is given",
                             SynapseNames, &chosen));
  s->synapse = SynapseModelGet(chosen);
  UserCheck(!s->model || !s->model->owns_synapses || chosen == SynapseFind(s->model->synapse),
            "%s: simulate_neuron = %s has synapses of type %s only",
            ParametersSource(parameters, "simulate_synapse"), s->model->name, s->model->synapse);
  for (int k = 0; k < SYNAPSE_KINDS; k++) {
    s->tau[k] = (PopulationValues){.count = 1, .values = {k ? 10.0 : 5.0}};
    if (s->model && s->model->owns_synapses) {
      s->tau[k].values[0] = 0.5;
    }
    PetscCall(PopulationValuesRead(&s->tau[k], parameters, keys[0][k], "ms",
                                   "with which the current or conductance of a spike decays; one "
                                   "number or one for each population of targets",
                                   1e-3, 1e5));
    s->reversal[k] = (PopulationValues){.count = 1, .values = {k ? -80.0 : 0.0}};
    PetscCall(PopulationValuesRead(&s->reversal[k], parameters, keys[1][k], "mV",
                                   "potential to which a conductance leads, likewise", -500, 500));
  }
  PetscFunctionReturn(0);
}

static void list_variables(Spiking *s)
{
  for (int k = 0; s->model && k < s->model->n_state; k++) {
    s->variables[s->n_variables++] = s->model->state[k];
  }
  for (int k = 0; s->model && !s->model->owns_synapses && k < s->synapse->n_state; k++) {
    s->variables[s->n_variables++] = s->synapse->state[k];
  }
}

PetscErrorCode SpikingSetFromOptions(Spiking *s, MPI_Comm comm, const NeuronModel *model,
                                     Parameters parameters, uint32_t seed)
{
  PetscFunctionBegin;
  s->comm = comm;
  s->model = model;
  s->seed = seed;
  s->step_ms = model ? model->step_ms : 1.0;
  PetscCall(ParametersReal(parameters, "simulate_step", "ms",
                           "of spiking models; that of the model unless it is given", 1e-4, 1e3,
                           &s->step_ms));
  for (int k = 0; NeuronModelNames[k]; k++) {
    if (NeuronModelGet(k)) {
      PetscCall(model_options(s, NeuronModelGet(k), parameters));
    }
  }
  PetscCall(synapse_options(s, parameters));
  list_variables(s);
  PetscCall(PopulationValuesRead(&s->initial_mean, parameters, "simulate_initial_v_mean", "mV",
                                 "of a normal initial potential, one number or one for each "
                                 "population; uniform unless it is given",
                                 -1e3, 1e3));
  PetscCall(PopulationValuesRead(&s->initial_spread, parameters, "simulate_initial_v_spread", "mV",
                                 "its standard deviation, likewise", 0, 1e3));
  PetscCall(ParametersString(parameters, "simulate_parameters",
                             "FILE.h5:/path of given neuron parameters (N x number of parameters)",
                             sizeof(s->parameter_file), s->parameter_file));
  PetscCall(DriveSetFromOptions(&s->drive, parameters, seed));
  UserCheck(!model || s->synapse != SynapseModelGet(SynapseFind("conductance")) ||
                !s->drive.full_rates.count,
            "%s: conductances bring no fixed charge, so no mean input can stand for them",
            ParametersSource(parameters, "simulate_full_rates"));
  UserCheck(!model || model->draws || !s->parameter_file[0],
            "%s: is for models with parameters of single neurons; simulate_neuron = %s has those "
            "of populations",
            ParametersSource(parameters, "simulate_parameters"), model->name);
  PetscFunctionReturn(0);
}

/* Parameters of each neuron: drawn, but for those that are given for its population. */
static PetscErrorCode draw_parameters(Spiking *s)
{
  PetscFunctionBegin;
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    const int64_t neuron = s->partition->first + i;
    const int population = NetworkPopulationOf(s->network, neuron);
    double uniform[2], parameters[NEURON_MAX_PARAMETERS];

    RandomUniform(s->seed, RANDOM_NEURON_PARAMETERS, neuron, 0, uniform);
    s->model->draw(NetworkIsExcitatory(s->network, neuron), uniform, parameters);
    for (int q = 0; q < s->model->n_parameters; q++) {
      s->block.parameters[q][i] =
          s->parameters[q].count ? PopulationValue(&s->parameters[q], population) : parameters[q];
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

static PetscErrorCode read_parameters(Spiking *s)
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

static PetscErrorCode set_constants(Spiking *s, int n_populations)
{
  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n_populations, &s->constants));
  for (int p = 0; p < n_populations; p++) {
    PopulationConstants *c = &s->constants[p];

    c->step = s->step_ms;
    for (int k = 0; k < s->model->n_parameters; k++) {
      c->parameters[k] = PopulationValue(&s->parameters[k], p);
    }
    for (int k = 0; k < SYNAPSE_KINDS; k++) {
      c->tau[k] = PopulationValue(&s->tau[k], p);
      c->reversal[k] = PopulationValue(&s->reversal[k], p);
      c->decay[k] = exp(-s->step_ms / c->tau[k]);
      c->mean[k] = -expm1(-s->step_ms / c->tau[k]) * c->tau[k] / s->step_ms;
    }
    if (s->model->derive) {
      s->model->derive(c);
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode draw_initial_state(Spiking *s, const double range[2])
{
  PetscFunctionBegin;
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    const int64_t neuron = s->partition->first + i;
    const int population = NetworkPopulationOf(s->network, neuron);
    double drawn[2];

    if (s->initial_mean.count) {
      RandomNormal(s->seed, RANDOM_INITIAL_STATE, neuron, 0, drawn);
      s->block.state[0][i] = PopulationValue(&s->initial_mean, population) +
                             PopulationValue(&s->initial_spread, population) * drawn[0];
    } else {
      RandomUniform(s->seed, RANDOM_INITIAL_STATE, neuron, 0, drawn);
      s->block.state[0][i] = range[0] + (range[1] - range[0]) * drawn[0];
    }
  }
  if (s->model->start) {
    s->model->start(&s->block);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_lists(Spiking *s, int n_populations)
{
  PetscFunctionBegin;
  for (int k = 0; k < s->model->n_parameters; k++) {
    PetscCall(PopulationValuesCheck(&s->parameters[k], n_populations));
  }
  for (int k = 0; k < SYNAPSE_KINDS; k++) {
    PetscCall(PopulationValuesCheck(&s->tau[k], n_populations));
    PetscCall(PopulationValuesCheck(&s->reversal[k], n_populations));
  }
  PetscCall(PopulationValuesCheck(&s->initial_mean, n_populations));
  PetscCall(PopulationValuesCheck(&s->initial_spread, n_populations));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikingSetUpNeurons(Spiking *s, const double range[2])
{
  const int64_t n_local = s->partition->n_local;
  const Population *populations;
  const int n_populations = NetworkPopulations(s->network, &populations);

  PetscFunctionBegin;
  PetscCall(check_lists(s, n_populations));
  s->block.n_local = n_local;
  for (int k = 0; k < s->n_variables; k++) {
    PetscCall(PetscCalloc1(n_local, &s->block.state[k]));
  }
  for (int q = 0; s->model->draws && q < s->model->n_parameters; q++) {
    PetscCall(PetscMalloc1(n_local, &s->block.parameters[q]));
  }
  if (s->parameter_file[0]) {
    PetscCall(read_parameters(s));
  } else if (s->model->draws) {
    PetscCall(draw_parameters(s));
  }
  PetscCall(set_constants(s, n_populations));
  PetscCall(draw_initial_state(s, range));
  PetscFunctionReturn(0);
}
