/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include <math.h>

static PetscErrorCode print_cost(App *app)
{
  GrangerCost cost;

  PetscFunctionBegin;
  GrangerPredict(app->granger, app->size, app->n_neurons, app->n_samples, &cost);
  if (app->dry_run && isfinite(cost.flops)) {
    PetscCall(LogPrintf("granger    per rank %.3g flops, %.3g MB received in %.0f messages\n",
                        cost.flops, cost.received * 1e-6, cost.messages));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode prepare_granger(App *app)
{
  double memory, disk;

  PetscFunctionBegin;
  if (!app->infers_granger) {
    PetscFunctionReturn(0);
  }
  PetscCall(AppInspectActivity(app));
  PetscCall(GrangerCheckActivity(app->granger, app->activity));
  ActivitySetLags(app->activity, GrangerHighestOrder(app->granger));
  PetscCall(
      GrangerEstimate(app->granger, app->size, app->n_neurons, app->n_samples, &memory, &disk));
  memory += app->held;
  app->memory = PetscMax(app->memory, memory);
  app->held += disk / (double)app->n_neurons * ceil((double)app->n_neurons / app->size);
  app->disk += disk;
  PetscCall(
      LogPrintf("granger    %lld neurons, %lld samples; memory %.1f MB per rank, causality.h5 "
                "%.1f MB\n",
                (long long)app->n_neurons, (long long)app->n_samples, memory * 1e-6, disk * 1e-6));
  PetscCall(print_cost(app));
  PetscFunctionReturn(0);
}

/* Pairs without a test. */
static PetscErrorCode print_untested(const GrangerInfo *info)
{
  PetscFunctionBegin;
  if (info->n_untested > 0) {
    PetscCall(LogPrintf(
        "granger    %lld pairs have no p-value: they have rare events, of which fewer than 5 are "
        "expected to coincide by chance within %lld lags\n",
        (long long)info->n_untested, (long long)info->order));
  }
  if (info->n_untested_events > 0) {
    PetscCall(LogPrintf(
        "granger    %lld pairs have no p-value by events: their sources have fewer than 5\n",
        (long long)info->n_untested_events));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_solution(const GrangerInfo *info)
{
  PetscFunctionBegin;
  if (info->n_rows == 0) { /* event regressions alone, of which each target has its own rows */
    PetscFunctionReturn(0);
  }
  PetscCall(LogPrintf("granger    %s, order %lld, %lld rows", info->estimator,
                      (long long)info->order, (long long)info->n_rows));
  if (isfinite(info->condition_number)) {
    PetscCall(LogPrintf(", condition number %.3g", info->condition_number));
  }
  if (info->n_kept >= 0) {
    PetscCall(LogPrintf(", pairs kept %lld", (long long)info->n_kept));
  } else if (info->free_rows > 0) {
    PetscCall(LogPrintf(", significant pairs %lld (Benjamini-Hochberg), %lld "
                        "(Benjamini-Yekutieli), %lld (Bonferroni)",
                        (long long)info->significant[MULTIPLICITY_BENJAMINI_HOCHBERG],
                        (long long)info->significant[MULTIPLICITY_BENJAMINI_YEKUTIELI],
                        (long long)info->significant[MULTIPLICITY_BONFERRONI]));
  }
  PetscCall(LogPrintf("\n"));
  if (info->n_groups > 0) {
    PetscCall(LogPrintf(
        "granger    %lld groups, largest influence of %lld on %lld (counted from 0): %.4g, p-value "
        "%.2g\n",
        (long long)info->n_groups, (long long)info->group_source, (long long)info->group_target,
        info->group_gc, info->group_p_value));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_granger(App *app)
{
  char path[PETSC_MAX_PATH_LEN];
  GrangerInfo info;

  PetscFunctionBegin;
  if (!app->infers_granger) {
    PetscFunctionReturn(0);
  }
  PetscCall(AppLoadActivity(app));
  PetscCall(AppCausality(app));
  app->has_granger = PETSC_TRUE;
  if (app->stage < app->resume_stage) {
    PetscCall(AppWindowPath(app, "causality", sizeof(path), path));
    PetscCall(GrangerReload(app->granger, path, app->causality));
    PetscFunctionReturn(0);
  }
  PetscCall(GrangerSolve(app->granger, app->activity, AppResumesStage(app), app->causality));
  PetscCall(AppWriteCausality(app));
  PetscCall(GrangerGetInfo(app->granger, &info));
  PetscCall(print_solution(&info));
  PetscCall(print_untested(&info));
  PetscCall(LogPrintf("granger    regression %.3g s, %.1f Gflop/s\n", info.regression_s,
                      info.flops / info.regression_s * 1e-9));
  if (info.n_resamples > 0) {
    PetscCall(LogPrintf("granger    %lld surrogates and bootstrap resamples in %.3g s\n",
                        (long long)info.n_resamples, info.resample_s));
  }
  PetscCall(AppWindowPath(app, "causality", sizeof(path), path));
  UserCheck(!info.failure[0], "%s; the other statistics are in %s", info.failure, path);
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_granger(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(GrangerKeep(app->granger, snapshot));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_solved(App *app, Snapshot snapshot)
{
  PetscFunctionBegin;
  PetscCall(GrangerKeepResult(app->granger, snapshot));
  PetscFunctionReturn(0);
}

Stage StageGranger = {.name = "granger",
                      .prepare = prepare_granger,
                      .execute = execute_granger,
                      .files = {"causality.h5"},
                      .log_stage = STAGE_GRANGER,
                      .keep = keep_granger,
                      .keep_result = keep_solved,
                      .seconds = -1.0};
