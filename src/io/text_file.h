/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_FILE_H
#define CAUSEWAY_TEXT_FILE_H

#include <petscsys.h>

/*@
  TextFileRead - a small file of text on every rank, read by the first

  Collective
  Output: text - with a closing zero and without a byte order mark, freed by the caller with PetscFree(); NULL after an
                 error
  Errors: CAUSEWAY_ERR_USER when it cannot be read, is larger than 64 MiB or holds a zero byte
@*/
PetscErrorCode TextFileRead(MPI_Comm comm, const char *name, char **text);

#endif
