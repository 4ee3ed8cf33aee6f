/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reads numeric HDF5 datasets whose rows or columns are channels. */
#include "recording_impl.h"

#include "causeway/error.h"

#include "causeway/internal/io/matrix_layout.h"

#include <stdlib.h>

/* Number of values of one transfer of a (time, channel) dataset on one rank. */
enum { READ_BLOCK = 1 << 23 };

/* A (channel, time) dataset already has the order that this rank needs. */
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

/* A column that is read, and the channel to which it is added. */
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

/* Reads a report whose columns have another order than its channels, or several columns per channel, which are averaged. */
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
  static const RecordingReader reader = {.read = read_dataset, .close = close_dataset};
  int64_t dims[DATAFILE_MAX_DIMS];
  char doubts[256];
  SeriesData *d;

  PetscFunctionBegin;
  PetscCall(PetscNew(&d));
  r->context = d;
  r->reader = &reader;
  PetscCall(PetscStrncpy(d->path, path, sizeof(d->path)));
  d->scale = 1;
  PetscCall(DataFileDims(r->file, path, &d->n_dims, dims, NULL));
  UserCheck(d->n_dims == 2 || (d->n_dims == 1 && data),
            "%s:%s: has %d dimension%s; expected 2, channels and time", r->name, path, d->n_dims,
            d->n_dims == 1 ? "" : "s");
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

PetscErrorCode RecordingUseMatrix(Recording r, const char *path, RecordingLayout standard)
{
  int layout = r->options.layout == LAYOUT_AUTO ? (int)standard : r->options.layout;
  PetscBool is_matlab;

  PetscFunctionBegin;
  PetscCall(DataFileIsColumnMajor(r->file, path, &is_matlab));
  if (is_matlab) {
    RecordingNote(r, "%s is a MATLAB matrix, whose %s are neurons", path,
                  layout == LAYOUT_NEURON_TIME ? "rows" : "columns");
    layout = layout == LAYOUT_NEURON_TIME ? LAYOUT_TIME_NEURON : LAYOUT_NEURON_TIME;
  }
  PetscCall(RecordingUseDataset(r, path, (RecordingLayout)layout, NULL));
  PetscFunctionReturn(0);
}
