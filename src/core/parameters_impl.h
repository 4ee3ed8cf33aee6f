/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PARAMETERS_IMPL_H
#define CAUSEWAY_PARAMETERS_IMPL_H

#include "causeway/parameters.h"

enum { MAX_ENTRIES = 512, KEY_LENGTH = 64, VALUE_LENGTH = PETSC_MAX_PATH_LEN };

typedef struct {
  char key[KEY_LENGTH];
  ParameterSpec spec; /* key and condition point into the entry */
  char *needs;        /* allocated, NULL for none */
  PetscBool differs;  /* the user has set a value other than the default */
  const char *section;
  PetscBool active;
  char *why; /* why the section is not active, allocated; NULL where the command says it */
  PetscBool has_default; /* ParametersSetDefault() was called: `value` replaces the default */
  char default_value[VALUE_LENGTH], value[VALUE_LENGTH];
  char forms[VALUE_LENGTH]; /* "a|b|top:K", or "" */
} Entry;

/* Second key of a parameter, see ParametersPrefix(). */
typedef struct {
  char key[KEY_LENGTH];
  const char *section;
  PetscBool active;
  char *why; /* as for an entry */
} Alias;

/* A key of the file, in its spelling there. */
typedef struct {
  char key[64], value[VALUE_LENGTH];
  size_t line;
  PetscBool is_list;
} FileKey;

struct _p_Parameters {
  MPI_Comm comm;
  char file[PETSC_MAX_PATH_LEN]; /* "" without a file */
  PetscOptions options;          /* options in effect: NULL for PETSc's database, or an own one */
  PetscOptions file_options;     /* options of the file, before the command line */
  PetscOptions line_options;     /* options of the command line */
  const char *section;
  PetscBool active;
  char why[VALUE_LENGTH]; /* why the section is not active; "" when the command says it */
  /* keys that begin with `own` override those with `common` and are recorded instead; "" for none */
  char common[32], own[32];
  PetscBool renames;
  int n_entries, n_aliases, n_file_keys;
  Entry *entries; /* (MAX_ENTRIES), like the arrays below */
  Alias *aliases;
  FileKey *file_keys;
};

/* Reads a YAML file into `file_keys` and the databases; collective. */
PetscErrorCode ParametersLoadFile(Parameters parameters, const char *file);

/* A key of the file, or NULL. */
FileKey *ParametersFileKey(Parameters parameters, const char *key);

/* Whether a database contains a key; NULL is PETSc's own database. */
PetscErrorCode ParametersHasKey(PetscOptions options, const char *key, PetscBool *found);

/* Checks that the user gave exactly one word; refuses a missing word and a list. */
PetscErrorCode ParametersWord(Parameters parameters, const char *key, const char *word,
                              PetscBool set);

/* The user's word for a key of a table; "" and `set` false without one. */
PetscErrorCode ParametersUserWord(Parameters parameters, const char *key, char word[VALUE_LENGTH],
                                  PetscBool *set);

/* Key of the object whose parameters are being read, under ParametersPrefix(). */
const char *ParametersOwnKey(Parameters parameters, const char *key, char own[KEY_LENGTH]);

/* Whether a key is declared, also under ParametersPrefix(); and the declared key nearest to it. */
PetscBool ParametersKnows(Parameters parameters, const char *key);
const char *ParametersNearest(Parameters parameters, const char *key);

/* Entry of a key, NULL without one. */
Entry *ParametersFind(Parameters parameters, const char *key);

/* All words and the form of a specification, "" without any. */
PetscErrorCode ParameterForms(const ParameterSpec *spec, const char *separator, size_t length,
                              char forms[]);

/* Refuse a key, or a word of a choice or list, that has been renamed, with its new name. Not collective. */
PetscErrorCode ParametersRefuseOldKey(const char *key, const char *source);
PetscErrorCode ParametersRefuseOldWord(const ParameterSpec *spec, const char *source,
                                       const char *word);

/* Convert a word to the member of the settings, and the member to a word. */
PetscErrorCode ParameterStore(const ParameterSpec *spec, const char *source, const char *word,
                              void *settings);
void ParameterPrint(const ParameterSpec *spec, const void *settings, char word[VALUE_LENGTH]);

#endif
