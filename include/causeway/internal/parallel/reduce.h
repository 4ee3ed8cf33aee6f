/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_REDUCE_H
#define CAUSEWAY_REDUCE_H

#include <petscsys.h>
#include <stdint.h>

/*@
  SumOverRanks - sums an array over all ranks in place, in parts because MPI counts in 32 bits

  Collective on `comm`
  Input:  length - number of values, the same on all ranks
          type   - MPI_DOUBLE or MPI_FLOAT
  In/out: values - (length)
@*/
PetscErrorCode SumOverRanks(MPI_Comm comm, int64_t length, MPI_Datatype type, void *values);

#endif
