/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How often pairs without influence are called significant at 5 %: 1,000 networks of each kind, each
   rank solving networks of its own. */
#include "check.h"
#include "granger/setup.h"

#include <string.h>

enum { N = 10, SAMPLES = 500, ORDER = 2, NETWORKS = 1000, BURN_IN = 200 };

/* 99 surrogates: p-values up to 5/100, of a fifth of the networks */
enum { SURROGATES = 99, SURROGATE_NETWORKS = NETWORKS / 5 };

typedef enum { WHITE, AUTOCORRELATED, PERSISTENT, COUPLED, HEAVY, COUNTS, RARE, N_KINDS } Kind;

static const char *const kind_names[] = {"white noise",
                                         "autocorrelated, no edges",
                                         "autoregressions of .9, no edges",
                                         "coupled, pairs without an edge",
                                         "t with 3 degrees of freedom",
                                         "Poisson counts of .3",
                                         "Poisson counts of .06"};

/* Coefficients at lag 1. Absolute row sums of at most 0.95 keep the network stable. */
static void draw_coefficients(Kind kind, int64_t network, double a[N][N])
{
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      double uniform[2];

      RandomUniform((uint32_t)network, RANDOM_CONNECTIVITY, i, j, uniform);
      a[i][j] = 0.0;
      if (i == j && kind != WHITE) {
        a[i][j] = kind == COUPLED ? 0.5 : 0.95 * uniform[0];
        a[i][j] = kind == PERSISTENT ? 0.9 : a[i][j];
        a[i][j] = kind >= HEAVY ? 0.0 : a[i][j];
      } else if (i != j && kind == COUPLED && uniform[0] < 0.3) {
        a[i][j] = uniform[1] < 0.5 ? 0.05 : -0.05;
      }
    }
  }
}

static double draw_noise(Kind kind, int64_t network, int i, int64_t k)
{
  double noise[2], others[2], uniform[2], mean = kind == COUNTS ? 0.3 : 0.06, sum = exp(-mean);
  double term = sum;
  int count = 0;

  RandomNormal((uint32_t)network, RANDOM_INPUT_CURRENT, i, k, noise);
  if (kind == HEAVY) {
    RandomNormal((uint32_t)network, RANDOM_DRIVE, i, k, others);
    return noise[0] /
           sqrt((noise[1] * noise[1] + others[0] * others[0] + others[1] * others[1]) / 3.0);
  }
  if (kind != COUNTS && kind != RARE) {
    return noise[0];
  }
  RandomUniform((uint32_t)network, RANDOM_POISSON, i, k, uniform);
  while (uniform[0] > sum) {
    term *= mean / ++count;
    sum += term;
  }
  return count;
}

static void draw_series(Kind kind, int64_t network, double a[N][N], double *x)
{
  double past[N] = {0}, now[N];

  for (int64_t t = -BURN_IN; t < SAMPLES; t++) {
    for (int i = 0; i < N; i++) {
      now[i] = draw_noise(kind, network, i, t + BURN_IN);
      for (int j = 0; j < N; j++) {
        now[i] += a[i][j] * past[j];
      }
      if (t >= 0) {
        x[i * SAMPLES + t] = now[i];
      }
    }
    memcpy(past, now, sizeof(past));
  }
}

/* Adds the pairs without an edge, and how many of them are called significant. */
static PetscErrorCode test_network(const double *x, double a[N][N],
                                   const ParameterSetting settings[], const char *reading,
                                   double counts[2])
{
  Activity activity;
  Granger granger;
  Causality causality;
  const double *p_value;

  PetscFunctionBegin;
  PetscCall(setup_activity(PETSC_COMM_SELF, N, SAMPLES, x, &activity));
  PetscCall(CausalityCreate(PETSC_COMM_SELF, N, &causality));
  PetscCall(setup_granger(PETSC_COMM_SELF, ORDER, settings, &granger));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  p_value = CausalityFind(causality, "granger", reading);
  for (int k = 0; k < N * N; k++) {
    if (k / N != k % N && a[k / N][k % N] == 0.0) {
      counts[0] += !isnan(p_value[k]);
      counts[1] += p_value[k] <= 0.05;
    }
  }
  PetscCall(GrangerDestroy(&granger));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode calibrate(Kind kind, const char *estimator, const char *test, int n_networks)
{
  const PetscBool by_surrogates =
      !strcmp(test, "shift") || !strcmp(test, "permute") ? PETSC_TRUE : PETSC_FALSE;
  const char *reading = by_surrogates ? "surrogate_p_value" : "p_value";
  double a[N][N], counts[2] = {0, 0}, *x;
  char word[32];
  int rank, size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(PetscSNPrintf(word, sizeof(word), "%d", by_surrogates ? SURROGATES : 0));
  PetscCall(PetscMalloc1(N * SAMPLES, &x));
  for (int64_t network = rank; network < n_networks; network += size) {
    draw_coefficients(kind, network, a);
    draw_series(kind, network, a, x);
    PetscCall(test_network(
        x, a,
        SETTINGS({"granger_estimator", estimator}, {"granger_test", by_surrogates ? "f" : test},
                 {"granger_surrogates", word},
                 {"granger_surrogate_type", by_surrogates ? test : "shift"}, {"seed", "1"}),
        reading, counts));
  }
  PetscCall(PetscFree(x));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "| %s | %s | %s | %.0f | %.2f %% |\n", kind_names[kind],
                        estimator, test, counts[0], 100.0 * counts[1] / counts[0]));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "False positives at 5 %%: %d networks of %d neurons (a fifth of them by "
                        "surrogates), %d samples, "
                        "order %d\n"
                        "| network | estimator | test | pairs | called significant |\n"
                        "|---|---|---|---|---|\n",
                        NETWORKS, N, SAMPLES, ORDER));
  for (Kind kind = WHITE; kind < N_KINDS; kind++) {
    CHECK(!calibrate(kind, "gram", "shift", SURROGATE_NETWORKS), "%s", UserErrorMessage());
    CHECK(!calibrate(kind, "gram", "permute", SURROGATE_NETWORKS), "%s", UserErrorMessage());
    CHECK(!calibrate(kind, "gram", "f", NETWORKS), "%s", UserErrorMessage());
    CHECK(!calibrate(kind, "gram", "lr", NETWORKS), "%s", UserErrorMessage());
    CHECK(!calibrate(kind, "lwr", "f", NETWORKS), "%s", UserErrorMessage());
  }
  return check_end();
}
