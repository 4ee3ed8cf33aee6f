/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "population_values.h"

#include "causeway/error.h"

PetscErrorCode PopulationValuesRead(PopulationValues *values, Parameters parameters,
                                    const char *key, const char *unit, const char *text, double low,
                                    double high)
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(values->key, key, sizeof(values->key)));
  PetscCall(ParametersReals(parameters, key, unit, text, low, high, NETWORK_MAX_POPULATIONS,
                            &values->count, values->values));
  PetscFunctionReturn(0);
}

PetscErrorCode PopulationValuesCheck(const PopulationValues *values, int n_populations)
{
  PetscFunctionBegin;
  UserCheck(values->count <= 1 || values->count == n_populations,
            "%s: has %d numbers; the network has %d populations, and one number is for all",
            values->key, values->count, n_populations);
  PetscFunctionReturn(0);
}
