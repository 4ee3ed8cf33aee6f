/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Datasets of a DataFile. */
#include "datafile_impl.h"

#include "causeway/error.h"

#include <stdio.h>
#include <string.h>

static const hid_t *const memory_types[] = {
    [DATA_FLOAT64] = &H5T_NATIVE_DOUBLE_g, [DATA_FLOAT32] = &H5T_NATIVE_FLOAT_g,
    [DATA_INT64] = &H5T_NATIVE_INT64_g,    [DATA_UINT64] = &H5T_NATIVE_UINT64_g,
    [DATA_INT32] = &H5T_NATIVE_INT32_g,    [DATA_UINT8] = &H5T_NATIVE_UINT8_g};
static const hid_t *const file_types[] = {
    [DATA_FLOAT64] = &H5T_IEEE_F64LE_g, [DATA_FLOAT32] = &H5T_IEEE_F32LE_g,
    [DATA_INT64] = &H5T_STD_I64LE_g,    [DATA_UINT64] = &H5T_STD_U64LE_g,
    [DATA_INT32] = &H5T_STD_I32LE_g,    [DATA_UINT8] = &H5T_STD_U8LE_g};

hid_t DatasetOpen(DataFile file, const char *path, PetscBool *alone)
{
  hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);

  *alone =
      dataset >= 0 && !file->writing && HDF5DatasetNeedsSerial(dataset) ? PETSC_TRUE : PETSC_FALSE;
  if (*alone) {
    (void)H5Dclose(dataset);
    if (file->alone < 0) {
      file->alone = H5Fopen(file->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    }
    dataset = file->alone >= 0 ? H5Dopen2(file->alone, path, H5P_DEFAULT) : H5I_INVALID_HID;
  }
  return dataset;
}

/* Properties of a dataset before its values are read. */
typedef struct {
  PetscBool numeric;
  char holds[256]; /* content of a dataset that is not numeric */
  int n_dims;
  hsize_t dims[H5S_MAX_RANK];
  size_t bytes; /* size of an element */
  PetscErrorCode readable;
} DatasetFacts;

static void look_at(DataFile file, const char *path, DatasetFacts *facts)
{
  const hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);

  facts->numeric = HDF5TypeIsNumeric(type);
  HDF5TypeRefusal(type, sizeof(facts->holds), facts->holds);
  facts->n_dims = H5Sget_simple_extent_dims(space, facts->dims, NULL);
  facts->bytes = H5Tget_size(type);
  facts->readable = HDF5DatasetCheck(file->path, path, dataset);
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  (void)H5Dclose(dataset);
}

/* Error for a missing dataset, with the reason. */
static PetscErrorCode no_dataset(DataFile file, const char *path)
{
  const char *link = DanglingLink(file, path);
  char target[PETSC_MAX_PATH_LEN];

  if (!link) {
    return UserError("%s: has no dataset %s", file->path, path);
  }
  DataFileLinkTarget(file, link, sizeof(target), target);
  return UserError("%s:%s: is a link to %s, which is missing; put a linked file beside this one",
                   file->path, link, target);
}

/* n_dims: expected number of dimensions; when negative, at most DATAFILE_MAX_DIMS are allowed. */
static PetscErrorCode dataset_shape(DataFile file, const char *path, int n_dims, int *n_found,
                                    int64_t dims[], size_t *bytes)
{
  DatasetFacts facts;
  PetscBool found;

  PetscFunctionBegin;
  UserCheck(path[0] == '/', "%s: name the dataset to read, as %s:/path", file->path, file->path);
  PetscCall(DataFileIsDataset(file, path, &found));
  PetscCall(found ? 0 : no_dataset(file, path));
  look_at(file, path, &facts);
  if (facts.readable) {
    PetscFunctionReturn(facts.readable);
  }
  UserCheck(facts.numeric, "%s:%s: does not hold numbers but %s", file->path, path, facts.holds);
  UserCheck(n_dims >= 0 ? facts.n_dims == n_dims : facts.n_dims <= DATAFILE_MAX_DIMS,
            "%s:%s: has %d dimensions where %d are expected%s", file->path, path, facts.n_dims,
            n_dims >= 0 ? n_dims : DATAFILE_MAX_DIMS, n_dims >= 0 ? "" : " at most");
  for (int d = 0; d < facts.n_dims; d++) {
    dims[d] = (int64_t)facts.dims[d];
  }
  *n_found = facts.n_dims;
  *bytes = facts.bytes;
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileIsMatrix(DataFile file, const char *path, PetscBool *found)
{
  DatasetFacts facts;

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(file, path, found));
  if (*found) {
    look_at(file, path, &facts);
    *found = facts.numeric && facts.n_dims == 2 ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileShape(DataFile file, const char *path, int n_dims, int64_t dims[])
{
  int n_found = 0;
  size_t bytes = 0;

  PetscFunctionBegin;
  PetscCall(ErrorAgree(file->comm, dataset_shape(file, path, n_dims, &n_found, dims, &bytes)));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileDims(DataFile file, const char *path, int *n_dims, int64_t dims[],
                            size_t *bytes)
{
  size_t size = 0;

  PetscFunctionBegin;
  PetscCall(ErrorAgree(file->comm, dataset_shape(file, path, -1, n_dims, dims, &size)));
  if (bytes) {
    *bytes = size;
  }
  PetscFunctionReturn(0);
}

void DataFileDoubts(DataFile file, const char *path, size_t length, char text[])
{
  const hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);

  HDF5DatasetDoubts(dataset, length, text);
  (void)H5Dclose(dataset);
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
  file->planned += HDF5DatasetBytes(dataset);
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
  file->planned -= HDF5DatasetBytes(dataset);
  result = H5Dset_extent(dataset, extent);
  file->planned += HDF5DatasetBytes(dataset);
  (void)H5Dclose(dataset);
  PetscCall(ErrorAgree(file->comm, result < 0 ? UserError("%s:%s: cannot extend the dataset: %s",
                                                          file->path, path, HDF5Reason())
                                              : 0));
  PetscFunctionReturn(0);
}

/* The part of a dataset that a rank writes or reads: a box, with selected entries along `axis` unless this is -1. */
typedef struct {
  const int64_t *first, *count; /* NULL for a scalar */
  int axis;
  int64_t n_index;
  const int64_t *index; /* (n_index) ascending */
} Box;

/* A box beyond the dataset would fail on its rank only and leave the other ranks waiting in the transfer. */
static PetscErrorCode check_box(DataFile file, const char *path, const Box *box)
{
  hsize_t extent[H5S_MAX_RANK];
  hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT), space = H5Dget_space(dataset);
  int n_dims = H5Sget_simple_extent_dims(space, extent, NULL);
  PetscBool fits =
      n_dims >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL ? PETSC_TRUE : PETSC_FALSE;

  for (int d = 0; d < n_dims; d++) {
    if (d == box->axis) {
      fits = fits && (box->n_index == 0 ||
                      (box->index[0] >= 0 && box->index[box->n_index - 1] < (int64_t)extent[d]))
                 ? PETSC_TRUE
                 : PETSC_FALSE;
    } else if (box->first[d] < 0 || box->count[d] < 0 ||
               box->first[d] > (int64_t)extent[d] - box->count[d]) {
      fits = PETSC_FALSE;
    }
  }
  (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  return fits ? 0 : UserError("%s:%s: has no such box of entries", file->path, path);
}

/* Source of a write for a rank without values. */
static const char nothing = 0;

/* Selects the box in the file as one hyperslab per run of consecutive entries of the axis. */
static void select_box(hid_t space, int n_dims, const Box *box)
{
  hsize_t start[DATAFILE_MAX_DIMS], shape[DATAFILE_MAX_DIMS];

  for (int d = 0; d < n_dims; d++) {
    start[d] = d == box->axis ? 0 : (hsize_t)box->first[d];
    shape[d] = d == box->axis ? 0 : (hsize_t)box->count[d];
  }
  if (box->axis < 0) {
    (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, shape, NULL);
    return;
  }
  (void)H5Sselect_none(space);
  for (int64_t k = 0, end; k < box->n_index; k = end) {
    for (end = k + 1; end < box->n_index && box->index[end] == box->index[end - 1] + 1;) {
      end++;
    }
    start[box->axis] = (hsize_t)box->index[k];
    shape[box->axis] = (hsize_t)(end - k);
    (void)H5Sselect_hyperslab(space, k ? H5S_SELECT_OR : H5S_SELECT_SET, start, NULL, shape, NULL);
  }
}

/* One collective transfer of this rank's box, which may be empty. A scalar has no `count`; ranks without values do not
   select it. `conversion` watches a read. */
static herr_t transfer(DataFile file, const char *path, DataType memory_type, const Box *box,
                       void *destination, const void *source, Conversion *conversion)
{
  hsize_t shape[DATAFILE_MAX_DIMS], total;
  PetscBool alone;
  hid_t dataset = DatasetOpen(file, path, &alone);
  hid_t file_space = H5Dget_space(dataset), memory_space, plan;
  int n_dims = H5Sget_simple_extent_ndims(file_space);
  herr_t result = 0;

  total = n_dims > 0 || destination || (source && source != &nothing) ? 1 : 0;
  for (int d = 0; d < n_dims; d++) {
    shape[d] = (hsize_t)(d == box->axis ? box->n_index : box->count[d]);
    total *= shape[d];
  }
  memory_space = H5Screate_simple(n_dims, shape, NULL);
  if (total == 0) {
    (void)H5Sselect_none(file_space);
    (void)H5Sselect_none(memory_space);
  } else if (n_dims > 0) { /* a scalar needs no selection */
    select_box(file_space, n_dims, box);
  }
  plan = H5Pcreate(H5P_DATASET_XFER);
  if (!alone) {
    (void)H5Pset_dxpl_mpio(plan, H5FD_MPIO_COLLECTIVE);
  }
  if (H5Sget_simple_extent_npoints(file_space) == 0) {
    /* HDF5 allocates no storage for an empty dataset, and its transfer would fail */
  } else if (source) {
    result = H5Dwrite(dataset, *memory_types[memory_type], memory_space, file_space, plan, source);
  } else {
    ConversionWatch(conversion, dataset, memory_type, plan);
    result =
        H5Dread(dataset, *memory_types[memory_type], memory_space, file_space, plan, destination);
  }
  if (result < 0) {
    (void)HDF5Reason(); /* saves the reason before closing clears the error stack */
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
  const Box box = {first, count, -1, 0, NULL};
  herr_t result;
  PetscErrorCode status;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  PetscCall(ErrorAgree(file->comm, check_box(file, path, &box)));
  status = ErrorAgree(file->comm, rank == 0 ? SpaceReserve(file, path) : 0);
  if (status) {
    file->failed = PETSC_TRUE;
    PetscFunctionReturn(status);
  }
  result = transfer(file, path, memory_type, &box, NULL, values ? values : &nothing, NULL);
  if (result < 0) {
    status =
        UserError("%s:%s: cannot write, the disk may be full: %s", file->path, path, HDF5Reason());
  }
  status = ErrorAgree(file->comm, status);
  file->failed = status ? PETSC_TRUE : file->failed;
  PetscFunctionReturn(status);
}

/* Error for values that were read, if any. */
static PetscErrorCode check_values(DataFile file, const char *path, const Box *box,
                                   const Conversion *conversion, const void *values)
{
  int64_t n = 1, at, place[DATAFILE_MAX_DIMS];
  char entry[32 * DATAFILE_MAX_DIMS] = "the value";

  if (conversion->n == 0) {
    return 0;
  }
  for (int d = 0; d < conversion->n_dims; d++) {
    n *= d == box->axis ? box->n_index : box->count[d];
  }
  at = ConversionFind(conversion, n, values);
  for (int d = conversion->n_dims - 1; d >= 0; d--) {
    const int64_t width = d == box->axis ? box->n_index : box->count[d];

    place[d] = d == box->axis ? box->index[at % width] : box->first[d] + at % width;
    at /= width;
  }
  for (int d = 0; d < conversion->n_dims; d++) {
    const size_t length = d ? strlen(entry) : 0;

    (void)snprintf(entry + length, sizeof(entry) - length, "%s%lld%s", d ? ", " : "entry [",
                   (long long)place[d], d == conversion->n_dims - 1 ? "]" : "");
  }
  return ConversionRefusal(conversion, file, path, entry);
}

static PetscErrorCode read_box(DataFile file, const char *path, DataType memory_type,
                               const Box *box, void *values)
{
  Conversion conversion = {.memory = memory_type};
  herr_t result;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(ErrorAgree(file->comm, check_box(file, path, box)));
  result = transfer(file, path, memory_type, box, values, NULL, &conversion);
  status = result < 0 ? UserError("%s:%s: cannot read, the file may be damaged: %s", file->path,
                                  path, HDF5Reason())
                      : check_values(file, path, box, &conversion, values);
  PetscCall(ErrorAgree(file->comm, status));
  PetscCall(ConversionWarn(&conversion, file, path));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileRead(DataFile file, const char *path, DataType memory_type,
                            const int64_t first[], const int64_t count[], void *values)
{
  const Box box = {first, count, -1, 0, NULL};

  PetscFunctionBegin;
  PetscCall(read_box(file, path, memory_type, &box, values));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileReadIndexed(DataFile file, const char *path, DataType memory_type,
                                   const int64_t first[], const int64_t count[], int axis,
                                   int64_t n_index, const int64_t index[], void *values)
{
  const Box box = {first, count, axis, n_index, index};

  PetscFunctionBegin;
  PetscCall(read_box(file, path, memory_type, &box, values));
  PetscFunctionReturn(0);
}
