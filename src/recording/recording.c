/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recording_impl.h"

#include "causeway/error.h"

#include <stdio.h>
#include <string.h>

/* FILE.npz:NAME means the same as FILE.npz:/NAME. */
static void split_archive(Recording r)
{
  char *colon = strstr(r->name, ".npz:");

  if (colon && !r->path[0]) {
    colon += strlen(".npz");
    *colon = 0;
    (void)snprintf(r->path, sizeof(r->path), "/%s", colon + 1);
  }
}

static PetscErrorCode open_format(Recording r)
{
  const FileFormat *format;

  PetscFunctionBegin;
  PetscCall(RecordingFindFormat(r->comm, r->name, &format));
  UserCheck(format->has_parts || !r->path[0],
            "%s: is not an HDF5 file, so it has no part %s; name the file alone", r->name, r->path);
  PetscCall(format->open(r));
  PetscFunctionReturn(0);
}

/* Notes names that several channels share. */
static PetscErrorCode note_repeated(Recording r)
{
  const char *name;

  PetscFunctionBegin;
  PetscCall(LabelsRepeated(&r->labels, &name));
  if (name) {
    RecordingNote(r, "several channels have the name \"%.100s\": names do not identify neurons",
                  name);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpen(MPI_Comm comm, const char *specification,
                             const RecordingOptions *options, Recording *recording)
{
  Recording r;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscNew(recording));
  r = *recording;
  r->comm = comm;
  r->options = *options;
  PetscCall(PetscStrncpy(r->specification, specification, sizeof(r->specification)));
  PetscCall(ParseFilePath(specification, PETSC_MAX_PATH_LEN, r->name, r->path));
  split_archive(r);
  status = open_format(r);
  if (!status && (r->n_all_channels < 1 || r->n_all_samples < 1)) {
    status = UserError("%s: is empty (%lld neurons, %lld samples)", specification,
                       (long long)r->n_all_channels, (long long)r->n_all_samples);
  }
  status = status ? status : RecordingSelectTime(r);
  status = status ? status : RecordingSelectChannels(r);
  status = status ? status : note_repeated(r);
  status = ErrorAgree(comm, status);
  if (status) {
    PetscCall(RecordingClose(recording));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode RecordingClose(Recording *recording)
{
  Recording r = *recording;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (r) {
    if (r->reader && r->reader->close) {
      PetscCall(r->reader->close(r));
    }
    PetscCall(PetscFree(r->context));
    status = DataFileDiscard(&r->file);
    PetscCall(PetscFree(r->times));
    PetscCall(IdentityDestroy(&r->identity));
    PetscCall(PetscFree(r->channels));
    PetscCall(PetscFree(r->names));
    PetscCall(LabelsDestroy(&r->all_labels));
    PetscCall(LabelsDestroy(&r->labels));
    PetscCall(PetscFree(*recording));
  }
  PetscFunctionReturn(status);
}

void RecordingGetInfo(Recording r, RecordingInfo *info)
{
  *info = (RecordingInfo){
      .n_channels = r->n_channels,
      .n_samples = r->n_samples,
      .start_ms = r->start_ms,
      .interval_ms = r->interval_ms,
      .counts = r->counts,
      .n_spikes = r->n_spikes,
      .unit = r->unit,
      .format = r->format_name,
  };
}

const Labels *RecordingLabels(Recording r)
{
  return &r->labels;
}

const int64_t *RecordingChannels(Recording r, int64_t *n_all)
{
  *n_all = r->identity.id ? INT64_MAX : r->n_all_channels;
  return r->names ? r->names : r->channels;
}

PetscBool RecordingHasIds(Recording r)
{
  return r->identity.n > 0 ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode RecordingTrials(Recording r, int64_t *n, double **trials)
{
  static const char *const columns[] = {"/intervals/trials/start_time",
                                        "/intervals/trials/stop_time"};
  const int64_t zero = 0;
  int64_t length[2];
  PetscBool found = PETSC_FALSE;
  double *column;

  PetscFunctionBegin;
  if (r->file) {
    PetscCall(DataFileIsGroup(r->file, "/intervals/trials", &found));
  }
  UserCheck(found, "activity_trials = own: %s has no table of trials /intervals/trials", r->name);
  PetscCall(DataFileShape(r->file, columns[0], 1, &length[0]));
  PetscCall(DataFileShape(r->file, columns[1], 1, &length[1]));
  UserCheck(length[0] == length[1] && length[0] > 0,
            "%s:/intervals/trials: has %lld start times and %lld stop times", r->name,
            (long long)length[0], (long long)length[1]);
  *n = length[0];
  PetscCall(PetscMalloc1(2 * *n, trials));
  PetscCall(PetscMalloc1(*n, &column));
  for (int k = 0; k < 2; k++) {
    PetscCall(DataFileRead(r->file, columns[k], DATA_FLOAT64, &zero, n, column));
    for (int64_t i = 0; i < *n; i++) {
      (*trials)[2 * i + k] = 1e3 * column[i];
    }
  }
  PetscCall(PetscFree(column));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_values(Recording r, int64_t n_mine, const int64_t channels[],
                                  int64_t n_most, int64_t first, int64_t count, double *values)
{
  SampleList list;

  PetscFunctionBegin;
  if (r->reader->read) {
    PetscFunctionReturn(r->reader->read(r, n_mine, channels, n_most, first, count, values));
  }
  PetscCall(r->reader->list(r, n_mine, channels, first, count, &list));
  PetscCall(PetscArrayzero(values, n_mine * count));
  SampleListAdd(&list, n_mine, count, values);
  PetscCall(SampleListFree(&list));
  PetscFunctionReturn(0);
}

/* Interpolation first reads the original samples. */
static PetscErrorCode read_interpolated(Recording r, int64_t n_mine, const int64_t channels[],
                                        int64_t n_most, double *values)
{
  int64_t first, count;
  double *samples;
  PetscErrorCode status;

  PetscFunctionBegin;
  RecordingNeeded(r, &first, &count);
  PetscCall(PetscMalloc1(n_mine * count, &samples));
  status = read_values(r, n_mine, channels, n_most, first, count, samples);
  for (int64_t i = 0; i < n_mine && !status; i++) {
    RecordingInterpolate(r, first, count, samples + i * count, values + i * r->n_samples);
  }
  PetscCall(PetscFree(samples));
  PetscFunctionReturn(status);
}

/* Channels of this rank; freed by the caller. */
static PetscErrorCode find_channels(Recording r, const Partition *partition, int64_t **channels)
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc1(partition->n_local, channels));
  for (int64_t k = 0; k < partition->n_local; k++) {
    (*channels)[k] = r->channels ? r->channels[partition->first + k] : partition->first + k;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingRead(Recording r, const Partition *partition, double *values)
{
  const int64_t n = partition->n_local;
  int64_t *channels;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(find_channels(r, partition, &channels));
  status = r->options.resample_ms > 0 ? read_interpolated(r, n, channels, partition->block, values)
                                      : read_values(r, n, channels, partition->block,
                                                    r->first_sample, r->n_samples, values);
  PetscCall(PetscFree(channels));
  PetscFunctionReturn(status ? status : RecordingCheckAscent(r, partition, values));
}

PetscBool RecordingListsCounts(Recording r)
{
  return r->reader->list ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode RecordingList(Recording r, const Partition *partition, SampleList *counts)
{
  int64_t *channels;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(find_channels(r, partition, &channels));
  status = r->reader->list(r, partition->n_local, channels, r->first_sample, r->n_samples, counts);
  PetscCall(PetscFree(channels));
  PetscFunctionReturn(status);
}
