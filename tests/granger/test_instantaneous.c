/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Partial correlations of innovations: against least squares and the inverse of a small covariance by elimination; unrelated innovations
   have uniform p-values; the same on all numbers of ranks. */
#include "check.h"
#include "setup.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

enum { N = 4, SAMPLES = 300, ORDER = 2, UNKNOWNS = N * ORDER + 1 };

/* Innovations of neurons 0 and 1 share a part, and those of 2 and 3 have opposite signs; neuron 0 acts on 2 a sample later. */
static void fill(double x[N][SAMPLES])
{
  for (int t = 0; t < SAMPLES; t++) {
    double e[N][2];

    for (int i = 0; i < N; i++) {
      RandomNormal(7, RANDOM_INPUT_CURRENT, i, t, e[i]);
    }
    x[0][t] = e[0][0];
    x[1][t] = 0.3 * e[0][0] + e[1][0];
    x[2][t] = e[2][0];
    x[3][t] = -0.4 * e[2][0] + e[3][0];
    for (int i = 0; i < N && t > 0; i++) {
      x[i][t] += 0.5 * x[i][t - 1];
    }
    x[2][t] += t > 0 ? 0.6 * x[0][t - 1] : 0.0;
  }
}

/* Inverts a small positive definite matrix (n, n) in place. */
static void invert(int n, double *a)
{
  for (int k = 0; k < n; k++) {
    const double pivot = a[k * n + k];

    a[k * n + k] = 1.0;
    for (int j = 0; j < n; j++) {
      a[k * n + j] /= pivot;
    }
    for (int i = 0; i < n; i++) {
      const double factor = a[i * n + k];

      if (i != k) {
        a[i * n + k] = 0.0;
        for (int j = 0; j < n; j++) {
          a[i * n + j] -= factor * a[k * n + j];
        }
      }
    }
  }
}

static double regressor(double x[N][SAMPLES], int k, int t)
{
  return k == 0 ? 1.0 : x[(k - 1) / ORDER][t - 1 - (k - 1) % ORDER];
}

/* Partial correlations of the residuals of least squares. */
static void expect(double x[N][SAMPLES], double expected[N][N])
{
  double gram[UNKNOWNS * UNKNOWNS] = {0}, rhs[N][UNKNOWNS] = {{0}}, covariance[N * N] = {0};

  for (int t = ORDER; t < SAMPLES; t++) {
    for (int k = 0; k < UNKNOWNS; k++) {
      for (int l = 0; l < UNKNOWNS; l++) {
        gram[k * UNKNOWNS + l] += regressor(x, k, t) * regressor(x, l, t);
      }
      for (int i = 0; i < N; i++) {
        rhs[i][k] += regressor(x, k, t) * x[i][t];
      }
    }
  }
  invert(UNKNOWNS, gram);
  for (int t = ORDER; t < SAMPLES; t++) {
    double e[N];

    for (int i = 0; i < N; i++) {
      e[i] = x[i][t];
      for (int k = 0; k < UNKNOWNS; k++) {
        for (int l = 0; l < UNKNOWNS; l++) {
          e[i] -= regressor(x, k, t) * gram[k * UNKNOWNS + l] * rhs[i][l];
        }
      }
    }
    for (int i = 0; i < N * N; i++) {
      covariance[i] += e[i / N] * e[i % N];
    }
  }
  invert(N, covariance);
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      expected[i][j] =
          i == j ? 0.0
                 : -covariance[i * N + j] / sqrt(covariance[i * N + i] * covariance[j * N + j]);
    }
  }
}

static PetscErrorCode solve(int n, int n_samples, const double *values, const char *order,
                            Causality *causality)
{
  Activity activity;
  Granger granger;
  Partition part;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, n, &part));
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, &activity));
  PetscCall(ActivitySetValues(activity, n, n_samples, values + part.first * n_samples));
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetOptions(
      granger, SETTINGS({"granger_order", order}, {"granger_statistics", "instantaneous"})));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, causality));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, *causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_values(void)
{
  static double x[N][SAMPLES];
  double expected[N][N];
  const double freedom = SAMPLES - ORDER - UNKNOWNS - N + 1;
  const double *r, *z, *p, *q;
  const Partition *part;
  Causality causality;

  PetscFunctionBegin;
  fill(x);
  expect(x, expected);
  PetscCall(solve(N, SAMPLES, x[0], "2", &causality));
  part = CausalityPartition(causality);
  r = CausalityFind(causality, "granger", "instantaneous");
  z = CausalityFind(causality, "granger", "instantaneous_z");
  p = CausalityFind(causality, "granger", "instantaneous_p_value");
  q = CausalityFind(causality, "granger", "instantaneous_q_value");
  for (int64_t e = 0; e < part->n_local * N; e++) {
    const int i = (int)(part->first + e / N), j = (int)(e % N);
    const double t = expected[i][j] * sqrt(freedom / (1 - expected[i][j] * expected[i][j]));
    const double tail = 2.0 * gsl_cdf_tdist_Q(fabs(t), freedom);

    if (i != j) {
      CHECK_CLOSE(r[e], expected[i][j], 1e-11);
      CHECK(fabs(p[e] - tail) <= 1e-6 * tail, "%d, %d: p %g, expected %g", i, j, p[e], tail);
      CHECK(fabs(z[e] - (t < 0 ? -1 : 1) * gsl_cdf_ugaussian_Qinv(0.5 * tail)) < 1e-5, "z %g",
            z[e]);
      CHECK(q[e] >= p[e] && q[e] <= 1, "q %g of p %g", q[e], p[e]);
    }
    if (i + j == 1 || i + j == 5) { /* 0 and 1, 2 and 3 */
      CHECK(p[e] < 1e-3 && z[e] * (i + j == 1 ? 1 : -1) > 3, "%d, %d: z %g", i, j, z[e]);
    } else if (i != j) {
      CHECK(fabs(z[e]) < 3.5, "%d, %d: z %g without a common part", i, j, z[e]);
    }
  }
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

/* Half of 20 x 19 pairs, 20 times: the shares below 5 and 50 %. */
static PetscErrorCode test_null(void)
{
  enum { MANY = 20, LENGTH = 150, REPEATS = 20 };
  const double n_pairs = MANY * (MANY - 1) * REPEATS;
  double below[2] = {0, 0};
  double *x;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(MANY * LENGTH, &x));
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    const double *p;
    Causality causality;

    for (int e = 0; e < MANY * LENGTH; e++) {
      double normal[2];

      RandomNormal((uint32_t)repeat + 1, RANDOM_INPUT_CURRENT, e / LENGTH, e % LENGTH, normal);
      x[e] = normal[0] + (e % LENGTH ? 0.7 * x[e - 1] : 0.0);
    }
    PetscCall(solve(MANY, LENGTH, x, "1", &causality));
    p = CausalityFind(causality, "granger", "instantaneous_p_value");
    for (int64_t e = 0; e < CausalityPartition(causality)->n_local * MANY; e++) {
      if (CausalityPartition(causality)->first + e / MANY != e % MANY) {
        below[0] += p[e] < 0.05;
        below[1] += p[e] < 0.5;
      }
    }
    PetscCall(CausalityDestroy(&causality));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, below, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  CHECK(fabs(below[0] / n_pairs - 0.05) < 5 * sqrt(0.05 * 0.95 / (0.5 * n_pairs)), "%g below .05",
        below[0] / n_pairs);
  CHECK(fabs(below[1] / n_pairs - 0.5) < 5 * sqrt(0.25 / (0.5 * n_pairs)), "%g below .5",
        below[1] / n_pairs);
  PetscCall(PetscFree(x));
  PetscFunctionReturn(0);
}

/* An innovation that is the sum of two others, and too few rows. */
static void test_refused(void)
{
  static double x[N][SAMPLES];
  Causality causality = NULL;

  fill(x);
  for (int t = 0; t < SAMPLES; t++) {
    x[3][t] = x[1][t] + x[2][t] + (t > 0 ? 0.5 * x[3][t - 1] : 0.0);
  }
  CHECK(solve(N, SAMPLES, x[0], "1", &causality) == CAUSEWAY_ERR_USER &&
            strstr(UserErrorMessage(), "what the past leaves"),
        "a combination is accepted, or refused for another reason: %s", UserErrorMessage());
  CHECK(!CausalityDestroy(&causality), "destroy");
  fill(x);
  CHECK(solve(N, 14, x[0], "2", &causality) == CAUSEWAY_ERR_USER, "too few rows are accepted");
  CHECK(!CausalityDestroy(&causality), "destroy");
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(!test_values(), "%s", UserErrorMessage());
  CHECK(!test_null(), "%s", UserErrorMessage());
  test_refused();
  return check_end();
}
