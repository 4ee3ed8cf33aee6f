/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FETCH_ENTRIES_H
#define CAUSEWAY_FETCH_ENTRIES_H

#include "causeway/partition.h"

/*@
  FetchEntries - fetches arbitrary entries of a distributed column of numbers

  Collective on the partition's communicator
  Input:  partition - layout of the column
          mine      - (n_local) entries of this rank
          n, index  - (n) global places of the wanted entries, in any order
  Output: values    - (n)
  Cost:   two alltoallv of 8 bytes per wanted entry
@*/
PetscErrorCode FetchEntries(const Partition *partition, const double mine[], int64_t n,
                            const int64_t index[], double values[]);

#endif
