/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_REDISTRIBUTE_H
#define CAUSEWAY_REDISTRIBUTE_H

#include "causeway/partition.h"

/*@
  FetchRows - gives every rank the contiguous range of rows that it wants, from the ranks that hold them

  Collective on `comm`. Each row is held by at least one rank; when several hold it, the lowest one sends. A rank may hold
  or want no rows, and several ranks may want the same rows.

  Input:  have_first, have_count - global rows held here
          have                   - (have_count, row_bytes)
          want_first, want_count - global rows wanted here
          row_bytes              - the same on all ranks
  Output: want                   - (want_count, row_bytes); does not overlap `have`
  Errors: PETSC_ERR_ARG_OUTOFRANGE on all ranks when no rank holds a wanted row; CAUSEWAY_ERR_USER when a row has 2^31
          bytes or more, or a rank must send or place a row 2^31 or more behind its first (the limit of MPI's counts);
          `want` is then unchanged
  Cost:   an allgather of 32 bytes per rank, then one alltoallv in units of rows without a copy; one more alltoallv for
          each hole that the rows of a lower rank make in what one rank sends to another
@*/
PetscErrorCode FetchRows(MPI_Comm comm, size_t row_bytes, int64_t have_first, int64_t have_count,
                         const void *have, int64_t want_first, int64_t want_count, void *want);

/*@
  ColumnsToRows - redistributes a square matrix over pairs from blocks of columns to blocks of rows

  Collective on the partition's communicator
  Input:  columns - (n_global, n_local)
  Output: rows    - (n_local, n_global)
  Cost:   one message of n_local^2 numbers to and from every other rank
@*/
PetscErrorCode ColumnsToRows(const Partition *partition, const double *columns, double *rows);

#endif
