/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists what a file can be used for, and why parts of it cannot be read. */
#include "causeway/uses.h"

#include "causeway/error.h"
#include "datafile_impl.h"

#include <stdio.h>
#include <string.h>

PetscErrorCode UsesAdd(Uses *uses, UseKind kind, const char *path, const char *options,
                       const char *text)
{
  Use *added;

  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)(uses->n + 1) * sizeof(Use), &uses->list));
  added = &uses->list[uses->n++];
  *added = (Use){.kind = kind};
  PetscCall(PetscStrallocpy(path, &added->path));
  PetscCall(PetscStrallocpy(options, &added->options));
  PetscCall(PetscStrallocpy(text, &added->text));
  PetscFunctionReturn(0);
}

PetscBool UsesHave(const Uses *uses, const char *path)
{
  for (int64_t k = 0; k < uses->n; k++) {
    const size_t length = strlen(uses->list[k].path);

    if (length > 1 && !strncmp(path, uses->list[k].path, length) &&
        (!path[length] || path[length] == '/')) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

PetscErrorCode UsesFree(Uses *uses)
{
  PetscFunctionBegin;
  for (int64_t k = 0; k < uses->n; k++) {
    PetscCall(PetscFree(uses->list[k].path));
    PetscCall(PetscFree(uses->list[k].options));
    PetscCall(PetscFree(uses->list[k].text));
  }
  PetscCall(PetscFree(uses->list));
  uses->n = 0;
  PetscFunctionReturn(0);
}

/* Explains why the entries of a dataset cannot be used, "" when no reason is known. */
static void tell_obstacle(hid_t type, hid_t space, size_t length, char text[])
{
  hsize_t dims[H5S_MAX_RANK];
  const int n_dims = H5Sget_simple_extent_dims(space, dims, NULL);
  const H5T_class_t class = H5Tget_class(type);
  size_t at;

  text[0] = 0;
  if (class == H5T_STRING || class == H5T_REFERENCE || n_dims == 0) {
    return; /* metadata of other datasets */
  }
  if (!HDF5TypeIsNumeric(type)) {
    (void)snprintf(text, length, "holds ");
    HDF5TypeRefusal(type, length - strlen(text), text + strlen(text));
  } else if (H5Sget_simple_extent_npoints(space) == 0) {
    (void)snprintf(text, length, "has no entries");
  } else if (n_dims > 2) {
    (void)snprintf(text, length, "has %d dimensions (", n_dims);
    for (int d = 0; d < n_dims; d++) {
      at = strlen(text);
      (void)snprintf(text + at, length - at, "%s%llu", d ? " x " : "", (unsigned long long)dims[d]);
    }
    at = strlen(text);
    (void)snprintf(text + at, length - at,
                   "); activity and networks have 2: write the wanted part as one dataset");
  }
}

static PetscErrorCode add_obstacle(DataFile file, const char *path, void *context)
{
  const hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
  char text[512];

  PetscFunctionBegin;
  if (dataset >= 0 && !UsesHave(context, path)) {
    tell_obstacle(type, space, sizeof(text), text);
    if (!text[0] && HDF5TypeIsNumeric(type) && HDF5DatasetCheck(file->path, path, dataset)) {
      (void)snprintf(text, sizeof(text), "%s", UserErrorMessage());
    }
    if (text[0]) {
      PetscCall(UsesAdd(context, USE_NONE, path, "", text));
    }
  }
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileObstacles(DataFile file, Uses *uses)
{
  char program[64] = "";

  PetscFunctionBegin;
  PetscCall(DataFileGetString(file, "/", "program", sizeof(program), program, NULL));
  if (strcmp(program, "causeway") != 0) {
    PetscCall(DataFileVisit(file, PETSC_TRUE, add_obstacle, uses));
  }
  PetscFunctionReturn(0);
}
