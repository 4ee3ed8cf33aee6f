/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spike times of the units of NWB, a list behind the other with the end of each in an index. */
#include "bins.h"

#include "nwb.h"

#include "causeway/error.h"

#include <math.h>

/* Lists and intervals are by unit in the order of the file, channels by ascending id. */
typedef struct {
  Bins bins;
  char path[PETSC_MAX_PATH_LEN]; /* of the spike times */
  int64_t *end;                  /* (n_all_channels) of each list of spikes */
  int64_t n_intervals;           /* in which units were observed, 0 when the file does not say it */
  int64_t *interval_end;         /* (n_all_channels) of each unit's list of intervals */
  double *intervals; /* (n_intervals, 2) [ms], those of a unit ascend and do not touch */
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

/* Where the list of a unit begins, that ends at end[unit]. */
static int64_t start_of(const int64_t end[], int64_t unit)
{
  return unit ? end[unit - 1] : 0;
}

/* Bins in which nothing is counted yet; those in which the unit was not observed are missing. */
static void clear(const NwbUnits *u, int64_t unit, int64_t first, int64_t count, double values[])
{
  for (int64_t t = 0; t < count; t++) {
    values[t] = u->n_intervals ? NAN : 0;
  }
  if (u->n_intervals == 0) {
    return;
  }
  for (int64_t k = start_of(u->interval_end, unit); k < u->interval_end[unit]; k++) {
    const double *interval = u->intervals + 2 * k;
    int64_t from;
    const int64_t n = BinsWithin(&u->bins, interval[0], interval[1], &from);

    for (int64_t t = PetscMax(from, first); t < PetscMin(from + n, first + count); t++) {
      values[t - first] = 0;
    }
  }
}

static PetscErrorCode read_units(Recording r, int64_t n_mine, const int64_t channels[],
                                 int64_t n_most, int64_t first, int64_t count, double *values)
{
  const NwbUnits *u = r->context;
  int64_t begin = INT64_MAX, end = 0;
  PetscErrorCode status;
  double *times;

  PetscFunctionBegin;
  (void)n_most;
  for (int64_t i = 0; i < n_mine; i++) {
    const int64_t unit = IdentityPlace(&r->identity, channels[i]);

    begin = PetscMin(begin, start_of(u->end, unit));
    end = PetscMax(end, u->end[unit]);
  }
  begin = PetscMin(begin, end);
  PetscCall(PetscMalloc1(end - begin, &times)); /* those of units between that are not mine too */
  status = read_times(r, begin, end - begin, times);
  for (int64_t i = 0; i < n_mine && !status; i++) {
    const int64_t unit = IdentityPlace(&r->identity, channels[i]);
    const int64_t from = start_of(u->end, unit);

    clear(u, unit, first, count, values + i * count);
    BinsCount(&u->bins, u->end[unit] - from, times + from - begin, first, count,
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
  PetscCall(PetscFree(u->interval_end));
  PetscCall(PetscFree(u->intervals));
  PetscFunctionReturn(0);
}

/* The end of each unit's list, where all lists together have n_entries. */
static PetscErrorCode read_index(Recording r, const char *name, const char *entry,
                                 int64_t n_entries, int64_t *n_units, int64_t **end)
{
  const int64_t zero = 0;
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", r->path, name));
  PetscCall(DataFileShape(r->file, path, 1, n_units));
  PetscCall(PetscMalloc1(*n_units, end));
  PetscCall(DataFileRead(r->file, path, DATA_INT64, &zero, n_units, *end));
  for (int64_t k = 0; k < *n_units; k++) {
    UserCheck((*end)[k] >= start_of(*end, k) && (*end)[k] <= n_entries,
              "%s:%s: unit %lld (counted from 0) ends at %s %lld of %lld, after %lld", r->name,
              path, (long long)k, entry, (long long)(*end)[k], (long long)n_entries,
              (long long)start_of(*end, k));
  }
  PetscFunctionReturn(0);
}

/* Intervals of a unit that touch become one. The extent of those of all units is `observed`. */
static PetscErrorCode join_intervals(Recording r, NwbUnits *u, double observed[2])
{
  double *at = u->intervals;
  int64_t n = 0;

  PetscFunctionBegin;
  observed[0] = INFINITY;
  observed[1] = -INFINITY;
  for (int64_t unit = 0, k = 0; unit < r->n_all_channels; unit++) {
    const int64_t first = n;

    for (; k < u->interval_end[unit]; k++) {
      const double start = 1e3 * at[2 * k], end = 1e3 * at[2 * k + 1];

      UserCheck(
          isfinite(start) && isfinite(end) && start <= end &&
              (n == first || start >= at[2 * n - 2]),
          "%s:%s/obs_intervals: interval %lld (counted from 0) goes from %g to %g s; expected "
          "intervals that ascend for each unit",
          r->name, r->path, (long long)k, start * 1e-3, end * 1e-3);
      observed[0] = PetscMin(observed[0], start);
      observed[1] = PetscMax(observed[1], end);
      if (n > first && start <= at[2 * n - 1]) {
        at[2 * n - 1] = PetscMax(at[2 * n - 1], end);
      } else {
        at[2 * n] = start;
        at[2 * n++ + 1] = end;
      }
    }
    u->interval_end[unit] = n;
  }
  PetscFunctionReturn(0);
}

/* When each unit was observed, where the file says it. */
static PetscErrorCode read_intervals(Recording r, NwbUnits *u, double observed[2])
{
  const int64_t zero[2] = {0, 0};
  int64_t dims[2], n_units;
  char path[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/obs_intervals", r->path));
  PetscCall(DataFileIsDataset(r->file, path, &found));
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileShape(r->file, path, 2, dims));
  PetscCall(read_index(r, "obs_intervals_index", "interval", dims[0], &n_units, &u->interval_end));
  UserCheck(dims[1] == 2 && n_units == r->n_all_channels,
            "%s:%s: is %lld x %lld, for %lld of %lld units; expected begin and end of intervals of "
            "all units",
            r->name, path, (long long)dims[0], (long long)dims[1], (long long)n_units,
            (long long)r->n_all_channels);
  PetscCall(PetscMalloc1(2 * dims[0], &u->intervals));
  PetscCall(DataFileRead(r->file, path, DATA_FLOAT64, zero, dims, u->intervals));
  PetscCall(join_intervals(r, u, observed));
  u->n_intervals = dims[0];
  PetscFunctionReturn(0);
}

/* Whether a spike is counted in one of the whole bins in which its unit was observed. */
static PetscBool is_counted(const NwbUnits *u, int64_t unit, double time)
{
  for (int64_t k = start_of(u->interval_end, unit); k < u->interval_end[unit]; k++) {
    int64_t first;
    const int64_t n = BinsWithin(&u->bins, u->intervals[2 * k], u->intervals[2 * k + 1], &first);
    const double bin = BinOf(&u->bins, time);

    if (bin >= (double)first && bin < (double)(first + n)) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Says how many spikes, of which this rank has a share, are not counted. */
static PetscErrorCode note_uncounted(Recording r, const NwbUnits *u, const Partition *share,
                                     const double times[])
{
  int64_t n = 0;

  PetscFunctionBegin;
  for (int64_t unit = 0; unit < r->n_all_channels; unit++) {
    const int64_t first = PetscMax(start_of(u->end, unit), share->first);
    const int64_t end = PetscMin(u->end[unit], share->first + share->n_local);

    for (int64_t k = first; k < end; k++) {
      n += is_counted(u, unit, times[k - share->first]) ? 0 : 1;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_INT64_T, MPI_SUM, r->comm));
  RecordingNote(
      r,
      "%s/obs_intervals says when each unit was observed; bins outside these intervals are "
      "missing, and the %lld of %lld spikes in them are not counted",
      r->path, (long long)n, (long long)share->n_global);
  PetscFunctionReturn(0);
}

/* The numbers in the column id, where they tell units apart; channels are the units by ascending id. */
static PetscErrorCode find_ids(Recording r)
{
  const int64_t zero = 0;
  char path[PETSC_MAX_PATH_LEN], what[2 * PETSC_MAX_PATH_LEN];
  int64_t n, *ids;
  PetscErrorCode status;
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/id", r->path));
  PetscCall(DataFileIsDataset(r->file, path, &found));
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileShape(r->file, path, 1, &n));
  UserCheck(n == r->n_all_channels, "%s:%s: has ids of %lld units, and spikes of %lld", r->name,
            r->path, (long long)n, (long long)r->n_all_channels);
  PetscCall(PetscMalloc1(n, &ids));
  PetscCall(DataFileRead(r->file, path, DATA_INT64, &zero, &n, ids));
  PetscCall(PetscSNPrintf(what, sizeof(what), "%s:%s", r->name, path));
  status = IdentityMake(what, n, ids, &r->identity);
  if (status == CAUSEWAY_ERR_USER) {
    RecordingNote(r, "%s; units are counted from 0", UserErrorMessage());
    status = 0;
  } else if (!status && r->identity.place) {
    RecordingNote(r, "units are sorted by id; the file has them in another order");
  }
  PetscFunctionReturn(status);
}

/* Names that tell the units apart, else their ids. */
static PetscErrorCode find_names(Recording r)
{
  Labels labels = {0, 0, NULL};

  PetscFunctionBegin;
  PetscCall(NwbTableLabels(r->file, r->path, &labels));
  UserCheck(!labels.n || labels.n == r->n_all_channels,
            "%s:%s: has names or ids of %lld units, and spikes of %lld", r->name, r->path,
            (long long)labels.n, (long long)r->n_all_channels);
  if (!labels.n) {
    RecordingNote(r, "nothing in %s names its units or tells them apart: they are counted from 0",
                  r->path);
  }
  PetscCall(LabelsTake(&labels, labels.n, r->identity.place, &r->all_labels));
  PetscCall(LabelsDestroy(&labels));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpenUnits(Recording r)
{
  static const RecordingFormat format = {read_units, close_units};
  int64_t n_spikes;
  Partition share;
  double *times, observed[2];
  NwbUnits *u;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscNew(&u));
  r->context = u;
  r->format = &format;
  PetscCall(PetscStrncpy(r->format_name, "NWB Units", sizeof(r->format_name)));
  PetscCall(PetscSNPrintf(u->path, sizeof(u->path), "%s/spike_times", r->path));
  PetscCall(NwbCheckSeconds(r->file, u->path));
  PetscCall(DataFileShape(r->file, u->path, 1, &n_spikes));
  PetscCall(read_index(r, "spike_times_index", "spike", n_spikes, &r->n_all_channels, &u->end));
  PetscCall(read_intervals(r, u, observed));
  PetscCall(find_ids(r));
  PetscCall(find_names(r));
  PetscCall(DataFileGetReal(r->file, u->path, "resolution", &r->resolution_ms, NULL));
  r->resolution_ms *= 1e3;
  PetscCall(PartitionMake(r->comm, n_spikes, &share));
  PetscCall(PetscMalloc1(share.n_local, &times));
  status = read_times(r, share.first, share.n_local, times);
  status = status ? status
                  : BinsSet(r, share.n_local, times, u->n_intervals ? observed : NULL, &u->bins);
  if (!status && u->n_intervals) {
    status = note_uncounted(r, u, &share, times);
  }
  PetscCall(PetscFree(times));
  PetscFunctionReturn(status);
}
