/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "circuit_nodes.h"

#include "causeway/error.h"

#include "type_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Attributes of nodes, or columns of their types, that give the kind of neurons. */
static const char *const kind_names[] = {"ei", "synapse_class"};

int8_t KindOfWord(const char *word)
{
  static const char *const words[][4] = {{"e", "exc", "excitatory", "E"},
                                         {"i", "inh", "inhibitory", "I"}};

  for (int kind = 0; kind < 2 && word; kind++) {
    for (int k = 0; k < 4; k++) {
      if (!strcasecmp(word, words[kind][k])) {
        return (int8_t)kind;
      }
    }
  }
  return KIND_UNKNOWN;
}

/* Reads a column of integers of all nodes; NULL when the file does not have it. */
static PetscErrorCode read_column(DataFile file, const NodePopulation *p, const char *name,
                                  int64_t **values)
{
  const int64_t first = 0;
  char path[PETSC_MAX_PATH_LEN];
  int64_t n;
  PetscBool found;

  PetscFunctionBegin;
  *values = NULL;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", p->group, name));
  PetscCall(DataFileIsDataset(file, path, &found));
  if (found) {
    PetscCall(DataFileShape(file, path, 1, &n));
    UserCheck(n == p->n, "%s:%s: has %lld entries for the %lld nodes of node_type_id", p->file,
              path, (long long)n, (long long)p->n);
    PetscCall(PetscMalloc1(PetscMax(1, n), values));
    PetscCall(DataFileRead(file, path, DATA_INT64, &first, &n, *values));
  }
  PetscFunctionReturn(0);
}

/* Attributes of a population's nodes, in the order of the file. */
typedef struct {
  const NodePopulation *p;
  DataFile file;
  int64_t *type, *group, *index; /* (n), or NULL */
  int8_t *kind;                  /* (n) */
} NodeTable;

/* Entry of a node in a group, -1 when the node belongs to another group. */
static int64_t entry_of(const NodeTable *t, int64_t group, int64_t k)
{
  if ((t->group ? t->group[k] : 0) != group) {
    return -1;
  }
  return t->index ? t->index[k] : k;
}

static PetscErrorCode check_entry(const NodeTable *t, const char *path, int64_t entry, int64_t n)
{
  PetscFunctionBegin;
  UserCheck(entry < n, "%s:%s: has %lld entries, but a node is entry %lld (node_group_index)",
            t->p->file, path, (long long)n, (long long)entry);
  PetscFunctionReturn(0);
}

/* Reads kinds from words, or from numbers that a library explains. */
static PetscErrorCode kinds_in_words(NodeTable *t, int64_t group, const char *name)
{
  char path[PETSC_MAX_PATH_LEN], library[PETSC_MAX_PATH_LEN];
  char *words, *meanings = NULL;
  int64_t n, n_meanings = 0;
  size_t width, meaning_width = 0;
  PetscBool found;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%lld/%s", t->p->group, (long long)group, name));
  PetscCall(PetscSNPrintf(library, sizeof(library), "%s/%lld/@library/%s", t->p->group,
                          (long long)group, name));
  PetscCall(DataFileIsDataset(t->file, path, &found));
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileReadTexts(t->file, path, &n, &width, &words));
  PetscCall(DataFileIsDataset(t->file, library, &found));
  if (found) {
    PetscCall(DataFileReadTexts(t->file, library, &n_meanings, &meaning_width, &meanings));
  }
  for (int64_t k = 0; k < t->p->n && !status; k++) {
    const int64_t entry = entry_of(t, group, k);

    if (entry >= 0) {
      status = check_entry(t, path, entry, n);
      if (!status) {
        const char *word = words + (size_t)entry * width;
        const int64_t meaning = n_meanings ? strtoll(word, NULL, 10) : -1;

        word = meaning >= 0 && meaning < n_meanings ? meanings + (size_t)meaning * meaning_width
                                                    : word;
        if (t->kind[k] == KIND_UNKNOWN) {
          t->kind[k] = KindOfWord(word);
        }
      }
    }
  }
  PetscCall(PetscFree(words));
  PetscCall(PetscFree(meanings));
  PetscFunctionReturn(status);
}

/* Reads kinds as this program writes them, 1 for inhibitory. */
static PetscErrorCode kinds_in_numbers(NodeTable *t, int64_t group)
{
  const int64_t first = 0;
  char path[PETSC_MAX_PATH_LEN];
  int64_t n, *values;
  PetscBool found;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%lld/inhibitory", t->p->group, (long long)group));
  PetscCall(DataFileIsDataset(t->file, path, &found));
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileShape(t->file, path, 1, &n));
  PetscCall(PetscMalloc1(n, &values));
  PetscCall(DataFileRead(t->file, path, DATA_INT64, &first, &n, values));
  for (int64_t k = 0; k < t->p->n && !status; k++) {
    const int64_t entry = entry_of(t, group, k);

    if (entry >= 0) {
      status = check_entry(t, path, entry, n);
      if (!status) {
        t->kind[k] = (int8_t)(values[entry] ? KIND_INHIBITORY : KIND_EXCITATORY);
      }
    }
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(status);
}

/* Lists the numbers of the groups of nodes, each once. */
static PetscErrorCode list_groups(const NodeTable *t, int *n_groups, int64_t **groups)
{
  PetscFunctionBegin;
  *n_groups = 0;
  *groups = NULL;
  for (int64_t k = 0; k < t->p->n; k++) {
    const int64_t group = t->group ? t->group[k] : 0;
    int g = *n_groups - 1;

    while (g >= 0 && (*groups)[g] != group) {
      g--;
    }
    if (g < 0) {
      PetscCall(PetscRealloc((size_t)(*n_groups + 1) * sizeof(int64_t), groups));
      (*groups)[(*n_groups)++] = group;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode kinds_of_groups(NodeTable *t)
{
  int n_groups;
  int64_t *groups;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(list_groups(t, &n_groups, &groups));
  for (int g = 0; g < n_groups && !status; g++) {
    status = kinds_in_numbers(t, groups[g]);
    for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(kind_names) && !status; k++) {
      status = kinds_in_words(t, groups[g], kind_names[k]);
    }
  }
  PetscCall(PetscFree(groups));
  PetscFunctionReturn(status);
}

/* Takes from their types the kinds that nodes do not have. */
static PetscErrorCode kinds_of_types(MPI_Comm comm, NodeTable *t)
{
  TypeTable types;
  int64_t row = -1;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (!t->p->types[0] || !t->type) {
    PetscFunctionReturn(0);
  }
  PetscCall(TypeTableRead(comm, t->p->types, "node_type_id", &types));
  for (int64_t k = 0; k < t->p->n && !status; k++) {
    row = row >= 0 && types.ids[row] == t->type[k] ? row
                                                   : TypeTableFind(&types, t->p->name, t->type[k]);
    if (row < 0) {
      status = UserError("%s: has no type %lld (column node_type_id), which a node of %s in %s has",
                         t->p->types, (long long)t->type[k], t->p->name, t->p->file);
    }
    for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(kind_names) && !status; c++) {
      if (t->kind[k] == KIND_UNKNOWN) {
        t->kind[k] = KindOfWord(TypeTableCell(&types, row, kind_names[c]));
      }
    }
  }
  PetscCall(TypeTableDestroy(&types));
  PetscFunctionReturn(status);
}

/* Makes the identity of the nodes; `ids` is taken over, NULL for 0, 1, ... */
static PetscErrorCode identify(const NodePopulation *p, int64_t *ids, Identity *identity)
{
  char what[2 * PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  *identity = (Identity){p->n, NULL, NULL};
  if (ids) {
    PetscCall(PetscSNPrintf(what, sizeof(what), "%s:%s/node_id", p->file, p->group));
    PetscCall(IdentityMake(what, p->n, ids, identity));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_table(MPI_Comm comm, NodeTable *t, Identity *identity)
{
  int64_t *ids;

  PetscFunctionBegin;
  PetscCall(read_column(t->file, t->p, "node_id", &ids));
  PetscCall(identify(t->p, ids, identity));
  PetscCall(read_column(t->file, t->p, "node_type_id", &t->type));
  PetscCall(read_column(t->file, t->p, "node_group_id", &t->group));
  PetscCall(read_column(t->file, t->p, "node_group_index", &t->index));
  PetscCall(kinds_of_groups(t));
  PetscCall(kinds_of_types(comm, t));
  PetscFunctionReturn(0);
}

/* Reads identity and kinds (n) of one population. */
static PetscErrorCode read_population(MPI_Comm comm, const NodePopulation *p, Identity *identity,
                                      int8_t kind[])
{
  NodeTable t = {.p = p};
  PetscErrorCode status;

  PetscFunctionBegin;
  if (!p->file[0]) { /* only the size is known */
    PetscCall(identify(p, NULL, identity));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(p->n, &t.kind));
  for (int64_t k = 0; k < p->n; k++) {
    t.kind[k] = KIND_UNKNOWN;
  }
  PetscCall(DataFileOpen(comm, p->file, &t.file));
  status = read_table(comm, &t, identity);
  for (int64_t k = 0; k < p->n && !status; k++) {
    kind[k] = t.kind[IdentityPlace(identity, k)];
  }
  PetscCall(DataFileDiscard(&t.file));
  PetscCall(PetscFree(t.type));
  PetscCall(PetscFree(t.group));
  PetscCall(PetscFree(t.index));
  PetscCall(PetscFree(t.kind));
  PetscFunctionReturn(status);
}

PetscErrorCode CircuitNodesRead(MPI_Comm comm, const Circuit *c, CircuitNodes *nodes)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  *nodes = (CircuitNodes){0};
  PetscCall(PetscCalloc1(c->n_nodes, &nodes->population));
  PetscCall(PetscCalloc1(c->n_nodes, &nodes->identity));
  PetscCall(PetscCalloc1(c->n_nodes + 1, &nodes->offset));
  for (int p = 0; p < c->n_nodes; p++) {
    if (c->nodes[p].taken) {
      nodes->population[nodes->n] = &c->nodes[p];
      nodes->offset[nodes->n + 1] = nodes->offset[nodes->n] + c->nodes[p].n;
      nodes->n++;
    }
  }
  UserCheck(nodes->offset[nodes->n] > 0 && nodes->offset[nodes->n] <= INT32_MAX,
            "%s: has %lld neurons; 1 to %d are possible", c->name,
            (long long)nodes->offset[nodes->n], INT32_MAX);
  PetscCall(PetscMalloc1(nodes->offset[nodes->n], &nodes->kind));
  for (int64_t k = 0; k < nodes->offset[nodes->n]; k++) {
    nodes->kind[k] = KIND_UNKNOWN;
  }
  for (int p = 0; p < nodes->n && !status; p++) {
    status = read_population(comm, nodes->population[p], &nodes->identity[p],
                             nodes->kind + nodes->offset[p]);
  }
  if (status) {
    PetscCall(CircuitNodesDestroy(nodes));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode CircuitNodesDestroy(CircuitNodes *nodes)
{
  PetscFunctionBegin;
  for (int p = 0; p < nodes->n; p++) {
    PetscCall(IdentityDestroy(&nodes->identity[p]));
  }
  PetscCall(PetscFree(nodes->population));
  PetscCall(PetscFree(nodes->identity));
  PetscCall(PetscFree(nodes->offset));
  PetscCall(PetscFree(nodes->kind));
  nodes->n = 0;
  PetscFunctionReturn(0);
}

int CircuitNodesPopulation(const CircuitNodes *nodes, const char *name)
{
  for (int p = 0; p < nodes->n; p++) {
    if (!strcmp(nodes->population[p]->name, name)) {
      return p;
    }
  }
  return -1;
}

int64_t CircuitNodesFind(const CircuitNodes *nodes, int population, int64_t id)
{
  const int64_t k = IdentityFind(&nodes->identity[population], id);

  return k < 0 ? -1 : nodes->offset[population] + k;
}
