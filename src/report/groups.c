/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Scores between groups of neurons, each with its p-value. */
#include "figures.h"

#include "causeway/error.h"
#include "causeway/internal/core/hdf5_file.h"
#include "causeway/internal/core/hdf5_find.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TABLES = 8, MOST_GROUPS = 20 };

typedef struct {
  int n;
  char path[MOST_TABLES][PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
} Tables;

/* Collects the scores whose rows are groups. */
static herr_t visit_link(hid_t file, const char *name, const H5L_info_t *info, void *context)
{
  Tables *tables = context;
  char groups[8] = "", role[32] = "";
  hid_t dataset = H5I_INVALID_HID;

  (void)info;
  tables->status = HDF5FindDataset(file, name, &dataset);
  if (dataset < 0) {
    return tables->status ? -1 : 0;
  }
  tables->status = ScoreText(dataset, "groups", sizeof(groups), groups);
  tables->status = tables->status ? tables->status : ScoreText(dataset, "role", sizeof(role), role);
  (void)H5Dclose(dataset);
  if (!tables->status && groups[0] && ScoreRoleIs(ROLE_SCORE, role) && tables->n < MOST_TABLES) {
    PathPrint(tables->path[tables->n++], "/%s", name);
  }
  return tables->status ? -1 : 0;
}

static PetscErrorCode find_tables(const RunFiles *run, Tables *tables)
{
  PetscErrorCode status;
  hid_t file;

  *tables = (Tables){.n = 0};
  if (!run->causality[0]) {
    return 0;
  }
  SerialCall(HDF5FileOpen(run->causality, &file));
  status = H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, visit_link, tables) < 0
               ? (tables->status ? tables->status : HDF5Damaged(file, "/", HDF5Reason()))
               : 0;
  (void)H5Fclose(file);
  return status;
}

PetscErrorCode RunHasGroups(const RunFiles *run, PetscBool *has)
{
  Tables tables;
  const PetscErrorCode status = find_tables(run, &tables);

  *has = tables.n > 0 ? PETSC_TRUE : PETSC_FALSE;
  return status;
}

/* What a group is called: its number, and its neurons when they are given as ranges. */
static void print_name(FILE *page, const char *groups, int64_t k)
{
  const char *range = groups;

  (void)fprintf(page, "%" PRId64, k);
  for (int64_t before = 0; before < k && range; before++) {
    range = strchr(range, ',');
    range = range ? range + 1 : NULL;
  }
  if (range && !strstr(groups, ":/")) {
    (void)fprintf(page, " (%.*s)", (int)strcspn(range, ","), range);
  }
}

static void print_cell(FILE *page, double score, double p_value)
{
  (void)fprintf(page, "<td class=\"n\">%.4g", score);
  if (isfinite(p_value)) {
    (void)fprintf(page, " (%.2g)", p_value);
  }
  (void)fputs("</td>", page);
}

/* values, p_values: (n targets, n sources); p_values NULL without a test. */
static void print_matrix(FILE *page, int64_t n, const char *groups, const double *values,
                         const double *p_values)
{
  (void)fputs("<div class=\"scroll\"><table>\n<thead><tr><th>target \\ source</th>", page);
  for (int64_t j = 0; j < n; j++) {
    (void)fputs("<th class=\"n\">", page);
    print_name(page, groups, j);
    (void)fputs("</th>", page);
  }
  (void)fputs("</tr></thead>\n<tbody>\n", page);
  for (int64_t i = 0; i < n; i++) {
    (void)fputs("<tr><th>", page);
    print_name(page, groups, i);
    (void)fputs("</th>", page);
    for (int64_t j = 0; j < n; j++) {
      if (i == j) {
        (void)fputs("<td class=\"n\"></td>", page);
      } else {
        print_cell(page, values[i * n + j], p_values ? p_values[i * n + j] : NAN);
      }
    }
    (void)fputs("</tr>\n", page);
  }
  (void)fputs("</tbody></table></div>\n", page);
}

static PetscErrorCode print_values(FILE *page, const RunFiles *run, const Scores *scores)
{
  const PetscBool tested = ScoresHave(scores, COLUMN_P_VALUE);
  double *values, *p_values;
  char groups[4096] = "";
  PetscErrorCode status;

  if (scores->n > MOST_GROUPS) {
    (void)fprintf(page, "<p>%" PRId64 " groups: <code>causeway export ", scores->n);
    XmlText(page, run->causality);
    (void)fprintf(page, ":%s -output FILE</code> writes them.</p>\n", scores->path);
    return 0;
  }
  values = MemoryGrow(NULL, scores->n * scores->n, sizeof(double));
  p_values = MemoryGrow(NULL, scores->n * scores->n, sizeof(double));
  status = ScoreText(scores->dataset[COLUMN_SCORE], "groups", sizeof(groups), groups);
  status = status ? status : ScoresReadRows(scores, COLUMN_SCORE, 0, scores->n, values);
  if (!status && tested) {
    status = ScoresReadRows(scores, COLUMN_P_VALUE, 0, scores->n, p_values);
  }
  if (!status) {
    print_matrix(page, scores->n, groups, values, tested ? p_values : NULL);
  }
  free(p_values);
  free(values);
  return status;
}

PetscErrorCode PrintGroups(FILE *page, const RunFiles *run)
{
  PetscErrorCode status;
  Tables tables;

  SerialCall(find_tables(run, &tables));
  for (int k = 0; k < tables.n; k++) {
    Scores scores;

    status = ScoresOpen(run->causality, tables.path[k], SENSE_UNKNOWN, &scores);
    if (!status) {
      (void)fprintf(page,
                    "<h2>Groups: %s</h2>\n<p>Influence of the source group on the target "
                    "group%s.</p>\n",
                    tables.path[k] + 1,
                    ScoresHave(&scores, COLUMN_P_VALUE) ? ", with its p-value in brackets" : "");
      status = print_values(page, run, &scores);
    }
    ScoresClose(&scores);
    SerialCall(status);
  }
  return 0;
}
