/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Connections as in scipy.sparse.csr_matrix: a group with indptr, indices and data; rows are targets. */
#include "network_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>

/* Reads indptr of this rank's rows, counted from 0; *first_entry is the first entry in the file. */
static PetscErrorCode read_pointers(Network network, DataFile file, const char *path,
                                    int64_t n_entries, int64_t *first_entry)
{
  const int64_t n_local = network->partition.n_local, first = network->partition.first;
  const int64_t n_pointers = n_local > 0 ? n_local + 1 : 0;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(DataFileRead(file, path, DATA_INT64, &first, &n_pointers, network->row_start));
  *first_entry = n_local > 0 ? network->row_start[0] : 0;
  for (int64_t i = 0; i < n_local && !status; i++) {
    if (network->row_start[i] < 0 || network->row_start[i + 1] < network->row_start[i] ||
        network->row_start[i + 1] > n_entries) {
      status =
          UserError("%s:%s: row %lld ends at entry %lld of %lld, after %lld", DataFileName(file),
                    path, (long long)(first + i), (long long)network->row_start[i + 1],
                    (long long)n_entries, (long long)network->row_start[i]);
    }
  }
  PetscCall(ErrorAgree(network->comm, status));
  for (int64_t i = 0; i <= n_local; i++) {
    network->row_start[i] -= *first_entry;
  }
  PetscFunctionReturn(0);
}

/* Takes the rows and sorts each, since indices may have any order; zeros are not connections. */
static PetscErrorCode take_rows(Network network, DataFile file, const char *group,
                                PetscInt *indices, PetscReal *weights)
{
  int64_t n_taken = 0;

  for (int64_t i = 0, begin = 0, end; i < network->partition.n_local; i++, begin = end) {
    PetscErrorCode status;

    end = network->row_start[i + 1];
    status = PetscSortIntWithScalarArray((PetscInt)(end - begin), indices + begin, weights + begin);

    for (int64_t k = begin; k < end && !status; k++) {
      if (indices[k] < 0 || indices[k] >= network->partition.n_global ||
          !isfinite((float)weights[k])) {
        return UserError("%s:%s: row %lld has source %d with weight %g, for %lld neurons",
                         DataFileName(file), group, (long long)(network->partition.first + i),
                         (int)indices[k], weights[k], (long long)network->partition.n_global);
      }
      if (k > begin && indices[k] == indices[k - 1]) {
        return UserError("%s:%s: row %lld has source %d twice; add such entries up with "
                         "sum_duplicates() of scipy",
                         DataFileName(file), group, (long long)(network->partition.first + i),
                         (int)indices[k]);
      }
      if ((float)weights[k] != 0) {
        status = NetworkAppend(
            network, n_taken++,
            (Synapse){indices[k], (float)weights[k], NetworkDefaultDelay(network, weights[k])});
      }
    }
    if (status) {
      return status;
    }
    network->row_start[i + 1] = n_taken;
  }
  return 0;
}

PetscErrorCode NetworkReadCsr(Network network, DataFile file, const char *group)
{
  SparsePaths paths;
  int64_t n_pointers, n_entries[2], first, count;
  PetscInt *indices;
  PetscReal *weights;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileSparsePaths(file, group, SPARSE_ROWS, &paths));
  PetscCall(DataFileShape(file, paths.pointers, 1, &n_pointers));
  PetscCall(DataFileShape(file, paths.indices, 1, &n_entries[0]));
  PetscCall(DataFileShape(file, paths.data, 1, &n_entries[1]));
  UserCheck(n_pointers >= 2 && n_pointers - 1 <= INT32_MAX && n_entries[0] == n_entries[1],
            "%s:%s: has %lld entries of indptr, %lld of indices and %lld of data",
            DataFileName(file), group, (long long)n_pointers, (long long)n_entries[0],
            (long long)n_entries[1]);
  PetscCall(DataFileSparseIsSquare(file, group, &paths, n_pointers - 1));
  if (!paths.is_named) {
    PetscCall(
        LogPrintf("network    %s:%s: read by rows, and rows are targets; the file does not state "
                  "whether it is csr or csc (encoding-type, or format)\n",
                  DataFileName(file), group));
  }
  PetscCall(NetworkSetSize(network, n_pointers - 1));
  PetscCall(read_pointers(network, file, paths.pointers, n_entries[0], &first));
  count = network->row_start[network->partition.n_local];
  UserCheck(count < PETSC_MAX_INT, "%s:%s: has more than 2^31 entries on a rank; use more ranks",
            DataFileName(file), group);
  PetscCall(PetscMalloc2(count, &indices, count, &weights));
  PetscCall(DataFileRead(file, paths.indices, DATA_INT32, &first, &count, indices));
  PetscCall(DataFileRead(file, paths.data, DATA_FLOAT64, &first, &count, weights));
  PetscCall(NetworkReserve(network, count + 1));
  status = take_rows(network, file, group, indices, weights);
  PetscCall(PetscFree2(indices, weights));
  PetscCall(ErrorAgree(network->comm, status));
  PetscFunctionReturn(0);
}
