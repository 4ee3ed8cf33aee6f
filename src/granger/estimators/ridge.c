/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Ridge regression. With fewer unknowns than rows, the penalty is added to the diagonal of the Gram
   matrix. A = (G + lambda I)^-1 is formed explicitly, since the test needs the covariance of the
   coefficients, A G A = A - lambda A A. */
#include "estimators/ridge_dual.h"

#include "causeway/error.h"
#include "causeway/internal/core/blas.h"
#include "causeway/log.h"
#include "estimators/least_squares.h"
#include "estimators/penalty.h"

#include <math.h>

static const ParameterWord penalties[] = {{"gcv", "chosen by generalised cross-validation", 0},
                                          {NULL, NULL, 0}};

static const ParameterSpec parameters[] = {
    {.key = "granger_lambda",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "gcv",
     PARAMETER_POSITIVE,
     .words = penalties,
     .text = "Penalty of ridge regression, which is added to the diagonal of X'X",
     PARAMETER_MEMBER(struct _p_Granger, lambda)},
    {.key = NULL}};

/* Whether the regression is solved in the space of the rows. */
static PetscBool is_dual(int64_t n_neurons, int64_t highest_order, int64_t n_rows)
{
  return n_neurons * highest_order >= n_rows ? PETSC_TRUE : PETSC_FALSE;
}

static PetscBool size_is_dual(const GrangerSize *size)
{
  return is_dual(size->n_neurons, size->order, size->n_samples - size->order);
}

/* Chooses the penalty unless the user gives it, and adds it to the Gram matrix. */
static PetscErrorCode penalise(Regression *r)
{
  Granger g = r->granger;
  PetscBool at_border = PETSC_FALSE;
  double total = 0;

  PetscFunctionBegin;
  g->info.lambda = g->lambda;
  if (g->lambda == 0) {
    RidgeSpectrum spectrum;

    for (int64_t i = 0; i < r->n; i++) {
      total += r->target_power[i];
    }
    PetscCall(RidgeSpectrumCreate(&r->gram, &r->rhs, PETSC_TRUE, total, r->n_rows, &spectrum));
    g->info.lambda = RidgeGcv(&spectrum, &at_border);
    PetscCall(RidgeSpectrumFree(&spectrum));
  }
  PetscCall(RidgeSayPenalty(g, at_border));
  r->lambda = g->info.lambda;
  BlockCyclicShiftDiagonal(r->lambda, &r->gram);
  PetscFunctionReturn(0);
}

static PetscErrorCode factor(GrangerSolution *s, Regression *r)
{
  PetscFunctionBegin;
  PetscCall(GramProducts(s, r));
  PetscCall(penalise(r));
  PetscCall(RegressionFactor(r));
  PetscFunctionReturn(0);
}

/* blocks[j] = (A'A)_jj of every source on every rank, A by columns */
static PetscErrorCode squared_blocks(Regression *r, const BlockCyclic *a, double *blocks)
{
  const int p = (int)r->p;
  const int64_t size = r->p * r->p;

  PetscFunctionBegin;
  for (int64_t j = 0; j < r->n_panel[1] && a->local_rows > 0; j++) {
    cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, p, a->local_rows, 1.0,
                a->values + j * p * (int64_t)a->leading, a->leading, 0.0,
                blocks + RegressionNeuron(r, 1, j) * size, p);
  }
  PetscCall(RegressionSum(r, r->n * r->p * r->p, blocks));
  PetscFunctionReturn(0);
}

/* blocks[j] = A_jj */
static PetscErrorCode diagonal_blocks(Regression *r, const BlockCyclic *a, double *blocks)
{
  PetscFunctionBegin;
  for (int64_t j = 0; j < r->n_panel[1]; j++) {
    const int64_t source = RegressionNeuron(r, 1, j);
    const int64_t row = BlockCyclicLocal(source, r->block, r->grid.row, r->grid.rows);

    for (int64_t k = 0; row >= 0 && k < r->p; k++) {
      for (int64_t l = 0; l < r->p; l++) {
        blocks[(source * r->p + k) * r->p + l] =
            a->values[row * r->p + l + (j * r->p + k) * (int64_t)a->leading];
      }
    }
  }
  PetscCall(RegressionSum(r, r->n * r->p * r->p, blocks));
  PetscFunctionReturn(0);
}

/* residual[i] is the penalised objective; less lambda |b_i|^2 it is the residual sum of squares */
static PetscErrorCode remove_penalty(const Regression *r, double *rss)
{
  PetscFunctionBegin;
  PetscCall(PetscArrayzero(rss, r->n));
  for (int64_t i = 0; i < r->rhs.local_columns; i++) {
    const double *b = r->rhs.values + i * (int64_t)r->rhs.leading;

    rss[RegressionNeuron(r, 1, i)] = -r->lambda * cblas_ddot(r->rhs.local_rows, b, 1, b, 1);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, rss, (int)r->n, MPI_DOUBLE, MPI_SUM, r->grid.comm));
  for (int64_t i = 0; i < r->n; i++) {
    rss[i] += r->residual[i];
  }
  PetscFunctionReturn(0);
}

/*
  Computes what the tests of a penalised regression need: growth of the penalised objective of each
  target without each source; wald, b_ij' [(A G A)_jj]^-1 b_ij; residual sums of squares; and
  rows - tr(2 H - H H') - 1, H the hat matrix of the lags without the constant.

  Cost:   2 (N p)^3 flops / ranks, and (N p)^2 more numbers / ranks
  Source: Cule, Vineis & De Iorio 2011, BMC Bioinformatics 12:372
*/
static PetscErrorCode compute_tests(Regression *r, const Partition *part, double *growth,
                                    double *wald, double *rss, double *free_rows)
{
  const double unknowns = (double)(r->n * r->p);
  const int64_t n_blocks = r->n * r->p * r->p;
  double *inverse, *covariance, norm;
  BlockCyclic a, b;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_INVERSE));
  PetscCall(remove_penalty(r, rss));
  PetscCall(BlockCyclicCreate(&r->grid, r->gram.n_rows, r->gram.n_rows, r->gram.row_block,
                              r->gram.column_block, &a));
  PetscCall(BlockCyclicIdentity(&a));
  PetscCall(BlockCyclicSolveLower(&r->gram, PETSC_FALSE, &a));
  PetscCall(BlockCyclicSolveLower(&r->gram, PETSC_TRUE, &a));
  PetscCall(BlockCyclicSquaredNorm(&a, &norm));
  *free_rows = GrangerFreeRows(r->granger, unknowns) + r->lambda * r->lambda * norm;
  PetscCall(RidgeCheckFreedom(r->granger, *free_rows));
  PetscCall(PetscCalloc2(n_blocks, &inverse, n_blocks, &covariance));
  PetscCall(diagonal_blocks(r, &a, inverse));
  PetscCall(squared_blocks(r, &a, covariance));
  for (int64_t k = 0; k < n_blocks; k++) {
    covariance[k] = inverse[k] - r->lambda * covariance[k];
  }
  PetscCall(BlockCyclicFree(&a));
  PetscCall(RegressionFlops(r, 2.0 * unknowns * unknowns * unknowns /
                                   (double)(r->grid.rows * r->grid.columns)));
  PetscCall(LogEventStop(EVENT_GRANGER_INVERSE));
  PetscCall(BlockCyclicCreate(&r->grid, r->rhs.n_rows, r->rhs.n_columns, r->rhs.row_block,
                              r->rhs.column_block, &b));
  PetscCall(BlockCyclicCopy(&r->rhs, &b));
  PetscCall(RegressionQuadratic(r, inverse, part, growth));
  PetscCall(BlockCyclicCopy(&b, &r->rhs));
  PetscCall(RegressionQuadratic(r, covariance, part, wald));
  PetscCall(BlockCyclicFree(&b));
  PetscCall(PetscFree2(inverse, covariance));
  PetscFunctionReturn(0);
}

/* Solves the dual form, which computes coefficients and tests in one pass. */
static PetscErrorCode solve_dual(GrangerSolution *s)
{
  Granger g = s->granger;
  const double start_s = MPI_Wtime();
  PetscErrorCode status;

  PetscFunctionBegin;
  g->used = g->estimator;
  g->info.spectral_radius = NAN;
  status = StatisticsWork(s, PHASE_LAST);
  g->info.regression_s += MPI_Wtime() - start_s;
  PetscFunctionReturn(status);
}

static PetscErrorCode solve(GrangerSolution *s)
{
  const int64_t n_rows = ActivityRows(s->activity, GrangerTerms(s->granger).reach);

  PetscFunctionBegin;
  PetscCall(is_dual(s->partition->n_global, GrangerHighestOrder(s->granger), n_rows)
                ? solve_dual(s)
                : LeastSquaresSolve(s));
  PetscFunctionReturn(0);
}

/* Computes growth and F from the two quadratic forms of the coefficients. */
static PetscErrorCode leave_one_out(GrangerSolution *s, PairSink *sink)
{
  const Regression *r = s->regression;
  const Partition *part = s->partition;
  double *rss, free_rows;

  PetscFunctionBegin;
  if (!r) {
    PetscCall(RidgeDualSolve(s->granger, s->activity, sink));
    PetscFunctionReturn(0);
  }
  PetscCall(PairSinkRows(sink));
  PetscCall(PetscMalloc1(r->n, &rss));
  PetscCall(compute_tests(s->regression, part, sink->gc, sink->f_statistic, rss, &free_rows));
  PetscCall(PairSinkOpen(sink, free_rows));
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t target = part->first + i, at = i * r->n;

    for (int64_t j = at; j < at + r->n; j++) {
      sink->gc[j] /= r->residual[target];
      sink->f_statistic[j] *= free_rows / rss[target] / (double)r->p;
    }
    PetscCall(PairSinkPut(sink, i, 0, r->n, sink->gc + at, sink->f_statistic + at));
  }
  PetscCall(PetscFree(rss));
  PetscFunctionReturn(0);
}

/* Memory in addition to the Gram matrix: the inverse and a copy of the coefficients; eigenvectors
   and their workspace. */
static double numbers(Granger g, const GrangerSize *size)
{
  const double n = (double)size->n_neurons, p = (double)size->order;
  const PetscBool searches = g->lambda == 0 ? PETSC_TRUE : PETSC_FALSE;

  if (size_is_dual(size)) {
    return RidgeDualNumbers(size, searches);
  }
  return GramNumbers(g, size) + n * n / size->ranks * (p * p * (searches ? 5.0 : 1.0) + p + 1.0);
}

static PetscErrorCode check_size(Granger g, const GrangerSize *size)
{
  PetscFunctionBegin;
  if (!size_is_dual(size)) {
    PetscCall(LeastSquaresCheckSize(g, size));
  }
  PetscFunctionReturn(0);
}

static void predict(Granger g, const GrangerSize *size, GrangerCost *cost)
{
  if (size_is_dual(size)) {
    RidgeDualPredict(size, g->lambda == 0 ? PETSC_TRUE : PETSC_FALSE, cost);
  }
}

static PetscErrorCode add_notes(Granger g, Causality causality)
{
  PetscFunctionBegin;
  PetscCall(CausalityNote(causality, granger_method, "lambda", g->info.lambda));
  PetscFunctionReturn(0);
}

const GrangerEstimator EstimatorRidge = {.name = "ridge",
                                         .text = "least squares with a penalty on coefficients",
                                         .note = "ridge VAR with intercept, conditional regression",
                                         .parameters = parameters,
                                         .offers = FIT_PAIRS | FIT_COEFFICIENTS,
                                         .regularised = PETSC_TRUE,
                                         .refuses_lr = PETSC_TRUE,
                                         .error_power = 2,
                                         .more_exact =
                                             "-granger_estimator qr or ridge is more exact",
                                         .remedy = "give a larger -granger_lambda",
                                         .solve = solve,
                                         .factor = factor,
                                         .leave_one_out = leave_one_out,
                                         .numbers = numbers,
                                         .check_size = check_size,
                                         .streams = size_is_dual,
                                         .predict = predict,
                                         .add_notes = add_notes};
