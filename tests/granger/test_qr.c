/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The orthogonal reduction: equal to the other estimators where they are exact, right where the Gram matrix is not,
   and chosen there without being asked. */
#include "check.h"
#include "granger/reference.h"
#include "granger/setup.h"

#include <string.h>

enum { N = 7, SAMPLES = 900, ORDER = 2 };

/* The last neuron carries the signal of the first but for a part of `size`. */
static void make_series(double size, double *values)
{
  for (int t = 0; t < SAMPLES; t++) {
    for (int i = 0; i < N; i++) {
      double noise[2], *x = values + i * SAMPLES + t;

      RandomNormal(5, RANDOM_INPUT_CURRENT, i, t, noise);
      if (i == N - 1) {
        *x = values[t] + size * noise[0];
      } else {
        *x = noise[0] + 1.5 +
             (t > 0 ? 0.4 * x[-1] + 0.3 * values[(i + N - 2) % (N - 1) * SAMPLES + t - 1] : 0);
      }
    }
  }
}

static PetscErrorCode solve(const char *estimator, const Segment *segments, const double *values,
                            GrangerInfo *info, Causality *causality)
{
  Activity activity;
  Granger granger;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(setup_activity(PETSC_COMM_WORLD, N, SAMPLES, values, &activity));
  PetscCall(ActivitySetSegments(activity, 2, segments));
  PetscCall(setup_granger(PETSC_COMM_WORLD, ORDER,
                          SETTINGS({"granger_estimator", estimator}, {"granger_block", "3"}),
                          &granger));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, N, causality));
  status = GrangerSolve(granger, activity, PETSC_FALSE, *causality);
  PetscCall(GrangerGetInfo(granger, info));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(status);
}

/* Largest relative error of the growth exp(gc) - 1. */
static PetscErrorCode error_of(const char *estimator, double size, const char *used, double *worst)
{
  static double values[N * SAMPLES];
  static const Segment segments[2] = {{0, 500}, {520, SAMPLES}};
  double growth[N * N], full[N], mine = 0;
  int64_t position[SAMPLES];
  Activity whole;
  GrangerInfo info;
  Causality causality;

  PetscFunctionBegin;
  make_series(size, values);
  PetscCall(ActivityCreate(PETSC_COMM_SELF, &whole));
  PetscCall(ActivitySetValues(whole, N, SAMPLES, values));
  PetscCall(ActivitySetSegments(whole, 2, segments));
  ActivityPositions(whole, position);
  PetscCall(ActivityDestroy(&whole));
  PetscCall(ReferenceGrowth(N, SAMPLES, ORDER, values, position, growth, full));
  PetscCall(solve(estimator, segments, values, &info, &causality));
  CHECK(!strcmp(info.estimator, used), "%s was used for %s, condition number %g", info.estimator,
        estimator, info.condition_number);
  for (int64_t k = 0; k < CausalityPartition(causality)->n_local * N; k++) {
    const int64_t target = CausalityPartition(causality)->first + k / N;
    const double expected = growth[target * N + k % N] / full[target];

    if (target != k % N) {
      mine = fmax(mine, fabs(expm1(CausalityFind(causality, "granger", "gc")[k]) / expected - 1.0));
    }
  }
  PetscCallMPI(MPI_Allreduce(&mine, worst, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

/* A neuron that is the sum of two others cannot be told from them, whichever way. */
static PetscErrorCode test_singular(const char *estimator)
{
  static double values[N * SAMPLES];
  static const Segment segments[2] = {{0, 500}, {500, SAMPLES}};
  GrangerInfo info;
  Causality causality;
  PetscErrorCode status;

  PetscFunctionBegin;
  make_series(1.0, values);
  for (int t = 0; t < SAMPLES; t++) {
    values[(N - 1) * SAMPLES + t] = values[t] + values[SAMPLES + t];
  }
  status = solve(estimator, segments, values, &info, &causality);
  CHECK(status == CAUSEWAY_ERR_USER && strstr(UserErrorMessage(), "singular"), "%s: status %d: %s",
        estimator, status, UserErrorMessage());
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  double error;

  check_begin(&argc, &argv);
  CHECK(!error_of("qr", 1.0, "qr", &error), "%s", UserErrorMessage());
  CHECK(error < 1e-9, "well-conditioned: %g", error);
  CHECK(!error_of("auto", 1.0, "gram", &error), "%s", UserErrorMessage());
  CHECK(error < 1e-9, "well-conditioned: %g", error);
  CHECK(!error_of("auto", 3e-6, "qr", &error), "%s", UserErrorMessage());
  CHECK(error < 1e-7, "ill-conditioned: %g", error);
  CHECK(!test_singular("auto"), "%s", UserErrorMessage());
  CHECK(!test_singular("gram"), "%s", UserErrorMessage());
  CHECK(!test_singular("qr"), "%s", UserErrorMessage());
  return check_end();
}
