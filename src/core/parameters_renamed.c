/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Renamed keys and words: a user who gives an old name is told the new one. */
#include "parameters_impl.h"

#include "causeway/error.h"

#include <string.h>

/* Renamed words of keys; `old_word` is NULL for a renamed key. */
static const struct {
  const char *old_key, *old_word, *new_name;
} renamed[] = {{"granger_keep", NULL, "granger_select"},
               {"granger_statistics", "dual", "conditional"}};

PetscErrorCode ParametersRefuseOldKey(const char *key, const char *source)
{
  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(renamed); k++) {
    UserCheck(renamed[k].old_word || strcasecmp(renamed[k].old_key, key) != 0,
              "%s: has been renamed to %s; use the new name", source, renamed[k].new_name);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersRefuseOldWord(const ParameterSpec *spec, const char *source,
                                       const char *word)
{
  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(renamed); k++) {
    UserCheck(!renamed[k].old_word || strcmp(renamed[k].old_key, spec->key) != 0 ||
                  strcmp(renamed[k].old_word, word) != 0,
              "%s: %s has been renamed to %s; use the new name", source, word, renamed[k].new_name);
  }
  PetscFunctionReturn(0);
}
