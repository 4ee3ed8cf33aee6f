/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/parallel/reduce.h"

PetscErrorCode SumOverRanks(MPI_Comm comm, int64_t length, MPI_Datatype type, void *values)
{
  const int64_t most = (int64_t)1 << 28;
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Type_size(type, &size));
  for (int64_t at = 0; at < length; at += most) {
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, (char *)values + at * size,
                               (int)PetscMin(most, length - at), type, MPI_SUM, comm));
  }
  PetscFunctionReturn(0);
}
