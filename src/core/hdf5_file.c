/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/core/hdf5_file.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Smallest size of a complete HDF5 file [bytes]: its superblock and root group. */
enum { SMALLEST = 96 };

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

PetscBool HDF5FileIs(const char *path)
{
  be_quiet();
  return H5Fis_hdf5(path) > 0 ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode HDF5FileCheck(const char *path)
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
  if (!HDF5FileIs(path)) {
    return UserError("%s: is not an HDF5 file", path);
  }
  return 0;
}

/* Interprets the innermost reason of HDF5. */
PetscErrorCode HDF5FileExplain(const char *path)
{
  const char *reason = HDF5Reason();
  unsigned major = 0, minor = 0, release = 0;
  struct stat entry;

  if (!stat(path, &entry) && entry.st_size < SMALLEST) {
    return UserError("%s: the file is truncated (it has %lld bytes); copy or write it again", path,
                     (long long)entry.st_size);
  }
  if (strstr(reason, "truncated file")) {
    return UserError("%s: the file is truncated (%s); copy or write it again", path, reason);
  }
  if (strstr(reason, "file consistency flags")) {
    return UserError(
        "%s: the file is still being written, or its writer did not close it; wait, or run "
        "h5clear -s %s if nothing writes it any more",
        path, path);
  }
  if (strstr(reason, "unable to lock file")) {
    return UserError("%s: another program has the file open for writing (%s); close it there", path,
                     reason);
  }
  if (strstr(reason, "version number") || strstr(reason, "high bound")) {
    (void)H5get_libversion(&major, &minor, &release);
    return UserError("%s: the file is damaged, or too new for HDF5 %u.%u.%u (%s); convert it with "
                     "h5repack of a newer HDF5",
                     path, major, minor, release, reason);
  }
  return UserError("%s: cannot open the file: %s", path, reason);
}

PetscErrorCode HDF5FileOpen(const char *path, hid_t *file)
{
  const PetscErrorCode status = HDF5FileCheck(path);

  *file = H5I_INVALID_HID;
  if (status) {
    return status;
  }
  *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  return *file < 0 ? HDF5FileExplain(path) : 0;
}

PetscBool HDF5TypeIsNumeric(hid_t type)
{
  const H5T_class_t class = H5Tget_class(type);
  signed char no = 1, yes = 0;
  hid_t base;

  if (class != H5T_ENUM) {
    return class == H5T_FLOAT || class == H5T_INTEGER ? PETSC_TRUE : PETSC_FALSE;
  }
  base = H5Tget_super(type);
  if (H5Tget_size(base) == 1 && H5Tget_nmembers(type) == 2) {
    if (H5Tenum_valueof(type, "FALSE", &no) < 0 || H5Tenum_valueof(type, "TRUE", &yes) < 0) {
      no = 1;
    }
  }
  (void)H5Tclose(base);
  return no == 0 && yes == 1 ? PETSC_TRUE : PETSC_FALSE;
}
