/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/parallel/select.h"

#include <string.h>

/* Numbers that are not negative have the order of their bits. */
static uint64_t bits_of(double value)
{
  uint64_t bits;

  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/* Byte by byte, by counting. */
PetscErrorCode SelectOverRanks(MPI_Comm comm, int64_t n, const double values[], int64_t k,
                               double *value)
{
  uint64_t known = 0;

  PetscFunctionBegin;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const uint64_t above = shift < 56 ? ~(uint64_t)0 << (shift + 8) : 0;
    int64_t counts[256] = {0};
    uint64_t byte = 0;

    for (int64_t e = 0; e < n; e++) {
      const uint64_t bits = bits_of(values[e]);

      counts[bits >> shift & 255] += (bits & above) == known;
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 256, MPI_INT64_T, MPI_SUM, comm));
    while (k >= counts[byte]) {
      k -= counts[byte++];
    }
    known |= byte << shift;
  }
  memcpy(value, &known, sizeof(known));
  PetscFunctionReturn(0);
}
