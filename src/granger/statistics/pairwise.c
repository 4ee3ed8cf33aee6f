/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pairwise causality of every ordered pair, from the local blocks of lagged products. The pasts of
   single neurons are whitened first, G_aa = L_a L_a'. With Q = L_a^-1 G_ab L_b^-T and w_b =
   L_b^-1 X_b'y_b, adding the past of a to the own past of b explains
     D = |K^-1 (L_a^-1 X_a'y_b - Q w_b)|^2 with K K' = I - Q Q',
   and Q' serves the other direction. */
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "causeway/internal/core/blas.h"
#include "causeway/log.h"

#include "pairs.h"
#include "regression/regression.h"

#include <math.h>

enum { PAIRWISE_GC, PAIRWISE_P };

/* Regressions of all neurons on their own pasts, on every rank. */
typedef struct {
  double *factor;   /* (N, p, p) L of each neuron */
  double *white;    /* (N, p) w of each neuron */
  double *residual; /* (N) residual sum of squares */
} OwnPasts;

/* Local pairs below the diagonal, row neuron a > column neuron b, and workspace. */
typedef struct {
  BlockCyclic down, up; /* (N, N) at (a, b): growth of the residual of b by a, and of a by b */
  double *q, *rest;     /* (p, p) */
  double *row_past, *col_past; /* (p) X_a'y_b and X_b'y_a, then L^-1 of them */
} Pairs;

/* Factors the p x p matrix A = L L'; false when a column keeps less than the least share of
   `scale`, the size of the diagonal entries. */
static PetscBool factorises(int p, double scale, double *a)
{
  int info;

  dpotrf_("L", &p, a, &p, &info);
  for (int64_t k = 0; !info && k < p; k++) {
    info = a[k * p + k] * a[k * p + k] > least_share * scale ? 0 : 1;
  }
  return info ? PETSC_FALSE : PETSC_TRUE;
}

/* Centred sum over rows of x_j(t - k) x_i(t), k = 1 .. p, for source j of the rows and target i of
   the columns. */
static void past_of_row(const Regression *r, int64_t j, int64_t i, double *past)
{
  const double *sum_j = r->sums[0] + j * (r->p + 1), *sum_i = r->sums[1] + i * (r->p + 1);
  const double *products = r->rhs.values + j * r->p + i * (int64_t)r->rhs.leading;

  for (int64_t k = 1; k <= r->p; k++) {
    past[k - 1] = products[k - 1] - sum_j[k] * sum_i[0] / (double)r->n_rows;
  }
}

/* The same for target i of the rows and source j of the columns. */
static void past_of_column(const Regression *r, int64_t i, int64_t j, double *past)
{
  const double *sum_i = r->sums[0] + i * (r->p + 1), *sum_j = r->sums[1] + j * (r->p + 1);

  for (int64_t k = 1; k <= r->p; k++) {
    past[k - 1] = r->products[k].values[i + j * (int64_t)r->products[k].leading] -
                  sum_i[0] * sum_j[k] / (double)r->n_rows;
  }
}

/* Factors the diagonal blocks stored on this rank; the first singular one is the error. */
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
      status = UserError("the past of %s at some lag is a combination of its other "
                         "lags, which makes the regressions of its pairs singular; leave it out or "
                         "lower granger_order",
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
    UserCheck(
        own->residual[i] > least_share * r->target_power[i],
        "%s is predicted exactly by its own past, so its statistics are not defined; leave it out",
        ActivityNeuron(r->activity, i));
  }
  PetscFunctionReturn(0);
}

/* Computes D of one direction. `past` is L^-1 X'y of the source; Q has the source along its rows,
   or its columns when transposed. Returns a negative number when the two pasts are linearly
   dependent. */
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
    return UserError("%s is predicted exactly by its own past and that of %s, so its statistics "
                     "are not defined; leave one out",
                     ActivityNeuron(r->activity, target), ActivityNeuron(r->activity, source));
  }
  *growth = gain / residual;
  return 0;
}

/* Solves both directions of the pair of row neuron i and column neuron j. */
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

/* Arranges growth as (source, target); entries above the diagonal were computed below it. */
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

/* Computes the growth of every target's residual without the source, in the regression on the pasts
   of the two alone.
   Cost: 7/3 N^2 p^3 flops / ranks; N (p^2 + p) numbers on every rank, 3 N^2 / ranks */
static PetscErrorCode find_growth(GrangerSolution *s, StatisticUse *use)
{
  OwnPasts own = {0};
  Pairs pairs = {0};
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_PAIRWISE));
  status = solve(s->regression, &own, &pairs, use->values[PAIRWISE_GC]);
  PetscCall(PetscFree4(pairs.q, pairs.rest, pairs.row_past, pairs.col_past));
  PetscCall(BlockCyclicFree(&pairs.down));
  PetscCall(BlockCyclicFree(&pairs.up));
  PetscCall(PetscFree3(own.factor, own.white, own.residual));
  PetscCall(LogEventStop(EVENT_GRANGER_PAIRWISE));
  PetscFunctionReturn(status);
}

/* Computes causality and its test from that growth. */
static PetscErrorCode fill(GrangerSolution *s, StatisticUse *use)
{
  Granger g = s->granger;
  const Partition *part = s->partition;
  double *gc = use->values[PAIRWISE_GC], *p_value = use->values[PAIRWISE_P];
  const double p = (double)g->info.order;
  const double free_rows = GrangerFreeRows(g, 2.0 * p);
  const int64_t n = part->n_global;
  const PetscBool lr = g->test == TEST_LIKELIHOOD_RATIO ? PETSC_TRUE : PETSC_FALSE;
  Tail tail;

  PetscFunctionBegin;
  PetscCall(TailCreate(lr, p, free_rows, part->n_local * n, &tail));
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      const double ratio = gc[i * n + j];

      gc[i * n + j] = log1p(ratio);
      p_value[i * n + j] =
          PairTail(g, &tail, part->first + i, j,
                   lr ? LikelihoodRatioScale(p, free_rows) * gc[i * n + j] : ratio / p * free_rows,
                   lr ? 1.0 : p);
    }
  }
  PetscCall(TailFree(&tail));
  PetscFunctionReturn(0);
}

static int list_scores(Granger g, const StatisticUse *use, GrangerScore list[])
{
  (void)use;
  list[PAIRWISE_GC] = (GrangerScore){
      .info = {.reading = "pairwise_gc",
               .description =
                   "log of the ratio of residual variances without and with the source, in the "
                   "regression on the pasts of target and source alone",
               .order = 101,
               .p_value = "pairwise_p_value"}};
  list[PAIRWISE_P] = (GrangerScore){
      .info = {.reading = "pairwise_p_value",
               .description =
                   PairTests[g->test == TEST_LIKELIHOOD_RATIO ? TEST_LIKELIHOOD_RATIO : TEST_F],
               .role = ROLE_P_VALUE,
               .sense = SENSE_SMALLER}};
  return PAIRWISE_P + 1;
}

static PetscErrorCode check_rows(Granger g, const StatisticUse *use, int64_t n_neurons,
                                 int64_t n_rows, int64_t n_samples)
{
  const int64_t order = GrangerHighestOrder(g);

  PetscFunctionBegin;
  (void)use;
  (void)n_neurons;
  UserCheck(2 * order + 1 + g->n_fitted < n_rows,
            "the regression of a pair on 2 x %lld lags and %s needs more than the %lld rows that "
            "%lld samples give; lower %s or record longer",
            (long long)order, g->n_fitted ? "the constant and trends" : "a constant",
            (long long)n_rows, (long long)n_samples, GrangerOrderKey(g));
  PetscFunctionReturn(0);
}

/* Memory of both directions and a transpose; of the regressions on own pasts on every rank. */
static double numbers(Granger g, const StatisticUse *use, const GrangerSize *size)
{
  const double n = (double)size->n_neurons, p = (double)size->order;

  (void)g;
  (void)use;
  return 3.0 * n * n / size->ranks + n * (p * p + p + 1.0);
}

/* Keeps the result, which cannot be recomputed once the factor has replaced the products; or the
   reason for its failure. */
static PetscErrorCode keep(Granger g, StatisticUse *use, const Partition *part, Snapshot s)
{
  const int64_t n = part->n_global, length = sizeof(g->info.failure), none = 0;
  const int64_t dims[2] = {n, n}, first[2] = {part->first, 0}, count[2] = {part->n_local, n};
  int64_t failed = use->failed;

  PetscFunctionBegin;
  PetscCall(SnapshotArray(s, "pairwise", "1", DATA_FLOAT64, 2, dims, first, count, PETSC_TRUE,
                          use->values[PAIRWISE_GC]));
  PetscCall(SnapshotInteger(s, "failed", &failed));
  use->failed = failed ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(SnapshotArray(s, "failure", "1", DATA_UINT8, 1, &length, &none, &length,
                          part->rank == 0 ? PETSC_TRUE : PETSC_FALSE, g->info.failure));
  PetscFunctionReturn(0);
}

/* Counts the significant pairs. */
static PetscErrorCode count_significant(Granger g, StatisticUse *use, Causality causality)
{
  PetscFunctionBegin;
  PetscCall(MultiplicityMask(MULTIPLICITY_BENJAMINI_HOCHBERG, CausalityPartition(causality),
                             use->values[PAIRWISE_P], g->level, NULL,
                             &g->info.significant_pairwise));
  PetscFunctionReturn(0);
}

const GrangerStatistic StatisticPairwise = {
    .name = "pairwise",
    .text = "regression on target and source alone",
    .needs = FIT_PRODUCTS,
    .check_rows = check_rows,
    .scores = list_scores,
    .work = {[PHASE_PRODUCTS] = find_growth, [PHASE_FIT] = fill},
    .numbers = numbers,
    .keep = keep,
    .finish = count_significant};
