/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Options that are set, against those that the program knows. */
#include "parameters_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/nearest.h"

#include <string.h>

static const char *nearest_key(Parameters parameters, const char *key)
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
  return nearest;
}

/* Neither in the file nor on the command line. */
static PetscErrorCode is_foreign(Parameters parameters, const char *name, PetscBool *foreign)
{
  PetscBool in_file, in_line;

  PetscFunctionBegin;
  PetscCall(ParametersHasKey(parameters->file_options, name, &in_file));
  PetscCall(ParametersHasKey(parameters->line_options, name, &in_line));
  *foreign = in_file || in_line ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersPrintForeign(Parameters parameters)
{
  static const char origin[] = "PETSC_OPTIONS, .petscrc or -options_file";
  PetscBool set, foreign;
  PetscInt n_left;
  char **names, **values;

  PetscFunctionBegin;
  for (int i = 0; i < parameters->n_entries; i++) {
    const Entry *entry = &parameters->entries[i];

    PetscCall(ParametersHasKey(NULL, entry->key, &set));
    PetscCall(is_foreign(parameters, entry->key, &foreign));
    if (set && foreign && entry->active) {
      PetscCall(LogPrintf("options    %s = %s from %s\n", entry->key, entry->value, origin));
    }
  }
  PetscCall(PetscOptionsLeftGet(NULL, &n_left, &names, &values));
  for (PetscInt i = 0; i < n_left; i++) {
    PetscCall(is_foreign(parameters, names[i], &foreign));
    if (foreign && strncmp(names[i], "options_", 8) != 0) {
      PetscCall(LogWarning("-%s from %s is neither a parameter nor used by PETSc so far\n",
                           names[i], origin));
    }
  }
  PetscCall(PetscOptionsLeftRestore(NULL, &n_left, &names, &values));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersCheck(Parameters parameters)
{
  PetscInt n_left;
  char **names, **values;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscOptionsLeftGet(NULL, &n_left, &names, &values));
  for (PetscInt i = 0; i < n_left && !status; i++) {
    PetscBool foreign;

    /* what stands in the environment or in .petscrc is PETSc's business */
    PetscCall(is_foreign(parameters, names[i], &foreign));
    if (!foreign && strncmp(names[i], "options_", 8) != 0) {
      status =
          UserError("%s: unknown option; the nearest known one is %s (causeway help lists all)",
                    ParametersSource(parameters, names[i]), nearest_key(parameters, names[i]));
    }
  }
  PetscCall(PetscOptionsLeftRestore(NULL, &n_left, &names, &values));
  for (int i = 0; i < parameters->n_entries && !status; i++) {
    const Entry *entry = &parameters->entries[i];
    PetscBool in_line;

    PetscCall(ParametersHasKey(parameters->line_options, entry->key, &in_line));
    if (in_line && !entry->active) {
      status = UserError("-%s: this command does not use the parameters of \"%s\"; remove it",
                         entry->key, entry->section);
    }
  }
  PetscCall(ErrorAgree(parameters->comm, status));
  PetscFunctionReturn(0);
}
