/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record_plan.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const ParameterWord variable_words[] = {{"first", "first variable of the model", 0},
                                               {"none", "nothing but spikes", 0},
                                               {NULL, NULL, 0}};
static const ParameterWord neuron_words[] = {{"all", "every neuron", 0}, {NULL, NULL, 0}};
static const ParameterWord precisions[] = {
    {"single", "4 bytes a value", 0}, {"double", "8 bytes a value", 0}, {NULL, NULL, 0}};

#define RECORDS "record_variables!=none"

static const ParameterSpec parameters[] = {
    {.key = "record_variables",
     .kind = PARAMETER_TEXT,
     .standard = "first",
     .words = variable_words,
     .form = "NAME,...",
     .text = "State variables of the model that are recorded",
     PARAMETER_MEMBER(RecordPlan, variable_list)},
    {.key = "record_neurons",
     .kind = PARAMETER_TEXT,
     .standard = "all",
     .words = neuron_words,
     .form = "every:K|0-99,200",
     .text = "Neurons whose variables are recorded: ascending numbers and ranges, or every K-th",
     .needs = RECORDS,
     PARAMETER_MEMBER(RecordPlan, neuron_list)},
    {.key = "record_interval",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e9,
     .text = "Interval between recorded samples, a multiple of the step; 0 for every step",
     .needs = RECORDS,
     PARAMETER_MEMBER(RecordPlan, interval_ms)},
    {.key = "simulate_precision",
     .kind = PARAMETER_CHOICE,
     .standard = "single",
     .words = precisions,
     .text = "Precision of the recorded variables",
     .needs = RECORDS,
     PARAMETER_MEMBER(RecordPlan, precision)},
    {.key = NULL}};

PetscErrorCode RecordPlanDeclareParameters(Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, parameters));
  PetscFunctionReturn(0);
}

static PetscErrorCode name_variables(int n_state, const NeuronVariable state[], size_t length,
                                     char names[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(names, n_state ? state[0].name : "", length));
  for (int k = 1; k < n_state; k++) {
    PetscCall(PetscStrlcat(names, ", ", length));
    PetscCall(PetscStrlcat(names, state[k].name, length));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode choose_variables(RecordPlan *plan, Parameters p, int n_state)
{
  char list[sizeof(plan->variable_list)], known[512], *rest = list, *word;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(list, plan->variable_list, sizeof(list)));
  PetscCall(name_variables(n_state, plan->state, sizeof(known), known));
  plan->n_variables = 0;
  if (!strcmp(list, "first")) {
    plan->index[plan->n_variables++] = 0;
    PetscFunctionReturn(0);
  }
  while (strcmp(plan->variable_list, "none") != 0 && (word = strsep(&rest, ","))) {
    int k = 0;

    while (k < n_state && strcmp(plan->state[k].name, word) != 0) {
      k++;
    }
    UserCheck(k < n_state, "%s: the model has no variable \"%s\"; it has %s, or none",
              ParametersSource(p, "record_variables"), word, known);
    for (int m = 0; m < plan->n_variables; m++) {
      UserCheck(plan->index[m] != k, "%s: names %s twice", ParametersSource(p, "record_variables"),
                word);
    }
    plan->index[plan->n_variables++] = k;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordPlanSetFromOptions(RecordPlan *plan, Parameters p, int n_state,
                                        const NeuronVariable state[], double step_ms,
                                        int64_t n_steps)
{
  double steps;

  PetscFunctionBegin;
  plan->state = state;
  plan->step_ms = step_ms;
  PetscCall(ParametersDefaults(parameters, plan));
  PetscCall(ParametersRead(p, parameters, plan));
  steps = plan->interval_ms > 0 ? plan->interval_ms / step_ms : 1.0;
  UserCheck(steps >= 0.5 && fabs(steps - round(steps)) < 1e-6 * steps,
            "%s = %g: must be a multiple of the step of %g ms",
            ParametersSource(p, "record_interval"), plan->interval_ms, step_ms);
  plan->stride = llround(steps);
  plan->n_samples = n_steps / plan->stride + 1;
  PetscCall(choose_variables(plan, p, n_state));
  PetscFunctionReturn(0);
}

/* Adds a number, or a range of numbers. */
static PetscErrorCode add_range(RecordPlan *plan, const char *word, int64_t n_neurons,
                                int64_t *capacity)
{
  Observed *o = &plan->neurons;
  int64_t range[2];

  PetscFunctionBegin;
  if (!NumberIntegers(word, '-', 2, range)) {
    UserCheck(NumberInteger(word, &range[0]),
              "record_neurons = %s: \"%s\" is neither a number nor a range such as 0-99",
              plan->neuron_list, word);
    range[1] = range[0];
  }
  const int64_t from = range[0], to = range[1];

  UserCheck(from >= 0 && from <= to && to < n_neurons,
            "record_neurons = %s: \"%s\" is not within the neurons 0 to %lld", plan->neuron_list,
            word, (long long)n_neurons - 1);
  UserCheck(o->n == 0 || from > o->index[o->n - 1], "record_neurons = %s: numbers must ascend",
            plan->neuron_list);
  if (!o->index || o->n + to - from + 1 > *capacity) {
    *capacity = 2 * (o->n + to - from + 1);
    PetscCall(PetscRealloc((size_t)*capacity * sizeof(int64_t), &o->index));
  }
  for (int64_t k = from; k <= to; k++) {
    o->index[o->n++] = k;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordPlanChoose(RecordPlan *plan, int64_t n_neurons)
{
  Observed *o = &plan->neurons;
  char list[sizeof(plan->neuron_list)], *rest = list, *word;
  int64_t capacity = 0, every;

  PetscFunctionBegin;
  PetscCall(RecordPlanDestroy(plan));
  *o = (Observed){n_neurons, n_neurons, NULL};
  if (!strcmp(plan->neuron_list, "all")) {
    PetscFunctionReturn(0);
  }
  o->n = 0;
  if (!strncmp(plan->neuron_list, "every:", 6)) {
    UserCheck(NumberInteger(plan->neuron_list + 6, &every) && every >= 1,
              "record_neurons = %s: expected every:K", plan->neuron_list);
    every = PetscMin(every, n_neurons);
    PetscCall(PetscMalloc1((n_neurons + every - 1) / every, &o->index));
    for (int64_t k = 0; k < n_neurons; k += every) {
      o->index[o->n++] = k;
    }
    PetscFunctionReturn(0);
  }
  PetscCall(PetscStrncpy(list, plan->neuron_list, sizeof(list)));
  while ((word = strsep(&rest, ","))) {
    PetscCall(add_range(plan, word, n_neurons, &capacity));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordPlanDestroy(RecordPlan *plan)
{
  PetscFunctionBegin;
  PetscCall(ObservedDestroy(&plan->neurons));
  PetscFunctionReturn(0);
}
