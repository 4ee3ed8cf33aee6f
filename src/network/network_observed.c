/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Selects the connections among some of the neurons. */
#include "network_impl.h"

#include "causeway/internal/parallel/redistribute.h"

/* Connections among observed neurons onto this rank's targets, renumbered; row lengths by target. */
static PetscErrorCode keep_rows(Network from, const Observed *o, int64_t *length, int32_t *sources,
                                float *weights, uint16_t *delays)
{
  const Partition *p = &from->partition;
  const int64_t first = ObservedBelow(o, p->first);
  const int64_t n = ObservedBelow(o, p->first + p->n_local) - first;
  int64_t at = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < n; k++) {
    const int64_t local = o->index[first + k] - p->first, before = at;

    for (int64_t s = from->row_start[local]; s < from->row_start[local + 1]; s++) {
      const int64_t below = ObservedBelow(o, from->ends[s]);

      if (below < o->n && o->index[below] == from->ends[s]) {
        sources[at] = (int32_t)below;
        weights[at] = from->weights[s];
        if (from->has_delays) {
          delays[at] = from->delays[s];
        }
        at++;
      }
    }
    length[k] = at - before;
  }
  PetscFunctionReturn(0);
}

/* Sum of a number over the ranks before this one. */
static PetscErrorCode ranks_before(MPI_Comm comm, int64_t count, int64_t *before)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Scan(&count, before, 1, MPI_INT64_T, MPI_SUM, comm));
  *before -= count;
  PetscFunctionReturn(0);
}

/* Fetches the rows of the new network from the ranks that kept them. */
static PetscErrorCode fetch_rows(Network from, const Observed *o, const int64_t *length,
                                 const int32_t *sources, const float *weights,
                                 const uint16_t *delays, Network to)
{
  const Partition *p = &from->partition, *q = &to->partition;
  const int64_t first = ObservedBelow(o, p->first);
  const int64_t n = ObservedBelow(o, p->first + p->n_local) - first;
  int64_t kept = 0, kept_before, wanted, wanted_before;

  PetscFunctionBegin;
  for (int64_t k = 0; k < n; k++) {
    kept += length[k];
  }
  PetscCall(FetchRows(from->comm, sizeof(int64_t), first, n, length, q->first, q->n_local,
                      to->row_start + 1));
  for (int64_t i = 0; i < q->n_local; i++) {
    to->row_start[i + 1] += to->row_start[i];
  }
  wanted = to->row_start[q->n_local];
  PetscCall(NetworkReserve(to, PetscMax(1, wanted)));
  PetscCall(ranks_before(from->comm, kept, &kept_before));
  PetscCall(ranks_before(from->comm, wanted, &wanted_before));
  PetscCall(FetchRows(from->comm, sizeof(int32_t), kept_before, kept, sources, wanted_before,
                      wanted, to->ends));
  PetscCall(FetchRows(from->comm, sizeof(float), kept_before, kept, weights, wanted_before, wanted,
                      to->weights));
  if (from->has_delays) {
    PetscCall(FetchRows(from->comm, sizeof(uint16_t), kept_before, kept, delays, wanted_before,
                        wanted, to->delays));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkObserve(Network from, const Observed *o, Network *observed)
{
  const int64_t n_local = from->partition.n_local, local = from->row_start[n_local];
  int64_t *length;
  int32_t *sources;
  float *weights;
  uint16_t *delays;
  Network to;

  PetscFunctionBegin;
  PetscCall(NetworkTurnToTargets(from));
  PetscCall(NetworkCreateLike(from, o->n, &to));
  for (int p = 0; p < to->n_populations; p++) {
    to->populations[p].size = 0;
  }
  PetscCall(PetscMalloc1(o->n, &to->identity.id));
  for (int64_t k = 0; k < o->n; k++) {
    to->identity.id[k] = IdentityId(&from->identity, o->index[k]);
    to->population[k] = from->population[o->index[k]];
    to->populations[to->population[k]].size++;
  }
  PetscCall(PetscMalloc4(n_local, &length, local, &sources, local, &weights,
                         from->has_delays ? local : 0, &delays));
  PetscCall(keep_rows(from, o, length, sources, weights, delays));
  PetscCall(fetch_rows(from, o, length, sources, weights, delays, to));
  PetscCall(PetscFree4(length, sources, weights, delays));
  to->lacks_weights = from->lacks_weights;
  PetscCall(NetworkFinish(to));
  to->is_set_up = PETSC_TRUE;
  *observed = to;
  PetscFunctionReturn(0);
}
