/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Brings files to the disk before other files depend on them. */
#include "causeway/datafile.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Some file systems cannot sync a directory and return EINVAL. */
static PetscErrorCode sync_path(const char *path, int flags)
{
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | flags);
  PetscErrorCode status = 0;

  if (descriptor < 0 || (fsync(descriptor) && !(flags && errno == EINVAL))) {
    status = UserError("%s: cannot be synced to the disk: %s", path, strerror(errno));
  }
  if (descriptor >= 0) {
    (void)close(descriptor);
  }
  return status;
}

PetscErrorCode FileSync(MPI_Comm comm, const char *path)
{
  PetscFunctionBegin;
  PetscCall(ErrorAgree(comm, sync_path(path, 0)));
  PetscFunctionReturn(0);
}

PetscErrorCode EntrySync(const char *path)
{
  const char *slash = strrchr(path, '/');
  char directory[PETSC_MAX_PATH_LEN] = ".";

  if (slash) {
    const size_t length = PetscMax((size_t)(slash - path), 1);

    memcpy(directory, path, PetscMin(length, sizeof(directory) - 1));
    directory[PetscMin(length, sizeof(directory) - 1)] = 0;
  }
  return sync_path(directory, O_DIRECTORY);
}

PetscErrorCode FileRename(MPI_Comm comm, const char *from, const char *to)
{
  PetscErrorCode status;
  int rank;

  PetscFunctionBegin;
  PetscCall(FileSync(comm, from));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  status = 0;
  if (rank == 0) {
    status = rename(from, to) ? UserError("%s: cannot rename to %s: %s", from, to, strerror(errno))
                              : EntrySync(to);
  }
  PetscCall(ErrorAgree(comm, status));
  PetscFunctionReturn(0);
}
