/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Datasets and attributes of a DataFile. */
#include "datafile_impl.h"

#include "causeway/error.h"

#include <string.h>

static const hid_t *const memory_types[] = {
    [DATA_FLOAT64] = &H5T_NATIVE_DOUBLE_g, [DATA_FLOAT32] = &H5T_NATIVE_FLOAT_g,
    [DATA_INT64] = &H5T_NATIVE_INT64_g,    [DATA_UINT64] = &H5T_NATIVE_UINT64_g,
    [DATA_INT32] = &H5T_NATIVE_INT32_g,    [DATA_UINT8] = &H5T_NATIVE_UINT8_g};
static const hid_t *const file_types[] = {
    [DATA_FLOAT64] = &H5T_IEEE_F64LE_g, [DATA_FLOAT32] = &H5T_IEEE_F32LE_g,
    [DATA_INT64] = &H5T_STD_I64LE_g,    [DATA_UINT64] = &H5T_STD_U64LE_g,
    [DATA_INT32] = &H5T_STD_I32LE_g,    [DATA_UINT8] = &H5T_STD_U8LE_g};

static PetscErrorCode dataset_shape(DataFile file, const char *path, int n_dims, int64_t dims[])
{
  hsize_t extent[H5S_MAX_RANK];
  hid_t dataset, space, type;
  H5T_class_t class;
  PetscBool found;
  int n_found;

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(file, path, &found));
  UserCheck(found, "%s: has no dataset %s", file->path, path);
  dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  space = H5Dget_space(dataset);
  type = H5Dget_type(dataset);
  class = H5Tget_class(type);
  n_found = H5Sget_simple_extent_ndims(space);
  (void)H5Sget_simple_extent_dims(space, extent, NULL);
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  UserCheck(class == H5T_FLOAT || class == H5T_INTEGER, "%s:%s: does not hold numbers", file->path,
            path);
  UserCheck(n_found == n_dims, "%s:%s: has %d dimensions where %d are expected", file->path, path,
            n_found, n_dims);
  for (int d = 0; d < n_dims; d++) {
    dims[d] = (int64_t)extent[d];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileShape(DataFile file, const char *path, int n_dims, int64_t dims[])
{
  PetscErrorCode status;

  PetscFunctionBegin;
  status = path[0] == '/'
               ? dataset_shape(file, path, n_dims, dims)
               : UserError("%s: name the dataset to read, as %s:/path", file->path, file->path);
  PetscCall(ErrorAgree(file->comm, status));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileAddDataset(DataFile file, const char *path, DataType type, int n_dims,
                                  const int64_t dims[], const int64_t chunk[])
{
  hsize_t extent[DATAFILE_MAX_DIMS] = {0}, most[DATAFILE_MAX_DIMS] = {0};
  hsize_t chunk_extent[DATAFILE_MAX_DIMS] = {0};
  hid_t space, dataset, creation, links;

  PetscFunctionBegin;
  for (int d = 0; d < n_dims; d++) {
    extent[d] = (hsize_t)dims[d];
    most[d] = chunk && d == 0 ? H5S_UNLIMITED : extent[d];
    chunk_extent[d] = (hsize_t)(chunk ? PetscMax(chunk[d], 1) : 1);
  }
  space = H5Screate_simple(n_dims, extent, most);
  creation = H5Pcreate(H5P_DATASET_CREATE);
  links = H5Pcreate(H5P_LINK_CREATE);
  (void)H5Pset_create_intermediate_group(links, 1);
  (void)H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
  if (chunk) {
    (void)H5Pset_chunk(creation, n_dims, chunk_extent);
  }
  dataset = H5Dcreate2(file->id, path, *file_types[type], space, links, creation, H5P_DEFAULT);
  (void)H5Pclose(links);
  (void)H5Pclose(creation);
  (void)H5Sclose(space);
  PetscCall(ErrorAgree(file->comm, dataset < 0 ? UserError("%s:%s: cannot add the dataset: %s",
                                                           file->path, path, HDF5Reason())
                                               : 0));
  (void)H5Dclose(dataset);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileExtend(DataFile file, const char *path, int n_dims, const int64_t dims[])
{
  hsize_t extent[DATAFILE_MAX_DIMS] = {0};
  hid_t dataset;
  herr_t result;

  PetscFunctionBegin;
  for (int d = 0; d < n_dims; d++) {
    extent[d] = (hsize_t)dims[d];
  }
  dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  result = H5Dset_extent(dataset, extent);
  (void)H5Dclose(dataset);
  PetscCall(ErrorAgree(file->comm, result < 0 ? UserError("%s:%s: cannot extend the dataset: %s",
                                                          file->path, path, HDF5Reason())
                                              : 0));
  PetscFunctionReturn(0);
}

/* A box that does not fit would fail on its rank and leave the others waiting in the transfer. */
static PetscErrorCode check_box(DataFile file, const char *path, const int64_t first[],
                                const int64_t count[])
{
  hsize_t extent[H5S_MAX_RANK];
  hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT), space = H5Dget_space(dataset);
  int n_dims = H5Sget_simple_extent_dims(space, extent, NULL);
  PetscBool fits =
      n_dims >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL ? PETSC_TRUE : PETSC_FALSE;

  for (int d = 0; d < n_dims; d++) {
    if (first[d] < 0 || count[d] < 0 || first[d] > (int64_t)extent[d] - count[d]) {
      fits = PETSC_FALSE;
    }
  }
  (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  return fits ? 0 : UserError("%s:%s: has no such box of entries", file->path, path);
}

/* What a rank without values writes from. */
static const char nothing = 0;

/* One collective transfer of this rank's box; an empty box still takes part. The box of a scalar has
   no `count`, it is empty where there are no values. */
static herr_t transfer(DataFile file, const char *path, DataType memory_type, const int64_t first[],
                       const int64_t count[], void *destination, const void *source)
{
  hsize_t start[DATAFILE_MAX_DIMS], shape[DATAFILE_MAX_DIMS], total;
  hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  hid_t file_space = H5Dget_space(dataset), memory_space, plan;
  int n_dims = H5Sget_simple_extent_ndims(file_space);
  herr_t result = 0;

  total = n_dims > 0 || destination || (source && source != &nothing) ? 1 : 0;
  for (int d = 0; d < n_dims; d++) {
    start[d] = (hsize_t)first[d];
    shape[d] = (hsize_t)count[d];
    total *= shape[d];
  }
  memory_space = H5Screate_simple(n_dims, shape, NULL);
  if (total == 0) {
    (void)H5Sselect_none(file_space);
    (void)H5Sselect_none(memory_space);
  } else if (n_dims > 0) { /* a scalar is selected as a whole */
    (void)H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, shape, NULL);
  }
  plan = H5Pcreate(H5P_DATASET_XFER);
  (void)H5Pset_dxpl_mpio(plan, H5FD_MPIO_COLLECTIVE);
  if (H5Sget_simple_extent_npoints(file_space) == 0) {
    /* HDF5 has no storage for an empty dataset, and fails to find it */
  } else if (source) {
    result = H5Dwrite(dataset, *memory_types[memory_type], memory_space, file_space, plan, source);
  } else {
    result =
        H5Dread(dataset, *memory_types[memory_type], memory_space, file_space, plan, destination);
  }
  if (result < 0) {
    (void)HDF5Reason(); /* remembered, because closing clears the error stack */
  }
  (void)H5Pclose(plan);
  (void)H5Sclose(memory_space);
  (void)H5Sclose(file_space);
  (void)H5Dclose(dataset);
  return result;
}

PetscErrorCode DataFileWrite(DataFile file, const char *path, DataType memory_type,
                             const int64_t first[], const int64_t count[], const void *values)
{
  herr_t result;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(ErrorAgree(file->comm, check_box(file, path, first, count)));
  result = transfer(file, path, memory_type, first, count, NULL, values ? values : &nothing);
  if (result < 0) {
    status =
        UserError("%s:%s: cannot write, the disk may be full: %s", file->path, path, HDF5Reason());
  }
  status = ErrorAgree(file->comm, status);
  file->failed = status ? PETSC_TRUE : file->failed;
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileRead(DataFile file, const char *path, DataType memory_type,
                            const int64_t first[], const int64_t count[], void *values)
{
  herr_t result;

  PetscFunctionBegin;
  PetscCall(ErrorAgree(file->comm, check_box(file, path, first, count)));
  result = transfer(file, path, memory_type, first, count, values, NULL);
  PetscCall(ErrorAgree(file->comm,
                       result < 0 ? UserError("%s:%s: cannot read, the file may be damaged: %s",
                                              file->path, path, HDF5Reason())
                                  : 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode set_attribute(DataFile file, const char *object, const char *name, hid_t type,
                                    const void *value)
{
  hid_t space = H5Screate(H5S_SCALAR);
  hid_t attribute;
  herr_t result = -1;

  PetscFunctionBegin;
  if (H5Aexists_by_name(file->id, object, name, H5P_DEFAULT) > 0) {
    (void)H5Adelete_by_name(file->id, object, name, H5P_DEFAULT);
  }
  attribute =
      H5Acreate_by_name(file->id, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute >= 0) {
    result = H5Awrite(attribute, type, value);
    (void)H5Aclose(attribute);
  }
  (void)H5Sclose(space);
  PetscCall(ErrorAgree(file->comm, result < 0
                                       ? UserError("%s:%s: cannot write the attribute %s: %s",
                                                   file->path, object, name, HDF5Reason())
                                       : 0));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileSetString(DataFile file, const char *object, const char *name,
                                 const char *value)
{
  hid_t type = H5Tcopy(H5T_C_S1);
  PetscErrorCode status;

  PetscFunctionBegin;
  (void)H5Tset_size(type, strlen(value) + 1);
  (void)H5Tset_cset(type, H5T_CSET_UTF8);
  status = set_attribute(file, object, name, type, value);
  (void)H5Tclose(type);
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileSetReal(DataFile file, const char *object, const char *name, double value)
{
  PetscFunctionBegin;
  PetscCall(set_attribute(file, object, name, H5T_NATIVE_DOUBLE, &value));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileSetInteger(DataFile file, const char *object, const char *name,
                                  int64_t value)
{
  PetscFunctionBegin;
  PetscCall(set_attribute(file, object, name, H5T_NATIVE_INT64, &value));
  PetscFunctionReturn(0);
}

/* Opens an attribute, which must be one value of the class; negative when there is none. */
static PetscErrorCode open_attribute(DataFile file, const char *object, const char *name,
                                     H5T_class_t class, hid_t *attribute)
{
  hid_t type, space;
  PetscBool fits;

  PetscFunctionBegin;
  *attribute = -1;
  if (H5Oexists_by_name(file->id, object, H5P_DEFAULT) <= 0 ||
      H5Aexists_by_name(file->id, object, name, H5P_DEFAULT) <= 0) {
    PetscFunctionReturn(0);
  }
  *attribute = H5Aopen_by_name(file->id, object, name, H5P_DEFAULT, H5P_DEFAULT);
  type = H5Aget_type(*attribute);
  space = H5Aget_space(*attribute);
  fits = H5Sget_simple_extent_npoints(space) == 1 &&
                 (H5Tget_class(type) == class ||
                  (class == H5T_FLOAT && H5Tget_class(type) == H5T_INTEGER))
             ? PETSC_TRUE
             : PETSC_FALSE;
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  if (!fits) {
    (void)H5Aclose(*attribute);
  }
  UserCheck(fits, "%s:%s: the attribute %s is not one %s", file->path, object, name,
            class == H5T_FLOAT ? "number" : "text");
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileGetReal(DataFile file, const char *object, const char *name, double *value,
                               PetscBool *found)
{
  hid_t attribute;

  PetscFunctionBegin;
  PetscCall(open_attribute(file, object, name, H5T_FLOAT, &attribute));
  if (attribute >= 0) {
    (void)H5Aread(attribute, H5T_NATIVE_DOUBLE, value);
    (void)H5Aclose(attribute);
  }
  if (found) {
    *found = attribute >= 0 ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

/* Text of a fixed or a variable length, cut to `length`. */
static PetscErrorCode read_text(hid_t attribute, size_t length, char value[])
{
  hid_t type = H5Aget_type(attribute);
  char *text = NULL;

  PetscFunctionBegin;
  if (H5Tis_variable_str(type) > 0) {
    (void)H5Aread(attribute, type, &text);
    PetscCall(PetscStrncpy(value, text ? text : "", length));
    (void)H5free_memory(text);
  } else {
    PetscCall(PetscCalloc1(H5Tget_size(type) + 1, &text));
    (void)H5Aread(attribute, type, text);
    PetscCall(PetscStrncpy(value, text, length));
    PetscCall(PetscFree(text));
  }
  (void)H5Tclose(type);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileGetString(DataFile file, const char *object, const char *name, size_t length,
                                 char value[], PetscBool *found)
{
  hid_t attribute;

  PetscFunctionBegin;
  PetscCall(open_attribute(file, object, name, H5T_STRING, &attribute));
  if (attribute >= 0) {
    PetscCall(read_text(attribute, length, value));
    (void)H5Aclose(attribute);
  }
  if (found) {
    *found = attribute >= 0 ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileDescribe(DataFile file, const char *dataset, const char *units,
                                const char *description)
{
  PetscFunctionBegin;
  PetscCall(DataFileSetString(file, dataset, "units", units));
  PetscCall(DataFileSetString(file, dataset, "description", description));
  PetscFunctionReturn(0);
}
