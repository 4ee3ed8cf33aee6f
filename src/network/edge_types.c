/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "edge_types.h"

#include "circuit_nodes.h"

#include "causeway/error.h"

#include "causeway/internal/io/text_file.h"

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Reversal potential below which a synapse is inhibitory, between rest and threshold [mV]. */
#define INHIBITORY_REVERSAL (-50.0)

/* Whether a file exists, as rank 0 sees it. */
static PetscErrorCode is_there(MPI_Comm comm, const char *path, PetscBool *found)
{
  int rank, there = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    there = !access(path, R_OK);
  }
  PetscCallMPI(MPI_Bcast(&there, 1, MPI_INT, 0, comm));
  *found = there ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* Reads the kind of a synapse model from its parameters: a sign, or a reversal potential. */
static PetscErrorCode kind_of_model(MPI_Comm comm, const Circuit *c, const char *name, int8_t *kind)
{
  char path[PETSC_MAX_PATH_LEN], *text;
  const json_t *sign, *reversal;
  PetscBool found = PETSC_FALSE;
  json_t *root;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", c->dynamics, name));
  PetscCall(is_there(comm, path, &found));
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(TextFileRead(comm, path, &text));
  root = json_loads(text, 0, NULL);
  PetscCall(PetscFree(text));
  UserCheck(json_is_object(root), "%s: is not JSON with the parameters of a synapse", path);
  sign = json_object_get(root, "sign");
  reversal = json_object_get(root, "erev");
  if (json_is_number(sign) && json_number_value(sign) != 0) {
    *kind = json_number_value(sign) < 0 ? KIND_INHIBITORY : KIND_EXCITATORY;
  } else if (json_is_number(reversal)) {
    *kind = json_number_value(reversal) < INHIBITORY_REVERSAL ? KIND_INHIBITORY : KIND_EXCITATORY;
  }
  json_decref(root);
  PetscFunctionReturn(0);
}

/* Kind of neurons in a query such as ei=='i'. */
static int8_t kind_of_query(const char *query)
{
  const char *at = query ? strstr(query, "ei") : NULL;
  char word[16];

  for (; at; at = strstr(at + 1, "ei")) {
    const int before = at > query ? at[-1] : ' ';

    if (!isalnum((unsigned char)before) && before != '_' &&
        (sscanf(at, "ei == '%15[a-zA-Z]'", word) == 1 ||
         sscanf(at, "ei == \"%15[a-zA-Z]\"", word) == 1)) {
      return KindOfWord(word);
    }
  }
  return KIND_UNKNOWN;
}

/* Names such as InhToExc or AMPA_ExcToInh name the source first. */
static int8_t kind_of_name(const char *name)
{
  for (; name && *name; name++) {
    if (!strncasecmp(name, "exc", 3)) {
      return KIND_EXCITATORY;
    }
    if (!strncasecmp(name, "inh", 3)) {
      return KIND_INHIBITORY;
    }
  }
  return KIND_UNKNOWN;
}

static PetscErrorCode read_row(MPI_Comm comm, const Circuit *c, EdgeTypes *t, int64_t k)
{
  const char *model = TypeTableCell(&t->table, k, "dynamics_params");

  PetscFunctionBegin;
  t->delay[k] = t->count[k] = NAN;
  t->model_kind[k] = KIND_UNKNOWN;
  PetscCall(TypeTableNumber(&t->table, k, "delay", &t->delay[k]));
  PetscCall(TypeTableNumber(&t->table, k, "nsyns", &t->count[k]));
  if (model && c->dynamics[0]) {
    PetscCall(kind_of_model(comm, c, model, &t->model_kind[k]));
  }
  t->named_kind[k] = kind_of_query(TypeTableCell(&t->table, k, "source_query"));
  if (t->named_kind[k] == KIND_UNKNOWN) {
    t->named_kind[k] = kind_of_name(model);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EdgeTypesRead(MPI_Comm comm, const Circuit *c, const EdgePopulation *edges,
                             EdgeTypes *t)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  *t = (EdgeTypes){.delay = NULL};
  if (!edges->types[0]) {
    PetscFunctionReturn(0);
  }
  PetscCall(TypeTableRead(comm, edges->types, "edge_type_id", &t->table));
  PetscCall(PetscMalloc4(t->table.n_types, &t->delay, t->table.n_types, &t->count, t->table.n_types,
                         &t->model_kind, t->table.n_types, &t->named_kind));
  for (int64_t k = 0; k < t->table.n_types && !status; k++) {
    status = read_row(comm, c, t, k);
  }
  if (status) {
    PetscCall(EdgeTypesDestroy(t));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode EdgeTypesDestroy(EdgeTypes *t)
{
  PetscFunctionBegin;
  if (t->delay) {
    PetscCall(PetscFree4(t->delay, t->count, t->model_kind, t->named_kind));
  }
  PetscCall(TypeTableDestroy(&t->table));
  PetscFunctionReturn(0);
}
