/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Delays of a truth that is a dense matrix, from a matrix of latencies beside it. */
#include "network_impl.h"

#include "causeway/error.h"
#include "causeway/memory.h"

#include <string.h>

/* Delays of the synapses of some rows, from rows of a dense matrix. */
static PetscErrorCode take_latencies(Network network, const char *name, int64_t first_row,
                                     int64_t n_rows, const double *rows)
{
  const int64_t n = network->partition.n_global;

  for (int64_t i = 0; i < n_rows; i++) {
    for (int64_t k = network->row_start[first_row + i]; k < network->row_start[first_row + i + 1];
         k++) {
      const double latency = rows[i * n + network->ends[k]];

      if (!(latency >= 0 && latency / network->delay_step < UINT16_MAX)) {
        return UserError("%s: entry [%lld, %d] is %g; the latency of a connection is 0 to %g ms, 0 "
                         "where it is not known",
                         name, (long long)(network->partition.first + first_row + i),
                         (int)network->ends[k], latency, UINT16_MAX * network->delay_step);
      }
      network->delays[k] = NetworkDelaySteps(network, latency);
    }
  }
  return 0;
}

PetscErrorCode NetworkReadLatencies(Network network, DataFile file, const char *matrix)
{
  const int64_t n = network->partition.n_global, n_local = network->partition.n_local;
  const int64_t block = PetscMax(1, NETWORK_BLOCK / n);
  char path[PETSC_MAX_PATH_LEN], name[2 * PETSC_MAX_PATH_LEN];
  PetscBool found, column_major;
  PetscErrorCode status = 0;
  int64_t dims[2];
  double *rows;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%.*s/latency", (int)(strrchr(matrix, '/') - matrix),
                          matrix));
  PetscCall(DataFileIsDataset(file, path, &found));
  if (!found || !network->sonata.weights_may_miss) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s:%s", DataFileName(file), path));
  PetscCall(DataFileShape(file, path, 2, dims));
  UserCheck(dims[0] == n && dims[1] == n, "%s: is %lld x %lld, but %s is %lld x %lld", name,
            (long long)dims[0], (long long)dims[1], matrix, (long long)n, (long long)n);
  PetscCall(DataFileIsColumnMajor(file, path, &column_major));
  network->has_delays = PETSC_TRUE;
  PetscCall(MemoryResize(0, (size_t)network->capacity * sizeof(uint16_t), &network->delays));
  PetscCall(PetscMalloc1(PetscMin(block, network->partition.block) * n, &rows));
  for (int64_t round = 0; round * block < network->partition.block; round++) {
    const int64_t first = PetscMin(round * block, n_local),
                  n_rows = PetscMin(block, n_local - first);

    PetscCall(DataFileReadRows(file, path, column_major, network->partition.first + first, n_rows,
                               n, rows));
    status = status ? status : take_latencies(network, name, first, n_rows, rows);
  }
  PetscCall(PetscFree(rows));
  PetscCall(ErrorAgree(network->comm, status));
  PetscFunctionReturn(0);
}
