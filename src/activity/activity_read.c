/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Opens, inspects and reads the source of an activity. */
#include "activity_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <string.h>

/* Finds the neurons of the source's columns, and their names. */
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
  a->n_spikes = info.n_spikes;
  UserCheck(
      info.counts || a->reading.bin_ms == 0 || a->reading.bin_ms == BIN_CHOSEN,
      "activity_bin: %s has samples, but only spikes are counted in bins; leave the option out%s",
      a->source,
      strcmp(info.format, "table of text")
          ? ""
          : ", or give -activity_table events for a list of spikes");
  PetscCall(PetscStrncpy(a->unit, info.unit, sizeof(a->unit)));
  PetscCall(find_neurons(a, recording, info.n_channels));
  PetscCall(PetscFree(a->own_trials));
  if (a->trials_kind == TRIALS_OWN) {
    PetscCall(RecordingTrials(recording, &a->n_own_trials, &a->own_trials));
  }
  PetscCall(ActivitySelection(a, *n_samples, &n_selected));
  PetscFunctionReturn(0);
}

/* Opens the source unless it is open. */
static PetscErrorCode open_source(Activity a, int64_t *n_neurons, int64_t *n_samples)
{
  PetscFunctionBegin;
  UserCheck(a->source[0], "the activity has no source; name one with ActivitySetFile() or the "
                          "parameter activity");
  if (!a->recording) {
    PetscCall(RecordingOpen(a->comm, a->source, &a->reading, &a->recording));
  }
  PetscCall(look_at(a, a->recording, n_neurons, n_samples));
  PetscFunctionReturn(0);
}

/* Logs the assumptions about the source once, although several stages open it. */
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
        "activity   of %lld trials, %lld lie outside the selected samples and are left out, "
        "and %lld reach beyond them and are cut\n",
        (long long)a->n_own_trials, (long long)a->n_trials_outside, (long long)a->n_trials_cut));
  }
  if (!a->noted && a->trials_kind == TRIALS_LENGTH && a->trials.n > 1) {
    const Segment last = a->trials.list[a->trials.n - 1];

    if (last.end - last.first < a->trial_length) {
      PetscCall(LogPrintf("activity   the last of %lld trials has only %lld of %lld samples\n",
                          (long long)a->trials.n, (long long)(last.end - last.first),
                          (long long)a->trial_length));
    }
  }
  a->noted = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityInspect(Activity a, int64_t *n_neurons, int64_t *n_samples)
{
  PetscFunctionBegin;
  PetscCall(open_source(a, n_neurons, n_samples));
  PetscCall(log_notes(a, a->recording));
  PetscCall(ActivitySelection(a, *n_samples, n_samples));
  PetscCall(EventsInspect(a));
  PetscFunctionReturn(0);
}

/* Logs the number of missing values. */
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
  int64_t n_neurons = 0;

  PetscFunctionBegin;
  PetscCall(open_source(a, &n_neurons, &a->n_samples));
  PetscCall(PartitionMake(a->comm, n_neurons, &a->partition));
  PetscCall(PetscFree(a->values));
  PetscCall(ListFree(a));
  if (ListIsKept(a)) {
    SampleList counts;

    PetscCall(RecordingList(a->recording, &a->partition, &counts));
    PetscCall(ListTake(a, &counts));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(a->partition.n_local * a->n_samples, &a->values));
  PetscCall(RecordingRead(a->recording, &a->partition, a->values));
  PetscCall(log_missing(a));
  PetscFunctionReturn(0);
}
