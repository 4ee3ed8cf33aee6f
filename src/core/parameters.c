/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parameters_impl.h"

#include "causeway/error.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PetscErrorCode ParametersCreate(MPI_Comm comm, Parameters *parameters)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(parameters));
  (*parameters)->comm = comm;
  (*parameters)->section = "general";
  (*parameters)->active = PETSC_TRUE;
  PetscCall(PetscOptionsCreate(&(*parameters)->file_options));
  PetscCall(PetscOptionsCreate(&(*parameters)->line_options));
  PetscCall(PetscCalloc1(MAX_ENTRIES, &(*parameters)->entries));
  PetscCall(PetscCalloc1(MAX_ENTRIES, &(*parameters)->aliases));
  PetscCall(PetscCalloc1(MAX_ENTRIES, &(*parameters)->file_keys));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersDestroy(Parameters *parameters)
{
  PetscFunctionBegin;
  if (*parameters) {
    PetscCall(PetscOptionsDestroy(&(*parameters)->options));
    PetscCall(PetscOptionsDestroy(&(*parameters)->file_options));
    PetscCall(PetscOptionsDestroy(&(*parameters)->line_options));
    for (int k = 0; k < (*parameters)->n_entries; k++) {
      PetscCall(PetscFree((*parameters)->entries[k].needs));
    }
    for (int k = 0; k < (*parameters)->n_entries; k++) {
      PetscCall(PetscFree((*parameters)->entries[k].why));
    }
    for (int k = 0; k < (*parameters)->n_aliases; k++) {
      PetscCall(PetscFree((*parameters)->aliases[k].why));
    }
    PetscCall(PetscFree((*parameters)->entries));
    PetscCall(PetscFree((*parameters)->aliases));
    PetscCall(PetscFree((*parameters)->file_keys));
    PetscCall(PetscFree(*parameters));
  }
  PetscFunctionReturn(0);
}

/* A word is an option when it starts with a dash and is not a negative number. */
static PetscBool is_option(const char *word)
{
  return word[0] == '-' && isalpha((unsigned char)word[1]) ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode ParametersLoad(Parameters parameters, const char *file, int argc, char **argv)
{
  PetscFunctionBegin;
  if (file) {
    PetscCall(ParametersLoadFile(parameters, file));
  }
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc && !is_option(argv[i + 1]) ? argv[i + 1] : NULL;

    UserCheck(is_option(argv[i]),
              "%s: is neither an option nor the value of one; start options with one dash, "
              "and put the parameter file first",
              argv[i]);
    PetscCall(PetscOptionsSetValue(parameters->line_options, argv[i], value));
    PetscCall(PetscOptionsSetValue(parameters->options, argv[i], value));
    i += value ? 1 : 0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersSet(Parameters parameters, const char *key, const char *value)
{
  char name[PETSC_MAX_OPTION_NAME];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "-%s", key));
  PetscCall(PetscOptionsSetValue(parameters->line_options, name, value));
  PetscCall(PetscOptionsSetValue(parameters->options, name, value));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersRecord(Parameters parameters, const char *key, const char *value)
{
  PetscFunctionBegin;
  for (int k = 0; k < parameters->n_entries; k++) {
    if (!strcmp(parameters->entries[k].key, key)) {
      PetscCall(PetscStrncpy(parameters->entries[k].value, value, VALUE_LENGTH));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersSection(Parameters parameters, const char *name, PetscBool active)
{
  PetscFunctionBegin;
  parameters->section = name;
  parameters->active = active;
  parameters->why[0] = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersExplain(Parameters parameters, const char *why)
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(parameters->why, parameters->active ? "" : why, VALUE_LENGTH));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersPrefix(Parameters parameters, const char *common, const char *own,
                                PetscBool renames)
{
  PetscFunctionBegin;
  parameters->renames = renames;
  PetscCall(PetscStrncpy(parameters->common, common ? common : "", sizeof(parameters->common)));
  PetscCall(PetscStrncpy(parameters->own, own ? own : "", sizeof(parameters->own)));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersHasKey(PetscOptions options, const char *key, PetscBool *found)
{
  char name[PETSC_MAX_OPTION_NAME];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "-%s", key));
  PetscCall(PetscOptionsHasName(options, NULL, name, found));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersIsSet(Parameters parameters, const char *key, PetscBool *set)
{
  char own[KEY_LENGTH];

  PetscFunctionBegin;
  PetscCall(ParametersHasKey(parameters->options, ParametersOwnKey(parameters, key, own), set));
  if (!*set) {
    PetscCall(ParametersHasKey(parameters->options, key, set));
  }
  PetscFunctionReturn(0);
}

const char *ParametersSource(Parameters parameters, const char *key)
{
  static char source[PETSC_MAX_PATH_LEN + PETSC_MAX_OPTION_NAME];
  PetscBool in_line = PETSC_FALSE, in_file = PETSC_FALSE, is_own = PETSC_FALSE;
  char own[KEY_LENGTH];

  if (!ParametersHasKey(parameters->options, ParametersOwnKey(parameters, key, own), &is_own) &&
      is_own) {
    key = ParametersOwnKey(parameters, key, own);
  }
  if (!ParametersHasKey(parameters->line_options, key, &in_line) && !in_line) {
    (void)ParametersHasKey(parameters->file_options, key, &in_file);
  }
  if (in_file) {
    const FileKey *entry = ParametersFileKey(parameters, key);

    (void)snprintf(source, sizeof(source), "%s: line %zu: %s", parameters->file,
                   entry ? entry->line : 0, key);
  } else {
    (void)snprintf(source, sizeof(source), "%s%s", parameters->options ? "" : "-", key);
  }
  return source;
}

/* Gets the user's word if there is one; PETSc would truncate a long one silently. */
static PetscErrorCode get_word(Parameters parameters, const char *key, char word[VALUE_LENGTH],
                               PetscBool *set)
{
  char name[PETSC_MAX_OPTION_NAME];
  const char *value;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "-%s", key));
  PetscCall(PetscOptionsFindPair(parameters->options, NULL, name, &value, set));
  if (*set) {
    value = value ? value : "";
    UserCheck(strlen(value) < VALUE_LENGTH, "%s: the value is longer than %d characters",
              ParametersSource(parameters, key), VALUE_LENGTH - 1);
    PetscCall(PetscStrncpy(word, value, VALUE_LENGTH));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersUserWord(Parameters parameters, const char *key, char word[VALUE_LENGTH],
                                  PetscBool *set)
{
  char own[KEY_LENGTH];
  PetscBool is_own;

  PetscFunctionBegin;
  word[0] = 0;
  PetscCall(get_word(parameters, key, word, set));
  if (parameters->common[0]) {
    PetscCall(get_word(parameters, ParametersOwnKey(parameters, key, own), word, &is_own));
    *set = *set || is_own ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersWord(Parameters parameters, const char *key, const char *word,
                              PetscBool set)
{
  PetscBool in_line;
  const FileKey *entry;
  char own[KEY_LENGTH];

  PetscFunctionBegin;
  if (!set) {
    PetscFunctionReturn(0);
  }
  UserCheck(word[0], "%s: needs a value", ParametersSource(parameters, key));
  entry = ParametersFileKey(parameters, ParametersOwnKey(parameters, key, own));
  entry = entry ? entry : ParametersFileKey(parameters, key);
  PetscCall(ParametersHasKey(parameters->line_options, entry ? entry->key : key, &in_line));
  UserCheck(!entry || !entry->is_list || in_line, "%s: is a list; expected one value",
            ParametersSource(parameters, key));
  PetscFunctionReturn(0);
}

/* Records an option that a PETSc object has read, as a parameter of the section. */
static PetscErrorCode record_option(Parameters parameters, const char *key)
{
  Entry *entry = &parameters->entries[parameters->n_entries];
  PetscBool set;

  PetscFunctionBegin;
  PetscCheck(parameters->n_entries < MAX_ENTRIES, PETSC_COMM_SELF, PETSC_ERR_PLIB,
             "more than %d parameters", MAX_ENTRIES);
  *entry = (Entry){.section = parameters->section, .active = parameters->active};
  entry->spec = (ParameterSpec){
      .key = entry->key, .kind = PARAMETER_TEXT, .standard = "", .text = "Option of PETSc"};
  PetscCall(PetscStrncpy(entry->key, key, sizeof(entry->key)));
  PetscCall(ParametersUserWord(parameters, key, entry->value, &set));
  parameters->n_entries++;
  PetscFunctionReturn(0);
}

/* Records the options with one of the prefixes in a text of PetscOptionsGetAll(). */
static PetscErrorCode record_used(Parameters parameters, char *text, const char *const prefixes[])
{
  char *rest = text, *word;

  PetscFunctionBegin;
  while ((word = strsep(&rest, " "))) {
    const char *value = rest;
    PetscBool used;

    for (int k = 0; word[0] == '-' && prefixes[k]; k++) {
      if (strncmp(word + 1, prefixes[k], strlen(prefixes[k])) != 0) {
        continue;
      }
      PetscCall(PetscOptionsUsed(parameters->options, word + 1, &used));
      for (int i = 0; i < parameters->n_entries;
           i++) { /* set in the file and on the command line */
        used = used && strcmp(parameters->entries[i].key, word + 1) != 0 ? PETSC_TRUE : PETSC_FALSE;
      }
      if (used && value && value[0] && (value[0] != '-' || isdigit((unsigned char)value[1]))) {
        PetscCall(record_option(parameters, word + 1));
      }
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersPetsc(Parameters parameters, const char *const prefixes[])
{
  PetscOptions both[2] = {parameters->line_options, parameters->file_options};

  PetscFunctionBegin;
  for (int k = 0; k < 2; k++) {
    char *text;

    PetscCall(PetscOptionsGetAll(both[k], &text));
    PetscCall(record_used(parameters, text, prefixes));
    PetscCall(PetscFree(text));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParseFilePath(const char *specification, size_t length, char file[], char path[])
{
  const char *colon = NULL;

  PetscFunctionBegin;
  for (const char *at = specification; (at = strstr(at, ":/")); at++) {
    colon = at;
  }
  /* PetscStrncpy() copies at most length - 1 characters and terminates the string */
  PetscCall(PetscStrncpy(file, specification,
                         colon ? PetscMin(length, (size_t)(colon - specification) + 1) : length));
  PetscCall(PetscStrncpy(path, colon ? colon + 1 : "", length));
  PetscFunctionReturn(0);
}
