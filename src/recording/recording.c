/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recording_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/number.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode parse_time(RecordingOptions *o, Parameters parameters)
{
  char word[128] = "all", *colon;
  char start[NUMBER_LENGTH];

  PetscFunctionBegin;
  o->time_ms[0] = -INFINITY;
  o->time_ms[1] = INFINITY;
  PetscCall(ParametersString(parameters, "activity_time",
                             "START:END of the time that is read of a recording [ms], END "
                             "exclusive, either may be left out; or all",
                             sizeof(word), word));
  if (!strcmp(word, "all")) {
    PetscFunctionReturn(0);
  }
  colon = strchr(word, ':');
  UserCheck(colon, "%s = %s: expected START:END [ms], or all",
            ParametersSource(parameters, "activity_time"), word);
  if (colon != word) {
    (void)snprintf(start, sizeof(start), "%.*s", (int)(colon - word), word);
    UserCheck((size_t)(colon - word) < sizeof(start) && NumberWithUnit(start, "ms", &o->time_ms[0]),
              "%s = %s: expected START:END [ms], or all",
              ParametersSource(parameters, "activity_time"), word);
  }
  if (colon[1]) {
    UserCheck(NumberWithUnit(colon + 1, "ms", &o->time_ms[1]),
              "%s = %s: expected START:END [ms], or all",
              ParametersSource(parameters, "activity_time"), word);
  }
  UserCheck(o->time_ms[0] < o->time_ms[1], "%s = %s: the end is not after the start",
            ParametersSource(parameters, "activity_time"), word);
  PetscFunctionReturn(0);
}

/* What tables of text do not always say of themselves. */
static PetscErrorCode set_text_options(RecordingOptions *o, Parameters parameters)
{
  static const char *const tables[] = {"auto", "samples", "events", NULL};
  static const char *const headers[] = {"auto", "names", "none", NULL};
  static const char *const units[] = {"auto", "s", "ms", "us", "ns", "min", "h", NULL};

  PetscFunctionBegin;
  PetscCall(ParametersChoice(parameters, "activity_table",
                             "Meaning of a line in a table of text; auto: by the names of the "
                             "columns, samples: a sample of every channel, events: a spike, with "
                             "its neuron and its time",
                             tables, &o->table));
  PetscCall(ParametersChoice(parameters, "activity_header",
                             "First line of a table of text; auto: names unless it has only "
                             "numbers, names: names of the columns, none: a line like the others",
                             headers, &o->header));
  PetscCall(PetscStrncpy(o->time_column, "auto", sizeof(o->time_column)));
  PetscCall(ParametersString(parameters, "activity_time_column",
                             "Column with the times in a table of text, by its name or its number "
                             "from 1; auto: by usual names such as time_ms; none: all columns are "
                             "channels, also those that ascend as times do",
                             sizeof(o->time_column), o->time_column));
  PetscCall(ParametersChoice(parameters, "activity_time_unit",
                             "Unit of the times in a table of text; auto: by the name of the "
                             "column, else s for samples and ms for spikes",
                             units, &o->time_unit));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingSetFromOptions(RecordingOptions *o, Parameters parameters)
{
  static const char *const layouts[] = {"auto", "neuron_time", "time_neuron", NULL};
  static const char *const compartments[] = {"refuse", "soma", "mean", NULL};

  PetscFunctionBegin;
  PetscCall(ParametersChoice(parameters, "activity_layout",
                             "order of the dimensions; auto: time first in SONATA, NWB and text",
                             layouts, &o->layout));
  PetscCall(ParametersReal(parameters, "activity_interval", "ms",
                           "distance of the samples of the source, 0: what the file says", 0, 1e12,
                           &o->interval_ms));
  PetscCall(PetscStrncpy(o->channels, "all", sizeof(o->channels)));
  PetscCall(ParametersString(parameters, "activity_channels",
                             "all, or a list with commas of the channels of a recording: names "
                             "(\"...\" around commas), patterns such as A*, FIRST-LAST, every:K, "
                             "at:POSITION; -WORD excludes; numbers are names where any name is a "
                             "number, else positions from 0",
                             sizeof(o->channels), o->channels));
  PetscCall(parse_time(o, parameters));
  PetscCall(ParametersReal(parameters, "activity_bin", "ms",
                           "width of the bins in which spike trains are counted, 0: none is given",
                           0, 1e9, &o->bin_ms));
  PetscCall(ParametersChoice(parameters, "activity_compartments",
                             "what is read of a report with several compartments of a neuron: the "
                             "soma (element 0), the mean of all, or nothing",
                             compartments, &o->compartments));
  PetscCall(ParametersReal(parameters, "activity_resample", "ms",
                           "interval onto which a recording is interpolated, 0: its timestamps "
                           "must be equally spaced",
                           0, 1e9, &o->resample_ms));
  PetscCall(set_text_options(o, parameters));
  PetscFunctionReturn(0);
}

/* FILE.npz:NAME is as good as FILE.npz:/NAME. */
static void split_archive(Recording r)
{
  char *colon = strstr(r->name, ".npz:");

  if (colon && !r->path[0]) {
    colon += strlen(".npz");
    *colon = 0;
    (void)snprintf(r->path, sizeof(r->path), "/%s", colon + 1);
  }
}

static PetscErrorCode open_kind(Recording r)
{
  int kind;

  PetscFunctionBegin;
  PetscCall(RecordingFindKind(r->comm, r->name, &kind));
  UserCheck(kind == FILE_HDF5 || kind == FILE_NPZ || !r->path[0],
            "%s: is not an HDF5 file, and only these have parts such as %s", r->name, r->path);
  if (kind == FILE_HDF5) {
    PetscCall(RecordingOpenHDF5(r));
  } else if (kind == FILE_NUMPY || kind == FILE_NPZ) {
    PetscCall(RecordingOpenNumpy(r, kind == FILE_NPZ ? PETSC_TRUE : PETSC_FALSE));
  } else {
    PetscCall(RecordingOpenText(r));
  }
  PetscFunctionReturn(0);
}

/* Names that do not tell channels apart. */
static PetscErrorCode note_repeated(Recording r)
{
  const char *name;

  PetscFunctionBegin;
  PetscCall(LabelsRepeated(&r->labels, &name));
  if (name) {
    RecordingNote(r, "several channels are called \"%.100s\": names do not tell neurons apart",
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
  status = open_kind(r);
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

  PetscFunctionBegin;
  if (r) {
    if (r->format && r->format->close) {
      PetscCall(r->format->close(r));
    }
    PetscCall(PetscFree(r->context));
    PetscCall(DataFileDiscard(&r->file));
    PetscCall(PetscFree(r->times));
    PetscCall(IdentityDestroy(&r->identity));
    PetscCall(PetscFree(r->channels));
    PetscCall(PetscFree(r->names));
    PetscCall(LabelsDestroy(&r->all_labels));
    PetscCall(LabelsDestroy(&r->labels));
    PetscCall(PetscFree(*recording));
  }
  PetscFunctionReturn(0);
}

void RecordingGetInfo(Recording r, RecordingInfo *info)
{
  *info = (RecordingInfo){
      .n_channels = r->n_channels,
      .n_samples = r->n_samples,
      .start_ms = r->start_ms,
      .interval_ms = r->interval_ms,
      .counts = r->counts,
      .unit = r->unit,
      .format = r->format_name,
  };
}

void RecordingNote(Recording r, const char *format, ...)
{
  const size_t length = strlen(r->notes);
  va_list arguments;
  int added;

  va_start(arguments, format);
  added = vsnprintf(r->notes + length, sizeof(r->notes) - length - 1, format, arguments);
  va_end(arguments);
  if (added < 0 || (size_t)added >= sizeof(r->notes) - length - 1) {
    r->notes[length] = 0; /* no half lines */
  } else {
    r->notes[length + (size_t)added] = '\n';
    r->notes[length + (size_t)added + 1] = 0;
  }
}

const char *RecordingNotes(Recording r)
{
  return r->notes;
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

/* What is interpolated is read in its own samples first. */
static PetscErrorCode read_interpolated(Recording r, int64_t n_mine, const int64_t channels[],
                                        int64_t n_most, double *values)
{
  int64_t first, count;
  double *samples;
  PetscErrorCode status;

  PetscFunctionBegin;
  RecordingNeeded(r, &first, &count);
  PetscCall(PetscMalloc1(n_mine * count, &samples));
  status = r->format->read(r, n_mine, channels, n_most, first, count, samples);
  for (int64_t i = 0; i < n_mine && !status; i++) {
    RecordingInterpolate(r, first, count, samples + i * count, values + i * r->n_samples);
  }
  PetscCall(PetscFree(samples));
  PetscFunctionReturn(status);
}

PetscErrorCode RecordingRead(Recording r, const Partition *partition, double *values)
{
  const int64_t n = partition->n_local;
  int64_t *channels;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &channels));
  for (int64_t k = 0; k < n; k++) {
    channels[k] = r->channels ? r->channels[partition->first + k] : partition->first + k;
  }
  status = r->options.resample_ms > 0 ? read_interpolated(r, n, channels, partition->block, values)
                                      : r->format->read(r, n, channels, partition->block,
                                                        r->first_sample, r->n_samples, values);
  PetscCall(PetscFree(channels));
  PetscFunctionReturn(status ? status : RecordingCheckAscent(r, partition, values));
}
