/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What of a file is a network of SONATA, and which options read it. */
#include "network_impl.h"

#include "type_table.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <string.h>

/* Networks of more edges are not read for their weights. */
#define MOST_EDGES 1e7

static PetscErrorCode print_populations(const Circuit *c, const char *file)
{
  PetscFunctionBegin;
  for (int p = 0; p < c->n_nodes; p++) {
    PetscCall(LogPrintf("  %s:%s\n      SONATA nodes, population %s of %lld neurons%s: "
                        "-network_nodes %s\n",
                        c->nodes[p].file, c->nodes[p].group, c->nodes[p].name,
                        (long long)c->nodes[p].n, c->nodes[p].is_virtual ? " (virtual)" : "",
                        c->nodes[p].file));
  }
  for (int e = 0; e < c->n_edges; e++) {
    const EdgePopulation *edges = &c->edges[e];

    PetscCall(LogPrintf("  %s:%s\n      SONATA edges, %lld from population %s to %s: -network_type "
                        "file -network_file %s",
                        edges->file, edges->group, (long long)edges->n,
                        edges->source[0] ? edges->source : "(not named)",
                        edges->target[0] ? edges->target : "(not named)", file));
    PetscCall(CircuitIsConfiguration(file) ? LogPrintf("\n") : LogPrintf(":%s\n", edges->group));
  }
  PetscFunctionReturn(0);
}

/* The network that the file is by itself, or what is missing to it. */
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

PetscErrorCode NetworkList(MPI_Comm comm, const char *file)
{
  const SonataOptions none = {.weights_may_miss = PETSC_FALSE};
  Circuit circuit;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(CircuitLook(comm, &none, file, &circuit));
  status = circuit.n_nodes + circuit.n_edges > 0 ? LogPrintf("to read as a network\n") : 0;
  status = status ? status : print_populations(&circuit, file);
  if (!status && circuit.n_edges > 0) {
    status = describe(comm, &circuit, file);
  }
  PetscCall(CircuitClose(&circuit));
  PetscFunctionReturn(status);
}

static PetscErrorCode print_types(const TypeTable *t)
{
  const PetscBool of_edges = strcmp(t->key, "edge_type_id") ? PETSC_FALSE : PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(LogPrintf("%s\n  types of SONATA %s, %lld of them: -network_%s_types %s\n  columns",
                      t->name, of_edges ? "edges" : "nodes", (long long)t->n_types,
                      of_edges ? "edge" : "node", t->name));
  for (int c = 0; c < t->n_columns; c++) {
    PetscCall(LogPrintf(" %s", t->header[c]));
  }
  PetscCall(LogPrintf("\n"));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkListText(MPI_Comm comm, const char *file, PetscBool *found)
{
  static const char *const endings[] = {"edge_types.csv", "node_types.csv"};
  static const char *const keys[] = {"edge_type_id", "node_type_id"};
  const size_t length = strlen(file);

  PetscFunctionBegin;
  *found = CircuitIsConfiguration(file);
  if (*found) {
    PetscCall(NetworkList(comm, file));
    PetscFunctionReturn(0);
  }
  for (int k = 0; k < 2 && !*found; k++) {
    const size_t n = strlen(endings[k]);

    if (length >= n && !strcmp(file + length - n, endings[k])) {
      TypeTable table;

      PetscCall(TypeTableRead(comm, file, keys[k], &table));
      PetscCall(print_types(&table));
      PetscCall(TypeTableDestroy(&table));
      *found = PETSC_TRUE;
    }
  }
  PetscFunctionReturn(0);
}
