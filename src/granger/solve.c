/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dual.h"
#include "event.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/memory.h"

#include "state_space.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* Relative error of the statistics: of the Gram route about eps cond^2, of QR eps cond. */
static const double tolerable_error = 1e-6;

static double gram_error(double condition_number)
{
  return DBL_EPSILON * condition_number * condition_number;
}

static PetscErrorCode warn_ill_conditioned(Granger g)
{
  const double condition_number = g->info.condition_number;
  const double error =
      g->used == ESTIMATOR_QR ? DBL_EPSILON * condition_number : gram_error(condition_number);

  PetscFunctionBegin;
  if (error > tolerable_error) {
    PetscCall(LogWarning("the lag matrix has condition number %.2g: expect a relative error near "
                         "%.0e in the Granger statistics; %s\n",
                         condition_number, error,
                         g->used == ESTIMATOR_QR ? "-granger_estimator ridge is stable"
                                                 : "-granger_estimator qr or ridge is more exact"));
  }
  PetscFunctionReturn(0);
}

/* How close the model comes to a root of one, for the record. */
static PetscErrorCode find_radius(Granger g, const VarModel *model)
{
  const double closest = 0.9999; /* steps of the response that are needed grow towards 1 */

  PetscFunctionBegin;
  PetscCall(VarModelRadius(model, closest, &g->info.spectral_radius));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_regression(Granger g, const Regression *r)
{
  VarModel model;

  PetscFunctionBegin;
  PetscCall(RegressionModel(r, &model));
  PetscCall(find_radius(g, &model));
  PetscCall(VarModelFree(&model));
  PetscFunctionReturn(0);
}

static PetscErrorCode take_qr(Granger g, Regression *r, Activity activity)
{
  const double bytes =
      GrangerLagMatrixMemory(r->n, r->p, r->n_samples, r->grid.rows * r->grid.columns);

  PetscFunctionBegin;
  if (!g->quiet) {
    const double condition_number = r->condition_number;
    char reason[64] = "a residual is below rounding";

    if (!(gram_error(condition_number) <= tolerable_error)) {
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

/* The solution; where the Gram matrix cannot tell what is left of a target from nothing, QR can. */
static PetscErrorCode solve_model(Granger g, Regression *r, Activity activity)
{
  PetscErrorCode status = RegressionSolve(r);

  PetscFunctionBegin;
  if (status == CAUSEWAY_ERR_USER && r->factored == FACTORED_GRAM && GrangerMayUseQr(g)) {
    PetscCall(take_qr(g, r, activity));
    g->used = ESTIMATOR_QR;
    g->info.condition_number = r->condition_number;
    status = RegressionSolve(r);
  }
  PetscFunctionReturn(status);
}

/* QR takes over where the Gram matrix would lose too many digits. */
static PetscErrorCode factor(Granger g, Regression *r, Activity activity)
{
  const PetscBool by_qr = g->estimator == ESTIMATOR_QR ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  if (!by_qr) {
    PetscCall(RegressionProducts(r, activity));
    PetscCall(RegressionGram(r));
    if (g->estimator == ESTIMATOR_RIDGE) {
      PetscCall(RegressionPenalise(r));
    }
    if (!GrangerNeedsModel(g)) {
      PetscFunctionReturn(0);
    }
    PetscCall(RegressionFactor(r));
  }
  if (by_qr || (GrangerMayUseQr(g) && !(gram_error(r->condition_number) <= tolerable_error))) {
    PetscCall(by_qr ? RegressionQr(r, activity) : take_qr(g, r, activity));
  }
  PetscCall(RegressionRefuseSingular(r));
  PetscFunctionReturn(0);
}

/* m->gc and m->f_statistic hold the two quadratic forms of the coefficients. */
static PetscErrorCode fill_ridge(Granger g, Regression *r, const Partition *part,
                                 GrangerMatrices *m)
{
  const int64_t n = r->n;
  double *rss, free_rows;
  PairSink sink;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &rss));
  PetscCall(RegressionRidgeTests(r, part, m->gc, m->f_statistic, rss, &free_rows));
  PetscCall(GrangerOpenPairs(g, part, free_rows, m, &sink));
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t target = part->first + i;

    for (int64_t j = i * n; j < (i + 1) * n; j++) {
      m->gc[j] /= r->residual[target];
      m->f_statistic[j] *= free_rows / rss[target] / (double)r->p;
    }
    PetscCall(GrangerPutPairs(&sink, i, 0, n, m->gc + i * n, m->f_statistic + i * n));
  }
  PetscCall(GrangerClosePairs(&sink));
  PetscCall(PetscFree(rss));
  PetscFunctionReturn(0);
}

static PetscErrorCode fill_least_squares(Granger g, Regression *r, const Partition *part,
                                         GrangerMatrices *m)
{
  PetscFunctionBegin;
  PetscCall(RegressionGrowth(r, part, m->gc));
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < r->n; j++) {
      m->gc[i * r->n + j] /= r->residual[part->first + i];
    }
  }
  PetscCall(GrangerFillStatistics(g, part, GrangerFreeRows(g, (double)(r->n * r->p)), m));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSetAside(Granger g, int part, PetscErrorCode status)
{
  int n_wanted = 0;

  PetscFunctionBegin;
  for (int k = 0; k < N_STATISTICS; k++) {
    n_wanted += g->wants[k] ? 1 : 0;
  }
  if (status != CAUSEWAY_ERR_USER || (n_wanted < 2 && part != PART_RESAMPLES)) {
    PetscFunctionReturn(status);
  }
  if (!g->failed) {
    PetscCall(PetscStrncpy(g->info.failure, UserErrorMessage(), sizeof(g->info.failure)));
  }
  g->failed |= part;
  PetscFunctionReturn(0);
}

static PetscErrorCode regress(Granger g, Regression *r, Activity activity, const Partition *part,
                              GrangerMatrices *m)
{
  double flops;

  PetscFunctionBegin;
  if (!r->factored) {
    PetscCall(factor(g, r, activity));
    PetscCall(CheckpointMilestone(g->checkpoint));
  }
  g->used = r->factored == FACTORED_QR ? ESTIMATOR_QR : ESTIMATOR_GRAM;
  g->used = g->estimator == ESTIMATOR_RIDGE ? ESTIMATOR_RIDGE : g->used;
  if (GrangerNeedsModel(g)) {
    g->info.condition_number = r->condition_number;
    g->info.lambda = r->lambda;
    PetscCall(solve_model(g, r, activity));
    if (!g->quiet) {
      PetscCall(check_regression(g, r));
      PetscCall(warn_ill_conditioned(g));
    }
  }
  if (g->used != ESTIMATOR_RIDGE && (g->wants[STATISTIC_DUAL] || g->wants[STATISTIC_GROUP])) {
    PetscCall(RegressionInvert(r));
  }
  if (g->wants[STATISTIC_GROUP]) {
    PetscCall(GrangerSetAside(g, PART_GROUP, RegressionGroups(r, m->group, m->group_p)));
  }
  if (g->wants[STATISTIC_DUAL]) {
    PetscCall(g->used == ESTIMATOR_RIDGE ? fill_ridge(g, r, part, m)
                                         : fill_least_squares(g, r, part, m));
  }
  PetscCallMPI(MPI_Allreduce(&r->flops, &flops, 1, MPI_DOUBLE, MPI_SUM, g->comm));
  g->info.flops += r->earlier_flops + flops;
  g->info.regression_s += r->earlier_s + MPI_Wtime() - r->start_s;
  PetscFunctionReturn(0);
}

static PetscErrorCode solve_dual(Granger g, Activity activity, GrangerMatrices *m)
{
  const double start_s = MPI_Wtime();
  PairSink sink = {0};
  PetscErrorCode status;

  PetscFunctionBegin;
  g->used = ESTIMATOR_RIDGE;
  g->info.spectral_radius = NAN;
  status = RidgeDualSolve(g, activity, m, &sink);
  PetscCall(GrangerClosePairs(&sink));
  g->info.regression_s += MPI_Wtime() - start_s;
  PetscFunctionReturn(status);
}

static PetscErrorCode solve_regression(Granger g, Activity activity, PetscBool resumes,
                                       const Partition *part, GrangerMatrices *m)
{
  Regression r;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(RegressionCreate(g, activity, part, &r));
  r.pairwise = m->pairwise;
  g->info.n_rows = r.n_rows;
  g->info.condition_number = g->info.spectral_radius = NAN; /* unless a model is solved */
  g->regression = &r;
  status = resumes ? GrangerResume(g) : 0;
  status = status ? status : regress(g, &r, activity, part, m);
  g->regression = NULL;
  if (!status && m->pairwise && !(g->failed & PART_PAIRWISE)) {
    PetscCall(GrangerFillPairwise(g, part, m));
  }
  PetscCall(RegressionFree(&r));
  PetscFunctionReturn(status);
}

static PetscErrorCode state_space_statistics(Granger g, Activity activity, const VarModel *model,
                                             const Partition *part, GrangerMatrices *m)
{
  StateSpace state;

  PetscFunctionBegin;
  PetscCall(StateSpaceCreate(model, activity, &state));
  if (m->state_space) {
    PetscCall(StateSpaceGc(&state, part, m->state_space));
  }
  for (int64_t k = 0; g->wants[STATISTIC_SPECTRAL] && k < g->n_bands; k++) {
    PetscCall(SpectralGc(&state, g->band_edges[k], g->band_edges[k + 1], part, m->bands[k]));
  }
  PetscCall(StateSpaceFree(&state));
  PetscFunctionReturn(0);
}

/* The recursion's F is that of least squares for many rows only. On noise of 8 channels with 16 unknowns, 0, 1.5 and 4.6 % are
   below 5 % with 1, 5 and 50 degrees of freedom. */
static PetscErrorCode warn_few_rows(Granger g, double unknowns)
{
  PetscFunctionBegin;
  if (!g->quiet && GrangerFreeRows(g, unknowns) < 2.0 * unknowns) {
    PetscCall(
        LogWarning("%lld rows are few for %.0f unknowns of the recursion: its p-values are too "
                   "large; those of -granger_estimator gram are exact\n",
                   (long long)g->info.n_rows, unknowns));
  }
  PetscFunctionReturn(0);
}

/* One recursion for each source that is left out, resumed where it was. */
static PetscErrorCode dual_recursions(Granger g, const ProcessGrid *grid, Activity activity,
                                      PetscBool resumes, const VarModel *model,
                                      const Partition *part, GrangerMatrices *m)
{
  const double unknowns = (double)(part->n_global * g->info.order);
  ReducedRecursions reduced = {.partition = part, .ratio = m->gc};
  PetscErrorCode status;

  PetscFunctionBegin;
  g->reduced = &reduced;
  status = resumes ? GrangerResume(g) : 0;
  status = status ? status : RecursionLeaveOneOut(g, grid, activity, model, &reduced);
  g->reduced = NULL;
  PetscCall(status);
  PetscCall(warn_few_rows(g, unknowns));
  PetscCall(GrangerFillStatistics(g, part, GrangerFreeRows(g, unknowns), m));
  PetscFunctionReturn(0);
}

/* Borders of time and the means of the series leave the recursion a residual of some (order / rows)^2 where a neuron is given by
   the pasts of others, such as a delayed copy, so that it cannot tell this from a good prediction. Where little is left, the
   regression on the lag matrix decides, by the rule of all estimators. */
static PetscErrorCode refuse_singular(Granger g, Activity activity, const Partition *part)
{
  const double doubtful = 100.0 * (double)g->info.order / (double)g->info.n_rows;
  const int64_t n = part->n_global;
  struct _p_Granger judge = *g;
  Regression r;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (g->quiet || g->weakest_share > doubtful) {
    PetscFunctionReturn(0);
  }
  PetscCall(MemoryCheck(g->comm, "the regression that a nearly singular recursion is held against",
                        GrangerGramMemory(g, part->size, n, g->info.order),
                        "use more nodes, or lower granger_order"));
  judge.estimator = ESTIMATOR_AUTO;
  judge.wants[STATISTIC_DUAL] = judge.quiet = PETSC_TRUE;
  judge.checkpoint = NULL;
  PetscCall(RegressionCreate(&judge, activity, part, &r));
  status = factor(&judge, &r, activity);
  status = status ? status : solve_model(&judge, &r, activity);
  PetscCall(RegressionFree(&r));
  PetscFunctionReturn(status);
}

static PetscErrorCode solve_recursion(Granger g, const ProcessGrid *grid, Activity activity,
                                      PetscBool resumes, const VarModel *model,
                                      const Partition *part, GrangerMatrices *m)
{
  const double start_s = MPI_Wtime();

  PetscFunctionBegin;
  g->info.n_rows = ActivityRows(activity, g->info.order);
  g->info.condition_number = NAN;
  PetscCall(refuse_singular(g, activity, part));
  g->used = ESTIMATOR_LWR;
  if (!g->quiet) {
    PetscCall(find_radius(g, model));
  }
  if (g->wants[STATISTIC_STATE_SPACE] || g->wants[STATISTIC_SPECTRAL]) {
    PetscCall(
        GrangerSetAside(g, PART_STATE_SPACE, state_space_statistics(g, activity, model, part, m)));
  }
  if (g->wants[STATISTIC_DUAL]) {
    PetscCall(dual_recursions(g, grid, activity, resumes, model, part, m));
  }
  g->info.regression_s += MPI_Wtime() - start_s;
  PetscFunctionReturn(0);
}

static PetscErrorCode solve_events(Granger g, const ProcessGrid *grid, Activity activity,
                                   GrangerMatrices *m)
{
  const double start_s = MPI_Wtime();

  PetscFunctionBegin;
  PetscCall(EventSolve(g, grid, activity, m->event, m->event_p));
  g->info.regression_s += MPI_Wtime() - start_s;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSolveMatrices(Granger g, Activity activity, PetscBool resumes,
                                    GrangerMatrices *m)
{
  const Partition *part = ActivityPartition(activity);
  const PetscBool recursion = g->estimator == ESTIMATOR_LWR ? PETSC_TRUE : PETSC_FALSE;
  ProcessGrid grid;
  VarModel model = {0};
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  g->info = (GrangerInfo){.order = g->order, .spectral_radius = NAN, .condition_number = NAN};
  g->used = ESTIMATOR_AUTO;
  g->failed = 0;
  PetscCall(ProcessGridCreate(g->comm, &grid));
  if (recursion || g->criterion != ORDER_GIVEN) {
    status = RecursionSolve(g, &grid, activity, &model);
  }
  if (!status && m->sparse &&
      !GrangerIsDual(g, part->n_global, ActivityRows(activity, g->info.order))) {
    PetscCall(PetscMalloc2(part->n_local * part->n_global, &m->gc, part->n_local * part->n_global,
                           &m->f_statistic));
  }
  if (!status && recursion) {
    status = solve_recursion(g, &grid, activity, resumes, &model, part, m);
  } else if (!status && GrangerIsDual(g, part->n_global, ActivityRows(activity, g->info.order))) {
    status = solve_dual(g, activity, m);
  } else if (!status && (g->wants[STATISTIC_DUAL] || g->wants[STATISTIC_PAIRWISE] ||
                         g->wants[STATISTIC_GROUP])) {
    status = solve_regression(g, activity, resumes, part, m);
    status = GrangerNeedsModel(g) ? status : GrangerSetAside(g, PART_PAIRWISE, status);
  }
  if (!status && g->wants[STATISTIC_EVENT]) {
    status = GrangerSetAside(g, PART_EVENT, solve_events(g, &grid, activity, m));
  }
  if (m->sparse) {
    PetscCall(PetscFree2(m->gc, m->f_statistic));
  }
  PetscCall(VarModelFree(&model));
  PetscCall(ProcessGridFree(&grid));
  PetscFunctionReturn(status);
}

/* The solution, and the resamples. Once these have begun, snapshots are theirs alone: when they are resumed, the
   solution, a small part of the whole, is done again. */
/* Says for how many series the normal theory of the test does not hold. */
static PetscErrorCode log_sparse(const Coincidences *c, int64_t n_neurons)
{
  int64_t n = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < n_neurons; i++) {
    n += c->off[i] > 0 ? 1 : 0;
  }
  if (n > 0) {
    PetscCall(LogPrintf("granger    %lld of %lld series have one value in more than half of their "
                        "samples: p-values of pairs with them are bounds by Bennett's inequality\n",
                        (long long)n, (long long)n_neurons));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode solve_and_resample(Granger g, Activity activity, PetscBool resumes,
                                         const Partition *part, GrangerMatrices *m)
{
  Checkpoint checkpoint = g->checkpoint;
  PetscBool resampling = PETSC_FALSE;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (resumes) {
    PetscCall(GrangerFindResampling(g, &resampling));
  }
  g->checkpoint = resampling ? NULL : checkpoint;
  status = GrangerSolveMatrices(g, activity, resumes && !resampling ? PETSC_TRUE : PETSC_FALSE, m);
  g->checkpoint = checkpoint;
  PetscCall(status);
  PetscCall(GrangerSetAside(g, PART_RESAMPLES, GrangerResample(g, activity, resampling, part, m)));
  PetscFunctionReturn(0);
}

/* Pairs without a p-value, which do not count where many are tested. */
static PetscErrorCode count_untested(Granger g, const Partition *part, GrangerMatrices *m)
{
  int64_t n = CoincidencesCountUntested(&g->coincidences, part, (double)g->info.order);

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_INT64_T, MPI_SUM, g->comm));
  g->info.n_untested = n;
  n = 0;
  for (int64_t k = 0; m->event_p && k < part->n_local * part->n_global; k++) {
    n += isnan(m->event_p[k]);
  }
  PetscCallMPI(MPI_Allreduce(&n, &g->info.n_untested_events, 1, MPI_INT64_T, MPI_SUM, g->comm));
  if (m->sparse) {
    SparseScoresSetPairs(m->sparse, part->n_global * (part->n_global - 1) - g->info.n_untested);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSolve(Granger g, Activity activity, PetscBool resumes, Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  GrangerMatrices m;
  double memory, file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(
      GrangerEstimate(g, part->size, part->n_global, ActivitySamples(activity), &memory, &file));
  g->n_fitted = ActivityFitted(activity);
  PetscCall(GrangerCheckActivity(g, activity));
  PetscCall(GrangerCheckRows(g, part->n_global, ActivitySamples(activity),
                             ActivityRows(activity, GrangerHighestOrder(g))));
  PetscCall(GrangerCheckResample(g, activity));
  if (g->wants[STATISTIC_EVENT]) {
    PetscCall(EventCheck(activity));
  }
  PetscCall(GrangerWarnWandering(activity));
  PetscCall(GrangerAddMatrices(g, causality, &m));
  PetscCall(CoincidencesCreate(activity, &g->coincidences));
  PetscCall(log_sparse(&g->coincidences, part->n_global));
  status = solve_and_resample(g, activity, resumes, part, &m);
  status = status ? status : count_untested(g, part, &m);
  PetscCall(CoincidencesFree(&g->coincidences));
  PetscCall(status);
  PetscCall(GrangerFinish(g, causality, &m));
  PetscFunctionReturn(0);
}
