/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Times of samples, and interpolation between them. */
#include "recording_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <stdlib.h>

/* Largest deviation of a sample from equal spacing [intervals]. */
#define JITTER 0.1
/* Rounding error of computed times on the grid [intervals]. */
#define ROUNDING 1e-6

/* The first sample that deviates from equal spacing, or -1; and the mean interval. */
static int64_t first_uneven(int64_t n, const double times[], double *interval)
{
  *interval = n > 1 ? (times[n - 1] - times[0]) / (double)(n - 1) : 0;
  for (int64_t k = 0; k < n; k++) {
    if (fabs(times[k] - times[0] - (double)k * *interval) > JITTER * *interval) {
      return k;
    }
  }
  return -1;
}

/* Times that are not equally spaced need no interpolation when the selected part is equally spaced. */
static PetscErrorCode check_part(Recording r, const char *what)
{
  const double *times = r->times, *range = r->options.time_ms;
  double interval = r->interval_ms;
  int64_t first = 0, end = r->n_all_samples, worst;

  PetscFunctionBegin;
  while (first < end && times[first] < range[0] - ROUNDING * interval) {
    first++;
  }
  while (end > first && times[end - 1] >= range[1] - ROUNDING * interval) {
    end--;
  }
  if (end - first < 2 || first_uneven(end - first, times + first, &interval) < 0) {
    r->interval_ms = interval;
    PetscFunctionReturn(0);
  }
  worst = first + 1;
  for (int64_t k = worst; k < end; k++) { /* find the largest deviation */
    if (fabs(times[k] - times[k - 1] - interval) >
        fabs(times[worst] - times[worst - 1] - interval)) {
      worst = k;
    }
  }
  PetscFunctionReturn(
      UserError("%s: timestamps are not equally spaced (%.6g ms before sample %lld, counted from "
                "0, but %.6g on average); give -activity_resample MS to interpolate (with "
                "-activity_missing drop if samples are missing), or choose a part with "
                "-activity_time",
                what, times[worst] - times[worst - 1], (long long)worst, interval));
}

PetscErrorCode RecordingSetTimes(Recording r, const char *what, double *times)
{
  const int64_t n = r->n_all_samples;
  int64_t wrong = 0;

  PetscFunctionBegin;
  while (wrong < n && isfinite(times[wrong]) && (wrong == 0 || times[wrong] > times[wrong - 1])) {
    wrong++;
  }
  if (wrong < n) {
    const PetscErrorCode status = UserError(
        "%s: timestamp %lld (counted from 0) is %.9g s, after %.9g s; expected ascending times%s",
        what, (long long)wrong, times[wrong] * 1e-3, wrong ? times[wrong - 1] * 1e-3 : -INFINITY,
        wrong == 1 ? "; pivot() of pandas converts a table with a line for each channel and time"
                   : "");

    PetscCall(PetscFree(times));
    PetscFunctionReturn(status);
  }
  r->start_ms = times[0];
  if (first_uneven(n, times, &r->interval_ms) < 0) {
    PetscCall(PetscFree(times));
    PetscFunctionReturn(0);
  }
  r->times = times;
  if (r->options.resample_ms == 0) {
    PetscCall(check_part(r, what));
  }
  PetscFunctionReturn(0);
}

static double time_of(Recording r, int64_t sample)
{
  return r->times ? r->times[sample] : r->start_ms + (double)sample * r->interval_ms;
}

/* The first sample at or after a time. */
static int64_t sample_from(Recording r, double time)
{
  int64_t low = 0, high = r->n_all_samples;

  while (low < high) {
    const int64_t middle = low + (high - low) / 2;

    if (time_of(r, middle) < time - ROUNDING * r->interval_ms) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static PetscErrorCode check_range(Recording r, PetscBool is_empty)
{
  PetscFunctionBegin;
  UserCheck(!is_empty,
            "activity_time: %s has no samples in that part; its samples lie between %g and %g ms",
            r->specification, time_of(r, 0), time_of(r, r->n_all_samples - 1));
  PetscFunctionReturn(0);
}

static int by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : (x > y ? 1 : 0);
}

/* Twice the median interval of samples; a longer interval is a gap. */
static PetscErrorCode find_gaps(Recording r)
{
  const int64_t n = r->n_all_samples - 1;
  double *intervals;

  PetscFunctionBegin;
  r->longest_ms = INFINITY;
  if (n > 0) {
    PetscCall(PetscMalloc1(n, &intervals));
    for (int64_t k = 0; k < n; k++) {
      intervals[k] = r->times[k + 1] - r->times[k];
    }
    qsort(intervals, (size_t)n, sizeof(double), by_value);
    r->longest_ms = 2 * intervals[n / 2];
    PetscCall(PetscFree(intervals));
  }
  PetscFunctionReturn(0);
}

/* Makes the grid onto which samples are interpolated. */
static PetscErrorCode make_grid(Recording r, double resample)
{
  const RecordingOptions *o = &r->options;
  const double first = PetscMax(o->time_ms[0], time_of(r, 0));
  const double last = PetscMin(o->time_ms[1], time_of(r, r->n_all_samples - 1));

  PetscFunctionBegin;
  PetscCall(check_range(r, first > last ? PETSC_TRUE : PETSC_FALSE));
  if (!r->times) { /* interpolation needs the original times */
    PetscCall(PetscMalloc1(r->n_all_samples, &r->times));
    for (int64_t k = 0; k < r->n_all_samples; k++) {
      r->times[k] = r->start_ms + (double)k * r->interval_ms;
    }
  }
  PetscCall(find_gaps(r));
  r->start_ms = first;
  r->interval_ms = resample;
  r->n_samples = (int64_t)floor((last - first) / resample + ROUNDING) + 1;
  r->n_samples -= first + (double)(r->n_samples - 1) * resample >= o->time_ms[1] ? 1 : 0;
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingSelectTime(Recording r)
{
  const RecordingOptions *o = &r->options;
  const PetscBool chooses =
      isfinite(o->time_ms[0]) || isfinite(o->time_ms[1]) ? PETSC_TRUE : PETSC_FALSE;
  const double resample = r->counts ? 0 : o->resample_ms;

  PetscFunctionBegin;
  UserCheck(!r->counts || o->resample_ms == 0,
            "activity_resample: %s has spikes, which are counted in bins; use activity_bin alone",
            r->specification);
  if (o->interval_ms > 0 && !r->counts) {
    if (r->interval_ms > 0 && fabs(o->interval_ms / r->interval_ms - 1) > ROUNDING) {
      RecordingNote(r,
                    "activity_interval = %g ms replaces the sampling interval of %g ms that the "
                    "file states",
                    o->interval_ms, r->interval_ms);
    }
    r->interval_ms = o->interval_ms;
    UserCheck(!r->times, "activity_interval: %s has timestamps that are not equally spaced",
              r->specification);
  }
  UserCheck(r->interval_ms > 0 || !(chooses || resample > 0),
            "%s: the times of its samples are unknown; give activity_interval [ms]",
            r->specification);
  r->n_samples = r->n_all_samples;
  if (!chooses && resample == 0) {
    PetscFunctionReturn(0);
  }
  if (resample > 0) {
    PetscCall(make_grid(r, resample));
  } else {
    r->first_sample = sample_from(r, o->time_ms[0]);
    r->n_samples = sample_from(r, o->time_ms[1]) - r->first_sample;
    PetscCall(check_range(r, r->n_samples < 1 ? PETSC_TRUE : PETSC_FALSE));
    r->start_ms = time_of(r, r->first_sample);
  }
  PetscFunctionReturn(0);
}

/* The last sample at or before a time. */
static int64_t sample_before(const double times[], int64_t n, double time)
{
  int64_t low = 0, high = n;

  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;

    if (times[middle] <= time) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

void RecordingNeeded(Recording r, int64_t *first, int64_t *count)
{
  const double last = r->start_ms + (double)(r->n_samples - 1) * r->interval_ms;
  const int64_t end = sample_before(r->times, r->n_all_samples, last) + 2;

  *first = sample_before(r->times, r->n_all_samples, r->start_ms);
  *count = PetscMin(end, r->n_all_samples) - *first;
}

void RecordingInterpolate(Recording r, int64_t first, int64_t count, const double from[],
                          double to[])
{
  const double *times = r->times + first;
  int64_t k = 0;

  for (int64_t t = 0; t < r->n_samples; t++) {
    const double time = r->start_ms + (double)t * r->interval_ms;
    double part;

    while (k + 2 < count && times[k + 1] <= time) {
      k++;
    }
    if (count == 1) {
      to[t] = from[0];
      continue;
    }
    part = (time - times[k]) / (times[k + 1] - times[k]);
    part = PetscMin(PetscMax(part, 0), 1);
    /* at a sample its neighbour has no weight, even if it is missing */
    to[t] = part < ROUNDING       ? from[k]
            : part > 1 - ROUNDING ? from[k + 1]
                                  : (times[k + 1] - times[k] > r->longest_ms
                                         ? NAN
                                         : from[k] + part * (from[k + 1] - from[k]));
  }
}
