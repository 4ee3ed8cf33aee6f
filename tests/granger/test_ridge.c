/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Ridge regression, primal and dual, against the same by plain dense algebra on every rank: one penalised regression
   for each source that is left out, and the covariance of the coefficients written out. */
#include "causeway/internal/core/blas.h"
#include "check.h"
#include "granger/setup.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

extern void dposv_(const char *uplo, const int *n, const int *nrhs, double *a, const int *lda,
                   double *b, const int *ldb, int *info);

typedef struct {
  int n, p, n_samples, rows;
  double *series; /* (n, n_samples) */
  double *x, *y;  /* (n p, rows), (n, rows) centred */
} Problem;

static double random_normal(int i, int t)
{
  double pair[2];

  RandomNormal(11, RANDOM_INPUT_CURRENT, i, t, pair);
  return pair[0];
}

static void centre(int rows, double *x)
{
  double mean = 0;

  for (int t = 0; t < rows; t++) {
    mean += x[t] / rows;
  }
  for (int t = 0; t < rows; t++) {
    x[t] -= mean;
  }
}

static PetscErrorCode make_problem(int n, int p, int n_samples, Problem *q)
{
  PetscFunctionBegin;
  *q = (Problem){.n = n, .p = p, .n_samples = n_samples, .rows = n_samples - p};
  PetscCall(PetscMalloc3(n * n_samples, &q->series, n * p * q->rows, &q->x, n * q->rows, &q->y));
  for (int t = 0; t < n_samples; t++) {
    for (int i = 0; i < n; i++) {
      double *z = q->series + i * n_samples + t;

      *z = random_normal(i, t) + (t > 0 ? 0.5 * z[-1] : 2.0);
      *z += t > 0 ? 0.4 * q->series[(i + n - 1) % n * n_samples + t - 1] : 0.0;
    }
  }
  for (int i = 0; i < n; i++) {
    for (int k = 0; k <= p; k++) {
      double *to = k ? q->x + (i * p + k - 1) * q->rows : q->y + i * q->rows;

      memcpy(to, q->series + i * n_samples + p - k, sizeof(double) * (size_t)q->rows);
      centre(q->rows, to);
    }
  }
  PetscFunctionReturn(0);
}

/* Penalised objective of each target on the columns that are kept; coefficients and hat matrix too when asked for. */
static PetscErrorCode penalised(const Problem *q, double lambda, int left_out, double *objective,
                                double *inverse, double *b)
{
  const int all = q->n * q->p, kept = left_out < 0 ? all : all - q->p, rows = q->rows;
  double *x, *gram, *rhs;
  int info;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(kept * rows, &x, kept * kept, &gram, kept * (q->n + kept), &rhs));
  for (int j = 0, to = 0; j < all; j++) {
    if (left_out < 0 || j / q->p != left_out) {
      memcpy(x + to++ * rows, q->x + j * rows, sizeof(double) * (size_t)rows);
    }
  }
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, kept, kept, rows, 1.0, x, rows, x, rows, 0.0,
              gram, kept);
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, kept, q->n, rows, 1.0, x, rows, q->y, rows,
              0.0, rhs, kept);
  for (int j = 0; j < kept; j++) {
    gram[j * (kept + 1)] += lambda;
    for (int k = 0; k < kept; k++) {
      rhs[(q->n + j) * kept + k] = j == k;
    }
  }
  {
    const int columns = q->n + kept;
    double *c;

    PetscCall(PetscMalloc1(kept * q->n, &c));
    memcpy(c, rhs, sizeof(double) * (size_t)(kept * q->n));
    dposv_("L", &kept, &columns, gram, &kept, rhs, &kept, &info);
    CHECK(!info, "DPOSV: info %d", info);
    for (int i = 0; i < q->n; i++) {
      objective[i] = cblas_ddot(rows, q->y + i * rows, 1, q->y + i * rows, 1) -
                     cblas_ddot(kept, c + i * kept, 1, rhs + i * kept, 1);
    }
    PetscCall(PetscFree(c));
  }
  if (b) {
    memcpy(b, rhs, sizeof(double) * (size_t)(kept * q->n));
    memcpy(inverse, rhs + q->n * kept, sizeof(double) * (size_t)(kept * kept));
  }
  PetscCall(PetscFree3(x, gram, rhs));
  PetscFunctionReturn(0);
}

/* rss[i], and trace(H), trace(H H') of H = X A X' */
static PetscErrorCode fit(const Problem *q, const double *a, const double *b, double *rss,
                          double traces[2])
{
  const int all = q->n * q->p, rows = q->rows;
  double *ax, *hat;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(all * rows, &ax, rows * rows, &hat));
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, rows, all, all, 1.0, q->x, rows, a, all,
              0.0, ax, rows);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, rows, rows, all, 1.0, ax, rows, q->x, rows,
              0.0, hat, rows);
  traces[0] = traces[1] = 0;
  for (int k = 0; k < rows * rows; k++) {
    traces[0] += k % (rows + 1) ? 0.0 : hat[k];
    traces[1] += hat[k] * hat[k];
  }
  for (int i = 0; i < q->n; i++) {
    double *residual = ax; /* reused */

    memcpy(residual, q->y + i * rows, sizeof(double) * (size_t)rows);
    cblas_dgemv(CblasColMajor, CblasNoTrans, rows, all, -1.0, q->x, rows, b + i * all, 1, 1.0,
                residual, 1);
    rss[i] = cblas_ddot(rows, residual, 1, residual, 1);
  }
  PetscCall(PetscFree2(ax, hat));
  PetscFunctionReturn(0);
}

/* b_ij' [(A G A)_jj]^-1 b_ij */
static double wald(const Problem *q, double lambda, const double *a, const double *b, int target,
                   int source)
{
  const int p = q->p, all = q->n * p, one = 1;
  double block[16], x[4], sum = 0;
  int info;

  for (int k = 0; k < p; k++) {
    for (int l = 0; l < p; l++) {
      const double *u = a + (source * p + k) * all, *v = a + (source * p + l) * all;

      block[k * p + l] = u[source * p + l] - lambda * cblas_ddot(all, u, 1, v, 1);
    }
    x[k] = b[target * all + source * p + k];
  }
  dposv_("L", &p, &one, block, &p, x, &p, &info);
  for (int k = 0; k < p; k++) {
    sum += x[k] * b[target * all + source * p + k];
  }
  return sum;
}

static PetscErrorCode compare(const Problem *q, double lambda, Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  const int n = q->n, all = n * q->p;
  const double *gc = CausalityFind(causality, "granger", "gc");
  const double *f = CausalityFind(causality, "granger", "f_statistic");
  const double *p_value = CausalityFind(causality, "granger", "p_value");
  double *a, *b, *full, *reduced, *rss, traces[2], free_rows;

  PetscFunctionBegin;
  PetscCall(PetscMalloc5(all * all, &a, all * n, &b, n, &full, n, &reduced, n, &rss));
  PetscCall(penalised(q, lambda, -1, full, a, b));
  PetscCall(fit(q, a, b, rss, traces));
  free_rows = q->rows - 2.0 * traces[0] + traces[1] - 1.0;
  for (int j = 0; j < n; j++) {
    PetscCall(penalised(q, lambda, j, reduced, NULL, NULL));
    for (int64_t k = 0; k < part->n_local; k++) {
      const int i = (int)(part->first + k);
      const double statistic = wald(q, lambda, a, b, i, j) * free_rows / rss[i] / q->p;

      CHECK_CLOSE(gc[k * n + j], i == j ? 0.0 : log(reduced[i] / full[i]), 1e-9);
      CHECK_CLOSE(f[k * n + j], i == j ? 0.0 : statistic, 1e-8);
      CHECK_CLOSE(p_value[k * n + j], i == j ? 1.0 : gsl_cdf_fdist_Q(statistic, q->p, free_rows),
                  1e-8);
    }
  }
  PetscCall(PetscFree5(a, b, full, reduced, rss));
  PetscFunctionReturn(0);
}

static PetscErrorCode gcv(const Problem *q, double lambda, double *value)
{
  const int all = q->n * q->p;
  double *a, *b, *full, *rss, traces[2], sum = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(all * all, &a, all * q->n, &b, q->n, &full, q->n, &rss));
  PetscCall(penalised(q, lambda, -1, full, a, b));
  PetscCall(fit(q, a, b, rss, traces));
  for (int i = 0; i < q->n; i++) {
    sum += rss[i];
  }
  *value = sum / pow(q->rows - traces[0] - 1.0, 2.0);
  PetscCall(PetscFree4(a, b, full, rss));
  PetscFunctionReturn(0);
}

/* The chosen penalty is a minimum. */
static PetscErrorCode check_choice(const Problem *q, double lambda)
{
  double here, below, above;

  PetscFunctionBegin;
  PetscCall(gcv(q, lambda, &here));
  PetscCall(gcv(q, 0.9 * lambda, &below));
  PetscCall(gcv(q, 1.1 * lambda, &above));
  CHECK(here <= below && here <= above, "criterion %.12g, %.12g below, %.12g above %g", here, below,
        above, lambda);
  PetscFunctionReturn(0);
}

static PetscErrorCode test(int n, int p, int n_samples, const char *lambda)
{
  Problem q;
  Activity activity;
  Granger granger;
  Causality causality;
  GrangerInfo info;

  PetscFunctionBegin;
  PetscCall(make_problem(n, p, n_samples, &q));
  PetscCall(setup_activity(PETSC_COMM_WORLD, n, n_samples, q.series, &activity));
  PetscCall(setup_granger(
      PETSC_COMM_WORLD, p,
      SETTINGS({"granger_estimator", "ridge"}, {"granger_lambda", lambda}, {"granger_block", "4"}),
      &granger));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, &causality));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  PetscCall(GrangerGetInfo(granger, &info));
  CHECK(!strcmp(info.estimator, "ridge"), "%s", info.estimator);
  PetscCall(compare(&q, info.lambda, causality));
  if (!strcmp(lambda, "gcv")) {
    PetscCall(check_choice(&q, info.lambda));
  }
  PetscCall(CausalityDestroy(&causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscCall(PetscFree3(q.series, q.x, q.y));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(!test(7, 1, 90, "3.5"), "%s", UserErrorMessage()); /* primal */
  CHECK(!test(9, 3, 120, "20"), "%s", UserErrorMessage());
  CHECK(!test(8, 2, 150, "gcv"), "%s", UserErrorMessage());
  CHECK(!test(70, 1, 60, "10"), "%s", UserErrorMessage()); /* dual, more than a block of rows */
  CHECK(!test(33, 3, 81, "25"), "%s", UserErrorMessage());
  CHECK(!test(40, 2, 75, "gcv"), "%s", UserErrorMessage());
  CHECK(!test(3, 4, 12, "5"), "%s", UserErrorMessage());
  return check_end();
}
