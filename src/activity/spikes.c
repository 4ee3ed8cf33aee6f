/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reads spike times from SONATA files as events. */
#include "activity_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <string.h>

static PetscErrorCode open_spikes(Activity a, DataFile *file, char population[])
{
  char name[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(a->spikes_text, PETSC_MAX_PATH_LEN, name, population));
  PetscCall(DataFileOpen(a->comm, name, file));
  if (!population[0]) {
    status = SpikePopulation(*file, PETSC_MAX_PATH_LEN, population);
  }
  if (status) {
    PetscCall(DataFileDiscard(file));
  }
  PetscFunctionReturn(status);
}

/* Reads the spike trains of a file. */
static PetscErrorCode read_trains(Activity a, const double range[2], SpikeTrains *trains)
{
  char population[PETSC_MAX_PATH_LEN], what[PETSC_MAX_PATH_LEN + 32];
  DataFile file;
  SpikeShare share;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(what, sizeof(what), "activity_spikes = %s", a->spikes_text));
  PetscCall(open_spikes(a, &file, population));
  status = SpikeShareRead(a->comm, file, population, &share);
  PetscCall(DataFileDiscard(&file));
  PetscCall(status);
  status = SpikeTrainsMake(&share, what, &a->partition, &a->observed, range, trains);
  PetscCall(SpikeShareDestroy(&share));
  (void)snprintf(a->events_text, sizeof(a->events_text), "spikes of %s", a->spikes_text);
  PetscFunctionReturn(status);
}

/* First sample of a recording at or after a time of the source. */
static int64_t sample_of(const struct _p_Activity *a, double time_ms)
{
  const double position = (time_ms - a->start_ms) / a->interval_ms;
  const double tolerance = 1e-6; /* rounding of times on the grid [intervals] */
  const int64_t sample = (int64_t)ceil(position - tolerance);

  return sample < 0 ? -1 : (sample + a->downsample - 1) / a->downsample;
}

/* Stores events; several spikes of a neuron in one sample are one event. */
static PetscErrorCode take_events(Activity a, const SpikeTrains *trains)
{
  const int64_t n_local = a->partition.n_local;
  int64_t n = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n_local + 1, &a->events.start));
  PetscCall(PetscMalloc1(trains->start[n_local], &a->events.samples));
  for (int64_t i = 0; i < n_local; i++) {
    for (int64_t k = trains->start[i]; k < trains->start[i + 1]; k++) {
      const int64_t sample = sample_of(a, trains->times[k]);

      if (sample >= 0 && SegmentListHas(&a->pieces, sample) &&
          (n == a->events.start[i] || a->events.samples[n - 1] != sample)) {
        a->events.samples[n++] = sample;
      }
    }
    a->events.start[i + 1] = n;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventsAreOwn(Activity a, PetscBool *are_own)
{
  const RecordingSpikes *spikes;

  PetscFunctionBegin;
  *are_own = strcmp(a->spikes_text, "own") ? PETSC_FALSE : PETSC_TRUE;
  a->events_text[0] = 0;
  if (*are_own || strcmp(a->spikes_text, "auto") != 0 || a->counts || !a->recording ||
      a->event_threshold != THRESHOLD_CLIP) {
    PetscFunctionReturn(0);
  }
  PetscCall(RecordingFindSpikes(a->recording, &spikes));
  *are_own = spikes->path[0] && !spikes->note[0] ? PETSC_TRUE : PETSC_FALSE;
  if (spikes->note[0]) {
    (void)snprintf(a->events_text, sizeof(a->events_text), "%s", spikes->note);
  }
  if (*are_own && a->interval_ms <= 0) {
    (void)snprintf(a->events_text, sizeof(a->events_text),
                   "the spikes of %s need -activity_interval, the sampling interval", spikes->path);
    *are_own = PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventsInspect(Activity a)
{
  char population[PETSC_MAX_PATH_LEN];
  const RecordingSpikes *spikes;
  PetscBool are_own;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(EventsAreOwn(a, &are_own));
  if (are_own) {
    PetscCall(RecordingFindSpikes(a->recording, &spikes));
    UserCheck(spikes->path[0], "activity_spikes = own: %s has no spikes of these neurons%s%s",
              a->source, spikes->note[0] ? ": " : "", spikes->note);
  } else if (strcmp(a->spikes_text, "auto") != 0 && strcmp(a->spikes_text, "none") != 0) {
    PetscCall(open_spikes(a, &file, population));
    PetscCall(DataFileClose(&file));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventsRead(Activity a)
{
  const double range[2] = {a->start_ms - a->interval_ms,
                           a->start_ms + a->interval_ms * (double)(a->n_samples * a->downsample)};
  const RecordingSpikes *spikes;
  SpikeTrains trains;
  PetscBool are_own;

  PetscFunctionBegin;
  UserCheck(a->interval_ms > 0,
            "activity_spikes = %s: the sampling interval of %s is unknown; give activity_interval "
            "[ms]",
            a->spikes_text, a->source);
  PetscCall(EventsInspect(a));
  PetscCall(EventsAreOwn(a, &are_own));
  if (are_own) {
    PetscCall(RecordingReadSpikes(a->recording, &a->partition, &a->observed, range, &trains));
    PetscCall(RecordingFindSpikes(a->recording, &spikes));
    (void)snprintf(a->events_text, sizeof(a->events_text), "spikes of %s", spikes->path);
  } else {
    PetscCall(read_trains(a, range, &trains));
  }
  PetscCall(take_events(a, &trains));
  PetscCall(SpikeTrainsDestroy(&trains));
  PetscFunctionReturn(0);
}
