/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters and initial state of spiking neurons. */
#include "spiking.h"

#include "model_options.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include <math.h>

static const ParameterSpec steps[] = {{.key = "simulate_step",
                                       .kind = PARAMETER_REAL,
                                       .unit = "ms",
                                       .standard = "by model",
                                       .varies = PETSC_TRUE,
                                       .low = 1e-4,
                                       .high = 1e3,
                                       .text = "Time step",
                                       PARAMETER_MEMBER(Spiking, step_ms)},
                                      {.key = NULL}};

/* Synapse models with a time constant; synapse models with reversal potentials. */
#define DECAYING  "simulate_synapse!=delta"
#define REVERSING DECAYING "|exponential"

static const ParameterSpec parameters[] = {
    {.key = "simulate_synapse",
     .kind = PARAMETER_CHOICE,
     .standard = "by model",
     .varies = PETSC_TRUE,
     .word = SynapseWord,
     .text = "Way in which spikes act on a neuron",
     PARAMETER_MEMBER(Spiking, synapse_index)},
    {.key = "synapse_tau_excitatory",
     .kind = PARAMETER_REALS,
     .unit = "ms",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .low = 1e-3,
     .high = 1e5,
     .text = "Decay time of the current or conductance of an excitatory spike; one number or one "
             "for each population of targets",
     .needs = DECAYING,
     POPULATION_MEMBER(Spiking, tau[SYNAPSE_EXCITATORY])},
    {.key = "synapse_reversal_excitatory",
     .kind = PARAMETER_REALS,
     .unit = "mV",
     .standard = "0",
     .low = -500,
     .high = 500,
     .text = "Reversal potential of excitatory conductances; one number or one for each population "
             "of targets",
     .needs = REVERSING,
     POPULATION_MEMBER(Spiking, reversal[SYNAPSE_EXCITATORY])},
    {.key = "synapse_tau_inhibitory",
     .kind = PARAMETER_REALS,
     .unit = "ms",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .low = 1e-3,
     .high = 1e5,
     .text = "Decay time of the current or conductance of an inhibitory spike; one number or one "
             "for each population of targets",
     .needs = DECAYING,
     POPULATION_MEMBER(Spiking, tau[SYNAPSE_INHIBITORY])},
    {.key = "synapse_reversal_inhibitory",
     .kind = PARAMETER_REALS,
     .unit = "mV",
     .standard = "-80",
     .low = -500,
     .high = 500,
     .text = "Reversal potential of inhibitory conductances; one number or one for each population "
             "of targets",
     .needs = REVERSING,
     POPULATION_MEMBER(Spiking, reversal[SYNAPSE_INHIBITORY])},
    {.key = "simulate_initial_v_mean",
     .kind = PARAMETER_REALS,
     .unit = "mV",
     .standard = "",
     .low = -1e3,
     .high = 1e3,
     .text =
         "Mean of normally distributed initial potentials, in place of uniform ones; one number "
         "or one for each population",
     POPULATION_MEMBER(Spiking, initial_mean)},
    {.key = "simulate_initial_v_spread",
     .kind = PARAMETER_REALS,
     .unit = "mV",
     .standard = "",
     .high = 1e3,
     .text = "Standard deviation of normally distributed initial potentials; one number or one for "
             "each population",
     .needs = "simulate_initial_v_mean",
     POPULATION_MEMBER(Spiking, initial_spread)},
    {.key = NULL}};

/* For models whose neurons have individual parameters. */
static const ParameterSpec given[] = {
    {.key = "simulate_parameters",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "FILE.h5:/path",
     .text = "Parameters of the neurons, (N, number of parameters), in place of drawn ones",
     PARAMETER_MEMBER(Spiking, parameter_file)},
    {.key = NULL}};

static PetscBool model_draws(int model)
{
  return ModelIsSpiking(model) && NeuronModelGet(model)->draws ? PETSC_TRUE : PETSC_FALSE;
}

/* Makes a table of PopulationValues, one for each parameter. */
static void make_table(const NeuronModel *model, ModelSpecs *own)
{
  static const ParameterSpec numbers = {.kind = PARAMETER_REALS,
                                        PARAMETER_MEMBER(PopulationValues, values),
                                        .count = offsetof(PopulationValues, count)};

  ModelSpecsMake(model->name, model->n_parameters, model->parameters, &numbers,
                 sizeof(PopulationValues), own);
}

PetscErrorCode SpikingDeclareParameters(Parameters p)
{
  char spiking[MODEL_CONDITION_LENGTH], draws[MODEL_CONDITION_LENGTH];
  ModelSpecs own;

  PetscFunctionBegin;
  PetscCall(ModelCondition(ModelIsSpiking, spiking));
  PetscCall(ModelCondition(model_draws, draws));
  PetscCall(ParametersDeclareFor(p, steps, spiking));
  for (int k = 0; k < NeuronModelCount(); k++) {
    if (NeuronModelGet(k)) {
      make_table(NeuronModelGet(k), &own);
      PetscCall(ModelSpecsDeclare(p, NeuronModelGet(k)->name, &own));
    }
  }
  PetscCall(ParametersDeclareFor(p, parameters, spiking));
  PetscCall(ParametersDeclareFor(p, given, draws));
  PetscCall(DriveDeclareParameters(p, spiking));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_model(Spiking *s, const NeuronModel *model, Parameters p)
{
  PopulationValues others[NEURON_MAX_PARAMETERS];
  PopulationValues *values = model == s->model ? s->parameters : others;
  ModelSpecs own;

  PetscFunctionBegin;
  make_table(model, &own);
  PetscCall(ParametersDefaults(own.specs, values));
  PetscCall(ParametersRead(p, own.specs, values));
  PetscFunctionReturn(0);
}

/* Sets the defaults of the model, and those common to all models. */
static PetscErrorCode set_defaults(Spiking *s, const NeuronModel *model)
{
  PetscFunctionBegin;
  s->step_ms = model ? model->step_ms : 1.0;
  s->synapse_index = model ? SynapseFind(model->synapse) : 0;
  for (int k = 0; k < SYNAPSE_KINDS; k++) {
    s->tau[k].count = 1;
    s->tau[k].values[0] = k == SYNAPSE_EXCITATORY ? 5.0 : 10.0;
    if (model && model->owns_synapses) {
      s->tau[k].values[0] = 0.5;
    }
  }
  PetscCall(ParametersDefaults(parameters, s));
  PetscCall(ParametersDefaults(given, s));
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
                                     Parameters p, uint32_t seed)
{
  PetscFunctionBegin;
  s->comm = comm;
  s->model = model;
  s->seed = seed;
  PetscCall(set_defaults(s, model));
  PetscCall(ParametersRead(p, steps, s));
  for (int k = 0; k < NeuronModelCount(); k++) {
    if (NeuronModelGet(k)) {
      PetscCall(read_model(s, NeuronModelGet(k), p));
    }
  }
  PetscCall(ParametersRead(p, parameters, s));
  PetscCall(ParametersRead(p, given, s));
  PetscCall(DriveSetFromOptions(&s->drive, p, seed));
  s->synapse = SynapseModelGet(s->synapse_index);
  list_variables(s);
  UserCheck(!model || !model->owns_synapses || s->synapse_index == SynapseFind(model->synapse),
            "%s: simulate_neuron = %s has synapses of type %s only",
            ParametersSource(p, "simulate_synapse"), model ? model->name : "",
            model ? model->synapse : "");
  UserCheck(!model || s->synapse_index != SynapseFind("conductance") || !s->drive.full_rates.count,
            "%s: conductance synapses have no fixed charge, so a mean input cannot replace them",
            ParametersSource(p, "simulate_full_rates"));
  PetscFunctionReturn(0);
}

/* Draws the parameters of each neuron, except those given for its population. */
static PetscErrorCode draw_parameters(Spiking *s)
{
  PetscFunctionBegin;
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    const int64_t neuron = s->partition->first + i;
    const int population = NetworkPopulationOf(s->network, neuron);
    double uniform[2], drawn[NEURON_MAX_PARAMETERS];

    RandomUniform(s->seed, RANDOM_NEURON_PARAMETERS, neuron, 0, uniform);
    s->model->draw(NetworkIsExcitatory(s->network, neuron), uniform, drawn);
    for (int q = 0; q < s->model->n_parameters; q++) {
      s->block.parameters[q][i] =
          s->parameters[q].count ? PopulationValue(&s->parameters[q], population) : drawn[q];
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
            "%s: is %lld x %lld; expected %lld neurons and %lld parameters", s->parameter_file,
            (long long)dims[0], (long long)dims[1], (long long)s->partition->n_global,
            (long long)n_columns);
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
  ModelSpecs own;

  PetscFunctionBegin;
  make_table(s->model, &own);
  PetscCall(PopulationValuesCheck(own.specs, s->parameters, n_populations));
  PetscCall(PopulationValuesCheck(parameters, s, n_populations));
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
  if (s->model->draws) {
    PetscCall(s->parameter_file[0] ? read_parameters(s) : draw_parameters(s));
  }
  PetscCall(set_constants(s, n_populations));
  PetscCall(draw_initial_state(s, range));
  PetscFunctionReturn(0);
}
