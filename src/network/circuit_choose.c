/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Chooses the populations of a circuit that form the network. */
#include "circuit.h"

#include "causeway/error.h"

#include <string.h>

static NodePopulation *find_nodes(Circuit *c, const char *name)
{
  for (int p = 0; p < c->n_nodes; p++) {
    if (!strcmp(c->nodes[p].name, name)) {
      return &c->nodes[p];
    }
  }
  return NULL;
}

/* Lists the names of all populations of nodes, for messages. */
static PetscErrorCode list_nodes(const Circuit *c, size_t length, char list[])
{
  PetscFunctionBegin;
  list[0] = 0;
  for (int p = 0; p < c->n_nodes; p++) {
    PetscCall(PetscStrlcat(list, p ? ", " : "", length));
    PetscCall(PetscStrlcat(list, c->nodes[p].name, length));
    PetscCall(PetscStrlcat(list, c->nodes[p].is_virtual ? " (virtual)" : "", length));
  }
  PetscFunctionReturn(0);
}

/* Edges without an attribute for their nodes belong to the only population. */
static PetscErrorCode name_ends(Circuit *c)
{
  PetscFunctionBegin;
  for (int e = 0; e < c->n_edges; e++) {
    EdgePopulation *edges = &c->edges[e];

    for (int k = 0; k < 2; k++) {
      char *name = k ? edges->target : edges->source;

      if (!name[0] && c->n_nodes == 1) {
        PetscCall(PetscStrncpy(name, c->nodes[0].name, sizeof(edges->source)));
      }
      UserCheck(name[0] || find_nodes(c, name),
                "%s:%s: the attribute node_population of %s is missing, so the population of the "
                "neurons is unknown; give their number, -network_nodes N, or the file of their "
                "population, -network_nodes FILE.h5",
                edges->file, edges->group, k ? "target_node_id" : "source_node_id");
    }
  }
  PetscFunctionReturn(0);
}

/* Takes a population of nodes that edges of the network need. */
static PetscErrorCode take_nodes(Circuit *c, const EdgePopulation *edges, const char *name)
{
  NodePopulation *nodes = find_nodes(c, name);
  char list[1024];

  PetscFunctionBegin;
  PetscCall(list_nodes(c, sizeof(list), list));
  UserCheck(
      nodes,
      "%s:%s: the size of population %s, to which its neurons belong, is unknown%s%s; give its "
      "file, -network_nodes FILE.h5, or its number of neurons, -network_nodes N",
      edges->file, edges->group, name, list[0] ? "; nodes are known of " : "", list);
  nodes->taken = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* Takes the populations of a list; an edge population stands for its two ends. */
static PetscErrorCode take_named(Circuit *c, const char *names)
{
  char words[PETSC_MAX_PATH_LEN], *rest = words, *word, list[1024];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(words, names, sizeof(words)));
  PetscCall(list_nodes(c, sizeof(list), list));
  while ((word = strsep(&rest, ","))) {
    NodePopulation *nodes = find_nodes(c, word);
    PetscBool known = nodes ? PETSC_TRUE : PETSC_FALSE;

    if (nodes) {
      nodes->taken = PETSC_TRUE;
    }
    for (int e = 0; e < c->n_edges && !nodes; e++) {
      if (!strcmp(c->edges[e].source, word) || !strcmp(c->edges[e].target, word)) {
        PetscCall(take_nodes(c, &c->edges[e], word));
      }
    }
    UserCheck(known, "network_population = %s: %s has no population %s of nodes; it has %s", names,
              c->name, word, list[0] ? list : "none");
  }
  PetscFunctionReturn(0);
}

/* Takes the only population with edges within itself, except virtual ones. */
static PetscErrorCode take_recurrent(Circuit *c)
{
  const EdgePopulation *first = NULL;
  char list[1024];

  PetscFunctionBegin;
  PetscCall(list_nodes(c, sizeof(list), list));
  for (int e = 0; e < c->n_edges; e++) {
    const EdgePopulation *edges = &c->edges[e];
    const NodePopulation *nodes = find_nodes(c, edges->source);

    if (strcmp(edges->source, edges->target) != 0 || (nodes && nodes->is_virtual)) {
      continue;
    }
    UserCheck(!first || !strcmp(first->source, edges->source),
              "%s: has edges within population %s and within %s; choose one or both: "
              "-network_population %s,%s",
              c->name, first->source, edges->source, first->source, edges->source);
    first = edges;
  }
  if (!first) {
    UserCheck(PETSC_FALSE,
              "%s: edges lead from population %s to %s; a network needs edges within one "
              "population, or several populations that form one: -network_population %s,%s",
              c->name, c->edges[0].source, c->edges[0].target, c->edges[0].source,
              c->edges[0].target);
  }
  PetscCall(take_nodes(c, first, first->source));
  PetscFunctionReturn(0);
}

PetscErrorCode CircuitChoose(Circuit *c, const SonataOptions *options)
{
  int64_t n_taken = 0;

  PetscFunctionBegin;
  PetscCall(name_ends(c));
  for (int p = 0; p < c->n_nodes; p++) {
    for (int q = 0; q < p; q++) {
      UserCheck(strcmp(c->nodes[p].name, c->nodes[q].name) != 0,
                "%s: the population %s of nodes is in %s and in %s; remove one", c->name,
                c->nodes[p].name, c->nodes[q].file, c->nodes[p].file);
    }
  }
  if (options->populations[0]) {
    PetscCall(take_named(c, options->populations));
  } else {
    PetscCall(take_recurrent(c));
  }
  for (int e = 0; e < c->n_edges; e++) {
    const NodePopulation *source = find_nodes(c, c->edges[e].source);
    const NodePopulation *target = find_nodes(c, c->edges[e].target);

    c->edges[e].taken =
        source && target && source->taken && target->taken ? PETSC_TRUE : PETSC_FALSE;
    n_taken += c->edges[e].taken;
  }
  UserCheck(n_taken > 0, "network_population = %s: %s has no edges among these populations",
            options->populations, c->name);
  PetscFunctionReturn(0);
}
