/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GROUPS_H
#define CAUSEWAY_GROUPS_H

#include "causeway/parameters.h"

#include <stdint.h>

enum { MAX_GROUPS = 1000 };

/* Disjoint sets of neurons; a neuron may be in none. */
typedef struct {
  char words[PETSC_MAX_PATH_LEN];       /* as the user gives them */
  int64_t n_groups, n_members, largest; /* neurons in all of them, and in the largest */
  int64_t n_neurons;                    /* that the file knows; of ranges, the last and one */
  int64_t first[MAX_GROUPS], last[MAX_GROUPS]; /* of ranges */
  int64_t *of_neuron; /* (n_neurons) of a file: group, or negative; else NULL */
} NeuronGroups;

/*@
  GroupsSetFromOptions - reads -granger_groups, when it is needed also the file that it names

  Collective on `comm`
  Errors: CAUSEWAY_ERR_USER for sets that overlap, are empty, too many or fewer than two
@*/
PetscErrorCode GroupsSetFromOptions(NeuronGroups *groups, MPI_Comm comm, PetscBool needed,
                                    Parameters parameters);
PetscErrorCode GroupsFree(NeuronGroups *groups);

/* Refuses groups of other neurons than those of the activity. Not collective. */
PetscErrorCode GroupsCheck(const NeuronGroups *groups, int64_t n_neurons);

/* Neurons in the order of groups, ascending in each. Not collective.
   member: (n_members); start: (n_groups + 1) positions in it */
void GroupsList(const NeuronGroups *groups, int64_t *member, int64_t *start);

#endif
