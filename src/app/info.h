/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_INFO_H
#define CAUSEWAY_INFO_H

#include "app.h"

/*@
  InfoPrint - prints what a file, or the directory of a run, is and which options read it; then the
              contents of a file

  Collective
  Input:  path - file or directory; NULL when none is given, which is an error
  Errors: CAUSEWAY_ERR_USER for a file of unknown format or damaged, and for a directory without a
          run
@*/
PetscErrorCode InfoPrint(Run *run, const char *path);

/* Prints the same for a directory. Not collective: rank 0. */
PetscErrorCode InfoPrintRun(const char *directory, PetscBool json);

#endif
