/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The matrices of a solution: which there are, and from ratios of residuals to tests. */
#include "granger_impl.h"

#include "causeway/error.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

static const char method[] = "granger";

typedef struct {
  const char *name, *description;
  double **values;
} Reading;

enum { MOST_READINGS = 6 + MAX_BANDS };

static const char *const tests[] = {
    "upper tail of the F distribution",
    "upper tail of the chi-square distribution of the likelihood ratio"};

static int list_readings(Granger g, GrangerMatrices *m, Reading list[MOST_READINGS])
{
  int n = 0;

  if (g->wants[STATISTIC_DUAL]) {
    list[n++] = (Reading){
        "gc", "log of the ratio of residual variances without and with the source", &m->gc};
    list[n++] = (Reading){"f_statistic", "F of the restriction that the source has no influence",
                          &m->f_statistic};
    list[n++] = (Reading){"p_value", tests[g->test], &m->p_value};
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
  *n_masks = g->wants[STATISTIC_DUAL] ? N_MASKS : 0;
}

PetscErrorCode GrangerAddMatrices(Granger g, Causality causality, GrangerMatrices *m)
{
  Reading list[MOST_READINGS];

  const int64_t n_groups = g->groups.n_groups;

  PetscFunctionBegin;
  *m = (GrangerMatrices){0};
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
        "upper tail of the chi-square distribution of that logarithm times (rows - "
        "neurons x lags), a likelihood ratio with the correction for small samples; "
        "degrees of freedom: targets x sources x lags",
        g->groups.words, n_groups, n_groups, &m->group_p));
  }
  PetscFunctionReturn(0);
}

/* P(F > f). With few lags and very many rows GSL's routine takes one minus a lower tail, and loses
   everything below 1e-16; there the expansion of the beta distribution in the gamma distribution (Abramowitz & Stegun
   26.5.20) is used for the upper tail itself. */
static double upper_tail(double f, double d1, double d2)
{
  const double many = 2e5, a = 0.5 * d1, b = 0.5 * d2;

  if (d2 < many || d1 >= 20.0 || f <= 0.0) {
    return gsl_cdf_fdist_Q(f, d1, d2);
  }
  return gsl_sf_gamma_inc_Q(a, (b + 0.5 * (a - 1.0)) * log1p(d1 * f / d2));
}

/* P of a growth at least as large without influence */
static double tail(Granger g, double ratio, double free_rows)
{
  const double p = (double)g->info.order;

  return g->test == TEST_F
             ? upper_tail(ratio / p * free_rows, p, free_rows)
             : gsl_cdf_chisq_Q((double)g->info.n_rows * PetscMax(0.0, log1p(ratio)), p);
}

PetscErrorCode GrangerFillStatistics(Granger g, const Partition *part, double free_rows,
                                     GrangerMatrices *m)
{
  const double p = (double)g->info.order;
  const int64_t n = part->n_global;

  PetscFunctionBegin;
  (void)gsl_set_error_handler_off();
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      const int64_t at = i * n + j;
      const double ratio = m->f_statistic[at];

      m->gc[at] = log1p(ratio);
      m->f_statistic[at] = ratio / p * free_rows;
      m->p_value[at] = tail(g, ratio, free_rows);
    }
    m->gc[i * n + part->first + i] = 0.0; /* the diagonal is not a pair */
    m->f_statistic[i * n + part->first + i] = 0.0;
    m->p_value[i * n + part->first + i] = 1.0;
  }
  g->info.free_rows = free_rows;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerFillPairwise(Granger g, const Partition *part, GrangerMatrices *m)
{
  const double free_rows = (double)(g->info.n_rows - 2 * g->info.order);
  const int64_t n = part->n_global;

  PetscFunctionBegin;
  (void)gsl_set_error_handler_off();
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t at = i * n; at < (i + 1) * n; at++) {
      m->pairwise_p[at] = tail(g, m->pairwise[at], free_rows);
      m->pairwise[at] = log1p(m->pairwise[at]);
    }
    m->pairwise_p[i * n + part->first + i] = 1.0; /* the diagonal is not a pair */
  }
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
      "ordinary least squares VAR with intercept, dual regression, Cholesky of the shifted Gram "
      "matrix",
      "VAR by the Levinson-Whittle-Wiggins-Robinson recursion, series less their means"};

  PetscFunctionBegin;
  PetscCall(CausalityNoteText(causality, method, "estimator", estimators[g->estimator]));
  PetscCall(
      CausalityNoteText(causality, method, "order_criterion", OrderCriterionName(g->criterion)));
  PetscCall(CausalityNote(causality, method, "order_samples", (double)g->info.order));
  PetscCall(CausalityNote(causality, method, "rows", (double)g->info.n_rows));
  if (isfinite(g->info.condition_number)) {
    PetscCall(CausalityNote(causality, method, "condition_number", g->info.condition_number));
  }
  if (isfinite(g->info.spectral_radius)) {
    PetscCall(CausalityNote(causality, method, "spectral_radius", g->info.spectral_radius));
  }
  if (g->wants[STATISTIC_DUAL]) {
    PetscCall(CausalityNote(causality, method, "degrees_of_freedom_1", (double)g->info.order));
    PetscCall(CausalityNote(causality, method, "degrees_of_freedom_2", g->info.free_rows));
    PetscCall(CausalityNote(causality, method, "level", g->level));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerFinish(Granger g, Causality causality, const GrangerMatrices *m)
{
  PetscFunctionBegin;
  if (m->p_value) {
    PetscCall(add_masks(g, causality, m->p_value));
  }
  if (m->group) {
    find_largest(g, m);
  }
  PetscCall(add_notes(g, causality));
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
  PetscCall(reload_tables(g, file, &m));
  PetscCall(GrangerFinish(g, causality, &m));
  PetscFunctionReturn(0);
}
