/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/partition.h"

PetscErrorCode PartitionMake(MPI_Comm comm, int64_t n_global, Partition *partition)
{
  PetscFunctionBegin;
  partition->comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &partition->rank));
  PetscCallMPI(MPI_Comm_size(comm, &partition->size));
  partition->n_global = n_global;
  partition->block = PetscMax((n_global + partition->size - 1) / partition->size, 1);
  partition->first = PartitionFirst(partition, partition->rank);
  partition->n_local = PartitionFirst(partition, partition->rank + 1) - partition->first;
  PetscFunctionReturn(0);
}
