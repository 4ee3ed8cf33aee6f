/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include <math.h>
#include <string.h>

static PetscErrorCode print_cost(App *app)
{
  GrangerCost cost;

  PetscFunctionBegin;
  GrangerPredict(app->granger.granger, app->run.size, app->data.n_neurons, app->data.n_samples,
                 &cost);
  if (app->run.dry_run && isfinite(cost.flops)) {
    PetscCall(LogPrintf("granger    per rank %.3g flops, %.3g MB received in %.0f messages\n",
                        cost.flops, cost.received * 1e-6, cost.messages));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode prepare_granger(App *app)
{
  double memory, disk;

  PetscFunctionBegin;
  PetscCall(RecipePrint(app));
  PetscCall(AppInspectActivity(app));
  PetscCall(GrangerCheckActivity(app->granger.granger, app->data.activity));
  ActivitySetLags(app->data.activity, GrangerHighestOrder(app->granger.granger));
  PetscCall(GrangerEstimate(app->granger.granger, app->run.size, app->data.n_neurons,
                            app->data.n_samples, ActivityListed(app->data.activity), &memory,
                            &disk));
  memory += app->run.held;
  app->run.memory = PetscMax(app->run.memory, memory);
  app->run.held +=
      disk / (double)app->data.n_neurons * ceil((double)app->data.n_neurons / app->run.size);
  app->run.disk += disk;
  PetscCall(LogPrintf(
      "granger    %lld neurons, %lld samples; memory %.1f MB per rank, causality.h5 "
      "%.1f MB\n",
      (long long)app->data.n_neurons, (long long)app->data.n_samples, memory * 1e-6, disk * 1e-6));
  PetscCall(print_cost(app));
  PetscFunctionReturn(0);
}

/* Logs the number of pairs without a p-value. */
static PetscErrorCode print_untested(const GrangerInfo *info)
{
  PetscFunctionBegin;
  if (info->n_untested > 0) {
    PetscCall(LogPrintf("granger    %lld pairs have no p-value: fewer than 5 of their rare events "
                        "are expected to coincide by chance within %lld %s\n",
                        (long long)info->n_untested, (long long)info->order, info->terms));
  }
  if (info->n_untested_events > 0) {
    PetscCall(LogPrintf(
        "granger    %lld pairs have no p-value by events: their sources have fewer than 5\n",
        (long long)info->n_untested_events));
  }
  PetscFunctionReturn(0);
}

/* Whether a parameter has the value with which it does nothing. */
static PetscBool is_unused(const App *app, const char *key, const char *unused)
{
  ParameterInfo info;

  return ParametersLookUp(app->run.parameters, key, &info) && !strcmp(info.value, unused)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Options against common drive that are not in use yet. */
static PetscErrorCode advise(const App *app, size_t length, char advice[])
{
  const struct {
    PetscBool unused;
    const char *text;
  } options[] = {{is_unused(app, "highpass_width", "0") && is_unused(app, "granger_highpass", "0"),
                  is_unused(app, "granger_basis", "lags")
                      ? "-highpass_width against drive slower than the influences"
                      : "-granger_highpass against drive slower than the influences"},
                 {is_unused(app, "granger_test", "f"), "-granger_test robust"},
                 {is_unused(app, "granger_null", "theory"), "-granger_null empirical"}};

  PetscFunctionBegin;
  advice[0] = 0;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(options); k++) {
    if (options[k].unused) {
      PetscCall(PetscStrlcat(advice, advice[0] ? ", " : "", length));
      PetscCall(PetscStrlcat(advice, options[k].text, length));
    }
  }
  if (app->recipe.type == 0 && !strcmp(ActivityUnit(app->data.activity), "spikes")) {
    PetscCall(PetscStrlcat(advice, advice[0] ? ", or -recipe spikes" : "-recipe spikes", length));
  }
  if (!advice[0]) {
    PetscCall(PetscStrlcat(advice, "another width of the high-pass", length));
  }
  PetscFunctionReturn(0);
}

/* Of a recording: what remains of common drive in the statistics, and whether the pairs found can be believed. */
static PetscErrorCode print_significance(const App *app, const GrangerInfo *info)
{
  const double most_inflation = 2.0, most_share = 0.2;
  char advice[256];

  PetscFunctionBegin;
  if (isfinite(info->inflation)) {
    PetscCall(LogPrintf("granger    inflation %.2f of the median statistic, divided out by up to "
                        "%.2f; %.1f %% of the tested pairs are significant\n",
                        info->inflation, info->largest_inflation, 100.0 * info->significant_share));
  }
  PetscCall(advise(app, sizeof(advice), advice));
  if (info->inflation > most_inflation) {
    PetscCall(LogWarning("the statistics of all pairs are %.1f times what they are without any "
                         "influence, as common drive makes them; try %s\n",
                         info->inflation, advice));
  }
  if (info->significant_share > most_share) {
    PetscCall(LogWarning("%.0f %% of all pairs are significant, more than direct influences in a "
                         "large population can be; try %s\n",
                         100.0 * info->significant_share, advice));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_solution(const GrangerInfo *info)
{
  PetscFunctionBegin;
  if (info->n_rows == 0) { /* only event regressions, in which each target has its own rows */
    PetscFunctionReturn(0);
  }
  PetscCall(LogPrintf("granger    %s, %s %lld, %lld rows", info->estimator,
                      strcmp(info->terms, "lags") ? info->terms : "order", (long long)info->order,
                      (long long)info->n_rows));
  if (isfinite(info->condition_number)) {
    PetscCall(LogPrintf(", condition number %.3g", info->condition_number));
  }
  if (info->n_selected >= 0) {
    PetscCall(LogPrintf(", pairs kept %lld", (long long)info->n_selected));
  } else if (info->significant[MULTIPLICITY_BONFERRONI] >= 0) {
    PetscCall(LogPrintf(", significant pairs %lld (Benjamini-Hochberg), %lld "
                        "(Benjamini-Yekutieli), %lld (Bonferroni)",
                        (long long)info->significant[MULTIPLICITY_BENJAMINI_HOCHBERG],
                        (long long)info->significant[MULTIPLICITY_BENJAMINI_YEKUTIELI],
                        (long long)info->significant[MULTIPLICITY_BONFERRONI]));
  }
  PetscCall(LogPrintf("\n"));
  if (info->significant_pairwise >= 0) {
    PetscCall(LogPrintf("granger    pairwise: significant pairs %lld (Benjamini-Hochberg at %g)\n",
                        (long long)info->significant_pairwise, info->level));
  }
  if (info->n_groups > 0) {
    PetscCall(LogPrintf("granger    %lld groups, largest influence from group %lld on group %lld "
                        "(counted from 0): %.4g, p-value "
                        "%.2g\n",
                        (long long)info->n_groups, (long long)info->group_source,
                        (long long)info->group_target, info->group_gc, info->group_p_value));
  }
  PetscFunctionReturn(0);
}

/* Logs the cost of the regressions; a statistic that does not measure it has none. */
static PetscErrorCode print_speed(const GrangerInfo *info)
{
  PetscFunctionBegin;
  if (info->regression_s > 0) {
    PetscCall(LogPrintf("granger    regression %.3g s, %.1f Gflop/s\n", info->regression_s,
                        info->flops / info->regression_s * 1e-9));
  }
  if (info->n_resamples > 0) {
    PetscCall(LogPrintf("granger    %lld resamples in %.3g s\n", (long long)info->n_resamples,
                        info->resample_s));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_granger(App *app)
{
  char path[PETSC_MAX_PATH_LEN];
  GrangerInfo info;

  PetscFunctionBegin;
  PetscCall(AppLoadActivity(app));
  PetscCall(AppCausality(app));
  app->granger.is_done = PETSC_TRUE;
  if (app->run.stage < app->run.resume_stage) {
    PetscCall(RunWindowPath(&app->run, "causality", sizeof(path), path));
    PetscCall(GrangerReload(app->granger.granger, path, app->data.causality));
    PetscCall(GrangerGetInfo(app->granger.granger, &info));
    PetscCall(CausalitySetCost(app->data.causality, "granger",
                               (ScoreCost){info.regression_s, info.flops}));
    PetscFunctionReturn(0);
  }
  PetscCall(GrangerSolve(app->granger.granger, app->data.activity, AppResumesStage(app),
                         app->data.causality));
  PetscCall(AppWriteCausality(app));
  PetscCall(GrangerGetInfo(app->granger.granger, &info));
  PetscCall(
      CausalitySetCost(app->data.causality, "granger", (ScoreCost){info.regression_s, info.flops}));
  PetscCall(print_solution(&info));
  PetscCall(print_untested(&info));
  PetscCall(app->simulate.applies ? 0 : print_significance(app, &info));
  PetscCall(print_speed(&info));
  PetscCall(RunWindowPath(&app->run, "causality", sizeof(path), path));
  UserCheck(!info.failure[0], "%s; the other statistics are in %s", info.failure, path);
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_granger(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(GrangerKeep(app->granger.granger, snapshot));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_solved(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(GrangerKeepResult(app->granger.granger, snapshot));
  PetscFunctionReturn(0);
}

static PetscBool applies(const App *app)
{
  return app->granger.applies;
}

Stage StageGranger = {.name = "granger",
                      .applies = applies,
                      .prepare = prepare_granger,
                      .execute = execute_granger,
                      .files = {"causality.h5"},
                      .log_stage = STAGE_GRANGER,
                      .keep = keep_granger,
                      .keep_result = keep_solved,
                      .seconds = -1.0};
