/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The empirical null against medians by sorting, and what it makes of known inflations. */
#include "check.h"
#include "significance/null.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

enum { N = 41, DEGREES = 3 };

static double f[N * N];

static int ascending(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static double sorted[N * N];

/* Those that are numbers. */
static int sort(int n, const double *values)
{
  int kept = 0;

  for (int k = 0; k < n; k++) {
    if (!isnan(values[k])) {
      sorted[kept++] = values[k];
    }
  }
  qsort(sorted, (size_t)kept, sizeof(double), ascending);
  return kept;
}

/* Over the upper tercile of chi-square. */
static double tercile(int n, const double *values)
{
  return sorted[2 * (sort(n, values) - 1) / 3] * DEGREES / gsl_cdf_chisq_Pinv(2.0 / 3.0, DEGREES);
}

/* Over the median of chi-square. */
static double median(int n, const double *values)
{
  const int kept = sort(n, values);

  return 0.5 * (sorted[(kept - 1) / 2] + sorted[kept / 2]) * DEGREES /
         gsl_cdf_chisq_Pinv(0.5, DEGREES);
}

/* Chi-square over its degrees of freedom times the inflation of target and source; some pairs are not tested. */
static void make_statistics(double of_target, double of_source)
{
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      double pair[2], sum = 0;

      for (int k = 0; k < DEGREES; k++) {
        RandomNormal(9, RANDOM_INPUT_CURRENT, i * N + j, k, pair);
        sum += pair[0] * pair[0] / DEGREES;
      }
      f[i * N + j] = i == j || (i * 7 + j) % 23 == 0
                         ? (double)NAN
                         : sum * pow(of_target, i % 3) * pow(of_source, j % 3);
    }
  }
}

/* As far as the spread of the logarithms is more than that of medians of so few values. */
static void draw_to_all(double all, double *medians)
{
  const double m = gsl_cdf_chisq_Pinv(0.5, DEGREES), density = gsl_ran_chisq_pdf(m, DEGREES);
  double square = 0, share;

  for (int k = 0; k < N; k++) {
    square += log(medians[k] / all) * log(medians[k] / all) / N;
  }
  share = 1.0 - 1.0 / (4.0 * (N - 1) * density * density * m * m) / square;
  for (int k = 0; k < N; k++) {
    medians[k] = all * pow(medians[k] / all, share > 0 ? share : 0);
  }
}

static PetscErrorCode test_inflation(double of_target, double of_source)
{
  double target[N], source[N], column[N], all;
  Partition part;
  NullModel null;

  PetscFunctionBegin;
  make_statistics(of_target, of_source);
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &part));
  PetscCall(NullCreate(&part, f + part.first * N, DEGREES, &null));
  all = median(N * N, f);
  for (int i = 0; i < N; i++) {
    target[i] = median(N, f + i * N);
    for (int j = 0; j < N; j++) {
      column[j] = f[j * N + i];
    }
    source[i] = median(N, column);
  }
  draw_to_all(all, target);
  draw_to_all(all, source);
  CHECK_CLOSE(null.all, all, 1e-12);
  CHECK_CLOSE(null.tercile, tercile(N * N, f), 1e-12);
  for (int i = 0; i < N; i++) {
    CHECK_CLOSE(null.target[i], target[i], 1e-9);
    CHECK_CLOSE(null.source[i], source[i], 1e-9);
    CHECK(NullInflation(&null, i, N - 1 - i) >= 1.0, "an inflation below 1");
  }
  /* between the least and the most inflated pairs, within what 40 values tell of a median */
  CHECK(fabs(log(NullInflation(&null, 2, 2) / NullInflation(&null, 0, 0)) -
             2.0 * log(of_target * of_source)) < 0.5,
        "the inflation of (2, 2) is %g, of (0, 0) %g", NullInflation(&null, 2, 2),
        NullInflation(&null, 0, 0));
  PetscCall(NullFree(&null));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(!test_inflation(1.0, 1.0), "%s", UserErrorMessage());
  CHECK(!test_inflation(2.0, 1.5), "%s", UserErrorMessage());
  return check_end();
}
