/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/extents.h"

#include "datafile_impl.h"

#include "causeway/error.h"

#include <stdlib.h>

PetscErrorCode ExtentsAdd(Extents *e, int64_t first, int64_t end)
{
  PetscFunctionBegin;
  if (e->n == e->capacity) {
    e->capacity = 2 * e->capacity + 16;
    PetscCall(PetscRealloc(2 * (size_t)e->capacity * sizeof(int64_t), &e->bounds));
  }
  e->bounds[2 * e->n] = first;
  e->bounds[2 * e->n + 1] = end;
  e->n++;
  PetscFunctionReturn(0);
}

static int by_first(const void *a, const void *b)
{
  const int64_t *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

void ExtentsMerge(Extents *e)
{
  int64_t n = 0;

  if (e->n > 0) {
    qsort(e->bounds, (size_t)e->n, 2 * sizeof(int64_t), by_first);
  }
  for (int64_t k = 0; k < e->n; k++) {
    const int64_t first = e->bounds[2 * k], end = e->bounds[2 * k + 1];

    if (n > 0 && first <= e->bounds[2 * n - 1]) {
      e->bounds[2 * n - 1] = PetscMax(e->bounds[2 * n - 1], end);
    } else {
      e->bounds[2 * n] = first;
      e->bounds[2 * n + 1] = end;
      n++;
    }
  }
  e->n = n;
}

PetscErrorCode ExtentsComplement(const Extents *e, int64_t length, Extents *rest)
{
  int64_t at = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < e->n; k++) {
    if (e->bounds[2 * k] > at) {
      PetscCall(ExtentsAdd(rest, at, e->bounds[2 * k]));
    }
    at = PetscMax(at, e->bounds[2 * k + 1]);
  }
  if (at < length) {
    PetscCall(ExtentsAdd(rest, at, length));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExtentsFree(Extents *e)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(e->bounds));
  e->n = e->capacity = 0;
  PetscFunctionReturn(0);
}

/* Advances to the next corner of a chunk, the last dimension fastest; false after the last. */
static PetscBool next_chunk(int n_dims, const hsize_t dims[], const hsize_t chunk[],
                            hsize_t corner[])
{
  for (int d = n_dims - 1; d >= 0; d--) {
    corner[d] += chunk[d];
    if (corner[d] < dims[d]) {
      return PETSC_TRUE;
    }
    corner[d] = 0;
  }
  return PETSC_FALSE;
}

/* A chunk stores its rows consecutively, so the first rows are at its beginning. */
static PetscErrorCode add_chunks(hid_t dataset, int n_dims, hsize_t dims[], const hsize_t chunk[],
                                 int64_t rows, Extents *extents)
{
  hsize_t corner[H5S_MAX_RANK] = {0}, bytes;
  unsigned filters;
  haddr_t address;
  PetscBool empty = PETSC_FALSE;

  PetscFunctionBegin;
  dims[0] = PetscMin(dims[0], (hsize_t)rows);
  for (int d = 0; d < n_dims; d++) {
    empty = dims[d] == 0 ? PETSC_TRUE : empty;
  }
  while (!empty) {
    if (H5Dget_chunk_info_by_coord(dataset, corner, &filters, &address, &bytes) < 0) {
      PetscFunctionReturn(UserError("cannot find a chunk in the file: %s", HDF5Reason()));
    }
    if (address != HADDR_UNDEF) {
      const hsize_t used = PetscMin(chunk[0], dims[0] - corner[0]);

      PetscCall(
          ExtentsAdd(extents, (int64_t)address, (int64_t)(address + bytes / chunk[0] * used)));
    }
    empty = next_chunk(n_dims, dims, chunk, corner) ? PETSC_FALSE : PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileRowExtents(DataFile file, const char *path, int64_t rows, Extents *extents)
{
  hsize_t dims[H5S_MAX_RANK] = {0}, chunk[H5S_MAX_RANK] = {0};
  hid_t dataset, space, creation;
  PetscErrorCode status;
  int n_dims;

  PetscFunctionBegin;
  dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  space = H5Dget_space(dataset);
  creation = H5Dget_create_plist(dataset);
  n_dims = H5Sget_simple_extent_dims(space, dims, NULL);
  status = n_dims < 1 || H5Pget_chunk(creation, n_dims, chunk) != n_dims
               ? UserError("%s:%s: is not stored in chunks", file->path, path)
               : add_chunks(dataset, n_dims, dims, chunk, rows, extents);
  (void)H5Pclose(creation);
  (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  PetscCall(ErrorAgree(file->comm, status));
  PetscFunctionReturn(0);
}
