/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_POPULATION_VALUES_H
#define CAUSEWAY_POPULATION_VALUES_H

#include "causeway/network.h"

/* A parameter of neurons: one number for all populations, or one for each; none when it is not given. */
typedef struct {
  char key[64];
  int count;
  double values[NETWORK_MAX_POPULATIONS];
} PopulationValues;

/* Reads it; count and values are the default on entry. Not collective, but the same on every rank. */
PetscErrorCode PopulationValuesRead(PopulationValues *values, Parameters parameters,
                                    const char *key, const char *unit, const char *text, double low,
                                    double high);

/* Refuses lists that are as long as no network's. Not collective, but the same on every rank. */
PetscErrorCode PopulationValuesCheck(const PopulationValues *values, int n_populations);

/* That of a population; 0 when it is not given. */
static inline double PopulationValue(const PopulationValues *values, int population)
{
  return values->count == 0 ? 0.0 : values->values[values->count == 1 ? 0 : population];
}

#endif
