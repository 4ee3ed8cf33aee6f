/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

PetscErrorCode SummaryAdd(App *app, const char *method, const char *reading,
                          const Evaluation *evaluation, double seconds, double flops)
{
  PetscFunctionBegin;
  PetscCheck(app->n_scores < MAX_SCORES, app->comm, PETSC_ERR_PLIB, "more than %d scores",
             MAX_SCORES);
  app->scores[app->n_scores++] = (Score){method, reading, *evaluation, seconds, flops};
  PetscFunctionReturn(0);
}

/* "0.9234", or "n/a" for what is not defined */
static const char *number(double value, const char *format, char text[32])
{
  (void)snprintf(text, 32, isnan(value) ? "n/a" : format, value);
  return text;
}

PetscErrorCode SummaryPrint(const App *app)
{
  PetscFunctionBegin;
  if (app->n_scores == 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(LogPrintf("\n%-10s %-14s %15s %17s %7s %10s %7s %7s %9s %9s\n", "method", "reading",
                      "AUROC published", "AUROC offdiagonal", "AUPRC", "precision", "recall", "F1",
                      "time s", "Gflop/s"));
  for (int k = 0; k < app->n_scores; k++) {
    const Score *s = &app->scores[k];
    const Evaluation *e = &s->evaluation;
    char text[8][32];

    PetscCall(LogPrintf(
        "%-10s %-14s %15s %17s %7s %10s %7s %7s %9s %9s\n", s->method, s->reading,
        number(e->auroc_published, "%.4f", text[0]), number(e->auroc_offdiagonal, "%.4f", text[1]),
        number(e->auprc, "%.4f", text[2]), number(e->precision, "%.3f", text[3]),
        number(e->recall, "%.3f", text[4]), number(e->f1, "%.3f", text[5]),
        number(s->seconds > 0 ? s->seconds : NAN, "%.3g", text[6]),
        number(s->seconds > 0 ? s->flops / s->seconds * 1e-9 : NAN, "%.3g", text[7])));
  }
  PetscCall(LogPrintf("edges %lld, other pairs %lld\n\n",
                      (long long)app->scores[0].evaluation.n_edges,
                      (long long)app->scores[0].evaluation.n_nonedges));
  PetscFunctionReturn(0);
}

/* JSON has no NaN: what is not defined becomes null. */
static json_t *real_or_null(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count_or_null(int64_t value)
{
  return value >= 0 ? json_integer(value) : json_null();
}

static json_t *score_object(const Score *s)
{
  const Evaluation *e = &s->evaluation;
  json_t *object = json_object();

  (void)json_object_set_new(object, "method", json_string(s->method));
  (void)json_object_set_new(object, "reading", json_string(s->reading));
  (void)json_object_set_new(object, "auroc_published", real_or_null(e->auroc_published));
  (void)json_object_set_new(object, "auroc_offdiagonal", real_or_null(e->auroc_offdiagonal));
  (void)json_object_set_new(object, "auprc", real_or_null(e->auprc));
  (void)json_object_set_new(object, "precision", real_or_null(e->precision));
  (void)json_object_set_new(object, "recall", real_or_null(e->recall));
  (void)json_object_set_new(object, "f1", real_or_null(e->f1));
  (void)json_object_set_new(object, "edges", json_integer(e->n_edges));
  (void)json_object_set_new(object, "nonedges", json_integer(e->n_nonedges));
  (void)json_object_set_new(object, "time_s", real_or_null(s->seconds > 0 ? s->seconds : NAN));
  (void)json_object_set_new(object, "gflop_per_s",
                            real_or_null(s->seconds > 0 ? s->flops / s->seconds * 1e-9 : NAN));
  return object;
}

static json_t *timing_object(const Command *command)
{
  json_t *timing = json_object();
  char key[64];

  for (int k = 0; command->stages[k]; k++) {
    (void)snprintf(key, sizeof(key), "%s_s", command->stages[k]->name);
    (void)json_object_set_new(timing, key, json_real(command->stages[k]->seconds));
  }
  return timing;
}

static json_t *granger_object(const App *app)
{
  json_t *object = json_object();
  GrangerInfo info;

  (void)GrangerGetInfo(app->granger, &info);
  (void)json_object_set_new(object, "order", json_integer(info.order));
  (void)json_object_set_new(object, "rows", json_integer(info.n_rows));
  (void)json_object_set_new(object, "condition_number", real_or_null(info.condition_number));
  (void)json_object_set_new(object, "significant_benjamini_hochberg",
                            json_integer(info.significant[MULTIPLICITY_BENJAMINI_HOCHBERG]));
  (void)json_object_set_new(object, "significant_benjamini_yekutieli",
                            json_integer(info.significant[MULTIPLICITY_BENJAMINI_YEKUTIELI]));
  (void)json_object_set_new(object, "significant_bonferroni",
                            json_integer(info.significant[MULTIPLICITY_BONFERRONI]));
  return object;
}

static json_t *summary_object(const App *app, const Command *command)
{
  json_t *summary = json_object(), *scores = json_array();

  for (int k = 0; k < app->n_scores; k++) {
    (void)json_array_append_new(scores, score_object(&app->scores[k]));
  }
  (void)json_object_set_new(summary, "program", json_string("causeway"));
  (void)json_object_set_new(summary, "version", json_string(CausewayVersion()));
  (void)json_object_set_new(summary, "revision", json_string(CausewayRevision()));
  (void)json_object_set_new(summary, "command", json_string(app->command));
  (void)json_object_set_new(summary, "ranks", json_integer(app->size));
  (void)json_object_set_new(summary, "neurons", count_or_null(app->n_neurons));
  (void)json_object_set_new(summary, "samples", count_or_null(app->n_samples));
  if (app->simulates) {
    (void)json_object_set_new(summary, "synapses", json_integer(NetworkSynapses(app->network)));
    (void)json_object_set_new(summary, "spikes", count_or_null(app->n_spikes));
  }
  (void)json_object_set_new(summary, "scores", scores);
  (void)json_object_set_new(summary, "timing", timing_object(command));
  if (app->causality) {
    (void)json_object_set_new(summary, "granger", granger_object(app));
  }
  return summary;
}

PetscErrorCode SummaryWrite(App *app, const Command *command)
{
  char path[PETSC_MAX_PATH_LEN], partial[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (!app->output[0]) {
    PetscFunctionReturn(0);
  }
  PetscCall(OutputCommit(app));
  PetscCall(AppPath(app, "summary.json", sizeof(path), path));
  PetscCall(AppPath(app, "summary.json.partial", sizeof(partial), partial));
  if (app->rank == 0) {
    json_t *summary = summary_object(app, command);

    if (json_dump_file(summary, partial, JSON_INDENT(2)) || rename(partial, path)) {
      status = UserError("%s: cannot write: %s", path, strerror(errno));
    }
    json_decref(summary);
  }
  PetscCall(ErrorAgree(app->comm, status));
  PetscFunctionReturn(0);
}
