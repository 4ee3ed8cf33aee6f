/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Trials of a recording, and samples with missing values in them. */
#include "activity_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <string.h>

/* Number of bytes of one reduction, whose count is an int. */
enum { REDUCE_BLOCK = 1 << 28 };

/* Takes one trial of the table, whose numbers may have any type. */
static PetscErrorCode take_trial(Activity a, int64_t n_source, const double row[2], int64_t after,
                                 int64_t trial, Segment *segment)
{
  PetscFunctionBegin;
  /* NaN fails these comparisons too */
  UserCheck(row[0] >= 0 && row[0] < row[1] && row[1] <= (double)n_source &&
                row[0] == floor(row[0]) && row[1] == floor(row[1]),
            "activity_trials = %s: trial %lld (counted from 0) goes from %.15g to %.15g; expected "
            "first and end (exclusive) within the %lld samples of %s",
            a->trials_text, (long long)trial, row[0], row[1], (long long)n_source,
            a->source[0] ? a->source : "the simulation");
  UserCheck(row[0] >= (double)after,
            "activity_trials = %s: trial %lld (counted from 0) begins at sample %.15g, before the "
            "end %lld of the previous trial; expected ascending trials that do not overlap",
            a->trials_text, (long long)trial, row[0], (long long)after);
  *segment = (Segment){(int64_t)row[0], (int64_t)row[1]};
  PetscFunctionReturn(0);
}

static PetscErrorCode read_trials(Activity a, DataFile file, const char *path, int64_t n_source)
{
  int64_t dims[2], first[2] = {0, 0}, after = 0;
  double *table;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileShape(file, path, 2, dims));
  UserCheck(dims[0] >= 1 && dims[1] == 2,
            "activity_trials = %s: is %lld x %lld; expected (n_trials, 2), first and end of each "
            "trial",
            a->trials_text, (long long)dims[0], (long long)dims[1]);
  PetscCall(PetscMalloc1(dims[0] * 2, &table));
  PetscCall(PetscMalloc1(dims[0], &a->trials.list));
  status = DataFileRead(file, path, DATA_FLOAT64, first, dims, table);
  for (int64_t k = 0; k < dims[0] && !status; k++) {
    status = take_trial(a, n_source, table + 2 * k, after, k, &a->trials.list[k]);
    after = a->trials.list[k].end;
  }
  a->trials.n = dims[0];
  PetscCall(PetscFree(table));
  PetscFunctionReturn(status);
}

/* Takes the recording's own trials, as far as they lie in the part that is read. */
static PetscErrorCode take_own(Activity a, int64_t n_source)
{
  const double interval = a->interval_ms * (double)a->downsample;
  const double rounding = 1e-6; /* rounding of times on the grid [intervals] */
  double before = -INFINITY;

  PetscFunctionBegin;
  UserCheck(interval > 0,
            "activity_trials = own: the times of the samples of %s are unknown; give "
            "activity_interval [ms]",
            a->source);
  PetscCall(PetscMalloc1(a->n_own_trials, &a->trials.list));
  a->n_trials_cut = 0;
  for (int64_t k = 0; k < a->n_own_trials; k++) {
    const double start = a->own_trials[2 * k], stop = a->own_trials[2 * k + 1];
    double first, end;

    UserCheck(start <= stop && start >= before, /* NaN fails these comparisons too */
              "activity_trials = own: trial %lld (counted from 0) of %s goes from %.9g to %.9g s, "
              "the previous trial to %.9g s; expected ascending trials that do not overlap",
              (long long)k, a->source, start * 1e-3, stop * 1e-3, before * 1e-3);
    before = stop;
    first = ceil((start - a->start_ms) / interval - rounding);
    end = ceil((stop - a->start_ms) / interval - rounding);
    if (PetscMax(0, first) < PetscMin((double)n_source, end)) {
      a->n_trials_cut += first < 0 || end > (double)n_source;
      a->trials.list[a->trials.n++] =
          (Segment){(int64_t)PetscMax(0, first), (int64_t)PetscMin((double)n_source, end)};
    }
  }
  a->n_trials_outside = a->n_own_trials - a->trials.n;
  PetscFunctionReturn(0);
}

PetscErrorCode TrialsMake(Activity a, int64_t n_source)
{
  const int64_t length = a->trials_kind == TRIALS_LENGTH ? a->trial_length : n_source;
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(SegmentListDestroy(&a->trials));
  if (a->trials_kind == TRIALS_OWN) {
    PetscFunctionReturn(take_own(a, n_source));
  }
  if (a->trials_kind == TRIALS_FILE) {
    PetscCall(ParseFilePath(a->trials_text, sizeof(name), name, path));
    PetscCall(DataFileOpen(a->comm, name, &file));
    status = read_trials(a, file, path, n_source);
    PetscCall(DataFileDiscard(&file));
    PetscFunctionReturn(status);
  }
  UserCheck(length <= n_source,
            "activity_trials = %s: a trial of %lld samples is longer than %s, which has %lld",
            a->trials_text, (long long)length, a->source[0] ? a->source : "the simulation",
            (long long)n_source);
  PetscCall(PetscMalloc1((n_source - 1) / length + 1, &a->trials.list));
  for (int64_t first = 0; first < n_source; first += length) {
    a->trials.list[a->trials.n++] = (Segment){first, first + PetscMin(length, n_source - first)};
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode find_in_neuron(Activity a, int64_t local, unsigned char missing[])
{
  const double *x = a->values + local * a->n_samples;

  for (int64_t s = 0; s < a->trials.n; s++) {
    for (int64_t t = a->trials.list[s].first; t < a->trials.list[s].end; t++) {
      if (!isfinite(x[t])) {
        if (a->missing == MISSING_REFUSE) {
          return UserError(
              "%s: %s, sample %lld (counted from 0) is not finite; leave out such samples with "
              "-activity_missing drop, or interpolate them beforehand",
              a->source, ActivityNeuron(a, a->partition.first + local), (long long)t);
        }
        missing[t] = 1;
      }
    }
  }
  return 0;
}

PetscErrorCode MissingFind(Activity a, unsigned char **missing)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(a->n_samples, missing));
  if (IsList(a)) { /* a list has no missing values */
    PetscFunctionReturn(0);
  }
  for (int64_t i = 0; i < a->partition.n_local && !status; i++) {
    status = find_in_neuron(a, i, *missing);
  }
  status = ErrorAgree(a->comm, status);
  if (status) {
    PetscCall(PetscFree(*missing));
    PetscFunctionReturn(status);
  }
  for (int64_t first = 0; first < a->n_samples && a->missing == MISSING_DROP;
       first += REDUCE_BLOCK) {
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, *missing + first,
                               (int)PetscMin(REDUCE_BLOCK, a->n_samples - first), MPI_UNSIGNED_CHAR,
                               MPI_MAX, a->comm));
  }
  PetscFunctionReturn(0);
}
