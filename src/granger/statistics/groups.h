/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GROUPS_H
#define CAUSEWAY_GROUPS_H

#include "causeway/parameters.h"

#include <stdint.h>

enum { MAX_GROUPS = 1000 };

/* Disjoint sets of neurons; a neuron may be in no set. */
typedef struct {
  char words[PETSC_MAX_PATH_LEN];       /* as the user gives them */
  int64_t n_groups, n_members, largest; /* groups, neurons in all groups, neurons in the largest */
  int64_t n_neurons; /* neurons in the file; for ranges, the last neuron plus one */
  int64_t first[MAX_GROUPS], last[MAX_GROUPS]; /* for ranges */
  int64_t *of_neuron; /* (n_neurons) for a file: group, or negative for none; else NULL */
} NeuronGroups;

extern const ParameterSpec GroupsParameters[];

/*@
  GroupsSetUp - reads the sets from the words, or from the file that the words name

  Collective on `comm`
  Errors: CAUSEWAY_ERR_USER for sets that overlap, are empty, too many or fewer than two
@*/
PetscErrorCode GroupsSetUp(NeuronGroups *groups, MPI_Comm comm, Parameters parameters);
PetscErrorCode GroupsFree(void *groups);

/* Refuses groups whose neurons do not fit the activity. Not collective. */
PetscErrorCode GroupsCheck(const NeuronGroups *groups, int64_t n_neurons);

/* Lists neurons in the order of groups, ascending in each. Not collective.
   member: (n_members); start: (n_groups + 1) positions in it */
void GroupsList(const NeuronGroups *groups, int64_t *member, int64_t *start);

#endif
