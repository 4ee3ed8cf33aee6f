/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Tests whether a series looks stationary. Each series is tested alone, so the result depends neither on the number of
   other series nor on the lags of a regression. */
#include "activity_impl.h"

#include "causeway/error.h"

#include <math.h>

typedef struct {
  const double *x;
  const Segment *segments;
  int64_t n_segments, n_samples; /* number of segments and of samples inside them */
  int64_t bandwidth;
  double *work; /* as long as the longest segment */
} Series;

/* Long-run variance of n values with Bartlett's weights (Newey & West 1987). `fill` sets work[t - first] of each
   segment. */
typedef int64_t (*Fill)(const Series *s, const double coefficients[2], Segment segment);

static double long_run_variance(const Series *s, Fill fill, const double coefficients[2],
                                double *variance)
{
  double sum = 0, lagged = 0, n = 0;

  for (int64_t k = 0; k < s->n_segments; k++) {
    const int64_t length = fill(s, coefficients, s->segments[k]);

    for (int64_t l = 0; l <= s->bandwidth && l < length; l++) {
      double products = 0;

      for (int64_t t = l; t < length; t++) {
        products += s->work[t] * s->work[t - l];
      }
      if (l == 0) {
        sum += products;
      } else {
        lagged += 2.0 * products * (1.0 - (double)l / ((double)s->bandwidth + 1.0));
      }
    }
    n += (double)PetscMax(0, length);
  }
  *variance = sum / n;
  return (sum + lagged) / n;
}

/* Samples minus the mean coefficients[0]. */
static int64_t fill_samples(const Series *s, const double coefficients[2], Segment segment)
{
  for (int64_t t = segment.first; t < segment.end; t++) {
    s->work[t - segment.first] = s->x[t] - coefficients[0];
  }
  return segment.end - segment.first;
}

/* Residuals x(t) - coefficients[0] - coefficients[1] x(t - 1). */
static int64_t fill_residuals(const Series *s, const double coefficients[2], Segment segment)
{
  for (int64_t t = segment.first + 1; t < segment.end; t++) {
    s->work[t - segment.first - 1] = s->x[t] - coefficients[0] - coefficients[1] * s->x[t - 1];
  }
  return segment.end - segment.first - 1;
}

static double mean_of(const Series *s)
{
  double sum = 0;

  for (int64_t k = 0; k < s->n_segments; k++) {
    for (int64_t t = s->segments[k].first; t < s->segments[k].end; t++) {
      sum += s->x[t];
    }
  }
  return sum / (double)s->n_samples;
}

/* P(statistic > the observed one) for stationary series: partial sums of deviations from the mean (Kwiatkowski, Phillips,
   Schmidt & Shin 1992, J. Econometrics 54:159). The tail of the Cramer-von Mises distribution is approximated by 1.08
   times its first term (Zolotarev 1961), which fits at 5 %. */
static double stationary_tail(const Series *s)
{
  const double mean[2] = {mean_of(s), 0}, pi = 3.14159265358979323846, n = (double)s->n_samples;
  double variance, sum = 0, squares = 0;
  const double long_run = long_run_variance(s, fill_samples, mean, &variance);

  for (int64_t k = 0; k < s->n_segments; k++) {
    for (int64_t t = s->segments[k].first; t < s->segments[k].end; t++) {
      sum += s->x[t] - mean[0];
      squares += sum * sum;
    }
  }
  if (!(long_run > 0)) {
    return 1.0;
  }
  return PetscMin(1.0, 1.08 * sqrt(2.0) * erfc(pi * sqrt(0.5 * squares / (n * n * long_run))));
}

/* Dickey & Fuller's t statistic of x(t) = a + b x(t - 1) + e(t) for b = 1, plain and with the correction of Phillips &
   Perron (1988) for correlated e. */
static void unit_root(const Series *s, double *b, double *plain, double *corrected)
{
  double n = 0, sum[2] = {0, 0}, square = 0, product = 0, variance, long_run, se, coefficients[2];

  for (int64_t k = 0; k < s->n_segments; k++) {
    for (int64_t t = s->segments[k].first + 1; t < s->segments[k].end; t++) {
      n += 1.0;
      sum[0] += s->x[t - 1];
      sum[1] += s->x[t];
    }
  }
  for (int64_t k = 0; k < s->n_segments; k++) {
    for (int64_t t = s->segments[k].first + 1; t < s->segments[k].end; t++) {
      square += (s->x[t - 1] - sum[0] / n) * (s->x[t - 1] - sum[0] / n);
      product += (s->x[t - 1] - sum[0] / n) * (s->x[t] - sum[1] / n);
    }
  }
  *b = product / square;
  coefficients[0] = (sum[1] - *b * sum[0]) / n;
  coefficients[1] = *b;
  long_run = long_run_variance(s, fill_residuals, coefficients, &variance);
  se = sqrt(variance * n / (n - 2.0) / square);
  *plain = (*b - 1.0) / se;
  *corrected = sqrt(variance / long_run) * *plain -
               0.5 * (long_run - variance) * n * se / (sqrt(long_run * variance * n / (n - 2.0)));
}

/* A series wanders when KPSS rejects stationarity and a unit root is compatible with it; it explodes when a unit root is too
   small for it. */
static PetscBool looks_stationary(const Series *s, double level)
{
  const double least_root = -2.86, largest_root = 0.6; /* 5 and 99 % points with a constant */
  double b, plain, corrected;

  unit_root(s, &b, &plain, &corrected);
  if (b > 1.0 && plain > largest_root) {
    return PETSC_FALSE;
  }
  return corrected > least_root && stationary_tail(s) < level ? PETSC_FALSE : PETSC_TRUE;
}

/* Most sums over time to which a long spike train is reduced before the tests; what wanders does so slowly. */
enum { MOST_SUMS = 1 << 15 };

/* Sums over `width` samples, as many as fit into each segment; returns their number. */
static int64_t sum_up(const SegmentList *segments, int64_t width, const double x[], double sums[],
                      Segment of_sums[])
{
  int64_t n = 0;

  for (int64_t k = 0; k < segments->n; k++) {
    const Segment s = segments->list[k];

    of_sums[k] = (Segment){n, n + (s.end - s.first) / width};
    for (; n < of_sums[k].end; n++) {
      const double *from = x + s.first + (n - of_sums[k].first) * width;

      sums[n] = 0;
      for (int64_t t = 0; t < width; t++) {
        sums[n] += from[t];
      }
    }
  }
  return n;
}

/* Counts the series of this rank, whose spikes are summed over `width` samples. */
static PetscErrorCode count_wandering(Activity a, double level, int64_t width, int64_t *n_wandering,
                                      int64_t *first)
{
  const int64_t n_sums = width > 1 ? a->n_samples / width : 0;
  Series s = {.segments = a->segments.list, .n_segments = a->segments.n};
  Segment *of_sums;
  double *sums;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(n_sums, &sums, a->segments.n, &of_sums, a->n_samples, &s.work));
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    s.x = ActivityRow(a, i);
    s.n_samples = ActivityRows(a, 0);
    if (width > 1) {
      s.n_samples = sum_up(&a->segments, width, s.x, sums, of_sums);
      s.x = sums;
      s.segments = of_sums;
    }
    s.bandwidth = (int64_t)(4.0 * pow((double)s.n_samples / 100.0, 0.25));
    if (!looks_stationary(&s, level / (double)a->partition.n_global)) {
      *first = PetscMin(*first, a->partition.first + i);
      ++*n_wandering;
    }
  }
  PetscCall(PetscFree3(sums, of_sums, s.work));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityTestStationarity(Activity a, double level, int64_t *n_wandering,
                                        int64_t *first)
{
  const int64_t none = INT64_MAX;
  const int64_t width = a->counts ? (ActivityRows(a, 0) - 1) / MOST_SUMS + 1 : 1;

  PetscFunctionBegin;
  *n_wandering = 0;
  *first = none;
  if (ActivityRows(a, 1) > 2 && ActivityRows(a, width) > 2 * width) {
    PetscCall(count_wandering(a, level, width, n_wandering, first));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, n_wandering, 1, MPI_INT64_T, MPI_SUM, a->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, first, 1, MPI_INT64_T, MPI_MIN, a->comm));
  PetscFunctionReturn(0);
}
