/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Causality of pairs by themselves against two QR regressions for each pair, also where the regression on all
   neurons is singular or has more unknowns than rows. */
#include "check.h"
#include "granger/setup.h"

#include <gsl/gsl_cdf.h>

extern void dgels_(const char *trans, const int *m, const int *n, const int *nrhs, double *a,
                   const int *lda, double *b, const int *ldb, double *work, const int *lwork,
                   int *info);

/* Neuron j drives j + 1, and from the lag before j + 3; unequal means. The last is the sum of the first two
   when asked for. */
static void make_series(int n, int n_samples, PetscBool singular, double *values)
{
  for (int t = 0; t < n_samples; t++) {
    for (int i = 0; i < n; i++) {
      double noise[2], *x = values + i * n_samples + t;

      RandomNormal(11, RANDOM_INPUT_CURRENT, i, t, noise);
      *x = noise[0] + 3.0 * i;
      if (t >= 2) {
        const double *driver = values + (i + n - 1) % n * n_samples + t;
        const double *older = values + (i + 2 * n - 3) % n * n_samples + t;

        *x += 0.4 * x[-1] - 0.2 * x[-2] + 0.3 * driver[-1] + 0.2 * older[-2];
      }
    }
  }
  for (int t = 0; t < n_samples && singular; t++) {
    values[(n - 1) * n_samples + t] = values[t] + values[n_samples + t];
  }
}

/* Residual sum of squares of y on a constant and the past of one or two series. */
static PetscErrorCode residual(int n_samples, int order, const double *y, int n_sources,
                               const double *sources[], double *sum)
{
  const int rows = n_samples - order, columns = 1 + n_sources * order, one = 1;
  int work_length = 64 * (columns + rows), info;
  double *a, *b, *work;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(rows * columns, &a, rows, &b, work_length, &work));
  for (int t = 0; t < rows; t++) {
    b[t] = y[t + order];
    a[t] = 1.0;
    for (int c = 1; c < columns; c++) {
      a[t + c * rows] = sources[(c - 1) / order][t + order - 1 - (c - 1) % order];
    }
  }
  dgels_("N", &rows, &columns, &one, a, &rows, b, &rows, work, &work_length, &info);
  PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "DGELS: info %d", info);
  *sum = 0;
  for (int t = columns; t < rows; t++) {
    *sum += b[t] * b[t];
  }
  PetscCall(PetscFree3(a, b, work));
  PetscFunctionReturn(0);
}

/* log RSS_own / RSS_full */
static PetscErrorCode reference(int n_samples, int order, const double *target,
                                const double *source, double *gc)
{
  const double *sources[2] = {target, source};
  double own, full;

  PetscFunctionBegin;
  PetscCall(residual(n_samples, order, target, 1, sources, &own));
  PetscCall(residual(n_samples, order, target, 2, sources, &full));
  *gc = log(own / full);
  PetscFunctionReturn(0);
}

static PetscErrorCode solve(int n, int n_samples, int order, const char *statistics,
                            const char *test, const char *block, const double *values,
                            Causality *causality)
{
  Activity activity;
  Granger granger;

  PetscFunctionBegin;
  PetscCall(setup_activity(PETSC_COMM_WORLD, n, n_samples, values, &activity));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, causality));
  PetscCall(setup_granger(PETSC_COMM_WORLD, order,
                          SETTINGS({"granger_block", block}, {"granger_test", test},
                                   {"granger_statistics", statistics}),
                          &granger));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, *causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode compare(int n, int n_samples, int order, PetscBool ratio_test,
                              const double *values, Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  const double *gc = CausalityFind(causality, "granger", "pairwise_gc");
  const double *p = CausalityFind(causality, "granger", "pairwise_p_value");
  const double rows = n_samples - order, free_rows = rows - 2 * order - 1;

  PetscFunctionBegin;
  for (int i = 0; i < part->n_local; i++) {
    for (int j = 0; j < n; j++) {
      const int64_t target = part->first + i;
      double expected = 0, expected_p = 1;

      if (target != j) {
        PetscCall(reference(n_samples, order, values + target * n_samples, values + j * n_samples,
                            &expected));
        expected_p = ratio_test
                         ? gsl_cdf_chisq_Q((free_rows + 0.5 * order - 1) * expected, order)
                         : gsl_cdf_fdist_Q(expm1(expected) / order * free_rows, order, free_rows);
      }
      CHECK_CLOSE(gc[i * n + j], expected, 1e-11);
      CHECK_CLOSE(p[i * n + j], expected_p, 1e-8);
    }
  }
  PetscFunctionReturn(0);
}

typedef struct {
  int n, n_samples, order;
  const char *statistics, *test, *block;
  PetscBool singular;
} Case;

static PetscErrorCode test_pairs(const Case *c)
{
  double *values;
  Causality causality;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(c->n * c->n_samples, &values));
  make_series(c->n, c->n_samples, c->singular, values);
  PetscCall(
      solve(c->n, c->n_samples, c->order, c->statistics, c->test, c->block, values, &causality));
  PetscCall(compare(c->n, c->n_samples, c->order, *c->test == 'l' ? PETSC_TRUE : PETSC_FALSE,
                    values, causality));
  CHECK(!CausalityFind(causality, "granger", "gc") == !strstr(c->statistics, "conditional"),
        "%s: the conditional statistic", c->statistics);
  PetscCall(CausalityDestroy(&causality));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* A series, and the same one sample later: their regression is singular, and both are named. */
static PetscErrorCode test_shifted(void)
{
  enum { N = 4, SAMPLES = 300 };
  double values[N * SAMPLES];
  Causality causality;
  PetscErrorCode status;

  PetscFunctionBegin;
  make_series(N, SAMPLES, PETSC_FALSE, values);
  values[3 * SAMPLES] = 0.5;
  for (int t = 1; t < SAMPLES; t++) {
    values[3 * SAMPLES + t] = values[SAMPLES + t - 1];
  }
  status = solve(N, SAMPLES, 3, "pairwise", "f", "128", values, &causality);
  CHECK(status == CAUSEWAY_ERR_USER, "status %d", (int)status);
  CHECK(strstr(UserErrorMessage(), "neuron 3") && strstr(UserErrorMessage(), "neuron 1"), "%s",
        UserErrorMessage());
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  /* uneven, one neuron per block, more unknowns than rows, singular, together with the conditional statistic */
  const Case cases[] = {{7, 400, 3, "pairwise", "f", "3", PETSC_FALSE},
                        {13, 300, 2, "conditional,pairwise", "f", "4", PETSC_FALSE},
                        {40, 120, 4, "pairwise", "lr", "128", PETSC_FALSE},
                        {9, 500, 5, "pairwise", "f", "10", PETSC_TRUE},
                        {2, 100, 1, "pairwise,conditional", "lr", "1", PETSC_FALSE}};

  check_begin(&argc, &argv);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    CHECK(!test_pairs(&cases[k]), "case %d: %s", (int)k, UserErrorMessage());
  }
  CHECK(!test_shifted(), "%s", UserErrorMessage());
  return check_end();
}
