/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Ridge regression with fewer unknowns than rows: the penalty goes on the diagonal of the Gram matrix, and A =
   (G + lambda I)^-1 is formed, since the test needs the covariance of the coefficients, A G A = A - lambda A A. */
#include "ridge.h"

#include "granger_impl.h"

#include "blas.h"
#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>

PetscErrorCode GrangerSayPenalty(Granger g, PetscBool at_border)
{
  PetscFunctionBegin;
  if (g->lambda == 0) {
    PetscCall(
        LogPrintf("granger    penalty %.6g by generalised cross-validation\n", g->info.lambda));
  }
  if (at_border) {
    PetscCall(LogWarning(
        "generalised cross-validation has its minimum at an end of the penalties that were "
        "tried; give granger_lambda\n"));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerCheckFreedom(Granger g, double free_rows)
{
  PetscFunctionBegin;
  UserCheck(free_rows >= 1.0,
            "ridge regression with the penalty %.3g leaves %.2g of %lld rows to its residuals, and "
            "a test needs at least 1; give a larger -granger_lambda, lower granger_order or record "
            "longer",
            g->info.lambda, free_rows, (long long)g->info.n_rows);
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionPenalise(Regression *r)
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
  PetscCall(GrangerSayPenalty(g, at_border));
  r->lambda = g->info.lambda;
  BlockCyclicShiftDiagonal(r->lambda, &r->gram);
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

PetscErrorCode RegressionRidgeTests(Regression *r, const Partition *part, double *growth,
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
  PetscCall(GrangerCheckFreedom(r->granger, *free_rows));
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
