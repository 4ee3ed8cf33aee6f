/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Finds the populations of nodes and edges in the files of a circuit. */
#include "circuit.h"

#include "causeway/error.h"

#include "type_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

PetscErrorCode CircuitAddPart(int *n, CircuitPart **parts, const char *file, const char *types)
{
  CircuitPart *part;

  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)(*n + 1) * sizeof(CircuitPart), parts));
  part = *parts + (*n)++;
  PetscCall(PetscStrncpy(part->file, file, sizeof(part->file)));
  PetscCall(PetscStrncpy(part->types, types, sizeof(part->types)));
  PetscFunctionReturn(0);
}

PetscErrorCode CircuitClose(Circuit *c)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(c->node_parts));
  PetscCall(PetscFree(c->edge_parts));
  PetscCall(PetscFree(c->nodes));
  PetscCall(PetscFree(c->edges));
  PetscFunctionReturn(0);
}

/* Context of a visit of a file's groups. */
typedef struct {
  Circuit *circuit;
  const CircuitPart *part;
} Visit;

/* Name of a group directly within another one, else NULL. */
static const char *child_of(const char *group, const char *parent)
{
  const size_t length = strlen(parent);

  return !strncmp(group, parent, length) && group[length] && !strchr(group + length, '/')
             ? group + length
             : NULL;
}

static PetscErrorCode add_nodes(DataFile file, const char *group, void *context)
{
  const Visit *visit = context;
  Circuit *c = visit->circuit;
  const char *name = child_of(group, "/nodes/");
  char path[PETSC_MAX_PATH_LEN];
  NodePopulation *added;

  PetscFunctionBegin;
  if (!name) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscRealloc((size_t)(c->n_nodes + 1) * sizeof(NodePopulation), &c->nodes));
  added = &c->nodes[c->n_nodes];
  *added = (NodePopulation){.n = 0};
  PetscCall(PetscStrncpy(added->name, name, sizeof(added->name)));
  PetscCall(PetscStrncpy(added->file, visit->part->file, sizeof(added->file)));
  PetscCall(PetscStrncpy(added->group, group, sizeof(added->group)));
  PetscCall(PetscStrncpy(added->types, visit->part->types, sizeof(added->types)));
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/node_type_id", group));
  PetscCall(DataFileShape(file, path, 1, &added->n));
  c->n_nodes++;
  PetscFunctionReturn(0);
}

static PetscErrorCode end_population(DataFile file, const char *group, const char *end,
                                     size_t length, char name[])
{
  char path[PETSC_MAX_PATH_LEN], text[PETSC_MAX_PATH_LEN] = "";
  const char *base;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", group, end));
  PetscCall(DataFileGetString(file, path, "node_population", sizeof(text), text, NULL));
  /* some files give the path of the population */
  base = !strncmp(text, "/nodes/", 7) ? text + 7 : text;
  PetscCall(PetscStrncpy(name, base, length));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_edges(DataFile file, const char *group, void *context)
{
  const Visit *visit = context;
  Circuit *c = visit->circuit;
  char path[PETSC_MAX_PATH_LEN];
  const char *name = strrchr(group, '/');
  EdgePopulation *added;
  PetscBool found;

  PetscFunctionBegin;
  if (c->path[0] ? strcmp(c->path, group) != 0 : !child_of(group, "/edges/")) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/source_node_id", group));
  PetscCall(DataFileIsDataset(file, path, &found));
  UserCheck(found || !c->path[0],
            "%s:%s: holds neither a SONATA population of edges (source_node_id, target_node_id) "
            "nor a sparse matrix (indptr, indices, data)",
            DataFileName(file), group);
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscRealloc((size_t)(c->n_edges + 1) * sizeof(EdgePopulation), &c->edges));
  added = &c->edges[c->n_edges];
  *added = (EdgePopulation){.n = 0};
  PetscCall(PetscStrncpy(added->name, name + 1, sizeof(added->name)));
  PetscCall(PetscStrncpy(added->file, visit->part->file, sizeof(added->file)));
  PetscCall(PetscStrncpy(added->group, group, sizeof(added->group)));
  PetscCall(PetscStrncpy(added->types, visit->part->types, sizeof(added->types)));
  PetscCall(DataFileShape(file, path, 1, &added->n));
  PetscCall(end_population(file, group, "source_node_id", sizeof(added->source), added->source));
  PetscCall(end_population(file, group, "target_node_id", sizeof(added->target), added->target));
  c->n_edges++;
  PetscFunctionReturn(0);
}

static PetscBool is_same_file(const char *one, const char *other)
{
  char *a = realpath(one, NULL), *b = realpath(other, NULL);
  const PetscBool is_same = a && b && !strcmp(a, b) ? PETSC_TRUE : PETSC_FALSE;

  free(a);
  free(b);
  return is_same;
}

/* Refuses a file that occurs twice, also under another name. */
static PetscErrorCode check_repeated(MPI_Comm comm, const Circuit *c, int n,
                                     const CircuitPart parts[], const char *what)
{
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  for (int k = 1; rank == 0 && k < n && !status; k++) {
    for (int j = 0; j < k && !status; j++) {
      if (is_same_file(parts[k].file, parts[j].file)) {
        status =
            UserError("%s: has the file %s of %s twice; remove one", c->name, parts[k].file, what);
      }
    }
  }
  PetscFunctionReturn(ErrorAgree(comm, status));
}

static PetscErrorCode visit_part(MPI_Comm comm, Circuit *c, const CircuitPart *part,
                                 DataFileVisitor visitor)
{
  Visit visit = {c, part};
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(comm, part->file, &file));
  status = DataFileVisit(file, PETSC_FALSE, visitor, &visit);
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}

/* A population is virtual when all types of its nodes are. */
static PetscErrorCode find_virtual(MPI_Comm comm, NodePopulation *p)
{
  TypeTable types;

  PetscFunctionBegin;
  if (!p->types[0]) {
    PetscFunctionReturn(0);
  }
  PetscCall(TypeTableRead(comm, p->types, "node_type_id", &types));
  p->is_virtual = types.n_types > 0 ? PETSC_TRUE : PETSC_FALSE;
  for (int64_t k = 0; k < types.n_types; k++) {
    const char *of = TypeTableCell(&types, k, "population");
    const char *model = TypeTableCell(&types, k, "model_type");

    if ((!of || !strcmp(of, p->name)) && (!model || strcmp(model, "virtual") != 0)) {
      p->is_virtual = PETSC_FALSE;
    }
  }
  PetscCall(TypeTableDestroy(&types));
  PetscFunctionReturn(0);
}

/* Parses a number of neurons given instead of a file. */
static PetscErrorCode parse_number(const char *word, int64_t *n, PetscBool *is_number)
{
  char *end;

  PetscFunctionBegin;
  errno = 0;
  *n = strtoll(word, &end, 10);
  *is_number = word[0] && !*end ? PETSC_TRUE : PETSC_FALSE;
  UserCheck(!*is_number || (!errno && *n >= 1 && *n <= INT32_MAX),
            "network_nodes = %s: is out of range; 1 to %d neurons are possible", word, INT32_MAX);
  PetscFunctionReturn(0);
}

/* Adds populations whose names are known from edges only, with the given size. */
static PetscErrorCode add_named(Circuit *c, int64_t n)
{
  PetscFunctionBegin;
  for (int e = 0; e < c->n_edges; e++) {
    for (int k = 0; k < 2; k++) {
      const char *name = k ? c->edges[e].target : c->edges[e].source;
      PetscBool known = PETSC_FALSE;

      for (int p = 0; p < c->n_nodes; p++) {
        known = known || !strcmp(c->nodes[p].name, name) ? PETSC_TRUE : PETSC_FALSE;
      }
      if (!known) {
        PetscCall(PetscRealloc((size_t)(c->n_nodes + 1) * sizeof(NodePopulation), &c->nodes));
        c->nodes[c->n_nodes] = (NodePopulation){.n = n};
        PetscCall(PetscStrncpy(c->nodes[c->n_nodes++].name, name, sizeof(c->nodes[0].name)));
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Adds the parts of a circuit that is one file of edges, optionally with its nodes. */
static PetscErrorCode add_files(MPI_Comm comm, const SonataOptions *o, const char *name,
                                PetscBool is_number, Circuit *c)
{
  PetscBool has_nodes = PETSC_FALSE;
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(CircuitAddPart(&c->n_edge_parts, &c->edge_parts, name, o->edge_types));
  if (o->nodes[0]) {
    if (!is_number) {
      PetscCall(CircuitAddPart(&c->n_node_parts, &c->node_parts, o->nodes, o->node_types));
    }
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileOpen(comm, name, &file));
  status = DataFileIsGroup(file, "/nodes", &has_nodes);
  PetscCall(DataFileDiscard(&file));
  PetscCall(status);
  if (has_nodes) {
    PetscCall(CircuitAddPart(&c->n_node_parts, &c->node_parts, name, o->node_types));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode find_populations(MPI_Comm comm, const SonataOptions *o, const char *name,
                                       Circuit *c)
{
  PetscBool is_number;
  int64_t n;

  PetscFunctionBegin;
  PetscCall(parse_number(o->nodes, &n, &is_number));
  if (CircuitIsConfiguration(name)) {
    UserCheck(!o->edge_types[0] && !o->node_types[0] && !o->nodes[0],
              "%s: a circuit configuration names the files of its nodes and types; leave out %s",
              name,
              o->edge_types[0]   ? "network_edge_types"
              : o->node_types[0] ? "network_node_types"
                                 : "network_nodes");
    PetscCall(CircuitReadConfiguration(comm, name, c));
  } else {
    PetscCall(add_files(comm, o, name, is_number, c));
  }
  PetscCall(check_repeated(comm, c, c->n_node_parts, c->node_parts, "nodes"));
  PetscCall(check_repeated(comm, c, c->n_edge_parts, c->edge_parts, "edges"));
  for (int k = 0; k < c->n_node_parts; k++) {
    PetscCall(visit_part(comm, c, &c->node_parts[k], add_nodes));
  }
  for (int k = 0; k < c->n_edge_parts; k++) {
    PetscCall(visit_part(comm, c, &c->edge_parts[k], add_edges));
  }
  for (int p = 0; p < c->n_nodes; p++) {
    PetscCall(find_virtual(comm, &c->nodes[p]));
  }
  if (is_number) {
    PetscCall(add_named(c, n));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CircuitOpen(MPI_Comm comm, const SonataOptions *options, const char *file,
                           const char *path, Circuit *c)
{
  PetscErrorCode status;

  PetscFunctionBegin;
  *c = (Circuit){.n_nodes = 0};
  PetscCall(PetscStrncpy(c->name, file, sizeof(c->name)));
  PetscCall(PetscStrncpy(c->path, !strcmp(path, "/") ? "" : path, sizeof(c->path)));
  status = find_populations(comm, options, file, c);
  if (!status && c->n_edges == 0) {
    status = UserError("%s: has no population of edges%s%s", file, c->path[0] ? " " : "", c->path);
  }
  if (status) {
    PetscCall(CircuitClose(c));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode CircuitLook(MPI_Comm comm, const SonataOptions *options, const char *file,
                           Circuit *c)
{
  PetscErrorCode status;

  PetscFunctionBegin;
  *c = (Circuit){.n_nodes = 0};
  PetscCall(PetscStrncpy(c->name, file, sizeof(c->name)));
  status = find_populations(comm, options, file, c);
  if (status) {
    PetscCall(CircuitClose(c));
  }
  PetscFunctionReturn(status);
}
