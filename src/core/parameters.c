/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parameters_impl.h"

#include "causeway/error.h"
#include "causeway/number.h"

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
  PetscCall(PetscCalloc1(MAX_ENTRIES, &(*parameters)->file_keys));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersDestroy(Parameters *parameters)
{
  PetscFunctionBegin;
  if (*parameters) {
    PetscCall(PetscOptionsDestroy(&(*parameters)->file_options));
    PetscCall(PetscOptionsDestroy(&(*parameters)->line_options));
    PetscCall(PetscFree((*parameters)->entries));
    PetscCall(PetscFree((*parameters)->file_keys));
    PetscCall(PetscFree(*parameters));
  }
  PetscFunctionReturn(0);
}

/* A word is an option when it starts with a dash that no number follows. */
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
              "%s: is neither an option nor the value of one; options start with "
              "one dash, the parameter file comes first",
              argv[i]);
    PetscCall(PetscOptionsSetValue(parameters->line_options, argv[i], value));
    PetscCall(PetscOptionsSetValue(NULL, argv[i], value));
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
  PetscCall(PetscOptionsSetValue(NULL, name, value));
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

/* The key of `own` that stands for one of `common`, or the key itself. */
static const char *own_key(Parameters parameters, const char *key, char own[64])
{
  const size_t length = strlen(parameters->common);

  if (!length || strncmp(key, parameters->common, length) != 0) {
    return key;
  }
  (void)snprintf(own, 64, "%s%s", parameters->own, key + length);
  return own;
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
  char own[64];

  PetscFunctionBegin;
  PetscCall(ParametersHasKey(NULL, own_key(parameters, key, own), set));
  if (!*set) {
    PetscCall(ParametersHasKey(NULL, key, set));
  }
  PetscFunctionReturn(0);
}

const char *ParametersSource(Parameters parameters, const char *key)
{
  static char source[PETSC_MAX_PATH_LEN + PETSC_MAX_OPTION_NAME];
  PetscBool in_line = PETSC_FALSE, in_file = PETSC_FALSE, is_own = PETSC_FALSE;
  char own[64];

  if (!ParametersHasKey(NULL, own_key(parameters, key, own), &is_own) && is_own) {
    key = own_key(parameters, key, own);
  }
  if (!ParametersHasKey(parameters->line_options, key, &in_line) && !in_line) {
    (void)ParametersHasKey(parameters->file_options, key, &in_file);
  }
  if (in_file) {
    const FileKey *entry = ParametersFileKey(parameters, key);

    (void)snprintf(source, sizeof(source), "%s: line %zu: %s", parameters->file,
                   entry ? entry->line : 0, key);
  } else {
    (void)snprintf(source, sizeof(source), "-%s", key);
  }
  return source;
}

/* The user's word, where there is one; PETSc would cut a long one without a word. */
static PetscErrorCode get_word(Parameters parameters, const char *key, char word[VALUE_LENGTH],
                               PetscBool *set)
{
  char name[PETSC_MAX_OPTION_NAME];
  const char *value;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "-%s", key));
  PetscCall(PetscOptionsFindPair(NULL, NULL, name, &value, set));
  if (*set) {
    value = value ? value : "";
    UserCheck(strlen(value) < VALUE_LENGTH, "%s: the value is longer than %d characters",
              ParametersSource(parameters, key), VALUE_LENGTH - 1);
    PetscCall(PetscStrncpy(word, value, VALUE_LENGTH));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersWord(Parameters parameters, const char *key, const char *word,
                              PetscBool set)
{
  PetscBool in_line;
  const FileKey *entry;
  char own[64];

  PetscFunctionBegin;
  if (!set) {
    PetscFunctionReturn(0);
  }
  UserCheck(word[0], "%s: needs a value", ParametersSource(parameters, key));
  entry = ParametersFileKey(parameters, own_key(parameters, key, own));
  entry = entry ? entry : ParametersFileKey(parameters, key);
  PetscCall(ParametersHasKey(parameters->line_options, entry ? entry->key : key, &in_line));
  UserCheck(!entry || !entry->is_list || in_line, "%s: is a list, where one value is expected",
            ParametersSource(parameters, key));
  PetscFunctionReturn(0);
}

/* Remembers the key with its default; `text` receives the user's word, NULL when not set. */
static PetscErrorCode remember(Parameters parameters, const char *key, const char *unit,
                               const char *meaning, const char *default_value, Entry **entry,
                               char word[VALUE_LENGTH], PetscBool *set)
{
  char own[64];

  PetscFunctionBegin;
  PetscCheck(parameters->n_entries < MAX_ENTRIES, PETSC_COMM_SELF, PETSC_ERR_PLIB,
             "more than %d parameters", MAX_ENTRIES);
  *entry = &parameters->entries[parameters->n_entries++];
  PetscCall(PetscStrncpy((*entry)->key, parameters->renames ? own_key(parameters, key, own) : key,
                         sizeof((*entry)->key)));
  (*entry)->unit = unit;
  (*entry)->text = meaning;
  (*entry)->section = parameters->section;
  (*entry)->active = parameters->active;
  PetscCall(PetscStrncpy((*entry)->default_value, default_value, VALUE_LENGTH));
  PetscCall(PetscStrncpy((*entry)->value, default_value, VALUE_LENGTH));
  word[0] = 0;
  PetscCall(get_word(parameters, key, word, set));
  if (parameters->common[0]) {
    PetscBool is_own;

    PetscCall(get_word(parameters, own_key(parameters, key, own), word, &is_own));
    *set = *set || is_own ? PETSC_TRUE : PETSC_FALSE;
  }
  if (*set) {
    PetscCall(PetscStrncpy((*entry)->value, word, VALUE_LENGTH));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersReal(Parameters parameters, const char *key, const char *unit,
                              const char *text, double low, double high, double *value)
{
  char word[VALUE_LENGTH], standard[NUMBER_LENGTH];
  Entry *entry;
  PetscBool set;

  PetscFunctionBegin;
  (void)snprintf(standard, sizeof(standard), "%.15g", *value);
  PetscCall(remember(parameters, key, unit, text, standard, &entry, word, &set));
  PetscCall(ParametersWord(parameters, key, word, set));
  if (set) {
    UserCheck(NumberWithUnit(word, unit, value), "%s = %s: expected a number [%s]",
              ParametersSource(parameters, key), word, unit);
    UserCheck(*value >= low && *value <= high, "%s = %s: must lie between %g and %g [%s]",
              ParametersSource(parameters, key), word, low, high, unit);
    NumberPrint(*value, entry->value);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersInteger(Parameters parameters, const char *key, const char *unit,
                                 const char *text, int64_t low, int64_t high, int64_t *value)
{
  char word[VALUE_LENGTH], standard[NUMBER_LENGTH];
  Entry *entry;
  PetscBool set;

  PetscFunctionBegin;
  (void)snprintf(standard, sizeof(standard), "%lld", (long long)*value);
  PetscCall(remember(parameters, key, unit, text, standard, &entry, word, &set));
  PetscCall(ParametersWord(parameters, key, word, set));
  if (set) {
    UserCheck(NumberInteger(word, value), "%s = %s: expected an integer [%s]",
              ParametersSource(parameters, key), word, unit);
    UserCheck(*value >= low && *value <= high, "%s = %s: must lie between %lld and %lld [%s]",
              ParametersSource(parameters, key), word, (long long)low, (long long)high, unit);
    (void)snprintf(entry->value, VALUE_LENGTH, "%lld", (long long)*value);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersFlag(Parameters parameters, const char *key, const char *text,
                              PetscBool *value)
{
  static const char *const yes[] = {"", "true", "yes", "on", "1"};
  static const char *const no[] = {"false", "no", "off", "0"};
  char word[VALUE_LENGTH];
  Entry *entry;
  PetscBool set, known = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(remember(parameters, key, NULL, text, *value ? "true" : "false", &entry, word, &set));
  entry->is_flag = PETSC_TRUE;
  PetscCall(ParametersWord(parameters, key, word[0] ? word : "true", set));
  if (set) {
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(yes); i++) {
      if (!strcasecmp(word, yes[i])) {
        known = *value = PETSC_TRUE;
      }
    }
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(no); i++) {
      if (!strcasecmp(word, no[i])) {
        known = PETSC_TRUE;
        *value = PETSC_FALSE;
      }
    }
    UserCheck(known, "%s = %s: expected true or false%s", ParametersSource(parameters, key), word,
              strpbrk(word, "./") ? "; the parameter file comes before the options" : "");
    PetscCall(PetscStrncpy(entry->value, *value ? "true" : "false", VALUE_LENGTH));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersString(Parameters parameters, const char *key, const char *text,
                                size_t length, char value[])
{
  char word[VALUE_LENGTH];
  Entry *entry;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(remember(parameters, key, NULL, text, value, &entry, word, &set));
  if (set) {
    UserCheck(word[0], "%s: needs a value", ParametersSource(parameters, key));
    UserCheck(strlen(word) < length, "%s: is longer than %zu characters",
              ParametersSource(parameters, key), length - 1);
    PetscCall(PetscStrncpy(value, word, length));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersChoice(Parameters parameters, const char *key, const char *text,
                                const char *const choices[], int *value)
{
  char word[VALUE_LENGTH];
  Entry *entry;
  PetscBool set;
  int chosen = -1;

  PetscFunctionBegin;
  PetscCall(remember(parameters, key, NULL, text, choices[*value], &entry, word, &set));
  for (int i = 0; choices[i]; i++) {
    if (i > 0) {
      PetscCall(PetscStrlcat(entry->choices, "|", VALUE_LENGTH));
    }
    PetscCall(PetscStrlcat(entry->choices, choices[i], VALUE_LENGTH));
    if (set && !strcmp(choices[i], word)) {
      chosen = i;
    }
  }
  PetscCall(ParametersWord(parameters, key, word, set));
  if (set) {
    UserCheck(chosen >= 0, "%s = %s: must be one of %s", ParametersSource(parameters, key), word,
              entry->choices);
    *value = chosen;
  }
  PetscFunctionReturn(0);
}

/* Options with one of the prefixes, of a text as PetscOptionsGetAll() writes it. */
static PetscErrorCode record_used(Parameters parameters, char *text, const char *const prefixes[])
{
  char *rest = text, *word;

  PetscFunctionBegin;
  while ((word = strsep(&rest, " "))) {
    const char *value = rest;
    PetscBool used;
    char unused[VALUE_LENGTH] = "";

    for (int k = 0; word[0] == '-' && prefixes[k]; k++) {
      if (strncmp(word + 1, prefixes[k], strlen(prefixes[k])) != 0) {
        continue;
      }
      PetscCall(PetscOptionsUsed(NULL, word + 1, &used));
      for (int i = 0; i < parameters->n_entries; i++) { /* given in the file and in the line */
        used = used && strcmp(parameters->entries[i].key, word + 1) != 0 ? PETSC_TRUE : PETSC_FALSE;
      }
      if (used && value && value[0] && (value[0] != '-' || isdigit((unsigned char)value[1]))) {
        PetscCall(
            ParametersString(parameters, word + 1, "option of PETSc", sizeof(unused), unused));
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
  /* PetscStrncpy() copies up to length - 1 characters and ends the string */
  PetscCall(PetscStrncpy(file, specification,
                         colon ? PetscMin(length, (size_t)(colon - specification) + 1) : length));
  PetscCall(PetscStrncpy(path, colon ? colon + 1 : "", length));
  PetscFunctionReturn(0);
}
