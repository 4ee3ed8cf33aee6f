/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Checks that the requested statistics can use an activity, before anything is computed. */
#include "estimators/estimator.h"
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "causeway/log.h"

PetscBool GrangerNeedsModel(Granger g)
{
  return g->estimator->chooses_order || g->criterion != ORDER_GIVEN ||
                 (g->needs & (FIT_PAIRS | FIT_COVARIANCE))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

PetscBool GrangerTakesList(Granger g)
{
  PetscBool takes =
      g->basis_choice.type && g->resample.n_surrogates == 0 && g->resample.n_bootstrap == 0
          ? PETSC_TRUE
          : PETSC_FALSE;

  for (int k = 0; k < g->n_statistics; k++) { /* one that works alone reads the series itself */
    takes = takes && !(g->uses[k].wanted && g->uses[k].type->work[PHASE_ALONE]) ? PETSC_TRUE
                                                                                : PETSC_FALSE;
  }
  return takes;
}

PetscBool GrangerMeasuresInflation(Granger g, int64_t n_neurons)
{
  const int64_t most = 4096;

  return GrangerSelectsAll(g) && n_neurons >= LEAST_INFLATION &&
                 (g->null == NULL_EMPIRICAL || n_neurons <= most)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

PetscBool GrangerMayUseQr(Granger g)
{
  return g->estimator->exact && GrangerNeedsModel(g) && !(g->needs & FIT_COVARIANCE) ? PETSC_TRUE
                                                                                     : PETSC_FALSE;
}

const char *GrangerOrderKey(Granger g)
{
  return g->basis_choice.type          ? "granger_basis"
         : g->criterion == ORDER_GIVEN ? "granger_order"
                                       : "granger_order_max";
}

PetscErrorCode GrangerCheckRows(Granger g, int64_t n_neurons, int64_t n_samples, int64_t n_rows)
{
  const int64_t order = GrangerHighestOrder(g), unknowns = n_neurons * order;
  const char *constants = g->n_fitted ? "the constant and trends" : "a constant";
  const char *key = GrangerOrderKey(g), *terms = g->basis_choice.type ? "filters" : "lags";
  const char *lower = g->basis_choice.type ? "the number in granger_basis" : key;
  const char *hint =
      n_neurons > n_samples ? "; are neurons and time exchanged (activity_layout)?" : "";

  PetscFunctionBegin;
  UserCheck(n_neurons > 1,
            "the activity has %lld neuron, but two are needed for an influence between neurons",
            (long long)n_neurons);
  UserCheck(
      n_rows > 0 || !g->basis.filter,
      "the activity has no stretch of more than %lld samples without a gap or a border of "
      "trials, which filters of this granger_memory and granger_highpass need; lower one of them",
      (long long)GrangerReach(g));
  UserCheck(n_rows > 0, "the activity has %lld samples, but %s = %lld %s need more%s",
            (long long)n_samples, key, (long long)order, terms,
            n_samples > order ? " in one piece, without a gap or a border of trials"
                              : "; are neurons and time exchanged (activity_layout)?");
  UserCheck(unknowns + 1 + g->n_fitted < n_rows || g->estimator->regularised ||
                !GrangerNeedsModel(g),
            "%lld neurons x %lld %s = %lld unknowns and %s need more than the %lld rows that "
            "%lld samples give; lower %s, record longer, take fewer neurons or -granger_estimator "
            "ridge%s",
            (long long)n_neurons, (long long)order, terms, (long long)unknowns, constants,
            (long long)n_rows, (long long)n_samples, lower, hint);
  UserCheck(g->test != TEST_ROBUST || g->bandwidth_choice < n_rows,
            "granger_bandwidth = %lld: must be less than the %lld rows that %lld samples give",
            (long long)g->bandwidth_choice, (long long)n_rows, (long long)n_samples);
  for (int k = 0; k < g->n_statistics; k++) {
    const StatisticUse *use = &g->uses[k];

    if (use->wanted && use->type->check_rows) {
      PetscCall(use->type->check_rows(g, use, n_neurons, n_rows, n_samples));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerCheckActivity(Granger g, Activity activity)
{
  const char *step = ActivityDependence(activity);

  PetscFunctionBegin;
  UserCheck(!step || g->estimator->regularised || !GrangerNeedsModel(g),
            "activity_steps: %s makes the neurons linearly dependent, so a regression on all of "
            "them has no solution; leave the step out, or take "
            "-granger_estimator ridge or -granger_statistics pairwise",
            step);
  for (int k = 0; k < g->n_statistics; k++) {
    const StatisticUse *use = &g->uses[k];

    if (use->wanted && use->type->check_steps) {
      PetscCall(use->type->check_steps(g, use, activity));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerWarnLimits(Granger g, Activity activity)
{
  const double least_rows = 0.9; /* share of the samples */

  PetscFunctionBegin;
  if (ActivityLookAhead(activity)) {
    PetscCall(
        LogWarning("activity_steps: %s looks ahead, so that a strong coupling also appears in "
                   "reverse, weakly and with the opposite sign; do not trust the weaker "
                   "direction of such pairs, or take -granger_highpass, which finds them out\n",
                   ActivityLookAhead(activity)));
  }
  if (g->basis.filter && (double)ActivityRows(activity, GrangerReach(g)) <
                             least_rows * (double)ActivityRows(activity, 0)) {
    PetscCall(LogWarning("of %lld samples only %lld are rows of the regression: the filters of "
                         "granger_memory and granger_highpass need %lld samples without a gap or a "
                         "border of trials\n",
                         (long long)ActivityRows(activity, 0),
                         (long long)ActivityRows(activity, GrangerReach(g)),
                         (long long)GrangerReach(g) + 1));
  }
  if (g->null == NULL_EMPIRICAL && ActivityPartition(activity)->n_global < LEAST_INFLATION) {
    PetscCall(LogWarning("fewer than %d neurons are too few for the empirical null; p-values come "
                         "from the theoretical one\n",
                         LEAST_INFLATION));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerWarnWandering(Activity activity)
{
  const double level = 0.05;
  int64_t n, first;

  PetscFunctionBegin;
  PetscCall(ActivityTestStationarity(activity, level, &n, &first));
  if (n > 0) {
    PetscCall(LogWarning("%lld of %lld series do not look stationary (first: %s), so significance "
                         "cannot be trusted; see "
                         "-activity_difference and -activity_detrend\n",
                         (long long)n, (long long)ActivityPartition(activity)->n_global,
                         ActivityNeuron(activity, first)));
  }
  PetscFunctionReturn(0);
}
