/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FILE_PART_H
#define CAUSEWAY_FILE_PART_H

#include "causeway/declare.h"

#include <petscsys.h>
#include <stdint.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* A range of bytes that is read like a file of its own, stored plainly or compressed by deflate. Nothing here is collective
   or uses MPI. A closed part holds no pointers, so one rank can describe it for all. */
typedef struct {
  int64_t at, packed, length; /* first byte; stored and uncompressed size [bytes] */
  int32_t is_deflated;
  int32_t descriptor;             /* negative while the part is closed */
  struct _p_Inflating *inflating; /* state of decompression while the part is open */
} FilePart;

/* The whole of a file; CAUSEWAY_ERR_USER when it cannot be opened. Not opened yet. */
PetscErrorCode FilePartWhole(const char *name, FilePart *part);

/* Opens a part for reading; FilePartClose() closes it. */
PetscErrorCode FilePartOpen(const char *name, FilePart *part);
void FilePartClose(FilePart *part);

/*@
  FilePartRead - reads n bytes from byte `at` of the part

  Output: bytes - (n)
          (return value) false when they cannot be read; errno holds the reason, 0 beyond the end
  Cost:   a compressed part is decompressed up to `at`, from its beginning when `at` lies before the last read
@*/
PetscBool FilePartRead(const FilePart *part, int64_t at, size_t n, void *bytes);

/*@
  NpzFind - finds an array in a NumPy archive (.npz)

  Input:  member - name of the array without .npy; "" for the only array
  Output: part   - closed
  Errors: CAUSEWAY_ERR_USER that lists the arrays when `member` does not exist, or is "" and there are several
@*/
PetscErrorCode NpzFind(const char *name, const char *member, FilePart *part);

CAUSEWAY_END_DECLARATIONS

#endif
