/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "datafile_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const hid_t *const memory_types[] = {
    [DATA_FLOAT64] = &H5T_NATIVE_DOUBLE_g, [DATA_FLOAT32] = &H5T_NATIVE_FLOAT_g,
    [DATA_INT64] = &H5T_NATIVE_INT64_g,    [DATA_UINT64] = &H5T_NATIVE_UINT64_g,
    [DATA_INT32] = &H5T_NATIVE_INT32_g,    [DATA_UINT8] = &H5T_NATIVE_UINT8_g};
static const hid_t *const file_types[] = {
    [DATA_FLOAT64] = &H5T_IEEE_F64LE_g, [DATA_FLOAT32] = &H5T_IEEE_F32LE_g,
    [DATA_INT64] = &H5T_STD_I64LE_g,    [DATA_UINT64] = &H5T_STD_U64LE_g,
    [DATA_INT32] = &H5T_STD_I32LE_g,    [DATA_UINT8] = &H5T_STD_U8LE_g};

/* Bytes that hold the metadata of a file at its end. */
enum { BALLAST = 4 << 20 };

static PetscBool any_write_failed;

static herr_t keep_innermost(unsigned depth, const H5E_error2_t *entry, void *text)
{
  (void)depth;
  if (entry->desc && entry->desc[0]) {
    (void)snprintf(text, 256, "%s", entry->desc);
  }
  return 0;
}

const char *HDF5Reason(void)
{
  static char text[256] = "unknown HDF5 error";

  (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_innermost, text);
  return text;
}

static void be_quiet(void)
{
  (void)H5open();
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* File access through MPI-IO, metadata read and written by all ranks together. Collective buffering makes
   ROMIO tell every rank when one rank's write failed; without it HDF5 would leave the others waiting. */
static hid_t parallel_access(MPI_Comm comm)
{
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  MPI_Info hints;

  (void)MPI_Info_create(&hints);
  (void)MPI_Info_set(hints, "romio_cb_write", "enable");
  (void)H5Pset_fapl_mpio(access, comm, hints);
  (void)MPI_Info_free(&hints);
  (void)H5Pset_all_coll_metadata_ops(access, 1);
  (void)H5Pset_coll_metadata_write(access, 1);
  (void)H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18);
  return access;
}

static PetscErrorCode new_handle(MPI_Comm comm, const char *path, PetscBool writing, DataFile *file)
{
  PetscFunctionBegin;
  be_quiet();
  PetscCall(PetscNew(file));
  (*file)->comm = comm;
  (*file)->writing = writing;
  (*file)->id = H5I_INVALID_HID;
  PetscCall(PetscStrncpy((*file)->path, path, PETSC_MAX_PATH_LEN));
  PetscCall(PetscSNPrintf((*file)->working_path, PETSC_MAX_PATH_LEN, "%s%s", path,
                          writing ? ".partial" : ""));
  PetscCall(PetscSNPrintf((*file)->ballast_path, PETSC_MAX_PATH_LEN, "%s.partial.reserve", path));
  PetscFunctionReturn(0);
}

/* When a disk is full, HDF5's collective flush fails on one rank and leaves the others waiting.
   Data are written, and their errors agreed on, before that; what is left for the flush at the end
   is metadata, and the space for it is set aside from the start in a file that is removed just
   before. */
static PetscErrorCode reserve_ballast(DataFile file)
{
  int rank, descriptor, failure;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  if (rank == 0) {
    descriptor = open(file->ballast_path, O_CREAT | O_WRONLY | O_TRUNC, 0666);
    failure = descriptor < 0 ? errno : posix_fallocate(descriptor, 0, BALLAST);
    if (descriptor >= 0) {
      (void)close(descriptor);
    }
    if (failure) {
      (void)unlink(file->ballast_path);
      status = UserError("%s: cannot create the file: %s", file->path, strerror(failure));
    }
  }
  PetscFunctionReturn(ErrorAgree(file->comm, status));
}

static PetscErrorCode release_ballast(DataFile file)
{
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  if (rank == 0) {
    (void)unlink(file->ballast_path);
  }
  PetscCallMPI(MPI_Barrier(file->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileCreate(MPI_Comm comm, const char *path, DataFile *file)
{
  hid_t access;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(new_handle(comm, path, PETSC_TRUE, file));
  status = reserve_ballast(*file);
  if (status) {
    PetscCall(DataFileDiscard(file));
    PetscFunctionReturn(status);
  }
  access = parallel_access(comm);
  (*file)->id = H5Fcreate((*file)->working_path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  status = (*file)->id < 0 ? UserError("%s: cannot create the file: %s", path, HDF5Reason()) : 0;
  (void)H5Pclose(access);
  status = ErrorAgree(comm, status);
  if (status) {
    PetscCall(DataFileDiscard(file));
  }
  PetscFunctionReturn(status);
}

static PetscErrorCode check_readable(const char *path)
{
  struct stat entry;

  if (stat(path, &entry)) {
    return UserError("%s: cannot open the file: %s", path, strerror(errno));
  }
  if (S_ISDIR(entry.st_mode)) {
    return UserError("%s: is a directory, not an HDF5 file", path);
  }
  if (access(path, R_OK)) {
    return UserError("%s: cannot open the file: %s", path, strerror(errno));
  }
  if (H5Fis_hdf5(path) <= 0) {
    return UserError("%s: is not an HDF5 file", path);
  }
  return 0;
}

PetscErrorCode DataFileOpen(MPI_Comm comm, const char *path, DataFile *file)
{
  hid_t access;
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  PetscCall(new_handle(comm, path, PETSC_FALSE, file));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    status = check_readable(path);
  }
  status = ErrorAgree(comm, status);
  if (!status) {
    access = parallel_access(comm);
    (*file)->id = H5Fopen(path, H5F_ACC_RDONLY, access);
    if ((*file)->id < 0) {
      status = UserError("%s: cannot open the file, it may be truncated: %s", path, HDF5Reason());
    }
    (void)H5Pclose(access);
    status = ErrorAgree(comm, status);
  }
  if (status) {
    PetscCall(DataFileDiscard(file));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileClose(DataFile *file)
{
  DataFile f = *file;
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  if (!f) {
    PetscFunctionReturn(0);
  }
  if (f->writing) {
    PetscCall(release_ballast(f));
  }
  if ((f->writing && H5Fflush(f->id, H5F_SCOPE_GLOBAL) < 0) || H5Fclose(f->id) < 0) {
    status = UserError("%s: cannot complete the file: %s", f->path, HDF5Reason());
  }
  status = ErrorAgree(f->comm, status);
  f->failed = status ? PETSC_TRUE : f->failed;
  if (f->writing && !status) {
    PetscCallMPI(MPI_Comm_rank(f->comm, &rank));
    if (rank == 0 && rename(f->working_path, f->path)) {
      status = UserError("%s: cannot rename to %s: %s", f->working_path, f->path, strerror(errno));
    }
    status = ErrorAgree(f->comm, status);
  }
  if (status) {
    PetscCall(DataFileDiscard(file));
  } else {
    PetscCall(PetscFree(*file));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileDiscard(DataFile *file)
{
  DataFile f = *file;
  int rank;

  PetscFunctionBegin;
  if (f) {
    /* after a failed write the ranks' views of the file may differ, and a collective close may hang
     */
    any_write_failed = f->failed ? PETSC_TRUE : any_write_failed;
    if (!f->failed && H5Iis_valid(f->id) > 0) {
      (void)H5Fclose(f->id);
    }
    PetscCallMPI(MPI_Comm_rank(f->comm, &rank));
    if (rank == 0 && f->writing) {
      (void)unlink(f->working_path);
      (void)unlink(f->ballast_path);
    }
    PetscCall(PetscFree(*file));
  }
  PetscFunctionReturn(0);
}

PetscBool DataFileWriteFailed(void)
{
  return any_write_failed;
}

const char *DataFileName(DataFile file)
{
  return file->path;
}

/* H5Oexists_by_name() fails when a group on the way is missing, so each part is asked for in turn.
 */
static PetscBool object_is(DataFile file, const char *path, H5O_type_t type)
{
  char part[PETSC_MAX_PATH_LEN];
  H5O_info_t info;

  for (const char *end = path; *end;) {
    end = strchr(end + 1, '/') ? strchr(end + 1, '/') : path + strlen(path);
    (void)snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
    if (strcmp(part, "/") != 0 && H5Lexists(file->id, part, H5P_DEFAULT) <= 0) {
      return PETSC_FALSE;
    }
  }
  return H5Oget_info_by_name(file->id, path, &info, H5P_DEFAULT) >= 0 && info.type == type
             ? PETSC_TRUE
             : PETSC_FALSE;
}

PetscErrorCode DataFileIsDataset(DataFile file, const char *path, PetscBool *found)
{
  PetscFunctionBegin;
  *found = path[0] == '/' ? object_is(file, path, H5O_TYPE_DATASET) : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileIsGroup(DataFile file, const char *path, PetscBool *found)
{
  PetscFunctionBegin;
  *found = path[0] == '/' ? object_is(file, path, H5O_TYPE_GROUP) : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileOnlyChild(DataFile file, const char *group, size_t length, char child[])
{
  H5G_info_t info;
  char name[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(file, group, &found));
  UserCheck(found, "%s: has no group %s", file->path, group);
  UserCheck(H5Gget_info_by_name(file->id, group, &info, H5P_DEFAULT) >= 0 && info.nlinks == 1,
            "%s: %s holds %lld objects where one is expected; name the one to use", file->path,
            group, (long long)info.nlinks);
  (void)H5Lget_name_by_idx(file->id, group, H5_INDEX_NAME, H5_ITER_INC, 0, name, sizeof(name),
                           H5P_DEFAULT);
  PetscCall(PetscSNPrintf(child, length, "%s/%s", strcmp(group, "/") ? group : "", name));
  PetscFunctionReturn(0);
}

static PetscErrorCode dataset_shape(DataFile file, const char *path, int n_dims, int64_t dims[])
{
  hsize_t extent[H5S_MAX_RANK];
  hid_t dataset, space, type;
  H5T_class_t class;
  int n_found;

  if (!object_is(file, path, H5O_TYPE_DATASET)) {
    return UserError("%s: has no dataset %s", file->path, path);
  }
  dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  space = H5Dget_space(dataset);
  type = H5Dget_type(dataset);
  class = H5Tget_class(type);
  n_found = H5Sget_simple_extent_ndims(space);
  (void)H5Sget_simple_extent_dims(space, extent, NULL);
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  if (class != H5T_FLOAT && class != H5T_INTEGER) {
    return UserError("%s:%s: does not hold numbers", file->path, path);
  }
  if (n_found != n_dims) {
    return UserError("%s:%s: has %d dimensions where %d are expected", file->path, path, n_found,
                     n_dims);
  }
  for (int d = 0; d < n_dims; d++) {
    dims[d] = (int64_t)extent[d];
  }
  return 0;
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

/* One collective transfer of this rank's box; an empty box still takes part. */
static herr_t transfer(DataFile file, const char *path, DataType memory_type, const int64_t first[],
                       const int64_t count[], void *destination, const void *source)
{
  hsize_t start[DATAFILE_MAX_DIMS], shape[DATAFILE_MAX_DIMS], total = 1;
  hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  hid_t file_space = H5Dget_space(dataset), memory_space, plan;
  int n_dims = H5Sget_simple_extent_ndims(file_space);
  herr_t result;

  for (int d = 0; d < n_dims; d++) {
    start[d] = (hsize_t)first[d];
    shape[d] = (hsize_t)count[d];
    total *= shape[d];
  }
  memory_space = H5Screate_simple(n_dims, shape, NULL);
  if (total == 0) {
    (void)H5Sselect_none(file_space);
    (void)H5Sselect_none(memory_space);
  } else {
    (void)H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, shape, NULL);
  }
  plan = H5Pcreate(H5P_DATASET_XFER);
  (void)H5Pset_dxpl_mpio(plan, H5FD_MPIO_COLLECTIVE);
  if (source) {
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
  static const char nothing = 0;
  herr_t result;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
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

PetscErrorCode DataFileDescribe(DataFile file, const char *dataset, const char *units,
                                const char *description)
{
  PetscFunctionBegin;
  PetscCall(DataFileSetString(file, dataset, "units", units));
  PetscCall(DataFileSetString(file, dataset, "description", description));
  PetscFunctionReturn(0);
}
