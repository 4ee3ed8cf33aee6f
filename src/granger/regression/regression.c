/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regression/regression.h"
#include "estimators/estimator.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include "causeway/internal/core/blas.h"
#include "causeway/internal/parallel/reduce.h"

#include <limits.h>
#include <math.h>

/* Blocks hold whole neurons; every process gets a block if there are enough neurons. */
int GrangerBlockNeurons(Granger granger, int64_t order, int64_t n, int rows, int columns)
{
  const int longest_side = PetscMax(rows, columns);

  return (int)PetscMax(
      1, PetscMin((granger->block + order / 2) / order, (n + longest_side - 1) / longest_side));
}

static PetscErrorCode list_segments(Regression *r, Activity activity)
{
  const Segment *all;
  const int64_t n_all = ActivitySegments(activity, &all);

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n_all, &r->segments, r->n_samples, &r->position));
  for (int64_t s = 0; s < n_all; s++) {
    if (all[s].end - all[s].first > r->reach) {
      r->segments[r->n_segments++] = all[s];
    }
  }
  ActivityPositions(activity, r->position);
  PetscFunctionReturn(0);
}

/* The spikes, where they are cheaper than series. */
static PetscErrorCode find_spikes(Regression *r, Activity activity)
{
  PetscBool are_cheaper = PETSC_FALSE;

  PetscFunctionBegin;
  r->spikes = r->granger->spikes;
  if (r->basis.filter && !r->spikes) {
    PetscCall(SpikesAreCheaper(activity, &r->filters, &are_cheaper));
  }
  if (are_cheaper) {
    PetscCall(SpikeListCreate(activity, &r->own_spikes));
    r->spikes = &r->own_spikes;
  }
  PetscCall(r->spikes ? 0 : ActivityExpand(activity));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionCreate(Granger granger, Activity activity, const Partition *partition,
                                Regression *r)
{
  PetscFunctionBegin;
  *r = (Regression){.granger = granger,
                    .activity = activity,
                    .partition = partition,
                    .start_s = MPI_Wtime(),
                    .n = partition->n_global,
                    .p = granger->info.order,
                    .n_samples = ActivitySamples(activity)};
  r->basis = GrangerTerms(granger);
  PetscCall(GrangerFilters(granger, &r->filters));
  r->reach = r->filters.reach;
  r->n_rows = ActivityRows(activity, r->reach);
  PetscCall(list_segments(r, activity));
  PetscCall(find_spikes(r, activity));
  r->next_sample = r->reach;
  PetscCall(ProcessGridCreate(granger->comm, &r->grid));
  r->block = GrangerBlockNeurons(granger, r->p, r->n, r->grid.rows, r->grid.columns);
  r->n_panel[0] = BlockCyclicCount(r->n, r->block, r->grid.row, r->grid.rows);
  r->n_panel[1] = BlockCyclicCount(r->n, r->block, r->grid.column, r->grid.columns);
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionFree(Regression *r)
{
  PetscFunctionBegin;
  for (int64_t k = 0; r->products && k <= r->p; k++) {
    PetscCall(BlockCyclicFree(&r->products[k]));
  }
  PetscCall(PetscFree(r->products));
  PetscCall(BlockCyclicFree(&r->gram));
  PetscCall(BlockCyclicFree(&r->rhs));
  PetscCall(BlockCyclicFree(&r->covariance));
  PetscCall(PetscFree(r->target_power));
  PetscCall(PetscFree(r->residual));
  PetscCall(PetscFree2(r->segments, r->position));
  PetscCall(FiltersFree(&r->filters));
  PetscCall(SpikeListFree(&r->own_spikes));
  for (int side = 0; side < 2; side++) {
    PetscCall(PetscFree3(r->head[side], r->tail[side], r->sums[side]));
  }
  PetscCall(ProcessGridFree(&r->grid));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionFlops(Regression *r, double flops)
{
  PetscFunctionBegin;
  r->flops += flops;
  PetscCall(PetscLogFlops(flops));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionSum(const Regression *r, int64_t length, double *values)
{
  PetscFunctionBegin;
  PetscCall(SumOverRanks(r->grid.comm, length, MPI_DOUBLE, values));
  PetscFunctionReturn(0);
}

/* Computes residual_i = |y_i|^2 - |L^-1 X'y_i|^2, with rhs = L^-1 X'Y. */
static PetscErrorCode collect_residuals(Regression *r)
{
  double *explained;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(r->n, &explained));
  for (int64_t i = 0; i < r->rhs.local_columns; i++) {
    const double *z = r->rhs.values + i * (int64_t)r->rhs.leading;

    explained[RegressionNeuron(r, 1, i)] = cblas_ddot(r->rhs.local_rows, z, 1, z, 1);
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, explained, (int)r->n, MPI_DOUBLE, MPI_SUM, r->grid.comm));
  PetscCall(PetscFree(r->residual));
  PetscCall(PetscMalloc1(r->n, &r->residual));
  for (int64_t i = 0; i < r->n; i++) {
    r->residual[i] = r->target_power[i] - explained[i];
  }
  PetscCall(PetscFree(explained));
  PetscFunctionReturn(0);
}

static PetscErrorCode refuse_exact(const Regression *r)
{
  const double least = r->factored == FACTORED_QR ? least_share * least_share : least_share;

  PetscFunctionBegin;
  for (int64_t i = 0; i < r->n; i++) {
    UserCheck(r->residual[i] > least * r->target_power[i],
              "%s is predicted exactly by the past of all neurons, so its statistics are not "
              "defined; leave it out",
              ActivityNeuron(r->activity, i));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionFactor(Regression *r)
{
  const double unknowns = (double)(r->n * r->p), ranks = r->grid.rows * r->grid.columns;
  double norm, squared;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_FACTOR));
  PetscCall(BlockCyclicSymmetricNorm1(&r->gram, &norm));
  PetscCall(BlockCyclicCholesky(&r->gram, &r->weakest_share, &r->weakest));
  PetscCall(RegressionFlops(r, unknowns * unknowns * unknowns / 3.0 / ranks));
  r->condition_number = INFINITY;
  if (r->weakest_share > least_share) {
    PetscCall(BlockCyclicConditionNumber(&r->gram, norm, &squared));
    r->condition_number = sqrt(squared);
  }
  PetscCall(LogEventStop(EVENT_GRANGER_FACTOR));
  r->factored = FACTORED_GRAM;
  PetscFunctionReturn(0);
}

const GrangerEstimator *RegressionEstimator(const Regression *r)
{
  const GrangerEstimator *asked = r->granger->estimator;

  return !asked->first ? asked : (r->factored == FACTORED_QR ? asked->exact : asked->first);
}

PetscErrorCode RegressionRefuseSingular(const Regression *r)
{
  PetscFunctionBegin;
  UserCheck(isfinite(r->condition_number) || !r->twins[0], "%s", r->twins);
  UserCheck(isfinite(r->condition_number),
            "the past of %s at %s %lld is a combination of other neurons' "
            "pasts, which makes the regression singular; leave it out, lower %s, or %s",
            ActivityNeuron(r->activity, r->weakest / r->p), r->basis.filter ? "filter" : "lag",
            (long long)(r->weakest % r->p + 1),
            r->basis.filter ? "the filters of granger_basis" : "granger_order",
            RegressionEstimator(r)->remedy);
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionSolve(Regression *r)
{
  const double unknowns = (double)(r->n * r->p), ranks = r->grid.rows * r->grid.columns;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_SOLVE));
  if (r->factored == FACTORED_GRAM) {
    PetscCall(BlockCyclicSolveLower(&r->gram, PETSC_FALSE, &r->rhs));
    PetscCall(collect_residuals(r));
  }
  if (r->granger->needs & FIT_COVARIANCE) {
    PetscCall(
        BlockCyclicMultiply(PETSC_TRUE, PETSC_FALSE, -1.0, &r->rhs, &r->rhs, 1.0, &r->covariance));
    PetscCall(RegressionFlops(r, 2.0 * unknowns * (double)r->n * (double)r->n / ranks));
  }
  PetscCall(BlockCyclicSolveLower(&r->gram, PETSC_TRUE, &r->rhs));
  PetscCall(RegressionFlops(r, (r->factored == FACTORED_GRAM ? 2.0 : 1.0) * unknowns * unknowns *
                                   (double)r->n / ranks));
  PetscCall(LogEventStop(EVENT_GRANGER_SOLVE));
  PetscCall(refuse_exact(r));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionModel(const Regression *r, VarModel *model)
{
  BlockCyclic by_source;

  PetscFunctionBegin;
  PetscCall(VarModelCreate(&r->grid, r->n, r->block, r->p, model));
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &by_source));
  for (int64_t k = 0; k < r->p; k++) {
    for (int64_t i = 0; i < by_source.local_columns; i++) {
      const double *from = r->rhs.values + i * (int64_t)r->rhs.leading + k;
      double *to = by_source.values + i * (int64_t)by_source.leading;

      for (int64_t j = 0; j < by_source.local_rows; j++) {
        to[j] = from[j * r->p];
      }
    }
    PetscCall(BlockCyclicTranspose(&by_source, &model->lags[k]));
  }
  PetscCall(BlockCyclicFree(&by_source));
  PetscFunctionReturn(0);
}

/* blocks[j] = (G^-1)_jj of every source on every rank, from the columns of L^-1; N p^2 numbers */
static PetscErrorCode collect_inverse_blocks(Regression *r, double *blocks)
{
  const int p = (int)r->p;
  const int64_t size = r->p * r->p;

  PetscFunctionBegin;
  for (int64_t j = 0; j < r->n_panel[1] && r->gram.local_rows > 0; j++) {
    cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, p, r->gram.local_rows, 1.0,
                r->gram.values + j * p * (int64_t)r->gram.leading, r->gram.leading, 0.0,
                blocks + RegressionNeuron(r, 1, j) * size, p);
  }
  PetscCall(RegressionSum(r, r->n * size, blocks));
  PetscFunctionReturn(0);
}

/* growth(j, i) = b_ij' S^-1 b_ij = |K^-1 b_ij|^2 with S = blocks[j] = K K' */
static PetscErrorCode leave_one_out(Regression *r, double *blocks, BlockCyclic *growth)
{
  const int p = (int)r->p, n_targets = r->rhs.local_columns;
  int info;

  PetscFunctionBegin;
  for (int64_t j = 0; j < r->n_panel[0] && n_targets > 0; j++) {
    double *b = r->rhs.values + j * p, *s = blocks + RegressionNeuron(r, 0, j) * p * p;

    dpotrf_("L", &p, s, &p, &info);
    PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "DPOTRF: info %d", info);
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, p, n_targets, 1.0,
                s, p, b, r->rhs.leading);
    for (int64_t i = 0; i < n_targets; i++) {
      const double *column = b + i * (int64_t)r->rhs.leading;
      double sum = 0;

      for (int l = 0; l < p; l++) {
        sum += column[l] * column[l];
      }
      growth->values[j + i * (int64_t)growth->leading] = sum;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionQuadratic(Regression *r, double *blocks, const Partition *partition,
                                   double *values)
{
  BlockCyclic cyclic;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_STATISTICS));
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &cyclic));
  PetscCall(leave_one_out(r, blocks, &cyclic));
  /* a column of the (source, target) matrix is a row of the (target, source) one */
  PetscCall(BlockCyclicToColumns(&cyclic, partition->block, values));
  PetscCall(BlockCyclicFree(&cyclic));
  PetscCall(LogEventStop(EVENT_GRANGER_STATISTICS));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionInvert(Regression *r)
{
  const double unknowns = (double)(r->n * r->p);

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_INVERSE));
  PetscCall(BlockCyclicInvertLower(&r->gram));
  r->is_inverted = PETSC_TRUE;
  PetscCall(RegressionFlops(r, unknowns * unknowns * unknowns / 3.0 / (double)r->partition->size));
  PetscCall(LogEventStop(EVENT_GRANGER_INVERSE));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionGrowth(Regression *r, const Partition *partition, double *growth)
{
  double *blocks;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(r->n * r->p * r->p, &blocks));
  PetscCall(collect_inverse_blocks(r, blocks));
  PetscCall(RegressionQuadratic(r, blocks, partition, growth));
  PetscCall(PetscFree(blocks));
  PetscFunctionReturn(0);
}
