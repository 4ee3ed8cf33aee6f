/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Answers that are known without the program: models of the literature from their coefficients, and data whose
   answer is plain. */
#include "check.h"
#include "setup.h"
#include "theory.h"

#include <string.h>

static const double root2 = 1.4142135623730951;

/* The statistic of all pairs on every rank, (n, n); what GrangerSolve() returns. */
static PetscErrorCode solve(const ParameterSetting settings[], int n, int n_samples,
                            const double *series, int order, const char *reading, double *values)
{
  Activity activity;
  Causality causality;
  Granger granger;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(setup_activity(PETSC_COMM_WORLD, n, n_samples, series, &activity));
  PetscCall(setup_granger(PETSC_COMM_WORLD, order, settings, &granger));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, &causality));
  status = GrangerSolve(granger, activity, PETSC_FALSE, causality);
  if (!status) {
    const Partition *part = CausalityPartition(causality);

    PetscCall(PetscArrayzero(values, n * n));
    PetscCall(PetscArraycpy(values + part->first * n, CausalityFind(causality, "granger", reading),
                            part->n_local * n));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, values, n * n, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  }
  PetscCall(CausalityDestroy(&causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(status);
}

/* Within five standard errors, 2 sqrt(F / T), and the bias of as many lags. */
static void compare(const TheoryModel *model, const char *what, int order, int n_samples,
                    const double *found, const double *expected)
{
  for (int at = 0; at < model->n * model->n; at++) {
    const double error = 10.0 * sqrt(fmax(expected[at], 0.0) / n_samples) +
                         (order + 8.0 * sqrt(2.0 * order)) / n_samples;

    CHECK(fabs(found[at] - expected[at]) <= error,
          "%s, %s: source %d on target %d: %.6f, expected %.6f within %.6f", model->source, what,
          at % model->n, at / model->n, found[at], expected[at], error);
  }
}

static PetscErrorCode test_model(const TheoryModel *model)
{
  enum { SAMPLES = 100000, LONG = 20 };
  double expected[THEORY_NEURONS * THEORY_NEURONS], found[THEORY_NEURONS * THEORY_NEURONS];
  double *series;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(model->n * SAMPLES, &series));
  PetscCall(TheoryCausality(model, expected));
  PetscCall(TheorySeries(model, SAMPLES, series));
  PetscCall(
      solve(SETTINGS({"granger_estimator", "gram"}), model->n, SAMPLES, series, LONG, "gc", found));
  compare(model, "conditional", LONG, SAMPLES, found, expected);
  PetscCall(solve(SETTINGS({"granger_estimator", "lwr"}, {"granger_statistics", "state_space"}),
                  model->n, SAMPLES, series, model->p, "state_space_gc", found));
  compare(model, "state_space", model->p, SAMPLES, found, expected);
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}

/* The closed form of the first model, against which the reference is held too. */
static PetscErrorCode test_closed_form(const TheoryModel *model)
{
  const double b = model->a[0][1][1], c = model->a[0][0][1];
  const double sum = 1.0 + b * b + c * c;
  double gc[4];

  PetscFunctionBegin;
  PetscCall(TheoryCausality(model, gc));
  CHECK_CLOSE(gc[1], log(0.5 * (sum + sqrt(sum * sum - 4.0 * b * b))), 1e-12);
  CHECK_CLOSE(gc[2], 0.0, 1e-12);
  PetscFunctionReturn(0);
}

static void fill_noise(int n, int n_samples, double *series)
{
  for (int at = 0; at < n * n_samples; at++) {
    double noise[2];

    RandomNormal(2, RANDOM_INPUT_CURRENT, at / n_samples, at % n_samples, noise);
    series[at] = noise[0];
  }
}

static int compare_numbers(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : x > y;
}

/* Of white noise p-values are uniform: Kolmogorov's distance at 0.1 %. */
static PetscErrorCode test_white_noise(void)
{
  enum { N = 30, SAMPLES = 2000 };
  double *series, p[N * N], distance = 0;
  int n = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(N * SAMPLES, &series));
  fill_noise(N, SAMPLES, series);
  PetscCall(solve(SETTINGS({NULL, NULL}), N, SAMPLES, series, 2, "p_value", p));
  for (int at = 0; at < N * N; at++) {
    if (at / N != at % N) {
      p[n++] = p[at];
    }
  }
  qsort(p, n, sizeof(double), compare_numbers);
  for (int k = 0; k < n; k++) {
    distance = fmax(distance, fmax(p[k] - (double)k / n, (k + 1.0) / n - p[k]));
  }
  CHECK(distance < 1.95 / sqrt(n), "distance %g", distance);
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}

/* A channel without any influence: nothing to and from it, and the others keep what they have. */
static PetscErrorCode test_independent(const TheoryModel *model)
{
  enum { SAMPLES = 20000, ORDER = 3 };
  const int n = model->n, more = n + 1;
  double *series, gc[THEORY_NEURONS * THEORY_NEURONS];
  double with[(THEORY_NEURONS + 1) * (THEORY_NEURONS + 1)];

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(more * SAMPLES, &series));
  PetscCall(TheorySeries(model, SAMPLES, series));
  fill_noise(1, SAMPLES, series + n * SAMPLES);
  PetscCall(solve(SETTINGS({NULL, NULL}), n, SAMPLES, series, ORDER, "gc", gc));
  PetscCall(solve(SETTINGS({NULL, NULL}), more, SAMPLES, series, ORDER, "gc", with));
  for (int i = 0; i < more; i++) {
    for (int j = 0; j < more; j++) {
      const double expected = i < n && j < n ? gc[i * n + j] : 0.0;

      CHECK(fabs(with[i * more + j] - expected) < 30.0 / SAMPLES,
            "source %d on target %d: %g, expected %g", j, i, with[i * more + j], expected);
    }
  }
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}

/* One line that says why, or by ridge regression a finite result. */
static void expect(const char *estimator, const char *what, const char *message, int n,
                   int n_samples, const double *series, int order)
{
  double f[64];
  const PetscErrorCode status = solve(SETTINGS({"granger_estimator", estimator}), n, n_samples,
                                      series, order, "f_statistic", f);

  if (message) {
    CHECK(status == CAUSEWAY_ERR_USER && strstr(UserErrorMessage(), message) &&
              !strchr(UserErrorMessage(), '\n'),
          "%s, %s: status %d: %s", what, estimator, status, UserErrorMessage());
    return;
  }
  CHECK(!status, "%s, %s: %s", what, estimator, UserErrorMessage());
  for (int at = 0; !status && at < n * n; at++) {
    CHECK(isfinite(f[at]) && f[at] >= 0, "%s, %s: F %g", what, estimator, f[at]);
  }
}

/* Channels that make a regression singular, and recordings that are too short for one. */
static PetscErrorCode test_degenerate(void)
{
  enum { N = 4, SAMPLES = 500 };
  const char *const twice =
      "neuron 1 (counted from 0) and neuron 3 (counted from 0) carry the same signal";
  double *series, *last;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(N * SAMPLES, &series));
  last = series + (N - 1) * SAMPLES;
  fill_noise(N, SAMPLES, series);
  expect("auto", "one row too few", "8 unknowns and a constant need more than the 9 rows", N, 11,
         series, 2);
  expect("auto", "just enough rows", NULL, N, 12, series, 2);
  expect("auto", "no row", "lags need more", N, 2, series, 2);
  for (int t = 0; t < SAMPLES; t++) { /* the sample of another channel, one later */
    last[t] = t ? series[SAMPLES + t - 1] : 0.0;
  }
  expect("auto", "predicted", "neuron 3 (counted from 0) is predicted exactly", N, SAMPLES, series,
         1);
  expect("auto", "delayed", "of neuron", N, SAMPLES, series, 2);
  for (int t = 0; t < SAMPLES; t++) {
    last[t] = sin(0.3 * t);
  }
  expect("auto", "sine", "neuron 3 (counted from 0) is predicted exactly", N, SAMPLES, series, 2);
  PetscCall(PetscArraycpy(last, series + SAMPLES, SAMPLES));
  expect("auto", "duplicate", twice, N, SAMPLES, series, 2);
  expect("qr", "duplicate", "of neuron", N, SAMPLES, series, 2);
  expect("lwr", "duplicate", "neuron", N, SAMPLES, series, 2);
  expect("ridge", "duplicate", NULL, N, SAMPLES, series, 2);
  expect("ridge", "short", NULL, N, 8, series, 2);
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const TheoryModel pair = {
      "Barnett & Seth 2014, eq. 25", 2, 1, {{{0.7, 0.5}, {0.0, 0.4}}}, {1, 1}};
  const TheoryModel chain = {
      "Ding, Chen & Bressler 2006",
      3,
      2,
      {{{0.8, 0, 0.4}, {0, 0.53, 0}, {0, 0.5, 0.5}}, {{-0.5, 0, 0}, {0, -0.8, 0}, {0, 0, -0.2}}},
      {0.5477225575051661, 1.0, 0.4472135954999579}};
  const TheoryModel five = {"Baccala & Sameshima 2001",
                            5,
                            3,
                            {{{0.95 * root2, 0, 0, 0, 0},
                              {0, 0, 0, 0, 0},
                              {0, 0, 0, 0, 0},
                              {0, 0, 0, 0.25 * root2, 0.25 * root2},
                              {0, 0, 0, -0.25 * root2, 0.25 * root2}},
                             {{-0.9025, 0, 0, 0, 0},
                              {0.5, 0, 0, 0, 0},
                              {0, 0, 0, 0, 0},
                              {-0.5, 0, 0, 0, 0},
                              {0, 0, 0, 0, 0}},
                             {{0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {-0.4, 0, 0, 0, 0}}},
                            {1, 1, 1, 1, 1}};

  check_begin(&argc, &argv);
  CHECK(!test_closed_form(&pair), "%s", UserErrorMessage());
  CHECK(!test_model(&pair), "%s", UserErrorMessage());
  CHECK(!test_model(&chain), "%s", UserErrorMessage());
  CHECK(!test_model(&five), "%s", UserErrorMessage());
  CHECK(!test_white_noise(), "%s", UserErrorMessage());
  CHECK(!test_independent(&chain), "%s", UserErrorMessage());
  CHECK(!test_degenerate(), "%s", UserErrorMessage());
  return check_end();
}
