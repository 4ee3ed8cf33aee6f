/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SELECT_H
#define CAUSEWAY_SELECT_H

#include <petscsys.h>
#include <stdint.h>

/*@
  SelectOverRanks - the k-th smallest, from 0, of the values on all ranks, none of which is negative or NAN

  Collective
  Input:  n - values of this rank; k - less than the number of all values
  Cost:   8 sums of 256 counts over the ranks; no copy of the values
@*/
PetscErrorCode SelectOverRanks(MPI_Comm comm, int64_t n, const double values[], int64_t k,
                               double *value);

#endif
