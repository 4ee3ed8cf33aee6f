/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters of type populations. */
#include "populations.h"

#include "causeway/error.h"

#include <math.h>
#include <string.h>

static const ParameterWord rules[] = {
    {"fixed_total_number", "fixed number of synapses, ends drawn independently", 0},
    {"bernoulli", "every pair of neurons has one probability", 0},
    {"fixed_indegree", "every target has equally many different sources", 0},
    {NULL, NULL, 0}};

const ParameterSpec PopulationParameters[] = {
    {.key = "network_populations",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "NAME,...",
     .text = "Names of the populations",
     PARAMETER_MEMBER(PopulationSettings, names)},
    {.key = "network_sizes",
     .kind = PARAMETER_REALS,
     .unit = "neurons",
     .standard = "",
     .high = 2e9,
     .text = "Size of each population in the full network",
     PARAMETER_MEMBER(PopulationSettings, sizes),
     .count = offsetof(PopulationSettings, n_sizes)},
    {.key = "network_kinds",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "e,i,...",
     .text = "Kind of each population: e for excitatory, i for inhibitory",
     PARAMETER_MEMBER(PopulationSettings, kinds)},
    {.key = "network_probabilities",
     .kind = PARAMETER_REALS,
     .unit = "1",
     .standard = "",
     .high = 1,
     .text = "Connection probabilities, row after row: rows are target populations, columns source "
             "populations",
     PARAMETER_MEMBER(PopulationSettings, probabilities),
     .count = offsetof(PopulationSettings, n_probabilities)},
    {.key = "network_rule",
     .kind = PARAMETER_CHOICE,
     .standard = "fixed_total_number",
     .words = rules,
     .text = "Rule by which synapses from one population to another are drawn",
     PARAMETER_MEMBER(PopulationSettings, rule)},
    {.key = "network_weights",
     .kind = PARAMETER_REALS,
     .unit = "mV/ms",
     .standard = "",
     .low = -1e6,
     .high = 1e6,
     .text =
         "Mean weights in the order of network_probabilities; without them, those of excitatory "
         "and inhibitory neurons",
     PARAMETER_MEMBER(PopulationSettings, weights),
     .count = offsetof(PopulationSettings, n_weights)},
    {.key = "network_scale",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "1",
     .low = 1e-6,
     .high = 1,
     .text = "Factor on the sizes of the populations, and on the indegrees unless "
             "network_indegree_scale is given",
     PARAMETER_MEMBER(PopulationSettings, scale)},
    {.key = "network_indegree_scale",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "0",
     .high = 1,
     .text = "Factor on the indegrees, whose square root divides the weights; 0 for network_scale",
     PARAMETER_MEMBER(PopulationSettings, indegree_scale)},
    {.key = NULL}};

/* Splits the names at commas, one for each population. */
static PetscErrorCode read_names(Network network, Parameters parameters, const char *names)
{
  const char *source = ParametersSource(parameters, "network_populations");
  char list[POPULATION_LIST_LENGTH], *rest = list, *word;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(list, names, sizeof(list)));
  network->n_populations = 0;
  while ((word = strsep(&rest, ","))) {
    Population *p = &network->populations[network->n_populations];

    UserCheck(network->n_populations < NETWORK_MAX_POPULATIONS, "%s: more than %d populations",
              source, NETWORK_MAX_POPULATIONS);
    UserCheck(word[0] && strlen(word) < sizeof(p->name),
              "%s = %s: a name must have 1 to %zu characters", source, word, sizeof(p->name) - 1);
    *p = (Population){.size = 0};
    PetscCall(PetscStrncpy(p->name, word, sizeof(p->name)));
    network->n_populations++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_kinds(Network network, Parameters parameters, const char *kinds)
{
  const char *source = ParametersSource(parameters, "network_kinds");
  char list[POPULATION_LIST_LENGTH], *rest = list, *word;
  int n = 0;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(list, kinds, sizeof(list)));
  while ((word = strsep(&rest, ","))) {
    UserCheck(!strcmp(word, "e") || !strcmp(word, "i"),
              "%s: \"%s\" is not a kind; write e for excitatory, i for inhibitory", source, word);
    if (n < network->n_populations) {
      network->populations[n].inhibitory = word[0] == 'i' ? PETSC_TRUE : PETSC_FALSE;
    }
    n++;
  }
  UserCheck(n == network->n_populations, "%s: %d kinds for %d populations", source, n,
            network->n_populations);
  PetscFunctionReturn(0);
}

static PetscErrorCode check_weights(Network network, Parameters parameters)
{
  const PopulationSettings *s = NetworkSettings(network);
  const int n = network->n_populations;

  PetscFunctionBegin;
  for (int k = 0; n > 0 && k < s->n_weights; k++) {
    const Population *to = &network->populations[k / n], *from = &network->populations[k % n];

    UserCheck(s->weights[k] * (from->inhibitory ? -1.0 : 1.0) >= 0,
              "%s: the weight %g from %s to %s has the wrong sign; weights are positive from "
              "excitatory and negative from inhibitory sources",
              ParametersSource(parameters, "network_weights"), s->weights[k], from->name, to->name);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_tables(Network network, Parameters parameters)
{
  const PopulationSettings *s = NetworkSettings(network);
  const int n = network->n_populations;

  PetscFunctionBegin;
  UserCheck(s->n_sizes == n, "%s: %d sizes for %d populations",
            ParametersSource(parameters, "network_sizes"), s->n_sizes, n);
  UserCheck(s->n_probabilities == n * n,
            "%s: has %d numbers; a table of %d populations needs %d, row after row, rows targets",
            ParametersSource(parameters, "network_probabilities"), s->n_probabilities, n, n * n);
  UserCheck(s->n_weights == 0 || s->n_weights == n * n,
            "%s: has %d numbers; a table of %d populations needs %d, row after row, rows targets",
            ParametersSource(parameters, "network_weights"), s->n_weights, n, n * n);
  for (int p = 0; p < n; p++) {
    UserCheck(s->sizes[p] == floor(s->sizes[p]), "%s: %g is not a whole number of neurons",
              ParametersSource(parameters, "network_sizes"), s->sizes[p]);
    network->populations[p].size = llround(s->scale * s->sizes[p]);
  }
  UserCheck(NetworkTotal(network) >= 1 && NetworkTotal(network) <= INT32_MAX,
            "%s: %lld neurons; 1 to %d are possible", ParametersSource(parameters, "network_sizes"),
            (long long)NetworkTotal(network), INT32_MAX);
  PetscFunctionReturn(0);
}

PetscErrorCode PopulationsCheck(Network network, Parameters parameters)
{
  const PopulationSettings *s = NetworkSettings(network);

  PetscFunctionBegin;
  UserCheck(s->names[0] && s->kinds[0],
            "network_type = populations: give network_populations, network_sizes, network_kinds "
            "and network_probabilities");
  PetscCall(read_names(network, parameters, s->names));
  PetscCall(read_kinds(network, parameters, s->kinds));
  PetscCall(check_tables(network, parameters));
  PetscCall(check_weights(network, parameters));
  PetscFunctionReturn(0);
}
