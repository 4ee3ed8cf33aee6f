/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Datasets of texts. */
#include "datafile_impl.h"

#include "causeway/error.h"
#include <stdio.h>
#include <string.h>

/* Reads integers as texts. */
static PetscErrorCode read_numbers(hid_t dataset, PetscBool has_sign, int64_t n, size_t *width,
                                   char **texts)
{
  enum { LONGEST = 21 };
  int64_t *numbers;
  herr_t result;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &numbers));
  result = H5Dread(dataset, has_sign ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL,
                   H5P_DEFAULT, numbers);
  *width = LONGEST;
  PetscCall(PetscCalloc1((size_t)n * LONGEST, texts));
  for (int64_t k = 0; k < n && result >= 0; k++) {
    (void)snprintf(*texts + k * LONGEST, LONGEST, has_sign ? "%lld" : "%llu",
                   (long long)numbers[k]);
  }
  PetscCall(PetscFree(numbers));
  PetscFunctionReturn(result < 0 ? CAUSEWAY_ERR_USER : 0);
}

static PetscErrorCode read_variable(hid_t dataset, hid_t type, int64_t n, size_t *width,
                                    char **texts)
{
  hid_t space = H5Dget_space(dataset);
  char **strings;
  herr_t result;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n, &strings));
  result = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, (void *)strings);
  *width = 1;
  for (int64_t k = 0; k < n && result >= 0; k++) {
    *width = PetscMax(*width, strlen(strings[k] ? strings[k] : "") + 1);
  }
  PetscCall(PetscCalloc1((size_t)n * *width, texts));
  for (int64_t k = 0; k < n && result >= 0; k++) {
    PetscCall(PetscStrncpy(*texts + (size_t)k * *width, strings[k] ? strings[k] : "", *width));
  }
  if (result >= 0) {
    (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, (void *)strings);
  }
  PetscCall(PetscFree(strings));
  (void)H5Sclose(space);
  PetscFunctionReturn(result < 0 ? CAUSEWAY_ERR_USER : 0);
}

static PetscErrorCode read_fixed(hid_t dataset, hid_t type, int64_t n, size_t *width, char **texts)
{
  hid_t padded = H5Tcopy(H5T_C_S1); /* with room for the terminating zero */
  herr_t result;

  PetscFunctionBegin;
  *width = H5Tget_size(type) + 1;
  (void)H5Tset_size(padded, *width);
  (void)H5Tset_cset(padded, H5Tget_cset(type));
  PetscCall(PetscCalloc1((size_t)n * *width, texts));
  result = H5Dread(dataset, padded, H5S_ALL, H5S_ALL, H5P_DEFAULT, *texts);
  (void)H5Tclose(padded);
  PetscFunctionReturn(result < 0 ? CAUSEWAY_ERR_USER : 0);
}

static PetscErrorCode read_texts(DataFile file, const char *path, int64_t *n, size_t *width,
                                 char **texts)
{
  PetscBool alone;
  hid_t dataset = DatasetOpen(file, path, &alone);
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  const H5T_class_t class = H5Tget_class(type);
  const PetscBool has_sign = H5Tget_sign(type) != H5T_SGN_NONE ? PETSC_TRUE : PETSC_FALSE;
  const PetscBool is_list = H5Sget_simple_extent_ndims(space) <= 1 ? PETSC_TRUE : PETSC_FALSE;
  PetscErrorCode status = CAUSEWAY_ERR_USER,
                 unreadable = HDF5DatasetCheck(file->path, path, dataset);

  PetscFunctionBegin;
  *n = is_list ? (int64_t)H5Sget_simple_extent_npoints(space) : 0;
  if (unreadable) {
    status = unreadable;
  } else if (is_list && class == H5T_INTEGER) {
    status = read_numbers(dataset, has_sign, *n, width, texts);
  } else if (is_list && class == H5T_STRING) {
    status = H5Tis_variable_str(type) > 0 ? read_variable(dataset, type, *n, width, texts)
                                          : read_fixed(dataset, type, *n, width, texts);
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Dclose(dataset);
  if (unreadable) {
    PetscFunctionReturn(unreadable);
  }
  UserCheck(!status, "%s:%s: is not a list of texts or whole numbers", file->path, path);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileReadTexts(DataFile file, const char *path, int64_t *n, size_t *width,
                                 char **texts)
{
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(file, path, &found));
  UserCheck(found, "%s: has no dataset %s", file->path, path);
  *texts = NULL;
  PetscCall(ErrorAgree(file->comm, read_texts(file, path, n, width, texts)));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileWriteTexts(DataFile file, const char *path, int64_t n, size_t width,
                                  const char *texts)
{
  const hsize_t extent = (hsize_t)n;
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &extent, NULL), dataset, plan;
  herr_t result = -1;

  PetscFunctionBegin;
  (void)H5Tset_size(type, width);
  (void)H5Tset_strpad(type, H5T_STR_NULLPAD);
  (void)H5Tset_cset(type, H5T_CSET_UTF8);
  dataset = H5Dcreate2(file->id, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  plan = H5Pcreate(H5P_DATASET_XFER);
  (void)H5Pset_dxpl_mpio(plan, H5FD_MPIO_COLLECTIVE);
  if (dataset >= 0) {
    result = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, plan, texts);
    (void)H5Dclose(dataset);
  }
  (void)H5Pclose(plan);
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  if (result < 0) {
    file->failed = PETSC_TRUE;
  }
  PetscCall(ErrorAgree(file->comm, result < 0
                                       ? UserError("%s:%s: cannot write, the disk may be full: %s",
                                                   file->path, path, HDF5Reason())
                                       : 0));
  PetscFunctionReturn(0);
}
