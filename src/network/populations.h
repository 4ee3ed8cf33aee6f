/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_POPULATIONS_H
#define CAUSEWAY_POPULATIONS_H

#include "network_impl.h"

enum { RULE_FIXED_TOTAL_NUMBER, RULE_BERNOULLI, RULE_FIXED_INDEGREE };

enum {
  POPULATION_LIST_LENGTH = 2048,
  POPULATION_PAIRS = NETWORK_MAX_POPULATIONS * NETWORK_MAX_POPULATIONS
};

/* Settings of type populations; tables are by target, then source. */
typedef struct {
  char names[POPULATION_LIST_LENGTH], kinds[POPULATION_LIST_LENGTH]; /* as given by the user */
  int n_sizes, n_probabilities, n_weights;
  double sizes[NETWORK_MAX_POPULATIONS]; /* in the full network */
  double probabilities[POPULATION_PAIRS], weights[POPULATION_PAIRS];
  int rule;
  double scale, indegree_scale; /* indegree_scale 0: equal to scale */
} PopulationSettings;

/* Parameters of PopulationSettings. */
extern const ParameterSpec PopulationParameters[];

/* Sets the populations of the network from the settings. */
PetscErrorCode PopulationsCheck(Network network, Parameters parameters);

#endif
