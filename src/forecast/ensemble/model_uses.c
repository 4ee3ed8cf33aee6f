/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists the trained models in a file. */
#include "forecaster_impl.h"

#include "causeway/error.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  Uses *uses;
  const char *file;
} Search;

/* Describes an ensemble by its numbers of members and neurons. */
static PetscErrorCode visit_group(DataFile file, const char *path, void *context)
{
  Search *s = context;
  char type[64] = "", options[2 * PETSC_MAX_PATH_LEN], text[256];
  double members = 0, neurons = 0;
  PetscBool is_ensemble;

  PetscFunctionBegin;
  PetscCall(DataFileGetReal(file, path, "members", &members, &is_ensemble));
  PetscCall(DataFileGetString(file, path, "forecaster", sizeof(type), type, NULL));
  if (is_ensemble && type[0]) {
    PetscCall(DataFileGetReal(file, path, "neurons", &neurons, NULL));
    (void)snprintf(options, sizeof(options), "-model %s:%s", s->file, path);
    (void)snprintf(text, sizeof(text),
                   "%s, %.0f trained model%s for %.0f neurons; causeway forecast -model applies "
                   "it to other activity",
                   type, members, members == 1 ? "" : "s", neurons);
    PetscCall(UsesAdd(s->uses, USE_MODEL, path, options, text));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterUses(MPI_Comm comm, const char *name, Uses *uses)
{
  Search search = {uses, name};
  DataFile file;
  char program[32] = "";

  PetscFunctionBegin;
  PetscCall(DataFileOpen(comm, name, &file));
  PetscCall(DataFileGetString(file, "/", "program", sizeof(program), program, NULL));
  if (!strcmp(program, "causeway")) {
    PetscCall(DataFileVisit(file, PETSC_FALSE, visit_group, &search));
  }
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}
