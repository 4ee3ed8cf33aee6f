/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NPY_H
#define CAUSEWAY_NPY_H

#include "causeway/declare.h"
#include "causeway/file_part.h"

#include <petscsys.h>
#include <stdint.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* A NumPy array file (NEP 1): a header that describes the array, then its values. Nothing here is collective or uses MPI;
   every rank may open the file and read its part. A closed Npy holds no pointers, so one rank can read the header for
   all. */
typedef struct {
  FilePart part;         /* the bytes of the array in its file */
  int64_t data_at;       /* byte of the first value in the part */
  int64_t rows, columns; /* a one-dimensional array has one column */
  int32_t fortran;       /* whether columns are contiguous */
  int32_t n_dims;        /* 1 or 2 */
  char kind;             /* f, i, u or b */
  int32_t bytes;         /* size of a value */
  int32_t swaps;         /* whether the byte order of values must be swapped */
} Npy;

/* Whether a file begins with NumPy's magic string; false when it cannot be read. */
PetscBool NpyIs(const char *name);

/*@
  NpyReadHeader - reads the description of an array without opening it for its values

  Errors: CAUSEWAY_ERR_USER when the file is missing or truncated, or is not an array of numbers in one or two dimensions
@*/
PetscErrorCode NpyReadHeader(const char *name, Npy *npy);

/* NpyReadHeader() for a part of a file, such as NpzFind() returns. */
PetscErrorCode NpyReadPart(const char *name, const FilePart *part, Npy *npy);

/* Opens the file of a header that was read for its values; NpyClose() closes it. */
PetscErrorCode NpyOpen(const char *name, Npy *npy);
void NpyClose(Npy *npy);

/*@
  NpyReadValues - reads n consecutive values of the file, starting at value `first`
  NpyReadRows   - reads rows (n_rows, columns) of an array in either memory order
@*/
PetscErrorCode NpyReadValues(const char *name, const Npy *npy, int64_t first, int64_t n,
                             double *values);
PetscErrorCode NpyReadRows(const char *name, const Npy *npy, int64_t first, int64_t n_rows,
                           double *values);

CAUSEWAY_END_DECLARATIONS

#endif
