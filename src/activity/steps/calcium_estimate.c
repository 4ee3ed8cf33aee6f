/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steps/calcium_estimate.h"

#include <gsl/gsl_fft_real.h>
#include <math.h>

/* Longest and shortest spectrum [samples]; number of lags beyond the order for estimating the decay. */
enum { LONGEST = 256, SHORTEST = 16, LAGS = 5 };

/* Adds the power in the upper half of the frequencies of n samples, a power of two, with a Hann window. */
static void add_power(int64_t n, const double x[], double *sum, double *count)
{
  double line[LONGEST], mean = 0, window_square = 0;

  for (int64_t t = 0; t < n; t++) {
    mean += x[t] / (double)n;
  }
  for (int64_t t = 0; t < n; t++) {
    const double window = 0.5 - 0.5 * cos(2 * M_PI * (double)t / (double)n);

    line[t] = window * (x[t] - mean);
    window_square += window * window;
  }
  (void)gsl_fft_real_radix2_transform(line, 1, (size_t)n);
  for (int64_t k = n / 4 + 1; k < n / 2; k++) { /* real part at k, imaginary part at n - k */
    *sum += (line[k] * line[k] + line[n - k] * line[n - k]) / window_square;
    *count += 1;
  }
}

PetscErrorCode CalciumNoise(int64_t n_pieces, const Segment pieces[], const double x[],
                            double *noise)
{
  double sum = 0, count = 0;
  int64_t longest = 0, n = SHORTEST;

  PetscFunctionBegin;
  for (int64_t s = 0; s < n_pieces; s++) {
    longest = PetscMax(longest, pieces[s].end - pieces[s].first);
  }
  while (2 * n <= PetscMin(longest, LONGEST)) {
    n *= 2;
  }
  for (int64_t s = 0; s < n_pieces; s++) {
    for (int64_t t = pieces[s].first; t + n <= pieces[s].end; t += n / 2) {
      add_power(n, x + t, &sum, &count);
    }
  }
  *noise = count > 0 ? sqrt(sum / count) : 0;
  PetscFunctionReturn(0);
}

static void covariances(int64_t n_pieces, const Segment pieces[], const double x[], int n_lags,
                        double covariance[])
{
  double mean = 0, count = 0;

  for (int64_t s = 0; s < n_pieces; s++) {
    for (int64_t t = pieces[s].first; t < pieces[s].end; t++) {
      mean += x[t];
      count += 1;
    }
  }
  mean /= count;
  for (int lag = 0; lag < n_lags; lag++) {
    covariance[lag] = 0;
    for (int64_t s = 0; s < n_pieces; s++) {
      for (int64_t t = pieces[s].first + lag; t < pieces[s].end; t++) {
        covariance[lag] += (x[t] - mean) * (x[t - lag] - mean) / count;
      }
    }
  }
}

PetscErrorCode CalciumDynamics(int64_t n_pieces, const Segment pieces[], const double x[],
                               double noise, CalciumModel *model, PetscBool *found)
{
  enum { MOST = LAGS + 3 };
  const int n = LAGS + model->order;
  double c[MOST] = {0}, a[3] = {0, 0, 0}, b[2] = {0, 0}, root;

  PetscFunctionBegin;
  covariances(n_pieces, pieces, x, n + 1, c);
  c[0] -= noise * noise;
  /* Normal equations of c_lag = g_1 c_(lag-1) + g_2 c_(lag-2). Order 1 omits the variance: some of the apparent noise is
     calcium, which would make the decay too slow. */
  for (int lag = model->order == 1 ? 2 : 1; lag <= n; lag++) {
    const double before = c[lag - 1], earlier = c[lag > 1 ? lag - 2 : 2 - lag];

    a[0] += before * before;
    a[1] += before * earlier;
    a[2] += earlier * earlier;
    b[0] += before * c[lag];
    b[1] += earlier * c[lag];
  }
  if (model->order == 1) {
    model->g[0] = b[0] / a[0];
    model->g[1] = 0;
    *found = model->g[0] > 0 && model->g[0] < 1 ? PETSC_TRUE : PETSC_FALSE;
    PetscFunctionReturn(0);
  }
  model->g[0] = (b[0] * a[2] - b[1] * a[1]) / (a[0] * a[2] - a[1] * a[1]);
  model->g[1] = (a[0] * b[1] - a[1] * b[0]) / (a[0] * a[2] - a[1] * a[1]);
  root = model->g[0] * model->g[0] + 4 * model->g[1];
  *found =
      root >= 0 && model->g[0] > 0 && model->g[1] < 0 && model->g[0] + sqrt(PetscMax(root, 0)) < 2
          ? PETSC_TRUE
          : PETSC_FALSE;
  PetscFunctionReturn(0);
}
