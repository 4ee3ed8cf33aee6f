/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MATRIX_LAYOUT_H
#define CAUSEWAY_MATRIX_LAYOUT_H

#include "causeway/datafile.h"

/*@
  DataFileIsColumnMajor - whether a dataset is a matrix of MATLAB 7.3, which stores columns first, so that the dimensions
  in the file are those of the transpose

  Collective
  Errors: CAUSEWAY_ERR_USER for MATLAB objects that are not matrices of numbers: text, cell, struct, an empty matrix
@*/
PetscErrorCode DataFileIsColumnMajor(DataFile file, const char *path, PetscBool *found);

/*@
  DataFileReadRows - reads consecutive rows of a matrix in either storage order

  Collective
  Output: rows - (n_rows, n_columns)
  Cost:   a column-major matrix needs the memory of the rows a second time
@*/
PetscErrorCode DataFileReadRows(DataFile file, const char *path, PetscBool column_major,
                                int64_t first_row, int64_t n_rows, int64_t n_columns, double *rows);

/* Storage of a sparse matrix in a group: by rows (scipy, AnnData csr_matrix), by columns (csc_matrix), or by columns in
   MATLAB 7.3. */
typedef enum { SPARSE_NONE, SPARSE_ROWS, SPARSE_COLUMNS, SPARSE_MATLAB } SparseKind;

typedef struct {
  char pointers[PETSC_MAX_PATH_LEN], indices[PETSC_MAX_PATH_LEN], data[PETSC_MAX_PATH_LEN];
  int64_t shape[2]; /* 0 when the file does not state it */
  PetscBool
      is_named; /* the file states whether rows or columns are stored; otherwise rows are assumed */
} SparsePaths;

/*@
  DataFileSparseKind     - storage of a sparse matrix in a group; by rows unless the file states otherwise
  DataFileSparsePaths    - paths of its datasets
  DataFileSparseIsSquare - refuses a matrix that is not n x n

  Collective
@*/
PetscErrorCode DataFileSparseKind(DataFile file, const char *group, SparseKind *kind);
PetscErrorCode DataFileSparsePaths(DataFile file, const char *group, SparseKind kind,
                                   SparsePaths *paths);
PetscErrorCode DataFileSparseIsSquare(DataFile file, const char *group, const SparsePaths *paths,
                                      int64_t n);

#endif
