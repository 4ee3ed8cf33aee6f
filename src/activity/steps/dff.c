/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Fluorescence relative to its baseline, (F - F0) / F0, with a running percentile as F0. */
#include "steps.h"

#include "causeway/error.h"

#include <string.h>

static PetscErrorCode set_from_options(Activity a, Parameters parameters)
{
  PetscFunctionBegin;
  PetscCall(
      ParametersReal(parameters, "dff_window", "ms",
                     "of the step dff, in which the baseline is found, around each sample; 0: "
                     "all of the piece",
                     0, 1e12, &a->options.dff_window_ms));
  PetscCall(ParametersReal(parameters, "dff_percentile", "1",
                           "of the step dff, percentile that is the baseline", 0, 100,
                           &a->options.dff_percentile));
  PetscFunctionReturn(0);
}

/* Where a value is, or belongs, in an ascending list. */
static int64_t place(const double sorted[], int64_t n, double value)
{
  int64_t low = 0, high = n;

  while (low < high) {
    const int64_t middle = low + (high - low) / 2;

    if (sorted[middle] < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static void insert(double sorted[], int64_t *n, double value)
{
  const int64_t at = place(sorted, *n, value);

  memmove(sorted + at + 1, sorted + at, (size_t)(*n - at) * sizeof(double));
  sorted[at] = value;
  ++*n;
}

static void take_out(double sorted[], int64_t *n, double value)
{
  const int64_t at = place(sorted, *n, value);

  --*n;
  memmove(sorted + at, sorted + at + 1, (size_t)(*n - at) * sizeof(double));
}

static double percentile(const double sorted[], int64_t n, double percent)
{
  const double position = percent / 100 * (double)(n - 1);
  const int64_t below = (int64_t)position;

  return below + 1 < n
             ? sorted[below] + (position - (double)below) * (sorted[below + 1] - sorted[below])
             : sorted[below];
}

/* The values of the window around sample t, kept in order while it moves. */
static PetscErrorCode relate(Activity a, int64_t neuron, int64_t n, double x[])
{
  const double percent = a->options.dff_percentile;
  const int64_t width = (int64_t)(a->options.dff_window_ms / PetscMax(a->sample_ms, 1e-300) / 2);
  const int64_t half = a->options.dff_window_ms > 0 ? PetscMin(PetscMax(width, 1), n) : n;
  PetscErrorCode status = 0;
  int64_t n_sorted = 0;
  double *sorted, *original;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n + 1, &sorted, n, &original));
  PetscCall(PetscArraycpy(original, x, n));
  for (int64_t t = 0; t < PetscMin(half, n); t++) {
    insert(sorted, &n_sorted, original[t]);
  }
  for (int64_t t = 0; t < n && !status; t++) {
    double baseline;

    if (t + half < n) {
      insert(sorted, &n_sorted, original[t + half]);
    }
    if (t - half - 1 >= 0) {
      take_out(sorted, &n_sorted, original[t - half - 1]);
    }
    baseline = percentile(sorted, n_sorted, percent);
    if (!(baseline > 0)) {
      status = UserError("activity_steps: dff: the baseline of %s is %g, which is not positive; "
                         "leave it out, or dff, which is for raw fluorescence",
                         ActivityNeuron(a, neuron), baseline);
    }
    x[t] = (original[t] - baseline) / baseline;
  }
  PetscCall(PetscFree2(sorted, original));
  PetscFunctionReturn(status);
}

static PetscErrorCode apply(Activity a)
{
  double unused;

  PetscFunctionBegin;
  if (a->options.dff_window_ms > 0) {
    PetscCall(StepSamples(a, "dff_window", a->options.dff_window_ms, &unused));
  }
  PetscCall(StepPieces(a, relate));
  PetscCall(PetscStrncpy(a->unit, "dF/F", sizeof(a->unit)));
  PetscFunctionReturn(0);
}

const PreprocessStep StepDff = {
    .name = "dff", .set_from_options = set_from_options, .apply = apply, .bends = PETSC_TRUE};
