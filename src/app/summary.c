/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"
#include "causeway/internal/core/json.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

PetscErrorCode SummaryAdd(App *app, const Score *score)
{
  Score *added;

  PetscFunctionBegin;
  PetscCall(
      PetscRealloc((size_t)(app->evaluate.n_scores + 1) * sizeof(Score), &app->evaluate.scores));
  added = &app->evaluate.scores[app->evaluate.n_scores++];
  *added = *score;
  PetscCall(PetscStrallocpy(score->method, (char **)&added->method));
  PetscCall(PetscStrallocpy(score->reading, (char **)&added->reading));
  added->window = app->run.window;
  PetscFunctionReturn(0);
}

PetscErrorCode SummaryFree(App *app)
{
  PetscFunctionBegin;
  for (int k = 0; k < app->evaluate.n_scores; k++) {
    PetscCall(PetscFree(app->evaluate.scores[k].method));
    PetscCall(PetscFree(app->evaluate.scores[k].reading));
    PetscCall(EvaluationCurveDestroy(&app->evaluate.scores[k].curve));
  }
  PetscCall(PetscFree(app->evaluate.scores));
  app->evaluate.n_scores = 0;
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_text(Run *run, Snapshot s, const char *name, char **text)
{
  const int64_t first[1] = {0};
  int64_t length[1] = {0};
  char field[64];

  PetscFunctionBegin;
  (void)snprintf(field, sizeof(field), "%s_length", name);
  length[0] = *text ? (int64_t)strlen(*text) + 1 : 0;
  PetscCall(SnapshotInteger(s, field, length));
  UserCheck(length[0] > 0 && length[0] <= PETSC_MAX_PATH_LEN,
            "the snapshot has a %s of length %lld", name, (long long)length[0]);
  if (SnapshotRestores(s)) {
    PetscCall(PetscCalloc1(length[0] + 1, text));
  }
  PetscCall(SnapshotArray(s, name, "1", DATA_UINT8, 1, length, first, length,
                          run->rank == 0 ? PETSC_TRUE : PETSC_FALSE, *text));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_score(Run *run, Snapshot s, Score *score)
{
  Evaluation *e = &score->evaluation;
  const struct {
    const char *name;
    double *value;
  } reals[] = {{"auroc_published", &e->auroc_published},
               {"auroc_offdiagonal", &e->auroc_offdiagonal},
               {"auprc", &e->auprc},
               {"precision", &e->precision},
               {"recall", &e->recall},
               {"f1", &e->f1},
               {"sign_accuracy", &e->sign_accuracy},
               {"latency_error_ms", &e->latency_error_ms},
               {"latency_share", &e->latency_share},
               {"time_s", &score->seconds},
               {"flops", &score->flops}};
  int64_t in_table = score->in_table;

  PetscFunctionBegin;
  PetscCall(keep_text(run, s, "method", (char **)&score->method));
  PetscCall(keep_text(run, s, "reading", (char **)&score->reading));
  PetscCall(SnapshotInteger(s, "window", &score->window));
  PetscCall(SnapshotInteger(s, "in_table", &in_table));
  score->in_table = in_table ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(SnapshotInteger(s, "edges", &e->n_edges));
  PetscCall(SnapshotInteger(s, "nonedges", &e->n_nonedges));
  PetscCall(SnapshotInteger(s, "unscored", &e->n_unscored));
  PetscCall(SnapshotInteger(s, "latencies", &e->n_latencies));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(reals); k++) {
    PetscCall(SnapshotReal(s, reals[k].name, reals[k].value));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SummaryKeep(App *app, Snapshot snapshot)
{
  int64_t n = app->evaluate.n_scores;

  PetscFunctionBegin;
  PetscCall(SnapshotInteger(snapshot, "scores", &n));
  UserCheck(n >= 0 && n < INT32_MAX, "the snapshot has %lld scores", (long long)n);
  if (SnapshotRestores(snapshot)) {
    PetscCall(SummaryFree(app));
    PetscCall(PetscCalloc1(n, &app->evaluate.scores));
    app->evaluate.n_scores = (int)n;
  }
  for (int k = 0; k < app->evaluate.n_scores; k++) {
    PetscCall(SnapshotGroup(snapshot, "run/score_%d", k));
    PetscCall(keep_score(&app->run, snapshot, &app->evaluate.scores[k]));
  }
  PetscCall(SnapshotGroup(snapshot, "run"));
  PetscFunctionReturn(0);
}

/* Errors of latencies have two more columns, where any are known. */
static PetscErrorCode print_latency(const Evaluation *e, PetscBool has_latencies)
{
  char text[2][32];

  PetscFunctionBegin;
  if (has_latencies) {
    PetscCall(LogPrintf(" %14s %11s", LogNumber(e->latency_error_ms, "%.2f", text[0]),
                        LogNumber(e->latency_share, "%.3f", text[1])));
  }
  PetscCall(LogPrintf("\n"));
  PetscFunctionReturn(0);
}

static PetscBool has_latencies(const App *app)
{
  for (int k = 0; k < app->evaluate.n_scores; k++) {
    if (app->evaluate.scores[k].in_table &&
        isfinite(app->evaluate.scores[k].evaluation.latency_error_ms)) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

PetscErrorCode SummaryPrint(const App *app)
{
  const PetscBool latencies = has_latencies(app);
  int64_t window = -1;

  PetscFunctionBegin;
  if (app->evaluate.n_scores == 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(LogPrintf("\n%-12s %-14s %15s %17s %7s %10s %7s %7s %9s %9s%s\n", "method", "reading",
                      "AUROC published", "AUROC offdiagonal", "AUPRC", "precision", "recall", "F1",
                      "time s", "Gflop/s", latencies ? " latency err ms within 2 ms" : ""));
  for (int k = 0; k < app->evaluate.n_scores; k++) {
    const Score *s = &app->evaluate.scores[k];
    const Evaluation *e = &s->evaluation;
    char text[8][32];

    if (!s->in_table) {
      continue;
    }
    if (app->run.n_windows > 1 && s->window != window) {
      window = s->window;
      PetscCall(LogPrintf("window %lld\n", (long long)window));
    }
    PetscCall(
        LogPrintf("%-12s %-14s %15s %17s %7s %10s %7s %7s %9s %9s", s->method, s->reading,
                  LogNumber(e->auroc_published, "%.4f", text[0]),
                  LogNumber(e->auroc_offdiagonal, "%.4f", text[1]),
                  LogNumber(e->auprc, "%.4f", text[2]), LogNumber(e->precision, "%.3f", text[3]),
                  LogNumber(e->recall, "%.3f", text[4]), LogNumber(e->f1, "%.3f", text[5]),
                  LogNumber(s->seconds > 0 ? s->seconds : NAN, "%.3g", text[6]),
                  LogNumber(s->seconds > 0 ? s->flops / s->seconds * 1e-9 : NAN, "%.3g", text[7])));
    PetscCall(print_latency(e, latencies));
  }
  PetscCall(LogPrintf("edges %lld, other pairs %lld\n\n",
                      (long long)app->evaluate.scores[0].evaluation.n_edges,
                      (long long)app->evaluate.scores[0].evaluation.n_nonedges));
  PetscFunctionReturn(0);
}

/* JSON has no NaN, so undefined values become null. */
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

  (void)json_object_set_new(object, "method", JsonText(s->method));
  (void)json_object_set_new(object, "reading", JsonText(s->reading));
  (void)json_object_set_new(object, "role",
                            json_string(ScoreRoleName(s->in_table ? ROLE_SCORE : ROLE_MEMBER)));
  (void)json_object_set_new(object, "auroc_published", real_or_null(e->auroc_published));
  (void)json_object_set_new(object, "auroc_offdiagonal", real_or_null(e->auroc_offdiagonal));
  (void)json_object_set_new(object, "auprc", real_or_null(e->auprc));
  (void)json_object_set_new(object, "precision", real_or_null(e->precision));
  (void)json_object_set_new(object, "recall", real_or_null(e->recall));
  (void)json_object_set_new(object, "f1", real_or_null(e->f1));
  (void)json_object_set_new(object, "sign_accuracy", real_or_null(e->sign_accuracy));
  if (isfinite(e->latency_error_ms)) {
    (void)json_object_set_new(object, "latency_error_ms", json_real(e->latency_error_ms));
    (void)json_object_set_new(object, "latency_within_2_ms", json_real(e->latency_share));
    (void)json_object_set_new(object, "latencies", json_integer(e->n_latencies));
  }
  (void)json_object_set_new(object, "edges", json_integer(e->n_edges));
  (void)json_object_set_new(object, "nonedges", json_integer(e->n_nonedges));
  (void)json_object_set_new(object, "unscored", json_integer(e->n_unscored));
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

/* A table over groups, rows targets. */
static json_t *table_array(const double *values, int64_t n)
{
  json_t *rows = json_array();

  for (int64_t i = 0; i < n; i++) {
    json_t *row = json_array();

    for (int64_t j = 0; j < n; j++) {
      (void)json_array_append_new(row, real_or_null(values[i * n + j]));
    }
    (void)json_array_append_new(rows, row);
  }
  return rows;
}

/* Adds the tables over groups, unless they are large. */
static void add_groups(json_t *object, Causality causality, int64_t n)
{
  static const char *const readings[] = {"group_gc", "group_p_value"};
  const int64_t most = 20;

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(readings) && n <= most; k++) {
    const double *values = causality ? CausalityFindTable(causality, "granger", readings[k]) : NULL;

    if (values) {
      (void)json_object_set_new(object, readings[k], table_array(values, n));
    }
  }
}

/* Adds the numbers of significant pairs that have been counted. */
static void add_significant(json_t *object, const GrangerInfo *info)
{
  const struct {
    const char *key;
    int64_t count;
  } counts[] = {
      {"significant_benjamini_hochberg", info->significant[MULTIPLICITY_BENJAMINI_HOCHBERG]},
      {"significant_benjamini_yekutieli", info->significant[MULTIPLICITY_BENJAMINI_YEKUTIELI]},
      {"significant_bonferroni", info->significant[MULTIPLICITY_BONFERRONI]},
      {"pairwise_significant_benjamini_hochberg", info->significant_pairwise}};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(counts); k++) {
    if (counts[k].count >= 0) {
      (void)json_object_set_new(object, counts[k].key, json_integer(counts[k].count));
    }
  }
}

/* The settings that the recipe has made, with their reasons. */
static json_t *recipe_array(const App *app)
{
  json_t *array = json_array();

  for (int k = 0; k < app->recipe.n_choices; k++) {
    const RecipeChoice *choice = &app->recipe.choices[k];

    (void)json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "key", choice->key, "value",
                                                 choice->value, "reason", choice->reason));
  }
  return array;
}

static json_t *granger_object(const App *app)
{
  json_t *object = json_object();
  GrangerInfo info;

  (void)GrangerGetInfo(app->granger.granger, &info);
  (void)json_object_set_new(object, "order", json_integer(info.order));
  (void)json_object_set_new(object, "order_criterion", json_string(info.order_criterion));
  (void)json_object_set_new(object, "rows", json_integer(info.n_rows));
  (void)json_object_set_new(object, "condition_number", real_or_null(info.condition_number));
  (void)json_object_set_new(object, "spectral_radius", real_or_null(info.spectral_radius));
  (void)json_object_set_new(object, "pairs_without_p_value", json_integer(info.n_untested));
  if (isfinite(info.inflation)) {
    (void)json_object_set_new(object, "inflation", json_real(info.inflation));
    (void)json_object_set_new(object, "largest_inflation", json_real(info.largest_inflation));
    (void)json_object_set_new(object, "significant_share", real_or_null(info.significant_share));
  }
  add_significant(object, &info);
  add_groups(object, app->data.causality, info.n_groups);
  return object;
}

static json_t *forecast_object(Forecaster f)
{
  json_t *object = json_object();
  ForecasterInfo info;

  (void)ForecasterGetInfo(f, &info);
  (void)json_object_set_new(object, "r2", real_or_null(info.r2));
  (void)json_object_set_new(object, "neurons_without_r2", json_integer(info.n_without_r2));
  (void)json_object_set_new(object, "mse", real_or_null(info.mse));
  (void)json_object_set_new(object, "members", json_integer(info.n_used));
  return object;
}

/* Results and training speed of each ensemble member. */
static json_t *forecaster_object(Forecaster f)
{
  json_t *object = json_object(), *members = json_array();
  ForecasterInfo info;

  (void)ForecasterGetInfo(f, &info);
  for (int64_t m = 0; m < info.n_members; m++) {
    json_t *member = json_object();
    ForecasterMember r;

    (void)ForecasterGetMember(f, m, &r);
    (void)json_object_set_new(member, "epochs", json_integer(r.n_epochs));
    (void)json_object_set_new(member, "best_epoch", json_integer(r.best_epoch));
    (void)json_object_set_new(member, "validation_loss", real_or_null(r.best_loss));
    (void)json_object_set_new(member, "mse", real_or_null(r.mse));
    (void)json_object_set_new(member, "r2", real_or_null(r.r2));
    (void)json_object_set_new(member, "diverged_step", json_integer(r.diverged_step));
    (void)json_array_append_new(members, member);
  }
  (void)json_object_set_new(object, "r2", real_or_null(info.r2));
  (void)json_object_set_new(object, "neurons_without_r2", json_integer(info.n_without_r2));
  (void)json_object_set_new(object, "mse", real_or_null(info.mse));
  (void)json_object_set_new(object, "members", members);
  (void)json_object_set_new(object, "grid",
                            json_pack("[i,i,i]", info.grid[0], info.grid[1], info.grid[2]));
  (void)json_object_set_new(object, "step_s", real_or_null(info.step_s));
  (void)json_object_set_new(object, "predicted_memory_bytes", real_or_null(info.memory));
  return object;
}

static json_t *inputs_array(const Run *run)
{
  json_t *list = json_array();

  for (int k = 0; k < run->n_inputs; k++) {
    const Input *input = &run->inputs[k];

    (void)json_array_append_new(
        list, json_pack("{s:s, s:s, s:I, s:s}", "parameter", input->key, "file", input->file,
                        "bytes", (json_int_t)input->bytes, "checksum", input->checksum));
  }
  return list;
}

/* Result files and the parameter file, with their lengths. */
static json_t *outputs_array(const App *app, const Command *command)
{
  json_t *list = json_array();
  struct dirent **entries = NULL;
  char path[PETSC_MAX_PATH_LEN];
  struct stat entry;
  const int n = app->run.output[0] ? scandir(app->run.output, &entries, NULL, alphasort) : 0;

  for (int k = 0; k < n; k++) {
    const char *name = entries[k]->d_name;

    (void)RunPath(&app->run, name, sizeof(path), path);
    if ((OutputWrites(app, command, name) || !strcmp(name, "used_parameters.yaml")) &&
        !stat(path, &entry)) {
      (void)json_array_append_new(list, json_pack("{s:o, s:I}", "file", JsonText(name), "bytes",
                                                  (json_int_t)entry.st_size));
    }
    free(entries[k]);
  }
  free(entries);
  return list;
}

static json_t *summary_object(const App *app, const Command *command)
{
  json_t *summary = json_object(), *scores = json_array();

  for (int k = 0; k < app->evaluate.n_scores; k++) {
    json_t *score = score_object(&app->evaluate.scores[k]);

    if (app->run.n_windows > 1) {
      (void)json_object_set_new(score, "window", json_integer(app->evaluate.scores[k].window));
    }
    (void)json_array_append_new(scores, score);
  }
  (void)json_object_set_new(summary, "program", json_string("causeway"));
  (void)json_object_set_new(summary, "version", json_string(CausewayVersion()));
  (void)json_object_set_new(summary, "revision", json_string(CausewayRevision()));
  (void)json_object_set_new(summary, "command", json_string(app->run.command));
  (void)json_object_set_new(summary, "inputs", inputs_array(&app->run));
  (void)json_object_set_new(summary, "outputs", outputs_array(app, command));
  (void)json_object_set_new(summary, "ranks", json_integer(app->run.size));
  (void)json_object_set_new(summary, "neurons", count_or_null(app->data.n_neurons));
  (void)json_object_set_new(summary, "samples", count_or_null(app->data.n_samples));
  if (app->simulate.applies) {
    (void)json_object_set_new(summary, "synapses",
                              json_integer(NetworkSynapses(app->simulate.network)));
    (void)json_object_set_new(summary, "spikes", count_or_null(app->simulate.n_spikes));
  }
  (void)json_object_set_new(summary, "scores", scores);
  if (app->recipe.n_choices > 0) {
    (void)json_object_set_new(summary, "recipe", recipe_array(app));
  }
  (void)json_object_set_new(summary, "timing", timing_object(command));
  if (app->granger.is_done) {
    (void)json_object_set_new(summary, "granger", granger_object(app));
  }
  for (int k = 0; k < app->train.n_forecasters && app->train.is_done; k++) {
    (void)json_object_set_new(summary, ForecasterName(app->train.forecasters[k]),
                              forecaster_object(app->train.forecasters[k]));
  }
  if (app->train.is_done || app->forecast.is_done) { /* only the first forecaster is reported */
    (void)json_object_set_new(summary, "forecast", forecast_object(app->train.forecasters[0]));
  }
  return summary;
}

PetscErrorCode SummaryWrite(App *app, const Command *command)
{
  char path[PETSC_MAX_PATH_LEN], partial[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (app->run.output[0]) {
    PetscCall(OutputCommit(app, NULL));
  }
  PetscCall(RunPath(&app->run, "summary.json", sizeof(path), path));
  PetscCall(RunPath(&app->run, "summary.json.partial", sizeof(partial), partial));
  if (app->run.rank == 0) {
    json_t *summary = summary_object(app, command);

    if (app->run.output[0] &&
        (json_dump_file(summary, partial, JSON_INDENT(2)) || rename(partial, path))) {
      status = UserError("%s: cannot write: %s", path, strerror(errno));
    } else if (app->run.json) {
      status = JsonPrint(summary);
    }
    json_decref(summary);
  }
  PetscCall(ErrorAgree(app->run.comm, status));
  PetscFunctionReturn(0);
}
