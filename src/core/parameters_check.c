/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Checks that every option is known and has an effect. */
#include "parameters_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/nearest.h"
#include "causeway/log.h"

#include <stdio.h>
#include <string.h>

/* Length of the reason why a parameter has no effect. */
enum { REASON_LENGTH = 2 * VALUE_LENGTH };

/* Where options come from that are neither in the file nor on the command line. */
static const char foreign_origin[] = "PETSC_OPTIONS, .petscrc or -options_file";

/* The entry whose list of words names what the key asks for, as granger_statistics does for granger_pairwise; or NULL. */
static const char *find_by_word(Parameters parameters, const char *key)
{
  const size_t length = strcspn(key, "_");

  for (int i = 0; key[length] && i < parameters->n_entries; i++) {
    const Entry *entry = &parameters->entries[i];
    const char *word;

    for (int k = 0; !strncasecmp(key, entry->key, length + 1) &&
                    (word = ParameterWordName(&entry->spec, k, NULL));
         k++) {
      if (!strcasecmp(key + length + 1, word)) {
        return entry->key;
      }
    }
  }
  return NULL;
}

const char *ParametersNearest(Parameters parameters, const char *key)
{
  const char *nearest = "";
  int best = 1 << 20;

  for (int i = 0; i < parameters->n_entries; i++) {
    int distance = NearestDistance(key, parameters->entries[i].key);

    if (distance < best) {
      best = distance;
      nearest = parameters->entries[i].key;
    }
  }
  return best > 2 && find_by_word(parameters, key) ? find_by_word(parameters, key) : nearest;
}

PetscBool ParametersKnows(Parameters parameters, const char *key)
{
  for (int i = 0; i < parameters->n_aliases; i++) {
    if (!strcasecmp(parameters->aliases[i].key, key)) {
      return PETSC_TRUE;
    }
  }
  return ParametersFind(parameters, key) ? PETSC_TRUE : PETSC_FALSE;
}

/* Whether an option comes neither from the file nor from the command line. */
static PetscErrorCode is_foreign(Parameters parameters, const char *name, PetscBool *foreign)
{
  PetscBool in_file, in_line;

  PetscFunctionBegin;
  PetscCall(ParametersHasKey(parameters->file_options, name, &in_file));
  PetscCall(ParametersHasKey(parameters->line_options, name, &in_line));
  *foreign = in_file || in_line ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* Whether a value, or one item of a list, occurs in "a|b". */
static PetscBool is_among(const char *value, const char *words, size_t length)
{
  for (const char *item = value; *item; item += strspn(item, ",")) {
    const size_t item_length = strcspn(item, ",");

    for (const char *word = words; word < words + length; word += strspn(word, "|")) {
      const size_t word_length = PetscMin(strcspn(word, "|"), (size_t)(words + length - word));

      if (item_length == word_length && !strncmp(item, word, word_length)) {
        return PETSC_TRUE;
      }
      word += word_length;
    }
    item += item_length;
  }
  return PETSC_FALSE;
}

/* The parts of one condition, "KEY=a|b", "KEY!=a|b" or "KEY". */
typedef struct {
  char key[KEY_LENGTH];
  PetscBool is_given, differs; /* without words; with != */
  const char *words;
  size_t words_length;
} Condition;

static Condition take_apart(const char *text, size_t length)
{
  const size_t key_length = PetscMin(strcspn(text, "!=&|"), length);
  Condition c = {.is_given = key_length == length ? PETSC_TRUE : PETSC_FALSE,
                 .differs = text[key_length] == '!' ? PETSC_TRUE : PETSC_FALSE};

  c.words = text + key_length + (c.is_given ? 0 : c.differs ? 2 : 1);
  c.words_length = (size_t)(text + length - c.words);
  (void)snprintf(c.key, sizeof(c.key), "%.*s", (int)key_length, text);
  return c;
}

static PetscBool is_met(const Entry *entry, const Condition *c)
{
  return !entry || (c->is_given && entry->value[0]) ||
                 (!c->is_given && is_among(entry->value, c->words, c->words_length) != c->differs)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Adds one condition that is not met to the reason why a parameter has no effect. */
static void add_reason(const Entry *entry, const Condition *c, char reason[REASON_LENGTH])
{
  const char *relation = c->is_given ? "" : c->differs ? " other than " : " = ";
  const size_t used = strlen(reason);

  if (used > 0) {
    (void)snprintf(reason + used, REASON_LENGTH - used, ", or %s%s%.*s", c->key, relation,
                   (int)c->words_length, c->words);
  } else if (c->is_given) {
    (void)snprintf(reason, REASON_LENGTH, "without %s", c->key);
  } else {
    (void)snprintf(reason, REASON_LENGTH, "with %s = %s; it needs %s%s%.*s", c->key, entry->value,
                   c->key, relation, (int)c->words_length, c->words);
  }
}

/* Length of the alternative at the beginning of a text: up to "||", or all of it. */
static size_t alternative_length(const char *text, size_t length)
{
  for (size_t k = 0; k + 1 < length; k++) {
    if (text[k] == '|' && text[k + 1] == '|') {
      return k;
    }
  }
  return length;
}

/* Whether no alternative between "||" is met; `reason` then says why. Keys that the command does not use do not count. */
static PetscBool are_unmet(Parameters parameters, const char *text, size_t length,
                           char reason[REASON_LENGTH])
{
  reason[0] = 0;
  for (size_t at = 0; at < length;) {
    const size_t n = alternative_length(text + at, length - at);
    const Condition condition = take_apart(text + at, n);
    const Entry *entry = ParametersFind(parameters, condition.key);

    if (!entry || entry->active) {
      if (is_met(entry, &condition)) {
        return PETSC_FALSE;
      }
      add_reason(entry, &condition, reason);
    }
    at += n + 2;
  }
  return reason[0] ? PETSC_TRUE : PETSC_FALSE;
}

/* Whether one of the conditions between "&" is not met; `reason` then says why. */
static PetscBool is_without_effect(Parameters parameters, const char *needs,
                                   char reason[REASON_LENGTH])
{
  for (const char *at = needs; at && *at; at += strspn(at, "&")) {
    const size_t length = strcspn(at, "&");

    if (are_unmet(parameters, at, length, reason)) {
      return PETSC_TRUE;
    }
    at += length;
  }
  return PETSC_FALSE;
}

/* Whether an entry that these options set has no effect; used_parameters.yaml may set defaults. */
static PetscErrorCode asks_in_vain(Parameters parameters, PetscOptions options, const Entry *entry,
                                   char reason[REASON_LENGTH], PetscBool *in_vain)
{
  PetscFunctionBegin;
  PetscCall(ParametersHasKey(options, entry->key, in_vain));
  *in_vain = *in_vain && entry->active && entry->differs &&
                     is_without_effect(parameters, entry->spec.needs, reason)
                 ? PETSC_TRUE
                 : PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* Logs the sections of the file that this command does not use. */
static PetscErrorCode print_sections(Parameters parameters)
{
  const char *last = "";
  char list[VALUE_LENGTH] = "";
  int n = 0;

  PetscFunctionBegin;
  for (int i = 0; i < parameters->n_entries; i++) {
    const Entry *entry = &parameters->entries[i];
    PetscBool in_file;

    PetscCall(ParametersHasKey(parameters->file_options, entry->key, &in_file));
    if (!in_file || entry->active) {
      continue;
    }
    n++;
    if (strcmp(last, entry->section) != 0) {
      last = entry->section;
      PetscCall(PetscStrlcat(list, list[0] ? ", " : "", sizeof(list)));
      PetscCall(PetscStrlcat(list, last, sizeof(list)));
    }
  }
  if (n > 0) {
    PetscCall(LogPrintf("parameters %s: this command does not use %d of them (%s)\n",
                        parameters->file, n, list));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_without_effect(Parameters parameters)
{
  char reason[REASON_LENGTH];

  PetscFunctionBegin;
  for (int i = 0; i < parameters->n_entries; i++) {
    const Entry *entry = &parameters->entries[i];
    PetscBool in_vain;

    PetscCall(asks_in_vain(parameters, parameters->file_options, entry, reason, &in_vain));
    if (in_vain) {
      PetscCall(
          LogWarning("%s: has no effect %s\n", ParametersSource(parameters, entry->key), reason));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_foreign(Parameters parameters)
{
  PetscBool set, foreign;
  PetscInt n_left;
  char **names, **values;

  PetscFunctionBegin;
  for (int i = 0; i < parameters->n_entries; i++) {
    const Entry *entry = &parameters->entries[i];

    PetscCall(ParametersHasKey(NULL, entry->key, &set));
    PetscCall(is_foreign(parameters, entry->key, &foreign));
    if (set && foreign && entry->active) {
      PetscCall(
          LogPrintf("options    %s = %s from %s\n", entry->key, entry->value, foreign_origin));
    }
  }
  PetscCall(PetscOptionsLeftGet(NULL, &n_left, &names, &values));
  for (PetscInt i = 0; i < n_left; i++) {
    PetscCall(is_foreign(parameters, names[i], &foreign));
    if (foreign && !ParametersKnows(parameters, names[i]) &&
        strncmp(names[i], "options_", 8) != 0) {
      PetscCall(LogWarning("-%s from %s is neither a parameter nor used by PETSc so far\n",
                           names[i], foreign_origin));
    }
  }
  PetscCall(PetscOptionsLeftRestore(NULL, &n_left, &names, &values));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersPrintNotes(Parameters parameters)
{
  PetscFunctionBegin;
  PetscCall(print_foreign(parameters));
  PetscCall(print_sections(parameters));
  PetscCall(print_without_effect(parameters));
  PetscFunctionReturn(0);
}

/* Whether a key begins with the first word of a parameter's, as granger_ordr does. */
static PetscBool looks_like_ours(Parameters parameters, const char *key)
{
  const size_t length = strcspn(key, "_");

  for (int i = 0; key[length] && i < parameters->n_entries; i++) {
    if (!strncasecmp(key, parameters->entries[i].key, length + 1)) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Refuses options that are neither parameters nor used by PETSc. */
static PetscErrorCode check_unknown(Parameters parameters)
{
  PetscInt n_left;
  char **names, **values, from[PETSC_MAX_OPTION_NAME + sizeof(foreign_origin)];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscOptionsLeftGet(NULL, &n_left, &names, &values));
  for (PetscInt i = 0; i < n_left && !status; i++) {
    PetscBool foreign;

    /* of the options from the environment or .petscrc, PETSc may use some later */
    PetscCall(is_foreign(parameters, names[i], &foreign));
    if ((!foreign || looks_like_ours(parameters, names[i])) &&
        !ParametersKnows(parameters, names[i]) && strncmp(names[i], "options_", 8) != 0) {
      const char *source = ParametersSource(parameters, names[i]);

      if (foreign) {
        (void)snprintf(from, sizeof(from), "-%s from %s", names[i], foreign_origin);
        source = from;
      }

      status = ParametersRefuseOldKey(names[i], source);
      status = status ? status
                      : UserError("%s: is not a known option; the nearest is %s (causeway help "
                                  "-all lists all)",
                                  source, ParametersNearest(parameters, names[i]));
    }
  }
  PetscCall(PetscOptionsLeftRestore(NULL, &n_left, &names, &values));
  PetscFunctionReturn(status);
}

static PetscErrorCode check_active(Parameters parameters, const char *key, const char *section,
                                   PetscBool active, const char *why)
{
  PetscBool in_line;

  PetscFunctionBegin;
  PetscCall(ParametersHasKey(parameters->line_options, key, &in_line));
  UserCheck(!in_line || active || !why, "-%s: has no effect %s; remove it", key, why);
  UserCheck(!in_line || active,
            "-%s: this command does not use the parameters of \"%s\"; remove it", key, section);
  PetscFunctionReturn(0);
}

static PetscErrorCode check_needs(Parameters parameters, const Entry *entry)
{
  char reason[REASON_LENGTH] = "";
  PetscBool in_vain;

  PetscFunctionBegin;
  PetscCall(asks_in_vain(parameters, parameters->line_options, entry, reason, &in_vain));
  UserCheck(!in_vain, "-%s: has no effect %s", entry->key, reason);
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersCheck(Parameters parameters)
{
  PetscErrorCode status = check_unknown(parameters);

  PetscFunctionBegin;
  for (int i = 0; i < parameters->n_entries && !status; i++) {
    const Entry *entry = &parameters->entries[i];

    status = check_active(parameters, entry->key, entry->section, entry->active, entry->why);
    status = status ? status : check_needs(parameters, entry);
  }
  for (int i = 0; i < parameters->n_aliases && !status; i++) {
    const Alias *alias = &parameters->aliases[i];

    status = check_active(parameters, alias->key, alias->section, alias->active, alias->why);
  }
  PetscCall(ErrorAgree(parameters->comm, status));
  PetscFunctionReturn(0);
}
