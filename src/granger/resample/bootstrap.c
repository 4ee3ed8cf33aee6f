/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Activities made of blocks drawn with replacement, and intervals from their causality. */
#include "resample/resample.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include <math.h>
#include <stdlib.h>

static int64_t longest_segment(Activity activity)
{
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(activity, &segments);
  int64_t longest = 0;

  for (int64_t s = 0; s < n_segments; s++) {
    longest = PetscMax(longest, segments[s].end - segments[s].first);
  }
  return longest;
}

int64_t ResampleBlock(const ResampleOptions *options, Activity activity, int64_t order)
{
  const double rows = (double)ActivityRows(activity, order);
  const int64_t automatic = PetscMax(4 * order, (int64_t)ceil(2.0 * cbrt(rows)));

  return options->block > 0 ? options->block
                            : PetscMax(1, PetscMin(automatic, longest_segment(activity) - order));
}

/* Counts the positions at which a block with its preceding samples can begin. */
static int64_t count_starts(const Recipe *recipe, Segment piece)
{
  return PetscMax(0, piece.end - piece.first - recipe->block - recipe->order + 1);
}

/* Draws the starts of the blocks of a resample, the same on all ranks. */
static void draw_starts(const Recipe *recipe, int64_t resample, int64_t *starts)
{
  int64_t n = 0;

  for (int64_t s = 0; s < recipe->n_pieces; s++) {
    n += count_starts(recipe, recipe->pieces[s]);
  }
  for (int64_t k = 0; k < recipe->n_segments; k++) {
    double uniform[2];
    int64_t at, s = 0;

    RandomUniform(recipe->seed, RANDOM_BOOTSTRAP, resample, k, uniform);
    at = PetscMin(n - 1, (int64_t)(uniform[0] * (double)n));
    while (at >= count_starts(recipe, recipe->pieces[s])) {
      at -= count_starts(recipe, recipe->pieces[s++]);
    }
    starts[k] = recipe->pieces[s].first + at;
  }
}

static PetscErrorCode draw_blocks(const Recipe *recipe, Activity original, int64_t resample,
                                  double *values)
{
  const int64_t n_local = ActivityPartition(original)->n_local, n = ActivitySamples(original);
  int64_t *starts;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(recipe->n_segments, &starts));
  draw_starts(recipe, resample, starts);
  for (int64_t i = 0; i < n_local; i++) {
    const double *x = ActivityValues(original) + i * n;

    for (int64_t k = 0; k < recipe->n_segments; k++) {
      const Segment to = recipe->segments[k];

      PetscCall(PetscArraycpy(values + i * recipe->n_samples + to.first, x + starts[k],
                              to.end - to.first));
    }
  }
  PetscCall(PetscFree(starts));
  PetscFunctionReturn(0);
}

/* Lays out blocks one after the other, with as many rows in total as the original; the last may be
   shorter. */
static PetscErrorCode lay_out(Recipe *recipe, int64_t n_rows)
{
  const int64_t n = (n_rows + recipe->block - 1) / recipe->block;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &recipe->segments));
  recipe->n_segments = n;
  for (int64_t k = 0; k < n; k++) {
    const int64_t rows = PetscMin(recipe->block, n_rows - k * recipe->block);

    recipe->segments[k].first = recipe->n_samples;
    recipe->n_samples += rows + recipe->order;
    recipe->segments[k].end = recipe->n_samples;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode BootstrapSetUp(const ResampleOptions *options, Activity activity, int64_t order,
                              Recipe *recipe)
{
  enum { FEWEST = 5 };
  const int64_t n_rows = ActivityRows(activity, order), longest = longest_segment(activity);
  const Segment *segments;

  PetscFunctionBegin;
  *recipe = (Recipe){.what = "bootstrap resample",
                     .unit = "resamples",
                     .n_resamples = options->n_bootstrap,
                     .order = order,
                     .block = ResampleBlock(options, activity, order),
                     .seed = options->seed,
                     .n_pieces = ActivitySegments(activity, &segments),
                     .make = draw_blocks};
  UserCheck(recipe->block <= longest - order,
            "granger_bootstrap_block = %lld: at order %lld the longest piece of the activity has "
            "%lld rows; take shorter blocks",
            (long long)recipe->block, (long long)order, (long long)(longest - order));
  UserCheck(FEWEST * recipe->block <= n_rows,
            "granger_bootstrap: %lld rows are fewer than %d blocks of %lld samples; set a smaller "
            "granger_bootstrap_block",
            (long long)n_rows, FEWEST, (long long)recipe->block);
  PetscCall(lay_out(recipe, n_rows));
  PetscCall(PetscMalloc1(recipe->n_pieces, &recipe->pieces));
  PetscCall(PetscArraycpy(recipe->pieces, segments, recipe->n_pieces));
  PetscFunctionReturn(0);
}

const char BootstrapIntervalName[] =
    "percentiles of the resamples, less twice their mean excess over gc, 0 at least";

static int ascending(const void *a, const void *b)
{
  const float x = *(const float *)a, y = *(const float *)b;

  return (x > y) - (x < y);
}

/* Quantile of sorted values, interpolated between order statistics. */
static double quantile(int64_t n, const float *sorted, double probability)
{
  const double at = probability * (double)(n + 1) - 1.0;
  const int64_t below = PetscMax(0, PetscMin(n - 1, (int64_t)floor(at)));
  const double part = PetscMax(0.0, PetscMin(1.0, at - (double)below));

  return sorted[below] + part * (double)(sorted[PetscMin(n - 1, below + 1)] - sorted[below]);
}

/* Estimated causality has a positive bias, since noise always explains something, and a resample
   has the same bias twice. Subtracting both biases from the percentiles keeps their skewness. */
void BootstrapInterval(int64_t n, float *values, double estimate, double coverage,
                       double interval[2])
{
  const double tail = 0.5 * (1.0 - coverage);
  double excess = 0;

  for (int64_t k = 0; k < n; k++) {
    excess += ((double)values[k] - estimate) / (double)n;
  }
  qsort(values, (size_t)n, sizeof(*values), ascending);
  interval[0] = PetscMax(0.0, quantile(n, values, tail) - 2.0 * excess);
  interval[1] = PetscMax(0.0, quantile(n, values, 1.0 - tail) - 2.0 * excess);
}
