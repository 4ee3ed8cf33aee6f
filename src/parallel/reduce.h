/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_REDUCE_H
#define CAUSEWAY_REDUCE_H

#include <petscsys.h>
#include <stdint.h>

/*@
  SumOverRanks - sums of all ranks in place, in stretches because MPI counts in 32 bits

  Collective on `comm`
  Input:  length - numbers, the same on all ranks
          type   - MPI_DOUBLE or MPI_FLOAT
@*/
PetscErrorCode SumOverRanks(MPI_Comm comm, int64_t length, MPI_Datatype type, void *values);

#endif
