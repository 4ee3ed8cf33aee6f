/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What of a file could be read as activity. */
#include "nwb.h"
#include "recording_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  int64_t n;
  Candidate *list;
} CandidateList;

static PetscErrorCode add(CandidateList *found, const char *path)
{
  Candidate *added;

  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)(found->n + 1) * sizeof(Candidate), &found->list));
  added = &found->list[found->n++];
  PetscCall(PetscStrncpy(added->path, path, sizeof(added->path)));
  added->has_channels = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* Whether the data of a series are numbers of one or two dimensions. */
static PetscErrorCode has_channels(DataFile file, const char *data, PetscBool *found)
{
  int64_t dims[DATAFILE_MAX_DIMS];
  int n_dims = 0;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileIsMatrix(file, data, found));
  if (*found) {
    PetscFunctionReturn(0);
  }
  status = DataFileDims(file, data, &n_dims, dims, NULL);
  *found = !status && n_dims == 1 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(status == CAUSEWAY_ERR_USER ? 0 : status);
}

static PetscErrorCode add_group(DataFile file, const char *group, void *context)
{
  CandidateList *found = context;
  PetscBool is_series, is_units = PETSC_FALSE, is_spikes = PETSC_FALSE, is_report = PETSC_FALSE;
  char data[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(IsSeries(file, group, &is_series));
  if (!is_series) {
    PetscCall(IsUnits(file, group, &is_units));
    PetscCall(IsSonataSpikes(file, group, &is_spikes));
    PetscCall(PetscSNPrintf(data, sizeof(data), "%s/data", group));
    if (!strncmp(group, "/report/", 8)) {
      PetscCall(DataFileIsDataset(file, data, &is_report));
    }
  }
  if (is_series || is_units || is_spikes || is_report) {
    PetscCall(add(found, group));
  }
  if (is_series) {
    PetscCall(PetscSNPrintf(data, sizeof(data), "%s/data", group));
    PetscCall(has_channels(file, data, &found->list[found->n - 1].has_channels));
  }
  PetscFunctionReturn(0);
}

/* A dataset that has rows and columns of numbers. */
static PetscErrorCode add_dataset(DataFile file, const char *path, void *context)
{
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileIsMatrix(file, path, &found));
  if (found) {
    PetscCall(add(context, path));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingCandidates(DataFile file, int64_t *n, Candidate **candidates)
{
  CandidateList found = {0, NULL};
  PetscErrorCode status;

  PetscFunctionBegin;
  status = DataFileVisit(file, PETSC_FALSE, add_group, &found);
  *n = found.n;
  *candidates = found.list;
  PetscFunctionReturn(status);
}

/* A line of text behind others. */
static void append(size_t length, char text[], const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void append(size_t length, char text[], const char *format, ...)
{
  const size_t at = strlen(text);
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(text + at, length - at, format, arguments);
  va_end(arguments);
}

static void tell_names(Recording recording, const RecordingInfo *info, size_t length, char text[])
{
  const Labels *labels = RecordingLabels(recording);
  int64_t n_all;
  const int64_t *ids = RecordingChannels(recording, &n_all);

  if (!labels->n && ids && n_all == INT64_MAX) {
    append(length, text, " (ids %lld to %lld)", (long long)ids[0],
           (long long)ids[info->n_channels - 1]);
  }
  if (labels->n) {
    append(length, text, " (%s%s%s)", LabelsGet(labels, 0), labels->n > 1 ? " to " : "",
           labels->n > 1 ? LabelsGet(labels, labels->n - 1) : "");
  }
}

static void tell(Recording recording, const RecordingInfo *info, size_t length, char text[])
{
  const char *notes = RecordingNotes(recording);
  const size_t n_notes = strlen(notes);

  (void)snprintf(text, length, "%s, %lld channel%s", info->format, (long long)info->n_channels,
                 info->n_channels == 1 ? "" : "s");
  tell_names(recording, info, length, text);
  append(length, text, ", %lld %s", (long long)info->n_samples, info->counts ? "bins" : "samples");
  if (info->interval_ms > 0) {
    append(length, text, ", every %.6g ms from %.6g ms", info->interval_ms, info->start_ms);
  } else {
    append(length, text, ", at unknown times: give -activity_interval MS");
  }
  append(length, text, "%s%s", info->unit[0] ? ", in " : "", info->unit);
  if (info->n_channels > info->n_samples) {
    append(length, text, "; fewer %s than channels: are they exchanged (-activity_layout)?",
           info->counts ? "bins" : "samples");
  }
  if (n_notes > 0) { /* each ends with its line */
    append(length, text, "\n%.*s", (int)(n_notes - 1), notes);
  }
}

/* What a part is, or why it cannot be read as it is. */
static PetscErrorCode add_part(MPI_Comm comm, const char *specification, const char *path,
                               Uses *uses)
{
  RecordingOptions options = {.channels = "all",
                              .time_ms = {-INFINITY, INFINITY},
                              .bin_ms = BIN_CHOSEN}; /* only spikes heed it */
  char reads[2 * PETSC_MAX_PATH_LEN + 32], text[4096];
  Recording recording;
  RecordingInfo info;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(reads, sizeof(reads), "-activity %s", specification));
  status = RecordingOpen(comm, specification, &options, &recording);
  if (status == CAUSEWAY_ERR_USER) {
    PetscCall(UsesAdd(uses, USE_ACTIVITY, path, reads, UserErrorMessage()));
    PetscFunctionReturn(0);
  }
  PetscCall(status);
  RecordingGetInfo(recording, &info);
  if (info.counts) {
    append(sizeof(reads), reads, " -activity_bin %g", info.interval_ms);
  }
  tell(recording, &info, sizeof(text), text);
  PetscCall(UsesAdd(uses, USE_ACTIVITY, path, reads, text));
  PetscCall(RecordingClose(&recording));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_dangling(DataFile file, const char *path, void *context)
{
  char target[PETSC_MAX_PATH_LEN], text[2 * PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  DataFileLinkTarget(file, path, sizeof(target), target);
  PetscCall(PetscSNPrintf(text, sizeof(text), "link to %s, where there is nothing", target));
  PetscCall(UsesAdd(context, USE_NONE, path, "", text));
  PetscFunctionReturn(0);
}

/* Groups of NWB that are no candidates. */
static PetscErrorCode add_obstacle(DataFile file, const char *path, void *context)
{
  char text[512];

  PetscFunctionBegin;
  PetscCall(NwbObstacle(file, path, sizeof(text), text));
  if (text[0]) {
    PetscCall(UsesAdd(context, USE_NONE, path, "", text));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_old_version(DataFile file, Uses *uses)
{
  char version[64], text[256];

  PetscFunctionBegin;
  PetscCall(NwbOldVersion(file, sizeof(version), version));
  if (version[0]) {
    (void)snprintf(text, sizeof(text),
                   "is a file of NWB %s, of which only time series are read, each by its path",
                   version);
    PetscCall(UsesAdd(uses, USE_NONE, "/", "", text));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_parts(MPI_Comm comm, DataFile file, const char *name, Uses *uses)
{
  char specification[2 * PETSC_MAX_PATH_LEN];
  PetscBool is_ours;
  CandidateList found;
  char program[64] = "";
  Candidate *candidates;
  int64_t n;

  PetscFunctionBegin;
  PetscCall(add_old_version(file, uses));
  PetscCall(DataFileVisitDangling(file, add_dangling, uses));
  PetscCall(DataFileVisit(file, PETSC_FALSE, add_obstacle, uses));
  PetscCall(RecordingCandidates(file, &n, &candidates));
  PetscCall(DataFileGetString(file, "/", "program", sizeof(program), program, &is_ours));
  if (n == 0 && !is_ours) { /* of files without a convention, any dataset may be meant */
    found = (CandidateList){0, candidates};
    PetscCall(DataFileVisit(file, PETSC_TRUE, add_dataset, &found));
    n = found.n;
    candidates = found.list;
  }
  for (int64_t k = 0; k < n; k++) {
    if (UsesHave(uses, candidates[k].path)) {
      continue; /* is said already why it cannot be read */
    }
    PetscCall(
        PetscSNPrintf(specification, sizeof(specification), "%s:%s", name, candidates[k].path));
    PetscCall(add_part(comm, specification, candidates[k].path, uses));
  }
  PetscCall(PetscFree(candidates));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingUses(MPI_Comm comm, const char *name, Uses *uses)
{
  PetscBool is_hdf5;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(RecordingIsHDF5(comm, name, &is_hdf5));
  if (!is_hdf5) {
    PetscCall(add_part(comm, name, "", uses));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileOpen(comm, name, &file));
  PetscCall(add_parts(comm, file, name, uses));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}
