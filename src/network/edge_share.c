/* SPDX-License-Identifier: GPL-3.0-or-later */

/* SONATA edges: each belongs to a group with attributes, has an entry in it, and a type. */
#include "edge_share.h"

#include "causeway/error.h"
#include "causeway/identity.h"

#include "causeway/internal/parallel/fetch_entries.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Context of reading a share. */
typedef struct {
  DataFile file;
  const EdgePopulation *edges;
  const EdgeTypes *types;
  EdgeShare *share;
  int64_t *group, *index; /* (n_local) */
  Identity groups;        /* numbers of all groups, once each */
} Reading;

static PetscErrorCode path_of(const Reading *r, const char *name, char path[PETSC_MAX_PATH_LEN])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s/%s", r->edges->group, name));
  PetscFunctionReturn(0);
}

/* Reads a column of integers of the share. */
static PetscErrorCode read_column(const Reading *r, const char *name, int64_t values[],
                                  PetscBool *found)
{
  const Partition *part = &r->share->part;
  char path[PETSC_MAX_PATH_LEN];
  int64_t n;

  PetscFunctionBegin;
  PetscCall(path_of(r, name, path));
  PetscCall(DataFileIsDataset(r->file, path, found));
  if (*found) {
    PetscCall(DataFileShape(r->file, path, 1, &n));
    UserCheck(n == part->n_global, "%s:%s: has %lld entries for the %lld edges of source_node_id",
              r->edges->file, path, (long long)n, (long long)part->n_global);
    PetscCall(DataFileRead(r->file, path, DATA_INT64, &part->first, &part->n_local, values));
  }
  PetscFunctionReturn(0);
}

/* Converts the nodes of one end to neurons of the network. */
static PetscErrorCode find_neurons(const Reading *r, const CircuitNodes *nodes, const char *column,
                                   const char *name, int64_t values[])
{
  const int population = CircuitNodesPopulation(nodes, name);
  PetscErrorCode status = 0;
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(read_column(r, column, values, &found));
  UserCheck(found, "%s:%s: has no dataset %s", r->edges->file, r->edges->group, column);
  for (int64_t k = 0; k < r->share->part.n_local && !status; k++) {
    const int64_t neuron = CircuitNodesFind(nodes, population, values[k]);

    if (neuron < 0) {
      status =
          UserError("%s:%s/%s: edge %lld has node %lld, which is not among the %lld nodes of "
                    "population %s",
                    r->edges->file, r->edges->group, column, (long long)(r->share->part.first + k),
                    (long long)values[k], (long long)nodes->population[population]->n, name);
    }
    values[k] = neuron;
  }
  PetscCall(ErrorAgree(r->share->part.comm, status));
  PetscFunctionReturn(0);
}

/* All groups of edges must exist, or none when edges have no attributes. */
static PetscErrorCode check_groups(const Reading *r)
{
  int64_t missing = -1, n_there = 0;

  PetscFunctionBegin;
  for (int64_t g = 0; g < r->groups.n; g++) {
    char path[PETSC_MAX_PATH_LEN], name[32];
    PetscBool found;

    (void)snprintf(name, sizeof(name), "%lld", (long long)IdentityId(&r->groups, g));
    PetscCall(path_of(r, name, path));
    PetscCall(DataFileIsGroup(r->file, path, &found));
    n_there += found ? 1 : 0;
    missing = found ? missing : IdentityId(&r->groups, g);
  }
  UserCheck(n_there == 0 || missing < 0,
            "%s:%s: edge_group_id names group %lld, which the file does not contain",
            r->edges->file, r->edges->group, (long long)missing);
  PetscFunctionReturn(0);
}

/* Finds the group of each edge and its entry there; by default group 0 and the number of the edge. */
static PetscErrorCode find_groups(Reading *r)
{
  const Partition *part = &r->share->part;
  char what[2 * PETSC_MAX_PATH_LEN];
  PetscBool has_group, has_index;

  PetscFunctionBegin;
  PetscCall(read_column(r, "edge_group_id", r->group, &has_group));
  PetscCall(read_column(r, "edge_group_index", r->index, &has_index));
  UserCheck(!has_group || has_index, "%s:%s: has edge_group_id, but no edge_group_index",
            r->edges->file, r->edges->group);
  for (int64_t k = 0; k < part->n_local; k++) {
    r->group[k] = has_group ? r->group[k] : 0;
    r->index[k] = has_index ? r->index[k] : part->first + k;
  }
  PetscCall(
      PetscSNPrintf(what, sizeof(what), "%s:%s/edge_group_id", r->edges->file, r->edges->group));
  PetscCall(IdentityGather(part->comm, what, part->n_local, r->group, &r->groups));
  PetscCall(check_groups(r));
  PetscFunctionReturn(0);
}

/* Finds the rows of the edges' types in the table. */
static PetscErrorCode find_types(const Reading *r)
{
  const TypeTable *table = &r->types->table;
  const Partition *part = &r->share->part;
  int64_t *type = r->share->type, last_id = -1, last_row = -1;
  PetscErrorCode status = 0;
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(read_column(r, "edge_type_id", type, &found));
  UserCheck(found || table->n_types == 0, "%s:%s: has no edge_type_id, which the types in %s need",
            r->edges->file, r->edges->group, table->name);
  for (int64_t k = 0; k < part->n_local && !status; k++) {
    const int64_t id = found ? type[k] : -1;

    if (table->n_types > 0 && (last_row < 0 || id != last_id)) {
      last_row = TypeTableFind(table, r->edges->name, id);
      last_id = id;
      if (last_row < 0 && id != -1) { /* -1 means no type */
        status = UserError(
            "%s: has no type %lld (column edge_type_id), which edge %lld of %s:%s has", table->name,
            (long long)id, (long long)(part->first + k), r->edges->file, r->edges->group);
      }
    }
    type[k] = table->n_types > 0 ? last_row : -1;
  }
  PetscCall(ErrorAgree(part->comm, status));
  PetscFunctionReturn(0);
}

/* Lists the share's edges of a group and their entries, and whether these are consecutive on every rank. */
static PetscErrorCode list_members(const Reading *r, int64_t group, int64_t *n, int64_t edge[],
                                   int64_t index[], PetscBool *consecutive)
{
  int follow = 1;

  PetscFunctionBegin;
  *n = 0;
  for (int64_t k = 0; k < r->share->part.n_local; k++) {
    if (r->group[k] == group) {
      edge[*n] = k;
      index[*n] = r->index[k];
      follow = follow && index[*n] == index[0] + *n;
      (*n)++;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &follow, 1, MPI_INT, MPI_MIN, r->share->part.comm));
  *consecutive = follow ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode check_index(const Reading *r, const char *path, int64_t n_entries, int64_t n,
                                  const int64_t edge[], const int64_t index[])
{
  for (int64_t k = 0; k < n; k++) {
    if (index[k] < 0 || index[k] >= n_entries) {
      return UserError("%s:%s: has %lld entries, but edge %lld is entry %lld (edge_group_index)",
                       r->edges->file, path, (long long)n_entries,
                       (long long)(r->share->part.first + edge[k]), (long long)index[k]);
    }
  }
  return 0;
}

/* Reads entries of an attribute: directly when they are consecutive, else from the ranks that read them. */
static PetscErrorCode read_entries(const Reading *r, const char *path, PetscBool consecutive,
                                   int64_t n, const int64_t index[], double entries[])
{
  const int64_t first = n > 0 ? index[0] : 0;
  Partition part;
  int64_t n_entries;
  double *mine;

  PetscFunctionBegin;
  if (consecutive) {
    PetscCall(DataFileRead(r->file, path, DATA_FLOAT64, &first, &n, entries));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileShape(r->file, path, 1, &n_entries));
  PetscCall(PartitionMake(r->share->part.comm, n_entries, &part));
  PetscCall(PetscMalloc1(part.n_local, &mine));
  PetscCall(DataFileRead(r->file, path, DATA_FLOAT64, &part.first, &part.n_local, mine));
  PetscCall(FetchEntries(&part, mine, n, index, entries));
  PetscCall(PetscFree(mine));
  PetscFunctionReturn(0);
}

/* Fills an attribute of a group into its edges that do not have a value yet. */
static PetscErrorCode fill_from_group(const Reading *r, const char *path, int64_t group,
                                      double values[])
{
  const Partition *part = &r->share->part;
  int64_t n, n_entries, *edge, *index;
  double *entries;
  PetscBool consecutive = PETSC_FALSE;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileShape(r->file, path, 1, &n_entries));
  PetscCall(PetscMalloc3(part->n_local, &edge, part->n_local, &index, part->n_local, &entries));
  PetscCall(list_members(r, group, &n, edge, index, &consecutive));
  status = ErrorAgree(part->comm, check_index(r, path, n_entries, n, edge, index));
  status = status ? status : read_entries(r, path, consecutive, n, index, entries);
  for (int64_t k = 0; k < n && !status; k++) {
    if (!isfinite(entries[k])) {
      status = UserError("%s:%s: edge %lld has the value %g, which is not finite", r->edges->file,
                         path, (long long)(part->first + edge[k]), entries[k]);
    } else if (isnan(values[edge[k]])) {
      values[edge[k]] = entries[k];
    }
  }
  PetscCall(PetscFree3(edge, index, entries));
  PetscCall(ErrorAgree(part->comm, status));
  PetscFunctionReturn(0);
}

/* Fills an attribute from all groups that have it, directly or among the parameters of the synapse model. */
static PetscErrorCode fill_from_groups(const Reading *r, const char *name, double values[],
                                       PetscBool *found)
{
  static const char *const forms[] = {"%lld/%s", "%lld/dynamics_params/%s"};

  PetscFunctionBegin;
  *found = PETSC_FALSE;
  for (int64_t g = 0; g < r->groups.n; g++) {
    for (size_t f = 0; f < PETSC_STATIC_ARRAY_LENGTH(forms); f++) {
      const int64_t group = IdentityId(&r->groups, g);
      char path[PETSC_MAX_PATH_LEN], part[256];
      PetscBool has;

      (void)snprintf(part, sizeof(part), forms[f], (long long)group, name); // NOLINT
      PetscCall(path_of(r, part, path));
      PetscCall(DataFileIsDataset(r->file, path, &has));
      if (has) {
        PetscCall(fill_from_group(r, path, group, values));
        *found = PETSC_TRUE;
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Fills missing values of edges from their types; by_type: (n_types). */
static void fill_from_types(const EdgeShare *s, const double by_type[], double values[])
{
  for (int64_t k = 0; k < s->part.n_local; k++) {
    if (isnan(values[k]) && s->type[k] >= 0) {
      values[k] = by_type[s->type[k]];
    }
  }
}

static PetscErrorCode weights_of_types(const Reading *r, const char *name, PetscBool *found)
{
  const TypeTable *table = &r->types->table;
  double *by_type;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  *found = table->n_types > 0 && TypeTableHas(table, name) ? PETSC_TRUE : PETSC_FALSE;
  if (!*found) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(table->n_types, &by_type));
  for (int64_t t = 0; t < table->n_types && !status; t++) {
    by_type[t] = NAN;
    status = TypeTableNumber(table, t, name, &by_type[t]);
  }
  if (!status) {
    fill_from_types(r->share, by_type, r->share->weight);
  }
  PetscCall(PetscFree(by_type));
  PetscFunctionReturn(status);
}

static PetscErrorCode note_source(EdgeShare *s, const char *name, const char *where)
{
  char text[128];

  PetscFunctionBegin;
  PetscCall(
      PetscSNPrintf(text, sizeof(text), "%s%s of %s", s->weight_from[0] ? ", " : "", name, where));
  PetscCall(PetscStrlcat(s->weight_from, text, sizeof(s->weight_from)));
  PetscFunctionReturn(0);
}

/* An edge's own weight takes precedence over that of its type, and syn_weight over weight. */
static PetscErrorCode fill_weights(const Reading *r, const char *weight)
{
  const char *const names[] = {weight[0] ? weight : "syn_weight", "weight"};

  PetscFunctionBegin;
  for (int k = 0; k < (weight[0] ? 1 : 2); k++) {
    PetscBool by_edge, by_type;
    int missing = 0;

    for (int64_t e = 0; e < r->share->part.n_local; e++) {
      missing = missing || isnan(r->share->weight[e]);
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &missing, 1, MPI_INT, MPI_MAX, r->share->part.comm));
    if (!missing) {
      break;
    }
    PetscCall(fill_from_groups(r, names[k], r->share->weight, &by_edge));
    PetscCall(weights_of_types(r, names[k], &by_type));
    if (by_edge) {
      PetscCall(note_source(r->share, names[k], "each edge"));
    }
    if (by_type) {
      PetscCall(note_source(r->share, names[k], "their types"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_share(Reading *r, const CircuitNodes *nodes, const char *weight)
{
  EdgeShare *s = r->share;
  PetscBool found;

  PetscFunctionBegin;
  for (int64_t k = 0; k < s->part.n_local; k++) {
    s->weight[k] = s->delay[k] = s->count[k] = NAN;
  }
  PetscCall(find_neurons(r, nodes, "source_node_id", r->edges->source, s->source));
  PetscCall(find_neurons(r, nodes, "target_node_id", r->edges->target, s->target));
  PetscCall(find_types(r));
  PetscCall(find_groups(r));
  PetscCall(fill_weights(r, weight));
  PetscCall(fill_from_groups(r, "delay", s->delay, &found));
  PetscCall(fill_from_groups(r, "nsyns", s->count, &found));
  fill_from_types(s, r->types->delay, s->delay);
  fill_from_types(s, r->types->count, s->count);
  for (int64_t k = 0; k < s->part.n_local; k++) {
    s->count[k] = isnan(s->count[k]) ? 1 : s->count[k];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EdgeShareRead(MPI_Comm comm, const EdgePopulation *edges, const EdgeTypes *types,
                             const CircuitNodes *nodes, const char *weight, EdgeShare *s)
{
  Reading r = {.edges = edges, .types = types, .share = s};
  PetscErrorCode status;

  PetscFunctionBegin;
  *s = (EdgeShare){.source = NULL};
  PetscCall(PartitionMake(comm, edges->n, &s->part));
  PetscCall(PetscMalloc6(s->part.n_local, &s->source, s->part.n_local, &s->target, s->part.n_local,
                         &s->weight, s->part.n_local, &s->delay, s->part.n_local, &s->count,
                         s->part.n_local, &s->type));
  PetscCall(PetscMalloc2(s->part.n_local, &r.group, s->part.n_local, &r.index));
  PetscCall(DataFileOpen(comm, edges->file, &r.file));
  status = read_share(&r, nodes, weight);
  PetscCall(DataFileDiscard(&r.file));
  PetscCall(PetscFree2(r.group, r.index));
  PetscCall(IdentityDestroy(&r.groups));
  if (status) {
    PetscCall(EdgeShareDestroy(s));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode EdgeShareDestroy(EdgeShare *s)
{
  PetscFunctionBegin;
  PetscCall(PetscFree6(s->source, s->target, s->weight, s->delay, s->count, s->type));
  PetscFunctionReturn(0);
}
