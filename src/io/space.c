/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reserves space on the disk before it is written: when a collective write fails on some ranks only, HDF5 leaves the other
   ranks waiting. ROMIO reports the failure to all ranks if it buffers writes, but Open MPI 5 does not pass that hint. */
#define _GNU_SOURCE /* fallocate() */
#include "datafile_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Space for metadata: a fixed part, and a fraction of the values for the index of chunks. */
enum { DESCRIPTIONS = 1 << 20, VALUES_PER_INDEX = 256 };

void SpaceStart(DataFile file)
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
  file->reserved = file->planned; /* or this file system cannot reserve space */
  return 0;
}

void SpaceRelease(DataFile file)
{
  struct stat entry;

  if (file->ballast >= 0 && !stat(file->working_path, &entry)) { /* on rank 0 */
    (void)!truncate(file->working_path, entry.st_size);
  }
}
