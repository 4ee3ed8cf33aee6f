/* SPDX-License-Identifier: GPL-3.0-or-later */

/* causeway sweep collect: one table of all results. */
#include "sweep_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/process.h"
#include "causeway/score_sense.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As in summary.json. */
const Metric Metrics[N_METRICS] = {
    {"auroc_published", "1", "area under the ROC curve, the diagonal counted as rejected pairs"},
    {"auroc_offdiagonal", "1", "area under the ROC curve, pairs of two neurons only"},
    {"auprc", "1", "average precision"},
    {"precision", "1", "of the significant pairs"},
    {"recall", "1", "of the significant pairs"},
    {"f1", "1", "harmonic mean of precision and recall"},
    {"time_s", "s", "time of the method"},
};

static double number_or_nan(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);

  return json_is_number(value) ? json_number_value(value) : NAN;
}

static char *word_of(const json_t *object, const char *key)
{
  const char *value = json_string_value(json_object_get(object, key));

  return TextCopy(value ? value : "");
}

/* Adds the scores of a run; false when its summary cannot be understood. */
static PetscBool add_run(SweepTable *table, const SweepEntry *entry, int64_t *n_allocated)
{
  char path[PETSC_MAX_PATH_LEN];
  json_t *summary, *score;
  const json_t *scores;
  json_error_t error;
  size_t k;

  ManifestPath(table->manifest, "runs", entry, "/summary.json", path);
  summary = json_load_file(path, 0, &error);
  scores = json_object_get(summary, "scores");
  if (!json_is_array(scores)) {
    (void)fprintf(stderr, "causeway: warning: run %" PRId64 ": %s: %s\n", entry->number, path,
                  summary ? "has no scores" : error.text);
    json_decref(summary);
    return PETSC_FALSE;
  }
  json_array_foreach(scores, k, score)
  {
    SweepRow *row;

    if (table->n_rows == *n_allocated) {
      *n_allocated = 2 * *n_allocated + 64;
      table->rows = MemoryGrow(table->rows, *n_allocated, sizeof(SweepRow));
    }
    row = &table->rows[table->n_rows++];
    *row = (SweepRow){
        .entry = entry, .method = word_of(score, "method"), .reading = word_of(score, "reading")};
    row->is_of_member = ScoreRoleIs(ROLE_MEMBER, json_string_value(json_object_get(score, "role")));
    for (int m = 0; m < N_METRICS; m++) {
      row->value[m] = number_or_nan(score, Metrics[m].name);
    }
  }
  json_decref(summary);
  return PETSC_TRUE;
}

static void put_field(FILE *stream, const char *text)
{
  (void)fputc(',', stream);
  CsvText(stream, text);
}

static void put_number(FILE *stream, double value)
{
  (void)fprintf(stream, isnan(value) ? "," : ",%.17g", value);
}

static void put_varied(FILE *stream, const Manifest *manifest, const SweepEntry *entry)
{
  for (int64_t k = 0; k < manifest->n_varied; k++) {
    const char *value = entry ? WordsFind(&entry->words, manifest->varied[k]) : manifest->varied[k];

    put_field(stream, value ? value : "");
  }
}

static PetscErrorCode write_rows(const SweepTable *table, const char *path)
{
  FILE *stream;

  SerialCall(FileBegin(path, &stream));
  (void)fputs("id", stream);
  put_varied(stream, table->manifest, NULL);
  (void)fputs(",seed,method,reading", stream);
  for (int m = 0; m < N_METRICS; m++) {
    put_field(stream, Metrics[m].name);
  }
  (void)fputc('\n', stream);
  for (int64_t r = 0; r < table->n_rows; r++) {
    const SweepRow *row = &table->rows[r];
    const char *seed = WordsFind(&row->entry->words, "seed");

    (void)fputs(row->entry->id, stream);
    put_varied(stream, table->manifest, row->entry);
    put_field(stream, seed ? seed : "");
    put_field(stream, row->method);
    put_field(stream, row->reading);
    for (int m = 0; m < N_METRICS; m++) {
      put_number(stream, row->value[m]);
    }
    (void)fputc('\n', stream);
  }
  return FileCommit(path, &stream);
}

/* Varied parameters, method, reading, runs, and of each score its mean, interval and count. */
static PetscErrorCode write_means(const SweepTable *table, const char *path)
{
  FILE *stream;

  SerialCall(FileBegin(path, &stream));
  (void)fputs("runs", stream);
  put_varied(stream, table->manifest, NULL);
  (void)fputs(",method,reading", stream);
  for (int m = 0; m < N_METRICS; m++) {
    (void)fprintf(stream, ",%s,%s_ci95,%s_count", Metrics[m].name, Metrics[m].name,
                  Metrics[m].name);
  }
  (void)fputc('\n', stream);
  for (int64_t r = 0; r < table->n_means; r++) {
    const SweepMean *mean = &table->means[r];

    (void)fprintf(stream, "%" PRId64, mean->n_runs);
    put_varied(stream, table->manifest, mean->entry);
    put_field(stream, mean->method);
    put_field(stream, mean->reading);
    for (int m = 0; m < N_METRICS; m++) {
      put_number(stream, mean->mean[m]);
      put_number(stream, mean->ci95[m]);
      (void)fprintf(stream, ",%" PRId64, mean->count[m]);
    }
    (void)fputc('\n', stream);
  }
  return FileCommit(path, &stream);
}

/* "0.912 +- 0.034" */
static const char *cell(const SweepMean *mean, int m, char text[64])
{
  int n = snprintf(text, 64, isnan(mean->mean[m]) ? "n/a" : "%.4f", mean->mean[m]);

  if (!isnan(mean->ci95[m])) {
    (void)snprintf(text + n, (size_t)(64 - n), " +- %.4f", mean->ci95[m]);
  }
  return text;
}

static void print_means(const SweepTable *table, const char *prefix)
{
  enum { MOST = 40, SHOWN = 3 };
  char text[64];

  (void)printf("%-12s %-13s %5s  %-18s %-18s %-18s %s\n", "method", "reading", "runs",
               "AUROC published", "AUROC offdiagonal", "AUPRC", "parameters");
  for (int64_t r = 0; r < table->n_means && r < MOST; r++) {
    const SweepMean *mean = &table->means[r];

    (void)printf("%-12s %-13s %5" PRId64 " ", mean->method, mean->reading, mean->n_runs);
    for (int m = 0; m < SHOWN; m++) {
      (void)printf(" %-18s", cell(mean, m, text));
    }
    for (int64_t k = 0; k < table->manifest->n_varied; k++) {
      const char *key = table->manifest->varied[k], *value = WordsFind(&mean->entry->words, key);

      if (value) {
        (void)printf(" %s=%s", key, value);
      }
    }
    (void)printf("\n");
  }
  if (table->n_means > MOST) {
    (void)printf("and %" PRId64 " more in %s_mean.csv\n", table->n_means - MOST, prefix);
  }
}

static PetscErrorCode write_table(const SweepTable *table, const char *prefix)
{
  char path[PETSC_MAX_PATH_LEN];

  PathPrint(path, "%s.csv", prefix);
  SerialCall(write_rows(table, path));
  PathPrint(path, "%s_mean.csv", prefix);
  SerialCall(write_means(table, path));
  PathPrint(path, "%s.h5", prefix);
  return TableWriteHDF5(table, path);
}

PetscErrorCode TableCollect(SweepTable *table)
{
  const Manifest *manifest = table->manifest;
  int64_t n_allocated = 0;

  for (int64_t e = 0; e < manifest->n_entries; e++) {
    SweepStatus status;

    EntryStatus(manifest, &manifest->entries[e], &status);
    table->n_in_state[status.state]++;
    if (status.state == STATE_DONE && !add_run(table, &manifest->entries[e], &n_allocated)) {
      table->n_unreadable++;
    }
  }
  if (table->n_rows == 0 && table->n_in_state[STATE_DONE] > table->n_unreadable) {
    return UserError("%s: %" PRId64 " of %" PRId64 " runs are done, but none has scores, because "
                     "they were not compared with a true network; give the sweep the parameter "
                     "truth, or take the results of each run from %s/runs",
                     manifest->directory, table->n_in_state[STATE_DONE] - table->n_unreadable,
                     manifest->n_entries, manifest->directory);
  }
  if (table->n_rows == 0) {
    return UserError("%s: no run has scores yet: %" PRId64 " failed, %" PRId64 " not done, %" PRId64
                     " unreadable; causeway sweep run does them",
                     manifest->directory, table->n_in_state[STATE_FAILED],
                     manifest->n_entries - table->n_in_state[STATE_DONE] -
                         table->n_in_state[STATE_FAILED],
                     table->n_unreadable);
  }
  TableMeans(table);
  return 0;
}

void TableFree(SweepTable *table)
{
  for (int64_t r = 0; r < table->n_rows; r++) {
    free(table->rows[r].method);
    free(table->rows[r].reading);
  }
  free(table->rows);
  free(table->means);
}

static PetscErrorCode collect(SweepTable *table, const char *prefix)
{
  const Manifest *manifest = table->manifest;
  const int64_t *n = table->n_in_state;

  SerialCall(TableCollect(table));
  SerialCall(write_table(table, prefix));
  print_means(table, prefix);
  (void)printf("\nsweep %s: %" PRId64 " of %" PRId64 " runs in %s.csv, %s_mean.csv and %s.h5",
               manifest->name, n[STATE_DONE] - table->n_unreadable, manifest->n_entries, prefix,
               prefix, prefix);
  (void)printf("; %" PRId64 " failed, %" PRId64 " missing or not over, %" PRId64 " unreadable\n",
               n[STATE_FAILED], manifest->n_entries - n[STATE_DONE] - n[STATE_FAILED],
               table->n_unreadable);
  return 0;
}

PetscErrorCode SweepCollect(const SweepOptions *options, int *exit_status)
{
  Manifest manifest;
  SweepTable table = {.manifest = &manifest};
  char prefix[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;

  SerialCall(ManifestRead(options->input, &manifest));
  PathPrint(prefix, "%s%s", options->output ? "" : manifest.directory,
            options->output ? options->output : "/table");
  status = DirectoryLock(manifest.directory, PETSC_TRUE);
  status = status ? status : collect(&table, prefix);
  TableFree(&table);
  ManifestFree(&manifest);
  *exit_status = SWEEP_DONE;
  return status;
}
