/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_files.h"

#include "causeway/error.h"
#include "causeway/internal/core/hdf5_file.h"
#include "causeway/internal/core/hdf5_find.h"
#include "causeway/parameters.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The whole of a text file, NULL when there is none. */
static char *read_text(const char *directory, const char *name)
{
  char path[PETSC_MAX_PATH_LEN], *text = NULL;
  struct stat entry;
  FILE *stream;

  PathPrint(path, "%s/%s", directory, name);
  stream = fopen(path, "r");
  if (stream && !fstat(fileno(stream), &entry)) {
    text = MemoryGrow(NULL, entry.st_size + 1, 1);
    text[fread(text, 1, (size_t)entry.st_size, stream)] = 0;
  }
  if (stream) {
    (void)fclose(stream);
  }
  return text;
}

/* A file of HDF5, negative when it is not there; an error when it is, but damaged. */
static PetscErrorCode open_file(const RunFiles *run, const char *name, hid_t *file)
{
  char path[PETSC_MAX_PATH_LEN];

  PathPrint(path, "%s/%s.h5", run->directory, name);
  *file = H5I_INVALID_HID;
  if (!access(path, F_OK)) {
    SerialCall(HDF5FileOpen(path, file));
  }
  return 0;
}

PetscErrorCode DatasetRows(hid_t file, const char *path, int n_dims, hsize_t dims[], int64_t *rows)
{
  hid_t dataset = H5I_INVALID_HID, space;

  *rows = -1;
  if (file >= 0) {
    SerialCall(HDF5FindDataset(file, path, &dataset));
  }
  if (dataset >= 0) {
    space = H5Dget_space(dataset);
    if (H5Sget_simple_extent_ndims(space) == n_dims) {
      (void)H5Sget_simple_extent_dims(space, dims, NULL);
      *rows = (int64_t)dims[0];
    }
    (void)H5Sclose(space);
    (void)H5Dclose(dataset);
  }
  return 0;
}

PetscErrorCode GroupFirst(hid_t file, const char *group, char path[PETSC_MAX_PATH_LEN])
{
  char name[256], reason[HDF5_REASON];
  PetscBool found = PETSC_FALSE;
  H5G_info_t info;

  path[0] = 0;
  if (file >= 0) {
    SerialCall(HDF5Find(file, group, &found));
  }
  if (!found) {
    return 0;
  }
  if (H5Gget_info_by_name(file, group, &info, H5P_DEFAULT) < 0 ||
      (info.nlinks > 0 && H5Lget_name_by_idx(file, group, H5_INDEX_NAME, H5_ITER_INC, 0, name,
                                             sizeof(name), H5P_DEFAULT) < 0)) {
    (void)snprintf(reason, sizeof(reason), "%s", HDF5Reason());
    return HDF5Damaged(file, group, reason);
  }
  if (info.nlinks > 0) {
    PathPrint(path, "%s/%s", group, name);
  }
  return 0;
}

PetscErrorCode DatasetRead(hid_t file, const char *path, hid_t type, int n_dims,
                           const hsize_t first[], const hsize_t count[], void *values)
{
  hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(dataset);
  hid_t memory = H5Screate_simple(n_dims, count, NULL);
  char name[PETSC_MAX_PATH_LEN] = "";
  herr_t result = H5Sselect_hyperslab(space, H5S_SELECT_SET, first, NULL, count, NULL);

  result = result < 0 ? result : H5Dread(dataset, type, memory, space, H5P_DEFAULT, values);
  (void)H5Sclose(memory);
  (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  if (result < 0) {
    (void)H5Fget_name(file, name, sizeof(name));
    return UserError("%s:%s: cannot be read, the file may be damaged", name, path);
  }
  return 0;
}

static double number_of(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);

  return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Adds a reading behind all readings of smaller or equal order. */
static void add_reading(RunFiles *run, Reading reading)
{
  int at = run->n_readings;

  if (at < MOST_READINGS) {
    for (; at > 0 && run->readings[at - 1].order > reading.order; at--) {
      run->readings[at] = run->readings[at - 1];
    }
    run->readings[at] = reading;
    run->n_readings++;
  }
}

PetscBool ScoreIsOfMember(const json_t *score)
{
  return ScoreRoleIs(ROLE_MEMBER, json_string_value(json_object_get(score, "role")));
}

/* The scores of the table: those of single members are not in it, of several windows the last. */
static void read_scores(RunFiles *run)
{
  const json_t *scores = json_object_get(run->summary, "scores");
  double last = -1;
  size_t k;
  json_t *score;

  json_array_foreach(scores, k, score)
  {
    last = PetscMax(last, number_of(score, "window"));
  }
  if (last >= 0) {
    (void)snprintf(run->window, sizeof(run->window), "_window_%.0f", last);
  }
  json_array_foreach(scores, k, score)
  {
    const char *method = json_string_value(json_object_get(score, "method"));
    const char *reading = json_string_value(json_object_get(score, "reading"));

    if (method && reading && !ScoreIsOfMember(score) &&
        !(last >= 0 && number_of(score, "window") != last)) {
      Reading r = {.auroc = number_of(score, "auroc_offdiagonal"),
                   .auprc = number_of(score, "auprc")};

      (void)snprintf(r.method, sizeof(r.method), "%s", method);
      (void)snprintf(r.reading, sizeof(r.reading), "%s", reading);
      add_reading(run, r);
    }
  }
}

/* The place in tables that a dataset has as a score, 0 for none. */
static PetscErrorCode find_order(hid_t dataset, int *order)
{
  PetscErrorCode status;
  hid_t attribute;

  *order = 0;
  status = HDF5FindAttribute(dataset, "order", &attribute);
  if (attribute >= 0) {
    if (H5Aread(attribute, H5T_NATIVE_INT, order) < 0) {
      status = HDF5Damaged(dataset, "order", "is no number that can be read");
    }
    (void)H5Aclose(attribute);
  }
  return status;
}

typedef struct {
  RunFiles *run;
  PetscErrorCode status;
} Search;

/* A score that has a place in tables: METHOD/READING, or METHOD/GROUP/COLUMN of sparse scores. */
static herr_t visit_link(hid_t file, const char *name, const H5L_info_t *info, void *context)
{
  const char *reading = strchr(name, '/');
  Search *search = context;
  char role[32] = "";
  Reading r = {.auroc = NAN, .auprc = NAN};
  hid_t dataset = H5I_INVALID_HID;

  (void)info;
  if (reading) {
    search->status = HDF5FindDataset(file, name, &dataset);
  }
  if (dataset < 0) {
    return search->status ? -1 : 0;
  }
  search->status = find_order(dataset, &r.order);
  search->status = search->status ? search->status : ScoreText(dataset, "role", sizeof(role), role);
  (void)H5Dclose(dataset);
  if (!search->status && r.order > 0 && ScoreRoleIs(ROLE_SCORE, role)) {
    (void)snprintf(r.method, sizeof(r.method), "%.*s", (int)(reading - name), name);
    (void)snprintf(r.reading, sizeof(r.reading), "%.*s", (int)strcspn(reading + 1, "/"),
                   reading + 1);
    add_reading(search->run, r);
  }
  return search->status ? -1 : 0;
}

/* Finds the readings in causality.h5, for a run without a truth. */
static PetscErrorCode find_readings(RunFiles *run, hid_t file)
{
  Search search = {run, 0};

  if (H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, visit_link, &search) < 0) {
    return search.status ? search.status : HDF5Damaged(file, "/", HDF5Reason());
  }
  return 0;
}

/* The page goes without what cannot be read, and says so. */
static void note(RunFiles *run, PetscErrorCode status)
{
  if (status && !run->note[0]) {
    (void)snprintf(run->note, sizeof(run->note), "%s", UserErrorMessage());
  }
}

static PetscErrorCode open_scores(RunFiles *run)
{
  char name[64], path[PETSC_MAX_PATH_LEN];
  hid_t file;

  (void)snprintf(name, sizeof(name), "causality%s", run->window);
  SerialCall(open_file(run, name, &file));
  if (file < 0) {
    return 0;
  }
  PathPrint(run->causality, "%s/%s.h5", run->directory, name);
  if (run->n_readings == 0) {
    note(run, find_readings(run, file));
  }
  (void)H5Fclose(file);
  for (int k = 0; k < run->n_readings && !run->n; k++) {
    PetscErrorCode status;
    Scores scores;

    PathPrint(path, "/%s/%s", run->readings[k].method, run->readings[k].reading);
    status = ScoresOpen(run->causality, path, SENSE_UNKNOWN, &scores);
    if (!status) {
      run->n = scores.n;
      status = NamesOpen(&scores, &run->names);
    }
    ScoresClose(&scores);
    note(run, status);
  }
  return 0;
}

/* The network that was given as truth, or that of the simulation. */
static void find_truth(RunFiles *run)
{
  char given[PETSC_MAX_PATH_LEN] = "none", path[PETSC_MAX_PATH_LEN], name[PETSC_MAX_PATH_LEN];
  char inside[PETSC_MAX_PATH_LEN];

  if (RunParameter(run, "truth", sizeof(given), given) && strcmp(given, "none") != 0 && given[0]) {
    (void)ParseFilePath(given, PETSC_MAX_PATH_LEN, name, inside);
    PathPrint(run->truth, "%s", access(name, R_OK) ? "" : given);
    return;
  }
  PathPrint(path, "%s/network%s.h5", run->directory, "");
  if (!access(path, R_OK) && json_object_get(run->summary, "synapses")) {
    PathPrint(run->truth, "%s", path);
  }
}

/* What was inferred from: a recording of the run, its simulation, or the file that was given. */
static PetscErrorCode open_activity(RunFiles *run)
{
  char given[PETSC_MAX_PATH_LEN] = "", name[PETSC_MAX_PATH_LEN], inside[PETSC_MAX_PATH_LEN];

  SerialCall(open_file(run, "recording", &run->activity));
  SerialCall(open_file(run, "activity", &run->spikes));
  if (run->activity < 0) {
    SerialCall(open_file(run, "activity", &run->activity));
  }
  if (run->activity < 0 && RunParameter(run, "activity", sizeof(given), given)) {
    (void)ParseFilePath(given, PETSC_MAX_PATH_LEN, name, inside);
    if (!access(name, R_OK) && HDF5FileIs(name)) {
      note(run, HDF5FileOpen(name, &run->activity));
    }
    run->spikes = run->activity >= 0 ? H5Freopen(run->activity) : H5I_INVALID_HID;
  }
  return 0;
}

/* Whether a run has left something, but no summary. */
static PetscBool is_begun(const char *directory)
{
  static const char *const names[] = {"checkpoint", "log.txt", "used_parameters.yaml",
                                      "log.txt.partial"};
  char path[PETSC_MAX_PATH_LEN];

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(names); k++) {
    PathPrint(path, "%s/%s", directory, names[k]);
    if (!access(path, F_OK)) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

PetscErrorCode RunOpen(const char *directory, RunFiles *run)
{
  char path[PETSC_MAX_PATH_LEN], name[64];
  json_error_t error;
  struct stat entry;

  *run = (RunFiles){.evaluation = -1, .activity = -1, .spikes = -1, .model = -1};
  PathPrint(run->directory, "%s", directory);
  (void)H5open();
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (stat(directory, &entry)) {
    return UserError("%s: cannot be opened: %s", directory, strerror(errno));
  }
  PathPrint(path, "%s/summary.json", directory);
  if (!S_ISDIR(entry.st_mode) || access(path, F_OK)) {
    return is_begun(directory)
               ? UserError("%s: the run is not finished; continue it with -restart auto, then make "
                           "the report",
                           directory)
               : UserError("%s: is not the directory of a finished run, there is no summary.json "
                           "in it",
                           directory);
  }
  run->summary = json_load_file(path, 0, &error);
  if (!json_is_object(run->summary)) {
    return UserError("%s: is not what a run writes: %s", path, error.text);
  }
  run->parameters = read_text(directory, "used_parameters.yaml");
  run->log = read_text(directory, "log.txt");
  read_scores(run);
  SerialCall(open_scores(run));
  (void)snprintf(name, sizeof(name), "evaluation%s", run->window);
  SerialCall(open_file(run, name, &run->evaluation));
  (void)snprintf(name, sizeof(name), "model%s", run->window);
  SerialCall(open_file(run, name, &run->model));
  SerialCall(open_activity(run));
  find_truth(run);
  return 0;
}

void RunClose(RunFiles *run)
{
  const hid_t files[] = {run->evaluation, run->activity, run->spikes, run->model};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(files); k++) {
    if (files[k] >= 0) {
      (void)H5Fclose(files[k]);
    }
  }
  json_decref(run->summary);
  free(run->parameters);
  free(run->log);
  NamesFree(&run->names);
}

int RunBest(const RunFiles *run, int most, const Reading *best[])
{
  int n = 0;

  for (int k = 0; k < run->n_readings; k++) {
    const Reading *r = &run->readings[k];
    int at = 0;

    while (at < n && strcmp(best[at]->method, r->method) != 0) {
      at++;
    }
    if (at == n && n < most) {
      best[n++] = r;
    } else if (at < n && r->auroc > best[at]->auroc) {
      best[at] = r;
    }
  }
  return n;
}

PetscBool RunParameter(const RunFiles *run, const char *key, size_t length, char value[])
{
  const size_t n = strlen(key);

  for (const char *line = run->parameters; line && *line; line = strchr(line, '\n')) {
    line += *line == '\n' ? 1 : 0;
    if (!strncmp(line, key, n) && line[n] == ':') {
      const char *from = line + n + 1 + strspn(line + n + 1, " ");
      size_t used = *from == '\'' ? strcspn(from + 1, "'") : strcspn(from, " \n");

      from += *from == '\'' ? 1 : 0;
      (void)snprintf(value, length, "%.*s", (int)used, from);
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

const char *RunName(const RunFiles *run, int64_t neuron, char number[32])
{
  return NamesOf(&run->names, neuron, number);
}
