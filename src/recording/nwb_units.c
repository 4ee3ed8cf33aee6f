/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Counts the spike times of NWB Units in bins. The lists of units are concatenated, and an index holds the end of each. */
#include "bins.h"

#include "nwb.h"

#include "causeway/error.h"

#include <math.h>

/* Lists and intervals are in the order of the file; channels are sorted by id. */
typedef struct {
  Bins bins;
  char path[PETSC_MAX_PATH_LEN]; /* dataset of the spike times */
  int64_t *end;                  /* (n_all_channels) end of each unit's spikes */
  int64_t n_intervals;           /* observed intervals of all units, 0 when the file has none */
  int64_t *interval_end;         /* (n_all_channels) end of each unit's intervals */
  double *intervals; /* (n_intervals, 2) [ms]; those of a unit ascend and do not touch */
} NwbUnits;

/* Reads the spikes of consecutive units. */
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

/* Begin of a unit's list, which ends at end[unit]. */
static int64_t start_of(const int64_t end[], int64_t unit)
{
  return unit ? end[unit - 1] : 0;
}

/* Sets bins to 0, or to missing where the unit was not observed. */
static void clear(const NwbUnits *u, int64_t unit, int64_t first, int64_t count, double values[])
{
  for (int64_t t = 0; t < count; t++) {
    values[t] = NAN;
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

static PetscErrorCode list_units(Recording r, int64_t n_mine, const int64_t channels[],
                                 int64_t first, int64_t count, SampleList *list)
{
  const NwbUnits *u = r->context;
  int64_t begin = INT64_MAX, end = 0;
  PetscErrorCode status;
  double *times;

  PetscFunctionBegin;
  for (int64_t i = 0; i < n_mine; i++) {
    const int64_t unit = IdentityPlace(&r->identity, channels[i]);

    begin = PetscMin(begin, start_of(u->end, unit));
    end = PetscMax(end, u->end[unit]);
  }
  begin = PetscMin(begin, end);
  PetscCall(PetscMalloc1(end - begin, &times)); /* includes units of other ranks in between */
  status = read_times(r, begin, end - begin, times);
  status = status ? status : SampleListCreate(n_mine, end - begin, PETSC_TRUE, list);
  for (int64_t i = 0; i < n_mine && !status; i++) {
    const int64_t unit = IdentityPlace(&r->identity, channels[i]);
    const int64_t from = start_of(u->end, unit);

    BinsListAdd(&u->bins, i, u->end[unit] - from, times + from - begin, first, count, list);
  }
  PetscCall(PetscFree(times));
  PetscFunctionReturn(status);
}

/* With missing values where units were not observed. */
static PetscErrorCode read_units(Recording r, int64_t n_mine, const int64_t channels[],
                                 int64_t n_most, int64_t first, int64_t count, double *values)
{
  SampleList list;

  PetscFunctionBegin;
  (void)n_most;
  PetscCall(list_units(r, n_mine, channels, first, count, &list));
  for (int64_t i = 0; i < n_mine; i++) {
    clear(r->context, IdentityPlace(&r->identity, channels[i]), first, count, values + i * count);
  }
  SampleListAdd(&list, n_mine, count, values);
  PetscCall(SampleListFree(&list));
  PetscFunctionReturn(0);
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

/* Joins the intervals of a unit that touch. `observed` becomes the extent over all units. */
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
          "ascending intervals for each unit",
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

/* Reads when each unit was observed, if the file states it. */
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
  PetscCall(NwbReadIndex(r->file, r->path, "obs_intervals_index", "interval", dims[0], &n_units,
                         &u->interval_end));
  UserCheck(
      dims[1] == 2 && n_units == r->n_all_channels,
      "%s:%s: is %lld x %lld, for %lld of %lld units; expected begin and end of the intervals "
      "of all units",
      r->name, path, (long long)dims[0], (long long)dims[1], (long long)n_units,
      (long long)r->n_all_channels);
  PetscCall(PetscMalloc1(2 * dims[0], &u->intervals));
  PetscCall(DataFileRead(r->file, path, DATA_FLOAT64, zero, dims, u->intervals));
  PetscCall(join_intervals(r, u, observed));
  u->n_intervals = dims[0];
  PetscFunctionReturn(0);
}

/* Whether a spike lies in a whole bin during which its unit was observed. */
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

/* Notes how many spikes are not counted; each rank checks its share. */
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
      "%s/obs_intervals gives the observed time of each unit; bins outside it are missing, and the "
      "%lld of %lld spikes in them are not counted",
      r->path, (long long)n, (long long)share->n_global);
  PetscFunctionReturn(0);
}

/* Reads the column id if its numbers differ; channels are then sorted by id. */
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
  UserCheck(n == r->n_all_channels, "%s:%s: has ids of %lld units, but spikes of %lld", r->name,
            r->path, (long long)n, (long long)r->n_all_channels);
  PetscCall(PetscMalloc1(n, &ids));
  PetscCall(DataFileRead(r->file, path, DATA_INT64, &zero, &n, ids));
  PetscCall(PetscSNPrintf(what, sizeof(what), "%s:%s", r->name, path));
  status = IdentityMake(what, n, ids, &r->identity);
  if (status == CAUSEWAY_ERR_USER) {
    RecordingNote(r, "%s; units are numbered from 0", UserErrorMessage());
    status = 0;
  } else if (!status && r->identity.place) {
    RecordingNote(r, "units are sorted by id; the file has another order");
  }
  PetscFunctionReturn(status);
}

/* Takes names that identify the units, else their ids. */
static PetscErrorCode find_names(Recording r)
{
  Labels labels = {0, 0, NULL};

  PetscFunctionBegin;
  PetscCall(NwbTableLabels(r->file, r->path, &labels));
  UserCheck(!labels.n || labels.n == r->n_all_channels,
            "%s:%s: has names or ids of %lld units, but spikes of %lld", r->name, r->path,
            (long long)labels.n, (long long)r->n_all_channels);
  if (!labels.n) {
    RecordingNote(r, "nothing in %s identifies its units: they are numbered from 0", r->path);
  }
  PetscCall(LabelsTake(&labels, labels.n, r->identity.place, &r->all_labels));
  PetscCall(LabelsDestroy(&labels));
  PetscFunctionReturn(0);
}

static PetscErrorCode open_units(Recording r)
{
  static const RecordingReader reader = {.list = list_units, .close = close_units};
  static const RecordingReader observed_reader = {.read = read_units, .close = close_units};
  int64_t n_spikes;
  Partition share;
  double *times, observed[2];
  NwbUnits *u;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscNew(&u));
  r->context = u;
  r->reader = &reader;
  PetscCall(PetscStrncpy(r->format_name, "NWB Units", sizeof(r->format_name)));
  PetscCall(PetscSNPrintf(u->path, sizeof(u->path), "%s/spike_times", r->path));
  PetscCall(NwbCheckSeconds(r->file, u->path));
  PetscCall(DataFileShape(r->file, u->path, 1, &n_spikes));
  PetscCall(NwbReadIndex(r->file, r->path, "spike_times_index", "spike", n_spikes,
                         &r->n_all_channels, &u->end));
  PetscCall(read_intervals(r, u, observed));
  r->reader = u->n_intervals ? &observed_reader : &reader;
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

const PartFormat PartNwbUnits = {.holds = NwbIsUnits,
                                 .open = open_units,
                                 .find_spikes = NwbFindSpikes,
                                 .read_spikes = NwbReadSpikes};
