/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Causality of every pair, conditional on all other neurons: all pairs from one fit, as whole
   matrices or as selected pairs. */
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"
#include "causeway/log.h"

#include "estimators/estimator.h"
#include "pairs.h"
#include "regression/regression.h"
#include "significance/images.h"
#include "significance/null.h"
#include "significance/robust.h"
#include "spikes/spike_robust.h"

#include <math.h>
#include <string.h>

/* Position of F in result tables. gc ranks pairs in the same order, so it has no position. */
enum { TABLE_ORDER = 100 };

typedef struct {
  char words[WORDS_LENGTH];
  PetscBool is_partial; /* only pairs that the rule selects, else all */
  SparseRule rule;
  int64_t top;
  SparseScores sparse; /* of the last solution; borrowed */
} Settings;

extern const GrangerStatistic StatisticConditional;

static const ParameterWord selections[] = {{"all", "whole matrices", 0},
                                           {"significant", "pairs significant at granger_level", 0},
                                           {NULL, NULL, 0}};

static const ParameterSpec parameters[] = {
    {.key = "granger_select",
     .kind = PARAMETER_TEXT,
     .standard = "all",
     .words = selections,
     .form = "top:K",
     .text =
         "Pairs to select of the conditional statistic; top:K for the K sources with the largest "
         "F of each target",
     PARAMETER_MEMBER(Settings, words)},
    {.key = NULL}};

/* Parses "all", "significant", or "top:K". */
static PetscErrorCode set_up(Granger g, StatisticUse *use, Parameters p)
{
  Settings *c = use->settings;
  const char *words = c->words;
  PetscBool counts = PETSC_FALSE;

  PetscFunctionBegin;
  c->is_partial = strcmp(words, "all") ? PETSC_TRUE : PETSC_FALSE;
  c->rule = KEEP_SIGNIFICANT;
  if (!strncmp(words, "top:", 4)) {
    c->rule = KEEP_TOP;
    counts = NumberInteger(words + 4, &c->top);
  }
  UserCheck(!c->is_partial || !strcmp(words, "significant") ||
                (c->rule == KEEP_TOP && counts && c->top >= 1 && c->top <= 1000000),
            "%s = %s: expected all, significant, or top:K with K from 1 to 1000000",
            ParametersSource(p, "granger_select"), words);
  UserCheck(!c->is_partial || (g->test == TEST_F && g->basis_choice.highpass_ms == 0.0 &&
                               g->null == NULL_THEORY && g->statistics.n == 1 && use->wanted),
            "%s = %s: selecting pairs needs `conditional` as the only granger_statistics, "
            "granger_test f, granger_null theory and no granger_highpass",
            ParametersSource(p, "granger_select"), words);
  PetscFunctionReturn(0);
}

StatisticUse *GrangerConditional(Granger g)
{
  int k = 0;

  while (g->uses[k].type != &StatisticConditional) {
    k++;
  }
  return &g->uses[k];
}

PetscBool GrangerSelectsAll(Granger g)
{
  return ((const Settings *)GrangerConditional(g)->settings)->is_partial ? PETSC_FALSE : PETSC_TRUE;
}

/* Whether a statistic that explains this one is computed, and with it the signs of the influences. */
static PetscBool has_signs(Granger g)
{
  PetscBool found = PETSC_FALSE;

  for (int k = 0; k < g->n_statistics; k++) {
    const char *beside = g->uses[k].type->beside;

    found = found || (g->uses[k].wanted && beside && !strcmp(beside, StatisticConditional.name))
                ? PETSC_TRUE
                : PETSC_FALSE;
  }
  return found;
}

static int list_scores(Granger g, const StatisticUse *use, GrangerScore list[])
{
  const Settings *c = use->settings;
  const char *sign = has_signs(g) ? "sign" : NULL;

  if (c->is_partial) {
    return 0;
  }
  list[CONDITIONAL_GC] = (GrangerScore){
      .info = {.reading = "gc",
               .description = "log of the ratio of residual variances without and with the source",
               .p_value = "p_value",
               .mask = "significant_benjamini_hochberg",
               .sign = sign}};
  list[CONDITIONAL_F] = (GrangerScore){
      .info = {.reading = "f_statistic",
               .description = "F of the restriction that the source has no influence",
               .order = TABLE_ORDER,
               .p_value = "p_value",
               .mask = "significant_benjamini_hochberg",
               .sign = sign}};
  list[CONDITIONAL_P] = (GrangerScore){.info = {.reading = "p_value",
                                                .description = PairTests[g->test],
                                                .role = ROLE_P_VALUE,
                                                .sense = SENSE_SMALLER,
                                                .mask = "significant_benjamini_hochberg"}};
  return CONDITIONAL_P + 1;
}

static const struct {
  Multiplicity multiplicity;
  const char *reading, *description;
} masks[] = {{MULTIPLICITY_BENJAMINI_HOCHBERG, "significant_benjamini_hochberg",
              "1 where significant, false-discovery rate of Benjamini and Hochberg"},
             {MULTIPLICITY_BENJAMINI_YEKUTIELI, "significant_benjamini_yekutieli",
              "1 where significant, false-discovery rate of Benjamini and Yekutieli"},
             {MULTIPLICITY_BONFERRONI, "significant_bonferroni",
              "1 where significant, family-wise error of Bonferroni"}};

enum { N_MASKS = PETSC_STATIC_ARRAY_LENGTH(masks) };

static int count_masks(const StatisticUse *use)
{
  return ((const Settings *)use->settings)->is_partial ? 0 : N_MASKS;
}

/* The statistics that normal theory covers, NAN in the place of the others. */
static PetscErrorCode list_tested(const GrangerSolution *s, const StatisticUse *use, double *f)
{
  const Coincidences *c = &s->granger->coincidences;
  const int64_t n = s->partition->n_global;

  PetscFunctionBegin;
  for (int64_t e = 0; e < s->partition->n_local * n; e++) {
    const int64_t target = s->partition->first + e / n, source = e % n;

    f[e] = CoincidencesTested(c, target, source, (double)s->granger->info.order)
               ? use->values[CONDITIONAL_F][e]
               : NAN;
  }
  PetscFunctionReturn(0);
}

/* The inflation of all pairs; p-values of the statistics divided by it, when that is asked for. */
static PetscErrorCode measure_inflation(GrangerSolution *s, StatisticUse *use)
{
  Granger g = s->granger;
  const int64_t n = s->partition->n_global;
  const double order = (double)g->info.order;
  double *f;
  NullModel null;
  Tail tail;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(s->partition->n_local * n, &f));
  PetscCall(list_tested(s, use, f));
  PetscCall(NullCreate(s->partition, f, order, &null));
  PetscCall(PetscFree(f));
  g->info.inflation = null.all;
  if (g->null == NULL_EMPIRICAL) {
    PetscCall(TailCreate(PETSC_FALSE, order, g->info.free_rows, s->partition->n_local * n, &tail));
    for (int64_t e = 0; e < s->partition->n_local * n; e++) {
      const int64_t target = s->partition->first + e / n, source = e % n;
      const double inflation = target == source ? 1.0 : NullInflation(&null, target, source);

      g->info.largest_inflation = PetscMax(g->info.largest_inflation, inflation);
      use->values[CONDITIONAL_P][e] =
          PairTail(g, &tail, target, source, use->values[CONDITIONAL_F][e] / inflation, order);
    }
    PetscCall(TailFree(&tail));
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, &g->info.largest_inflation, 1, MPI_DOUBLE, MPI_MAX, g->comm));
  PetscCall(NullFree(&null));
  PetscFunctionReturn(0);
}

static PetscErrorCode work(GrangerSolution *s, StatisticUse *use)
{
  const Settings *c = use->settings;
  PairSink sink = {.granger = s->granger,
                   .partition = s->partition,
                   .gc = use->values[CONDITIONAL_GC],
                   .f_statistic = use->values[CONDITIONAL_F],
                   .p_value = use->values[CONDITIONAL_P],
                   .sparse = c->sparse};
  const int64_t n_pairs = s->partition->n_local * s->partition->n_global;
  double *robust = NULL, *factor = NULL;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (s->granger->test == TEST_ROBUST) {
    UserCheck(s->regression, "granger_test = robust: ridge regression with more unknowns than rows "
                             "has no robust test; take f");
    PetscCall(PetscMalloc2(n_pairs, &robust, n_pairs, &factor));
    PetscCall((s->regression->spikes ? SpikeRobustStatistic : RobustStatistic)(s, robust, factor));
    sink.robust = robust;
    sink.factor = factor;
  }
  status = s->granger->estimator->leave_one_out(s, &sink);
  PetscCall(PetscFree2(robust, factor));
  if (!status && s->granger->highpass == HIGHPASS_BOTH) {
    status = ImagesReplace(s, sink.gc, sink.f_statistic, sink.p_value);
  }
  if (!status && !s->granger->quiet &&
      GrangerMeasuresInflation(s->granger, s->partition->n_global)) {
    status = measure_inflation(s, use);
  }
  PetscCall(PairSinkFree(&sink));
  PetscFunctionReturn(status);
}

/* Counts the tested pairs. */
static PetscErrorCode count_tested(GrangerSolution *s, StatisticUse *use)
{
  const Settings *c = use->settings;
  const int64_t n = s->partition->n_global;

  PetscFunctionBegin;
  if (c->sparse) {
    SparseScoresSetPairs(c->sparse, n * (n - 1) - s->granger->info.n_untested);
  }
  PetscFunctionReturn(0);
}

/* Memory of a selection: two sorted halves of a row, or the largest number of candidates; whole
   rows, unless pairs arrive one by one. */
static double numbers(Granger g, const StatisticUse *use, const GrangerSize *size)
{
  const Settings *c = use->settings;
  const double n = (double)size->n_neurons, local = ceil(n / size->ranks);
  const double pairs =
      c->rule == KEEP_TOP ? 2.0 * (double)c->top * local : PetscMin((double)(1 << 25), local * n);
  const PetscBool streams =
      g->estimator->streams && g->estimator->streams(size) ? PETSC_TRUE : PETSC_FALSE;

  if (c->is_partial) {
    return 4.0 * pairs + (streams ? 0.0 : 2.0 * local * n);
  }
  /* the statistics once more, by rows and by columns */
  return (GrangerMeasuresInflation(g, size->n_neurons) ? 3.0 * local * n : 0.0) +
         (g->test == TEST_ROBUST ? RobustNumbers(g, size) : 0.0);
}

static PetscErrorCode add(Granger g, StatisticUse *use, Causality causality)
{
  const ScoreInfo sparse = {
      .method = granger_method, .reading = "f_statistic", .order = TABLE_ORDER};
  Settings *c = use->settings;

  PetscFunctionBegin;
  c->sparse = NULL;
  if (c->is_partial) {
    PetscCall(SparseScoresCreate(g->comm, CausalityPartition(causality)->n_global, c->rule, c->top,
                                 g->level, 0, &c->sparse));
    PetscCall(CausalityAddSparse(causality, &sparse, c->sparse));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode reload(Granger g, StatisticUse *use, const char *file)
{
  const Settings *c = use->settings;
  char path[PETSC_MAX_PATH_LEN];
  DataFile stored;

  PetscFunctionBegin;
  if (c->sparse) {
    PetscCall(DataFileOpen(g->comm, file, &stored));
    PetscCall(PetscSNPrintf(path, sizeof(path), "/%s/sparse", granger_method));
    PetscCall(SparseScoresRead(c->sparse, stored, path));
    PetscCall(DataFileClose(&stored));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_masks(Granger g, Causality causality, const double *p_value)
{
  PetscFunctionBegin;
  for (int k = 0; k < N_MASKS; k++) {
    const ScoreInfo info = {.method = granger_method,
                            .reading = masks[k].reading,
                            .units = "1",
                            .description = masks[k].description,
                            .role = ROLE_MASK};
    uint8_t *mask;

    PetscCall(CausalityAddMask(causality, &info, &mask));
    PetscCall(MultiplicityMask(masks[k].multiplicity, CausalityPartition(causality), p_value,
                               g->level, mask, &g->info.significant[k]));
  }
  PetscFunctionReturn(0);
}

/* Adds notes on the selected pairs. */
static PetscErrorCode finish_sparse(Granger g, const Settings *c, Causality causality)
{
  static const char *const rules[] = {
      [KEEP_TOP] = "of each target the sources with the largest F",
      [KEEP_SIGNIFICANT] = "pairs that are significant by Benjamini and Hochberg's rule"};
  SparseOutcome outcome;

  PetscFunctionBegin;
  PetscCall(SparseScoresFinish(c->sparse, &outcome));
  g->info.n_selected = outcome.n_kept;
  PetscCall(CausalityNoteText(causality, granger_method, "kept", rules[c->rule]));
  PetscCall(CausalityNote(causality, granger_method, "n_kept", (double)g->info.n_selected));
  if (c->rule == KEEP_SIGNIFICANT) {
    g->info.significant[MULTIPLICITY_BENJAMINI_HOCHBERG] = g->info.n_selected;
  }
  if (outcome.n_missing > 0) {
    PetscCall(LogWarning(
        "up to %lld pairs with p-values above %.3g may be significant too, but did not fit into "
        "memory and are not selected; take more ranks, or granger_select = top:k\n",
        (long long)outcome.n_missing, outcome.largest_p));
  }
  PetscFunctionReturn(0);
}

/* Share of the tested pairs that are significant. */
static double significant_share(Granger g, Causality causality)
{
  const double n = (double)CausalityPartition(causality)->n_global;
  const double tested = n * (n - 1.0) - (double)g->info.n_untested;

  return tested > 0 ? (double)g->info.significant[MULTIPLICITY_BENJAMINI_HOCHBERG] / tested : NAN;
}

static PetscErrorCode finish(Granger g, StatisticUse *use, Causality causality)
{
  const Settings *c = use->settings;

  PetscFunctionBegin;
  PetscCall(c->sparse ? finish_sparse(g, c, causality)
                      : add_masks(g, causality, use->values[CONDITIONAL_P]));
  g->info.significant_share = significant_share(g, causality);
  PetscCall(
      CausalityNote(causality, granger_method, "degrees_of_freedom_1", (double)g->info.order));
  if (isfinite(g->info.inflation)) {
    PetscCall(CausalityNote(causality, granger_method, "inflation", g->info.inflation));
    PetscCall(
        CausalityNote(causality, granger_method, "largest_inflation", g->info.largest_inflation));
  }
  PetscCall(CausalityNote(causality, granger_method, "degrees_of_freedom_2", g->info.free_rows));
  if (g->info.n_untested > 0) {
    PetscCall(CausalityNote(causality, granger_method, "pairs_without_p_value",
                            (double)g->info.n_untested));
  }
  PetscFunctionReturn(0);
}

const GrangerStatistic StatisticConditional = {
    .name = "conditional",
    .text = "one neuron's past, conditional on all others",
    .parameters = parameters,
    .size = sizeof(Settings),
    .needs = FIT_PAIRS,
    .is_vital = PETSC_TRUE,
    .set_up = set_up,
    .scores = list_scores,
    .count_masks = count_masks,
    .work = {[PHASE_LAST] = work, [PHASE_TOTAL] = count_tested},
    .numbers = numbers,
    .add = add,
    .reload = reload,
    .finish = finish};
