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
    status = fit(&s);
  }
  status = status ? status : StatisticsWork(&s, PHASE_ALONE);
  PetscCall(ProcessGridFree(&grid));
  PetscFunctionReturn(status);
}
