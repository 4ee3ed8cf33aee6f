/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Declares tables of parameters and reads them. */
#include "parameters_impl.h"

#include "causeway/error.h"

#include <stdio.h>
#include <string.h>

/* Replaces the beginning `from` of a key by `to`; other keys are returned unchanged. */
static const char *exchange(const char *key, const char *from, const char *to,
                            char other[KEY_LENGTH])
{
  const size_t length = strlen(from);

  if (!length || strncmp(key, from, length) != 0) {
    return key;
  }
  (void)snprintf(other, KEY_LENGTH, "%s%s", to, key + length);
  return other;
}

const char *ParametersOwnKey(Parameters p, const char *key, char own[KEY_LENGTH])
{
  return exchange(key, p->common, p->own, own);
}

/* The key under which a parameter of a table is recorded. */
static const char *recorded_key(Parameters p, const char *key, char own[KEY_LENGTH])
{
  return p->renames ? ParametersOwnKey(p, key, own) : key;
}

Entry *ParametersFind(Parameters p, const char *key)
{
  for (int k = 0; k < p->n_entries; k++) {
    if (!strcasecmp(p->entries[k].key, key)) { /* PETSc ignores case */
      return &p->entries[k];
    }
  }
  return NULL;
}

static PetscErrorCode add_alias(Parameters p, const char *key)
{
  Alias *alias;

  PetscFunctionBegin;
  for (int k = 0; k < p->n_aliases; k++) {
    if (!strcmp(p->aliases[k].key, key)) {
      p->aliases[k].active = p->aliases[k].active || p->active ? PETSC_TRUE : PETSC_FALSE;
      PetscFunctionReturn(0);
    }
  }
  PetscCheck(p->n_aliases < MAX_ENTRIES, PETSC_COMM_SELF, PETSC_ERR_PLIB, "more than %d aliases",
             MAX_ENTRIES);
  alias = &p->aliases[p->n_aliases++];
  alias->section = p->section;
  alias->active = p->active;
  alias->why = NULL;
  if (p->why[0]) {
    PetscCall(PetscStrallocpy(p->why, &alias->why));
  }
  PetscCall(PetscStrncpy(alias->key, key, sizeof(alias->key)));
  PetscFunctionReturn(0);
}

/* Lists the default of the first object and the other objects' different defaults: "2; causalformer: 10". */
static PetscErrorCode add_default(Parameters p, Entry *entry, const char *standard)
{
  char note[128];

  PetscFunctionBegin;
  if (strcmp(standard, entry->spec.standard) != 0) {
    (void)snprintf(note, sizeof(note), "; %.*s: %s", (int)strcspn(p->own, "_"), p->own, standard);
    PetscCall(PetscStrlcat(entry->default_value, note, VALUE_LENGTH));
  }
  PetscFunctionReturn(0);
}

/* Joins two conditions, either of which may be NULL. */
static PetscErrorCode join_needs(const char *condition, const char *needs, char **joined)
{
  const size_t length =
      (condition ? strlen(condition) : 0) + (needs ? strlen(needs) : 0) + sizeof("&");

  PetscFunctionBegin;
  *joined = NULL;
  if (condition || needs) {
    PetscCall(PetscMalloc1(length, joined));
    (void)snprintf(*joined, length, "%s%s%s", condition ? condition : "",
                   condition && needs ? "&" : "", needs ? needs : "");
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode declare(Parameters p, const ParameterSpec *spec, const char *condition)
{
  char own[KEY_LENGTH];
  const char *key = recorded_key(p, spec->key, own);
  Entry *entry = ParametersFind(p, key);

  PetscFunctionBegin;
  if (!entry) {
    PetscCheck(p->n_entries < MAX_ENTRIES, PETSC_COMM_SELF, PETSC_ERR_PLIB,
               "more than %d parameters", MAX_ENTRIES);
    entry = &p->entries[p->n_entries++];
    *entry = (Entry){.spec = *spec, .section = p->section, .active = p->active};
    if (p->why[0]) {
      PetscCall(PetscStrallocpy(p->why, &entry->why));
    }
    PetscCall(PetscStrncpy(entry->key, key, sizeof(entry->key)));
    entry->spec.key = entry->key;
    PetscCall(join_needs(condition, spec->needs, &entry->needs));
    entry->spec.needs = entry->needs;
    PetscCall(PetscStrncpy(entry->value, spec->standard, VALUE_LENGTH));
    PetscCall(PetscStrncpy(entry->default_value, spec->standard, VALUE_LENGTH));
    PetscCall(ParameterForms(spec, "|", VALUE_LENGTH, entry->forms));
  } else {
    PetscCheck(p->common[0], PETSC_COMM_SELF, PETSC_ERR_PLIB, "%s is declared twice", key);
    entry->active = entry->active || p->active ? PETSC_TRUE : PETSC_FALSE;
  }
  if (p->common[0]) {
    PetscCall(add_default(p, entry, spec->standard));
    PetscCall(add_alias(p, p->renames ? spec->key : ParametersOwnKey(p, spec->key, own)));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersDeclareFor(Parameters p, const ParameterSpec specs[],
                                    const char *condition)
{
  PetscFunctionBegin;
  for (; specs->key; specs++) {
    PetscCall(declare(p, specs, condition));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersDeclare(Parameters p, const ParameterSpec specs[])
{
  PetscFunctionBegin;
  PetscCall(ParametersDeclareFor(p, specs, NULL));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_one(Parameters p, const ParameterSpec *spec, void *settings)
{
  char own[KEY_LENGTH], word[VALUE_LENGTH], standard[VALUE_LENGTH];
  const char *key = recorded_key(p, spec->key, own);
  Entry *entry = ParametersFind(p, key);
  PetscBool set;

  PetscFunctionBegin;
  PetscCheck(entry, PETSC_COMM_SELF, PETSC_ERR_PLIB, "%s is read but not declared", key);
  ParameterPrint(spec, settings, standard);
  PetscCall(ParametersUserWord(p, spec->key, word, &set));
  if (set) {
    if (spec->kind == PARAMETER_TEXT || spec->kind == PARAMETER_REALS ||
        spec->kind == PARAMETER_LIST) {
      UserCheck(word[0], "%s: needs a value", ParametersSource(p, spec->key));
    } else {
      const PetscBool may_be_empty = spec->kind == PARAMETER_FLAG ? PETSC_TRUE : PETSC_FALSE;

      PetscCall(ParametersWord(p, spec->key, word[0] || !may_be_empty ? word : "true", set));
    }
    PetscCall(ParameterStore(spec, ParametersSource(p, spec->key), word, settings));
  } else if (entry->has_default) {
    PetscCall(ParameterStore(spec, key, entry->value, settings));
  }
  ParameterPrint(spec, settings, entry->value);
  entry->differs = entry->differs || (set && strcmp(entry->value, standard) != 0);
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersRead(Parameters p, const ParameterSpec specs[], void *settings)
{
  PetscFunctionBegin;
  for (; specs->key; specs++) {
    PetscCall(read_one(p, specs, settings));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersSetDefault(Parameters p, const char *key, const char *value)
{
  Entry *entry = ParametersFind(p, key);

  PetscFunctionBegin;
  PetscCheck(entry, PETSC_COMM_SELF, PETSC_ERR_PLIB, "%s is not declared", key);
  entry->has_default = PETSC_TRUE;
  PetscCall(PetscStrncpy(entry->value, value, VALUE_LENGTH));
  PetscFunctionReturn(0);
}

PetscBool ParametersPrepares(Parameters p, const char *key)
{
  const Entry *entry = ParametersFind(p, key);

  return entry ? entry->spec.prepares : PETSC_FALSE;
}

int ParametersCount(Parameters parameters)
{
  return parameters->n_entries;
}

static void fill_info(const Entry *entry, ParameterInfo *info)
{
  const char *unit = entry->spec.unit;

  *info = (ParameterInfo){.spec = &entry->spec,
                          .key = entry->key,
                          .unit = unit && strcmp(unit, "1") != 0 ? unit : "",
                          .text = entry->spec.text,
                          .section = entry->section,
                          .default_value = entry->default_value,
                          .value = entry->value,
                          .forms = entry->forms,
                          .is_flag = entry->spec.kind == PARAMETER_FLAG ? PETSC_TRUE : PETSC_FALSE,
                          .active = entry->active};
}

void ParametersInfo(Parameters parameters, int k, ParameterInfo *info)
{
  fill_info(&parameters->entries[k], info);
}

PetscBool ParametersLookUp(Parameters parameters, const char *key, ParameterInfo *info)
{
  const Entry *entry = ParametersFind(parameters, key);

  if (entry) {
    fill_info(entry, info);
  }
  return entry ? PETSC_TRUE : PETSC_FALSE;
}
