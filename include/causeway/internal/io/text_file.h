/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_FILE_H
#define CAUSEWAY_TEXT_FILE_H

#include <petscsys.h>

/*@
  TextFileRead - reads a small text file on every rank; rank 0 reads it from the disk

  Collective
  Output: text - zero-terminated, without a byte order mark, freed by the caller with PetscFree(); NULL after an error
  Errors: CAUSEWAY_ERR_USER when the file cannot be read, is larger than 64 MiB or contains a zero byte
@*/
PetscErrorCode TextFileRead(MPI_Comm comm, const char *name, char **text);

#endif
