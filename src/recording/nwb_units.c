/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spike times of the units of NWB, a list behind the other with the end of each in an index. */
#include "bins.h"

#include "nwb.h"

#include "causeway/error.h"

typedef struct {
  Bins bins;
  char path[PETSC_MAX_PATH_LEN]; /* of the spike times */
  int64_t *end;                  /* (n_all_channels) of each list */
} NwbUnits;

/* The spikes of consecutive units. */
static PetscErrorCode read_times(Recording r, int64_t first, int64_t count, double times[])
{
  const NwbUnits *u = r->context;

  PetscFunctionBegin;
  PetscCall(DataFileRead(r->file, u->path, DATA_FLOAT64, &first, &count, times));
  for (int64_t k = 0; k < count; k++) {
    times[k] *= 1e3;
  }
  PetscFunctionReturn(0);
}

static int64_t start_of(const NwbUnits *u, int64_t unit)
{
  return unit ? u->end[unit - 1] : 0;
}

static PetscErrorCode read_units(Recording r, int64_t n_mine, const int64_t channels[],
                                 int64_t n_most, int64_t first, int64_t count, double *values)
{
  const NwbUnits *u = r->context;
  const int64_t begin = n_mine ? start_of(u, channels[0]) : 0;
  const int64_t n = n_mine ? u->end[channels[n_mine - 1]] - begin : 0;
  PetscErrorCode status;
  double *times;

  PetscFunctionBegin;
  (void)n_most;
  PetscCall(PetscMalloc1(n, &times)); /* those of units between that are not chosen too */
  status = read_times(r, begin, n, times);
  PetscCall(PetscArrayzero(values, n_mine * count));
  for (int64_t i = 0; i < n_mine && !status; i++) {
    const int64_t from = start_of(u, channels[i]);

    BinsCount(&u->bins, u->end[channels[i]] - from, times + from - begin, first, count,
              values + i * count);
  }
  PetscCall(PetscFree(times));
  PetscFunctionReturn(status);
}

static PetscErrorCode close_units(Recording r)
{
  NwbUnits *u = r->context;

  PetscFunctionBegin;
  PetscCall(PetscFree(u->end));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_index(Recording r, NwbUnits *u, int64_t n_spikes)
{
  const int64_t zero = 0;
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/spike_times_index", r->path));
  PetscCall(DataFileShape(r->file, path, 1, &r->n_all_channels));
  PetscCall(PetscMalloc1(r->n_all_channels, &u->end));
  PetscCall(DataFileRead(r->file, path, DATA_INT64, &zero, &r->n_all_channels, u->end));
  for (int64_t k = 0; k < r->n_all_channels; k++) {
    UserCheck(u->end[k] >= start_of(u, k) && u->end[k] <= n_spikes,
              "%s:%s: unit %lld (counted from 0) ends at spike %lld of %lld, after %lld", r->name,
              path, (long long)k, (long long)u->end[k], (long long)n_spikes,
              (long long)start_of(u, k));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpenUnits(Recording r)
{
  static const RecordingFormat format = {read_units, close_units};
  int64_t n_spikes;
  Partition share;
  double *times;
  NwbUnits *u;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscNew(&u));
  r->context = u;
  r->format = &format;
  PetscCall(PetscStrncpy(r->format_name, "NWB Units", sizeof(r->format_name)));
  PetscCall(PetscSNPrintf(u->path, sizeof(u->path), "%s/spike_times", r->path));
  PetscCall(DataFileShape(r->file, u->path, 1, &n_spikes));
  PetscCall(read_index(r, u, n_spikes));
  PetscCall(NwbTableLabels(r->file, r->path, &r->all_labels));
  UserCheck(!r->all_labels.n || r->all_labels.n == r->n_all_channels,
            "%s:%s: has names or ids of %lld units, and spikes of %lld", r->name, r->path,
            (long long)r->all_labels.n, (long long)r->n_all_channels);
  if (!r->all_labels.n) {
    RecordingNote(r, "nothing in %s names its units or tells them apart: they are counted from 0",
                  r->path);
  }
  PetscCall(PartitionMake(r->comm, n_spikes, &share));
  PetscCall(PetscMalloc1(share.n_local, &times));
  status = read_times(r, share.first, share.n_local, times);
  status = status ? status : BinsSet(r, share.n_local, times, &u->bins);
  PetscCall(PetscFree(times));
  PetscFunctionReturn(status);
}
