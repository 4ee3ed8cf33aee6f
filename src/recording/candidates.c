/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What of a file could be read as activity. */
#include "recording_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
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
  PetscFunctionReturn(0);
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

/* One line on a part, or why it cannot be read as it is. */
static PetscErrorCode print_part(MPI_Comm comm, const char *specification)
{
  RecordingOptions options = {
      .channels = "all", .time_ms = {-INFINITY, INFINITY}, .bin_ms = 1}; /* only spikes heed it */
  Recording recording;
  RecordingInfo info;
  const Labels *labels;
  const int64_t *ids;
  int64_t n_all;
  PetscErrorCode status;

  PetscFunctionBegin;
  status = RecordingOpen(comm, specification, &options, &recording);
  if (status == CAUSEWAY_ERR_USER) {
    PetscCall(LogPrintf("  -activity %s\n      %s\n", specification, UserErrorMessage()));
    PetscFunctionReturn(0);
  }
  PetscCall(status);
  RecordingGetInfo(recording, &info);
  labels = RecordingLabels(recording);
  PetscCall(LogPrintf("  -activity %s%s\n      %s, %lld channels", specification,
                      info.counts ? " -activity_bin 1" : "", info.format,
                      (long long)info.n_channels));
  ids = RecordingChannels(recording, &n_all);
  if (!labels->n && ids && n_all == INT64_MAX) {
    PetscCall(
        LogPrintf(" (ids %lld to %lld)", (long long)ids[0], (long long)ids[info.n_channels - 1]));
  }
  if (labels->n) {
    PetscCall(LogPrintf(" (%s%s%s)", LabelsGet(labels, 0), labels->n > 1 ? " to " : "",
                        labels->n > 1 ? LabelsGet(labels, labels->n - 1) : ""));
  }
  PetscCall(LogPrintf(", %lld %s", (long long)info.n_samples, info.counts ? "bins" : "samples"));
  if (info.interval_ms > 0) {
    PetscCall(LogPrintf(", every %.6g ms from %.6g ms", info.interval_ms, info.start_ms));
  } else {
    PetscCall(LogPrintf(", at unknown times: give -activity_interval MS"));
  }
  PetscCall(LogPrintf("%s%s\n", info.unit[0] ? ", in " : "", info.unit));
  for (const char *line = RecordingNotes(recording); *line;) {
    const int length = (int)strcspn(line, "\n");

    PetscCall(LogPrintf("      %.*s\n", length, line));
    line += length + 1;
  }
  PetscCall(RecordingClose(&recording));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_dangling(DataFile file, const char *path, void *context)
{
  char target[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  (void)context;
  DataFileLinkTarget(file, path, sizeof(target), target);
  PetscCall(LogPrintf("%s  link to %s, where there is nothing\n", path, target));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_parts(MPI_Comm comm, DataFile file, const char *name)
{
  char specification[2 * PETSC_MAX_PATH_LEN];
  PetscBool is_ours;
  CandidateList found;
  char program[64] = "";
  Candidate *candidates;
  int64_t n;

  PetscFunctionBegin;
  PetscCall(DataFileVisitDangling(file, print_dangling, NULL));
  PetscCall(RecordingCandidates(file, &n, &candidates));
  PetscCall(DataFileGetString(file, "/", "program", sizeof(program), program, &is_ours));
  if (n == 0 && !is_ours) { /* of files without a convention, any dataset may be meant */
    found = (CandidateList){0, candidates};
    PetscCall(DataFileVisit(file, PETSC_TRUE, add_dataset, &found));
    n = found.n;
    candidates = found.list;
  }
  if (n > 0) {
    PetscCall(LogPrintf("to read as activity\n"));
  }
  for (int64_t k = 0; k < n; k++) {
    PetscCall(
        PetscSNPrintf(specification, sizeof(specification), "%s:%s", name, candidates[k].path));
    PetscCall(print_part(comm, specification));
  }
  PetscCall(PetscFree(candidates));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingList(MPI_Comm comm, const char *name)
{
  PetscBool is_hdf5;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(RecordingIsHDF5(comm, name, &is_hdf5));
  if (!is_hdf5) {
    PetscCall(LogPrintf("to read as activity\n"));
    PetscCall(print_part(comm, name));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileOpen(comm, name, &file));
  PetscCall(print_parts(comm, file, name));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}
