/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Connections sorted by source: sparse matrices of MATLAB 7.3, and csc_matrix of scipy and AnnData. */
#include "network_impl.h"

#include "causeway/error.h"

#include "causeway/internal/parallel/exchange.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  int32_t target, source;
  double weight;
} Entry;

static int by_target_and_source(const void *a, const void *b)
{
  const Entry *x = (const Entry *)a, *y = (const Entry *)b;

  if (x->target != y->target) {
    return x->target < y->target ? -1 : 1;
  }
  return x->source < y->source ? -1 : (x->source > y->source ? 1 : 0);
}

/* First entries of this rank's columns in the file (n_local + 1). */
static PetscErrorCode read_pointers(Network network, DataFile file, const char *path,
                                    int64_t n_entries, int64_t **start)
{
  const Partition *p = &network->partition;
  const int64_t count = p->n_local > 0 ? p->n_local + 1 : 0;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(p->n_local + 1, start));
  PetscCall(DataFileRead(file, path, DATA_INT64, &p->first, &count, *start));
  for (int64_t i = 0; i < p->n_local && !status; i++) {
    const int64_t from = (*start)[i], to = (*start)[i + 1];

    if (from < 0 || to < from || to > n_entries || (p->first + i == 0 && from != 0)) {
      status =
          UserError("%s:%s: column %lld (counted from 0) ends at entry %lld of %lld, after %lld",
                    DataFileName(file), path, (long long)(p->first + i), (long long)to,
                    (long long)n_entries, (long long)from);
    }
  }
  PetscFunctionReturn(ErrorAgree(network->comm, status));
}

/* Reads the entries of this rank's columns, sorted by target. */
static PetscErrorCode read_entries(Network network, DataFile file, const SparsePaths *paths,
                                   const int64_t start[], Entry **entries)
{
  const Partition *p = &network->partition;
  const int64_t first = start[0], n = start[p->n_local] - first;
  PetscErrorCode status = 0;
  int64_t *targets;
  double *weights;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, entries));
  PetscCall(PetscMalloc2(n, &targets, n, &weights));
  PetscCall(DataFileRead(file, paths->indices, DATA_INT64, &first, &n, targets));
  PetscCall(DataFileRead(file, paths->data, DATA_FLOAT64, &first, &n, weights));
  for (int64_t i = 0; i < p->n_local; i++) {
    for (int64_t k = start[i] - first; k < start[i + 1] - first && !status; k++) {
      if (targets[k] < 0 || targets[k] >= p->n_global || !isfinite((float)weights[k])) {
        status = UserError("%s:%s: column %lld has target %lld with weight %g, for %lld neurons",
                           DataFileName(file), paths->indices, (long long)(p->first + i),
                           (long long)targets[k], weights[k], (long long)p->n_global);
      }
      (*entries)[k] = (Entry){(int32_t)targets[k], (int32_t)(p->first + i), weights[k]};
    }
  }
  PetscCall(PetscFree2(targets, weights));
  status = ErrorAgree(network->comm, status);
  if (!status && n > 1) {
    qsort(*entries, (size_t)n, sizeof(**entries), by_target_and_source);
  }
  for (int64_t k = 1; k < n && !status; k++) {
    if (!by_target_and_source(&(*entries)[k - 1], &(*entries)[k])) {
      status = UserError(
          "%s:%s: column %d has target %d twice; add such entries up with sum_duplicates() of "
          "scipy",
          DataFileName(file), paths->indices, (int)(*entries)[k].source, (int)(*entries)[k].target);
    }
  }
  PetscFunctionReturn(ErrorAgree(network->comm, status));
}

/* Takes the sorted entries of this rank's targets; zeros are not connections. */
static PetscErrorCode take_entries(Network network, int64_t n, const Entry entries[])
{
  const Partition *p = &network->partition;
  PetscErrorCode status = 0;
  int64_t n_taken = 0;

  PetscFunctionBegin;
  PetscCall(NetworkReserve(network, n + 1));
  for (int64_t k = 0; k < n && !status; k++) {
    const float weight = (float)entries[k].weight;

    if (weight != 0) {
      status =
          NetworkAppend(network, n_taken++,
                        (Synapse){entries[k].source, weight, NetworkDefaultDelay(network, weight)});
      network->row_start[entries[k].target - p->first + 1]++;
    }
  }
  for (int64_t i = 0; i < p->n_local; i++) {
    network->row_start[i + 1] += network->row_start[i];
  }
  PetscFunctionReturn(status);
}

static PetscErrorCode exchange(Network network, int64_t n, const Entry entries[])
{
  const Partition *p = &network->partition;
  int64_t *send_count, n_received = 0;
  Entry *received = NULL;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(p->size, &send_count));
  for (int64_t k = 0; k < n; k++) {
    send_count[PartitionOwner(p, entries[k].target)]++;
  }
  status =
      ExchangeRecords(network->comm, sizeof(*entries), entries, send_count, &n_received, &received);
  PetscCall(PetscFree(send_count));
  if (!status && n_received > 1) {
    qsort(received, (size_t)n_received, sizeof(*received), by_target_and_source);
  }
  status = status ? status : ErrorAgree(network->comm, take_entries(network, n_received, received));
  PetscCall(PetscFree(received));
  PetscFunctionReturn(status);
}

PetscErrorCode NetworkReadCsc(Network network, DataFile file, const char *group, SparseKind kind)
{
  int64_t n_pointers, n_entries = 0, n_weights = 0, *start = NULL;
  Entry *entries = NULL;
  PetscBool has_entries;
  SparsePaths paths;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileSparsePaths(file, group, kind, &paths));
  PetscCall(DataFileShape(file, paths.pointers, 1, &n_pointers));
  PetscCall(DataFileIsDataset(file, paths.data, &has_entries));
  UserCheck(has_entries, "%s:%s: has no connections", DataFileName(file), group);
  PetscCall(DataFileShape(file, paths.indices, 1, &n_entries));
  PetscCall(DataFileShape(file, paths.data, 1, &n_weights));
  PetscCall(DataFileSparseIsSquare(file, group, &paths, n_pointers - 1));
  UserCheck(n_pointers >= 2 && n_pointers - 1 <= INT32_MAX && n_entries == n_weights,
            "%s:%s: has %lld columns, %lld indices and %lld values", DataFileName(file), group,
            (long long)(n_pointers - 1), (long long)n_entries, (long long)n_weights);
  PetscCall(NetworkSetSize(network, n_pointers - 1));
  status = read_pointers(network, file, paths.pointers, n_entries, &start);
  status = status ? status : read_entries(network, file, &paths, start, &entries);
  status =
      status ? status : exchange(network, start[network->partition.n_local] - start[0], entries);
  PetscCall(PetscFree(entries));
  PetscCall(PetscFree(start));
  PetscFunctionReturn(status);
}
