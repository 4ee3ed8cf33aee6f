/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parameters_impl.h"

#include "causeway/error.h"
#include "causeway/number.h"

#include <stdio.h>
#include <string.h>

static PetscErrorCode write_list(int n, const double values[], char word[VALUE_LENGTH])
{
  size_t used = 0;

  PetscFunctionBegin;
  word[0] = 0;
  for (int k = 0; k < n && used < VALUE_LENGTH; k++) {
    char number[NUMBER_LENGTH];

    NumberPrint(values[k], number);
    used += (size_t)snprintf(word + used, VALUE_LENGTH - used, "%s%s", k ? "," : "", number);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersReals(Parameters parameters, const char *key, const char *unit,
                               const char *text, double low, double high, int most, int *count,
                               double values[])
{
  char word[VALUE_LENGTH], list[VALUE_LENGTH], *rest = list, *item;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(write_list(*count, values, word));
  PetscCall(ParametersIsSet(parameters, key, &set));
  PetscCall(ParametersString(parameters, key, text, sizeof(word), word));
  parameters->entries[parameters->n_entries - 1].unit = unit;
  if (!set) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscStrncpy(list, word, sizeof(list)));
  *count = 0;
  while ((item = strsep(&rest, ","))) {
    double value;

    UserCheck(NumberWithUnit(item, unit, &value),
              "%s = %s: expected numbers [%s] with commas between them",
              ParametersSource(parameters, key), word, unit);
    UserCheck(value >= low && value <= high, "%s = %s: must lie between %g and %g [%s]",
              ParametersSource(parameters, key), word, low, high, unit);
    UserCheck(*count < most, "%s: has more than %d numbers", ParametersSource(parameters, key),
              most);
    values[(*count)++] = value;
  }
  PetscCall(write_list(*count, values, parameters->entries[parameters->n_entries - 1].value));
  PetscFunctionReturn(0);
}

PetscBool ParameterIsIdle(const char *key)
{
  static const char *const idle[] = {"output",
                                     "overwrite",
                                     "dry_run",
                                     "json",
                                     "report",
                                     "restart",
                                     "progress_interval",
                                     "blas_threads",
                                     "max_walltime",
                                     "max_steps",
                                     "checkpoint_interval"};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(idle); k++) {
    if (!strcmp(key, idle[k])) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}
