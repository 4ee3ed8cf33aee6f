/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conditions for reading the values of an HDF5 dataset: filters, sources of virtual datasets, raw files. */
#include "causeway/error.h"
#include "causeway/internal/core/hdf5_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Filters of HDF5 itself, and registered filters that occur in recordings. */
static const struct {
  H5Z_filter_t id;
  const char *name;
} filters[] = {{H5Z_FILTER_DEFLATE, "gzip"},
               {H5Z_FILTER_SZIP, "szip"},
               {305, "lzo"},
               {307, "bzip2"},
               {32000, "lzf"},
               {32001, "blosc"},
               {32004, "lz4"},
               {32008, "bitshuffle"},
               {32012, "mafisc"},
               {32013, "zfp"},
               {32014, "fpzip"},
               {32015, "zstd"},
               {32017, "sz"},
               {32018, "fcidecomp"},
               {32019, "jpeg"},
               {32022, "granular bitround"},
               {32024, "sz3"},
               {32026, "blosc2"},
               {32028, "ffmpeg"},
               {32040, "vbz"},
               {0, NULL}};

void HDF5DatasetFilter(hid_t dataset, size_t length, char text[])
{
  const hid_t creation = H5Dget_create_plist(dataset);
  const int n = H5Pget_nfilters(creation);

  text[0] = 0;
  for (int k = 0; k < n && !text[0]; k++) {
    char own_name[64] = "";
    size_t n_values = 0;
    unsigned flags, config;
    const H5Z_filter_t id = H5Pget_filter2(creation, (unsigned)k, &flags, &n_values, NULL,
                                           sizeof(own_name), own_name, &config);
    const char *name = own_name[0] ? own_name : "unknown";

    if (id < 0 || H5Zfilter_avail(id) > 0) {
      continue;
    }
    for (int f = 0; filters[f].name; f++) {
      name = filters[f].id == id ? filters[f].name : name;
    }
    (void)snprintf(text, length, "%s (filter %d)", name, (int)id);
  }
  (void)H5Pclose(creation);
}

int64_t HDF5DatasetBytes(hid_t dataset)
{
  hsize_t extent[H5S_MAX_RANK], chunk[H5S_MAX_RANK];
  const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
  const hid_t creation = H5Dget_create_plist(dataset);
  const PetscBool chunked = H5Pget_layout(creation) == H5D_CHUNKED ? PETSC_TRUE : PETSC_FALSE;
  const int n_dims = H5Sget_simple_extent_dims(space, extent, NULL);
  int64_t bytes = (int64_t)H5Tget_size(type);

  if (chunked) {
    (void)H5Pget_chunk(creation, n_dims, chunk);
  }
  for (int d = 0; d < n_dims; d++) { /* chunks are stored whole */
    bytes *= (int64_t)(chunked ? (extent[d] + chunk[d] - 1) / chunk[d] * chunk[d] : extent[d]);
  }
  (void)H5Pclose(creation);
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  return bytes;
}

PetscBool HDF5DatasetIsVirtual(hid_t dataset)
{
  const hid_t creation = H5Dget_create_plist(dataset);
  const PetscBool is_virtual = H5Pget_layout(creation) == H5D_VIRTUAL ? PETSC_TRUE : PETSC_FALSE;

  (void)H5Pclose(creation);
  return is_virtual;
}

PetscBool HDF5DatasetNeedsSerial(hid_t dataset)
{
  const hid_t creation = H5Dget_create_plist(dataset);
  const H5D_layout_t layout = H5Pget_layout(creation);
  const int n_filters = H5Pget_nfilters(creation);
  H5D_space_status_t status = H5D_SPACE_STATUS_ALLOCATED;

  (void)H5Pclose(creation);
  if (layout == H5D_CHUNKED && n_filters == 0) {
    (void)H5Dget_space_status(dataset, &status);
  }
  return layout == H5D_VIRTUAL || n_filters > 0 || status != H5D_SPACE_STATUS_ALLOCATED
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Finds the file of a virtual dataset's source as HDF5 does: in a directory of the environment, beside the virtual
   dataset's file, or under its own name. */
static void source_file(const char *file, const char *source, size_t length, char found[])
{
  const char *slash = strrchr(file, '/'), *prefix = getenv("HDF5_VDS_PREFIX");

  (void)snprintf(found, length, "%s", file);
  if (!strcmp(source, ".")) { /* the same file */
    return;
  }
  (void)snprintf(found, length, "%s/%s", prefix ? prefix : "", source);
  if (prefix && !access(found, F_OK)) {
    return;
  }
  (void)snprintf(found, length, "%.*s%s", slash && source[0] != '/' ? (int)(slash - file + 1) : 0,
                 file, source);
  if (access(found, F_OK)) {
    (void)snprintf(found, length, "%s", source);
  }
}

static PetscErrorCode check_source(const char *file, const char *path, const char *source,
                                   const char *source_path)
{
  char name[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  hid_t id, dataset;

  source_file(file, source, sizeof(name), name);
  status = HDF5FileOpen(name, &id);
  if (status) {
    (void)snprintf(name, sizeof(name), "%s", UserErrorMessage());
    return UserError("%s:%s: the source of this virtual dataset cannot be read (%s); put that file "
                     "beside this one or into HDF5_VDS_PREFIX",
                     file, path, name);
  }
  dataset = H5Dopen2(id, source_path, H5P_DEFAULT);
  if (dataset < 0) {
    status = UserError("%s:%s: the source %s:%s of this virtual dataset is missing", file, path,
                       name, source_path);
  } else {
    status = HDF5DatasetIsVirtual(dataset) ? 0 : HDF5DatasetCheck(name, source_path, dataset);
    (void)H5Dclose(dataset);
  }
  (void)H5Fclose(id);
  return status;
}

/* Names with "%b" stand for an open-ended series of files, which is not checked. */
static PetscErrorCode check_sources(const char *file, const char *path, hid_t dataset)
{
  const hid_t creation = H5Dget_create_plist(dataset);
  PetscErrorCode status = 0;
  size_t n = 0;

  (void)H5Pget_virtual_count(creation, &n);
  for (size_t k = 0; k < n && !status; k++) {
    char source[PETSC_MAX_PATH_LEN] = "", source_path[PETSC_MAX_PATH_LEN] = "";

    (void)H5Pget_virtual_filename(creation, k, source, sizeof(source));
    (void)H5Pget_virtual_dsetname(creation, k, source_path, sizeof(source_path));
    if (!strstr(source, "%b") && !strstr(source_path, "%b")) {
      status = check_source(file, path, source, source_path);
    }
  }
  (void)H5Pclose(creation);
  return status;
}

/* Finds a raw file as HDF5 does: under its own name, or in a directory of the environment, where ${ORIGIN} is that of
   `file`. */
static void raw_file(const char *file, const char *name, size_t length, char found[])
{
  static const char origin[] = "${ORIGIN}";
  const char *prefix = getenv("HDF5_EXTFILE_PREFIX"), *slash = strrchr(file, '/');

  if (name[0] == '/' || !prefix || !prefix[0]) {
    (void)snprintf(found, length, "%s", name);
  } else if (!strncmp(prefix, origin, strlen(origin))) {
    (void)snprintf(found, length, "%.*s%s/%s", slash ? (int)(slash - file) : 1, slash ? file : ".",
                   prefix + strlen(origin), name);
  } else {
    (void)snprintf(found, length, "%s/%s", prefix, name);
  }
}

/* Checks that raw files hold all values: HDF5 would read missing ones as zeros. */
static PetscErrorCode check_raw_files(const char *file, const char *path, hid_t dataset)
{
  const hid_t creation = H5Dget_create_plist(dataset);
  const int n = H5Pget_external_count(creation);
  int64_t left = HDF5DatasetBytes(dataset);
  PetscErrorCode status = 0;

  for (int k = 0; k < n && left > 0 && !status; k++) {
    char name[PETSC_MAX_PATH_LEN] = "", found[2 * PETSC_MAX_PATH_LEN];
    off_t offset = 0;
    hsize_t size = 0;
    struct stat entry;
    int64_t needed;

    (void)H5Pget_external(creation, (unsigned)k, sizeof(name) - 1, name, &offset, &size);
    needed = size < (hsize_t)left ? (int64_t)size : left;
    raw_file(file, name, sizeof(found), found);
    if (stat(found, &entry)) {
      status = UserError("%s:%s: the file %s with its values is missing; put it into the current "
                         "directory or into HDF5_EXTFILE_PREFIX",
                         file, path, found);
    } else if (entry.st_size < offset + needed) {
      status = UserError("%s:%s: the file %s with its values is truncated: it has %lld bytes of "
                         "%lld; copy it again",
                         file, path, found, (long long)entry.st_size, (long long)(offset + needed));
    }
    left -= needed;
  }
  (void)H5Pclose(creation);
  return status;
}

PetscErrorCode HDF5DatasetCheck(const char *file, const char *path, hid_t dataset)
{
  char filter[128];

  HDF5DatasetFilter(dataset, sizeof(filter), filter);
  if (filter[0]) {
    return UserError(
        "%s:%s: is compressed with %s, which this HDF5 library lacks; set HDF5_PLUGIN_PATH to "
        "the directory of that filter, or run h5repack -f NONE where it is installed",
        file, path, filter);
  }
  return HDF5DatasetIsVirtual(dataset) ? check_sources(file, path, dataset)
                                       : check_raw_files(file, path, dataset);
}

/* Fraction of a dataset that was ever written. For compressed chunks, their number counts instead of their bytes. */
static double written_part(hid_t dataset)
{
  const hid_t creation = H5Dget_create_plist(dataset), space = H5Dget_space(dataset);
  const H5D_layout_t layout = H5Pget_layout(creation);
  const double n_all = (double)H5Sget_simple_extent_npoints(space);
  H5D_space_status_t status = H5D_SPACE_STATUS_ALLOCATED;
  hsize_t extent[H5S_MAX_RANK], chunk[H5S_MAX_RANK], n_stored = 0;
  const int n_dims = H5Sget_simple_extent_dims(space, extent, NULL);
  double part = 1, n_chunks = 1;

  if (layout == H5D_CHUNKED && H5Pget_chunk(creation, n_dims, chunk) >= 0 &&
      H5Dget_num_chunks(dataset, space, &n_stored) >= 0) {
    for (int d = 0; d < n_dims; d++) {
      const hsize_t along = (extent[d] + chunk[d] - 1) / chunk[d];

      n_chunks *= (double)along;
    }
    part = (double)n_stored / n_chunks;
  } else if (layout == H5D_VIRTUAL) {
    size_t n = 0;

    part = 0;
    (void)H5Pget_virtual_count(creation, &n);
    for (size_t k = 0; k < n; k++) {
      const hid_t mapped = H5Pget_virtual_vspace(creation, k);

      part += (double)H5Sget_select_npoints(mapped) / n_all;
      (void)H5Sclose(mapped);
    }
  } else if (layout == H5D_CONTIGUOUS && H5Pget_external_count(creation) == 0 &&
             H5Dget_space_status(dataset, &status) >= 0) {
    part = status == H5D_SPACE_STATUS_NOT_ALLOCATED ? 0 : 1;
  }
  (void)H5Sclose(space);
  (void)H5Pclose(creation);
  return n_all > 0 ? part : 1;
}

void HDF5DatasetDoubts(hid_t dataset, size_t length, char text[])
{
  static const char *const names[] = {"scale_factor", "add_offset", "_FillValue", "missing_value",
                                      "valid_range"};
  const double part = written_part(dataset);
  size_t used = 0;

  text[0] = 0;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(names); k++) {
    if (H5Aexists(dataset, names[k]) > 0 && used < length) {
      used += (size_t)snprintf(text + used, length - used, "%s%s",
                               used ? ", " : "these attributes are not applied: ", names[k]);
    }
  }
  if (part < 1 && used < length) {
    (void)snprintf(text + used, length - used,
                   "%s%.3g %% of the values were never written and are read as the fill value",
                   used ? "; " : "", 100 * (1 - part));
  }
}
