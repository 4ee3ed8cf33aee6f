/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Scores of all requested statistics and of resamples: adds them to a file, reads them from one,
   and completes them. */
#include "estimators/estimator.h"
#include "statistics/statistic.h"

#include "causeway/error.h"

#include <math.h>

/* Callback for one score. */
typedef PetscErrorCode (*Visit)(Causality causality, const GrangerScore *score, PetscBool failed,
                                const char *file, double **values);

static PetscErrorCode each_score(Granger g, Causality causality, const char *file, Visit visit)
{
  GrangerScore list[MOST_SCORES];

  PetscFunctionBegin;
  for (int k = 0; k < g->n_statistics; k++) {
    StatisticUse *use = &g->uses[k];
    const int n = use->wanted ? use->type->scores(g, use, list) : 0;

    for (int i = 0; i < n; i++) {
      PetscCall(visit(causality, &list[i], use->failed, file, &use->values[i]));
    }
  }
  for (int i = 0; i < N_RESAMPLED; i++) {
    const GrangerScore *score = GrangerResampledScore(g, i);

    if (score) {
      PetscCall(visit(causality, score, g->resamples_failed, file, &g->resampled[i]));
    }
  }
  PetscFunctionReturn(0);
}

void GrangerCountMatrices(Granger g, int *n_matrices, int *n_masks)
{
  GrangerScore list[MOST_SCORES];

  *n_matrices = *n_masks = 0;
  for (int k = 0; k < g->n_statistics; k++) {
    const StatisticUse *use = &g->uses[k];
    const int n = use->wanted ? use->type->scores(g, use, list) : 0;

    for (int i = 0; i < n; i++) {
      *n_matrices += list[i].n_groups == 0 ? 1 : 0;
    }
    *n_masks += use->wanted && use->type->count_masks ? use->type->count_masks(use) : 0;
  }
  for (int i = 0; i < N_RESAMPLED; i++) {
    *n_matrices += GrangerResampledScore(g, i) ? 1 : 0;
  }
}

static PetscErrorCode add_score(Causality causality, const GrangerScore *score, PetscBool failed,
                                const char *file, double **values)
{
  ScoreInfo info = score->info;

  PetscFunctionBegin;
  (void)failed;
  (void)file;
  info.method = granger_method;
  info.units = info.units ? info.units : "1";
  PetscCall(score->n_groups > 0 ? CausalityAddTable(causality, &info, score->groups,
                                                    score->n_groups, score->n_groups, values)
                                : CausalityAdd(causality, &info, values));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerAddMatrices(Granger g, Causality causality)
{
  PetscFunctionBegin;
  for (int k = 0; k < g->n_statistics; k++) {
    StatisticUse *use = &g->uses[k];

    use->failed = PETSC_FALSE;
    if (use->wanted && use->type->add) {
      PetscCall(use->type->add(g, use, causality));
    }
  }
  g->resamples_failed = PETSC_FALSE;
  PetscCall(each_score(g, causality, NULL, add_score));
  PetscFunctionReturn(0);
}

/* Removes a failed score. */
static PetscErrorCode remove_score(Causality causality, const GrangerScore *score, PetscBool failed,
                                   const char *file, double **values)
{
  PetscFunctionBegin;
  (void)file;
  (void)values;
  if (failed) {
    PetscCall(CausalityRemove(causality, granger_method, score->info.reading));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_notes(Granger g, Causality causality)
{
  PetscFunctionBegin;
  if (g->info.n_rows == 0) { /* only event regressions, whose lags are fixed */
    PetscFunctionReturn(0);
  }
  if (g->used->note) {
    PetscCall(CausalityNoteText(causality, granger_method, "estimator", g->used->note));
  }
  PetscCall(CausalityNoteText(causality, granger_method, "order_criterion",
                              OrderCriterionName(g->criterion)));
  PetscCall(CausalityNote(causality, granger_method, "order_samples", (double)g->info.order));
  PetscCall(CausalityNote(causality, granger_method, "rows", (double)g->info.n_rows));
  if (isfinite(g->info.condition_number)) {
    PetscCall(
        CausalityNote(causality, granger_method, "condition_number", g->info.condition_number));
  }
  if (g->used->add_notes) {
    PetscCall(g->used->add_notes(g, causality));
  }
  if (isfinite(g->info.spectral_radius)) {
    PetscCall(CausalityNote(causality, granger_method, "spectral_radius", g->info.spectral_radius));
  }
  PetscFunctionReturn(0);
}

/* Whether a score of this solution has p-values. */
static PetscBool has_test(Granger g)
{
  GrangerScore list[MOST_SCORES];

  for (int k = 0; k < g->n_statistics; k++) {
    const StatisticUse *use = &g->uses[k];
    const int n = use->wanted && !use->failed ? use->type->scores(g, use, list) : 0;

    for (int i = 0; i < n; i++) {
      if (list[i].info.role == ROLE_P_VALUE) {
        return PETSC_TRUE;
      }
    }
  }
  return GrangerConditional(g)->wanted;
}

PetscErrorCode GrangerFinish(Granger g, Causality causality)
{
  PetscFunctionBegin;
  PetscCall(each_score(g, causality, NULL, remove_score));
  PetscCall(add_notes(g, causality));
  if (has_test(g)) {
    PetscCall(CausalityNote(causality, granger_method, "level", g->level));
  }
  for (int k = 0; k < g->n_statistics; k++) {
    StatisticUse *use = &g->uses[k];

    if (use->wanted && !use->failed && use->type->finish) {
      PetscCall(use->type->finish(g, use, causality));
    }
  }
  if (!g->resamples_failed) {
    PetscCall(GrangerNoteResamples(g, causality));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode reload_score(Causality causality, const GrangerScore *score, PetscBool failed,
                                   const char *file, double **values)
{
  const Partition *expected = CausalityPartition(causality);
  char path[PETSC_MAX_PATH_LEN];
  Partition part;
  double *stored;

  PetscFunctionBegin;
  (void)failed;
  PetscCall(
      PetscSNPrintf(path, sizeof(path), "%s:/%s/%s", file, granger_method, score->info.reading));
  if (score->n_groups > 0) {
    PetscCall(CausalityReadTable(expected->comm, path, score->n_groups, score->n_groups, *values));
    PetscFunctionReturn(0);
  }
  PetscCall(CausalityReadMatrix(expected->comm, path, &part, &stored));
  UserCheck(part.n_global == expected->n_global, "%s: has %lld neurons instead of %lld", path,
            (long long)part.n_global, (long long)expected->n_global);
  PetscCall(PetscArraycpy(*values, stored, part.n_local * part.n_global));
  PetscCall(PetscFree(stored));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerReload(Granger g, const char *file, Causality causality)
{
  PetscFunctionBegin;
  PetscCall(GrangerAddMatrices(g, causality));
  PetscCall(each_score(g, causality, file, reload_score));
  for (int k = 0; k < g->n_statistics; k++) {
    StatisticUse *use = &g->uses[k];

    if (use->wanted && use->type->reload) {
      PetscCall(use->type->reload(g, use, file));
    }
  }
  PetscCall(GrangerFinish(g, causality));
  PetscFunctionReturn(0);
}
