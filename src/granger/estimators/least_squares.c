/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimators/least_squares.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/memory.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

/* Relative error of the statistics above which a warning is given. */
static const double tolerable_error = 1e-6;

static double relative_error(const GrangerEstimator *estimator, double condition_number)
{
  return DBL_EPSILON *
         (estimator->error_power == 1 ? condition_number : condition_number * condition_number);
}

static PetscErrorCode warn_ill_conditioned(Granger g)
{
  const double error = relative_error(g->used, g->info.condition_number);

  PetscFunctionBegin;
  if (error > tolerable_error) {
    PetscCall(LogWarning("the lag matrix has condition number %.2g: expect a relative error near "
                         "%.0e in the Granger statistics; %s\n",
                         g->info.condition_number, error, g->used->more_exact));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerFindRadius(Granger g, const VarModel *model)
{
  const double closest = 0.9999; /* the response needs more steps as the radius approaches 1 */

  PetscFunctionBegin;
  PetscCall(VarModelRadius(model, closest, &g->info.spectral_radius));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_regression(Granger g, const Regression *r)
{
  VarModel model;

  PetscFunctionBegin;
  if (r->basis.filter) {
    PetscFunctionReturn(0); /* the radius is that of lags */
  }
  PetscCall(RegressionModel(r, &model));
  PetscCall(GrangerFindRadius(g, &model));
  PetscCall(VarModelFree(&model));
  PetscFunctionReturn(0);
}

/* Hands over to the more exact estimator. */
static PetscErrorCode hand_over(Granger g, Regression *r, Activity activity)
{
  const GrangerSize size = {r->grid.rows * r->grid.columns, r->n, r->p, r->n_samples};
  const double bytes = 8.0 * LagMatrixNumbers(&size);

  PetscFunctionBegin;
  if (!g->quiet) {
    const double condition_number = r->condition_number;
    char reason[64] = "a residual is below rounding";

    if (!(relative_error(g->estimator->first, condition_number) <= tolerable_error)) {
      (void)snprintf(reason, sizeof(reason), "condition number %.3g", condition_number);
    }
    PetscCall(LogPrintf("granger    %s: the Gram matrix is too inexact, QR of the lag matrix takes "
                        "over; %.1f MB more per rank\n",
                        reason, bytes * 1e-6));
  }
  PetscCall(MemoryCheck(g->comm, "QR of the lag matrix", bytes,
                        "use more nodes, or -granger_estimator gram to go without"));
  PetscCall(RegressionQr(r, activity));
  PetscCall(RegressionRefuseSingular(r));
  PetscFunctionReturn(0);
}

/* Solves the model; QR takes over where the Gram matrix cannot distinguish a residual from zero. */
static PetscErrorCode solve_model(Granger g, Regression *r, Activity activity)
{
  PetscErrorCode status = RegressionSolve(r);

  PetscFunctionBegin;
  if (status == CAUSEWAY_ERR_USER && r->factored == FACTORED_GRAM && GrangerMayUseQr(g)) {
    PetscCall(hand_over(g, r, activity));
    g->used = RegressionEstimator(r);
    g->info.condition_number = r->condition_number;
    status = RegressionSolve(r);
  }
  PetscFunctionReturn(status);
}

PetscErrorCode GramProducts(GrangerSolution *s, Regression *r)
{
  PetscFunctionBegin;
  PetscCall(RegressionProducts(r, s->activity));
  PetscCall(RegressionRightSides(r));
  PetscCall(StatisticsWork(s, PHASE_PRODUCTS));
  PetscCall(RegressionGram(r));
  PetscFunctionReturn(0);
}

PetscErrorCode GramFactor(GrangerSolution *s, Regression *r)
{
  Granger g = s->granger;

  PetscFunctionBegin;
  PetscCall(GramProducts(s, r));
  if (!GrangerNeedsModel(g)) {
    PetscFunctionReturn(0);
  }
  PetscCall(RegressionFactor(r));
  if (GrangerMayUseQr(g) &&
      !(relative_error(g->estimator->first, r->condition_number) <= tolerable_error)) {
    PetscCall(hand_over(g, r, s->activity));
  }
  PetscFunctionReturn(0);
}

/* Runs the fit up to the coefficients. */
static PetscErrorCode fit(GrangerSolution *s, Regression *r)
{
  Granger g = s->granger;

  PetscFunctionBegin;
  if (!r->factored) {
    PetscCall(g->estimator->factor(s, r));
    if (r->factored) {
      PetscCall(RegressionRefuseSingular(r));
    }
    PetscCall(CheckpointMilestone(g->checkpoint));
  }
  g->used = RegressionEstimator(r);
  if (GrangerNeedsModel(g)) {
    g->info.condition_number = r->condition_number;
    g->info.lambda = r->lambda;
    PetscCall(solve_model(g, r, s->activity));
    if (!g->quiet) {
      PetscCall(check_regression(g, r));
      PetscCall(warn_ill_conditioned(g));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode regress(GrangerSolution *s, Regression *r)
{
  Granger g = s->granger;
  double flops;

  PetscFunctionBegin;
  PetscCall(fit(s, r));
  if (!g->used->regularised && (g->needs & (FIT_PAIRS | FIT_COVARIANCE))) {
    PetscCall(RegressionInvert(r));
  }
  PetscCall(StatisticsWork(s, PHASE_FIT));
  PetscCall(StatisticsWork(s, PHASE_LAST));
  PetscCallMPI(MPI_Allreduce(&r->flops, &flops, 1, MPI_DOUBLE, MPI_SUM, g->comm));
  g->info.flops += r->earlier_flops + flops;
  g->info.regression_s += r->earlier_s + MPI_Wtime() - r->start_s;
  PetscFunctionReturn(0);
}

PetscErrorCode LeastSquaresSolve(GrangerSolution *s)
{
  Granger g = s->granger;
  Regression r;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(RegressionCreate(g, s->activity, s->partition, &r));
  g->info.n_rows = r.n_rows;
  g->info.condition_number = g->info.spectral_radius = NAN; /* stays NaN unless a model is solved */
  s->regression = &r;
  status = GrangerBegin(g, (UnderWay){BEGUN_SOLUTION, RegressionKeep, &r}, s->resumes);
  status = status ? status : regress(s, &r);
  GrangerEnd(g);
  s->regression = NULL;
  PetscCall(RegressionFree(&r));
  PetscFunctionReturn(status);
}

PetscErrorCode LeastSquaresCheck(GrangerSolution *s)
{
  Regression r;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(RegressionCreate(s->granger, s->activity, s->partition, &r));
  s->regression = &r;
  status = s->granger->estimator->factor(s, &r);
  status = status ? status : RegressionRefuseSingular(&r);
  status = status ? status : solve_model(s->granger, &r, s->activity);
  PetscCall(RegressionFree(&r));
  PetscFunctionReturn(status);
}

PetscErrorCode LeastSquaresLeaveOneOut(GrangerSolution *s, PairSink *sink)
{
  const Regression *r = s->regression;

  PetscFunctionBegin;
  PetscCall(PairSinkRows(sink));
  PetscCall(RegressionGrowth(s->regression, s->partition, sink->gc));
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    for (int64_t j = 0; j < r->n; j++) {
      sink->gc[i * r->n + j] /= r->residual[s->partition->first + i];
    }
  }
  PetscCall(PairSinkFill(sink, GrangerFreeRows(s->granger, (double)(r->n * r->p))));
  PetscFunctionReturn(0);
}

PetscErrorCode LeastSquaresCheckSize(Granger granger, const GrangerSize *size)
{
  const int64_t n = size->n_neurons, order = size->order, unknowns = n * order;
  const int64_t width = GrangerNeedsModel(granger) ? order : 1; /* lags of each column neuron */
  const int ranks = size->ranks;
  int64_t block, most;
  int rows, columns;

  PetscFunctionBegin;
  ProcessGridShape(ranks, &rows, &columns);
  block = GrangerBlockNeurons(granger, order, n, rows, columns);
  UserCheck(
      unknowns <= INT_MAX && block * order <= INT_MAX,
      "%lld neurons x %lld lags are more unknowns than the 2^31 that ScaLAPACK can count; lower "
      "granger_order",
      (long long)n, (long long)order);
  /* the first process holds the most entries */
  most = BlockCyclicCount(n, (int)block, 0, rows) * order *
         BlockCyclicCount(n, (int)block, 0, columns) * width;
  UserCheck(
      most <= INT_MAX,
      "%lld neurons x %lld lags on %d ranks need a matrix of %lld entries on a rank, and ScaLAPACK "
      "can count 2^31: use more than %lld ranks",
      (long long)n, (long long)order, ranks, (long long)most,
      (long long)(((double)unknowns * (double)(n * width)) / (double)INT_MAX));
  PetscFunctionReturn(0);
}

double GramNumbers(Granger g, const GrangerSize *size)
{
  const double n = (double)size->n_neurons, p = (double)size->order;
  const double local = ceil(n / size->ranks), share = n * n / size->ranks;
  const double matrices = GrangerNeedsModel(g) ? p * p : 0.0;
  double panels;
  int rows, columns;

  ProcessGridShape(size->ranks, &rows, &columns);
  panels = ceil(n / rows) + ceil(n / columns) + 2.0 * local;
  /* panels and their send buffers; Gram matrix, right-hand sides, products and one transpose;
     inverse blocks on every rank; copy for a snapshot; one sorted copy of p-values */
  return panels * (2048.0 + p) + share * (matrices + 2.0 * p + 3.0) + n * (p * p + p + 2.0) +
         PetscMin((double)KEEP_ENTRIES, local * n * p * p) + local * n;
}

double LagMatrixNumbers(const GrangerSize *size)
{
  return 2.0 * (double)((size->order + 1) * size->n_samples) *
         ceil((double)size->n_neurons / size->ranks);
}
