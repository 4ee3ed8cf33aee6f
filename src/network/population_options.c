/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <string.h>

/* Words with commas between them, one for each population. */
static PetscErrorCode read_names(Network network, Parameters parameters, char *list)
{
  const char *source = ParametersSource(parameters, "network_populations");
  char *rest = list, *word;

  PetscFunctionBegin;
  network->n_populations = 0;
  while ((word = strsep(&rest, ","))) {
    Population *p = &network->populations[network->n_populations];

    UserCheck(network->n_populations < NETWORK_MAX_POPULATIONS, "%s: more than %d populations",
              source, NETWORK_MAX_POPULATIONS);
    UserCheck(word[0] && strlen(word) < sizeof(p->name), "%s = %s: a name has 1 to %zu characters",
              source, word, sizeof(p->name) - 1);
    *p = (Population){.size = 0};
    PetscCall(PetscStrncpy(p->name, word, sizeof(p->name)));
    network->n_populations++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_kinds(Network network, Parameters parameters, char *list)
{
  const char *source = ParametersSource(parameters, "network_kinds");
  char *rest = list, *word;
  int n = 0;

  PetscFunctionBegin;
  while ((word = strsep(&rest, ","))) {
    UserCheck(!strcmp(word, "e") || !strcmp(word, "i"),
              "%s: \"%s\" is no kind: e excitatory, i inhibitory", source, word);
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
  const int n = network->n_populations;

  PetscFunctionBegin;
  for (int k = 0; n > 0 && k < network->n_weights; k++) {
    const Population *to = &network->populations[k / n], *from = &network->populations[k % n];

    UserCheck(network->weights_table[k] * (from->inhibitory ? -1.0 : 1.0) >= 0,
              "%s: %g from %s to %s: weights of excitatory sources are positive, of inhibitory "
              "ones negative",
              ParametersSource(parameters, "network_weights"), network->weights_table[k],
              from->name, to->name);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_tables(Network network, Parameters parameters, int n_sizes,
                                   const double sizes[])
{
  const int n = network->n_populations;

  PetscFunctionBegin;
  UserCheck(n_sizes == n, "%s: %d sizes for %d populations",
            ParametersSource(parameters, "network_sizes"), n_sizes, n);
  UserCheck(network->n_probabilities == n * n,
            "%s: %d numbers; a table of %d populations has %d, row after row, rows targets",
            ParametersSource(parameters, "network_probabilities"), network->n_probabilities, n,
            n * n);
  UserCheck(network->n_weights == 0 || network->n_weights == n * n,
            "%s: %d numbers; a table of %d populations has %d, row after row, rows targets",
            ParametersSource(parameters, "network_weights"), network->n_weights, n, n * n);
  for (int p = 0; p < n; p++) {
    UserCheck(sizes[p] == floor(sizes[p]), "%s: %g is no number of neurons",
              ParametersSource(parameters, "network_sizes"), sizes[p]);
    network->full_size[p] = (int64_t)sizes[p];
    network->populations[p].size = llround(network->scale * sizes[p]);
  }
  UserCheck(NetworkTotal(network) >= 1 && NetworkTotal(network) <= INT32_MAX,
            "%s: %lld neurons; 1 to %d are possible", ParametersSource(parameters, "network_sizes"),
            (long long)NetworkTotal(network), INT32_MAX);
  PetscFunctionReturn(0);
}

/* Of other types these parameters would do nothing. */
static PetscErrorCode refuse(Parameters parameters)
{
  static const char *const keys[] = {"network_populations", "network_sizes", "network_kinds",
                                     "network_probabilities", "network_weights"};
  PetscBool set;

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(keys); k++) {
    PetscCall(ParametersIsSet(parameters, keys[k], &set));
    UserCheck(!set, "%s: is used with network_type = populations only",
              ParametersSource(parameters, keys[k]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkPopulationOptions(Network network, Parameters parameters, PetscBool used)
{
  static const char *const rules[] = {"fixed_total_number", "bernoulli", "fixed_indegree", NULL};
  enum { TABLE = NETWORK_MAX_POPULATIONS * NETWORK_MAX_POPULATIONS, LIST = 2048 };
  char names[LIST] = "", kinds[LIST] = "";
  double sizes[NETWORK_MAX_POPULATIONS];
  int n_sizes = 0;

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "network_populations",
                             "for type populations: names, with commas between them", sizeof(names),
                             names));
  PetscCall(ParametersReals(parameters, "network_sizes", "neurons", "of each population", 0, 2e9,
                            NETWORK_MAX_POPULATIONS, &n_sizes, sizes));
  PetscCall(ParametersString(parameters, "network_kinds",
                             "of each population: e excitatory, i inhibitory", sizeof(kinds),
                             kinds));
  PetscCall(ParametersReals(parameters, "network_probabilities", "1",
                            "table of connection probabilities, row after row: rows target "
                            "populations, columns source populations",
                            0, 1, TABLE, &network->n_probabilities, network->probabilities));
  PetscCall(ParametersChoice(parameters, "network_rule",
                             "how a projection of such a network comes about", rules,
                             &network->rule));
  PetscCall(ParametersReals(parameters, "network_weights", "mV/ms",
                            "table of mean weights, likewise; by the kind of the source unless it "
                            "is given",
                            -1e6, 1e6, TABLE, &network->n_weights, network->weights_table));
  PetscCall(ParametersReal(parameters, "network_scale", "1",
                           "of the sizes of such a network, and unless network_indegree_scale "
                           "says otherwise of its indegrees",
                           1e-6, 1, &network->scale));
  PetscCall(ParametersReal(parameters, "network_indegree_scale", "1",
                           "of indegrees; weights grow by 1 / sqrt of it; 0: network_scale", 0, 1,
                           &network->indegree_scale));
  if (!used) {
    PetscCall(refuse(parameters));
    PetscFunctionReturn(0);
  }
  UserCheck(names[0] && kinds[0],
            "network_type = populations needs network_populations, network_sizes, network_kinds "
            "and network_probabilities");
  PetscCall(read_names(network, parameters, names));
  PetscCall(read_kinds(network, parameters, kinds));
  PetscCall(check_tables(network, parameters, n_sizes, sizes));
  PetscCall(check_weights(network, parameters));
  PetscFunctionReturn(0);
}
