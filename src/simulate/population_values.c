/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "population_values.h"

#include "causeway/error.h"

PetscErrorCode PopulationValuesCheck(const ParameterSpec specs[], const void *settings,
                                     int n_populations)
{
  PetscFunctionBegin;
  for (; specs->key; specs++) {
    const int count =
        specs->kind == PARAMETER_REALS ? *(const int *)((const char *)settings + specs->count) : 0;

    UserCheck(
        count <= 1 || count == n_populations,
        "%s: has %d numbers; expected %d, one for each population, or a single number for all",
        specs->key, count, n_populations);
  }
  PetscFunctionReturn(0);
}
