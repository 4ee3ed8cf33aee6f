/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Events that are read as spike times, of a SONATA spike file. */
#include "activity_impl.h"

#include "causeway/error.h"

#include "spike_trains.h"

#include <math.h>
#include <string.h>

static PetscErrorCode open_spikes(Activity a, DataFile *file, char population[])
{
  char name[PETSC_MAX_PATH_LEN], unused[PETSC_MAX_PATH_LEN];
  const PetscBool own = strcmp(a->spikes, "own") ? PETSC_FALSE : PETSC_TRUE;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(own ? a->source : a->spikes, PETSC_MAX_PATH_LEN, name,
                          own ? unused : population));
  PetscCall(DataFileOpen(a->comm, name, file));
  if (own || !population[0]) {
    status = SpikePopulation(*file, PETSC_MAX_PATH_LEN, population);
  }
  if (status) {
    PetscCall(DataFileDiscard(file));
  }
  PetscFunctionReturn(status);
}

/* Sample of a recording at or after a time of the source. */
static int64_t sample_of(const struct _p_Activity *a, double time_ms)
{
  const double position = (time_ms - a->start_ms) / a->interval_ms;
  const double tolerance = 1e-6; /* of an interval: times on the grid are not exact */
  const int64_t sample = (int64_t)ceil(position - tolerance);

  return sample < 0 ? -1 : (sample + a->downsample - 1) / a->downsample;
}

/* Several spikes of a neuron in one sample are one event. */
static PetscErrorCode take_events(Activity a, const SpikeTrains *trains)
{
  const int64_t n_local = a->partition.n_local;
  int64_t n = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n_local + 1, &a->event_start));
  PetscCall(PetscMalloc1(trains->start[n_local], &a->events));
  for (int64_t i = 0; i < n_local; i++) {
    for (int64_t k = trains->start[i]; k < trains->start[i + 1]; k++) {
      const int64_t sample = sample_of(a, trains->times[k]);

      if (sample >= 0 && SegmentListHas(&a->pieces, sample) &&
          (n == a->event_start[i] || a->events[n - 1] != sample)) {
        a->events[n++] = sample;
      }
    }
    a->event_start[i + 1] = n;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventsRead(Activity a)
{
  const double range[2] = {a->start_ms - a->interval_ms,
                           a->start_ms + a->interval_ms * (double)(a->n_samples * a->downsample)};
  char population[PETSC_MAX_PATH_LEN], what[PETSC_MAX_PATH_LEN + 32];
  DataFile file;
  SpikeShare share;
  SpikeTrains trains;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(EventsForget(a));
  UserCheck(a->interval_ms > 0,
            "activity_spikes = %s: at which samples, is not known: give activity_interval, the "
            "distance of the samples of %s in ms",
            a->spikes, a->source);
  PetscCall(PetscSNPrintf(what, sizeof(what), "activity_spikes = %s", a->spikes));
  PetscCall(open_spikes(a, &file, population));
  status = SpikeShareRead(a->comm, file, population, &share);
  PetscCall(DataFileDiscard(&file));
  PetscCall(status);
  status = SpikeTrainsMake(&share, what, &a->partition, &a->observed, range, &trains);
  if (!status) {
    PetscCall(take_events(a, &trains));
    PetscCall(SpikeTrainsDestroy(&trains));
  }
  PetscCall(SpikeShareDestroy(&share));
  PetscFunctionReturn(status);
}

PetscErrorCode EventsInspect(Activity a)
{
  char population[PETSC_MAX_PATH_LEN];
  DataFile file;

  PetscFunctionBegin;
  PetscCall(open_spikes(a, &file, population));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}
