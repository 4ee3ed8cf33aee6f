/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MODEL_OPTIONS_H
#define CAUSEWAY_MODEL_OPTIONS_H

#include "causeway/neuron.h"
#include "causeway/parameters.h"

/* Table of a neuron model's parameters, called MODEL_NAME. Must not be copied: the table points into itself. */
typedef struct {
  ParameterSpec specs[NEURON_MAX_PARAMETERS + 1];
  char keys[NEURON_MAX_PARAMETERS][64];
} ModelSpecs;

/*@
  ModelSpecsMake - makes the table of n parameters of a model

  Not collective
  Input:  common - kind and member of the first parameter
          pitch  - distance between the members of consecutive parameters [bytes]
  Output: table
@*/
void ModelSpecsMake(const char *model, int n, const ModelParameter parameters[],
                    const ParameterSpec *common, size_t pitch, ModelSpecs *table);

/* Declares such a table under the condition that its model is chosen. */
PetscErrorCode ModelSpecsDeclare(Parameters parameters, const char *model, const ModelSpecs *table);

/* "simulate_neuron=A|B": the condition that one of the models with some property is chosen. */
enum { MODEL_CONDITION_LENGTH = 1024 };
typedef PetscBool (*ModelIs)(int model);
PetscErrorCode ModelCondition(ModelIs is, char condition[MODEL_CONDITION_LENGTH]);

PetscBool ModelIsSpiking(int model);
PetscBool ModelIsSmooth(int model);

#endif
