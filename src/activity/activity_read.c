/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The source of an activity, looked at and read. */
#include "activity_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <string.h>

/* The neurons that are columns of the source, and what they are called. */
static PetscErrorCode find_neurons(Activity a, Recording recording, int64_t n_neurons)
{
  int64_t n_all;
  const int64_t *channels = RecordingChannels(recording, &n_all);

  PetscFunctionBegin;
  PetscCall(ObservedDestroy(&a->columns));
  a->columns = (Observed){n_all, n_neurons, NULL};
  a->has_ids = RecordingHasIds(recording);
  if (channels) {
    PetscCall(PetscMalloc1(n_neurons, &a->columns.index));
    PetscCall(PetscArraycpy(a->columns.index, channels, n_neurons));
  }
  PetscCall(LabelsTake(RecordingLabels(recording), n_neurons, NULL, &a->labels));
  PetscFunctionReturn(0);
}

static PetscErrorCode look_at(Activity a, Recording recording, int64_t *n_neurons,
                              int64_t *n_samples)
{
  RecordingInfo info;
  int64_t n_selected;

  PetscFunctionBegin;
  RecordingGetInfo(recording, &info);
  *n_neurons = info.n_channels;
  *n_samples = info.n_samples;
  a->start_ms = info.start_ms;
  a->interval_ms = info.interval_ms;
  a->counts = info.counts;
  UserCheck(
      info.counts || a->reading.bin_ms == 0,
      "activity_bin: %s has samples, and only spikes are counted in bins; leave the option out%s",
      a->source,
      strcmp(info.format, "table of text")
          ? ""
          : ", or give -activity_table events for a list of spikes");
  PetscCall(PetscStrncpy(a->unit, info.unit, sizeof(a->unit)));
  PetscCall(find_neurons(a, recording, info.n_channels));
  PetscCall(PetscFree(a->own_trials));
  if (!strcmp(a->trials_file, "own")) {
    PetscCall(RecordingTrials(recording, &a->n_own_trials, &a->own_trials));
  }
  PetscCall(ActivitySelection(a, *n_samples, &n_selected));
  PetscFunctionReturn(0);
}

static PetscErrorCode open_source(Activity a, Recording *recording, int64_t *n_neurons,
                                  int64_t *n_samples)
{
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(RecordingOpen(a->comm, a->source, &a->reading, recording));
  status = look_at(a, *recording, n_neurons, n_samples);
  if (status) {
    PetscCall(RecordingClose(recording));
  }
  PetscFunctionReturn(status);
}

/* What was assumed about the source, once: several stages look at it. */
static PetscErrorCode log_notes(Activity a, Recording recording)
{
  const char *line = RecordingNotes(recording);

  PetscFunctionBegin;
  while (*line && !a->noted) {
    const int length = (int)strcspn(line, "\n");

    PetscCall(LogPrintf("activity   %.*s\n", length, line));
    line += length + 1;
  }
  if (!a->noted && a->n_trials_outside + a->n_trials_cut > 0) {
    PetscCall(LogPrintf(
        "activity   of %lld trials %lld lie outside the samples that are read and are "
        "left out, %lld reach beyond them and are cut\n",
        (long long)a->n_own_trials, (long long)a->n_trials_outside, (long long)a->n_trials_cut));
  }
  a->noted = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityInspect(Activity a, int64_t *n_neurons, int64_t *n_samples)
{
  Recording recording;

  PetscFunctionBegin;
  PetscCall(open_source(a, &recording, n_neurons, n_samples));
  PetscCall(log_notes(a, recording));
  PetscCall(RecordingClose(&recording));
  PetscCall(ActivitySelection(a, *n_samples, n_samples));
  if (a->spikes[0]) {
    PetscCall(EventsInspect(a));
  }
  PetscFunctionReturn(0);
}

/* Says how many values are no numbers. */
static PetscErrorCode log_missing(Activity a)
{
  int64_t n = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < a->partition.n_local * a->n_samples; k++) {
    n += isfinite(a->values[k]) ? 0 : 1;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_INT64_T, MPI_SUM, a->comm));
  if (n > 0) {
    PetscCall(LogPrintf("activity   %s: %lld of %lld values are missing\n", a->source, (long long)n,
                        (long long)(a->partition.n_global * a->n_samples)));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityRead(Activity a)
{
  Recording recording;
  int64_t n_neurons;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(open_source(a, &recording, &n_neurons, &a->n_samples));
  PetscCall(PartitionMake(a->comm, n_neurons, &a->partition));
  PetscCall(PetscFree(a->values));
  PetscCall(PetscMalloc1(a->partition.n_local * a->n_samples, &a->values));
  status = RecordingRead(recording, &a->partition, a->values);
  status = status ? status : log_missing(a);
  PetscCall(RecordingClose(&recording));
  PetscFunctionReturn(status);
}
