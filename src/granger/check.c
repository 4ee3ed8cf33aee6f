/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What of an activity the statistics that are wanted cannot take, told before anything is computed. */
#include "granger_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

PetscErrorCode GrangerCheckRows(Granger g, int64_t n_neurons, int64_t n_samples, int64_t n_rows)
{
  const int64_t order = GrangerHighestOrder(g), unknowns = n_neurons * order;
  const int64_t own = 1 + g->n_fitted;
  const char *constants = g->n_fitted ? "the constant and trends" : "a constant";
  const char *key = g->criterion == ORDER_GIVEN ? "granger_order" : "granger_order_max";
  const char *hint =
      n_neurons > n_samples ? "; are neurons and time exchanged (activity_layout)?" : "";

  PetscFunctionBegin;
  UserCheck(n_rows > 0, "the activity has %lld samples, but %s = %lld lags need more%s",
            (long long)n_samples, key, (long long)order,
            n_samples > order ? " in one piece, without a gap or a border of trials"
                              : "; are neurons and time exchanged (activity_layout)?");
  UserCheck(!g->wants[STATISTIC_PAIRWISE] || 2 * order + own < n_rows,
            "the regression of a pair on 2 x %lld lags and %s needs more than the %lld rows that "
            "%lld samples give; lower %s or record longer",
            (long long)order, constants, (long long)n_rows, (long long)n_samples, key);
  UserCheck(unknowns + own < n_rows || g->estimator == ESTIMATOR_RIDGE || !GrangerNeedsModel(g),
            "%lld neurons x %lld lags = %lld unknowns and %s need more than the %lld rows that "
            "%lld samples give; lower %s, record longer, take fewer neurons or -granger_estimator "
            "ridge%s",
            (long long)n_neurons, (long long)order, (long long)unknowns, constants,
            (long long)n_rows, (long long)n_samples, key, hint);
  if (g->wants[STATISTIC_GROUP]) {
    PetscCall(GroupsCheck(&g->groups, n_neurons));
    UserCheck(g->groups.largest <= n_rows - unknowns - 1 - g->n_fitted,
              "%s = %s: a group of %lld neurons needs at least as many degrees of freedom, but the "
              "%lld rows leave %lld; take smaller groups, lower %s or record longer",
              "granger_groups", g->groups.words, (long long)g->groups.largest, (long long)n_rows,
              (long long)(n_rows - unknowns - 1 - g->n_fitted), key);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerCheckActivity(Granger g, Activity activity)
{
  const char *step = ActivityDependence(activity);

  PetscFunctionBegin;
  UserCheck(
      !step || g->estimator == ESTIMATOR_RIDGE || !GrangerNeedsModel(g),
      "activity_steps: %s takes one rank away, each neuron being given by the others, so that a "
      "regression on all of them has no solution; leave the step out, or take "
      "-granger_estimator ridge or -granger_statistics pairwise",
      step);
  UserCheck(!g->wants[STATISTIC_GROUP] || ActivityDropped(activity) == 0,
            "granger_groups = %s: numbers all neurons, but %lld that do not vary are left out, so "
            "that others would be "
            "meant; choose the rest with -activity_channels, and number these from 0",
            g->groups.words, (long long)ActivityDropped(activity));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerWarnWandering(Activity activity)
{
  const double level = 0.05;
  int64_t n, first;

  PetscFunctionBegin;
  PetscCall(ActivityTestStationarity(activity, level, &n, &first));
  if (n > 0) {
    PetscCall(LogWarning("%lld of %lld series do not look stationary, the first is that of %s: "
                         "significance cannot be trusted; see "
                         "-activity_difference and -activity_detrend\n",
                         (long long)n, (long long)ActivityPartition(activity)->n_global,
                         ActivityNeuron(activity, first)));
  }
  PetscFunctionReturn(0);
}
