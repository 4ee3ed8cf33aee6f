/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Filters in the place of lags, robust tests and the empirical null, against plain computations: the regression written out with
   explicit sums, the sandwich of each pair by itself, medians by sorting. */
#include "basis.h"
#include "check.h"
#include "setup.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

enum { N = 5, SAMPLES = 700, K = 2, REACH = 3, UNKNOWNS = N * K, BANDWIDTH = 4 };
static const Segment segments[] = {{0, 300}, {340, 700}};
enum { N_SEGMENTS = 2, ROWS = 300 - REACH + 360 - REACH };

static double series[N * SAMPLES];

/* Noise whose size varies in time, each neuron driven by the one before it. */
static void make_series(void)
{
  for (int t = 0; t < SAMPLES; t++) {
    for (int64_t i = 0; i < N; i++) {
      double noise[2], *now = series + i * SAMPLES + t;

      RandomNormal(8, RANDOM_INPUT_CURRENT, i, t, noise);
      *now = noise[0] * (1.0 + (t / 50) % 3) + (t > 0 ? 0.4 * now[-1] : 0.0);
      *now += t > 2 && i > 0 ? 0.2 * now[-2 - SAMPLES] : 0.0;
    }
  }
}

/* Terms of box:2 over three samples and the targets, less their means: (UNKNOWNS, ROWS), (N, ROWS) */
typedef struct {
  double x[UNKNOWNS * ROWS], y[N * ROWS];
  double inverse[UNKNOWNS * UNKNOWNS], b[UNKNOWNS * N], e[N * ROWS], rss[N];
} Plain;

static void center(double *row)
{
  double mean = 0;

  for (int r = 0; r < ROWS; r++) {
    mean += row[r] / ROWS;
  }
  for (int r = 0; r < ROWS; r++) {
    row[r] -= mean;
  }
}

static void fill_rows(Plain *p)
{
  for (int i = 0; i < N; i++) {
    const double *x = series + i * SAMPLES;
    int r = 0;

    for (int s = 0; s < N_SEGMENTS; s++) {
      for (int64_t t = segments[s].first + REACH; t < segments[s].end; t++, r++) {
        p->y[i * ROWS + r] = x[t];
        p->x[(i * K) * ROWS + r] = x[t - 1];
        p->x[(i * K + 1) * ROWS + r] = 0.5 * (x[t - 2] + x[t - 3]);
      }
    }
    center(p->y + i * ROWS);
    center(p->x + i * K * ROWS);
    center(p->x + (i * K + 1) * ROWS);
  }
}

static double dot(const double *a, const double *b, int n)
{
  double sum = 0;

  for (int k = 0; k < n; k++) {
    sum += a[k] * b[k];
  }
  return sum;
}

/* By elimination, a (n, n) is destroyed. */
static void invert(int n, double *a, double *inverse)
{
  for (int k = 0; k < n * n; k++) {
    inverse[k] = k / n == k % n;
  }
  for (int k = 0; k < n; k++) {
    const double pivot = a[k * n + k];

    for (int c = 0; c < n; c++) {
      a[k * n + c] /= pivot;
      inverse[k * n + c] /= pivot;
    }
    for (int row = 0; row < n; row++) {
      const double factor = row == k ? 0.0 : a[row * n + k];

      for (int c = 0; c < n; c++) {
        a[row * n + c] -= factor * a[k * n + c];
        inverse[row * n + c] -= factor * inverse[k * n + c];
      }
    }
  }
}

static void solve_plain(Plain *p)
{
  static double gram[UNKNOWNS * UNKNOWNS];

  fill_rows(p);
  for (int a = 0; a < UNKNOWNS; a++) {
    for (int c = 0; c < UNKNOWNS; c++) {
      gram[a * UNKNOWNS + c] = dot(p->x + a * ROWS, p->x + c * ROWS, ROWS);
    }
  }
  invert(UNKNOWNS, gram, p->inverse);
  for (int i = 0; i < N; i++) {
    for (int a = 0; a < UNKNOWNS; a++) {
      p->b[i * UNKNOWNS + a] = 0;
      for (int c = 0; c < UNKNOWNS; c++) {
        p->b[i * UNKNOWNS + a] +=
            p->inverse[a * UNKNOWNS + c] * dot(p->x + c * ROWS, p->y + i * ROWS, ROWS);
      }
    }
    for (int r = 0; r < ROWS; r++) {
      p->e[i * ROWS + r] = p->y[i * ROWS + r];
      for (int a = 0; a < UNKNOWNS; a++) {
        p->e[i * ROWS + r] -= p->b[i * UNKNOWNS + a] * p->x[a * ROWS + r];
      }
    }
    p->rss[i] = dot(p->e + i * ROWS, p->e + i * ROWS, ROWS);
  }
}

/* b' S^-1 b / K of a 2 x 2 matrix */
static double quadratic(const double *b, const double s[K][K])
{
  const double determinant = s[0][0] * s[1][1] - s[0][1] * s[1][0];

  return (b[0] * b[0] * s[1][1] - 2.0 * b[0] * b[1] * s[0][1] + b[1] * b[1] * s[0][0]) /
         determinant / K;
}

static double plain_f(const Plain *p, int i, int j)
{
  double s[K][K];

  for (int k = 0; k < K; k++) {
    for (int l = 0; l < K; l++) {
      s[k][l] = p->inverse[(j * K + k) * UNKNOWNS + j * K + l] * p->rss[i] / (ROWS - UNKNOWNS - 1);
    }
  }
  return quadratic(p->b + i * UNKNOWNS + j * K, s);
}

/* q(t) = (A x_t) of one unknown; rows of different segments are never neighbours */
static void residualise(const Plain *p, int unknown, double *q)
{
  for (int r = 0; r < ROWS; r++) {
    q[r] = 0;
    for (int a = 0; a < UNKNOWNS; a++) {
      q[r] += p->inverse[unknown * UNKNOWNS + a] * p->x[a * ROWS + r];
    }
  }
}

static double autocorrelation(const double *x, int lag)
{
  const int border = 300 - REACH;

  return (dot(x + lag, x, border - lag) + dot(x + border + lag, x + border, ROWS - border - lag)) /
         dot(x, x, ROWS);
}

static double enlarged(const double *q, const double *e, int bandwidth)
{
  double sum = 1;

  for (int lag = 1; lag <= bandwidth; lag++) {
    sum += 2.0 * autocorrelation(q, lag) * autocorrelation(e, lag);
  }
  return sum;
}

/* The smaller of F and the robust statistic. */
static double plain_robust(const Plain *p, int i, int j, int bandwidth)
{
  static double q[K][ROWS];
  const double *e = p->e + i * ROWS;
  double s[K][K] = {{0}}, factor[K], mean = 0, robust, f;

  for (int k = 0; k < K; k++) {
    residualise(p, j * K + k, q[k]);
    factor[k] = enlarged(q[k], e, bandwidth);
    mean += factor[k] / K;
  }
  for (int k = 0; k < K; k++) {
    for (int l = 0; l < K; l++) {
      for (int r = 0; r < ROWS; r++) {
        s[k][l] += e[r] * e[r] * q[k][r] * q[l][r] * sqrt(factor[k] * factor[l]);
      }
    }
  }
  robust = quadratic(p->b + i * UNKNOWNS + j * K, s) * (ROWS - UNKNOWNS - 1) / ROWS;
  f = plain_f(p, i, j) / mean;
  return robust < f ? robust : f;
}

static PetscErrorCode solve(const ParameterSetting settings[], Causality *causality)
{
  Activity activity;
  Granger granger;

  PetscFunctionBegin;
  PetscCall(setup_activity(PETSC_COMM_WORLD, N, SAMPLES, series, &activity));
  PetscCall(ActivitySetSegments(activity, N_SEGMENTS, segments));
  PetscCall(ActivitySetInterval(activity, 1.0));
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetOptions(granger, SETTINGS({"granger_basis", "box:2"}, {"granger_memory", "3"},
                                                {"granger_block", "2"})));
  PetscCall(GrangerSetOptions(granger, settings));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, N, causality));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, *causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* `bandwidth` negative: F, else the robust test. */
static PetscErrorCode test_statistic(const Plain *p, const char *estimator, int bandwidth)
{
  char number[32];
  const Partition *part;
  Causality causality;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(number, sizeof(number), "%d", PetscMax(0, bandwidth)));
  PetscCall(solve(SETTINGS({"granger_estimator", estimator},
                           {"granger_test", bandwidth < 0 ? "f" : "robust"},
                           {"granger_bandwidth", number}),
                  &causality));
  part = CausalityPartition(causality);
  for (int64_t e = 0; e < part->n_local * N; e++) {
    const int i = (int)(part->first + e / N), j = (int)(e % N);
    const double expected = i == j          ? 0.0
                            : bandwidth < 0 ? plain_f(p, i, j)
                                            : plain_robust(p, i, j, bandwidth);

    CHECK_CLOSE(CausalityFind(causality, "granger", "f_statistic")[e], expected, 1e-9);
  }
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

/* Weight, sign and latency from the coefficients. */
static PetscErrorCode test_coupling(const Plain *p)
{
  const Partition *part;
  Causality causality;

  PetscFunctionBegin;
  PetscCall(solve(SETTINGS({"granger_statistics", "conditional,coupling"}), &causality));
  part = CausalityPartition(causality);
  for (int64_t e = 0; e < part->n_local * N; e++) {
    const int i = (int)(part->first + e / N), j = (int)(e % N);
    const double *b = p->b + i * UNKNOWNS + j * K, sum = b[0] + b[1];
    const double sign = (sum > 0) - (sum < 0);
    const double latency = sign * b[0] >= sign * 0.5 * b[1] ? 1.0 : 2.0;
    const double z = CausalityFind(causality, "granger", "z")[e];
    const double p_value = CausalityFind(causality, "granger", "p_value")[e];

    if (i == j) {
      continue;
    }
    CHECK_CLOSE(CausalityFind(causality, "granger", "weight")[e], sum, 1e-9);
    CHECK_CLOSE(CausalityFind(causality, "granger", "sign")[e], sign, 0);
    CHECK(fabs(CausalityFind(causality, "granger", "latency")[e] - latency) <= 0.5,
          "the latency of %d on %d is %g ms, about %g", j, i,
          CausalityFind(causality, "granger", "latency")[e], latency);
    CHECK_CLOSE(2.0 * gsl_cdf_ugaussian_Q(fabs(z)), p_value, 1e-9);
    CHECK(z * sign >= 0, "z %g has not the sign %g", z, sign);
  }
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

/* Raised cosines with peaks at 2, 4.7 and 10 lags, from an independent program. */
static PetscErrorCode test_cosines(void)
{
  BasisChoice choice = {.words = "cosine:3", .memory_ms = 20};
  static const struct {
    int64_t filter, lag;
    double weight;
  } known[] = {{0, 1, 0.1828662105551143},   {0, 5, 0.1051361720056272},
               {1, 4, 0.1167826876516118},   {1, 11, 0.04752286444748366},
               {2, 3, 0.008810390210110285}, {2, 20, 0.03819826976261079}};
  Basis basis;

  PetscFunctionBegin;
  CHECK(BasisParse(&choice), "cosine:3 is not understood");
  PetscCall(BasisCreate(&choice, 1.0, 0, &basis));
  CHECK(basis.n_terms == 3 && basis.reach == 20, "%lld filters over %lld samples",
        (long long)basis.n_terms, (long long)basis.reach);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(known); k++) {
    CHECK_CLOSE(basis.filter[known[k].filter * basis.reach + known[k].lag - 1], known[k].weight,
                1e-12);
  }
  PetscCall(BasisFree(&basis));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  static const char *const estimators[] = {"gram", "qr", "auto"};
  static Plain plain;

  check_begin(&argc, &argv);
  make_series();
  solve_plain(&plain);
  CHECK(!test_cosines(), "%s", UserErrorMessage());
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(estimators); k++) {
    CHECK(!test_statistic(&plain, estimators[k], -1), "%s", UserErrorMessage());
    CHECK(!test_statistic(&plain, estimators[k], 0), "%s", UserErrorMessage());
    CHECK(!test_statistic(&plain, estimators[k], BANDWIDTH), "%s", UserErrorMessage());
  }
  CHECK(!test_coupling(&plain), "%s", UserErrorMessage());
  return check_end();
}
