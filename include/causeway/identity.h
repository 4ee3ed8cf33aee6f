/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_IDENTITY_H
#define CAUSEWAY_IDENTITY_H

#include "causeway/declare.h"
#include "causeway/observed.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* The ids of the neurons of a source, such as SONATA's node ids. Ids may start at any number, have gaps and stand in any
   order. Neurons are numbered by ascending id; `place` gives a neuron's entry in the source. The same on every rank. */
typedef struct {
  int64_t n;
  int64_t *id;    /* (n) ascending; NULL when they are 0, 1, ..., n - 1 */
  int64_t *place; /* (n) entry of the source; NULL when the source is in the order of ids */
} Identity;

/*@
  IdentityMake - sorts the ids of a source

  Not collective; the result is the same on every rank
  Input:  what - name of the source, for messages
          ids  - (n) in the order of the source; taken over, also after an error
  Output: identity - freed with IdentityDestroy()
  Errors: CAUSEWAY_ERR_USER for an id that is negative or occurs twice
  Cost:   a sort, 16 bytes per neuron
@*/
PetscErrorCode IdentityMake(const char *what, int64_t n, int64_t *ids, Identity *identity);

/*@
  IdentityGather - collects the distinct ids of all ranks; places are not kept

  Collective
  Input:  what - name of the source, for messages
          ids  - (n) ids on this rank, in any order, possibly repeated
  Output: identity - freed with IdentityDestroy()
  Errors: CAUSEWAY_ERR_USER for a negative id
  Cost:   8 bytes per distinct id on every rank; one alltoallv of the distinct ids of each rank
@*/
PetscErrorCode IdentityGather(MPI_Comm comm, const char *what, int64_t n, const int64_t ids[],
                              Identity *identity);
PetscErrorCode IdentityDestroy(Identity *identity);

/* Number of the neuron with an id, -1 without one; id of a neuron; entry of a neuron in the source. Not collective. */
int64_t IdentityFind(const Identity *identity, int64_t id);
int64_t IdentityId(const Identity *identity, int64_t neuron);
int64_t IdentityPlace(const Identity *identity, int64_t neuron);

/*@
  IdentityLocate - converts ids into neuron numbers

  Not collective
  Input:  observed - its index holds ids; NULL stands for 0, 1, ...
          what     - name of the observing source, for messages
          where    - name of the source of `identity`, for messages
  Output: located  - the same neurons as numbers in `identity`; freed with ObservedDestroy()
  Errors: CAUSEWAY_ERR_USER for an id that `identity` does not contain
@*/
PetscErrorCode IdentityLocate(const Identity *identity, const Observed *observed, const char *what,
                              const char *where, Observed *located);

/* Replaces the neuron numbers in `observed` by ids. Not collective. */
PetscErrorCode IdentityName(const Identity *identity, Observed *observed);

CAUSEWAY_END_DECLARATIONS

#endif
