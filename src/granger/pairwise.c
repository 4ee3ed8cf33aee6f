/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Causality of every ordered pair by itself, from blocks of lagged products that the process has. The
   pasts of single neurons are made white first, G_aa = L_a L_a': with Q = L_a^-1 G_ab L_b^-T and w_b =
   L_b^-1 X_b'y_b, adding the past of a to the own past of b explains
     D = |K^-1 (L_a^-1 X_a'y_b - Q w_b)|^2 with K K' = I - Q Q',
   and Q' serves the other direction. */
#include "granger_impl.h"

#include "blas.h"
#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>

/* LAPACK comes without a C header in Debian's OpenBLAS. */
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);

/* Regressions of the neurons on their own pasts, on every rank. */
typedef struct {
  double *factor;   /* (N, p, p) L of each neuron */
  double *white;    /* (N, p) w of each neuron */
  double *residual; /* (N) residual sum of squares */
} OwnPasts;

/* Pairs of this process below the diagonal, row neuron a > column neuron b, and what it takes. */
typedef struct {
  BlockCyclic down, up; /* (N, N) at (a, b): growth of the residual of b by a, and of a by b */
  double *q, *rest;     /* (p, p) */
  double *row_past, *col_past; /* (p) X_a'y_b and X_b'y_a, then L^-1 of them */
} Pairs;

/* A = L L' of p x p; false when a column keeps less than the least share of `scale`, the size of its diagonal entries. */
static PetscBool factorises(int p, double scale, double *a)
{
  int info;

  dpotrf_("L", &p, a, &p, &info);
  for (int64_t k = 0; !info && k < p; k++) {
    info = a[k * p + k] * a[k * p + k] > least_share * scale ? 0 : 1;
  }
  return info ? PETSC_FALSE : PETSC_TRUE;
}

/* sum over rows of x_j(t - k) x_i(t), k = 1 .. p, centred; source j of the rows, target i of the columns */
static void past_of_row(const Regression *r, int64_t j, int64_t i, double *past)
{
  const double *sum_j = r->sums[0] + j * (r->p + 1), *sum_i = r->sums[1] + i * (r->p + 1);
  const double *products = r->rhs.values + j * r->p + i * (int64_t)r->rhs.leading;

  for (int64_t k = 1; k <= r->p; k++) {
    past[k - 1] = products[k - 1] - sum_j[k] * sum_i[0] / (double)r->n_rows;
  }
}

/* The same with target i of the rows and source j of the columns. */
static void past_of_column(const Regression *r, int64_t i, int64_t j, double *past)
{
  const double *sum_i = r->sums[0] + i * (r->p + 1), *sum_j = r->sums[1] + j * (r->p + 1);

  for (int64_t k = 1; k <= r->p; k++) {
    past[k - 1] = r->products[k].values[i + j * (int64_t)r->products[k].leading] -
                  sum_i[0] * sum_j[k] / (double)r->n_rows;
  }
}

/* Factors of the neurons whose diagonal block is here; the first that has none is the error. */
static PetscErrorCode factor_own(const Regression *r, OwnPasts *own)
{
  const int p = (int)r->p;
  PetscErrorCode status = 0;

  for (int64_t j = 0; j < r->n_panel[1] && !status; j++) {
    const int64_t neuron = RegressionNeuron(r, 1, j);
    const int64_t i = BlockCyclicLocal(neuron, r->block, r->grid.row, r->grid.rows);
    double *factor = own->factor + neuron * p * p, *white = own->white + neuron * p;

    if (i < 0) {
      continue;
    }
    RegressionLagBlock(r, i, j, p, factor);
    past_of_row(r, i, j, white);
    if (!factorises(p, r->target_power[neuron], factor)) {
      status =
          UserError("the past of %s at some lag is a combination of its other "
                    "lags, which makes its pairs singular; leave it out or lower granger_order",
                    ActivityNeuron(r->activity, neuron));
    } else {
      cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, p, factor, p, white, 1);
    }
  }
  return status;
}

static PetscErrorCode own_pasts(Regression *r, OwnPasts *own)
{
  const int p = (int)r->p;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(r->n * p * p, &own->factor, r->n * p, &own->white, r->n, &own->residual));
  PetscCall(ErrorAgree(r->grid.comm, factor_own(r, own)));
  PetscCall(RegressionSum(r, r->n * p * p, own->factor));
  PetscCall(RegressionSum(r, r->n * p, own->white));
  for (int64_t i = 0; i < r->n; i++) {
    const double *white = own->white + i * p;

    own->residual[i] = r->target_power[i] - cblas_ddot(p, white, 1, white, 1);
    UserCheck(own->residual[i] > least_share * r->target_power[i],
              "%s is predicted exactly by its own past, its statistics are not "
              "defined; leave it out",
              ActivityNeuron(r->activity, i));
  }
  PetscFunctionReturn(0);
}

/* D of one direction: `past` is L^-1 X'y of the source, Q has the source along its rows, or its columns when
   transposed. Negative when the two pasts are linearly dependent. */
static double explained(int p, const double *q, PetscBool transposed, const double *white_target,
                        double *past, double *rest)
{
  cblas_dgemv(CblasColMajor, transposed ? CblasTrans : CblasNoTrans, p, p, -1.0, q, p, white_target,
              1, 1.0, past, 1);
  for (int64_t k = 0; k < p * (int64_t)p; k++) {
    rest[k] = 0.0;
  }
  for (int64_t k = 0; k < p; k++) {
    rest[k * p + k] = 1.0;
  }
  cblas_dsyrk(CblasColMajor, CblasLower, transposed ? CblasTrans : CblasNoTrans, p, p, -1.0, q, p,
              1.0, rest, p);
  if (!factorises(p, 1.0, rest)) {
    return -1.0;
  }
  cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, p, rest, p, past, 1);
  return cblas_ddot(p, past, 1, past, 1);
}

/* Relative growth of the residual of a target without the source. */
static PetscErrorCode growth_of(const Regression *r, const OwnPasts *own, int64_t target,
                                int64_t source, double gain, double *growth)
{
  const double residual = own->residual[target] - gain;

  if (gain < 0) {
    return UserError("the past of %s and that of %s are linearly "
                     "dependent, which makes their regression singular; leave one out or lower "
                     "granger_order",
                     ActivityNeuron(r->activity, source), ActivityNeuron(r->activity, target));
  }
  if (residual <= least_share * r->target_power[target]) {
    return UserError("%s is predicted exactly by its own past and that of %s, its statistics are "
                     "not defined; leave one out",
                     ActivityNeuron(r->activity, target), ActivityNeuron(r->activity, source));
  }
  *growth = gain / residual;
  return 0;
}

/* Both directions of the pair of row neuron i and column neuron j. */
static PetscErrorCode solve_pair(const Regression *r, const OwnPasts *own, int64_t i, int64_t j,
                                 Pairs *pairs)
{
  const int p = (int)r->p;
  const int64_t a = RegressionNeuron(r, 0, i), b = RegressionNeuron(r, 1, j);
  const int64_t at = i + j * (int64_t)pairs->down.leading;
  const double *factor_a = own->factor + a * p * p, *factor_b = own->factor + b * p * p;
  PetscErrorCode status;
  double gain;

  RegressionLagBlock(r, i, j, p, pairs->q);
  cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, p, p, 1.0, factor_a,
              p, pairs->q, p);
  cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, p, p, 1.0, factor_b,
              p, pairs->q, p);
  past_of_row(r, i, j, pairs->row_past);
  cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, p, factor_a, p,
              pairs->row_past, 1);
  gain = explained(p, pairs->q, PETSC_FALSE, own->white + b * p, pairs->row_past, pairs->rest);
  status = growth_of(r, own, b, a, gain, &pairs->down.values[at]);
  if (status) {
    return status;
  }
  past_of_column(r, i, j, pairs->col_past);
  cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, p, factor_b, p,
              pairs->col_past, 1);
  gain = explained(p, pairs->q, PETSC_TRUE, own->white + a * p, pairs->col_past, pairs->rest);
  return growth_of(r, own, a, b, gain, &pairs->up.values[at]);
}

static PetscErrorCode solve_pairs(Regression *r, const OwnPasts *own, Pairs *pairs)
{
  PetscErrorCode status = 0;
  int64_t done = 0;

  PetscFunctionBegin;
  for (int64_t j = 0; j < r->n_panel[1]; j++) {
    for (int64_t i = 0; i < r->n_panel[0] && !status; i++) {
      if (RegressionNeuron(r, 0, i) > RegressionNeuron(r, 1, j)) {
        status = solve_pair(r, own, i, j, pairs);
        done++;
      }
    }
  }
  PetscCall(ErrorAgree(r->grid.comm, status));
  PetscCall(RegressionFlops(r, 14.0 / 3.0 * (double)done * pow((double)r->p, 3.0)));
  PetscFunctionReturn(0);
}

/* (source, target): what lies above the diagonal was found below it */
static PetscErrorCode by_target(Regression *r, Pairs *pairs, double *growth)
{
  BlockCyclic above;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &above));
  PetscCall(BlockCyclicTranspose(&pairs->up, &above));
  for (int64_t k = 0; k < (int64_t)above.leading * above.local_columns; k++) {
    pairs->down.values[k] += above.values[k];
  }
  PetscCall(BlockCyclicFree(&above));
  /* a column of the (source, target) matrix is a row of the (target, source) one */
  PetscCall(BlockCyclicToColumns(&pairs->down, r->partition->block, growth));
  PetscFunctionReturn(0);
}

static PetscErrorCode solve(Regression *r, OwnPasts *own, Pairs *pairs, double *growth)
{
  PetscFunctionBegin;
  PetscCall(own_pasts(r, own));
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &pairs->down));
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &pairs->up));
  PetscCall(PetscMalloc4(r->p * r->p, &pairs->q, r->p * r->p, &pairs->rest, r->p, &pairs->row_past,
                         r->p, &pairs->col_past));
  PetscCall(solve_pairs(r, own, pairs));
  PetscCall(by_target(r, pairs, growth));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionPairwise(Regression *r, double *growth)
{
  OwnPasts own = {0};
  Pairs pairs = {0};
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_PAIRWISE));
  status = solve(r, &own, &pairs, growth);
  PetscCall(PetscFree4(pairs.q, pairs.rest, pairs.row_past, pairs.col_past));
  PetscCall(BlockCyclicFree(&pairs.down));
  PetscCall(BlockCyclicFree(&pairs.up));
  PetscCall(PetscFree3(own.factor, own.white, own.residual));
  PetscCall(LogEventStop(EVENT_GRANGER_PAIRWISE));
  PetscFunctionReturn(status);
}
