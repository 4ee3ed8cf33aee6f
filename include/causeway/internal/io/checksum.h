/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHECKSUM_H
#define CAUSEWAY_CHECKSUM_H

#include "causeway/datafile.h"

/* Checksums that detect changed values on the disk. Each value is hashed with its place in the whole array, so a sum depends
   neither on the ranks nor on the layout of the file, and needs only one pass over values in memory. */

/* Term of a word at a place; the sum of terms does not depend on their order. */
static inline uint64_t ChecksumWord(uint64_t place, uint64_t word)
{
  uint64_t z = word + 0x9e3779b97f4a7c15U * (place + 1);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

/* Size of a number [bytes]. */
size_t DataTypeBytes(DataType type);

/* Share of a box in the checksum of a dataset; values in C order. Not collective. */
uint64_t ChecksumBox(DataType type, int n_dims, const int64_t dims[], const int64_t first[],
                     const int64_t count[], const void *values);

/*@
  ChecksumNote - stores the checksum of a dataset as its attribute `checksum`

  Collective on the file
  Input:  share - sum over this rank's values; each value counts on one rank
@*/
PetscErrorCode ChecksumNote(DataFile file, const char *path, uint64_t share);

/*@
  ChecksumCompare - compares values that were read with the checksum of their dataset

  Collective on the file
  Input:  comm     - the ranks whose shares cover the dataset: all ranks of the file, or some
          share    - sum over this rank's values
          required - whether a dataset without a checksum is refused
  Errors: CAUSEWAY_ERR_USER with the dataset when the values do not match
@*/
PetscErrorCode ChecksumCompare(DataFile file, MPI_Comm comm, const char *path, uint64_t share,
                               PetscBool required);

#endif
