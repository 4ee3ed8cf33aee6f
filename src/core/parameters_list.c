/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parameters_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode write_list(int n, const double values[], char word[VALUE_LENGTH])
{
  size_t used = 0;

  PetscFunctionBegin;
  word[0] = 0;
  for (int k = 0; k < n && used < VALUE_LENGTH; k++) {
    used += (size_t)snprintf(word + used, VALUE_LENGTH - used, k ? ",%.15g" : "%.15g", values[k]);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersReals(Parameters parameters, const char *key, const char *unit,
                               const char *text, double low, double high, int most, int *count,
                               double values[])
{
  char word[VALUE_LENGTH], *next = word;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(write_list(*count, values, word));
  PetscCall(ParametersIsSet(parameters, key, &set));
  PetscCall(ParametersString(parameters, key, text, sizeof(word), word));
  parameters->entries[parameters->n_entries - 1].unit = unit;
  if (!set) {
    PetscFunctionReturn(0);
  }
  for (*count = 0;; next++) {
    char *end;
    const double value = strtod(next, &end);

    UserCheck(end != next && isfinite(value) && (*end == ',' || !*end),
              "%s = %s: expected numbers [%s] with commas between them",
              ParametersSource(parameters, key), word, unit);
    UserCheck(value >= low && value <= high, "%s = %s: must lie between %g and %g [%s]",
              ParametersSource(parameters, key), word, low, high, unit);
    UserCheck(*count < most, "%s: has more than %d numbers", ParametersSource(parameters, key),
              most);
    values[(*count)++] = value;
    next = end;
    if (!*end) {
      break;
    }
  }
  PetscFunctionReturn(0);
}
