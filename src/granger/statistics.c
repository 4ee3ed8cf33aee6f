/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The matrices of a solution: which there are, and from ratios of residuals to tests. */
#include "granger_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>

static const char method[] = "granger";

typedef struct {
  const char *name, *description;
  double **values;
} Reading;

enum { MOST_READINGS = 11 + MAX_BANDS };

static const char *const tests[] = {
    "upper tail of the F distribution, a bound by Bennett's inequality for pairs with a sparse "
    "series",
    "upper tail of the chi-square distribution of the likelihood ratio, a bound by Bennett's "
    "inequality for pairs with a sparse series"};

static int list_resampled(Granger g, GrangerMatrices *m, Reading list[])
{
  int n = 0;

  if (g->resample.n_surrogates > 0) {
    list[n++] = (Reading){"surrogate_p_value",
                          "1 + surrogates whose gc is not smaller, over 1 + all surrogates",
                          &m->surrogate_p};
  }
  if (g->resample.n_bootstrap > 0) {
    list[n++] = (Reading){"gc_low", "lower end of the bootstrap interval of gc", &m->gc_low};
    list[n++] = (Reading){"gc_high", "upper end of the bootstrap interval of gc", &m->gc_high};
  }
  return n;
}

static int list_readings(Granger g, GrangerMatrices *m, Reading list[MOST_READINGS])
{
  int n = 0;

  if (g->wants[STATISTIC_DUAL] && g->keeps_all) {
    list[n++] = (Reading){
        "gc", "log of the ratio of residual variances without and with the source", &m->gc};
    list[n++] = (Reading){"f_statistic", "F of the restriction that the source has no influence",
                          &m->f_statistic};
    list[n++] = (Reading){"p_value", tests[g->test], &m->p_value};
    n += list_resampled(g, m, list + n);
  }
  if (g->wants[STATISTIC_STATE_SPACE]) {
    list[n++] =
        (Reading){"state_space_gc",
                  "log of the ratio of residual variances without and with the source, from the "
                  "coefficients of one autoregression",
                  &m->state_space};
  }
  if (g->wants[STATISTIC_PAIRWISE]) {
    list[n++] =
        (Reading){"pairwise_gc",
                  "log of the ratio of residual variances without and with the source, in the "
                  "regression on the pasts of target and source alone",
                  &m->pairwise};
    list[n++] = (Reading){"pairwise_p_value", tests[g->test], &m->pairwise_p};
  }
  if (g->wants[STATISTIC_EVENT]) {
    list[n++] = (Reading){"event_gc",
                          "log of the ratio of residual variances without and with the events of "
                          "the source, beside all events and the target's own past",
                          &m->event};
    list[n++] = (Reading){"event_p_value", "upper tail of the F distribution", &m->event_p};
  }
  for (int64_t k = 0; g->wants[STATISTIC_SPECTRAL] && k < g->n_bands; k++) {
    list[n++] = (Reading){g->band_names[k], g->band_texts[k], &m->bands[k]};
  }
  return n;
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

void GrangerCountMatrices(Granger g, int *n_matrices, int *n_masks)
{
  GrangerMatrices unused;
  Reading list[MOST_READINGS];

  *n_matrices = list_readings(g, &unused, list);
  *n_masks = g->wants[STATISTIC_DUAL] && g->keeps_all ? N_MASKS : 0;
}

PetscErrorCode GrangerAddMatrices(Granger g, Causality causality, GrangerMatrices *m)
{
  Reading list[MOST_READINGS];

  const int64_t n_groups = g->groups.n_groups;

  PetscFunctionBegin;
  *m = (GrangerMatrices){0};
  if (!g->keeps_all) {
    PetscCall(SparseScoresCreate(g->comm, CausalityPartition(causality)->n_global, g->keep_rule,
                                 g->keep_top, g->level, 0, &m->sparse));
    PetscCall(CausalityAddSparse(causality, method, m->sparse));
  }
  for (int k = 0, n = list_readings(g, m, list); k < n; k++) {
    PetscCall(
        CausalityAdd(causality, method, list[k].name, "1", list[k].description, list[k].values));
  }
  if (g->wants[STATISTIC_GROUP]) {
    PetscCall(CausalityAddTable(
        causality, method, "group_gc",
        "log of the ratio of determinants of the residual covariance of the target "
        "group without and with the source group",
        g->groups.words, n_groups, n_groups, &m->group));
    PetscCall(CausalityAddTable(
        causality, method, "group_p_value",
        "upper tail of Wilks' lambda, the ratio of those determinants, by the F of Rao (1951)",
        g->groups.words, n_groups, n_groups, &m->group_p));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerOpenPairs(Granger g, const Partition *part, double free_rows,
                                GrangerMatrices *m, PairSink *sink)
{
  const PetscBool lr = g->test == TEST_F ? PETSC_FALSE : PETSC_TRUE;

  PetscFunctionBegin;
  *sink = (PairSink){
      .granger = g, .partition = part, .matrices = m, .sparse = m->sparse, .largest_p = 1.0};
  g->info.free_rows = free_rows;
  if (m->p_value || m->sparse) {
    PetscCall(TailCreate(lr, (double)g->info.order, free_rows, part->n_local * part->n_global,
                         &sink->tail));
  }
  PetscFunctionReturn(0);
}

/* The tail of a pair's statistic over `scale`; NaN where too few coincidences are expected. */
static double pair_tail(Granger g, const Tail *tail, int64_t target, int64_t source,
                        double statistic, double scale)
{
  const Coincidences *c = &g->coincidences;

  if (target == source) {
    return 1.0; /* not a pair */
  }
  if (c->any && CoincidencesApply(c, target, source)) {
    if (CoincidencesExpected(c, target, source, tail->d1) < least_coincidences) {
      return NAN;
    }
    statistic = CoincidencesBoundPair(c, target, source, tail->d1, statistic * scale) / scale;
  }
  return TailProbability(tail, statistic);
}

/* The few pairs beyond the limits; only for them the tail is computed. */
static PetscErrorCode put_sparse(PairSink *sink, int64_t row, int64_t first, int64_t count,
                                 const double *ratio, const double *f)
{
  const int64_t target = sink->partition->first + row;
  double least_f, largest_p;

  PetscFunctionBegin;
  SparseScoresLimits(sink->sparse, row, &least_f, &largest_p);
  if (largest_p < sink->largest_p) {
    sink->largest_p = largest_p;
    sink->least_f = TailQuantile(&sink->tail, largest_p);
  }
  least_f = PetscMax(least_f, sink->least_f);
  for (int64_t j = 0; j < count; j++) {
    if (f[j] >= least_f) {
      const SparsePair pair = {
          first + j, log1p(ratio[j]), f[j],
          pair_tail(sink->granger, &sink->tail, target, first + j, f[j], sink->tail.d1)};

      PetscCall(SparseScoresPut(sink->sparse, row, &pair));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerPutPairs(PairSink *sink, int64_t row, int64_t first, int64_t count,
                               const double *ratio, const double *f)
{
  const double lr_scale = LikelihoodRatioScale((double)sink->granger->info.order, sink->tail.d2);
  const int64_t at = row * sink->partition->n_global + first;
  double *gc, *f_statistic, *p_value; /* p_value NULL for resamples */

  PetscFunctionBegin;
  if (sink->sparse) {
    PetscCall(put_sparse(sink, row, first, count, ratio, f));
    PetscFunctionReturn(0);
  }
  gc = sink->matrices->gc + at;
  f_statistic = sink->matrices->f_statistic + at;
  p_value = sink->matrices->p_value ? sink->matrices->p_value + at : NULL;
  for (int64_t j = 0; j < count; j++) {
    gc[j] = log1p(ratio[j]);
    f_statistic[j] = f[j];
    if (p_value) {
      p_value[j] = pair_tail(sink->granger, &sink->tail, sink->partition->first + row, first + j,
                             sink->tail.likelihood_ratio ? lr_scale * gc[j] : f_statistic[j],
                             sink->tail.likelihood_ratio ? 1.0 : sink->tail.d1);
    }
  }
  if (sink->partition->first + row >= first && sink->partition->first + row < first + count) {
    const int64_t self = sink->partition->first + row - first;

    gc[self] = f_statistic[self] = 0.0; /* the diagonal is not a pair */
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerClosePairs(PairSink *sink)
{
  PetscFunctionBegin;
  PetscCall(TailFree(&sink->tail));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerFillStatistics(Granger g, const Partition *part, double free_rows,
                                     GrangerMatrices *m)
{
  const double scale = free_rows / (double)g->info.order;
  const int64_t n = part->n_global;
  PairSink sink;

  PetscFunctionBegin;
  PetscCall(GrangerOpenPairs(g, part, free_rows, m, &sink));
  for (int64_t i = 0; i < part->n_local; i++) {
    const double *ratio = m->gc + i * n;
    double *f = m->f_statistic + i * n;

    for (int64_t j = 0; j < n; j++) {
      f[j] = ratio[j] * scale;
    }
    PetscCall(GrangerPutPairs(&sink, i, 0, n, ratio, f));
  }
  PetscCall(GrangerClosePairs(&sink));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerFillPairwise(Granger g, const Partition *part, GrangerMatrices *m)
{
  const double p = (double)g->info.order;
  const double free_rows = GrangerFreeRows(g, 2.0 * p);
  const int64_t n = part->n_global;
  const PetscBool lr = g->test == TEST_F ? PETSC_FALSE : PETSC_TRUE;
  Tail tail;

  PetscFunctionBegin;
  PetscCall(TailCreate(lr, p, free_rows, part->n_local * n, &tail));
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      const double ratio = m->pairwise[i * n + j], gc = log1p(ratio);

      m->pairwise[i * n + j] = gc;
      m->pairwise_p[i * n + j] = pair_tail(
          g, &tail, part->first + i, j,
          lr ? LikelihoodRatioScale(p, free_rows) * gc : ratio / p * free_rows, lr ? 1.0 : p);
    }
  }
  PetscCall(TailFree(&tail));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_masks(Granger g, Causality causality, const double *p_value)
{
  PetscFunctionBegin;
  for (int k = 0; k < N_MASKS; k++) {
    uint8_t *mask;

    PetscCall(CausalityAddMask(causality, method, masks[k].reading, masks[k].description, &mask));
    PetscCall(MultiplicityMask(masks[k].multiplicity, CausalityPartition(causality), p_value,
                               g->level, mask, &g->info.significant[k]));
  }
  PetscFunctionReturn(0);
}

/* The largest causality between groups, for the log. */
static void find_largest(Granger g, const GrangerMatrices *m)
{
  const int64_t n = g->groups.n_groups;

  g->info.n_groups = n;
  g->info.group_gc = -1.0;
  for (int64_t at = 0; at < n * n; at++) {
    if (at / n != at % n && m->group[at] > g->info.group_gc) {
      g->info.group_target = at / n;
      g->info.group_source = at % n;
      g->info.group_gc = m->group[at];
      g->info.group_p_value = m->group_p[at];
    }
  }
}

static PetscErrorCode add_notes(Granger g, Causality causality)
{
  static const char *const estimators[] = {
      [ESTIMATOR_GRAM] = "ordinary least squares VAR with intercept, dual regression, Cholesky of "
                         "the shifted Gram matrix",
      [ESTIMATOR_QR] = "ordinary least squares VAR with intercept, dual regression, QR of the lag "
                       "matrix",
      [ESTIMATOR_LWR] = "VAR by the Levinson-Whittle-Wiggins-Robinson recursion, series less their "
                        "means",
      [ESTIMATOR_RIDGE] = "ridge VAR with intercept, dual regression"};

  PetscFunctionBegin;
  if (g->info.n_rows == 0) { /* event regressions alone, whose lags are fixed */
    PetscFunctionReturn(0);
  }
  if (g->used != ESTIMATOR_AUTO) {
    PetscCall(CausalityNoteText(causality, method, "estimator", estimators[g->used]));
  }
  PetscCall(
      CausalityNoteText(causality, method, "order_criterion", OrderCriterionName(g->criterion)));
  PetscCall(CausalityNote(causality, method, "order_samples", (double)g->info.order));
  PetscCall(CausalityNote(causality, method, "rows", (double)g->info.n_rows));
  if (isfinite(g->info.condition_number)) {
    PetscCall(CausalityNote(causality, method, "condition_number", g->info.condition_number));
  }
  if (g->used == ESTIMATOR_RIDGE) {
    PetscCall(CausalityNote(causality, method, "lambda", g->info.lambda));
  }
  if (isfinite(g->info.spectral_radius)) {
    PetscCall(CausalityNote(causality, method, "spectral_radius", g->info.spectral_radius));
  }
  if (g->wants[STATISTIC_DUAL]) {
    PetscCall(CausalityNote(causality, method, "degrees_of_freedom_1", (double)g->info.order));
    PetscCall(CausalityNote(causality, method, "degrees_of_freedom_2", g->info.free_rows));
    PetscCall(CausalityNote(causality, method, "level", g->level));
    if (g->info.n_untested > 0) {
      PetscCall(
          CausalityNote(causality, method, "pairs_without_p_value", (double)g->info.n_untested));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode note_resamples(Granger g, Causality causality)
{
  const ResampleOptions *o = &g->resample;
  static const char *const types[] = {[SURROGATE_SHIFT] = "every series rotated in time by itself",
                                      [SURROGATE_PERMUTE] =
                                          "blocks of every series permuted by themselves"};

  PetscFunctionBegin;
  if (o->n_surrogates > 0) {
    PetscCall(CausalityNote(causality, method, "surrogates", (double)o->n_surrogates));
    PetscCall(CausalityNoteText(causality, method, "surrogate_type", types[o->type]));
  }
  if (o->n_bootstrap > 0) {
    PetscCall(CausalityNote(causality, method, "bootstrap_resamples", (double)o->n_bootstrap));
    PetscCall(CausalityNoteText(causality, method, "bootstrap_interval", BootstrapIntervalName));
  }
  if (o->n_bootstrap > 0 || (o->n_surrogates > 0 && o->type == SURROGATE_PERMUTE)) {
    PetscCall(CausalityNote(causality, method, "block_samples", (double)g->info.resample_block));
  }
  PetscFunctionReturn(0);
}

/* Notes on what was kept. */
static PetscErrorCode finish_sparse(Granger g, Causality causality, SparseScores sparse)
{
  static const char *const rules[] = {
      [KEEP_TOP] = "of each target the sources with the largest F",
      [KEEP_SIGNIFICANT] = "pairs that are significant by Benjamini and Hochberg's rule"};
  SparseOutcome outcome;

  PetscFunctionBegin;
  PetscCall(SparseScoresFinish(sparse, &outcome));
  g->n_kept = outcome.n_kept;
  PetscCall(CausalityNoteText(causality, method, "kept", rules[g->keep_rule]));
  PetscCall(CausalityNote(causality, method, "n_kept", (double)g->n_kept));
  if (g->keep_rule == KEEP_SIGNIFICANT) {
    g->info.significant[MULTIPLICITY_BENJAMINI_HOCHBERG] = g->n_kept;
  }
  if (outcome.n_missing > 0) {
    PetscCall(LogWarning(
        "up to %lld pairs with p-values above %.3g may be significant too, but did not fit into "
        "memory and are not kept; take more ranks, or granger_keep = top:k\n",
        (long long)outcome.n_missing, outcome.largest_p));
  }
  PetscFunctionReturn(0);
}

/* Takes away what failed. */
static PetscErrorCode remove_failed(Granger g, Causality causality)
{
  const struct {
    int part;
    const char *reading;
  } readings[] = {{PART_EVENT, "event_gc"},
                  {PART_EVENT, "event_p_value"},
                  {PART_GROUP, "group_gc"},
                  {PART_GROUP, "group_p_value"},
                  {PART_STATE_SPACE, "state_space_gc"},
                  {PART_PAIRWISE, "pairwise_gc"},
                  {PART_PAIRWISE, "pairwise_p_value"},
                  {PART_RESAMPLES, "surrogate_p_value"},
                  {PART_RESAMPLES, "gc_low"},
                  {PART_RESAMPLES, "gc_high"}};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(readings); k++) {
    if (g->failed & readings[k].part) {
      PetscCall(CausalityRemove(causality, method, readings[k].reading));
    }
  }
  for (int64_t k = 0; (g->failed & PART_STATE_SPACE) && k < g->n_bands; k++) {
    PetscCall(CausalityRemove(causality, method, g->band_names[k]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerFinish(Granger g, Causality causality, const GrangerMatrices *m)
{
  PetscFunctionBegin;
  PetscCall(remove_failed(g, causality));
  if (m->sparse) {
    PetscCall(finish_sparse(g, causality, m->sparse));
  }
  if (m->p_value) {
    PetscCall(add_masks(g, causality, m->p_value));
  }
  if (m->group && !(g->failed & PART_GROUP)) {
    find_largest(g, m);
  }
  PetscCall(add_notes(g, causality));
  if (!(g->failed & PART_RESAMPLES)) {
    PetscCall(note_resamples(g, causality));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode reload_tables(Granger g, const char *file, const GrangerMatrices *m)
{
  const struct {
    const char *name;
    double *values;
  } tables[] = {{"group_gc", m->group}, {"group_p_value", m->group_p}};
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  for (size_t k = 0; g->wants[STATISTIC_GROUP] && k < PETSC_STATIC_ARRAY_LENGTH(tables); k++) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s:/%s/%s", file, method, tables[k].name));
    PetscCall(CausalityReadTable(g->comm, path, g->groups.n_groups, g->groups.n_groups,
                                 tables[k].values));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerReload(Granger g, const char *file, Causality causality)
{
  char path[PETSC_MAX_PATH_LEN];
  GrangerMatrices m;
  Reading list[MOST_READINGS];
  double *stored;
  DataFile stored_file;
  Partition part;

  PetscFunctionBegin;
  PetscCall(GrangerAddMatrices(g, causality, &m));
  for (int k = 0, n = list_readings(g, &m, list); k < n; k++) {
    double *values = *list[k].values;

    PetscCall(PetscSNPrintf(path, sizeof(path), "%s:/%s/%s", file, method, list[k].name));
    PetscCall(CausalityReadMatrix(g->comm, path, &part, &stored));
    UserCheck(part.n_global == CausalityPartition(causality)->n_global, "%s: is of %lld neurons",
              path, (long long)part.n_global);
    PetscCall(PetscArraycpy(values, stored, part.n_local * part.n_global));
    PetscCall(PetscFree(stored));
  }
  if (m.sparse) {
    PetscCall(DataFileOpen(g->comm, file, &stored_file));
    PetscCall(PetscSNPrintf(path, sizeof(path), "/%s/sparse", method));
    PetscCall(SparseScoresRead(m.sparse, stored_file, path));
    PetscCall(DataFileClose(&stored_file));
  }
  PetscCall(reload_tables(g, file, &m));
  PetscCall(GrangerFinish(g, causality, &m));
  PetscFunctionReturn(0);
}
