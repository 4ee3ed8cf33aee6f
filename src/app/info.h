/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_INFO_H
#define CAUSEWAY_INFO_H

#include "app.h"

/*@
  InfoPrint - what a file, or the directory of a run, is and which options read it; then all that a file holds

  Collective
  Input:  path - or NULL when none is given, an error
  Errors: CAUSEWAY_ERR_USER for what is of no known format, or damaged, and for a directory without a run
@*/
PetscErrorCode InfoPrint(App *app, const char *path);

/* The same of a directory. Not collective: rank 0. */
PetscErrorCode InfoPrintRun(const char *directory, PetscBool json);

#endif
