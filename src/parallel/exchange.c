/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/parallel/exchange.h"

#include "causeway/error.h"

#include <limits.h>

/* Starts of the ranks' parts in MPI's 32-bit counts; returns the sum, which may exceed 32 bits. */
static int64_t place_counts(int size, const int64_t *count, int *mpi_count, int *mpi_start)
{
  int64_t total = 0;

  for (int r = 0; r < size; r++) {
    mpi_start[r] = (int)PetscMin(total, INT_MAX);
    mpi_count[r] = (int)PetscMin(count[r], INT_MAX);
    total += count[r];
  }
  return total;
}

PetscErrorCode ExchangeRecords(MPI_Comm comm, size_t record_bytes, const void *records,
                               const int64_t send_count[], int64_t *n_received, void *received)
{
  int size, *counts[2], *starts[2];
  int64_t *receive_count, n_sent;
  MPI_Datatype type;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc5(size, &counts[0], size, &counts[1], size, &starts[0], size, &starts[1],
                         size, &receive_count));
  PetscCallMPI(MPI_Alltoall(send_count, 1, MPI_INT64_T, receive_count, 1, MPI_INT64_T, comm));
  n_sent = place_counts(size, send_count, counts[0], starts[0]);
  *n_received = place_counts(size, receive_count, counts[1], starts[1]);
  PetscCall(
      ErrorAgree(comm, PetscMax(n_sent, *n_received) > INT_MAX
                           ? UserError("a rank exchanges %lld records, more than the 2^31 - 1 "
                                       "of MPI; use more ranks",
                                       (long long)PetscMax(n_sent, *n_received))
                           : 0));
  PetscCall(PetscMalloc((size_t)*n_received * record_bytes, (void **)received));
  PetscCallMPI(MPI_Type_contiguous((int)record_bytes, MPI_BYTE, &type));
  PetscCallMPI(MPI_Type_commit(&type));
  PetscCallMPI(MPI_Alltoallv(records, counts[0], starts[0], type, *(void **)received, counts[1],
                             starts[1], type, comm));
  PetscCallMPI(MPI_Type_free(&type));
  PetscCall(PetscFree5(counts[0], counts[1], starts[0], starts[1], receive_count));
  PetscFunctionReturn(0);
}
