/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The table of a sweep in HDF5: every column a dataset. Written by this process alone, without MPI. */
#include "sweep_impl.h"

#include "causeway/error.h"
#include "causeway/version.h"

#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file that is being written; `failed` once something could not be. */
typedef struct {
  hid_t id;
  int failed;
} Output;

static hid_t string_type(void)
{
  hid_t type = H5Tcopy(H5T_C_S1);

  (void)H5Tset_size(type, H5T_VARIABLE);
  (void)H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

/* A text of fixed length, as in the other files. */
static void set_attribute(Output *output, const char *object, const char *name, const char *value)
{
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), attribute;

  (void)H5Tset_size(type, strlen(value) + 1);
  (void)H5Tset_cset(type, H5T_CSET_UTF8);
  attribute = H5Acreate_by_name(output->id, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT,
                                H5P_DEFAULT);
  output->failed |= attribute < 0 || H5Awrite(attribute, type, value) < 0;
  (void)H5Aclose(attribute);
  (void)H5Sclose(space);
  (void)H5Tclose(type);
}

static void write_column(Output *output, const char *name, hid_t type, int64_t n,
                         const void *values, const char *units, const char *description)
{
  const hsize_t extent = (hsize_t)n;
  hid_t space = H5Screate_simple(1, &extent, NULL);
  hid_t dataset = H5Dcreate2(output->id, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  output->failed |=
      dataset < 0 || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
  (void)H5Dclose(dataset);
  (void)H5Sclose(space);
  if (!output->failed) {
    set_attribute(output, name, "units", units);
    set_attribute(output, name, "description", description);
  }
}

static void write_strings(Output *output, const char *name, int64_t n, const char **values,
                          const char *description)
{
  hid_t type = string_type();

  write_column(output, name, type, n, values, "1", description);
  (void)H5Tclose(type);
}

/* Numbers where all values are numbers, else words; `entries` is (n). */
static void write_parameter(Output *output, const char *name, const char *key, int64_t n,
                            const SweepEntry *const entries[])
{
  const char **words = MemoryGrow(NULL, n, sizeof(char *));
  double *numbers = MemoryGrow(NULL, n, sizeof(double));
  PetscBool all = PETSC_TRUE;
  char description[512];

  for (int64_t r = 0; r < n; r++) {
    const char *value = WordsFind(&entries[r]->words, key);

    words[r] = value ? value : "";
    numbers[r] = NAN;
    all = value && !TextReal(value, &numbers[r]) ? PETSC_FALSE : all;
  }
  (void)snprintf(description, sizeof(description), "parameter %s of the run", key);
  if (all) {
    write_column(output, name, H5T_NATIVE_DOUBLE, n, numbers, "as in causeway help", description);
  } else {
    write_strings(output, name, n, words, description);
  }
  free(words);
  free(numbers);
}

/* The columns that rows and means have in common, below `group`. */
static void write_labels(Output *output, const Manifest *manifest, const char *group, int64_t n,
                         const SweepEntry *const entries[], const char **methods,
                         const char **readings)
{
  char name[512];

  for (int64_t k = 0; k < manifest->n_varied; k++) {
    (void)snprintf(name, sizeof(name), "%s/%s", group, manifest->varied[k]);
    write_parameter(output, name, manifest->varied[k], n, entries);
  }
  (void)snprintf(name, sizeof(name), "%s/method", group);
  write_strings(output, name, n, methods, "method of inference");
  (void)snprintf(name, sizeof(name), "%s/reading", group);
  write_strings(output, name, n, readings, "which of the method's scores");
}

static void write_rows(Output *output, const SweepTable *table)
{
  const int64_t n = table->n_rows;
  const SweepEntry **entries = MemoryGrow(NULL, n, sizeof(SweepEntry *));
  const char **methods = MemoryGrow(NULL, n, sizeof(char *));
  const char **readings = MemoryGrow(NULL, n, sizeof(char *));
  const char **ids = MemoryGrow(NULL, n, sizeof(char *));
  int64_t *seeds = MemoryGrow(NULL, n, sizeof(int64_t));
  double *values = MemoryGrow(NULL, n, sizeof(double));

  for (int64_t r = 0; r < n; r++) {
    const char *seed = WordsFind(&table->rows[r].entry->words, "seed");

    entries[r] = table->rows[r].entry;
    methods[r] = table->rows[r].method;
    readings[r] = table->rows[r].reading;
    ids[r] = table->rows[r].entry->id;
    seeds[r] = -1;
    (void)(seed && TextInteger(seed, 0, UINT32_MAX, &seeds[r]));
  }
  write_strings(output, "/id", n, ids, "of the run, its folder in runs/");
  write_labels(output, table->manifest, "", n, entries, methods, readings);
  write_column(output, "/seed", H5T_NATIVE_INT64, n, seeds, "1", "of all random numbers");
  for (int m = 0; m < N_METRICS; m++) {
    for (int64_t r = 0; r < n; r++) {
      values[r] = table->rows[r].value[m];
    }
    write_column(output, Metrics[m].name, H5T_NATIVE_DOUBLE, n, values, Metrics[m].units,
                 Metrics[m].text);
  }
  free(entries);
  free(methods);
  free(readings);
  free(ids);
  free(seeds);
  free(values);
}

/* /mean/METRIC, /mean/METRIC_ci95 and /mean/METRIC_count */
static void write_mean(Output *output, const SweepTable *table, int m)
{
  const Metric *metric = &Metrics[m];
  const int64_t n = table->n_means;
  double *means = MemoryGrow(NULL, n, sizeof(double));
  double *halves = MemoryGrow(NULL, n, sizeof(double));
  int64_t *counts = MemoryGrow(NULL, n, sizeof(int64_t));
  char name[128];

  for (int64_t r = 0; r < n; r++) {
    means[r] = table->means[r].mean[m];
    halves[r] = table->means[r].ci95[m];
    counts[r] = table->means[r].count[m];
  }
  (void)snprintf(name, sizeof(name), "/mean/%s", metric->name);
  write_column(output, name, H5T_NATIVE_DOUBLE, n, means, metric->units, metric->text);
  (void)snprintf(name, sizeof(name), "/mean/%s_ci95", metric->name);
  write_column(output, name, H5T_NATIVE_DOUBLE, n, halves, metric->units,
               "half the 95 % confidence interval of the mean, Student's t");
  (void)snprintf(name, sizeof(name), "/mean/%s_count", metric->name);
  write_column(output, name, H5T_NATIVE_INT64, n, counts, "1", "runs where the score is defined");
  free(means);
  free(halves);
  free(counts);
}

static void write_means(Output *output, const SweepTable *table)
{
  const int64_t n = table->n_means;
  const SweepEntry **entries = MemoryGrow(NULL, n, sizeof(SweepEntry *));
  const char **methods = MemoryGrow(NULL, n, sizeof(char *));
  const char **readings = MemoryGrow(NULL, n, sizeof(char *));
  int64_t *runs = MemoryGrow(NULL, n, sizeof(int64_t));
  hid_t group = H5Gcreate2(output->id, "/mean", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  output->failed |= group < 0;
  (void)H5Gclose(group);
  for (int64_t r = 0; r < n; r++) {
    entries[r] = table->means[r].entry;
    methods[r] = table->means[r].method;
    readings[r] = table->means[r].reading;
    runs[r] = table->means[r].n_runs;
  }
  write_labels(output, table->manifest, "/mean", n, entries, methods, readings);
  write_column(output, "/mean/runs", H5T_NATIVE_INT64, n, runs, "1",
               "runs that differ in nothing but the seed");
  for (int m = 0; m < N_METRICS; m++) {
    write_mean(output, table, m);
  }
  free(entries);
  free(methods);
  free(readings);
  free(runs);
}

PetscErrorCode TableWriteHDF5(const SweepTable *table, const char *path)
{
  char partial[PETSC_MAX_PATH_LEN], libraries[1024];
  Output output = {0};

  PathPrint(partial, "%s.partial", path);
  (void)H5open();
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  output.id = H5Fcreate(partial, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  if (output.id < 0) {
    return UserError("%s: cannot create the file: %s", path, strerror(errno));
  }
  CausewayLibraries("; ", sizeof(libraries), libraries);
  set_attribute(&output, "/", "program", "causeway");
  set_attribute(&output, "/", "program_version", CausewayVersion());
  set_attribute(&output, "/", "program_revision", CausewayRevision());
  set_attribute(&output, "/", "libraries", libraries);
  set_attribute(&output, "/", "sweep", table->manifest->name);
  write_rows(&output, table);
  write_means(&output, table);
  output.failed |= H5Fflush(output.id, H5F_SCOPE_GLOBAL) < 0;
  output.failed |= H5Fclose(output.id) < 0;
  if (output.failed || rename(partial, path)) {
    const int reason = errno;

    (void)unlink(partial);
    return UserError("%s: cannot write: %s", path, strerror(reason));
  }
  return 0;
}
