/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimators/penalty.h"

#include "causeway/error.h"
#include "causeway/internal/linalg/decompositions.h"
#include "causeway/log.h"

#include <math.h>

/* weights[k] = |row k of V'B|^2, on every rank */
static PetscErrorCode project(const BlockCyclic *vectors, const BlockCyclic *b, double *weights)
{
  BlockCyclic c;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(b->grid, b->n_rows, b->n_columns, b->row_block, b->column_block, &c));
  PetscCall(BlockCyclicMultiply(PETSC_TRUE, PETSC_FALSE, 1.0, vectors, b, 0.0, &c));
  PetscCall(PetscArrayzero(weights, b->n_rows));
  for (int64_t k = 0; k < c.local_rows; k++) {
    const int64_t row = BlockCyclicGlobal(k, c.row_block, c.grid->row, c.grid->rows);

    for (int64_t i = 0; i < c.local_columns; i++) {
      const double value = c.values[k + i * (int64_t)c.leading];

      weights[row] += value * value;
    }
  }
  PetscCall(BlockCyclicFree(&c));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, weights, b->n_rows, MPI_DOUBLE, MPI_SUM, b->grid->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode RidgeSpectrumCreate(const BlockCyclic *a, const BlockCyclic *b, PetscBool primal,
                                   double total, int64_t n_rows, RidgeSpectrum *s)
{
  const double negligible = 1e-13;
  BlockCyclic copy, vectors;

  PetscFunctionBegin;
  *s = (RidgeSpectrum){.n = a->n_rows, .n_rows = n_rows, .rest = total};
  PetscCall(PetscMalloc2(s->n, &s->squares, s->n, &s->power));
  PetscCall(BlockCyclicCreate(a->grid, s->n, s->n, a->row_block, a->column_block, &copy));
  PetscCall(BlockCyclicCreate(a->grid, s->n, s->n, a->row_block, a->column_block, &vectors));
  PetscCall(PetscArraycpy(copy.values, a->values, (int64_t)a->leading * a->local_columns));
  PetscCall(BlockCyclicEigen(&copy, s->squares, &vectors));
  PetscCall(BlockCyclicFree(&copy));
  PetscCall(project(&vectors, b, s->power));
  PetscCall(BlockCyclicFree(&vectors));
  for (int64_t k = 0; k < s->n; k++) {
    const PetscBool null =
        s->squares[k] <= negligible * s->squares[s->n - 1] ? PETSC_TRUE : PETSC_FALSE;

    s->squares[k] = null ? 0.0 : s->squares[k];
    if (primal) {
      s->power[k] = null ? 0.0 : s->power[k] / s->squares[k];
    }
    s->rest -= s->power[k];
  }
  s->rest = PetscMax(0.0, s->rest);
  PetscFunctionReturn(0);
}

PetscErrorCode RidgeSpectrumFree(RidgeSpectrum *s)
{
  PetscFunctionBegin;
  PetscCall(PetscFree2(s->squares, s->power));
  PetscFunctionReturn(0);
}

static double gcv(const RidgeSpectrum *s, double lambda)
{
  double residual = s->rest, trace = 1.0; /* the intercept */

  for (int64_t k = 0; k < s->n; k++) {
    const double share = lambda / (lambda + s->squares[k]);

    residual += s->power[k] * share * share;
    trace += 1.0 - share;
  }
  return residual / (((double)s->n_rows - trace) * ((double)s->n_rows - trace));
}

/* Derivative of log(gcv) with respect to log(lambda). At a flat minimum, rounding moves the zero of
   the derivative far less than the position of the lowest value, which would depend on the number
   of ranks. */
static double gcv_slope(const RidgeSpectrum *s, double lambda)
{
  double residual = s->rest, trace = 1.0, residual_slope = 0, trace_slope = 0;

  for (int64_t k = 0; k < s->n; k++) {
    const double share = lambda / (lambda + s->squares[k]), rest = 1.0 - share;

    residual += s->power[k] * share * share;
    trace += rest;
    residual_slope += 2.0 * s->power[k] * share * share * rest;
    trace_slope -= share * rest;
  }
  return residual_slope / residual + 2.0 * trace_slope / ((double)s->n_rows - trace);
}

double RidgeGcv(const RidgeSpectrum *s, PetscBool *at_border)
{
  enum { STEPS = 90, REFINEMENTS = 50 };
  const double decade = log(10.0);
  double mean = 0, low, high, best = 0;
  int at = 0;

  for (int64_t k = 0; k < s->n; k++) {
    mean += s->squares[k] / (double)s->n;
  }
  low = log(mean) - 6.0 * decade;
  high = log(mean) + 3.0 * decade;
  for (int k = 0; k <= STEPS; k++) {
    const double value = gcv(s, exp(low + (high - low) * k / STEPS));

    if (k == 0 || value < best) {
      best = value;
      at = k;
    }
  }
  *at_border = at == 0 || at == STEPS ? PETSC_TRUE : PETSC_FALSE;
  const double step = (high - low) / STEPS, centre = low + at * step;
  double a = centre - step, b = centre + step;

  for (int k = 0; k < REFINEMENTS && !*at_border; k++) {
    const double middle = 0.5 * (a + b);

    if (gcv_slope(s, exp(middle)) > 0) {
      b = middle;
    } else {
      a = middle;
    }
  }
  return exp(*at_border ? centre : 0.5 * (a + b));
}

PetscErrorCode RidgeSayPenalty(Granger g, PetscBool at_border)
{
  PetscFunctionBegin;
  if (g->lambda == 0) {
    PetscCall(
        LogPrintf("granger    penalty %.6g by generalised cross-validation\n", g->info.lambda));
  }
  if (at_border) {
    PetscCall(LogWarning("generalised cross-validation has its minimum at an end of the range of "
                         "penalties tried; set granger_lambda\n"));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RidgeCheckFreedom(Granger g, double free_rows)
{
  PetscFunctionBegin;
  UserCheck(isfinite(free_rows),
            "the penalty %.3g of ridge regression is too large for the products of the data; give "
            "a smaller -granger_lambda",
            g->info.lambda);
  UserCheck(free_rows >= 1.0,
            "ridge regression with the penalty %.3g leaves %.2g degrees of freedom of %lld rows to "
            "the residuals, but a test needs at least 1; give a larger -granger_lambda, lower "
            "granger_order or record "
            "longer",
            g->info.lambda, free_rows, (long long)g->info.n_rows);
  PetscFunctionReturn(0);
}
