/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Events that are read as spike times, of a SONATA spike file. */
#include "activity_impl.h"

#include "causeway/error.h"

#include "exchange.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int64_t neuron, sample; /* among those observed; counted from that of the segments */
} SpikeSample;

static int by_neuron(const void *a, const void *b)
{
  const SpikeSample *x = (const SpikeSample *)a, *y = (const SpikeSample *)b;

  if (x->neuron != y->neuron) {
    return x->neuron < y->neuron ? -1 : 1;
  }
  return x->sample < y->sample ? -1 : (x->sample > y->sample ? 1 : 0);
}

static void sort_spikes(int64_t n, SpikeSample *spikes)
{
  if (n > 1) { /* of none there is no array */
    qsort(spikes, (size_t)n, sizeof(*spikes), by_neuron);
  }
}

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
    status = DataFileOnlyChild(*file, "/spikes", PETSC_MAX_PATH_LEN, population);
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

/* This rank's share of the file; what is not observed, or in no segment, is left out. */
static PetscErrorCode convert(Activity a, int64_t n, const double times[], const int64_t nodes[],
                              int64_t first_sample, SpikeSample spikes[], int64_t *n_kept)
{
  const Observed *o = &a->observed;
  const double earliest = a->start_ms - a->interval_ms;
  const double latest = a->start_ms + a->interval_ms * (double)(a->n_samples * a->downsample);

  for (int64_t k = 0; k < n; k++) {
    const int64_t neuron = ObservedBelow(o, nodes[k]);

    if (nodes[k] < 0 || nodes[k] >= o->n_all || !isfinite(times[k])) {
      return UserError("activity_spikes = %s: has a spike of node %lld at %g ms, of a recording of "
                       "%lld neurons",
                       a->spikes, (long long)nodes[k], times[k], (long long)o->n_all);
    }
    if ((!o->index || (neuron < o->n && o->index[neuron] == nodes[k])) && times[k] >= earliest &&
        times[k] <= latest) {
      const int64_t sample = sample_of(a, times[k]);

      if (sample >= 0 && SegmentListHas(&a->segments, sample - first_sample)) {
        spikes[(*n_kept)++] = (SpikeSample){neuron, sample - first_sample};
      }
    }
  }
  return 0;
}

static PetscErrorCode read_share(Activity a, int64_t first_sample, SpikeSample **spikes,
                                 int64_t *n_kept)
{
  char population[PETSC_MAX_PATH_LEN], path[2][PETSC_MAX_PATH_LEN + 16];
  DataFile file;
  Partition share;
  int64_t n[2], *nodes;
  double *times;
  PetscErrorCode status;

  PetscFunctionBegin;
  *n_kept = 0;
  PetscCall(open_spikes(a, &file, population));
  PetscCall(PetscSNPrintf(path[0], sizeof(path[0]), "%s/timestamps", population));
  PetscCall(PetscSNPrintf(path[1], sizeof(path[1]), "%s/node_ids", population));
  status = DataFileShape(file, path[0], 1, &n[0]);
  status = status ? status : DataFileShape(file, path[1], 1, &n[1]);
  if (!status && n[0] != n[1]) {
    status = UserError("%s: %s has %lld entries, but %s %lld", DataFileName(file), path[0],
                       (long long)n[0], path[1], (long long)n[1]);
  }
  if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscFunctionReturn(status);
  }
  PetscCall(PartitionMake(a->comm, n[0], &share));
  PetscCall(PetscMalloc2(share.n_local, &times, share.n_local, &nodes));
  PetscCall(PetscMalloc1(share.n_local, spikes));
  status = DataFileRead(file, path[0], DATA_FLOAT64, &share.first, &share.n_local, times);
  status = status ? status
                  : DataFileRead(file, path[1], DATA_INT64, &share.first, &share.n_local, nodes);
  PetscCall(DataFileDiscard(&file));
  status = status ? status : convert(a, share.n_local, times, nodes, first_sample, *spikes, n_kept);
  PetscCall(PetscFree2(times, nodes));
  PetscCall(ErrorAgree(a->comm, status));
  PetscFunctionReturn(0);
}

/* Several spikes of a neuron in one sample are one event. */
static PetscErrorCode take_events(Activity a, int64_t n, SpikeSample *spikes)
{
  const int64_t n_local = a->partition.n_local;
  int64_t n_events = 0;

  PetscFunctionBegin;
  sort_spikes(n, spikes);
  PetscCall(PetscCalloc1(n_local + 1, &a->event_start));
  PetscCall(PetscMalloc1(n, &a->events));
  for (int64_t k = 0; k < n; k++) {
    if (k == 0 || by_neuron(&spikes[k], &spikes[k - 1]) != 0) {
      a->events[n_events++] = spikes[k].sample;
      a->event_start[spikes[k].neuron - a->partition.first + 1]++;
    }
  }
  for (int64_t i = 0; i < n_local; i++) {
    a->event_start[i + 1] += a->event_start[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventsRead(Activity a, int64_t first_sample)
{
  SpikeSample *spikes, *received = NULL;
  int64_t n, n_received, *send_count;

  PetscFunctionBegin;
  PetscCall(EventsForget(a));
  UserCheck(a->interval_ms > 0,
            "activity_spikes = %s: at which samples, is not known: give activity_interval, the "
            "distance of the samples of %s in ms",
            a->spikes, a->source);
  PetscCall(read_share(a, first_sample, &spikes, &n));
  sort_spikes(n, spikes);
  PetscCall(PetscCalloc1(a->partition.size, &send_count));
  for (int64_t k = 0; k < n; k++) {
    send_count[PartitionOwner(&a->partition, spikes[k].neuron)]++;
  }
  PetscCall(ExchangeRecords(a->comm, sizeof(*spikes), spikes, send_count, &n_received, &received));
  PetscCall(take_events(a, n_received, received));
  PetscCall(PetscFree(received));
  PetscCall(PetscFree(send_count));
  PetscCall(PetscFree(spikes));
  PetscFunctionReturn(0);
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
