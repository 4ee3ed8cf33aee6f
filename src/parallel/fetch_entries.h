/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FETCH_ENTRIES_H
#define CAUSEWAY_FETCH_ENTRIES_H

#include "causeway/partition.h"

/*@
  FetchEntries - numbers of a column whose parts the ranks hold, at any places

  Collective on the partition's communicator
  Input:  partition - of the column
          mine      - (n_local) entries of this rank
          n, index  - places that this rank wants, in any order, each within the column
  Output: values    - (n)
  Cost:   two alltoallv of 8 bytes for each entry that is wanted
@*/
PetscErrorCode FetchEntries(const Partition *partition, const double mine[], int64_t n,
                            const int64_t index[], double values[]);

#endif
