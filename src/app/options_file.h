/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OPTIONS_FILE_H
#define CAUSEWAY_OPTIONS_FILE_H

#include <petscsys.h>

/* Whether PETSc can read a file of its options; else `mistake` says what is wrong. PETSc itself ends in a trace, or
   waits for ever on several ranks. Needs neither PETSc nor MPI to be initialized. */
PetscBool OptionsFileIsSound(const char *name, size_t length, char mistake[]);

/* The same for those that PETSc reads unasked: .petscrc and petscrc here, .petscrc of the user. */
PetscBool OptionsFilesAreSound(size_t length, char mistake[]);

#endif
