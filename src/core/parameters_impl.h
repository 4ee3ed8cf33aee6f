/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PARAMETERS_IMPL_H
#define CAUSEWAY_PARAMETERS_IMPL_H

#include "causeway/parameters.h"

enum { MAX_ENTRIES = 512, VALUE_LENGTH = PETSC_MAX_PATH_LEN };

typedef struct {
  char key[64];
  const char *unit, *text, *section;
  PetscBool active, is_flag;
  char default_value[VALUE_LENGTH], value[VALUE_LENGTH];
  char choices[VALUE_LENGTH]; /* "a|b|c", or "" */
} Entry;

struct _p_Parameters {
  MPI_Comm comm;
  char file[PETSC_MAX_PATH_LEN]; /* "" when none */
  PetscOptions file_options;     /* what the file says, before the command line */
  PetscOptions line_options;     /* what the command line says */
  const char *section;
  PetscBool active;
  /* keys that begin with `common` are those of `own` first, "" for none, and are recorded as such */
  char common[32], own[32];
  PetscBool renames;
  int n_entries;
  Entry *entries;
};

#endif
