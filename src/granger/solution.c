/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One solution: the order, the fit, and the statistics. */
#include "estimators/estimator.h"
#include "statistics/statistic.h"

#include "order.h"

#include <math.h>

/* Whether any requested statistic needs the estimator. */
static PetscBool needs_fit(Granger g)
{
  return g->needs || g->estimator->chooses_order ? PETSC_TRUE : PETSC_FALSE;
}

double GrangerSolutionNumbers(Granger g, int ranks, int64_t n_neurons, int64_t n_samples)
{
  const GrangerSize size = {ranks, n_neurons, GrangerHighestOrder(g), n_samples};
  double numbers = needs_fit(g) ? g->estimator->numbers(g, &size) : 0.0, alone = 0;

  for (int k = 0; k < g->n_statistics; k++) {
    const StatisticUse *use = &g->uses[k];
    const double own = use->wanted && use->type->numbers ? use->type->numbers(g, use, &size) : 0.0;

    if (use->type->work[PHASE_ALONE]) {
      alone = PetscMax(alone, own);
    } else {
      numbers += own;
    }
  }
  if (g->criterion != ORDER_GIVEN) {
    alone = PetscMax(alone, RecursionNumbers(&size));
  }
  if (g->basis_choice.highpass_ms > 0) {
    numbers += 2.0 * ceil((double)n_neurons / ranks) * (double)n_neurons; /* of solve_ahead() */
  }
  return PetscMax(numbers, alone);
}

/* Runs the fit. A failed fit of all neurons does not stop statistics that work without it, such as
   pairwise ones. */
static PetscErrorCode fit(GrangerSolution *s)
{
  Granger g = s->granger;
  PetscErrorCode status = g->estimator->solve(s);

  PetscFunctionBegin;
  PetscCall(GrangerNeedsModel(g) ? status : StatisticsSetAside(g, g->needs, status));
  PetscFunctionReturn(0);
}

/* The conditional statistic with targets that look ahead. It keeps no snapshots: a run that is resumed repeats it. */
static PetscErrorCode solve_ahead(GrangerSolution *s)
{
  Granger g = s->granger;
  struct _p_Granger ahead = GrangerQuietCopy(g, g->comm);
  const int64_t n_pairs = s->partition->n_local * s->partition->n_global;
  StatisticUse *use = GrangerConditional(&ahead);

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(n_pairs, &g->ahead[0], n_pairs, &g->ahead[1]));
  use->values[CONDITIONAL_GC] = g->ahead[0];
  use->values[CONDITIONAL_F] = g->ahead[1];
  ahead.highpass = HIGHPASS_AHEAD;
  ahead.lambda = g->lambda;
  PetscCall(GrangerSolveStatistics(&ahead, s->activity, PETSC_FALSE));
  g->info.flops += ahead.info.flops;
  g->info.regression_s += ahead.info.regression_s;
  PetscFunctionReturn(0);
}

/* Both regressions of a high-pass, or the one. */
static PetscErrorCode fit_all(GrangerSolution *s)
{
  Granger g = s->granger;
  PetscErrorCode status = g->highpass == HIGHPASS_BOTH ? solve_ahead(s) : 0;

  PetscFunctionBegin;
  status = status ? status : fit(s);
  PetscCall(PetscFree2(g->ahead[0], g->ahead[1]));
  PetscFunctionReturn(status);
}

PetscErrorCode GrangerSolveStatistics(Granger g, Activity activity, PetscBool resumes)
{
  GrangerSolution s = {.granger = g,
                       .activity = activity,
                       .partition = ActivityPartition(activity),
                       .resumes = resumes};
  ProcessGrid grid;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  g->info = (GrangerInfo){.order = g->order,
                          .spectral_radius = NAN,
                          .condition_number = NAN,
                          .inflation = NAN,
                          .significant_share = NAN,
                          .largest_inflation = 1.0,
                          .significant = {-1, -1, -1},
                          .significant_pairwise = -1};
  g->used = g->estimator;
  g->resamples_failed = PETSC_FALSE;
  for (int k = 0; k < g->n_statistics; k++) {
    g->uses[k].failed = PETSC_FALSE;
  }
  PetscCall(ProcessGridCreate(g->comm, &grid));
  s.grid = &grid;
  if (g->criterion != ORDER_GIVEN && !g->estimator->chooses_order) {
    status = RecursionSolve(g, &grid, activity, NULL);
  }
  if (!status && needs_fit(g)) {
    status = fit_all(&s);
  }
  status = status ? status : StatisticsWork(&s, PHASE_ALONE);
  PetscCall(ProcessGridFree(&grid));
  PetscFunctionReturn(status);
}
