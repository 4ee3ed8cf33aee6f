/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Names of files for MPI-IO. ROMIO, the MPI-IO layer of most implementations, takes text before a colon as the name of a
   file system ("nfs:"), so it cannot open files in a directory such as "2024-05-01T12:30:00". A name with a colon is
   replaced by the name that the kernel gives to an open descriptor. */
#define _GNU_SOURCE
#include "datafile_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

PetscErrorCode MPIPathOpen(DataFile file, const char *path, PetscBool create)
{
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  char directory[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(file->mpi_path, path, sizeof(file->mpi_path)));
  if (!strchr(path, ':')) {
    PetscFunctionReturn(0);
  }
  if (strchr(name, ':')) { /* through a descriptor of the file */
    file->directory =
        open(path, (file->writing ? O_RDWR : O_RDONLY) | (create ? O_CREAT : 0), 0666);
    PetscCall(
        PetscSNPrintf(file->mpi_path, sizeof(file->mpi_path), "/proc/self/fd/%d", file->directory));
  } else { /* through its directory, where HDF5 then finds the targets of links */
    PetscCall(PetscSNPrintf(directory, sizeof(directory), "%.*s", (int)(name - path), path));
    file->directory = open(directory, O_PATH | O_DIRECTORY);
    PetscCall(PetscSNPrintf(file->mpi_path, sizeof(file->mpi_path), "/proc/self/fd/%d/%s",
                            file->directory, name));
  }
  UserCheck(file->directory >= 0, "%s: cannot open the file: %s", file->path, strerror(errno));
  PetscFunctionReturn(0);
}

void MPIPathClose(DataFile file)
{
  if (file->directory >= 0) {
    (void)close(file->directory);
  }
  file->directory = -1;
}
