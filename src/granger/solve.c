/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "granger_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include "state_space.h"

#include <math.h>

static PetscErrorCode warn_ill_conditioned(double condition_number)
{
  /* the Gram route loses about eps cond^2 */
  const double error = 2.2e-16 * condition_number * condition_number;

  PetscFunctionBegin;
  if (error > 1e-6) {
    PetscCall(LogWarning("the lag matrix has condition number %.2g: expect a relative error near "
                         "%.0e in the Granger statistics\n",
                         condition_number, error));
  }
  PetscFunctionReturn(0);
}

/* A root that the coefficient test of Dickey & Fuller (1979) cannot tell from one: T (radius - 1) above its
   5 % point with a constant. */
static PetscErrorCode check_stability(Granger g, const VarModel *model)
{
  const double critical = 14.1, limit = 1.0 - critical / (double)g->info.n_rows;

  PetscFunctionBegin;
  PetscCall(VarModelRadius(model, limit, &g->info.spectral_radius));
  if (g->info.spectral_radius > limit) {
    PetscCall(
        LogWarning("the autoregression has spectral radius %.4f, near or beyond 1: the series "
                   "do not look stationary, and significance cannot be trusted\n",
                   g->info.spectral_radius));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_regression(Granger g, const Regression *r)
{
  VarModel model;

  PetscFunctionBegin;
  PetscCall(RegressionModel(r, &model));
  PetscCall(check_stability(g, &model));
  PetscCall(VarModelFree(&model));
  PetscFunctionReturn(0);
}

static PetscErrorCode dual_growth(Regression *r, const Partition *part, double *ratio)
{
  PetscFunctionBegin;
  PetscCall(RegressionGrowth(r, part, ratio));
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < r->n; j++) {
      ratio[i * r->n + j] /= r->residual[part->first + i];
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode regress(Granger g, Regression *r, Activity activity, const Partition *part,
                              GrangerMatrices *m)
{
  const PetscBool model = GrangerNeedsModel(g);
  double flops;

  PetscFunctionBegin;
  if (!r->factored) {
    PetscCall(RegressionProducts(r, activity));
    PetscCall(RegressionGram(r));
    if (model) {
      PetscCall(RegressionFactor(r));
      PetscCall(CheckpointMilestone(g->checkpoint));
    }
  }
  if (model) {
    PetscCall(RegressionSolve(r, &g->info.condition_number));
    PetscCall(check_regression(g, r));
  }
  if (g->wants[STATISTIC_DUAL] || g->wants[STATISTIC_GROUP]) {
    PetscCall(RegressionInvert(r));
  }
  if (g->wants[STATISTIC_GROUP]) {
    PetscCall(RegressionGroups(r, m->group, m->group_p));
  }
  if (g->wants[STATISTIC_DUAL]) {
    PetscCall(dual_growth(r, part, m->f_statistic));
  }
  PetscCallMPI(MPI_Allreduce(&r->flops, &flops, 1, MPI_DOUBLE, MPI_SUM, g->comm));
  g->info.flops += r->earlier_flops + flops;
  g->info.regression_s += r->earlier_s + MPI_Wtime() - r->start_s;
  PetscFunctionReturn(0);
}

static PetscErrorCode solve_gram(Granger g, Activity activity, PetscBool resumes,
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
  if (!status && m->pairwise) {
    PetscCall(GrangerFillPairwise(g, part, m));
  }
  if (!status && m->gc) {
    PetscCall(GrangerFillStatistics(g, part, (double)(r.n_rows - r.n * r.p), m));
  }
  if (!status) {
    PetscCall(warn_ill_conditioned(g->info.condition_number));
  }
  PetscCall(RegressionFree(&r));
  PetscFunctionReturn(status);
}

static PetscErrorCode state_space_statistics(Granger g, const VarModel *model,
                                             const Partition *part, GrangerMatrices *m)
{
  StateSpace state;

  PetscFunctionBegin;
  PetscCall(StateSpaceCreate(model, &state));
  if (m->state_space) {
    PetscCall(StateSpaceGc(&state, part, m->state_space));
  }
  for (int64_t k = 0; g->wants[STATISTIC_SPECTRAL] && k < g->n_bands; k++) {
    PetscCall(SpectralGc(&state, g->band_edges[k], g->band_edges[k + 1], part, m->bands[k]));
  }
  PetscCall(StateSpaceFree(&state));
  PetscFunctionReturn(0);
}

/* One recursion for each source that is left out, resumed where it was. */
static PetscErrorCode dual_recursions(Granger g, const ProcessGrid *grid, Activity activity,
                                      PetscBool resumes, const VarModel *model,
                                      const Partition *part, GrangerMatrices *m)
{
  const int64_t unknowns = part->n_global * g->info.order;
  ReducedRecursions reduced = {.partition = part, .ratio = m->f_statistic};
  PetscErrorCode status;

  PetscFunctionBegin;
  g->reduced = &reduced;
  status = resumes ? GrangerResume(g) : 0;
  status = status ? status : RecursionLeaveOneOut(g, grid, activity, model, &reduced);
  g->reduced = NULL;
  PetscCall(status);
  PetscCall(GrangerFillStatistics(g, part, (double)(g->info.n_rows - unknowns - 1), m));
  PetscFunctionReturn(0);
}

static PetscErrorCode solve_recursion(Granger g, const ProcessGrid *grid, Activity activity,
                                      PetscBool resumes, const VarModel *model,
                                      const Partition *part, GrangerMatrices *m)
{
  const double start_s = MPI_Wtime();

  PetscFunctionBegin;
  g->info.n_rows = ActivitySamples(activity) - g->info.order;
  g->info.condition_number = NAN;
  PetscCall(check_stability(g, model));
  if (g->wants[STATISTIC_STATE_SPACE] || g->wants[STATISTIC_SPECTRAL]) {
    PetscCall(state_space_statistics(g, model, part, m));
  }
  if (g->wants[STATISTIC_DUAL]) {
    PetscCall(dual_recursions(g, grid, activity, resumes, model, part, m));
  }
  g->info.regression_s += MPI_Wtime() - start_s;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSolve(Granger g, Activity activity, PetscBool resumes, Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  const PetscBool recursion = g->estimator == ESTIMATOR_LWR ? PETSC_TRUE : PETSC_FALSE;
  ProcessGrid grid;
  GrangerMatrices m;
  VarModel model = {0};
  PetscErrorCode status = 0;
  double memory, file;

  PetscFunctionBegin;
  PetscCall(
      GrangerEstimate(g, part->size, part->n_global, ActivitySamples(activity), &memory, &file));
  PetscCall(GrangerAddMatrices(g, causality, &m));
  g->info = (GrangerInfo){.order = g->order};
  PetscCall(ProcessGridCreate(g->comm, &grid));
  if (recursion || g->criterion != ORDER_GIVEN) {
    status = RecursionSolve(g, &grid, activity, &model);
  }
  if (!status) {
    status = recursion ? solve_recursion(g, &grid, activity, resumes, &model, part, &m)
                       : solve_gram(g, activity, resumes, part, &m);
  }
  PetscCall(VarModelFree(&model));
  PetscCall(ProcessGridFree(&grid));
  if (!status) {
    status = GrangerFinish(g, causality, &m);
  }
  PetscFunctionReturn(status);
}
