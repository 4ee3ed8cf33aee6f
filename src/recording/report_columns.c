/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Assigns the columns of a SONATA report to neurons in any order, or to their compartments. */
#include "report_columns.h"

#include "causeway/error.h"

#include "causeway/internal/io/time_unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The mapping of a report; NULL for parts that it does not have. */
typedef struct {
  const char *group;
  int64_t n_columns, n_nodes, n_pointers;
  int64_t *nodes;    /* (n_nodes) */
  int64_t *pointers; /* (n_pointers) first column of each node; the end of the last is optional */
  int64_t *elements; /* (n_columns) section of each column, 0 for the soma */
} Mapping;

/* Reads a list of integers beside the data, under one of two names. */
static PetscErrorCode read_list(Recording r, const char *group, const char *name,
                                const char *old_name, int64_t *n, int64_t **list)
{
  const int64_t first = 0;
  char path[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PetscFunctionBegin;
  *n = 0;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/mapping/%s", group, name));
  PetscCall(DataFileIsDataset(r->file, path, &found));
  if (!found && old_name) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/mapping/%s", group, old_name));
    PetscCall(DataFileIsDataset(r->file, path, &found));
  }
  if (found) {
    PetscCall(DataFileShape(r->file, path, 1, n));
    PetscCall(PetscMalloc1(PetscMax(1, *n), list));
    PetscCall(DataFileRead(r->file, path, DATA_INT64, &first, n, *list));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy_mapping(Mapping *m)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(m->nodes));
  PetscCall(PetscFree(m->pointers));
  PetscCall(PetscFree(m->elements));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_mapping(Recording r, Mapping *m)
{
  int64_t n_elements;

  PetscFunctionBegin;
  PetscCall(read_list(r, m->group, "node_ids", "gids", &m->n_nodes, &m->nodes));
  PetscCall(
      read_list(r, m->group, "index_pointers", "index_pointer", &m->n_pointers, &m->pointers));
  PetscCall(read_list(r, m->group, "element_ids", "element_id", &n_elements, &m->elements));
  UserCheck(!m->elements || n_elements == m->n_columns,
            "%s:%s/mapping: has %lld element_ids for the %lld columns of the data", r->name,
            m->group, (long long)n_elements, (long long)m->n_columns);
  PetscFunctionReturn(0);
}

/* Columns of node k, [begin, end). */
static void node_range(const Mapping *m, int64_t k, int64_t range[2])
{
  range[0] = m->pointers ? m->pointers[k] : k;
  range[1] = !m->pointers ? k + 1 : k + 1 < m->n_pointers ? m->pointers[k + 1] : m->n_columns;
}

/* Every column must belong to exactly one node. */
static PetscErrorCode check_mapping(Recording r, const Mapping *m, PetscBool *single)
{
  int64_t begin = 0;

  PetscFunctionBegin;
  UserCheck(m->pointers || m->n_nodes == m->n_columns,
            "%s:%s/mapping: has %lld node_ids for the %lld columns of the data, but no "
            "index_pointers that give each column its node",
            r->name, m->group, (long long)m->n_nodes, (long long)m->n_columns);
  UserCheck(!m->pointers || m->n_pointers == m->n_nodes || m->n_pointers == m->n_nodes + 1,
            "%s:%s/mapping: has %lld index_pointers for %lld node_ids; expected one for each, and "
            "optionally the end",
            r->name, m->group, (long long)m->n_pointers, (long long)m->n_nodes);
  *single = PETSC_TRUE;
  for (int64_t k = 0; k < m->n_nodes; k++) {
    int64_t range[2];

    node_range(m, k, range);
    UserCheck(range[1] != range[0],
              "%s:%s/mapping: index_pointers give node %lld no column; leave such nodes out of the "
              "report",
              r->name, m->group, (long long)m->nodes[k]);
    UserCheck(range[0] == begin && range[1] > range[0] && range[1] <= m->n_columns,
              "%s:%s/mapping: index_pointers give node %lld the columns %lld to %lld of %lld, but "
              "the nodes before it those up to %lld",
              r->name, m->group, (long long)m->nodes[k], (long long)range[0],
              (long long)range[1] - 1, (long long)m->n_columns, (long long)begin - 1);
    begin = range[1];
    *single = *single && range[1] == range[0] + 1 ? PETSC_TRUE : PETSC_FALSE;
  }
  UserCheck(begin == m->n_columns, "%s:%s/mapping: the last %lld of %lld columns have no node",
            r->name, m->group, (long long)(m->n_columns - begin), (long long)m->n_columns);
  PetscFunctionReturn(0);
}

/* Selects the columns of a node: all, or those of the soma, which a node with one column need not mark. */
static PetscErrorCode take_columns(Recording r, const Mapping *m, int64_t node, int64_t *n,
                                   int64_t columns[])
{
  const PetscBool soma = r->options.compartments == COMPARTMENTS_SOMA ? PETSC_TRUE : PETSC_FALSE;
  int64_t range[2], before = *n;

  PetscFunctionBegin;
  node_range(m, node, range);
  for (int64_t c = range[0]; c < range[1]; c++) {
    if (!soma || range[1] == range[0] + 1 || (m->elements && m->elements[c] == 0)) {
      columns[(*n)++] = c;
    }
  }
  UserCheck(*n > before,
            "activity_compartments = soma: %s:%s/mapping/element_ids has no element 0, the soma, "
            "for node %lld; use -activity_compartments mean",
            r->name, m->group, (long long)m->nodes[node]);
  PetscFunctionReturn(0);
}

/* Lists the columns of each neuron, by ascending id. */
static PetscErrorCode list_columns(Recording r, const Mapping *m, PetscBool single)
{
  SeriesData *data = r->context;
  int64_t n = 0;

  PetscFunctionBegin;
  if (single && !r->identity.place) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(m->n_nodes + 1, &data->column_start));
  PetscCall(PetscMalloc1(m->n_columns, &data->columns));
  data->column_start[0] = 0;
  for (int64_t k = 0; k < m->n_nodes; k++) {
    PetscCall(take_columns(r, m, IdentityPlace(&r->identity, k), &n, data->columns));
    data->column_start[k + 1] = n;
    data->most_columns = PetscMax(data->most_columns, n - data->column_start[k]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode describe(Recording r, const Mapping *m, PetscBool single)
{
  PetscFunctionBegin;
  if (!single) {
    RecordingNote(r, "%s of the %lld compartments of %lld neurons",
                  r->options.compartments == COMPARTMENTS_SOMA ? "the somata" : "means",
                  (long long)m->n_columns, (long long)m->n_nodes);
  } else if (r->identity.place) {
    RecordingNote(r, "neurons are sorted by node id; the file has another order");
  }
  PetscFunctionReturn(0);
}

/* Reads the names of the columns in the order of the file; without names, ids identify the neurons. */
static PetscErrorCode find_labels(Recording r, const char *group)
{
  PetscBool found;
  Labels labels = {0, 0, NULL};

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(r->file, "/labels", &found));
  if (!found || strncmp(group, "/report/", 8) != 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(LabelsRead(r->file, "/labels", &labels));
  UserCheck(labels.n == r->n_all_channels, "%s:/labels: has %lld names for %lld neurons", r->name,
            (long long)labels.n, (long long)r->n_all_channels);
  PetscCall(LabelsTake(&labels, labels.n, r->identity.place, &r->all_labels));
  PetscCall(LabelsDestroy(&labels));
  PetscFunctionReturn(0);
}

static PetscErrorCode apply_mapping(Recording r, Mapping *m)
{
  const SeriesData *data = r->context;
  char what[PETSC_MAX_PATH_LEN + 64];
  int64_t *ids;
  PetscBool single = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(check_mapping(r, m, &single));
  UserCheck(data->time_axis == 0,
            "activity_layout = neuron_time: the report %s:%s has a mapping of its columns, so its "
            "first dimension is time; leave activity_layout out",
            r->name, m->group);
  UserCheck(single || r->options.compartments != COMPARTMENTS_REFUSE,
            "%s:%s: has %lld compartments of %lld neurons; choose with -activity_compartments soma "
            "or mean",
            r->name, m->group, (long long)m->n_columns, (long long)m->n_nodes);
  PetscCall(PetscMalloc1(m->n_nodes, &ids));
  PetscCall(PetscArraycpy(ids, m->nodes, m->n_nodes));
  PetscCall(PetscSNPrintf(what, sizeof(what), "%s:%s/mapping/node_ids", r->name, m->group));
  PetscCall(IdentityMake(what, m->n_nodes, ids, &r->identity));
  r->n_all_channels = m->n_nodes;
  PetscCall(list_columns(r, m, single));
  PetscCall(describe(r, m, single));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportFindColumns(Recording r, const char *group)
{
  Mapping m = {.group = group, .n_columns = r->n_all_channels};
  PetscErrorCode status;

  PetscFunctionBegin;
  status = read_mapping(r, &m);
  if (!status && !m.nodes) {
    status = m.pointers ? UserError("%s:%s/mapping: has index_pointers, but no node_ids to which "
                                    "they belong",
                                    r->name, group)
                        : 0;
  } else {
    status = status ? status : apply_mapping(r, &m);
  }
  PetscCall(destroy_mapping(&m));
  status = status ? status : find_labels(r, group);
  PetscFunctionReturn(status);
}

/* Compares the number of samples with start, end and step; the end may be inclusive or exclusive. */
static void compare_times(Recording r, const char *name, const double times[3])
{
  const double n = (times[1] - times[0]) / times[2];

  if (!isfinite(times[1])) {
    RecordingNote(r, "%s gives the end %g, which is not used", name, times[1]);
  } else if (n > 0 && isfinite(n) && fabs(n - (double)r->n_all_samples) > 1.5) {
    RecordingNote(
        r,
        "%s gives %.0f samples (from %g to %g in steps of %g), but the data have %lld; its "
        "start and step "
        "are used, its end is not",
        name, n, times[0], times[1], times[2], (long long)r->n_all_samples);
  }
}

PetscErrorCode ReportFindTimes(Recording r, const char *group)
{
  const int64_t first = 0, count = 3;
  char name[PETSC_MAX_PATH_LEN];
  double times[3], ms; /* start, end, step */
  PetscBool found, is_assumed;
  int64_t n;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/mapping/time", group));
  PetscCall(DataFileIsDataset(r->file, name, &found));
  if (found) {
    PetscCall(DataFileShape(r->file, name, 1, &n));
    UserCheck(n == 3, "%s:%s: has %lld entries; expected start, end and step", r->name, name,
              (long long)n);
    PetscCall(DataFileRead(r->file, name, DATA_FLOAT64, &first, &count, times));
    PetscCall(TimeUnit(r->file, name, &ms, &is_assumed));
    UserCheck(isfinite(times[0]) && isfinite(times[2]) && times[2] >= 0,
              "%s:%s: start %g and step %g are not valid times", r->name, name, times[0], times[2]);
    r->start_ms = ms * times[0];
    r->interval_ms = ms * times[2];
    if (is_assumed) {
      RecordingNote(r, "times in ms (assumed: %s has no attribute units)", name);
    }
    compare_times(r, name, times);
  }
  PetscFunctionReturn(0);
}
