/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recordings in HDF5: what of a file is meant, and datasets of numbers. */
#include "nwb.h"
#include "recording_impl.h"
#include "report_columns.h"

#include "causeway/error.h"

#include "matrix_layout.h"

#include <stdlib.h>
#include <string.h>

/* Values of one transfer of a (time, channel) dataset, on one rank. */
enum { READ_BLOCK = 1 << 23 };

/* A (channel, time) dataset has the rows of this rank as they are wanted. */
static PetscErrorCode read_channel_major(Recording r, int64_t n_mine, const int64_t channels[],
                                         int64_t first, int64_t count, double *values)
{
  const SeriesData *data = r->context;
  const int64_t corner[2] = {0, first}, shape[2] = {0, count};

  PetscFunctionBegin;
  PetscCall(DataFileReadIndexed(r->file, data->path, DATA_FLOAT64, corner, shape, 0, n_mine,
                                channels, values));
  PetscFunctionReturn(0);
}

/* A (time, channel) dataset is read in blocks of time and transposed. */
static PetscErrorCode read_time_major(Recording r, int64_t n_mine, const int64_t channels[],
                                      int64_t n_most, int64_t first, int64_t count, double *values)
{
  const SeriesData *data = r->context;
  const int64_t block = PetscMax(1, PetscMin(count, READ_BLOCK / PetscMax(n_most, 1)));
  PetscErrorCode status = 0;
  double *buffer;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(block * n_mine, &buffer));
  for (int64_t start = 0; start < count && !status; start += block) {
    const int64_t corner[2] = {first + start, 0};
    const int64_t shape[2] = {PetscMin(block, count - start), 0};

    status = DataFileReadIndexed(r->file, data->path, DATA_FLOAT64, corner, shape, 1, n_mine,
                                 channels, buffer);
    for (int64_t i = 0; i < n_mine && !status; i++) {
      for (int64_t t = 0; t < shape[0]; t++) {
        values[i * count + start + t] = buffer[t * n_mine + i];
      }
    }
  }
  PetscCall(PetscFree(buffer));
  PetscFunctionReturn(status);
}

/* A column that is read, and the channel that it is added to. */
typedef struct {
  int64_t column, channel;
} Column;

static int by_column(const void *a, const void *b)
{
  const Column *x = (const Column *)a, *y = (const Column *)b;

  return x->column < y->column ? -1 : (x->column > y->column ? 1 : 0);
}

/* The columns of this rank's channels, ascending. */
static PetscErrorCode choose_columns(const SeriesData *data, int64_t n_mine,
                                     const int64_t channels[], int64_t *n, Column **columns,
                                     int64_t **index)
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_mine * data->most_columns, columns));
  PetscCall(PetscMalloc1(n_mine * data->most_columns, index));
  *n = 0;
  for (int64_t i = 0; i < n_mine; i++) {
    for (int64_t k = data->column_start[channels[i]]; k < data->column_start[channels[i] + 1];
         k++) {
      (*columns)[(*n)++] = (Column){data->columns[k], i};
    }
  }
  if (*n > 1) {
    qsort(*columns, (size_t)*n, sizeof(**columns), by_column);
  }
  for (int64_t k = 0; k < *n; k++) {
    (*index)[k] = (*columns)[k].column;
  }
  PetscFunctionReturn(0);
}

/* The same of a report whose columns are not in the order of its channels, or several of each: their mean. */
static PetscErrorCode read_columns(Recording r, int64_t n_mine, const int64_t channels[],
                                   int64_t n_most, int64_t first, int64_t count, double *values)
{
  const SeriesData *data = r->context;
  const int64_t block =
      PetscMax(1, PetscMin(count, READ_BLOCK / PetscMax(n_most * data->most_columns, 1)));
  PetscErrorCode status = 0;
  int64_t n = 0, *index;
  Column *columns;
  double *buffer; /* (block, n) */

  PetscFunctionBegin;
  PetscCall(choose_columns(data, n_mine, channels, &n, &columns, &index));
  PetscCall(PetscMalloc1(block * n, &buffer));
  PetscCall(PetscArrayzero(values, n_mine * count));
  for (int64_t start = 0; start < count && !status; start += block) {
    const int64_t corner[2] = {first + start, 0};
    const int64_t shape[2] = {PetscMin(block, count - start), 0};

    status =
        DataFileReadIndexed(r->file, data->path, DATA_FLOAT64, corner, shape, 1, n, index, buffer);
    for (int64_t k = 0; k < n && !status; k++) {
      const int64_t i = columns[k].channel, channel = channels[i];
      const double part =
          1.0 / (double)(data->column_start[channel + 1] - data->column_start[channel]);

      for (int64_t t = 0; t < shape[0]; t++) {
        values[i * count + start + t] += part * buffer[t * n + k];
      }
    }
  }
  PetscCall(PetscFree(buffer));
  PetscCall(PetscFree(columns));
  PetscCall(PetscFree(index));
  PetscFunctionReturn(status);
}

static PetscErrorCode read_dataset(Recording r, int64_t n_mine, const int64_t channels[],
                                   int64_t n_most, int64_t first, int64_t count, double *values)
{
  const SeriesData *data = r->context;

  PetscFunctionBegin;
  if (data->n_dims == 1) {
    const int64_t n = n_mine ? count : 0;

    PetscCall(DataFileRead(r->file, data->path, DATA_FLOAT64, &first, &n, values));
  } else if (data->columns) {
    PetscCall(read_columns(r, n_mine, channels, n_most, first, count, values));
  } else if (data->time_axis == 1) {
    PetscCall(read_channel_major(r, n_mine, channels, first, count, values));
  } else {
    PetscCall(read_time_major(r, n_mine, channels, n_most, first, count, values));
  }
  for (int64_t i = 0; i < n_mine; i++) {
    const double scale = data->scale * (data->channel_scale ? data->channel_scale[channels[i]] : 1);

    if (scale != 1 || data->offset != 0) {
      for (int64_t t = 0; t < count; t++) {
        values[i * count + t] = values[i * count + t] * scale + data->offset;
      }
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode close_dataset(Recording r)
{
  SeriesData *data = r->context;

  PetscFunctionBegin;
  PetscCall(PetscFree(data->channel_scale));
  PetscCall(PetscFree(data->column_start));
  PetscCall(PetscFree(data->columns));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingUseDataset(Recording r, const char *path, RecordingLayout layout,
                                   SeriesData **data)
{
  static const RecordingFormat format = {read_dataset, close_dataset};
  int64_t dims[DATAFILE_MAX_DIMS];
  char doubts[256];
  SeriesData *d;

  PetscFunctionBegin;
  PetscCall(PetscNew(&d));
  r->context = d;
  r->format = &format;
  PetscCall(PetscStrncpy(d->path, path, sizeof(d->path)));
  d->scale = 1;
  PetscCall(DataFileDims(r->file, path, &d->n_dims, dims, NULL));
  UserCheck(d->n_dims == 2 || (d->n_dims == 1 && data),
            "%s:%s: has %d dimension%s where 2 are expected, channels and time", r->name, path,
            d->n_dims, d->n_dims == 1 ? "" : "s");
  d->time_axis = d->n_dims == 1 || layout == LAYOUT_TIME_NEURON ? 0 : 1;
  r->n_all_samples = dims[d->time_axis];
  r->n_all_channels = d->n_dims == 1 ? 1 : dims[1 - d->time_axis];
  PetscCall(DataFileGetString(r->file, path, "units", sizeof(r->unit), r->unit, NULL));
  DataFileDoubts(r->file, path, sizeof(doubts), doubts);
  if (doubts[0]) {
    RecordingNote(r, "%s: %s", path, doubts);
  }
  if (data) {
    *data = d;
  }
  PetscFunctionReturn(0);
}

/* Attributes of which others would make use. */
static PetscErrorCode note_attributes(Recording r, const char *path)
{
  static const char *const rates[] = {
      "rate",        "fs",         "Fs",       "sampling_rate",
      "sample_rate", "samplerate", "samprate", "sampling_frequency"};
  static const char *const scales[] = {"conversion", "gain", "scale", "offset"};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(rates) && r->options.interval_ms == 0; k++) {
    double rate = 0;

    PetscCall(DataFileGetReal(r->file, path, rates[k], &rate, NULL));
    if (rate > 0) {
      RecordingNote(r,
                    "the attribute %s = %g of %s is not used: if it is a rate in Hz, give "
                    "-activity_interval %.9g",
                    rates[k], rate, path, 1e3 / rate);
    }
  }
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(scales); k++) {
    double factor = 0;
    PetscBool found = PETSC_FALSE;

    PetscCall(DataFileGetReal(r->file, path, scales[k], &factor, &found));
    if (found) {
      RecordingNote(r, "the attribute %s = %g of %s is not applied: values are read as they are",
                    scales[k], factor, path);
    }
  }
  PetscFunctionReturn(0);
}

/* A report by its group, a series by its group or data, anything else by its dataset. */
static PetscErrorCode open_dataset(Recording r, const char *path, const char *group)
{
  const size_t length = strlen(path);
  const PetscBool is_report =
      !strncmp(path, "/report/", 8) && length > 5 && !strcmp(path + length - 5, "/data")
          ? PETSC_TRUE
          : PETSC_FALSE;
  int layout = r->options.layout;
  PetscBool is_matlab;

  PetscFunctionBegin;
  if (layout == LAYOUT_AUTO) {
    layout = is_report ? LAYOUT_TIME_NEURON : LAYOUT_NEURON_TIME;
  }
  PetscCall(DataFileIsColumnMajor(r->file, path, &is_matlab));
  if (is_matlab) { /* rows and columns are those that MATLAB shows */
    RecordingNote(r, "%s is a matrix of MATLAB, whose %s are neurons", path,
                  layout == LAYOUT_NEURON_TIME ? "rows" : "columns");
    layout = layout == LAYOUT_NEURON_TIME ? LAYOUT_TIME_NEURON : LAYOUT_NEURON_TIME;
  }
  PetscCall(RecordingUseDataset(r, path, (RecordingLayout)layout, NULL));
  PetscCall(PetscSNPrintf(r->format_name, sizeof(r->format_name),
                          is_report ? "SONATA report" : "HDF5 dataset"));
  if (group[0]) {
    PetscCall(ReportFindTimes(r, group));
    PetscCall(ReportFindColumns(r, group));
  } else {
    PetscCall(note_attributes(r, path));
  }
  PetscFunctionReturn(0);
}

/* Without series whose data are no channels in time, such as images and texts, where there are others. */
static PetscErrorCode leave_out(Recording r, int64_t *n, Candidate *candidates)
{
  int64_t kept = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < *n; k++) {
    kept += candidates[k].has_channels ? 1 : 0;
  }
  if (kept == 0) {
    PetscFunctionReturn(0);
  }
  kept = 0;
  for (int64_t k = 0; k < *n; k++) {
    if (candidates[k].has_channels) {
      candidates[kept++] = candidates[k];
    } else {
      RecordingNote(r, "%s is left out, its data are no channels in time", candidates[k].path);
    }
  }
  *n = kept;
  PetscFunctionReturn(0);
}

/* The only part of a file, or the report of the first variable. */
static PetscErrorCode choose_part(Recording r)
{
  Candidate *candidates;
  char list[1024] = "", version[64];
  int64_t n;
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(r->file, "/report/neurons", &found));
  if (found) { /* others are further variables */
    PetscCall(PetscStrncpy(r->path, "/report/neurons", sizeof(r->path)));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileIsGroup(r->file, "/report", &found));
  if (found) {
    PetscCall(DataFileOnlyChild(r->file, "/report", sizeof(r->path), r->path));
    PetscFunctionReturn(0);
  }
  PetscCall(NwbOldVersion(r->file, sizeof(version), version));
  PetscCall(version[0] ? NwbRefuse(r->file) : 0);
  PetscCall(RecordingCandidates(r->file, &n, &candidates));
  PetscCall(leave_out(r, &n, candidates));
  if (n == 1) {
    PetscCall(PetscStrncpy(r->path, candidates[0].path, sizeof(r->path)));
  }
  for (int64_t k = 0; k < n; k++) {
    PetscCall(PetscStrlcat(list, k ? ", " : "", sizeof(list)));
    PetscCall(PetscStrlcat(list, candidates[k].path, sizeof(list)));
  }
  PetscCall(PetscFree(candidates));
  PetscCall(n > 0 ? 0 : NwbRefuse(r->file));
  UserCheck(n > 0, "%s: name the dataset to read, as %s:/path (causeway info %s lists them)",
            r->name, r->name, r->name);
  UserCheck(n == 1, "%s: has several recordings; name the one to read, as %s:/path: %s", r->name,
            r->name, list);
  PetscFunctionReturn(0);
}

static PetscErrorCode refuse_sparse(Recording r, const char *group)
{
  SparseKind kind;

  PetscFunctionBegin;
  PetscCall(DataFileSparseKind(r->file, group, &kind));
  UserCheck(kind == SPARSE_NONE,
            "%s:%s: is a sparse matrix, which is read as a network only; write activity as a full "
            "matrix",
            r->name, group);
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpenHDF5(Recording r)
{
  char path[PETSC_MAX_PATH_LEN], group[PETSC_MAX_PATH_LEN], why[512];
  PetscBool is_group, found;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(r->comm, r->name, &r->file));
  if (!r->path[0]) {
    PetscCall(choose_part(r));
  }
  PetscCall(PetscStrncpy(path, r->path, sizeof(path)));
  PetscCall(DataFileIsGroup(r->file, path, &is_group));
  if (is_group) {
    PetscCall(refuse_sparse(r, path));
    PetscCall(IsUnits(r->file, path, &found));
    if (found) {
      PetscFunctionReturn(RecordingOpenUnits(r));
    }
    PetscCall(IsSonataSpikes(r->file, path, &found));
    if (found) {
      PetscFunctionReturn(RecordingOpenSonataSpikes(r));
    }
    PetscCall(NwbObstacle(r->file, path, sizeof(why), why));
    UserCheck(!why[0], "%s:%s: %s", r->name, path, why);
    PetscCall(PetscStrlcat(path, "/data", sizeof(path)));
  }
  PetscCall(PetscStrncpy(group, path, sizeof(group)));
  if (strlen(group) > 5 && !strcmp(group + strlen(group) - 5, "/data")) {
    group[strlen(group) - 5] = 0;
    PetscCall(IsSeries(r->file, group, &found));
    if (found) {
      PetscCall(PetscStrncpy(r->path, group, sizeof(r->path)));
      PetscFunctionReturn(RecordingOpenSeries(r));
    }
  } else {
    group[0] = 0;
  }
  PetscCall(open_dataset(r, path, group));
  PetscFunctionReturn(0);
}
