/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/identity.h"

#include "causeway/error.h"
#include "causeway/internal/core/order.h"

#include "causeway/internal/parallel/exchange.h"

#include <limits.h>
#include <stdlib.h>

typedef struct {
  int64_t id, place;
} Entry;

static int by_id(const void *a, const void *b)
{
  const Entry *x = (const Entry *)a, *y = (const Entry *)b;

  if (x->id != y->id) {
    return x->id < y->id ? -1 : 1;
  }
  return x->place < y->place ? -1 : (x->place > y->place ? 1 : 0);
}

static PetscErrorCode check_id(const char *what, int64_t id)
{
  return id < 0 || id == INT64_MAX
             ? UserError(
                   "%s: the id %lld is out of range; neuron ids are integers from 0 to 2^63 - 2",
                   what, (long long)id)
             : 0;
}

/* Drops ids that are 0, 1, ... */
static PetscErrorCode forget_plain(Identity *identity)
{
  PetscFunctionBegin;
  if (identity->n == 0 || identity->id[identity->n - 1] == identity->n - 1) {
    PetscCall(PetscFree(identity->id));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode sort_ids(const char *what, int64_t n, const int64_t ids[], Identity *identity)
{
  PetscErrorCode status = 0;
  PetscBool sorted = PETSC_TRUE;
  Entry *entries;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &entries));
  for (int64_t k = 0; k < n && !status; k++) {
    status = check_id(what, ids[k]);
    entries[k] = (Entry){ids[k], k};
    sorted = sorted && (k == 0 || ids[k - 1] <= ids[k]) ? PETSC_TRUE : PETSC_FALSE;
  }
  if (!status && n > 1) {
    qsort(entries, (size_t)n, sizeof(*entries), by_id);
  }
  for (int64_t k = 1; k < n && !status; k++) {
    if (entries[k].id == entries[k - 1].id) {
      status = UserError("%s: entries %lld and %lld have the same neuron id %lld; ids must differ",
                         what, (long long)entries[k - 1].place, (long long)entries[k].place,
                         (long long)entries[k].id);
    }
  }
  if (!status) {
    identity->n = n;
    PetscCall(PetscMalloc1(n, &identity->id));
    PetscCall(PetscMalloc1(sorted ? 0 : n, &identity->place));
    for (int64_t k = 0; k < n; k++) {
      identity->id[k] = entries[k].id;
      if (!sorted) {
        identity->place[k] = entries[k].place;
      }
    }
    PetscCall(forget_plain(identity));
  }
  PetscCall(PetscFree(entries));
  PetscFunctionReturn(status);
}

PetscErrorCode IdentityMake(const char *what, int64_t n, int64_t *ids, Identity *identity)
{
  PetscErrorCode status;

  PetscFunctionBegin;
  *identity = (Identity){0, NULL, NULL};
  status = sort_ids(what, n, ids, identity);
  PetscCall(PetscFree(ids));
  PetscFunctionReturn(status);
}

PetscErrorCode IdentityDestroy(Identity *identity)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(identity->id));
  PetscCall(PetscFree(identity->place));
  identity->n = 0;
  PetscFunctionReturn(0);
}

/* Sorts ids and removes duplicates; returns the number that remains. */
static int64_t sort_distinct(int64_t n, int64_t ids[])
{
  int64_t kept = 0;

  if (n > 1) {
    qsort(ids, (size_t)n, sizeof(*ids), AscendingInt64);
  }
  for (int64_t k = 0; k < n; k++) {
    if (kept == 0 || ids[k] != ids[kept - 1]) {
      ids[kept++] = ids[k];
    }
  }
  return kept;
}

/* Sends each id to the rank of its remainder, so that duplicates meet there. */
static PetscErrorCode deal(MPI_Comm comm, int64_t n, const int64_t ids[], int64_t *n_mine,
                           int64_t **mine)
{
  int64_t *count, *start, *dealt;
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscCalloc1(size, &count));
  PetscCall(PetscCalloc1(size + 1, &start));
  PetscCall(PetscMalloc1(n, &dealt));
  for (int64_t k = 0; k < n; k++) {
    count[ids[k] % size]++;
  }
  for (int r = 0; r < size; r++) {
    start[r + 1] = start[r] + count[r];
  }
  for (int64_t k = 0; k < n; k++) {
    dealt[start[ids[k] % size]++] = ids[k];
  }
  PetscCall(ExchangeRecords(comm, sizeof(*dealt), dealt, count, n_mine, mine));
  *n_mine = sort_distinct(*n_mine, *mine);
  PetscCall(PetscFree(dealt));
  PetscCall(PetscFree(start));
  PetscCall(PetscFree(count));
  PetscFunctionReturn(0);
}

/* Gathers the ids of all ranks on each rank. */
static PetscErrorCode gather(MPI_Comm comm, int64_t n_mine, const int64_t mine[],
                             Identity *identity)
{
  int size, *counts, *starts, n = (int)n_mine;
  int64_t total = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&n_mine, &total, 1, MPI_INT64_T, MPI_SUM, comm));
  UserCheck(total <= INT_MAX, "%lld neurons are too many; at most 2^31 - 1 are possible",
            (long long)total);
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc2(size, &counts, size, &starts));
  PetscCallMPI(MPI_Allgather(&n, 1, MPI_INT, counts, 1, MPI_INT, comm));
  for (int r = 0; r < size; r++) {
    starts[r] = r ? starts[r - 1] + counts[r - 1] : 0;
  }
  identity->n = total;
  PetscCall(PetscMalloc1(total, &identity->id));
  PetscCallMPI(
      MPI_Allgatherv(mine, n, MPI_INT64_T, identity->id, counts, starts, MPI_INT64_T, comm));
  if (total > 1) {
    qsort(identity->id, (size_t)total, sizeof(int64_t), AscendingInt64);
  }
  PetscCall(PetscFree2(counts, starts));
  PetscCall(forget_plain(identity));
  PetscFunctionReturn(0);
}

PetscErrorCode IdentityGather(MPI_Comm comm, const char *what, int64_t n, const int64_t ids[],
                              Identity *identity)
{
  int64_t *distinct, *mine = NULL, n_mine = 0;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  *identity = (Identity){0, NULL, NULL};
  for (int64_t k = 0; k < n && !status; k++) {
    status = check_id(what, ids[k]);
  }
  PetscCall(ErrorAgree(comm, status));
  PetscCall(PetscMalloc1(n, &distinct));
  PetscCall(PetscArraycpy(distinct, ids, n));
  n = sort_distinct(n, distinct);
  status = deal(comm, n, distinct, &n_mine, &mine);
  status = status ? status : gather(comm, n_mine, mine, identity);
  PetscCall(PetscFree(mine));
  PetscCall(PetscFree(distinct));
  PetscFunctionReturn(status);
}

int64_t IdentityFind(const Identity *identity, int64_t id)
{
  const Observed ids = {INT64_MAX, identity->n, identity->id};
  int64_t below;

  if (!identity->id) {
    return id >= 0 && id < identity->n ? id : -1;
  }
  below = ObservedBelow(&ids, id);
  return below < identity->n && identity->id[below] == id ? below : -1;
}

int64_t IdentityId(const Identity *identity, int64_t neuron)
{
  return identity->id ? identity->id[neuron] : neuron;
}

int64_t IdentityPlace(const Identity *identity, int64_t neuron)
{
  return identity->place ? identity->place[neuron] : neuron;
}

PetscErrorCode IdentityLocate(const Identity *identity, const Observed *observed, const char *what,
                              const char *where, Observed *located)
{
  PetscFunctionBegin;
  *located = (Observed){identity->n, observed->n, NULL};
  PetscCall(PetscMalloc1(observed->n, &located->index));
  for (int64_t k = 0; k < observed->n; k++) {
    const int64_t id = observed->index ? observed->index[k] : k;

    located->index[k] = IdentityFind(identity, id);
    if (located->index[k] < 0) {
      PetscCall(ObservedDestroy(located));
      UserCheck(PETSC_FALSE,
                "%s has the neuron id %lld, which %s does not contain: its %lld neurons have ids "
                "%s%lld to %lld",
                what, (long long)id, where, (long long)identity->n, identity->id ? "within " : "",
                (long long)IdentityId(identity, 0),
                (long long)IdentityId(identity, identity->n - 1));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode IdentityName(const Identity *identity, Observed *observed)
{
  PetscFunctionBegin;
  if (!identity->id) {
    PetscFunctionReturn(0);
  }
  if (!observed->index) {
    PetscCall(PetscMalloc1(observed->n, &observed->index));
    for (int64_t k = 0; k < observed->n; k++) {
      observed->index[k] = k;
    }
  }
  for (int64_t k = 0; k < observed->n; k++) {
    observed->index[k] = identity->id[observed->index[k]];
  }
  observed->n_all = INT64_MAX;
  PetscFunctionReturn(0);
}
