/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All types of networks and their parameters. */
#include "network_impl.h"

#include <stdio.h>
#include <string.h>

/* A line for each type, in alphabetical order. */
#define TYPES(type)                                                                                \
  type(NetworkTypeBernoulli) type(NetworkTypeFixedIndegree) type(NetworkTypeSmallWorld)            \
      type(NetworkTypeDistance) type(NetworkTypeLorenz96) type(NetworkTypePopulations)             \
          type(NetworkTypeFile)

#define DECLARE(type) extern const NetworkType type;
#define LIST(type)    &(type),
TYPES(DECLARE)
static const NetworkType *const types[] = {TYPES(LIST)};

enum { N_TYPES = PETSC_STATIC_ARRAY_LENGTH(types) };

const NetworkType *NetworkTypeGet(int k)
{
  return types[k];
}

const char *NetworkTypeWord(int k, const char **text)
{
  if (k < 0 || k >= N_TYPES) {
    return NULL;
  }
  *text = types[k]->text;
  return types[k]->name;
}

PetscErrorCode NetworkTypesCondition(const ParameterSpec table[],
                                     char condition[NETWORK_CONDITION_LENGTH])
{
  size_t used = 0;

  PetscFunctionBegin;
  for (int k = 0; k < N_TYPES; k++) {
    const PetscBool has =
        table ? types[k]->shared == table || types[k]->own == table : !types[k]->brings_neurons;

    if (has) {
      used += (size_t)snprintf(condition + used, NETWORK_CONDITION_LENGTH - used, "%s%s",
                               used ? "|" : "network_type=", types[k]->name);
    }
    PetscCheck(used < NETWORK_CONDITION_LENGTH, PETSC_COMM_SELF, PETSC_ERR_PLIB,
               "too many types of networks");
  }
  PetscFunctionReturn(0);
}

/* Whether a type is the first one with its table of shared parameters, which is declared and read once. */
static PetscBool is_first(int k)
{
  for (int other = 0; other < k; other++) {
    if (types[other]->shared == types[k]->shared) {
      return PETSC_FALSE;
    }
  }
  return types[k]->shared ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode declare(Parameters p, const ParameterSpec table[])
{
  char condition[NETWORK_CONDITION_LENGTH];

  PetscFunctionBegin;
  PetscCall(NetworkTypesCondition(table, condition));
  PetscCall(ParametersDeclareFor(p, table, condition));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkTypesDeclare(Parameters p, PetscBool brings_neurons)
{
  PetscFunctionBegin;
  for (int k = 0; k < N_TYPES; k++) {
    if (types[k]->brings_neurons != brings_neurons) {
      continue;
    }
    if (is_first(k)) {
      PetscCall(declare(p, types[k]->shared));
    }
    if (types[k]->own) {
      PetscCall(declare(p, types[k]->own));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkTypesDefaults(Network network)
{
  PetscFunctionBegin;
  PetscCall(PetscCalloc1(N_TYPES, &network->settings));
  for (int k = 0; k < N_TYPES; k++) {
    if (is_first(k)) {
      PetscCall(ParametersDefaults(types[k]->shared, network));
    }
    if (types[k]->own) {
      PetscCall(PetscCalloc1(types[k]->settings, (char **)&network->settings[k]));
      PetscCall(ParametersDefaults(types[k]->own, network->settings[k]));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkTypesRead(Network network, Parameters p)
{
  PetscFunctionBegin;
  for (int k = 0; k < N_TYPES; k++) {
    if (is_first(k)) {
      PetscCall(ParametersRead(p, types[k]->shared, network));
    }
    if (types[k]->own) {
      PetscCall(ParametersRead(p, types[k]->own, network->settings[k]));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkTypesFree(Network network)
{
  PetscFunctionBegin;
  for (int k = 0; k < N_TYPES; k++) {
    PetscCall(PetscFree(network->settings[k]));
  }
  PetscCall(PetscFree(network->settings));
  PetscFunctionReturn(0);
}
