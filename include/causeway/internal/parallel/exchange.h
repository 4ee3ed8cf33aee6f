/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EXCHANGE_H
#define CAUSEWAY_EXCHANGE_H

#include <petscsys.h>
#include <stdint.h>

/*@
  ExchangeRecords - sends each record to a rank of the caller's choice

  Collective on `comm`

  Input:  record_bytes - size of a record
          records      - sorted by destination rank
          send_count   - (ranks) number of records for each rank
  Output: n_received   - number of records from all ranks
          received     - the records in the order of their senders; freed by the caller with PetscFree()
  Errors: CAUSEWAY_ERR_USER when a rank would send or receive 2^31 records or more, the limit of MPI's counts
  Cost:   one alltoall of 8 bytes per rank, one alltoallv
@*/
PetscErrorCode ExchangeRecords(MPI_Comm comm, size_t record_bytes, const void *records,
                               const int64_t send_count[], int64_t *n_received, void *received);

#endif
