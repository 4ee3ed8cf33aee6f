/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NPY_H
#define CAUSEWAY_NPY_H

#include "causeway/file_part.h"

#include <petscsys.h>
#include <stdint.h>

/* An array of NumPy (NEP 1): a text that describes it, then its values. Nothing here is collective or uses MPI: every
   rank may open the file and read what it needs. No pointers, so that one rank can read the header for all. */
typedef struct {
  FilePart part;         /* that holds it, of a file */
  int64_t data_at;       /* byte of the first value in the part */
  int64_t rows, columns; /* of one dimension: rows x 1 */
  int32_t fortran;       /* whether columns are contiguous */
  int32_t n_dims;        /* 1 or 2 */
  char kind;             /* f, i, u or b */
  int32_t bytes;         /* of a value */
  int32_t swaps;         /* whether values have the other byte order */
} Npy;

/* Whether a file begins as one of NumPy; not when it cannot be read. */
PetscBool NpyIs(const char *name);

/*@
  NpyReadHeader - describes an array without opening it for its values

  Errors: CAUSEWAY_ERR_USER when the file is missing, cut short, or holds no numbers in one or two dimensions
@*/
PetscErrorCode NpyReadHeader(const char *name, Npy *npy);

/* The same of a part of a file, such as NpzFind() gives. */
PetscErrorCode NpyReadPart(const char *name, const FilePart *part, Npy *npy);

/* Opens the file of a header that was read, and closes it. */
PetscErrorCode NpyOpen(const char *name, Npy *npy);
void NpyClose(Npy *npy);

/*@
  NpyReadValues - n values that follow one another in the file, from number `first` on
  NpyReadRows   - rows of an array of any order, (n_rows, columns)
@*/
PetscErrorCode NpyReadValues(const char *name, const Npy *npy, int64_t first, int64_t n,
                             double *values);
PetscErrorCode NpyReadRows(const char *name, const Npy *npy, int64_t first, int64_t n_rows,
                           double *values);

#endif
