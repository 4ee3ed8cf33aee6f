/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Time series of NWB 2.x: any group with data and times. */
#include "nwb.h"
#include "recording_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <string.h>
#include <strings.h>

PetscErrorCode NwbIsSeries(DataFile file, const char *group, PetscBool *found)
{
  PetscBool starts, stamps;

  PetscFunctionBegin;
  PetscCall(DataFileHasDataset(file, group, "data", found));
  if (*found) {
    PetscCall(DataFileHasDataset(file, group, "starting_time", &starts));
    PetscCall(DataFileHasDataset(file, group, "timestamps", &stamps));
    *found = starts || stamps ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NwbCheckSeconds(DataFile file, const char *path)
{
  char unit[64] = "seconds";

  PetscFunctionBegin;
  PetscCall(DataFileGetString(file, path, "unit", sizeof(unit), unit, NULL));
  UserCheck(!unit[0] || !strcasecmp(unit, "s") || !strncasecmp(unit, "sec", 3),
            "%s:%s: the unit is %s, but NWB prescribes seconds; correct the times or the unit",
            DataFileName(file), path, unit);
  PetscFunctionReturn(0);
}

static PetscErrorCode starting_time(Recording r, const char *path)
{
  const int64_t *const scalar = NULL;
  double start = 0, rate = 0;
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(NwbCheckSeconds(r->file, path));
  PetscCall(DataFileRead(r->file, path, DATA_FLOAT64, scalar, scalar, &start));
  PetscCall(DataFileGetReal(r->file, path, "rate", &rate, &found));
  UserCheck(found || r->options.interval_ms > 0,
            "%s:%s: has no attribute rate; give -activity_interval [ms]", r->name, path);
  UserCheck(!found || (rate > 0 && isfinite(rate)),
            "%s:%s: the rate %g Hz is not valid; correct the attribute", r->name, path, rate);
  UserCheck(isfinite(start), "%s:%s: the starting time %g s is not finite; correct it", r->name,
            path, start);
  r->start_ms = 1e3 * start;
  r->interval_ms = found ? 1e3 / rate : r->options.interval_ms;
  PetscFunctionReturn(0);
}

static PetscErrorCode read_timestamps(Recording r, const char *path)
{
  const int64_t first = 0;
  char what[2 * PETSC_MAX_PATH_LEN];
  double *times;
  int64_t n;

  PetscFunctionBegin;
  PetscCall(NwbCheckSeconds(r->file, path));
  PetscCall(DataFileShape(r->file, path, 1, &n));
  UserCheck(n == r->n_all_samples, "%s:%s: has %lld times for %lld samples", r->name, path,
            (long long)n, (long long)r->n_all_samples);
  PetscCall(PetscMalloc1(n, &times));
  PetscCall(DataFileRead(r->file, path, DATA_FLOAT64, &first, &n, times));
  for (int64_t k = 0; k < n; k++) {
    times[k] *= 1e3;
  }
  PetscCall(PetscSNPrintf(what, sizeof(what), "%s:%s", r->name, path));
  PetscCall(RecordingSetTimes(r, what, times));
  PetscFunctionReturn(0);
}

/* NWB allows a series a rate or timestamps; if it has both, they must agree. */
static PetscErrorCode compare_times(Recording r)
{
  const int64_t last = r->n_all_samples - 1, one = 1;
  const double end_ms = r->start_ms + (double)last * r->interval_ms;
  char path[PETSC_MAX_PATH_LEN];
  double time;
  int64_t n;
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/timestamps", r->path));
  PetscCall(DataFileIsDataset(r->file, path, &found));
  if (!found || last < 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileShape(r->file, path, 1, &n));
  UserCheck(n == last + 1, "%s:%s: has %lld times for %lld samples", r->name, path, (long long)n,
            (long long)last + 1);
  PetscCall(DataFileRead(r->file, path, DATA_FLOAT64, &last, &one, &time));
  UserCheck(fabs(1e3 * time - end_ms) < 0.5 * r->interval_ms,
            "%s:%s place the last of %lld samples at %g s, starting_time and its rate at %g s; "
            "delete one of the two from the file",
            r->name, path, (long long)n, time, 1e-3 * end_ms);
  PetscFunctionReturn(0);
}

static PetscErrorCode find_times(Recording r)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscBool starts;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/starting_time", r->path));
  PetscCall(DataFileIsDataset(r->file, path, &starts));
  if (starts) {
    PetscCall(starting_time(r, path));
    PetscCall(compare_times(r));
  } else if (r->n_all_samples > 0) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/timestamps", r->path));
    PetscCall(read_timestamps(r, path));
  }
  PetscFunctionReturn(0);
}

/* Reads conversion, channel_conversion and offset, which convert stored numbers to `unit`. */
static PetscErrorCode find_scale(Recording r, const char *path, SeriesData *data)
{
  const int64_t first = 0;
  char factors[PETSC_MAX_PATH_LEN];
  PetscBool found;
  int64_t n;

  PetscFunctionBegin;
  PetscCall(DataFileGetReal(r->file, path, "conversion", &data->scale, NULL));
  PetscCall(DataFileGetReal(r->file, path, "offset", &data->offset, NULL));
  UserCheck(data->scale != 0 && isfinite(data->scale) && isfinite(data->offset),
            "%s:%s: a conversion of %g and an offset of %g leave no value; correct them", r->name,
            path, data->scale, data->offset);
  PetscCall(DataFileGetString(r->file, path, "unit", sizeof(r->unit), r->unit, NULL));
  PetscCall(PetscSNPrintf(factors, sizeof(factors), "%s/channel_conversion", r->path));
  PetscCall(DataFileIsDataset(r->file, factors, &found));
  if (found) {
    PetscCall(DataFileShape(r->file, factors, 1, &n));
    UserCheck(n == r->n_all_channels, "%s:%s: has %lld factors for %lld channels", r->name, factors,
              (long long)n, (long long)r->n_all_channels);
    PetscCall(PetscMalloc1(n, &data->channel_scale));
    PetscCall(DataFileRead(r->file, factors, DATA_FLOAT64, &first, &n, data->channel_scale));
    for (int64_t k = 0; k < n; k++) {
      UserCheck(data->channel_scale[k] != 0 && isfinite(data->channel_scale[k]),
                "%s:%s: the factor of channel %lld is %g, which leaves no value; correct it",
                r->name, factors, (long long)k, data->channel_scale[k]);
    }
  }
  PetscFunctionReturn(0);
}

/* Whether a column has all names, each different. */
static PetscErrorCode are_names(const Labels *labels, PetscBool *tell_apart)
{
  const char *repeated;

  PetscFunctionBegin;
  PetscCall(LabelsRepeated(labels, &repeated));
  *tell_apart = labels->n > 0 && !repeated ? PETSC_TRUE : PETSC_FALSE;
  for (int64_t k = 0; k < labels->n && *tell_apart; k++) {
    *tell_apart = LabelsGet(labels, k)[0] ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NwbTableLabels(DataFile file, const char *table, Labels *labels)
{
  static const char *const columns[] = {"label", "channel_name", "unit_name", "name", "id"};
  char path[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(columns); k++) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", table, columns[k]));
    PetscCall(DataFileIsDataset(file, path, &found));
    if (found) {
      PetscCall(LabelsRead(file, path, labels));
      PetscCall(are_names(labels, &found));
    }
    if (found) {
      PetscFunctionReturn(0);
    }
  }
  PetscCall(LabelsDestroy(labels));
  PetscFunctionReturn(0);
}

/* Reads the names of the rows of the table to which a column refers; it lies in another file when the column does. */
static PetscErrorCode read_rows(Recording r, const char *column, char table[], Labels *rows)
{
  char other[PETSC_MAX_PATH_LEN];
  DataFile file = NULL;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileGetReference(r->file, column, "table", PETSC_MAX_PATH_LEN, table, other));
  if (table[0] && other[0]) {
    PetscCall(DataFileOpen(r->comm, other, &file));
  }
  status = table[0] ? NwbTableLabels(file ? file : r->file, table, rows) : 0;
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}

/* Finds the names of the table rows to which a column of the series points: electrodes, or regions of interest. */
static PetscErrorCode find_labels(Recording r, const char *column)
{
  const int64_t first = 0;
  char path[PETSC_MAX_PATH_LEN], table[PETSC_MAX_PATH_LEN];
  Labels rows = {0, 0, NULL};
  int64_t n, *index;
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", r->path, column));
  PetscCall(DataFileIsDataset(r->file, path, &found));
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileShape(r->file, path, 1, &n));
  UserCheck(n != r->n_all_samples || n == r->n_all_channels || r->options.layout != LAYOUT_AUTO,
            "%s:%s/data: is %lld x %lld with %lld %s, so time is its second dimension, but NWB "
            "has time first; give -activity_layout neuron_time",
            r->name, r->path, (long long)r->n_all_samples, (long long)r->n_all_channels,
            (long long)n, column);
  UserCheck(n == r->n_all_channels, "%s:%s: has %lld entries for %lld channels", r->name, path,
            (long long)n, (long long)r->n_all_channels);
  PetscCall(read_rows(r, path, table, &rows));
  PetscCall(PetscMalloc1(n, &index));
  PetscCall(DataFileRead(r->file, path, DATA_INT64, &first, &n, index));
  for (int64_t k = 0; k < n && rows.n; k++) {
    UserCheck(index[k] >= 0 && index[k] < rows.n, "%s:%s: row %lld is beyond the %lld rows of %s",
              r->name, path, (long long)index[k], (long long)rows.n, table);
  }
  PetscCall(LabelsTake(&rows, n, index, &r->all_labels));
  PetscCall(LabelsDestroy(&rows));
  PetscCall(PetscFree(index));
  PetscFunctionReturn(0);
}

/* Refuses images and waveforms, which have more dimensions than channels and time. */
static PetscErrorCode check_dimensions(Recording r, const char *path, const char *type)
{
  int64_t dims[DATAFILE_MAX_DIMS];
  int n_dims = 0;

  PetscFunctionBegin;
  PetscCall(DataFileDims(r->file, path, &n_dims, dims, NULL));
  UserCheck(n_dims <= 2, "%s:%s: is an NWB %s of %d dimensions; expected 2, time and channels; %s",
            r->name, path, type, n_dims,
            strcmp(type, "SpikeEventSeries")
                ? "extract the traces of the cells from images first, for example with suite2p or "
                  "CaImAn"
                : "read its spikes as Units");
  PetscFunctionReturn(0);
}

static PetscErrorCode open_series(Recording r)
{
  char path[PETSC_MAX_PATH_LEN], type[64] = "TimeSeries";
  SeriesData *data;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/data", r->path));
  PetscCall(DataFileGetString(r->file, r->path, "neurodata_type", sizeof(type), type, NULL));
  PetscCall(check_dimensions(r, path, type));
  PetscCall(RecordingUseDataset(
      r, path, r->options.layout == LAYOUT_NEURON_TIME ? LAYOUT_NEURON_TIME : LAYOUT_TIME_NEURON,
      &data));
  PetscCall(PetscSNPrintf(r->format_name, sizeof(r->format_name), "NWB %s", type));
  PetscCall(DataFileHasDataset(r->file, r->path, "electrodes", &r->has_sites));
  PetscCall(find_labels(r, "electrodes"));
  PetscCall(find_labels(r, "rois"));
  PetscCall(find_scale(r, path, data));
  PetscCall(find_times(r));
  PetscFunctionReturn(0);
}

const PartFormat PartNwbSeries = {
    .holds = NwbIsSeries, .open = open_series, .has_data = PETSC_TRUE};
