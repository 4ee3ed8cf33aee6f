/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "theory.h"

#include "causeway/causeway.h"
#include "causeway/internal/core/blas.h"

#include <math.h>

extern void dposv_(const char *uplo, const int *n, const int *n_rhs, double *a, const int *lda,
                   double *b, const int *ldb, int *info);

enum { LAGS = 40, STATES = THEORY_NEURONS * THEORY_ORDER };

typedef double Matrix[THEORY_NEURONS][THEORY_NEURONS];

/* c = a b, or a b', of m x m */
static void multiply(int m, const double *a, const double *b, int transposed, double *c)
{
  cblas_dgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, m, m, m, 1.0, a,
              m, b, m, 0.0, c, m);
}

/* S = F S F' + Q of the companion form, by doubling */
static void solve_lyapunov(const TheoryModel *model, double *s)
{
  const int n = model->n, m = model->n * model->p;
  double f[STATES * STATES] = {0}, half[STATES * STATES], added[STATES * STATES];

  for (int i = 0; i < m * m; i++) {
    s[i] = 0;
  }
  for (int i = 0; i < n; i++) {
    s[i * m + i] = model->deviation[i] * model->deviation[i];
    for (int l = 0; l < model->p; l++) {
      for (int j = 0; j < n; j++) {
        f[i * m + l * n + j] = model->a[l][i][j];
      }
    }
  }
  for (int i = n; i < m; i++) {
    f[i * m + i - n] = 1.0;
  }
  for (int step = 0; step < 20; step++) { /* 2^20 steps of the process */
    multiply(m, f, s, 0, half);
    multiply(m, half, f, 1, added);
    for (int i = 0; i < m * m; i++) {
      s[i] += added[i];
    }
    multiply(m, f, f, 0, half);
    for (int i = 0; i < m * m; i++) {
      f[i] = half[i];
    }
  }
}

/* gamma[h] = E x(t) x(t - h)' */
static void autocovariances(const TheoryModel *model, Matrix *gamma)
{
  const int n = model->n, m = model->n * model->p;
  double s[STATES * STATES];

  solve_lyapunov(model, s);
  for (int h = 0; h <= LAGS; h++) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double sum = h < model->p ? s[i * m + h * n + j] : 0.0;

        for (int l = 1; h >= model->p && l <= model->p; l++) {
          for (int k = 0; k < n; k++) {
            sum += model->a[l - 1][i][k] * gamma[h - l][k][j];
          }
        }
        gamma[h][i][j] = sum;
      }
    }
  }
}

/* Residual variance of every target on the past of all but one neuron. */
static PetscErrorCode leave_out(const TheoryModel *model, Matrix *gamma, int source,
                                double *variance)
{
  int kept[THEORY_NEURONS], n_kept = 0, n = model->n, m, info;
  double *g, *b, *x;

  PetscFunctionBegin;
  for (int i = 0; i < n; i++) {
    kept[n_kept] = i;
    n_kept += i != source;
  }
  m = n_kept * LAGS;
  PetscCall(PetscMalloc3(m * m, &g, m * n, &b, m * n, &x));
  for (int row = 0; row < m; row++) {
    const int k = row / n_kept, i = kept[row % n_kept];

    for (int column = 0; column < m; column++) {
      const int l = column / n_kept, j = kept[column % n_kept];

      g[row + column * m] = l >= k ? gamma[l - k][i][j] : gamma[k - l][j][i];
    }
    for (int target = 0; target < n; target++) {
      b[row + target * m] = x[row + target * m] = gamma[k + 1][target][i];
    }
  }
  dposv_("L", &m, &n, g, &m, x, &m, &info);
  PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "DPOSV: info %d", info);
  for (int target = 0; target < n; target++) {
    variance[target] =
        gamma[0][target][target] - cblas_ddot(m, b + target * m, 1, x + target * m, 1);
  }
  PetscCall(PetscFree3(g, b, x));
  PetscFunctionReturn(0);
}

PetscErrorCode TheoryCausality(const TheoryModel *model, double *gc)
{
  Matrix gamma[LAGS + 1];
  double variance[THEORY_NEURONS];

  PetscFunctionBegin;
  autocovariances(model, gamma);
  for (int j = 0; j < model->n; j++) {
    PetscCall(leave_out(model, gamma, j, variance));
    for (int i = 0; i < model->n; i++) {
      gc[i * model->n + j] =
          i == j ? 0.0 : log(variance[i] / (model->deviation[i] * model->deviation[i]));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TheorySeries(const TheoryModel *model, int n_samples, double *values)
{
  enum { TRANSIENT = 1000 };
  double past[THEORY_ORDER][THEORY_NEURONS] = {{0}};

  PetscFunctionBegin;
  for (int t = -TRANSIENT; t < n_samples; t++) {
    double now[THEORY_NEURONS] = {0}, noise[2];

    for (int i = 0; i < model->n; i++) {
      RandomNormal(9, RANDOM_INPUT_CURRENT, i, t + TRANSIENT, noise);
      now[i] = model->deviation[i] * noise[0];
      for (int l = 0; l < model->p; l++) {
        for (int j = 0; j < model->n; j++) {
          now[i] += model->a[l][i][j] * past[l][j];
        }
      }
      if (t >= 0) {
        values[(PetscInt64)i * n_samples + t] = now[i];
      }
    }
    for (int i = 0; i < model->n; i++) {
      for (int l = model->p - 1; l > 0; l--) {
        past[l][i] = past[l - 1][i];
      }
      past[0][i] = now[i];
    }
  }
  PetscFunctionReturn(0);
}
