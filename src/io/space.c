/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Space on the disk, taken before it is written to: where a collective write fails on some ranks only, HDF5 leaves the
   others waiting. ROMIO tells all ranks if it buffers what they write, but Open MPI 5 does not pass it that hint. */
#define _GNU_SOURCE /* fallocate() */
#include "datafile_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beside the values: what describes them, and a share of them for chunks. */
enum { DESCRIPTIONS = 1 << 20, VALUES_PER_INDEX = 256 };

int64_t SpaceOfDataset(hid_t dataset)
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

void SpaceOfFile(DataFile file)
{
  struct stat entry;

  file->planned = stat(file->working_path, &entry) ? 0 : (int64_t)entry.st_size;
}

PetscErrorCode SpaceReserve(DataFile file, const char *path)
{
  const int64_t bytes = file->planned + file->planned / VALUES_PER_INDEX + DESCRIPTIONS;
  struct rlimit limit;
  int descriptor, failure;

  if (file->planned <= file->reserved) {
    return 0;
  }
  if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur != RLIM_INFINITY &&
      (int64_t)limit.rlim_cur < bytes) {
    failure = EFBIG;
  } else {
    descriptor = open(file->working_path, O_WRONLY | O_CLOEXEC);
    failure =
        descriptor >= 0 && fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) ? errno : 0;
    (void)(descriptor >= 0 && close(descriptor));
  }
  if (failure == ENOSPC || failure == EDQUOT || failure == EFBIG) {
    return UserError("%s:%s: cannot write: %s", file->path, path, strerror(failure));
  }
  file->reserved = file->planned; /* or this file system reserves none */
  return 0;
}

void SpaceRelease(DataFile file)
{
  struct stat entry;

  if (file->ballast >= 0 && !stat(file->working_path, &entry)) { /* on rank 0 */
    (void)!truncate(file->working_path, entry.st_size);
  }
}
