/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "activity_impl.h"

#include "causeway/error.h"

#include <string.h>

/* Values of one transfer of a (time, neuron) dataset, on one rank. */
enum { READ_BLOCK = 1 << 23 };

/* Finds the dataset and its layout: a SONATA report by its group, anything else by its path. */
static PetscErrorCode locate(Activity a, const char *given, DataFile file, char path[], int *layout)
{
  char group[PETSC_MAX_PATH_LEN];
  PetscBool is_group;
  size_t length;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(path, given, PETSC_MAX_PATH_LEN));
  *layout = a->layout;
  if (!given[0]) {
    PetscCall(
        DataFileIsGroup(file, "/report/neurons", &is_group)); /* others are further variables */
    if (is_group) {
      PetscCall(PetscStrncpy(group, "/report/neurons", sizeof(group)));
    } else {
      PetscCall(DataFileOnlyChild(file, "/report", sizeof(group), group));
    }
    PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s/data", group));
  } else {
    PetscCall(DataFileIsGroup(file, given, &is_group));
    if (is_group) {
      PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s/data", given));
    }
  }
  if (*layout == LAYOUT_AUTO) {
    length = strlen(path);
    *layout = !strncmp(path, "/report/", 8) && length > 5 && !strcmp(path + length - 5, "/data")
                  ? LAYOUT_TIME_NEURON
                  : LAYOUT_NEURON_TIME;
  }
  PetscFunctionReturn(0);
}

/* When the samples were taken: start and step of a SONATA report, beside its data. */
static PetscErrorCode find_times(Activity a, DataFile file, const char *path)
{
  const int64_t first[1] = {0}, count[1] = {3};
  const size_t group = strlen(path) - PetscMin(strlen(path), strlen("data"));
  char name[PETSC_MAX_PATH_LEN + 16];
  double times[3] = {0, 0, 0}; /* start, end, step */
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%.*smapping/time", (int)group, path));
  PetscCall(DataFileIsDataset(file, name, &found));
  if (found) {
    int64_t n;

    PetscCall(DataFileShape(file, name, 1, &n));
    UserCheck(n == 3, "%s:%s: has %lld entries, not start, end and step", DataFileName(file), name,
              (long long)n);
    PetscCall(DataFileRead(file, name, DATA_FLOAT64, first, count, times));
  }
  a->start_ms = times[0];
  a->interval_ms = a->interval_given > 0 ? a->interval_given : times[2];
  PetscFunctionReturn(0);
}

/* The neurons of a report, where these are not 0, 1, ... and ascend. */
static PetscErrorCode find_neurons(Activity a, DataFile file, const char *path, int64_t n_neurons)
{
  const int64_t first[1] = {0}, count[1] = {n_neurons};
  const size_t group = strlen(path) - PetscMin(strlen(path), strlen("data"));
  char name[PETSC_MAX_PATH_LEN + 32];
  int64_t n = 0, k = 0;
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(ObservedDestroy(&a->columns));
  a->columns = (Observed){n_neurons, n_neurons, NULL};
  PetscCall(PetscSNPrintf(name, sizeof(name), "%.*smapping/node_ids", (int)group, path));
  PetscCall(DataFileIsDataset(file, name, &found));
  if (found) {
    PetscCall(DataFileShape(file, name, 1, &n));
  }
  if (!found || n != n_neurons) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(n, &a->columns.index));
  PetscCall(DataFileRead(file, name, DATA_INT64, first, count, a->columns.index));
  while (k < n && a->columns.index[k] > (k ? a->columns.index[k - 1] : -1)) {
    k++;
  }
  if (k < n || a->columns.index[n - 1] == n - 1) {
    PetscCall(PetscFree(a->columns.index));
  } else {
    a->columns.n_all = INT64_MAX; /* the report does not say */
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode open_source(Activity a, DataFile *file, char path[], int *layout,
                                  int64_t *n_neurons, int64_t *n_samples)
{
  char name[PETSC_MAX_PATH_LEN], given[PETSC_MAX_PATH_LEN];
  int64_t dims[2] = {0, 0}, n_selected;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(a->source, PETSC_MAX_PATH_LEN, name, given));
  PetscCall(DataFileOpen(a->comm, name, file));
  status = locate(a, given, *file, path, layout);
  status = status ? status : DataFileShape(*file, path, 2, dims);
  *n_neurons = dims[*layout == LAYOUT_NEURON_TIME ? 0 : 1];
  *n_samples = dims[*layout == LAYOUT_NEURON_TIME ? 1 : 0];
  if (!status && (*n_neurons < 1 || *n_samples < 1)) {
    status = UserError("%s: is empty (%lld neurons, %lld samples)", a->source,
                       (long long)*n_neurons, (long long)*n_samples);
  }
  status = status ? status : ActivitySelection(a, *n_samples, &n_selected);
  status = status ? status : find_neurons(a, *file, path, *n_neurons);
  if (!status && a->spikes[0]) {
    status = find_times(a, *file, path);
  }
  if (status) {
    PetscCall(DataFileDiscard(file));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode ActivityInspect(Activity a, int64_t *n_neurons, int64_t *n_samples)
{
  DataFile file;
  char path[PETSC_MAX_PATH_LEN];
  int layout;

  PetscFunctionBegin;
  PetscCall(open_source(a, &file, path, &layout, n_neurons, n_samples));
  PetscCall(DataFileClose(&file));
  PetscCall(ActivitySelection(a, *n_samples, n_samples));
  if (a->spikes[0]) {
    PetscCall(EventsInspect(a));
  }
  PetscFunctionReturn(0);
}

/* A (time, neuron) dataset is read in blocks of time and transposed. */
static PetscErrorCode read_time_major(Activity a, DataFile file, const char *path)
{
  const int64_t n_local = a->partition.n_local;
  const int64_t block =
      PetscMax(1, PetscMin(a->n_samples, READ_BLOCK / PetscMax(a->partition.block, 1)));
  double *buffer;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(block * n_local, &buffer));
  for (int64_t start = 0; start < a->n_samples; start += block) {
    int64_t first[2] = {start, a->partition.first};
    int64_t count[2] = {PetscMin(block, a->n_samples - start), n_local};

    PetscCall(DataFileRead(file, path, DATA_FLOAT64, first, count, buffer));
    for (int64_t i = 0; i < n_local; i++) {
      for (int64_t t = 0; t < count[0]; t++) {
        a->values[i * a->n_samples + start + t] = buffer[t * n_local + i];
      }
    }
  }
  PetscCall(PetscFree(buffer));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityRead(Activity a)
{
  DataFile file;
  char path[PETSC_MAX_PATH_LEN];
  int layout;
  int64_t n_neurons;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(open_source(a, &file, path, &layout, &n_neurons, &a->n_samples));
  PetscCall(PartitionMake(a->comm, n_neurons, &a->partition));
  PetscCall(PetscFree(a->values));
  PetscCall(PetscMalloc1(a->partition.n_local * a->n_samples, &a->values));
  if (layout == LAYOUT_NEURON_TIME) {
    int64_t first[2] = {a->partition.first, 0}, count[2] = {a->partition.n_local, a->n_samples};

    status = DataFileRead(file, path, DATA_FLOAT64, first, count, a->values);
  } else {
    status = read_time_major(a, file, path);
  }
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}
