/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_POPULATION_VALUES_H
#define CAUSEWAY_POPULATION_VALUES_H

#include "causeway/network.h"
#include "causeway/parameters.h"

/* A parameter of neurons: one number for all populations, one for each, or not given. */
typedef struct {
  int count;
  double values[NETWORK_MAX_POPULATIONS];
} PopulationValues;

/* Member of the settings that receives a PARAMETER_REALS. */
// NOLINTBEGIN(bugprone-macro-parentheses): a member cannot stand in parentheses
#define POPULATION_MEMBER(type, member)                                                            \
  PARAMETER_MEMBER(type, member.values), .count = offsetof(type, member.count)
// NOLINTEND(bugprone-macro-parentheses)

/* Refuses lists in the settings of a table whose length differs from the number of populations. Not collective, but the
   same on every rank. */
PetscErrorCode PopulationValuesCheck(const ParameterSpec specs[], const void *settings,
                                     int n_populations);

/* Value for a population; 0 when the parameter is not given. */
static inline double PopulationValue(const PopulationValues *values, int population)
{
  return values->count == 0 ? 0.0 : values->values[values->count == 1 ? 0 : population];
}

#endif
