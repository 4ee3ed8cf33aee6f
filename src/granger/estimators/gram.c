/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Least squares by the Cholesky factor of the Gram matrix, whose entries are sums of lagged
   products. */
#include "estimators/least_squares.h"

#include <math.h>

/* Share of a vector in a process row and column that comes from other ranks, in the update of a
   triangle. */
static double triangle_share(int rows, int columns)
{
  return (1.0 - 1.0 / columns) / rows + (1.0 - 1.0 / rows) / columns;
}

/* The terms are: panels of both sides; transposes; factor and its inverse; two solutions; radius;
   statistics. */
void GramPredict(Granger g, const GrangerSize *size, GrangerCost *cost)
{
  const double n = (double)size->n_neurons, p = (double)size->order, t = (double)size->n_samples;
  const int ranks = size->ranks;
  const double unknowns = n * p, others = 1.0 - 1.0 / ranks, panels = ceil((t - p) / 2048.0);
  int rows, columns;
  double numbers, block;

  ProcessGridShape(ranks, &rows, &columns);
  block = GrangerBlockNeurons(g, (int64_t)p, (int64_t)n, rows, columns);
  numbers = others * n * (t / rows + (t + p * panels) / columns);
  numbers += others * (2.0 * p + 1.0) * n * n / ranks + n * (p * p + 32.0 * p);
  numbers += 1.075 * unknowns * unknowns * triangle_share(rows, columns);
  numbers += unknowns * unknowns * (1.0 - 1.0 / columns) / rows +
             3.5 * unknowns * n * (1.0 - 1.0 / rows) / columns;
  cost->received = 8.0 * numbers;
  cost->messages = 192.0 * p + 100.0 + 32.0 * n / block + 2.0 * (ranks - 1.0) * (panels + 3.0);
  cost->flops = (2.0 * (p + 1.0) * n * n * (t - p) + 2.0 / 3.0 * unknowns * unknowns * unknowns +
                 2.0 * unknowns * unknowns * n) /
                ranks;
}

const GrangerEstimator EstimatorGram = {
    .name = "gram",
    .text = "least squares by the Gram matrix",
    .note = "ordinary least squares VAR with intercept, conditional regression, Cholesky of "
            "the shifted Gram matrix",
    .offers = FIT_PRODUCTS | FIT_PAIRS | FIT_COVARIANCE | FIT_COEFFICIENTS,
    .error_power = 2,
    .more_exact = "-granger_estimator qr or ridge is more exact",
    .remedy = "take -granger_estimator qr if it is nearly so, or -granger_estimator ridge",
    .solve = LeastSquaresSolve,
    .factor = GramFactor,
    .leave_one_out = LeastSquaresLeaveOneOut,
    .numbers = GramNumbers,
    .check_size = LeastSquaresCheckSize,
    .predict = GramPredict};
