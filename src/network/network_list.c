/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists the SONATA parts of a file, with the options that read them. */
#include "network_impl.h"

#include "type_table.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <stdio.h>
#include <string.h>

/* Largest number of edges whose weights are read for a listing. */
#define MOST_EDGES 1e7

static PetscErrorCode add_populations(const Circuit *c, const char *file, Uses *uses)
{
  char options[2 * PETSC_MAX_PATH_LEN + 64], text[512];

  PetscFunctionBegin;
  for (int e = 0; e < c->n_edges; e++) {
    const EdgePopulation *edges = &c->edges[e];

    (void)snprintf(text, sizeof(text), "SONATA edges, %lld from population %s to %s",
                   (long long)edges->n, edges->source[0] ? edges->source : "(not named)",
                   edges->target[0] ? edges->target : "(not named)");
    (void)snprintf(options, sizeof(options), "-network_type file -network_file %s%s%s", file,
                   CircuitIsConfiguration(file) ? "" : ":",
                   CircuitIsConfiguration(file) ? "" : edges->group);
    PetscCall(UsesAdd(uses, USE_NETWORK, edges->group, options, text));
  }
  for (int p = 0; p < c->n_nodes; p++) {
    (void)snprintf(text, sizeof(text), "SONATA nodes, population %s of %lld neurons%s",
                   c->nodes[p].name, (long long)c->nodes[p].n,
                   c->nodes[p].is_virtual ? " (virtual)" : "");
    (void)snprintf(options, sizeof(options), "-network_nodes %s", c->nodes[p].file);
    PetscCall(UsesAdd(uses, USE_NETWORK, c->nodes[p].group, options, text));
  }
  PetscFunctionReturn(0);
}

/* Describes the network that the file forms by itself, or says what is missing. */
static PetscErrorCode describe(MPI_Comm comm, const Circuit *c, const char *file)
{
  double n_edges = 0;
  Network network;
  PetscErrorCode status;

  PetscFunctionBegin;
  for (int e = 0; e < c->n_edges; e++) {
    n_edges += (double)c->edges[e].n;
  }
  if (n_edges > MOST_EDGES) {
    PetscFunctionReturn(0);
  }
  PetscCall(NetworkCreate(comm, &network));
  status = NetworkLoad(network, file);
  if (!status) {
    PetscCall(NetworkDescribe(network, "network"));
  } else if (status == CAUSEWAY_ERR_USER) {
    PetscCall(LogPrintf("      %s\n", UserErrorMessage()));
    status = 0;
  }
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(status);
}

PetscErrorCode NetworkUses(MPI_Comm comm, const char *file, Uses *uses)
{
  const SonataOptions none = {.weights_may_miss = PETSC_FALSE};
  Circuit circuit;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(CircuitLook(comm, &none, file, &circuit));
  status = add_populations(&circuit, file, uses);
  PetscCall(CircuitClose(&circuit));
  PetscFunctionReturn(status);
}

/* Name of the column with the ids in a SONATA table of types; NULL for other files. */
static const char *types_of(const char *file)
{
  static const struct {
    const char *ending, *key;
  } tables[] = {{"edge_types.csv", "edge_type_id"}, {"node_types.csv", "node_type_id"}};
  const size_t length = strlen(file);

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(tables); k++) {
    const size_t n = strlen(tables[k].ending);

    if (length >= n && !strcmp(file + length - n, tables[k].ending)) {
      return tables[k].key;
    }
  }
  return NULL;
}

PetscErrorCode NetworkTell(MPI_Comm comm, const char *file)
{
  const SonataOptions none = {.weights_may_miss = PETSC_FALSE};
  Circuit circuit;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (types_of(file)) { /* types alone do not form a network */
    PetscFunctionReturn(0);
  }
  PetscCall(CircuitLook(comm, &none, file, &circuit));
  if (circuit.n_edges > 0) {
    status = describe(comm, &circuit, file);
  }
  PetscCall(CircuitClose(&circuit));
  PetscFunctionReturn(status);
}

static PetscErrorCode add_types(const TypeTable *t, Uses *uses)
{
  const char *what = strcmp(t->key, "edge_type_id") ? "node" : "edge";
  char options[2 * PETSC_MAX_PATH_LEN], text[2048];
  size_t at;

  PetscFunctionBegin;
  (void)snprintf(options, sizeof(options), "-network_%s_types %s", what, t->name);
  (void)snprintf(text, sizeof(text), "types of SONATA %ss, %lld of them, columns", what,
                 (long long)t->n_types);
  for (int c = 0; c < t->n_columns; c++) {
    at = strlen(text);
    (void)snprintf(text + at, sizeof(text) - at, " %s", t->header[c]);
  }
  PetscCall(UsesAdd(uses, USE_NETWORK, "", options, text));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkUsesText(MPI_Comm comm, const char *file, Uses *uses, PetscBool *found)
{
  const char *key = types_of(file);
  TypeTable table;

  PetscFunctionBegin;
  *found = key || CircuitIsConfiguration(file) ? PETSC_TRUE : PETSC_FALSE;
  if (key) {
    PetscCall(TypeTableRead(comm, file, key, &table));
    PetscCall(add_types(&table, uses));
    PetscCall(TypeTableDestroy(&table));
  } else if (*found) {
    PetscCall(NetworkUses(comm, file, uses));
  }
  PetscFunctionReturn(0);
}
