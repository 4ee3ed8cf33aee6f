/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions: the terms of a target's own past, as an orthonormal basis. */
#include "causeway/internal/core/blas.h"
#include "events/event_regression.h"

#include <math.h>

extern void dpstrf_(const char *uplo, const int *n, double *a, const int *lda, int *pivots,
                    int *rank, const double *tolerance, double *work, int *info);

/* Fraction of a term's square below which the rest makes it a linear combination of other terms. */
static const double same_term = 1e-11;

/* v: value at the row's sample; s: events of the EVENT_LAGS samples before, the last first; shared:
   whether the event at lag 1 is one of the shared regressors. Powers of the value minus its mean
   span the same space as powers of the value, but are far from parallel. */
static void fill_row(const double *v, double mean, const double s[EVENT_LAGS],
                     const double traces[2], PetscBool shared, double *row)
{
  int c = 0;

  row[c++] = 1.0;
  for (int lag = 1; lag <= EVENT_LAGS; lag++) {
    const double x = v[-lag] - mean;

    row[c++] = x;
    row[c++] = x * x;
    row[c++] = x * x * x;
    row[c++] = lag == 1 && shared ? 0.0 : s[lag - 1];
  }
  for (int k = 0; k < 2; k++) {
    row[c++] = traces[k];
    row[c++] = traces[k] * (v[-1] - mean);
  }
  row[c] = v[0] - mean;
}

static double mean_of_rows(const EventSources *e, const double *v)
{
  const int64_t n_samples = ActivitySamples(e->activity);
  double sum = 0;

  for (int64_t t = 0; t < n_samples; t++) {
    sum += e->row_of[t] >= 0 ? v[t] : 0.0;
  }
  return sum / (double)e->n_rows;
}

/* Fills all terms and the target; left-out rows stay zero. */
static void fill_rows(const EventSources *e, double *own, EventBorder *b)
{
  static const double decay[2] = {0.90483741803595957, 0.98019867330675525}; /* 10, 50 samples */
  const double *v = ActivityValues(e->activity) + b->target * ActivitySamples(e->activity);
  const double mean = mean_of_rows(e, v);
  const PetscBool shared =
      !e->filters && e->n_events[e->part->first + b->target] > 0 ? PETSC_TRUE : PETSC_FALSE;
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(e->activity, &segments), *samples;
  const int64_t n_events = ActivityEvents(e->activity, b->target, &samples);
  int64_t next = 0;

  for (int64_t k = 0; k < n_segments; k++) {
    double s[EVENT_LAGS] = {0}, traces[2] = {0};
    int64_t kept_from = segments[k].first;

    for (int64_t t = segments[k].first; t < segments[k].end; t++) {
      const int64_t row = e->row_of[t];
      double fires;

      while (next < n_events && samples[next] < t) {
        next++;
      }
      fires = next < n_events && samples[next] == t ? 1.0 : 0.0;
      kept_from = fires > 0 ? t + 1 + e->refractory : kept_from;
      if (row >= 0 && t < kept_from) {
        b->excluded[b->n_excluded++] = row;
      } else if (row >= 0) {
        fill_row(v + t, mean, s, traces, shared, own + row * EVENT_WIDTH);
      }
      for (int lag = EVENT_LAGS - 1; lag > 0; lag--) {
        s[lag] = s[lag - 1];
      }
      s[0] = fires;
      for (int l = 0; l < 2; l++) {
        traces[l] = decay[l] * traces[l] + fires;
      }
    }
  }
}

/* Computes products of the first `count` columns with each other, lower triangle of (count,
   count). */
static void products(int64_t n_rows, int count, const double *own, double *c)
{
  cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, count, (int)n_rows, 1.0, own, EVENT_WIDTH,
              0.0, c, count);
}

/* Scales columns to unit length; zero columns stay zero. */
static void scale(int64_t n_rows, double *own)
{
  double squares[EVENT_OWN] = {0};

  for (int64_t r = 0; r < n_rows; r++) {
    for (int c = 0; c < EVENT_OWN; c++) {
      squares[c] += own[r * EVENT_WIDTH + c] * own[r * EVENT_WIDTH + c];
    }
  }
  for (int c = 0; c < EVENT_OWN; c++) {
    squares[c] = squares[c] > 0 ? 1.0 / sqrt(squares[c]) : 0.0;
  }
  for (int64_t r = 0; r < n_rows; r++) {
    for (int c = 0; c < EVENT_OWN; c++) {
      own[r * EVENT_WIDTH + c] *= squares[c];
    }
  }
}

/* Puts columns in the order of the pivots, and the target after the first `rank` of them. */
static void permute(int64_t n_rows, const int *pivots, int rank, double *own)
{
  double row[EVENT_WIDTH];

  for (int64_t r = 0; r < n_rows; r++) {
    double *at = own + r * EVENT_WIDTH;

    for (int c = 0; c < rank; c++) {
      row[c] = at[pivots[c] - 1];
    }
    row[rank] = at[EVENT_OWN];
    for (int c = 0; c <= rank; c++) {
      at[c] = row[c];
    }
  }
}

/* own = own L^-T with L (leading, n) lower triangular */
static void divide(int64_t n_rows, int n, const double *l, int leading, double *own)
{
  cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, (int)n_rows, 1.0,
              l, leading, own, EVENT_WIDTH);
}

/* Cholesky QR, run twice: first with pivots to find the rank, then again to restore the accuracy
   lost to ill-conditioned terms. */
static PetscErrorCode orthonormalise(int64_t n_rows, double *own, int *rank)
{
  const int width = EVENT_OWN;
  double c[EVENT_OWN * EVENT_OWN], work[2 * EVENT_OWN];
  int pivots[EVENT_OWN], info;

  PetscFunctionBegin;
  scale(n_rows, own);
  products(n_rows, width, own, c);
  dpstrf_("L", &width, c, &width, pivots, rank, &same_term, work, &info);
  PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "DPSTRF: info %d", info);
  permute(n_rows, pivots, *rank, own);
  divide(n_rows, *rank, c, width, own);
  products(n_rows, *rank, own, c);
  dpotrf_("L", rank, c, rank, &info);
  PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "DPOTRF: info %d", info);
  divide(n_rows, *rank, c, *rank, own);
  PetscFunctionReturn(0);
}

/* Subtracts the target's projection on the basis, twice to remove rounding errors. */
static void project_out(int64_t n_rows, int n_own, double *own)
{
  for (int pass = 0; pass < 2; pass++) {
    double along[EVENT_WIDTH] = {0};

    for (int64_t r = 0; r < n_rows; r++) {
      const double *row = own + r * EVENT_WIDTH;

      for (int c = 0; c < n_own; c++) {
        along[c] += row[c] * row[n_own];
      }
    }
    for (int64_t r = 0; r < n_rows; r++) {
      double *row = own + r * EVENT_WIDTH;

      for (int c = 0; c < n_own; c++) {
        row[n_own] -= along[c] * row[c];
      }
    }
  }
}

/* Sum of squares of one column. */
static double squares(int64_t n_rows, const double *y)
{
  double sum = 0;

  for (int64_t r = 0; r < n_rows; r++) {
    sum += y[r * EVENT_WIDTH] * y[r * EVENT_WIDTH];
  }
  return sum;
}

int64_t EventMostExcluded(const EventSources *e, int64_t target)
{
  const int64_t *samples;

  return ActivityEvents(e->activity, target, &samples) * (1 + e->refractory);
}

PetscErrorCode EventOwn(const EventSources *e, int64_t target, double *own, EventBorder *b)
{
  int rank;

  PetscFunctionBegin;
  *b = (EventBorder){.target = target};
  PetscCall(PetscMalloc1(EventMostExcluded(e, target), &b->excluded));
  PetscCall(PetscArrayzero(own, e->n_rows * EVENT_WIDTH));
  fill_rows(e, own, b);
  b->variation = squares(e->n_rows, own + EVENT_OWN);
  PetscCall(orthonormalise(e->n_rows, own, &rank));
  project_out(e->n_rows, rank, own);
  b->n_own = rank;
  b->power = squares(e->n_rows, own + rank);
  PetscFunctionReturn(0);
}
