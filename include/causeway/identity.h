/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_IDENTITY_H
#define CAUSEWAY_IDENTITY_H

#include "causeway/observed.h"

/* Who the neurons of a source are: their ids, such as SONATA's node ids, which may begin anywhere, have gaps and stand in
   any order. Neurons are numbered by ascending id; `place` says where in the source the neuron stands. The same on every
   rank. */
typedef struct {
  int64_t n;
  int64_t *id;    /* (n) ascending; NULL when they are 0, 1, ..., n - 1 */
  int64_t *place; /* (n) entry of the source; NULL when the source is in this order already */
} Identity;

/*@
  IdentityMake - sorts the ids of a source

  Not collective, the same on every rank
  Input:  what - that holds them, for messages
          ids  - (n) in the order of the source; taken over, also after an error
  Output: identity - ended with IdentityDestroy()
  Errors: CAUSEWAY_ERR_USER for an id that is negative or occurs twice
  Cost:   a sort, 16 bytes per neuron
@*/
PetscErrorCode IdentityMake(const char *what, int64_t n, int64_t *ids, Identity *identity);

/*@
  IdentityGather - the distinct ids among the entries of all ranks, whose places are not kept

  Collective
  Input:  ids - (n) of this rank, in any order, each as often as it likes
  Errors: CAUSEWAY_ERR_USER for one that is negative
  Cost:   8 bytes per distinct id on every rank; one alltoallv of the distinct ids of each rank
@*/
PetscErrorCode IdentityGather(MPI_Comm comm, const char *what, int64_t n, const int64_t ids[],
                              Identity *identity);
PetscErrorCode IdentityDestroy(Identity *identity);

/* Number of the neuron with an id, -1 when there is none; id of a neuron; entry of the source that is of a neuron. */
int64_t IdentityFind(const Identity *identity, int64_t id);
int64_t IdentityId(const Identity *identity, int64_t neuron);
int64_t IdentityPlace(const Identity *identity, int64_t neuron);

/*@
  IdentityLocate - ids as numbers of neurons

  Not collective
  Input:  observed - of which index holds ids; index NULL for 0, 1, ...
          what     - that observes them, where - the source of `identity`; for messages
  Output: located  - the same among the neurons of `identity`; ended with ObservedDestroy()
  Errors: CAUSEWAY_ERR_USER for an id that `identity` does not have
@*/
PetscErrorCode IdentityLocate(const Identity *identity, const Observed *observed, const char *what,
                              const char *where, Observed *located);

/* Ids of observed neurons in place of their numbers: index is replaced. Not collective. */
PetscErrorCode IdentityName(const Identity *identity, Observed *observed);

#endif
