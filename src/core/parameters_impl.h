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

/* A key of the file, as it stands there. */
typedef struct {
  char key[64], value[VALUE_LENGTH];
  size_t line;
  PetscBool is_list;
} FileKey;

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
  int n_entries, n_file_keys;
  Entry *entries;
  FileKey *file_keys; /* MAX_ENTRIES */
};

/* Reads a YAML file into `file_keys` and the databases; collective. */
PetscErrorCode ParametersLoadFile(Parameters parameters, const char *file);

/* The key of the file, or NULL. */
FileKey *ParametersFileKey(Parameters parameters, const char *key);

/* Whether a database has a key; NULL for the one of PETSc. */
PetscErrorCode ParametersHasKey(PetscOptions options, const char *key, PetscBool *found);

/* Whether the user gave one word; refuses no word at all, and a list. */
PetscErrorCode ParametersWord(Parameters parameters, const char *key, const char *word,
                              PetscBool set);

#endif
