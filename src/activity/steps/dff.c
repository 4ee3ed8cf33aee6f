/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step dff: fluorescence relative to its baseline, (F - F0) / F0, with a running percentile as F0. */
#include "steps/step.h"

#include "causeway/error.h"

#include <string.h>

typedef struct {
  double window_ms, percentile;
} Dff;

static const ParameterSpec parameters[] = {
    {.key = "dff_window",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e12,
     .text = "Window around each sample in which the step dff finds the baseline; 0 for the whole "
             "piece",
     .prepares = PETSC_TRUE,
     .needs = "activity_steps=dff",
     PARAMETER_MEMBER(Dff, window_ms)},
    {.key = "dff_percentile",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "8",
     .high = 100,
     .text = "Percentile of the window that is the baseline of the step dff",
     .prepares = PETSC_TRUE,
     .needs = "activity_steps=dff",
     PARAMETER_MEMBER(Dff, percentile)},
    {.key = NULL}};

/* Position of a value in an ascending list. */
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

/* Computes dF/F of a piece; the values of the window around sample t stay sorted while it moves. */
static PetscErrorCode relate(Activity a, const void *settings, int64_t neuron, int64_t n,
                             double x[])
{
  const Dff *dff = settings;
  const int64_t width = (int64_t)(dff->window_ms / PetscMax(a->sample_ms, 1e-300) / 2);
  const int64_t half = dff->window_ms > 0 ? PetscMin(PetscMax(width, 1), n) : n;
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
    baseline = percentile(sorted, n_sorted, dff->percentile);
    if (!(baseline > 0)) {
      status = UserError("activity_steps: dff: the baseline of %s is %g, which is not positive; "
                         "leave out the neuron, or the step dff, which needs raw fluorescence",
                         ActivityNeuron(a, neuron), baseline);
    }
    x[t] = (original[t] - baseline) / baseline;
  }
  PetscCall(PetscFree2(sorted, original));
  PetscFunctionReturn(status);
}

static PetscErrorCode apply(Activity a, const void *settings)
{
  PetscFunctionBegin;
  if (((const Dff *)settings)->window_ms > 0) {
    PetscCall(StepNeedsTimes(a, "dff_window"));
  }
  PetscCall(StepPieces(a, settings, relate));
  PetscCall(PetscStrncpy(a->unit, "dF/F", sizeof(a->unit)));
  PetscFunctionReturn(0);
}

const Step StepDff = {.name = "dff",
                      .text = "(F - F0) / F0 with a running percentile F0",
                      .parameters = parameters,
                      .size = sizeof(Dff),
                      .apply = apply,
                      .bends = PETSC_TRUE};
