/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimators/estimator.h"
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_ORDER = 1, MOST_ORDER = 100000 };

static const ParameterWord tests[] = {
    {"f", "F test of the restriction", 0},
    {"lr", "likelihood ratio, corrected after Bartlett", 0},
    {"robust", "the smaller of F and a Wald statistic that allows for unequal variances", 0},
    {NULL, NULL, 0}};

static const ParameterWord nulls[] = {
    {"theory", "the distribution of the statistic under its assumptions", NULL_THEORY},
    {"empirical", "the theoretical one, scaled to the medians of each target and source",
     NULL_EMPIRICAL},
    {NULL, NULL, 0}};

static const ParameterWord bandwidths[] = {
    {"auto",
     "with filters, their memory or four widths of granger_highpass, whichever is longer; with "
     "lags, 0",
     -1},
    {NULL, NULL, 0}};

static const ParameterWord surrogates[] = {
    {"shift", "each series rotated in time by itself", 0},
    {"permute", "blocks of each series in random order", 0},
    {"interval_jitter", "each spike at a random place of its window", 0},
    {"spike_jitter", "each spike displaced by up to the width", 0},
    {"local_permute", "samples of each window in random order", 0},
    {NULL, NULL, 0}};

/* Condition of the parameters of the autoregression, which event regressions do not use. */
#define REGRESSES "granger_statistics=conditional|state_space|spectral|pairwise|instantaneous|group"

static const ParameterSpec parameters[] = {
    {.key = "granger_estimator",
     .kind = PARAMETER_CHOICE,
     .standard = "auto",
     .word = GrangerEstimatorWord,
     .text = "Estimator of the autoregression",
     .needs = REGRESSES,
     .priority = 5,
     PARAMETER_MEMBER(struct _p_Granger, estimator_choice)},
    {.key = "granger_order",
     .kind = PARAMETER_INTEGER,
     .unit = "samples",
     .standard = "5",
     .low = LEAST_ORDER,
     .high = MOST_ORDER,
     .words = OrderCriteria,
     .text = "Number of lags in the autoregression, or the criterion that chooses it",
     .needs = REGRESSES "&granger_basis=lags",
     .priority = 3,
     PARAMETER_MEMBER(struct _p_Granger, order_choice)},
    {.key = "granger_order_max",
     .kind = PARAMETER_INTEGER,
     .unit = "samples",
     .standard = "10",
     .low = LEAST_ORDER,
     .high = MOST_ORDER,
     .text = "Highest number of lags that a criterion may choose",
     .needs = "granger_order=aicc|bic|hq|validation",
     PARAMETER_MEMBER(struct _p_Granger, order_max)},
    {.key = "granger_statistics",
     .kind = PARAMETER_LIST,
     .standard = "conditional",
     .word = GrangerStatisticWord,
     .text = "Statistics to compute, a list with commas",
     .priority = 4,
     PARAMETER_MEMBER(struct _p_Granger, statistics)},
    {.key = "granger_test",
     .kind = PARAMETER_CHOICE,
     .standard = "f",
     .words = tests,
     .text = "Test that p-values come from",
     .needs = "granger_statistics=conditional|pairwise",
     PARAMETER_MEMBER(struct _p_Granger, test)},
    {.key = "granger_null",
     .kind = PARAMETER_CHOICE,
     .standard = "theory",
     .words = nulls,
     .text = "Null distribution of the conditional statistic that p-values come from",
     .needs = "granger_statistics=conditional",
     PARAMETER_MEMBER(struct _p_Granger, null)},
    {.key = "granger_bandwidth",
     .kind = PARAMETER_INTEGER,
     .unit = "samples",
     .standard = "auto",
     .high = 10000,
     .words = bandwidths,
     .text = "Largest lag at which the robust test allows for correlated residuals; 0 for none",
     .needs = "granger_test=robust",
     PARAMETER_MEMBER(struct _p_Granger, bandwidth_choice)},
    {.key = "granger_level",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "0.05",
     .high = 1,
     .text = "Significance level of masks and selected pairs, a false-discovery rate or "
             "family-wise error",
     .needs = "granger_statistics=conditional|pairwise|event|group",
     PARAMETER_MEMBER(struct _p_Granger, level)},
    {.key = "granger_block",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "128",
     .low = 1,
     .high = 65536,
     .text = "Rows of a block in the block-cyclic layout of matrices, rounded to whole neurons",
     .effect = PARAMETER_LAYOUT,
     PARAMETER_MEMBER(struct _p_Granger, block)},
    {.key = "granger_surrogates",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "0",
     .high = 1e9,
     .text = "Number of surrogate data sets without influences, for p-values; 0 for none",
     PARAMETER_MEMBER(struct _p_Granger, resample.n_surrogates)},
    {.key = "granger_surrogate_type",
     .kind = PARAMETER_CHOICE,
     .standard = "shift",
     .words = surrogates,
     .text = "How surrogates lose the influences between neurons",
     .needs = "granger_surrogates!=0",
     PARAMETER_MEMBER(struct _p_Granger, resample.type)},
    {.key = "granger_surrogate_width",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "20",
     .high = 1e9,
     .text = "Length of the windows of interval_jitter and local_permute; largest displacement, "
             "to either side, of spike_jitter",
     .needs = "granger_surrogate_type=interval_jitter|spike_jitter|local_permute",
     PARAMETER_MEMBER(struct _p_Granger, resample.width_ms)},
    {.key = "granger_bootstrap",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "0",
     .high = 1e9,
     .text = "Number of bootstrap resamples for an interval at 1 - granger_level; 0 for none",
     PARAMETER_MEMBER(struct _p_Granger, resample.n_bootstrap)},
    {.key = "granger_bootstrap_block",
     .kind = PARAMETER_INTEGER,
     .unit = "samples",
     .standard = "0",
     .high = 1e9,
     .text = "Length of blocks of the bootstrap and of permuted surrogates; 0 for 2 rows^(1/3), at "
             "least 4 orders",
     .needs = "granger_bootstrap!=0||granger_surrogate_type=permute",
     PARAMETER_MEMBER(struct _p_Granger, resample.block)},
    {.key = NULL}};

/* Declares the parameters of one estimator or statistic, which have an effect only where it is
   chosen. */
static PetscErrorCode declare_own(Parameters p, const char *key, const char *name,
                                  const ParameterSpec own[])
{
  char condition[64];

  PetscFunctionBegin;
  if (own) {
    PetscCall(PetscSNPrintf(condition, sizeof(condition), "%s=%s", key, name));
    PetscCall(ParametersDeclareFor(p, own, condition));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerDeclareParameters(Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, parameters));
  PetscCall(ParametersDeclare(p, BasisParameters));
  for (int k = 0; GrangerEstimatorGet(k); k++) {
    const GrangerEstimator *type = GrangerEstimatorGet(k);

    PetscCall(declare_own(p, "granger_estimator", type->name, type->parameters));
  }
  for (int k = 0; GrangerStatisticGet(k); k++) {
    const GrangerStatistic *type = GrangerStatisticGet(k);

    PetscCall(declare_own(p, "granger_statistics", type->name, type->parameters));
  }
  PetscFunctionReturn(0);
}

/* Takes the listed statistics, and collects the results of the fit that they need. */
static void take_statistics(Granger g)
{
  g->needs = 0;
  for (int k = 0; k < g->n_statistics; k++) {
    g->uses[k].wanted = PETSC_FALSE;
  }
  for (int k = 0; k < g->statistics.n; k++) {
    StatisticUse *use = &g->uses[g->statistics.item[k]];

    use->wanted = PETSC_TRUE;
    g->needs |= use->type->needs;
  }
}

PetscErrorCode GrangerCreate(MPI_Comm comm, Granger *granger)
{
  Granger g;

  PetscFunctionBegin;
  PetscCall(PetscNew(granger));
  g = *granger;
  g->comm = comm;
  g->resample.most_bytes = 256e6;
  PetscCall(ParametersDefaults(parameters, g));
  PetscCall(ParametersDefaults(BasisParameters, &g->basis_choice));
  g->order = g->order_choice;
  g->estimator = g->used = GrangerEstimatorGet(g->estimator_choice);
  for (int k = 0; GrangerEstimatorGet(k); k++) {
    if (GrangerEstimatorGet(k)->parameters) {
      PetscCall(ParametersDefaults(GrangerEstimatorGet(k)->parameters, g));
    }
  }
  for (; GrangerStatisticGet(g->n_statistics); g->n_statistics++) {
    StatisticUse *use = &g->uses[g->n_statistics];

    PetscCheck(g->n_statistics < MOST_STATISTICS, comm, PETSC_ERR_PLIB, "more than %d statistics",
               MOST_STATISTICS);
    use->type = GrangerStatisticGet(g->n_statistics);
    PetscCall(PetscCalloc(use->type->size, &use->settings));
    if (use->type->parameters) {
      PetscCall(ParametersDefaults(use->type->parameters, use->settings));
    }
  }
  take_statistics(g);
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerDestroy(Granger *granger)
{
  PetscFunctionBegin;
  for (int k = 0; *granger && k < (*granger)->n_statistics; k++) {
    StatisticUse *use = &(*granger)->uses[k];

    if (use->type->free_settings) {
      PetscCall(use->type->free_settings(use->settings));
    }
    PetscCall(PetscFree(use->settings));
  }
  if (*granger) {
    PetscCall(BasisFree(&(*granger)->basis));
    PetscCall(ParametersDestroy(&(*granger)->own));
  }
  PetscCall(PetscFree(*granger));
  PetscFunctionReturn(0);
}

/* Value of `key` as the user gave it, for error messages. */
static const char *value_of(Parameters p, const char *key)
{
  ParameterInfo info;

  return ParametersLookUp(p, key, &info) ? info.value : "";
}

/* Lags, or the filters in their place. */
static PetscErrorCode take_order(Granger g, Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersRead(p, BasisParameters, &g->basis_choice));
  PetscCall(BasisChoose(&g->basis_choice, p));
  g->criterion = g->order_choice < 0 ? (OrderCriterion)-g->order_choice : ORDER_GIVEN;
  g->order = g->order_choice < 0 ? g->order : g->order_choice;
  if (g->basis_choice.type) {
    g->criterion = ORDER_GIVEN;
    g->order = g->basis_choice.n_filters;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_resample(Granger g, Parameters p)
{
  const ResampleOptions *o = &g->resample;
  const char *key = o->n_surrogates > 0 ? "granger_surrogates" : "granger_bootstrap";
  const int64_t n = o->n_surrogates > 0 ? o->n_surrogates : o->n_bootstrap;

  PetscFunctionBegin;
  UserCheck(n == 0 || (GrangerConditional(g)->wanted && GrangerSelectsAll(g)),
            "%s = %lld: needs the statistic `conditional` for all pairs; add it to "
            "granger_statistics, and set granger_select to all",
            ParametersSource(p, key), (long long)n);
  UserCheck(o->n_bootstrap == 0 || (double)(o->n_bootstrap + 1) * g->level >= 2.0,
            "%s = %lld: too few for an interval at granger_level = %g; take at least %.0f",
            ParametersSource(p, "granger_bootstrap"), (long long)o->n_bootstrap, g->level,
            ceil(2.0 / PetscMax(g->level, 1e-9) - 1.0));
  PetscFunctionReturn(0);
}

/* Lists the estimators that offer what a statistic needs, as "gram, or auto". */
static PetscErrorCode list_estimators(int needs, size_t length, char names[])
{
  PetscFunctionBegin;
  names[0] = 0;
  for (int k = 0; GrangerEstimatorGet(k); k++) {
    const GrangerEstimator *type = GrangerEstimatorGet(k);

    if (!(needs & ~type->offers)) {
      PetscCall(PetscStrlcat(names, names[0] ? " or " : "", length));
      PetscCall(PetscStrlcat(names, type->name, length));
    }
  }
  PetscFunctionReturn(0);
}

/* A statistic that explains another one is nothing without it; both are of all pairs. */
static PetscErrorCode check_beside(Granger g, Parameters p, const StatisticUse *use)
{
  PetscBool found = PETSC_FALSE;

  PetscFunctionBegin;
  for (int k = 0; use->type->beside && k < g->n_statistics; k++) {
    found = found || (g->uses[k].wanted && !strcmp(g->uses[k].type->name, use->type->beside))
                ? PETSC_TRUE
                : PETSC_FALSE;
  }
  UserCheck(!use->wanted || !use->type->beside || found,
            "%s = %s: %s needs %s beside it; take granger_statistics = %s,%s",
            ParametersSource(p, "granger_statistics"), value_of(p, "granger_statistics"),
            use->type->name, use->type->beside, use->type->beside, use->type->name);
  PetscFunctionReturn(0);
}

/* The others have no second regression. */
static PetscErrorCode check_highpass(Granger g, Parameters p)
{
  PetscFunctionBegin;
  for (int k = 0; g->basis_choice.highpass_ms > 0 && k < g->n_statistics; k++) {
    const GrangerStatistic *type = g->uses[k].type;

    UserCheck(!g->uses[k].wanted || type == GrangerConditional(g)->type || type->beside,
              "%s = %g: only conditional and coupling take a high-pass of their own; %s%s",
              ParametersSource(p, "granger_highpass"), g->basis_choice.highpass_ms,
              strcmp(type->name, "event") != 0 ? "take the step highpass, -highpass_width, for "
                                               : "leave it out for ",
              type->name);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_combination(Granger g, Parameters p)
{
  char names[WORDS_LENGTH];

  PetscFunctionBegin;
  for (int k = 0; k < g->n_statistics; k++) {
    const GrangerStatistic *type = g->uses[k].type;

    PetscCall(check_beside(g, p, &g->uses[k]));
    PetscCall(list_estimators(type->needs, sizeof(names), names));
    UserCheck(!g->uses[k].wanted || !(type->needs & ~g->estimator->offers),
              "%s = %s: %s needs -granger_estimator %s", ParametersSource(p, "granger_statistics"),
              value_of(p, "granger_statistics"), type->name, names);
  }
  UserCheck(!g->basis_choice.type || !g->estimator->chooses_order,
            "%s = %s: the recursion of -granger_estimator %s goes from lag to lag; take gram, qr, "
            "ridge or auto",
            ParametersSource(p, "granger_basis"), g->basis_choice.words, g->estimator->name);
  PetscCall(check_highpass(g, p));
  UserCheck(
      g->test != TEST_ROBUST || (g->estimator->offers & FIT_COEFFICIENTS),
      "%s = robust: needs the coefficients of a regression; take -granger_estimator auto, gram, "
      "qr or ridge",
      ParametersSource(p, "granger_test"));
  UserCheck(!g->estimator->refuses_lr || g->test != TEST_LIKELIHOOD_RATIO,
            "%s = lr: ridge regression has no likelihood ratio; take f",
            ParametersSource(p, "granger_test"));
  PetscFunctionReturn(0);
}

/* Reads the own parameters of estimators and statistics. */
static PetscErrorCode take_own(Granger g, Parameters p)
{
  PetscFunctionBegin;
  for (int k = 0; GrangerEstimatorGet(k); k++) {
    if (GrangerEstimatorGet(k)->parameters) {
      PetscCall(ParametersRead(p, GrangerEstimatorGet(k)->parameters, g));
    }
  }
  for (int k = 0; k < g->n_statistics; k++) {
    StatisticUse *use = &g->uses[k];

    if (use->type->parameters) {
      PetscCall(ParametersRead(p, use->type->parameters, use->settings));
    }
    if (use->type->set_up) {
      PetscCall(use->type->set_up(g, use, p));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSetFromOptions(Granger g, Parameters p, uint32_t seed)
{
  PetscFunctionBegin;
  PetscCall(ParametersRead(p, parameters, g));
  g->estimator = g->used = GrangerEstimatorGet(g->estimator_choice);
  PetscCall(take_order(g, p));
  take_statistics(g);
  PetscCall(check_combination(g, p));
  PetscCall(take_own(g, p));
  g->resample.seed = seed;
  PetscCall(check_resample(g, p));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSetOptions(Granger g, const ParameterSetting settings[])
{
  uint32_t seed;

  PetscFunctionBegin;
  PetscCall(ParametersSetOwn(g->comm, GrangerDeclareParameters, &g->own, settings, &seed));
  PetscCall(GrangerSetFromOptions(g, g->own, seed));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSetOrder(Granger g, int64_t order)
{
  PetscFunctionBegin;
  UserCheck(order >= LEAST_ORDER && order <= MOST_ORDER,
            "the order of the autoregression is %lld; take a number of lags from %d to %d",
            (long long)order, LEAST_ORDER, MOST_ORDER);
  g->order = g->order_choice = order;
  g->criterion = ORDER_GIVEN;
  PetscFunctionReturn(0);
}

int64_t GrangerHighestOrder(Granger g)
{
  return g->criterion == ORDER_GIVEN ? g->order : g->order_max;
}

int64_t GrangerReach(Granger g)
{
  return g->basis.filter ? FiltersReach(&g->basis, g->highpass, g->highpass_samples)
                         : GrangerHighestOrder(g);
}

PetscErrorCode GrangerFilters(Granger g, Filters *filters)
{
  const Basis terms = GrangerTerms(g);

  PetscFunctionBegin;
  PetscCall(FiltersCreate(&terms, g->highpass, g->highpass_samples, filters));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerGetInfo(Granger g, GrangerInfo *info)
{
  PetscFunctionBegin;
  *info = g->info;
  info->order_criterion = OrderCriterionName(g->criterion);
  info->terms = g->basis_choice.type ? "filters" : "lags";
  info->estimator = g->used->name;
  info->level = g->level;
  info->n_selected = GrangerSelectsAll(g) ? -1 : g->info.n_selected;
  PetscFunctionReturn(0);
}
