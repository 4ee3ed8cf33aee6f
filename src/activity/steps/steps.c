/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The list of preprocessing steps and their order. */
#include "steps/step.h"

#include "causeway/error.h"

enum { MOST_TYPES = PARAMETER_WORDS_MOST - 1 };

struct _p_StepChain {
  ParameterList list; /* 0 for auto, k + 1 for the k-th type */
  int n;
  const Step *step[MOST_TYPES];        /* (n) in their order */
  const void *settings_of[MOST_TYPES]; /* (n) settings of each step */
  void *settings[MOST_TYPES];          /* settings of all types */
};

static const char *step_word(int k, const char **text)
{
  const Step *type = k > 0 ? StepType(k - 1) : NULL;

  *text = k == 0 ? "clip, detrend and difference, as far as their parameters ask for them"
                 : (type ? type->text : NULL);
  return k == 0 ? "auto" : (type ? type->name : NULL);
}

static const ParameterSpec parameters[] = {
    {.key = "activity_steps",
     .kind = PARAMETER_LIST,
     .standard = "auto",
     .word = step_word,
     .text = "Steps of preprocessing in their order, a list with commas",
     .prepares = PETSC_TRUE,
     .priority = 3,
     PARAMETER_MEMBER(struct _p_StepChain, list)},
    {.key = NULL}};

PetscErrorCode StepsCreate(StepChain *chain)
{
  StepChain c;

  PetscFunctionBegin;
  PetscCall(PetscNew(chain));
  c = *chain;
  PetscCall(ParametersDefaults(parameters, c));
  for (int k = 0; StepType(k); k++) {
    PetscCheck(k < MOST_TYPES, PETSC_COMM_SELF, PETSC_ERR_PLIB, "more than %d steps", MOST_TYPES);
    if (StepType(k)->parameters) {
      PetscCall(PetscCalloc(StepType(k)->size, &c->settings[k]));
      PetscCall(ParametersDefaults(StepType(k)->parameters, c->settings[k]));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StepsDestroy(StepChain *chain)
{
  PetscFunctionBegin;
  for (int k = 0; StepType(k); k++) {
    PetscCall(PetscFree((*chain)->settings[k]));
  }
  PetscCall(PetscFree(*chain));
  PetscFunctionReturn(0);
}

/* Visits the types of steps: those that their own parameters may request come before the list, the others after it. */
static PetscErrorCode each_type(Parameters p, StepChain c, PetscBool asking)
{
  PetscFunctionBegin;
  for (int k = 0; StepType(k); k++) {
    const Step *type = StepType(k);

    if (type->parameters && asking == (type->asks ? PETSC_TRUE : PETSC_FALSE)) {
      PetscCall(c ? ParametersRead(p, type->parameters, c->settings[k])
                  : ParametersDeclare(p, type->parameters));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StepsDeclareParameters(Parameters p)
{
  PetscFunctionBegin;
  PetscCall(each_type(p, NULL, PETSC_TRUE));
  PetscCall(ParametersDeclare(p, parameters));
  PetscCall(each_type(p, NULL, PETSC_FALSE));
  PetscFunctionReturn(0);
}

static void append(StepChain c, int type)
{
  c->step[c->n] = StepType(type);
  c->settings_of[c->n++] = c->settings[type];
}

static void take_asked(StepChain c)
{
  for (int k = 0; StepType(k); k++) {
    if (StepType(k)->asks && StepType(k)->asks(c->settings[k])) {
      append(c, k);
    }
  }
}

/* Refuses a listed step whose own parameter leaves it out, and records what the step does without the parameter. */
static PetscErrorCode check_listed(const Step *type, const void *settings, Parameters p)
{
  ParameterInfo info;
  PetscBool set;

  PetscFunctionBegin;
  if (!type->listed || type->asks(settings)) {
    PetscFunctionReturn(0);
  }
  PetscCall(ParametersIsSet(p, type->parameters->key, &set));
  UserCheck(!set, "%s = %s: contradicts activity_steps, which names %s; remove one of the two",
            ParametersSource(p, type->parameters->key),
            ParametersLookUp(p, type->parameters->key, &info) ? info.value : "", type->name);
  PetscCall(ParametersRecord(p, type->parameters->key, type->listed));
  PetscFunctionReturn(0);
}

static PetscErrorCode choose(StepChain c, Parameters p)
{
  PetscFunctionBegin;
  c->n = 0;
  for (int k = 0; k < c->list.n; k++) {
    UserCheck(c->list.item[k] > 0 || c->list.n == 1, "%s: auto must stand alone, not in a list",
              ParametersSource(p, "activity_steps"));
    if (c->list.item[k] > 0) {
      append(c, c->list.item[k] - 1);
    } else {
      take_asked(c);
    }
  }
  for (int k = 0; k < c->n; k++) {
    PetscCall(check_listed(c->step[k], c->settings_of[k], p));
    PetscCall(c->step[k]->check ? c->step[k]->check(c->settings_of[k], p) : 0);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StepsSetFromOptions(StepChain c, Parameters p)
{
  PetscFunctionBegin;
  PetscCall(each_type(p, c, PETSC_TRUE));
  PetscCall(ParametersRead(p, parameters, c));
  PetscCall(each_type(p, c, PETSC_FALSE));
  PetscCall(choose(c, p));
  PetscFunctionReturn(0);
}

void StepsShape(StepChain c, SegmentList *trials, SegmentList *pieces, int64_t *n_samples)
{
  for (int k = 0; k < c->n; k++) {
    if (c->step[k]->shape) {
      c->step[k]->shape(c->settings_of[k], trials, pieces, n_samples);
    }
  }
}

int64_t StepsFactor(StepChain c)
{
  int64_t factor = 1;

  for (int k = 0; k < c->n; k++) {
    factor *= c->step[k]->factor ? c->step[k]->factor(c->settings_of[k]) : 1;
  }
  return factor;
}

PetscBool StepsLevel(StepChain c, double *level)
{
  for (int k = 0; k < c->n; k++) {
    if (c->step[k]->level && c->step[k]->level(c->settings_of[k], level)) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

int StepsCount(StepChain c)
{
  return c->n;
}

PetscBool StepsAreExact(StepChain c)
{
  PetscBool exact = PETSC_TRUE;

  for (int k = 0; k < c->n; k++) {
    exact = exact && c->step[k]->exact ? PETSC_TRUE : PETSC_FALSE;
  }
  return exact;
}

int StepsFitted(StepChain c)
{
  int n = 0;

  for (int k = 0; k < c->n; k++) {
    n += c->step[k]->fits;
  }
  return n;
}

const char *StepsDependence(StepChain c)
{
  const char *name = NULL;

  for (int k = 0; k < c->n; k++) {
    name = c->step[k]->loses_rank ? c->step[k]->name : name;
    name = c->step[k]->bends ? NULL : name;
  }
  return name;
}

PetscErrorCode StepsApply(StepChain c, Activity a)
{
  PetscFunctionBegin;
  for (int k = 0; k < c->n; k++) {
    PetscCall(c->step[k]->apply(a, c->settings_of[k]));
  }
  PetscFunctionReturn(0);
}

const char *StepsLookAhead(StepChain c)
{
  for (int k = 0; k < c->n; k++) {
    if (c->step[k]->looks_ahead) {
      return c->step[k]->name;
    }
  }
  return NULL;
}
