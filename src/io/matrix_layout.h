/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MATRIX_LAYOUT_H
#define CAUSEWAY_MATRIX_LAYOUT_H

#include "causeway/datafile.h"

/*@
  DataFileIsColumnMajor - whether a dataset is a matrix of MATLAB 7.3, whose columns come first: its dimensions in the
  file are those of its transpose

  Collective
  Errors: CAUSEWAY_ERR_USER for what MATLAB keeps that is no matrix of numbers: text, cell, struct, an empty matrix
@*/
PetscErrorCode DataFileIsColumnMajor(DataFile file, const char *path, PetscBool *found);

/*@
  DataFileReadRows - consecutive rows of a matrix, whichever of them stands first in the file

  Collective
  Output: rows - (n_rows, n_columns)
  Cost:   as much memory again for one that is column-major
@*/
PetscErrorCode DataFileReadRows(DataFile file, const char *path, PetscBool column_major,
                                int64_t first_row, int64_t n_rows, int64_t n_columns, double *rows);

/* A sparse matrix as a group: by rows (scipy, AnnData csr_matrix), by columns (csc_matrix), by columns in MATLAB 7.3. */
typedef enum { SPARSE_NONE, SPARSE_ROWS, SPARSE_COLUMNS, SPARSE_MATLAB } SparseKind;

typedef struct {
  char pointers[PETSC_MAX_PATH_LEN], indices[PETSC_MAX_PATH_LEN], data[PETSC_MAX_PATH_LEN];
  int64_t shape[2];   /* 0 where the file does not say */
  PetscBool is_named; /* rows or columns: not assumed */
} SparsePaths;

/*@
  DataFileSparseKind - which of them a group is; without a word on that it is by rows
  DataFileSparsePaths - its datasets
  DataFileSparseIsSquare - refuses one that is not n x n

  Collective
@*/
PetscErrorCode DataFileSparseKind(DataFile file, const char *group, SparseKind *kind);
PetscErrorCode DataFileSparsePaths(DataFile file, const char *group, SparseKind kind,
                                   SparsePaths *paths);
PetscErrorCode DataFileSparseIsSquare(DataFile file, const char *group, const SparsePaths *paths,
                                      int64_t n);

#endif
