/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Regressions on filtered spike trains, whose products come from pairs of spikes, against those on whole series: the same counts
   and a constant, which changes no statistic but leaves no value at zero. Images of strong influences that a high-pass leaves in
   the opposite direction are taken out. */
#include "check.h"
#include "setup.h"

#include <math.h>
#include <string.h>

enum { N = 6, SAMPLES = 40000 };
static const Segment trials[] = {{0, 9000}, {9030, 9060}, {9100, 40000}};

static double counts[N * SAMPLES];

/* Units fire in one of 25 samples; each but the first and the last more often three samples after the one before it; sometimes
   twice in a sample. */
static void make_counts(void)
{
  for (int64_t t = 0; t < SAMPLES; t++) {
    for (int64_t i = 0; i < N; i++) {
      const double driven = i > 0 && i < N - 1 && t >= 3 ? counts[(i - 1) * SAMPLES + t - 3] : 0.0;
      double uniform[2];

      RandomUniform(11, RANDOM_INPUT_CURRENT, i, t, uniform);
      counts[i * SAMPLES + t] =
          uniform[0] < 0.04 + 0.15 * driven ? (uniform[1] < 0.1 ? 2.0 : 1.0) : 0.0;
    }
  }
}

/* F and weights of the counts plus a constant, (N, N) on every rank. */
static PetscErrorCode solve(double constant, const ParameterSetting settings[], double *f,
                            double *weight)
{
  Activity activity;
  Causality causality;
  Granger granger;
  double *values;
  const Partition *part;

  PetscFunctionBegin;
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, &activity));
  PetscCall(ActivityAllocate(activity, N, SAMPLES, &values));
  part = ActivityPartition(activity);
  for (int64_t e = 0; e < part->n_local * SAMPLES; e++) {
    values[e] = counts[part->first * SAMPLES + e] + constant;
  }
  PetscCall(ActivitySetInterval(activity, 1.0));
  PetscCall(ActivitySetSegments(activity, PETSC_STATIC_ARRAY_LENGTH(trials), trials));
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetOptions(granger, settings));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, N, &causality));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  for (int64_t e = 0; e < N * N; e++) {
    const int64_t local = e - part->first * N;
    const PetscBool here = local >= 0 && local < part->n_local * N ? PETSC_TRUE : PETSC_FALSE;

    f[e] = here ? CausalityFind(causality, "granger", "f_statistic")[local] : 0.0;
    weight[e] = here ? CausalityFind(causality, "granger", "weight")[local] : 0.0;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, f, N * N, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, weight, N * N, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* Differences of F up to `tolerance`, and of strong influences, whose residuals vary between the spikes of the target, up to
   `strong` of F. */
static PetscErrorCode test(const char *basis, const char *memory, const char *highpass,
                           const char *test, const char *bandwidth, double tolerance, double strong)
{
  const ParameterSetting settings[] = {{"granger_basis", basis},
                                       {"granger_memory", memory},
                                       {"granger_highpass", highpass},
                                       {"granger_test", test},
                                       {strcmp(test, "f") ? "granger_bandwidth" : "granger_level",
                                        strcmp(test, "f") ? bandwidth : "0.05"},
                                       {"granger_statistics", "conditional,coupling"},
                                       {NULL, NULL}};
  double spikes[N * N], series[N * N], weight[2][N * N];

  PetscFunctionBegin;
  PetscCall(solve(0.0, settings, spikes, weight[0]));
  PetscCall(solve(1.0, settings, series, weight[1]));
  for (int e = 0; e < N * N; e++) {
    CHECK(e / N == e % N ||
              fabs(spikes[e] - series[e]) <=
                  tolerance * (1.0 + series[e]) + (series[e] > 20 ? strong * series[e] : 0),
          "%s, high-pass %s, %s, bandwidth %s: source %d on target %d has F %.12g from spikes, "
          "%.12g from series",
          basis, highpass, test, bandwidth, e % N, e / N, spikes[e], series[e]);
    CHECK_CLOSE(weight[0][e], weight[1][e], 1e-10);
  }
  CHECK(series[1 * N + 0] > 20, "%s, high-pass %s: the influence is not found", basis, highpass);
  PetscFunctionReturn(0);
}

/* The high-pass of the regression leaves no image of an influence; that of the series does. */
static PetscErrorCode test_images(void)
{
  double f[N * N], weight[N * N];
  const ParameterSetting settings[] = {{"granger_basis", "box:6"},
                                       {"granger_memory", "9"},
                                       {"granger_highpass", "5"},
                                       {"granger_statistics", "conditional,coupling"},
                                       {NULL, NULL}};

  PetscFunctionBegin;
  PetscCall(solve(0.0, settings, f, weight));
  for (int i = 0; i + 2 < N; i++) {
    CHECK(f[(i + 1) * N + i] > 20 && f[i * N + i + 1] < 4,
          "source %d on target %d: F %g, in the opposite direction %g", i, i + 1,
          f[(i + 1) * N + i], f[i * N + i + 1]);
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  make_counts();
  CHECK(!test("box:6", "9", "0", "f", "", 1e-9, 0), "%s", UserErrorMessage());
  CHECK(!test("cosine:3", "20", "0", "f", "", 1e-9, 0), "%s", UserErrorMessage());
  CHECK(!test("box:6", "9", "5", "f", "", 1e-9, 0), "%s", UserErrorMessage());
  CHECK(!test("cosine:2", "20", "10", "f", "", 1e-9, 0), "%s", UserErrorMessage());
  CHECK(!test("cosine:3", "20", "0", "robust", "0", 0.03, 0.25), "%s", UserErrorMessage());
  CHECK(!test("box:6", "9", "0", "robust", "20", 0.05, 0.25), "%s", UserErrorMessage());
  CHECK(!test("box:6", "9", "5", "robust", "20", 0.05, 0.25), "%s", UserErrorMessage());
  CHECK(!test_images(), "%s", UserErrorMessage());
  return check_end();
}
