/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions against plain least squares: every sample written out, those that a target leaves out really
   absent, one reduced regression for each source. */
#include "check.h"
#include "setup.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

extern void dgelsy_(const int *m, const int *n, const int *nrhs, double *a, const int *lda,
                    double *b, const int *ldb, int *jpvt, const double *rcond, int *rank,
                    double *work, const int *lwork, int *info);

/* The silent neuron has no events, the lonely one a single event; all those of the rare one are followed by one of
   the follower, which leaves them out. */
enum { SILENT, LONELY, RARE, FOLLOWER, N_SPECIAL };
enum { T = 700, MOST_N = 40, OWN = 17, MOST_COLUMNS = MOST_N + OWN };

static const Segment segments[] = {{0, 300}, {301, 303}, {310, T}};

/* Of few neurons with many events, a target leaves out more samples than there are neurons; and the other way
   round. */
typedef struct {
  int n;
  double threshold;
} Case;

static const Case *at;
static double v[MOST_N * T];

static int event(int i, int t)
{
  return v[i * T + t] >= at->threshold;
}

static int rare_fires(int t)
{
  return t == 40 || t == 200 || t == 201 || t == 450;
}

/* Neuron i is pushed by the events of i - 1. */
static void make_series(void)
{
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < at->n; i++) {
      double noise[2], *x = v + i * T + t;

      RandomNormal(21, RANDOM_INPUT_CURRENT, i, t, noise);
      *x = 0.8 * noise[0];
      if (t > 0) {
        *x += 0.5 * x[-1] + (event((i + at->n - 1) % at->n, t - 1) ? 0.6 : 0.0);
      }
      *x = fmin(*x, i <= RARE ? at->threshold - 0.1 : at->threshold);
      if ((i == LONELY && t == 100) || (i == RARE && rare_fires(t)) ||
          (i == FOLLOWER && t > 0 && rare_fires(t - 1))) {
        *x = at->threshold;
      }
    }
  }
}

/* Sum over the events before t of exp(-age / tau), within the segment that starts at `first`. */
static double trace(int i, int first, int t, double tau)
{
  double sum = 0;

  for (int u = first; u < t; u++) {
    sum += event(i, u) ? exp(-(t - 1 - u) / tau) : 0.0;
  }
  return sum;
}

static void fill_row(int target, int first, int t, int left_out, double *row)
{
  const double *x = v + target * T + t;
  int c = 0;

  row[c++] = 1.0;
  for (int j = 0; j < at->n; j++) {
    row[c++] = j == left_out || j == SILENT || j == LONELY ? 0.0 : event(j, t - 1);
  }
  for (int lag = 1; lag <= 3; lag++) {
    for (int power = 1; power <= 3; power++) {
      row[c++] = pow(x[-lag], power);
    }
  }
  row[c++] = target == LONELY ? event(target, t - 1) : 0.0;
  row[c++] = event(target, t - 2);
  row[c++] = event(target, t - 3);
  for (int k = 0; k < 2; k++) {
    const double z = trace(target, first, t, k ? 50.0 : 10.0);

    row[c++] = z;
    row[c++] = z * x[-1];
  }
}

/* Residual sum of squares of one target; degrees of freedom that the regression leaves. */
static double regress(int target, int left_out, double *free_rows)
{
  static double by_row[T][MOST_COLUMNS], a[T * MOST_COLUMNS], b[T], work[64 * T];
  const int one = 1, length = 64 * T, columns = at->n + OWN, rows_most = T;
  const double rcond = 1e-10;
  double y[T], sum = 0;
  int info, rows = 0, rank, pivots[MOST_COLUMNS] = {0};

  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(segments); s++) {
    for (int64_t t = segments[s].first + 3; t < segments[s].end; t++) {
      if (!event(target, (int)t)) {
        fill_row(target, (int)segments[s].first, (int)t, left_out, by_row[rows]);
        y[rows++] = v[target * T + t];
      }
    }
  }
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      a[r + c * T] = by_row[r][c];
    }
    b[r] = y[r];
  }
  dgelsy_(&rows, &columns, &one, a, &rows_most, b, &rows_most, pivots, &rcond, &rank, work, &length,
          &info);
  CHECK(!info, "DGELSY: info %d", info);
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      y[r] -= by_row[r][c] * b[c];
    }
    sum += y[r] * y[r];
  }
  *free_rows = rows - rank;
  return sum;
}

/* Events of a neuron before samples that are predicted. */
static int count_events(int i)
{
  int n = 0;

  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(segments); s++) {
    for (int64_t t = segments[s].first + 3; t < segments[s].end; t++) {
      n += event(i, (int)t - 1);
    }
  }
  return n;
}

/* Of fewer than five events there is no p-value. */
static void compare(Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  const double *gc = CausalityFind(causality, "granger", "event_gc");
  const double *p_value = CausalityFind(causality, "granger", "event_p_value");

  for (int64_t k = 0; k < part->n_local; k++) {
    const int i = (int)(part->first + k);
    double free_rows, unused;
    const double full = regress(i, -1, &free_rows);

    for (int j = 0; j < at->n; j++) {
      const double ratio = i == j ? 0.0 : regress(i, j, &unused) / full - 1.0;

      CHECK_CLOSE(gc[k * at->n + j], log1p(ratio), 1e-9);
      if (i != j && count_events(j) < 5) {
        CHECK(isnan(p_value[k * at->n + j]), "p-value %g of few events", p_value[k * at->n + j]);
      } else if (ratio > 1e-12) {
        CHECK_CLOSE(p_value[k * at->n + j], gsl_cdf_fdist_Q(ratio * free_rows, 1.0, free_rows),
                    1e-7);
      } else {
        CHECK(p_value[k * at->n + j] == 1.0, "p-value %g of %d on %d", p_value[k * at->n + j], j,
              i);
      }
      if (j == SILENT || j == LONELY || (i == FOLLOWER && j == RARE)) {
        CHECK(gc[k * at->n + j] == 0.0, "%g of %d on %d", gc[k * at->n + j], j, i);
      }
    }
  }
}

static PetscErrorCode solve(Activity activity, const char *block, Causality *causality)
{
  Granger granger;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetOptions(granger,
                              SETTINGS({"granger_statistics", "event"}, {"granger_block", block})));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, ActivityPartition(activity)->n_global, causality));
  status = GrangerSolve(granger, activity, PETSC_FALSE, *causality);
  PetscCall(GrangerDestroy(&granger));
  PetscFunctionReturn(status);
}

/* The series of a case, events from a threshold on. */
static PetscErrorCode make_activity(double threshold, Activity *activity)
{
  Partition part;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, at->n, &part));
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(ActivitySetValues(*activity, at->n, T, v + part.first * T));
  PetscCall(ActivitySetSegments(*activity, PETSC_STATIC_ARRAY_LENGTH(segments), segments));
  PetscCall(ActivityDetectEvents(*activity, threshold));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_synthetic(const Case *c)
{
  Activity activity;
  Causality causality;

  PetscFunctionBegin;
  at = c;
  make_series();
  PetscCall(make_activity(c->threshold, &activity));
  PetscCall(solve(activity, "2", &causality));
  compare(causality);
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode expect_mistake(Activity activity, const char *word)
{
  Causality causality;
  PetscErrorCode status;

  PetscFunctionBegin;
  status = solve(activity, "2", &causality);
  CHECK(status == CAUSEWAY_ERR_USER && strstr(UserErrorMessage(), word), "status %d: %s", status,
        UserErrorMessage());
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

/* No events; nothing but events; two neurons with the same events. */
static PetscErrorCode test_mistakes(const Case *c)
{
  Activity activity;

  PetscFunctionBegin;
  at = c;
  make_series();
  PetscCall(make_activity(10.0, &activity));
  PetscCall(expect_mistake(activity, "activity_event_threshold"));
  PetscCall(ActivityDestroy(&activity));
  for (int k = 0; k < c->n * T; k++) {
    v[k] = v[k] >= c->threshold ? 1.0 : 0.0;
  }
  PetscCall(make_activity(1.0, &activity));
  PetscCall(expect_mistake(activity, "spike trains"));
  PetscCall(ActivityDestroy(&activity));
  make_series();
  PetscCall(PetscArraycpy(v + T * (c->n - 1), v + T * FOLLOWER, T));
  PetscCall(make_activity(c->threshold, &activity));
  PetscCall(expect_mistake(activity, "those of other neurons"));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* AUROC off the diagonal, as a user gets it. */
static PetscErrorCode test_published(const char *name, const char *group, double least)
{
  char file[4096], connectivity[8192];
  Activity activity;
  Causality causality;
  Network truth;
  Evaluation evaluation;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(file, check_data(name), sizeof(file)));
  PetscCall(setup_published(PETSC_COMM_WORLD, file, group, &activity));
  PetscCall(solve(activity, "128", &causality));
  PetscCall(PetscSNPrintf(connectivity, sizeof(connectivity), "%s:%s/connectivity", file, group));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &truth));
  PetscCall(NetworkLoad(truth, connectivity));
  PetscCall(EvaluationCompute(CausalityPartition(causality),
                              CausalityFind(causality, "granger", "event_gc"), NULL, truth,
                              "events", &evaluation, NULL));
  CHECK(evaluation.auroc_offdiagonal >= least, "%s%s: AUROC %.5f", name, group,
        evaluation.auroc_offdiagonal);
  PetscCall(NetworkDestroy(&truth));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  static const Case dense = {8, 1.3}, sparse = {MOST_N, 1.9};

  check_begin(&argc, &argv);
  CHECK(!test_synthetic(&dense), "%s", UserErrorMessage());
  CHECK(!test_synthetic(&sparse), "%s", UserErrorMessage());
  CHECK(!test_mistakes(&dense), "%s", UserErrorMessage());
  if (check_data("networks_n40.h5")) {
    CHECK(!test_published("networks_n10.h5", "/p0.4/seed1", 0.9995), "%s", UserErrorMessage());
    CHECK(!test_published("networks_n20.h5", "/p0.6/seed2", 0.9995), "%s", UserErrorMessage());
    CHECK(!test_published("networks_n40.h5", "/p0.8/seed1", 0.999), "%s", UserErrorMessage());
  } else {
    (void)PetscPrintf(PETSC_COMM_WORLD, "without the published networks (CAUSEWAY_DATA)\n");
  }
  return check_end();
}
