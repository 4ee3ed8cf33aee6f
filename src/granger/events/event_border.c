/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions: the border of one target, and its removal from the shared solution. */
#include "causeway/internal/core/blas.h"
#include "events/event_regression.h"

#include <math.h>

extern void dpstrf_(const char *uplo, const int *n, double *a, const int *lda, int *pivots,
                    int *rank, const double *tolerance, double *work, int *info);

/* Squared length below which the rest of a column makes it a linear combination of others; columns
   have unit length, or count samples. */
static const double redundant = 1e-10;

/* A = P L (P L)', L lower triangular by the pivots of A, and zero behind its first `rank`
   columns. */
static PetscErrorCode factor_with_pivots(int n, double *a, int *pivots, int *rank)
{
  double *work;
  int info;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(2 * (int64_t)n, &work));
  dpstrf_("L", &n, a, &n, pivots, rank, &redundant, work, &info);
  PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "DPSTRF: info %d", info);
  PetscCall(PetscFree(work));
  PetscFunctionReturn(0);
}

PetscErrorCode EventSqueeze(const EventSources *s, const EventBorder *b, double *columns,
                            int64_t *n_left)
{
  const int64_t n = s->n;
  double *column;
  int *pivots, rank;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n, &pivots, n, &column));
  PetscCall(PetscArrayzero(columns, n * n));
  for (int64_t k = 0; k < b->n_excluded; k++) {
    const int64_t first = s->event_start[b->excluded[k]], end = s->event_start[b->excluded[k] + 1];

    for (int64_t m = first; m < end; m++) {
      for (int64_t l = m; l < end; l++) { /* sources ascend */
        columns[s->sources[l] + s->sources[m] * n] += 1.0;
      }
    }
  }
  PetscCall(factor_with_pivots((int)n, columns, pivots, &rank));
  for (int64_t k = 0; k < rank; k++) {
    PetscCall(PetscArrayzero(column, n));
    for (int64_t j = k; j < n; j++) {
      column[pivots[j] - 1] = columns[j + k * n];
    }
    PetscCall(PetscArraycpy(columns + k * n, column, n));
  }
  *n_left = rank;
  PetscCall(PetscFree2(pivots, column));
  PetscFunctionReturn(0);
}

/* C = A B, with A (m, n) and B the columns [own terms, left out] of the border; left-out rows are
   sums over their few sources. */
static void multiply_border(const EventSources *s, const EventBorder *b, int m, const double *a,
                            double *c)
{
  const int n = (int)s->n;
  double *left = c + b->n_own * m;

  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, (int)b->n_own, n, 1.0, a, m, b->cross,
              n, 0.0, c, m);
  if (b->squeezed && b->n_left > 0) {
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, (int)b->n_left, n, 1.0, a, m,
                b->cross + (b->n_own + 1) * s->n, n, 0.0, left, m);
  }
  for (int64_t k = 0; !b->squeezed && k < b->n_left; k++) {
    const int64_t row = b->excluded[k];

    for (int l = 0; l < m; l++) {
      left[l + k * m] = 0.0;
    }
    for (int64_t j = s->event_start[row]; j < s->event_start[row + 1]; j++) {
      cblas_daxpy(m, 1.0, a + (int64_t)s->sources[j] * m, 1, left + k * m, 1);
    }
  }
}

/* Gathers the solved columns [own terms, left out] as rows, (q, n). */
static void gather(const EventBorder *b, int64_t n, double *to)
{
  const int64_t q = b->n_own + b->n_left;

  for (int64_t k = 0; k < q; k++) {
    const double *column = k < b->n_own ? b->solved + k * n : b->left + (k - b->n_own) * n;

    for (int64_t j = 0; j < n; j++) {
      to[k + j * q] = column[j];
    }
  }
}

/* Puts rows in the order of the pivots. */
static void permute(int64_t n, int q, const int *pivots, const double *from, double *to)
{
  for (int64_t j = 0; j < n; j++) {
    for (int64_t k = 0; k < q; k++) {
      to[k + j * q] = from[pivots[k] - 1 + j * q];
    }
  }
}

/* A redundant column is a linear combination of sources and other columns. The sources in this
   combination are not identifiable, because the other terms carry the same information. Their
   coefficients in it are w - l R^-1 W', with l the column's row of the factor.
   x (q, n): R^-1 W', below it the rows w of redundant columns */
static void clear_confounded(const EventSources *s, int q, int rank, const double *factor,
                             const double *x, double *growth)
{
  const double negligible = 1e-6;

  for (int64_t j = 0; j < s->n; j++) {
    for (int64_t k = rank; k < q; k++) {
      const double part = x[k + j * q] - cblas_ddot(rank, x + j * q, 1, factor + k, q);

      if (fabs(part) * sqrt((double)s->n_events[j]) > negligible) {
        growth[j] = 0.0;
      }
    }
  }
}

/* Computes the growth from the coefficients b = w_y + X'u, with X = R^-1 W' and u = R^-1 B' w_y, R
   the factor of the complement: b_j^2 over the diagonal A_jj + |X_j|^2 of the bordered inverse. */
static void leave_one_out(const EventSources *s, int q, int rank, const double *x, const double *u,
                          const double *w_y, double *growth)
{
  for (int64_t j = 0; j < s->n; j++) {
    const double *column = x + j * q;
    const double b = w_y[j] + cblas_ddot(rank, column, 1, u, 1);

    growth[j] = b * b / (s->diagonal[j] + cblas_ddot(rank, column, 1, column, 1));
  }
}

PetscErrorCode EventBorderSolve(const EventSources *s, const EventBorder *border, double *growth,
                                double *residual, int64_t *used, double *flops)
{
  const int n = (int)s->n, q = (int)(border->n_own + border->n_left);
  const double *w_y = border->solved + border->n_own * s->n;
  const double *b_y = border->cross + border->n_own * s->n;
  double *w, *x, *schur, *products, *u;
  int *pivots, rank;

  PetscFunctionBegin;
  PetscCall(PetscMalloc6((int64_t)n * q, &w, (int64_t)n * q, &x, (int64_t)q * q, &schur, q,
                         &products, q, &u, q, &pivots));
  gather(border, n, w);
  multiply_border(s, border, q, w, schur);
  for (int64_t k = 0; k < q; k++) { /* the border's columns are orthonormal: I - W'B */
    for (int64_t l = 0; l < q; l++) {
      schur[l + k * q] = (l == k ? 1.0 : 0.0) - schur[l + k * q];
    }
  }
  PetscCall(factor_with_pivots(q, schur, pivots, &rank));
  multiply_border(s, border, 1, w_y, products);
  permute(1, q, pivots, products, u);
  cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, rank, schur, q, u, 1);
  permute(n, q, pivots, w, x);
  cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, rank, n, 1.0, schur,
              q, x, q);
  leave_one_out(s, q, rank, x, u, w_y, growth);
  clear_confounded(s, q, rank, schur, x, growth);
  *residual = border->power - cblas_ddot(n, b_y, 1, w_y, 1) - cblas_ddot(rank, u, 1, u, 1);
  *used = rank;
  *flops += (double)n * q * ((double)q + 2.0 * EVENT_WIDTH + 4.0) + (double)q * q * q / 3.0 +
            (border->squeezed ? 2.0 * (double)n * q * q : 0.0);
  PetscCall(PetscFree6(w, x, schur, products, u, pivots));
  PetscFunctionReturn(0);
}
