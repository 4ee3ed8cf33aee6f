/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OPTIONS_FILE_H
#define CAUSEWAY_OPTIONS_FILE_H

#include <petscsys.h>

/* Whether PETSc can read a file of its options; if not, `mistake` says what is wrong. PETSc itself
   would end with a stack trace, or hang on several ranks. Needs neither PETSc nor MPI to be
   initialized. */
PetscBool OptionsFileIsSound(const char *name, size_t length, char mistake[]);

/* Checks the files that PETSc reads by default: .petscrc and petscrc here, and the user's
   .petscrc. */
PetscBool OptionsFilesAreSound(size_t length, char mistake[]);

#endif
