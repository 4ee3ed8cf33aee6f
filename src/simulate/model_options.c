/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_options.h"

#include <stdio.h>

void ModelSpecsMake(const char *model, int n, const ModelParameter parameters[],
                    const ParameterSpec *common, size_t pitch, ModelSpecs *table)
{
  for (int k = 0; k < n; k++) {
    const ModelParameter *q = &parameters[k];
    ParameterSpec *spec = &table->specs[k];

    (void)snprintf(table->keys[k], sizeof(table->keys[k]), "%s_%s", model, q->name);
    *spec = *common;
    spec->key = table->keys[k];
    spec->unit = q->unit;
    spec->text = q->text;
    spec->standard = q->standard;
    spec->low = q->lowest;
    spec->high = q->highest;
    spec->offset += (size_t)k * pitch;
    spec->count += (size_t)k * pitch;
  }
  table->specs[n] = (ParameterSpec){.key = NULL};
}

PetscErrorCode ModelSpecsDeclare(Parameters parameters, const char *model, const ModelSpecs *table)
{
  char condition[MODEL_CONDITION_LENGTH];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(condition, sizeof(condition), "simulate_neuron=%s", model));
  PetscCall(ParametersDeclareFor(parameters, table->specs, condition));
  PetscFunctionReturn(0);
}

PetscErrorCode ModelCondition(ModelIs is, char condition[MODEL_CONDITION_LENGTH])
{
  const char *unused;
  size_t used = 0;

  PetscFunctionBegin;
  for (int k = 0; k < NeuronModelCount(); k++) {
    if (is(k)) {
      used += (size_t)snprintf(condition + used, MODEL_CONDITION_LENGTH - used, "%s%s",
                               used ? "|" : "simulate_neuron=", NeuronModelWord(k, &unused));
    }
    PetscCheck(used < MODEL_CONDITION_LENGTH, PETSC_COMM_SELF, PETSC_ERR_PLIB,
               "too many models of neurons");
  }
  PetscFunctionReturn(0);
}

PetscBool ModelIsSpiking(int model)
{
  return NeuronModelGet(model) ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool ModelIsSmooth(int model)
{
  return SmoothModelGet(model) ? PETSC_TRUE : PETSC_FALSE;
}
