/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Matrices of other programs: MATLAB 7.3 stores columns first, and sparse matrices are groups. */
#include "causeway/internal/io/matrix_layout.h"

#include "causeway/error.h"

#include <string.h>

/* Reads an attribute that is one number; 0 without it. */
static PetscErrorCode whole_number(DataFile file, const char *object, const char *name,
                                   double *value)
{
  PetscFunctionBegin;
  *value = 0;
  PetscCall(DataFileGetReal(file, object, name, value, NULL));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileIsColumnMajor(DataFile file, const char *path, PetscBool *found)
{
  char class[32] = "";
  double empty, n_rows;

  PetscFunctionBegin;
  PetscCall(DataFileGetString(file, path, "MATLAB_class", sizeof(class), class, found));
  if (!*found) {
    PetscFunctionReturn(0);
  }
  PetscCall(whole_number(file, path, "MATLAB_empty", &empty));
  PetscCall(whole_number(file, path, "MATLAB_sparse", &n_rows));
  UserCheck(strcmp(class, "cell") != 0 && strcmp(class, "struct") != 0 &&
                strcmp(class, "char") != 0 && strcmp(class, "function_handle") != 0 &&
                strcmp(class, "string") != 0,
            "%s:%s: is a MATLAB %s, not a matrix of numbers", DataFileName(file), path, class);
  UserCheck(empty == 0, "%s:%s: is an empty MATLAB matrix", DataFileName(file), path);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileReadRows(DataFile file, const char *path, PetscBool column_major,
                                int64_t first_row, int64_t n_rows, int64_t n_columns, double *rows)
{
  const int64_t first[2] = {column_major ? 0 : first_row, column_major ? first_row : 0};
  const int64_t count[2] = {column_major ? n_columns : n_rows, column_major ? n_rows : n_columns};
  PetscErrorCode status;
  double *columns;

  PetscFunctionBegin;
  if (!column_major) {
    PetscFunctionReturn(DataFileRead(file, path, DATA_FLOAT64, first, count, rows));
  }
  PetscCall(PetscMalloc1(n_rows * n_columns, &columns));
  status = DataFileRead(file, path, DATA_FLOAT64, first, count, columns);
  for (int64_t j = 0; j < n_columns && !status; j++) {
    for (int64_t i = 0; i < n_rows; i++) {
      rows[i * n_columns + j] = columns[j * n_rows + i];
    }
  }
  PetscCall(PetscFree(columns));
  PetscFunctionReturn(status);
}

/* Format that a group of scipy or AnnData states in an attribute, in any version, or in a dataset of
   scipy.sparse.save_npz; "" without one. */
static PetscErrorCode get_format(DataFile file, const char *group, size_t length, char word[])
{
  static const char *const names[] = {"encoding-type", "h5sparse_format", "format"};
  char path[PETSC_MAX_PATH_LEN], *texts;
  int64_t n;
  size_t width;
  PetscBool found;

  PetscFunctionBegin;
  word[0] = 0;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(names) && !word[0]; k++) {
    PetscCall(DataFileGetString(file, group, names[k], length, word, NULL));
  }
  PetscCall(DataFileHasDataset(file, group, "format", &found));
  if (!word[0] && found) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/format", group));
    PetscCall(DataFileReadTexts(file, path, &n, &width, &texts));
    PetscCall(PetscStrncpy(word, n > 0 ? texts : "", length));
    PetscCall(PetscFree(texts));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode get_kind(DataFile file, const char *group, SparseKind *kind)
{
  char word[32];

  PetscFunctionBegin;
  PetscCall(get_format(file, group, sizeof(word), word));
  *kind = !strncmp(word, "csc", 3) ? SPARSE_COLUMNS : SPARSE_ROWS;
  UserCheck(!word[0] || !strncmp(word, "csc", 3) || !strncmp(word, "csr", 3),
            "%s:%s: is encoded as %s; expected csr_matrix or csc_matrix", DataFileName(file), group,
            word);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileSparseKind(DataFile file, const char *group, SparseKind *kind)
{
  PetscBool pointers, entries;

  PetscFunctionBegin;
  *kind = SPARSE_NONE;
  PetscCall(DataFileHasDataset(file, group, "indptr", &pointers));
  PetscCall(DataFileHasDataset(file, group, "indices", &entries));
  if (pointers && entries) {
    PetscCall(get_kind(file, group, kind));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileHasDataset(file, group, "jc", &pointers));
  if (pointers) {
    *kind = SPARSE_MATLAB;
  }
  PetscFunctionReturn(0);
}

/* Reads the shape from an attribute of scipy or AnnData, or from a dataset. */
static PetscErrorCode get_shape(DataFile file, const char *group, int64_t shape[2])
{
  static const char *const names[] = {"shape", "h5sparse_shape"};
  const int64_t zero = 0, two = 2;
  double sizes[2];
  int count = 0;
  char path[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(names) && count != 2; k++) {
    PetscCall(DataFileGetReals(file, group, names[k], 2, sizes, &count));
  }
  PetscCall(DataFileHasDataset(file, group, "shape", &found));
  if (count == 2) {
    shape[0] = (int64_t)sizes[0];
    shape[1] = (int64_t)sizes[1];
  } else if (found) {
    int64_t length;

    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/shape", group));
    PetscCall(DataFileShape(file, path, 1, &length));
    UserCheck(length == 2, "%s:%s: has %lld numbers; a matrix has 2 dimensions", DataFileName(file),
              path, (long long)length);
    PetscCall(DataFileRead(file, path, DATA_INT64, &zero, &two, shape));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileSparsePaths(DataFile file, const char *group, SparseKind kind,
                                   SparsePaths *paths)
{
  const PetscBool matlab = kind == SPARSE_MATLAB ? PETSC_TRUE : PETSC_FALSE;
  double n_rows;
  char word[32];

  PetscFunctionBegin;
  *paths = (SparsePaths){.shape = {0, 0}};
  PetscCall(PetscSNPrintf(paths->pointers, sizeof(paths->pointers), "%s/%s", group,
                          matlab ? "jc" : "indptr"));
  PetscCall(PetscSNPrintf(paths->indices, sizeof(paths->indices), "%s/%s", group,
                          matlab ? "ir" : "indices"));
  PetscCall(PetscSNPrintf(paths->data, sizeof(paths->data), "%s/data", group));
  PetscCall(get_format(file, group, sizeof(word), word));
  paths->is_named = matlab || word[0] ? PETSC_TRUE : PETSC_FALSE;
  if (matlab) {
    PetscCall(whole_number(file, group, "MATLAB_sparse", &n_rows));
    paths->shape[0] = (int64_t)n_rows;
  } else {
    PetscCall(get_shape(file, group, paths->shape));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileSparseIsSquare(DataFile file, const char *group, const SparsePaths *paths,
                                      int64_t n)
{
  PetscFunctionBegin;
  for (int d = 0; d < 2; d++) {
    UserCheck(paths->shape[d] == 0 || paths->shape[d] == n,
              "%s:%s: is %lld x %lld, for %lld neurons; a connection matrix must be square, with "
              "rows targets, columns sources",
              DataFileName(file), group, (long long)(paths->shape[0] ? paths->shape[0] : n),
              (long long)(paths->shape[1] ? paths->shape[1] : n), (long long)n);
  }
  PetscFunctionReturn(0);
}
