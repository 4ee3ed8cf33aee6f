/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Sets of neurons, given as ranges or as a dataset with the group of each neuron. */
#include "statistics/groups.h"

#include "causeway/datafile.h"
#include "causeway/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char key[] = "granger_groups";

const ParameterSpec GroupsParameters[] = {{.key = key,
                                           .kind = PARAMETER_TEXT,
                                           .standard = "",
                                           .form = "0-9,10-19,...|FILE.h5:/PATH",
                                           .text =
                                               "Sets of neurons, as ranges counted from 0, or a "
                                               "dataset with the number of each neuron's set, "
                                               "negative for none",
                                           PARAMETER_MEMBER(NeuronGroups, words)},
                                          {.key = NULL}};

/* Parses "0-9" or "4"; `at` moves past it. */
static PetscBool parse_range(const char *text, const char **at, int64_t *first, int64_t *last)
{
  char *end;

  errno = 0;
  *first = *last = strtoll(text, &end, 10);
  if (end == text || *text < '0' || *text > '9') {
    return PETSC_FALSE;
  }
  if (*end == '-') {
    text = end + 1;
    *last = strtoll(text, &end, 10);
    if (end == text || *text < '0' || *text > '9') {
      return PETSC_FALSE;
    }
  }
  *at = end;
  return !errno && *first <= *last && (*end == ',' || *end == '\0') ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode read_ranges(NeuronGroups *g, const char *source)
{
  const char *at = g->words;

  PetscFunctionBegin;
  for (PetscBool more = PETSC_TRUE; more; at++) {
    const int64_t k = g->n_groups;

    UserCheck(k < MAX_GROUPS, "%s: more than %d groups", source, MAX_GROUPS);
    UserCheck(
        parse_range(at, &at, &g->first[k], &g->last[k]),
        "%s = %s: expected sets of neurons as 0-9,10-19, or FILE.h5:/path with the number of a "
        "group for each neuron",
        source, g->words);
    for (int64_t l = 0; l < k; l++) {
      UserCheck(g->last[l] < g->first[k] || g->last[k] < g->first[l],
                "%s = %s: %lld-%lld and %lld-%lld overlap, but a neuron can be in one group only",
                source, g->words, (long long)g->first[l], (long long)g->last[l],
                (long long)g->first[k], (long long)g->last[k]);
    }
    g->n_groups++;
    g->n_members += g->last[k] - g->first[k] + 1;
    g->largest = PetscMax(g->largest, g->last[k] - g->first[k] + 1);
    g->n_neurons = PetscMax(g->n_neurons, g->last[k] + 1);
    more = *at == ',' ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode count_members(NeuronGroups *g, const char *source)
{
  int64_t count[MAX_GROUPS] = {0};

  PetscFunctionBegin;
  for (int64_t i = 0; i < g->n_neurons; i++) {
    const int64_t k = g->of_neuron[i];

    UserCheck(k < MAX_GROUPS,
              "%s = %s: neuron %lld is in group %lld, but groups are numbered from 0 to %d", source,
              g->words, (long long)i, (long long)k, MAX_GROUPS - 1);
    if (k >= 0) {
      g->n_members++;
      count[k]++;
      g->n_groups = PetscMax(g->n_groups, k + 1);
      g->largest = PetscMax(g->largest, count[k]);
    }
  }
  for (int64_t k = 0; k < g->n_groups; k++) {
    UserCheck(count[k] > 0,
              "%s = %s: no neuron is in group %lld, but groups are numbered from 0 without gaps",
              source, g->words, (long long)k);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_file(NeuronGroups *g, MPI_Comm comm, const char *source)
{
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  const int64_t first = 0;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(g->words, PETSC_MAX_PATH_LEN, name, path));
  PetscCall(DataFileOpen(comm, name, &file));
  PetscCall(DataFileShape(file, path, 1, &g->n_neurons));
  PetscCall(PetscMalloc1(g->n_neurons, &g->of_neuron));
  PetscCall(DataFileRead(file, path, DATA_INT64, &first, &g->n_neurons, g->of_neuron));
  PetscCall(DataFileClose(&file));
  PetscCall(count_members(g, source));
  PetscFunctionReturn(0);
}

PetscErrorCode GroupsSetUp(NeuronGroups *g, MPI_Comm comm, Parameters parameters)
{
  char source[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(GroupsFree(g));
  g->n_groups = g->n_members = g->largest = g->n_neurons = 0;
  UserCheck(g->words[0], "the statistic `group` needs sets of neurons: give -%s, e.g. 0-9,10-19",
            key);
  PetscCall(PetscStrncpy(source, ParametersSource(parameters, key), sizeof(source)));
  if (strstr(g->words, ":/")) {
    PetscCall(read_file(g, comm, source));
  } else {
    PetscCall(read_ranges(g, source));
  }
  UserCheck(g->n_groups >= 2, "%s = %s: the group statistic needs at least two groups", source,
            g->words);
  PetscFunctionReturn(0);
}

PetscErrorCode GroupsFree(void *groups)
{
  NeuronGroups *g = groups;

  PetscFunctionBegin;
  PetscCall(PetscFree(g->of_neuron));
  PetscFunctionReturn(0);
}

PetscErrorCode GroupsCheck(const NeuronGroups *g, int64_t n_neurons)
{
  PetscFunctionBegin;
  UserCheck(!g->of_neuron || g->n_neurons == n_neurons,
            "%s = %s: has groups for %lld neurons, but the activity has %lld", key, g->words,
            (long long)g->n_neurons, (long long)n_neurons);
  UserCheck(g->n_neurons <= n_neurons,
            "%s = %s: there is no neuron %lld; the activity has %lld neurons, counted from 0", key,
            g->words, (long long)g->n_neurons - 1, (long long)n_neurons);
  PetscFunctionReturn(0);
}

/* Sorts the neurons of a file by group, by counting. */
static void list_file(const NeuronGroups *g, int64_t *member, int64_t *start)
{
  int64_t next[MAX_GROUPS];

  for (int64_t i = 0; i < g->n_neurons; i++) {
    if (g->of_neuron[i] >= 0) {
      start[g->of_neuron[i] + 1]++;
    }
  }
  for (int64_t k = 0; k < g->n_groups; k++) {
    start[k + 1] += start[k];
    next[k] = start[k];
  }
  for (int64_t i = 0; i < g->n_neurons; i++) {
    if (g->of_neuron[i] >= 0) {
      member[next[g->of_neuron[i]]++] = i;
    }
  }
}

void GroupsList(const NeuronGroups *g, int64_t *member, int64_t *start)
{
  for (int64_t k = 0; k <= g->n_groups; k++) {
    start[k] = 0;
  }
  if (g->of_neuron) {
    list_file(g, member, start);
    return;
  }
  for (int64_t k = 0; k < g->n_groups; k++) {
    start[k + 1] = start[k];
    for (int64_t i = g->first[k]; i <= g->last[k]; i++) {
      member[start[k + 1]++] = i;
    }
  }
}
