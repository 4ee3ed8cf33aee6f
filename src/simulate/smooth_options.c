/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters of smooth neurons and their integrator. */
#include "smooth.h"

#include "model_options.h"
#include "petsc_errors.h"

#include "causeway/error.h"

#include <math.h>

static const ParameterSpec parameters[] = {
    {.key = "simulate_interval",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .high = 1e9,
     .text = "Interval between samples, in the unit of time of the model where that is not ms",
     PARAMETER_MEMBER(Smooth, interval)},
    {.key = "simulate_input_spread",
     .kind = PARAMETER_REAL,
     .unit = "unit of the input",
     .standard = "0",
     .high = 1e6,
     .text = "Standard deviation between neurons of a constant part of the input",
     PARAMETER_MEMBER(Smooth, input_spread)},
    {.key = "simulate_coupling",
     .kind = PARAMETER_CHOICE,
     .standard = "by model",
     .varies = PETSC_TRUE,
     .word = CouplingWord,
     .text = "Way in which neurons act on each other",
     PARAMETER_MEMBER(Smooth, coupling_index)},
    {.key = NULL}};

/* Couplings that send a logistic function of the variable; couplings with reversal potentials. */
#define SENDS     "simulate_coupling!=linear|diffusive|sine|lorenz96"
#define REVERSING SENDS "|sigmoidal"

static const ParameterSpec couplings[] = {
    {.key = "simulate_coupling_threshold",
     .kind = PARAMETER_REAL,
     .unit = "unit of the variable",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .low = -1e6,
     .high = 1e6,
     .text = "Value of a source's variable at which it sends one half",
     .needs = SENDS,
     PARAMETER_MEMBER(Smooth, coupling_parameters[COUPLING_THRESHOLD])},
    {.key = "simulate_coupling_width",
     .kind = PARAMETER_REAL,
     .unit = "unit of the variable",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .high = 1e6,
     .text = "Distance above the threshold at which a source sends 0.73",
     .needs = SENDS,
     PARAMETER_MEMBER(Smooth, coupling_parameters[COUPLING_WIDTH])},
    {.key = "simulate_reversal_excitatory",
     .kind = PARAMETER_REAL,
     .unit = "unit of the variable",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .low = -1e6,
     .high = 1e6,
     .text = "Reversal potential of synapses with positive weights",
     .needs = REVERSING,
     PARAMETER_MEMBER(Smooth, coupling_parameters[COUPLING_REVERSAL_EXCITATORY])},
    {.key = "simulate_reversal_inhibitory",
     .kind = PARAMETER_REAL,
     .unit = "unit of the variable",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .low = -1e6,
     .high = 1e6,
     .text = "Reversal potential of synapses with negative weights",
     .needs = REVERSING,
     PARAMETER_MEMBER(Smooth, coupling_parameters[COUPLING_REVERSAL_INHIBITORY])},
    {.key = NULL}};

/* Additional parameter of maps. */
static const ModelParameter map_radius = {
    "radius", "1", "Spectral radius to which the matrix of weights is scaled", "0.9", 1e-9, 1.0};

/* Makes the tables of a model's parameters and of its spectral radius. */
static void make_tables(const SmoothModel *model, ModelSpecs *own, ModelSpecs *radius)
{
  const ParameterSpec number = {.kind = PARAMETER_REAL, .offset = 0, .size = sizeof(double)};

  ModelSpecsMake(model->name, model->n_parameters, model->parameters, &number, sizeof(double), own);
  ModelSpecsMake(model->name, model->is_map ? 1 : 0, &map_radius, &number, sizeof(double), radius);
}

PetscErrorCode SmoothDeclareParameters(Parameters p)
{
  char condition[MODEL_CONDITION_LENGTH];
  ModelSpecs own, radius;

  PetscFunctionBegin;
  PetscCall(ModelCondition(ModelIsSmooth, condition));
  PetscCall(ParametersDeclareFor(p, parameters, condition));
  PetscCall(ParametersDeclareFor(p, couplings, condition));
  for (int k = 0; k < NeuronModelCount(); k++) {
    const SmoothModel *model = SmoothModelGet(k);

    if (model) {
      make_tables(model, &own, &radius);
      PetscCall(ModelSpecsDeclare(p, model->name, &own));
      PetscCall(ModelSpecsDeclare(p, model->name, &radius));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_model(Smooth *s, const SmoothModel *model, Parameters p)
{
  const PetscBool chosen = model == s->model ? PETSC_TRUE : PETSC_FALSE;
  double others[NEURON_MAX_PARAMETERS], *values = chosen ? s->parameters : others;
  double *scale = chosen ? &s->radius : others;
  ModelSpecs own, radius;

  PetscFunctionBegin;
  make_tables(model, &own, &radius);
  PetscCall(ParametersDefaults(own.specs, values));
  PetscCall(ParametersRead(p, own.specs, values));
  PetscCall(ParametersDefaults(radius.specs, scale));
  PetscCall(ParametersRead(p, radius.specs, scale));
  PetscFunctionReturn(0);
}

/* Reads the integrator's options here, so that a wrong option is found before the computation. */
static PetscErrorCode create_integrator(Smooth *s, Parameters p)
{
  PetscBool integrates;
  TSType type;
  double step;

  PetscFunctionBegin;
  PetscCall(TSDestroy(&s->ts));
  PetscCall(TSCreate(s->comm, &s->ts));
  PetscCall(TSSetProblemType(s->ts, TS_NONLINEAR));
  PetscCall(TSSetType(s->ts, TSRK));
  PetscCall(TSRKSetType(s->ts, TSRK5DP));
  PetscCall(TSSetTolerances(s->ts, 1e-6, NULL, 1e-6, NULL));
  PetscCall(TSSetTimeStep(s->ts, PetscMin(s->interval, s->model->interval) / 10.0));
  PetscCall(TSSetMaxSteps(s->ts, PETSC_MAX_INT));
  PetscCall(TSSetErrorIfStepFails(s->ts, PETSC_FALSE));
  PetscCall(PetscErrorsTake());
  PetscCall(PetscErrorsRefuse(p, TSSetFromOptions(s->ts)));
  PetscCall(TSGetType(s->ts, &type));
  PetscCall(PetscObjectTypeCompareAny((PetscObject)s->ts, &integrates, TSRK, TSEULER, TSSSP,
                                      TSBEULER, TSCN, TSTHETA, TSBDF, TSROSW, TSARKIMEX, TSALPHA,
                                      ""));
  UserCheck(integrates,
            "%s = %s: is not an integrator of neurons; take rk, euler, ssp, beuler, cn, theta, "
            "bdf, rosw, arkimex or alpha",
            ParametersSource(p, "ts_type"), type);
  PetscCall(TSGetTimeStep(s->ts, &step));
  UserCheck(step > 0 && isfinite(step), "%s = %g: the first step must be positive",
            ParametersSource(p, "ts_dt"), step);
  PetscCall(ParametersPetsc(p, IntegratorPrefixes));
  PetscFunctionReturn(0);
}

PetscErrorCode SmoothSetFromOptions(Smooth *s, MPI_Comm comm, const SmoothModel *model,
                                    Parameters p, uint32_t seed)
{
  PetscFunctionBegin;
  s->comm = comm;
  s->model = model;
  s->seed = seed;
  s->scale = 1.0;
  s->interval = model ? model->interval : 0;
  s->coupling_index = model ? CouplingFind(model->coupling) : 0;
  for (int k = 0; k < COUPLING_PARAMETERS; k++) {
    s->coupling_parameters[k] = model ? model->coupling_parameters[k] : 0;
  }
  PetscCall(ParametersDefaults(parameters, s));
  PetscCall(ParametersRead(p, parameters, s));
  PetscCall(ParametersRead(p, couplings, s));
  for (int k = 0; k < NeuronModelCount(); k++) {
    if (SmoothModelGet(k)) {
      PetscCall(read_model(s, SmoothModelGet(k), p));
    }
  }
  s->coupling = CouplingModelGet(s->coupling_index);
  if (!model) {
    PetscFunctionReturn(0);
  }
  UserCheck(s->interval > 0, "%s = %g: must be positive", ParametersSource(p, "simulate_interval"),
            s->interval);
  UserCheck(!s->coupling->send || s->coupling_parameters[COUPLING_WIDTH] > 0,
            "%s: must be positive", ParametersSource(p, "simulate_coupling_width"));
  if (!model->is_map) {
    PetscCall(create_integrator(s, p));
  }
  PetscFunctionReturn(0);
}
