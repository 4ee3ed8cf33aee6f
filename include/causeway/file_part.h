/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FILE_PART_H
#define CAUSEWAY_FILE_PART_H

#include <petscsys.h>
#include <stdint.h>

/* Bytes of a file that are read as if they were a file, as they are or packed by deflate. Nothing here is collective or
   uses MPI. While it is not open it has no pointers, so that one rank can describe it for all. */
typedef struct {
  int64_t at, packed, length; /* in the file; bytes there, and unpacked */
  int32_t is_deflated;
  int32_t descriptor;             /* negative while it is closed */
  struct _p_Inflating *inflating; /* of what is packed, while it is open */
} FilePart;

/* All of a file; CAUSEWAY_ERR_USER when it cannot be opened. */
PetscErrorCode FilePartWhole(const char *name, FilePart *part);

PetscErrorCode FilePartOpen(const char *name, FilePart *part);
void FilePartClose(FilePart *part);

/*@
  FilePartRead - n bytes from byte `at` on

  Output: (return value) false when they cannot be read; errno tells why, 0 when there are not so many
  Cost:   what is packed is unpacked up to there, from the beginning when it lies before what was read last
@*/
PetscBool FilePartRead(const FilePart *part, int64_t at, size_t n, void *bytes);

/*@
  NpzFind - an array of an archive of NumPy

  Input:  member - its name, without .npy; "" for the only one
  Output: part   - not open
  Errors: CAUSEWAY_ERR_USER with the names of the arrays when there is no such one, or which is meant is not said
@*/
PetscErrorCode NpzFind(const char *name, const char *member, FilePart *part);

#endif
