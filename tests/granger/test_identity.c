/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All statistics from one factorisation against one reduced regression per source. */
#include "check.h"
#include "granger/reference.h"
#include "granger/setup.h"

#include <gsl/gsl_cdf.h>

/* A stable VAR(2) in which neuron j drives j + 1 and, from the lag before, j + 3; unequal means. */
static void make_series(int n, int n_samples, uint32_t seed, double *values)
{
  for (int t = 0; t < n_samples; t++) {
    for (int i = 0; i < n; i++) {
      double noise[2], *x = values + (size_t)i * (size_t)n_samples + t;

      RandomNormal(seed, RANDOM_INPUT_CURRENT, i, t, noise);
      *x = noise[0] + 3.0 * i;
      if (t >= 2) {
        const double *driver = values + (size_t)((i + n - 1) % n) * (size_t)n_samples + t;
        const double *older = values + (size_t)((i + 2 * n - 3) % n) * (size_t)n_samples + t;

        *x += 0.4 * x[-1] - 0.2 * x[-2] + 0.3 * driver[-1] + 0.2 * older[-2];
      }
    }
  }
}

/* The flops that the program reports are those of the formula in granger.h, whatever the ranks. */
static void check_flops(const GrangerInfo *info, double n)
{
  const double p = (double)info->order, rows = (double)info->n_rows, unknowns = n * p;

  CHECK_CLOSE(info->flops / (2.0 * (p + 1.0) * n * n * rows + 2.0 / 3.0 * pow(unknowns, 3.0) +
                             2.0 * unknowns * unknowns * n),
              1.0, 1e-12);
}

static PetscErrorCode solve(int n, int n_samples, int order, int block, const double *values,
                            Causality *causality)
{
  char word[32];
  Activity activity;
  Granger granger;
  GrangerInfo info;

  PetscFunctionBegin;
  PetscCall(setup_activity(PETSC_COMM_WORLD, n, n_samples, values, &activity));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, causality));
  PetscCall(PetscSNPrintf(word, sizeof(word), "%d", block));
  PetscCall(setup_granger(PETSC_COMM_WORLD, order, SETTINGS({"granger_block", word}), &granger));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, *causality));
  PetscCall(GrangerGetInfo(granger, &info));
  check_flops(&info, n);
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static void compare(int n, int rows, int order, const double *growth, const double *full,
                    Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  const double *gc = CausalityFind(causality, "granger", "gc");
  const double *f = CausalityFind(causality, "granger", "f_statistic");
  const double *p = CausalityFind(causality, "granger", "p_value");
  const double free_rows = rows - n * order - 1;

  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      const int64_t target = part->first + i, at = i * n + j;
      const double ratio = target == j ? 0.0 : growth[target * n + j] / full[target];
      const double expected_f = ratio / order * free_rows;

      CHECK_CLOSE(gc[at], log1p(ratio), 1e-10);
      CHECK_CLOSE(f[at], expected_f, 1e-9);
      CHECK_CLOSE(p[at], target == j ? 1.0 : gsl_cdf_fdist_Q(expected_f, order, free_rows), 1e-9);
    }
  }
}

/* Different blocks and sizes: uneven, one neuron per block, more than one round of the grid. */
static PetscErrorCode test_synthetic(int n, int n_samples, int order, int block)
{
  double *values, *growth, *full;
  Causality causality;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(n * n_samples, &values, n * n, &growth, n, &full));
  make_series(n, n_samples, 7, values);
  PetscCall(ReferenceGrowth(n, n_samples, order, values, NULL, growth, full));
  PetscCall(solve(n, n_samples, order, block, values, &causality));
  compare(n, n_samples - order, order, growth, full, causality);
  PetscCall(CausalityDestroy(&causality));
  PetscCall(PetscFree3(values, growth, full));
  PetscFunctionReturn(0);
}

/* Trials and gaps, one of them too short for a row; no lag may cross a border. */
static PetscErrorCode test_segments(void)
{
  enum { N = 5, SAMPLES = 2500, ORDER = 3 };
  const Segment segments[] = {{2, 700}, {700, 1200}, {1201, 1204}, {1300, 2300}, {2301, 2499}};
  double *values, *growth, *full;
  int64_t *position;
  int rows;
  Activity activity;
  Granger granger;
  Causality causality;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(N * SAMPLES, &values, N * N, &growth, N, &full, SAMPLES, &position));
  make_series(N, SAMPLES, 9, values);
  PetscCall(setup_activity(PETSC_COMM_WORLD, N, SAMPLES, values, &activity));
  PetscCall(ActivitySetSegments(activity, PETSC_STATIC_ARRAY_LENGTH(segments), segments));
  ActivityPositions(activity, position);
  rows = (int)ActivityRows(activity, ORDER);
  CHECK(rows == 698 + 500 + 1000 + 198 - 4 * ORDER, "%d rows", rows);
  PetscCall(ReferenceGrowth(N, SAMPLES, ORDER, values, position, growth, full));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, N, &causality));
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetOrder(granger, ORDER));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  compare(N, rows, ORDER, growth, full, causality);
  PetscCall(GrangerDestroy(&granger));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ActivityDestroy(&activity));
  PetscCall(PetscFree4(values, growth, full, position));
  PetscFunctionReturn(0);
}

/* A long recording: p-values far below the rounding of 1 are not lost. */
static PetscErrorCode test_long_recording(void)
{
  enum { N = 2, SAMPLES = 260000 };
  double *values;
  Causality causality;
  const Partition *part;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(N * SAMPLES, &values));
  for (int t = 0; t < SAMPLES; t++) {
    double noise[2];

    RandomNormal(3, RANDOM_INPUT_CURRENT, 0, t, noise);
    values[t] = noise[0];
    values[SAMPLES + t] = noise[1] + (t > 0 ? 0.02 * values[t - 1] : 0.0);
  }
  PetscCall(solve(N, SAMPLES, 1, 128, values, &causality));
  part = CausalityPartition(causality);
  if (part->first <= 1 && part->first + part->n_local > 1) {
    const int64_t at = (1 - part->first) * N;
    const double f = CausalityFind(causality, "granger", "f_statistic")[at];
    const double p = CausalityFind(causality, "granger", "p_value")[at];

    /* F with one degree of freedom is the square of a normal number */
    CHECK(f > 80.0 && f < 150.0, "F %g", f);
    CHECK(fabs(log(p) - log(2.0 * gsl_cdf_ugaussian_Q(sqrt(f)))) < 0.05, "F %g, p %g", f, p);
  }
  PetscCall(CausalityDestroy(&causality));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* The published N = 10 network, order 10, z-scored with the clip, as a user reads it. */
static PetscErrorCode test_published(void)
{
  Activity activity, local;
  Causality causality;
  Granger granger;
  double *growth, *full;
  int n, n_samples;

  PetscFunctionBegin;
  PetscCall(
      setup_published(PETSC_COMM_WORLD, check_data("networks_n10.h5"), "/p0.4/seed1", &activity));
  PetscCall(setup_published(PETSC_COMM_SELF, check_data("networks_n10.h5"), "/p0.4/seed1", &local));
  n = (int)ActivityPartition(local)->n_global;
  n_samples = (int)ActivitySamples(local);
  PetscCall(PetscMalloc2(n * n, &growth, n, &full));
  PetscCall(ReferenceGrowth(n, n_samples, 10, ActivityValues(local), NULL, growth, full));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, &causality));
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetOrder(granger, 10));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  compare(n, n_samples - 10, 10, growth, full, causality);
  PetscCall(GrangerDestroy(&granger));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ActivityDestroy(&activity));
  PetscCall(ActivityDestroy(&local));
  PetscCall(PetscFree2(growth, full));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(!test_synthetic(10, 800, 10, 128), "%s", UserErrorMessage());
  CHECK(!test_synthetic(7, 400, 3, 3), "%s", UserErrorMessage());
  CHECK(!test_synthetic(23, 2500, 2, 8), "%s", UserErrorMessage());
  CHECK(!test_synthetic(2, 5000, 1, 1), "%s", UserErrorMessage());
  CHECK(!test_segments(), "%s", UserErrorMessage());
  CHECK(!test_long_recording(), "%s", UserErrorMessage());
  if (check_data("networks_n10.h5")) {
    CHECK(!test_published(), "%s", UserErrorMessage());
  } else {
    (void)PetscPrintf(PETSC_COMM_WORLD, "without the published network (CAUSEWAY_DATA)\n");
  }
  return check_end();
}
