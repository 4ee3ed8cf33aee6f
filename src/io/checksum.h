/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHECKSUM_H
#define CAUSEWAY_CHECKSUM_H

#include "causeway/datafile.h"

/* Checksums that tell values changed on the disk. Every value counts with its place in the whole, so that a sum depends
   neither on the ranks nor on the layout of the file, and costs nothing but a pass over values that are in memory. */

/* A sum over words keyed by their place: independent of the order in which they are added. */
static inline uint64_t ChecksumWord(uint64_t place, uint64_t word)
{
  uint64_t z = word + 0x9e3779b97f4a7c15U * (place + 1);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

/* Bytes of a number. */
size_t DataTypeBytes(DataType type);

/* What a box adds to the sum of a dataset; values in C order. Not collective. */
uint64_t ChecksumBox(DataType type, int n_dims, const int64_t dims[], const int64_t first[],
                     const int64_t count[], const void *values);

/*@
  ChecksumNote - keeps the sum of a dataset as its attribute `checksum`

  Collective on the file
  Input:  share - what this rank's values add: each value counts on one rank
@*/
PetscErrorCode ChecksumNote(DataFile file, const char *path, uint64_t share);

/*@
  ChecksumCompare - compares values that were read with the checksum of their dataset

  Collective on the file
  Input:  comm     - ranks whose shares add up to the dataset, all of the file or some
          required - also refuses a dataset without a checksum
  Errors: CAUSEWAY_ERR_USER naming the dataset when the values are others
@*/
PetscErrorCode ChecksumCompare(DataFile file, MPI_Comm comm, const char *path, uint64_t share,
                               PetscBool required);

#endif
