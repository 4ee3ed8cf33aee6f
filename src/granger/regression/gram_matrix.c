/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimators/estimator.h"
#include "regression/regression.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>

/* Largest difference of a correlation from +-1 at which two series count as identical. */
static const double same_signal = 1e-12;

/* Collects the centred sum of squares of every neuron on every rank. */
static PetscErrorCode collect_power(Regression *r)
{
  const BlockCyclic *c = &r->products[0];

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(r->n, &r->target_power));
  for (int64_t j = 0; j < c->local_columns; j++) {
    int64_t neuron = RegressionNeuron(r, 1, j);
    int64_t i = BlockCyclicLocal(neuron, r->block, r->grid.row, r->grid.rows);
    double sum = r->sums[1][j * (r->p + 1)];

    if (i >= 0) {
      r->target_power[neuron] =
          c->values[i + j * (int64_t)c->leading] - sum * sum / (double)r->n_rows;
    }
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, r->target_power, (int)r->n, MPI_DOUBLE, MPI_SUM, r->grid.comm));
  PetscFunctionReturn(0);
}

/* Whether ridge regression offers all that the statistics need. */
static PetscBool may_take_ridge(const Regression *r)
{
  for (int k = 0; GrangerEstimatorGet(k); k++) {
    if (GrangerEstimatorGet(k)->regularised &&
        !(r->granger->needs & ~GrangerEstimatorGet(k)->offers)) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

static PetscErrorCode find_duplicates(const Regression *r)
{
  const BlockCyclic *c = &r->products[0];
  const PetscBool ridge = may_take_ridge(r);
  const char *more = !ridge || r->granger->estimator->exact
                         ? ""
                         : "-granger_estimator qr if they are not quite the same, or ";

  for (int64_t j = 0; j < c->local_columns; j++) {
    const int64_t b = RegressionNeuron(r, 1, j);

    for (int64_t i = 0; i < c->local_rows; i++) {
      const int64_t a = RegressionNeuron(r, 0, i);
      double covariance = c->values[i + j * (int64_t)c->leading] - r->sums[0][i * (r->p + 1)] *
                                                                       r->sums[1][j * (r->p + 1)] /
                                                                       (double)r->n_rows;
      double limit = (1.0 - same_signal) * sqrt(r->target_power[a] * r->target_power[b]);

      if (a < b && fabs(covariance) >= limit) {
        return UserError("%s and %s carry the same signal (correlation "
                         "%+.12f), which makes the regression singular; leave one out%s%s%s",
                         ActivityNeuron(r->activity, a), ActivityNeuron(r->activity, b),
                         covariance / sqrt(r->target_power[a] * r->target_power[b]),
                         ridge ? ", or take " : "", more, ridge ? "-granger_estimator ridge" : "");
      }
    }
  }
  return 0;
}

/* Refuses duplicate signals, unless QR may take over: QR can distinguish signals that are only
   nearly identical. */
static PetscErrorCode check_duplicates(Regression *r)
{
  const PetscErrorCode status = ErrorAgree(r->grid.comm, find_duplicates(r));

  PetscFunctionBegin;
  if (status == CAUSEWAY_ERR_USER && GrangerMayUseQr(r->granger)) {
    PetscCall(PetscStrncpy(r->twins, UserErrorMessage(), sizeof(r->twins)));
    PetscFunctionReturn(0);
  }
  PetscFunctionReturn(status);
}

static PetscErrorCode find_constant(const Regression *r)
{
  PetscFunctionBegin;
  for (int64_t i = 0; i < r->n; i++) {
    UserCheck(r->target_power[i] > 0, "%s is constant over the selected samples; leave it out",
              ActivityNeuron(r->activity, i));
  }
  PetscFunctionReturn(0);
}

/* Computes rhs(source j, lag k; target i) = sum x_j(t - k) x_i(t): the transposes of the
   products. */
static PetscErrorCode transpose_products(Regression *r)
{
  BlockCyclic transposed;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &transposed));
  for (int64_t k = 1; k <= r->p; k++) {
    PetscCall(BlockCyclicTranspose(&r->products[k], &transposed));
    for (int64_t i = 0; i < transposed.local_columns; i++) {
      const double *from = transposed.values + i * transposed.leading;
      double *to = r->rhs.values + i * (int64_t)r->rhs.leading + k - 1;

      for (int64_t j = 0; j < transposed.local_rows; j++) {
        to[j * r->p] = from[j];
      }
    }
  }
  PetscCall(BlockCyclicFree(&transposed));
  PetscFunctionReturn(0);
}

/* Change from the sum of x_j(t - s + 1) x_m(t - s - d + 1) to that of x_j(t - s) x_m(t - s - d): in
   each segment the sum moves back by one sample, gains the product before the first row and loses
   that of the last. */
static double shift(const Regression *r, const double *borders[4], int64_t s, int64_t other)
{
  double sum = 0;

  for (int64_t k = 0; k < r->n_segments; k++) {
    const int64_t at = (k + 1) * r->p;

    sum +=
        borders[0][at - s] * borders[1][at - other] - borders[2][at - s] * borders[3][at - other];
  }
  return sum;
}

/* Of filters, whose products are those of series less their means. */
static void filter_block(const Regression *r, int64_t j, int64_t m, int64_t leading, double *block)
{
  const double *products = r->gram.values + (j + m * (int64_t)r->gram.leading) * r->p;

  for (int64_t q = 0; q < r->p; q++) {
    for (int64_t l = 0; l < r->p; l++) {
      block[l + q * leading] = products[l + q * (int64_t)r->gram.leading];
    }
  }
}

/* Along its diagonals. Below the main one the roles of the two neurons are exchanged. */
static void lag_block(const Regression *r, int64_t j, int64_t m, int64_t leading,
                      double *restrict block)
{
  const int64_t p = r->p, length = r->n_segments * p;
  const double *borders[4] = {r->head[0] + j * length, r->head[1] + m * length,
                              r->tail[0] + j * length, r->tail[1] + m * length};
  const double *sum_j = r->sums[0] + j * (p + 1), *sum_m = r->sums[1] + m * (p + 1);
  const double scale = 1.0 / (double)r->n_rows;

  for (int64_t d = 0; d < p; d++) {
    double upper = r->products[d].values[j + m * (int64_t)r->products[d].leading];
    double lower = d ? r->rhs.values[j * p + d - 1 + m * (int64_t)r->rhs.leading] : 0.0;

    for (int64_t s = 1; s + d <= p; s++) {
      upper += shift(r, borders, s, s + d);
      block[s - 1 + (s + d - 1) * leading] = upper - sum_j[s] * sum_m[s + d] * scale;
      if (d > 0) {
        lower += shift(r, borders, s + d, s);
        block[s + d - 1 + (s - 1) * leading] = lower - sum_j[s + d] * sum_m[s] * scale;
      }
    }
  }
}

void RegressionLagBlock(const Regression *r, int64_t j, int64_t m, int64_t leading, double *block)
{
  (r->basis.filter ? filter_block : lag_block)(r, j, m, leading, block);
}

/* Only the lower triangle is filled: nothing reads the rest, and zeros there let later sums over
   whole columns of L^-1 be plain. */
static void fill_gram(Regression *r)
{
  const int64_t p = r->p, leading = r->gram.leading;

  for (int64_t m = 0; m < r->n_panel[1]; m++) {
    const int64_t source_m = RegressionNeuron(r, 1, m);

    for (int64_t j = 0; j < r->n_panel[0]; j++) {
      const int64_t source_j = RegressionNeuron(r, 0, j);
      double *block = r->gram.values + j * p + m * p * leading;

      if (source_j < source_m) {
        for (int64_t e = 0; r->basis.filter && e < p * p; e++) {
          block[e % p + e / p * leading] = 0.0;
        }
        continue;
      }
      RegressionLagBlock(r, j, m, leading, block);
      if (source_j == source_m) {
        for (int64_t q = 0; q < p; q++) {
          for (int64_t l = 0; l < q; l++) {
            block[l + q * leading] = 0.0;
          }
        }
      }
    }
  }
}

static void center_rhs(Regression *r)
{
  const double scale = 1.0 / (double)r->n_rows;

  for (int64_t i = 0; i < r->n_panel[1]; i++) {
    for (int64_t j = 0; j < r->n_panel[0]; j++) {
      for (int64_t k = 1; k <= r->p; k++) {
        r->rhs.values[j * r->p + k - 1 + i * (int64_t)r->rhs.leading] -=
            r->sums[0][j * (r->p + 1) + k] * r->sums[1][i * (r->p + 1)] * scale;
      }
    }
  }
}

/* Computes Y'Y of the centred series in place of the product at lag 0. */
static void take_covariance(Regression *r)
{
  r->covariance = r->products[0];
  r->products[0].values = NULL;
  for (int64_t j = 0; j < r->n_panel[1]; j++) {
    for (int64_t i = 0; i < r->n_panel[0]; i++) {
      r->covariance.values[i + j * (int64_t)r->covariance.leading] -=
          r->sums[0][i * (r->p + 1)] * r->sums[1][j * (r->p + 1)] / (double)r->n_rows;
    }
  }
}

PetscErrorCode RegressionAllocateGram(Regression *r)
{
  const int block = (int)(r->block * r->p);

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(&r->grid, r->n * r->p, r->n, block, r->block, &r->rhs));
  if (GrangerNeedsModel(r->granger) || r->basis.filter) {
    PetscCall(BlockCyclicCreate(&r->grid, r->n * r->p, r->n * r->p, block, block, &r->gram));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionRightSides(Regression *r)
{
  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_GRAM));
  PetscCall(collect_power(r));
  PetscCall(find_constant(r));
  if (!r->granger->estimator->regularised) {
    PetscCall(check_duplicates(r));
  }
  if (r->rhs.n_rows == 0) {
    PetscCall(RegressionAllocateGram(r));
  }
  PetscCall(transpose_products(r));
  PetscCall(LogEventStop(EVENT_GRANGER_GRAM));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionGram(Regression *r)
{
  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_GRAM));
  if (GrangerNeedsModel(r->granger)) {
    fill_gram(r);
    center_rhs(r);
  }
  if (r->granger->needs & FIT_COVARIANCE) {
    take_covariance(r);
  }
  for (int64_t k = 0; k <= r->p; k++) {
    PetscCall(BlockCyclicFree(&r->products[k]));
  }
  PetscCall(LogEventStop(EVENT_GRANGER_GRAM));
  PetscFunctionReturn(0);
}
