/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dual.h"
#include "event.h"

#include "causeway/error.h"
#include "causeway/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const estimator_names[] = {"auto", "gram", "qr", "lwr", "ridge", NULL};
static const char *const test_names[] = {"f", "lr", NULL};
static const char *const statistic_names[N_STATISTICS] = {"dual",     "state_space", "spectral",
                                                          "pairwise", "event",       "group"};
#define STATISTICS "dual, state_space, spectral, pairwise, event, group"

PetscErrorCode GrangerCreate(MPI_Comm comm, Granger *granger)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(granger));
  (*granger)->comm = comm;
  (*granger)->order = 5;
  (*granger)->order_max = 10;
  (*granger)->level = 0.05;
  (*granger)->block = 128;
  (*granger)->keeps_all = PETSC_TRUE;
  (*granger)->resample.most_bytes = 256e6;
  (*granger)->wants[STATISTIC_DUAL] = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerDestroy(Granger *granger)
{
  PetscFunctionBegin;
  if (*granger) {
    PetscCall(GroupsFree(&(*granger)->groups));
  }
  PetscCall(PetscFree(*granger));
  PetscFunctionReturn(0);
}

/* "5", or the name of a criterion */
static PetscErrorCode read_order(Granger g, Parameters parameters)
{
  enum { MOST_LAGS = 100000 };
  char *words = g->order_words;

  PetscFunctionBegin;
  (void)snprintf(words, WORDS_LENGTH, "%lld", (long long)g->order);
  PetscCall(ParametersString(parameters, "granger_order",
                             "lags of the regression [samples], or the criterion that chooses "
                             "them: aicc, bic, hq, validation",
                             WORDS_LENGTH, words));
  for (OrderCriterion k = ORDER_AICC; k <= ORDER_VALIDATION; k++) {
    if (!strcmp(words, OrderCriterionName(k))) {
      g->criterion = k;
      PetscFunctionReturn(0);
    }
  }
  UserCheck(NumberInteger(words, &g->order) && g->order >= 1 && g->order <= MOST_LAGS,
            "%s = %s: expected an integer from 1 to %d, or aicc, bic, hq, validation",
            ParametersSource(parameters, "granger_order"), words, MOST_LAGS);
  g->criterion = ORDER_GIVEN;
  PetscFunctionReturn(0);
}

/* A list of names */
static PetscErrorCode read_statistics(Granger g, Parameters parameters)
{
  char *rest = g->statistics_words, copy[WORDS_LENGTH], *name;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(g->statistics_words, "dual", WORDS_LENGTH));
  PetscCall(ParametersString(parameters, "granger_statistics", "a list of " STATISTICS,
                             WORDS_LENGTH, g->statistics_words));
  PetscCall(PetscArrayzero(g->wants, N_STATISTICS));
  PetscCall(PetscStrncpy(copy, g->statistics_words, sizeof(copy)));
  rest = copy;
  while ((name = strsep(&rest, ","))) {
    int k = 0;

    while (k < N_STATISTICS && strcmp(name, statistic_names[k]) != 0) {
      k++;
    }
    UserCheck(k < N_STATISTICS && !g->wants[k],
              "%s = %s: expected a list of " STATISTICS ", each once",
              ParametersSource(parameters, "granger_statistics"), g->statistics_words);
    g->wants[k] = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

/* "8" equal bands, or "0.05,0.1": edges inside */
static PetscErrorCode read_bands(Granger g, Parameters parameters)
{
  char *words = g->bands_words, copy[WORDS_LENGTH], *rest = copy, *item;

  PetscFunctionBegin;
  (void)snprintf(words, WORDS_LENGTH, "8");
  PetscCall(ParametersString(parameters, "granger_bands",
                             "of the spectral statistic: a number of equal bands, or their inner "
                             "edges [cycles per sample], e.g. 0.01,0.1",
                             WORDS_LENGTH, words));
  if (NumberInteger(words, &g->n_bands) && g->n_bands >= 1 && g->n_bands <= MAX_BANDS) {
    for (int64_t k = 0; k <= g->n_bands; k++) {
      g->band_edges[k] = 0.5 * (double)k / (double)g->n_bands;
    }
  } else {
    PetscCall(PetscStrncpy(copy, words, sizeof(copy)));
    for (g->n_bands = 1; (item = strsep(&rest, ",")); g->n_bands++) {
      double edge = -1;

      UserCheck(g->n_bands < MAX_BANDS && NumberReal(item, &edge) &&
                    edge > g->band_edges[g->n_bands - 1] && edge < 0.5,
                "%s = %s: expected a number of bands up to %d, or their inner edges, ascending "
                "between 0 and 0.5 cycles per sample",
                ParametersSource(parameters, "granger_bands"), words, MAX_BANDS);
      g->band_edges[g->n_bands] = edge;
    }
    g->band_edges[g->n_bands] = 0.5;
  }
  for (int64_t k = 0; k < g->n_bands; k++) {
    (void)snprintf(g->band_names[k], sizeof(g->band_names[k]), "spectral_gc_%02d", (int)k);
    (void)snprintf(g->band_texts[k], sizeof(g->band_texts[k]),
                   "part of the state-space causality from %.6g to %.6g cycles per sample",
                   g->band_edges[k], g->band_edges[k + 1]);
  }
  PetscFunctionReturn(0);
}

/* "gcv", or a positive number */
static PetscErrorCode read_lambda(Granger g, Parameters parameters)
{
  char *words = g->lambda_words;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(words, "gcv", WORDS_LENGTH));
  PetscCall(ParametersString(parameters, "granger_lambda",
                             "penalty of ridge, added to the diagonal of X'X, or gcv: generalised "
                             "cross-validation chooses it",
                             WORDS_LENGTH, words));
  g->lambda = 0;
  if (strcmp(words, "gcv") != 0) {
    UserCheck(NumberReal(words, &g->lambda) && g->lambda > 0,
              "%s = %s: expected a positive number, or gcv",
              ParametersSource(parameters, "granger_lambda"), words);
  }
  PetscFunctionReturn(0);
}

/* "all", "significant", or "top:K" */
static PetscErrorCode read_keep(Granger g, Parameters parameters)
{
  char *words = g->keep_words;
  PetscBool counts = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(words, "all", WORDS_LENGTH));
  PetscCall(
      ParametersString(parameters, "granger_keep",
                       "pairs of the dual statistic that are kept: all; significant; or top:K, of "
                       "each target the K sources with the largest F",
                       WORDS_LENGTH, words));
  g->keeps_all = strcmp(words, "all") ? PETSC_FALSE : PETSC_TRUE;
  g->keep_rule = KEEP_SIGNIFICANT;
  if (!strncmp(words, "top:", 4)) {
    g->keep_rule = KEEP_TOP;
    counts = NumberInteger(words + 4, &g->keep_top);
  }
  UserCheck(g->keeps_all || !strcmp(words, "significant") ||
                (g->keep_rule == KEEP_TOP && counts && g->keep_top >= 1 && g->keep_top <= 1000000),
            "%s = %s: expected all, significant, or top:K with K from 1 to 1000000",
            ParametersSource(parameters, "granger_keep"), words);
  UserCheck(g->keeps_all || (g->test == TEST_F && !strcmp(g->statistics_words, "dual")),
            "%s = %s: only the statistic dual with the test f can be kept in part",
            ParametersSource(parameters, "granger_keep"), words);
  PetscFunctionReturn(0);
}

static PetscErrorCode read_resample(Granger g, Parameters parameters, uint32_t seed)
{
  static const char *const types[] = {"shift", "permute", NULL};
  ResampleOptions *o = &g->resample;
  int type = (int)o->type;

  PetscFunctionBegin;
  o->seed = seed;
  PetscCall(ParametersInteger(parameters, "granger_surrogates", "1",
                              "data sets without influences, for p-values of gc; 0 for none", 0,
                              1000000000, &o->n_surrogates));
  PetscCall(ParametersChoice(parameters, "granger_surrogate_type",
                             "shift: every neuron's series rotated in time by itself; permute: "
                             "its blocks in an order of their own",
                             types, &type));
  o->type = (SurrogateType)type;
  PetscCall(ParametersInteger(parameters, "granger_bootstrap", "1",
                              "resamples for an interval of gc; 0 for none", 0, 1000000000,
                              &o->n_bootstrap));
  PetscCall(ParametersInteger(parameters, "granger_bootstrap_block", "samples",
                              "of the bootstrap and of permute; 0: 2 rows^(1/3), at least 4 orders",
                              0, 1000000000, &o->block));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_resample(Granger g, Parameters parameters)
{
  const ResampleOptions *o = &g->resample;
  const char *key = o->n_surrogates > 0 ? "granger_surrogates" : "granger_bootstrap";
  const int64_t n = o->n_surrogates > 0 ? o->n_surrogates : o->n_bootstrap;

  PetscFunctionBegin;
  UserCheck(n == 0 || (g->wants[STATISTIC_DUAL] && g->keeps_all),
            "%s = %lld: needs the statistic dual of all pairs; set granger_statistics and "
            "granger_keep so",
            ParametersSource(parameters, key), (long long)n);
  UserCheck(o->n_bootstrap == 0 || (double)(o->n_bootstrap + 1) * g->level >= 2.0,
            "%s = %lld: too few for an interval at granger_level = %g; take at least %.0f",
            ParametersSource(parameters, "granger_bootstrap"), (long long)o->n_bootstrap, g->level,
            ceil(2.0 / PetscMax(g->level, 1e-9) - 1.0));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_combination(Granger g, Parameters parameters)
{
  PetscFunctionBegin;
  UserCheck(g->estimator == ESTIMATOR_LWR ||
                (!g->wants[STATISTIC_STATE_SPACE] && !g->wants[STATISTIC_SPECTRAL]),
            "%s = %s: state_space and spectral need -granger_estimator lwr",
            ParametersSource(parameters, "granger_statistics"), g->statistics_words);
  UserCheck(g->estimator != ESTIMATOR_RIDGE || g->test == TEST_F,
            "%s = lr: ridge regression has no likelihood ratio; take f",
            ParametersSource(parameters, "granger_test"));
  UserCheck(g->estimator == ESTIMATOR_GRAM || g->estimator == ESTIMATOR_AUTO ||
                (!g->wants[STATISTIC_PAIRWISE] && !g->wants[STATISTIC_GROUP]),
            "%s = %s: pairwise and group need -granger_estimator gram, or auto",
            ParametersSource(parameters, "granger_statistics"), g->statistics_words);
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSetFromOptions(Granger g, Parameters parameters, uint32_t seed)
{
  int estimator = (int)g->estimator, test = (int)g->test;

  PetscFunctionBegin;
  PetscCall(ParametersChoice(
      parameters, "granger_estimator",
      "gram (least squares), qr (the same, for ill-conditioned data), lwr (recursion, "
      "as the MVGC toolbox), ridge; auto: gram, and qr where it is needed",
      estimator_names, &estimator));
  g->estimator = (GrangerEstimator)estimator;
  PetscCall(read_order(g, parameters));
  PetscCall(ParametersInteger(parameters, "granger_order_max", "samples",
                              "highest order that a criterion may choose", 1, 100000,
                              &g->order_max));
  PetscCall(read_lambda(g, parameters));
  PetscCall(read_statistics(g, parameters));
  PetscCall(read_bands(g, parameters));
  PetscCall(ParametersChoice(parameters, "granger_test",
                             "which p-values: of the F test (f), or of the likelihood ratio (lr)",
                             test_names, &test));
  g->test = (GrangerTest)test;
  PetscCall(read_keep(g, parameters));
  PetscCall(ParametersReal(parameters, "granger_level", "1",
                           "level of the significance masks (false-discovery rate, or family-wise)",
                           0.0, 1.0, &g->level));
  PetscCall(ParametersInteger(parameters, "granger_block", "1",
                              "rows of a block of the block-cyclic layout", 1, 65536, &g->block));
  PetscCall(read_resample(g, parameters, seed));
  PetscCall(check_combination(g, parameters));
  PetscCall(check_resample(g, parameters));
  PetscCall(GroupsSetFromOptions(&g->groups, g->comm, g->wants[STATISTIC_GROUP], parameters));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSetOrder(Granger g, int64_t order)
{
  PetscFunctionBegin;
  g->order = order;
  g->criterion = ORDER_GIVEN;
  PetscFunctionReturn(0);
}

int64_t GrangerHighestOrder(Granger g)
{
  return g->criterion == ORDER_GIVEN ? g->order : g->order_max;
}

PetscBool GrangerKeepsAll(Granger g)
{
  return g->keeps_all;
}

PetscErrorCode GrangerGetInfo(Granger g, GrangerInfo *info)
{
  PetscFunctionBegin;
  *info = g->info;
  info->order_criterion = OrderCriterionName(g->criterion);
  info->estimator = estimator_names[g->used];
  info->n_kept = g->keeps_all ? -1 : g->n_kept;
  PetscFunctionReturn(0);
}

PetscBool GrangerIsDual(Granger g, int64_t n_neurons, int64_t n_rows)
{
  return g->estimator == ESTIMATOR_RIDGE && n_neurons * GrangerHighestOrder(g) >= n_rows
             ? PETSC_TRUE
             : PETSC_FALSE;
}
