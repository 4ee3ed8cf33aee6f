/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists what can be read from a file as activity, with the options. */
#include "candidates.h"
#include "nwb.h"

#include "causeway/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Appends formatted text. */
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
    append(length, text, ", at unknown times; give -activity_interval MS");
  }
  append(length, text, "%s%s", info->unit[0] ? ", in " : "", info->unit);
  if (info->n_channels > info->n_samples) {
    append(length, text, "; fewer %s than channels: are they exchanged (-activity_layout)?",
           info->counts ? "bins" : "samples");
  }
  if (n_notes > 0) { /* each note ends with a newline */
    append(length, text, "\n%.*s", (int)(n_notes - 1), notes);
  }
}

/* Describes a part, or why it cannot be read. */
static PetscErrorCode add_part(MPI_Comm comm, const char *specification, const char *path,
                               Uses *uses)
{
  RecordingOptions options;
  char reads[2 * PETSC_MAX_PATH_LEN + 32], text[4096];
  Recording recording;
  RecordingInfo info;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(reads, sizeof(reads), "-activity %s", specification));
  PetscCall(RecordingDefaults(&options));
  options.bin_ms = BIN_CHOSEN; /* has an effect on spikes only */
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
  PetscCall(PetscSNPrintf(text, sizeof(text), "link to %s, which is missing", target));
  PetscCall(UsesAdd(context, USE_NONE, path, "", text));
  PetscFunctionReturn(0);
}

/* Adds NWB groups that are not candidates, with the reason. */
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
                   "is a file of NWB %s; only its time series can be read, each by its path",
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

  PetscFunctionBegin;
  PetscCall(add_old_version(file, uses));
  PetscCall(DataFileVisitDangling(file, add_dangling, uses));
  PetscCall(DataFileVisit(file, PETSC_FALSE, add_obstacle, uses));
  PetscCall(DataFileGetString(file, "/", "program", sizeof(program), program, &is_ours));
  PetscCall(CandidatesFind(file, &found));
  if (found.n == 0 && !is_ours) { /* without a convention, any dataset may be activity */
    PetscCall(CandidatesAddDatasets(file, &found));
  }
  for (int64_t k = 0; k < found.n; k++) {
    const char *path = found.list[k].path;

    if (UsesHave(uses, path)) {
      continue; /* the reason is already listed */
    }
    PetscCall(PetscSNPrintf(specification, sizeof(specification), "%s:%s", name, path));
    PetscCall(add_part(comm, specification, path, uses));
  }
  PetscCall(CandidatesDestroy(&found));
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
