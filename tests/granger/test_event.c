/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions against plain least squares: every sample written out, those that a target leaves out really
   absent, one reduced regression for each source. */
#include "check.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

extern void dgels_(const char *trans, const int *m, const int *n, const int *nrhs, double *a,
                   const int *lda, double *b, const int *ldb, double *work, const int *lwork,
                   int *info);

enum { N = 6, T = 700, SILENT = 4, OWN = 15, MOST_COLUMNS = 1 + N + OWN };

static const Segment segments[] = {{0, 300}, {301, 303}, {310, T}};
static const double threshold = 1.3;

/* Neuron i is pushed by the events of i - 1; the silent one stays below the threshold. */
static void make_series(double *v)
{
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < N; i++) {
      double noise[2], *x = v + i * T + t;

      RandomNormal(21, RANDOM_INPUT_CURRENT, i, t, noise);
      *x = 0.8 * noise[0];
      if (t > 0) {
        *x += 0.5 * x[-1] + (v[(i + N - 1) % N * T + t - 1] >= threshold ? 0.6 : 0.0);
      }
      *x = i == SILENT ? fmin(*x, threshold - 0.1) : fmin(*x, threshold);
    }
  }
}

static int event(const double *v, int i, int t)
{
  return v[i * T + t] >= threshold;
}

/* Sum over the events before t of exp(-age / tau), within the segment that starts at `first`. */
static double trace(const double *v, int i, int first, int t, double tau)
{
  double sum = 0;

  for (int u = first; u < t; u++) {
    sum += event(v, i, u) ? exp(-(t - 1 - u) / tau) : 0.0;
  }
  return sum;
}

static int fill_row(const double *v, int target, int first, int t, int left_out, double *row)
{
  const double *x = v + target * T + t;
  int c = 0;

  row[c++] = 1.0;
  for (int j = 0; j < N; j++) {
    if (j != left_out && j != SILENT) {
      row[c++] = event(v, j, t - 1);
    }
  }
  for (int lag = 1; lag <= 3; lag++) {
    for (int power = 1; power <= 3; power++) {
      row[c++] = pow(x[-lag], power);
    }
  }
  if (target == SILENT) { /* columns of zeros say nothing */
    return c;
  }
  row[c++] = event(v, target, t - 2);
  row[c++] = event(v, target, t - 3);
  for (int k = 0; k < 2; k++) {
    const double z = trace(v, target, first, t, k ? 50.0 : 10.0);

    row[c++] = z;
    row[c++] = z * x[-1];
  }
  return c;
}

/* Residual sum of squares of one target; rows and columns of the regression. */
static double regress(const double *v, int target, int left_out, int *rows, int *columns)
{
  static double by_row[T][MOST_COLUMNS], a[T * MOST_COLUMNS], b[T], work[64 * T];
  const int one = 1, length = 64 * T;
  double sum = 0;
  int info;

  *rows = 0;
  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(segments); s++) {
    for (int64_t t = segments[s].first + 3; t < segments[s].end; t++) {
      if (!event(v, target, (int)t)) {
        *columns = fill_row(v, target, (int)segments[s].first, (int)t, left_out, by_row[*rows]);
        b[(*rows)++] = v[target * T + t];
      }
    }
  }
  for (int r = 0; r < *rows; r++) {
    for (int c = 0; c < *columns; c++) {
      a[r + c * *rows] = by_row[r][c];
    }
  }
  dgels_("N", rows, columns, &one, a, rows, b, rows, work, &length, &info);
  CHECK(!info, "DGELS: info %d", info);
  for (int r = *columns; r < *rows; r++) {
    sum += b[r] * b[r];
  }
  return sum;
}

static void compare(const double *v, Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  const double *gc = CausalityFind(causality, "granger", "event_gc");
  const double *p_value = CausalityFind(causality, "granger", "event_p_value");

  for (int64_t k = 0; k < part->n_local; k++) {
    const int i = (int)(part->first + k);
    int rows, columns, fewer;
    const double full = regress(v, i, -1, &rows, &columns);

    for (int j = 0; j < N; j++) {
      const double ratio =
          i == j || j == SILENT ? 0.0 : regress(v, i, j, &rows, &fewer) / full - 1.0;
      const double free_rows = rows - columns;

      CHECK_CLOSE(gc[k * N + j], log1p(ratio), 1e-9);
      CHECK_CLOSE(p_value[k * N + j], gsl_cdf_fdist_Q(ratio * free_rows, 1.0, free_rows), 1e-7);
    }
  }
}

static PetscErrorCode solve(const double *v, double limit, Causality *causality)
{
  Partition part;
  Activity activity;
  Granger granger;
  Parameters parameters;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &part));
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, &activity));
  PetscCall(ActivitySetValues(activity, N, T, v + part.first * T));
  PetscCall(ActivitySetSegments(activity, PETSC_STATIC_ARRAY_LENGTH(segments), segments));
  PetscCall(ActivityDetectEvents(activity, limit));
  PetscCall(PetscOptionsSetValue(NULL, "-granger_statistics", "event"));
  PetscCall(PetscOptionsSetValue(NULL, "-granger_block", "2"));
  PetscCall(ParametersCreate(PETSC_COMM_WORLD, &parameters));
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetFromOptions(granger, parameters, 1));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, N, causality));
  status = GrangerSolve(granger, activity, PETSC_FALSE, *causality);
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ParametersDestroy(&parameters));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(status);
}

static PetscErrorCode test_synthetic(void)
{
  static double v[N * T];
  Causality causality;

  PetscFunctionBegin;
  make_series(v);
  PetscCall(solve(v, threshold, &causality));
  compare(v, causality);
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_no_events(void)
{
  static double v[N * T];
  Causality causality;
  PetscErrorCode status;

  PetscFunctionBegin;
  make_series(v);
  status = solve(v, 10.0, &causality);
  CHECK(status == CAUSEWAY_ERR_USER && strstr(UserErrorMessage(), "activity_event_threshold"),
        "status %d: %s", status, UserErrorMessage());
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(!test_synthetic(), "%s", UserErrorMessage());
  CHECK(!test_no_events(), "%s", UserErrorMessage());
  return check_end();
}
