/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "event.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

extern void dpstrf_(const char *uplo, const int *n, double *a, const int *lda, int *pivots,
                    int *rank, const double *tolerance, double *work, int *info);

enum { WIDTH = OWN_TERMS + 1 };

/* Columns of `own` less their means, the terms of unit length. */
static void normalise(EventBorder *b)
{
  for (int c = 0; c < WIDTH; c++) {
    double mean = 0, squares = 0;

    for (int64_t r = 0; r < b->n_rows; r++) {
      mean += b->own[r * WIDTH + c] / (double)b->n_rows;
    }
    for (int64_t r = 0; r < b->n_rows; r++) {
      b->own[r * WIDTH + c] -= mean;
      squares += b->own[r * WIDTH + c] * b->own[r * WIDTH + c];
    }
    for (int64_t r = 0; c < OWN_TERMS && squares > 0 && r < b->n_rows; r++) {
      b->own[r * WIDTH + c] /= sqrt(squares);
    }
  }
}

/* v: value at sample t; events: indicators of the samples t - OWN_LAGS .. t - 1 */
static void fill_row(const double *v, const double events[OWN_LAGS], const double traces[2],
                     double *row)
{
  int c = 0;

  for (int lag = 1; lag <= OWN_LAGS; lag++) {
    const double x = v[-lag];

    row[c++] = x;
    row[c++] = x * x;
    row[c++] = x * x * x;
    if (lag > 1) { /* at lag 1 the neuron is one of the shared sources */
      row[c++] = events[OWN_LAGS - lag];
    }
  }
  for (int k = 0; k < 2; k++) {
    row[c++] = traces[k];
    row[c++] = traces[k] * v[-1];
  }
  row[c] = v[0];
}

void EventBorderFill(Activity activity, const int64_t *row_of, int64_t target, EventBorder *b)
{
  static const double decay[2] = {0.90483741803595957, 0.98019867330675525}; /* 10 and 50 samples */
  const double *v = ActivityValues(activity) + target * ActivitySamples(activity);
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(activity, &segments), *samples;
  const int64_t n_events = ActivityEvents(activity, target, &samples);
  int64_t next = 0;

  b->target = target;
  b->n_excluded = 0;
  for (int64_t s = 0; s < n_segments; s++) {
    double events[OWN_LAGS] = {0}, traces[2] = {0};

    for (int64_t t = segments[s].first; t < segments[s].end; t++) {
      while (next < n_events && samples[next] < t) {
        next++;
      }
      if (row_of[t] >= 0) {
        fill_row(v + t, events, traces, b->own + row_of[t] * WIDTH);
        if (next < n_events && samples[next] == t) {
          b->excluded[b->n_excluded++] = row_of[t];
        }
      }
      memmove(events, events + 1, sizeof(double) * (OWN_LAGS - 1));
      events[OWN_LAGS - 1] = next < n_events && samples[next] == t ? 1.0 : 0.0;
      for (int k = 0; k < 2; k++) {
        traces[k] = decay[k] * traces[k] + events[OWN_LAGS - 1];
      }
    }
  }
  b->n_columns = OWN_TERMS + b->n_excluded;
  normalise(b);
}

/* products of the border's columns and the target with each other, lower triangle of (n_columns + 1) ^ 2 */
static void border_products(const EventBorder *b, double *c)
{
  const int64_t q = b->n_columns + 1;
  double own[WIDTH * WIDTH];

  cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, WIDTH, (int)b->n_rows, 1.0, b->own, WIDTH,
              0.0, own, WIDTH);
  for (int k = 0; k < OWN_TERMS; k++) {
    for (int l = k; l < OWN_TERMS; l++) {
      c[l + k * q] = own[l + k * WIDTH];
    }
    c[q - 1 + k * q] = own[OWN_TERMS + k * WIDTH];
    for (int64_t e = 0; e < b->n_excluded; e++) {
      c[OWN_TERMS + e + k * q] = b->own[b->excluded[e] * WIDTH + k];
    }
  }
  for (int64_t e = 0; e < b->n_excluded; e++) {
    const int64_t column = (OWN_TERMS + e) * q;

    for (int64_t l = e; l < b->n_excluded; l++) {
      c[OWN_TERMS + l + column] = (l == e ? 1.0 : 0.0) - 1.0 / (double)b->n_rows;
    }
    c[q - 1 + column] = b->own[b->excluded[e] * WIDTH + OWN_TERMS];
  }
  c[q * q - 1] = own[WIDTH * WIDTH - 1];
}

/* Rows of `solved` in the order of the pivots, (used, n) column-major. */
static void permute(int64_t n, const double *solved, int64_t used, const int *pivots, double *to)
{
  for (int64_t j = 0; j < n; j++) {
    for (int64_t k = 0; k < used; k++) {
      to[k + j * used] = solved[j + (pivots[k] - 1) * n];
    }
  }
}

PetscErrorCode EventBorderSolve(const EventBorder *b, int64_t n, const double *diagonal,
                                const double *cross, double *solved, double *growth,
                                double *residual, int64_t *used)
{
  const int q = (int)b->n_columns, width = q + 1, count = (int)n;
  const double tolerance = 1e-10;
  double *c, *schur, *d, *rotated, *work;
  int *pivots, rank, info;

  PetscFunctionBegin;
  PetscCall(PetscMalloc6(width * width, &c, q * q, &schur, q, &d, q * n, &rotated, 2 * q, &work, q,
                         &pivots));
  border_products(b, c);
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, width, width, count, -1.0, cross, count,
              solved, count, 1.0, c, width);
  for (int k = 0; k < q; k++) {
    PetscCall(PetscArraycpy(schur + (int64_t)k * q, c + (int64_t)k * width, q));
  }
  dpstrf_("L", &q, schur, &q, pivots, &rank, &tolerance, work, &info);
  for (int k = 0; k < rank; k++) {
    d[k] = c[q + (pivots[k] - 1) * width];
  }
  /* with R the factor of the complement: R^-1 d, and R^-1 W' of all sources */
  cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, rank, schur, q, d, 1);
  permute(n, solved, rank, pivots, rotated);
  cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, rank, count, 1.0,
              schur, q, rotated, PetscMax(1, rank));
  *residual = c[width * width - 1] - cblas_ddot(rank, d, 1, d, 1);
  *used = rank;
  for (int64_t j = 0; j < n; j++) {
    const double *w = rotated + j * rank;
    const double coefficient = solved[j + (int64_t)q * n] - cblas_ddot(rank, w, 1, d, 1);

    growth[j] = coefficient * coefficient / (diagonal[j] + cblas_ddot(rank, w, 1, w, 1));
  }
  PetscCall(PetscFree6(c, schur, d, rotated, work, pivots));
  PetscFunctionReturn(0);
}
