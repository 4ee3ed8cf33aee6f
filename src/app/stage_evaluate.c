/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "evaluate_impl.h"

#include <math.h>
#include <string.h>

/* Connections of neurons to themselves are no pairs. */
static PetscErrorCode note_self_connections(App *app)
{
  const Partition *part = NetworkPartition(app->truth);
  int64_t count = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < part->n_local; i++) {
    int64_t n_sources;
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(app->truth, i, &n_sources, &sources, &weights));
    for (int64_t k = 0; k < n_sources; k++) {
      count += sources[k] == part->first + i;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_INT64_T, MPI_SUM, app->comm));
  if (count > 0) {
    PetscCall(LogPrintf("evaluate   %s: %lld connections of neurons to themselves are ignored\n",
                        app->truth_file, (long long)count));
  }
  PetscFunctionReturn(0);
}

/* The truth is read before anything is computed, so that a wrong one costs nothing. */
static PetscErrorCode load_truth(App *app)
{
  int64_t n_truth;

  PetscFunctionBegin;
  PetscCall(NetworkCreateTruth(app->network, &app->truth));
  PetscCall(NetworkLoad(app->truth, app->truth_file));
  PetscCall(note_self_connections(app));
  PetscCall(NetworkDescribe(app->truth, "truth"));
  PetscCall(MatchCheck(app));
  n_truth = NetworkPartition(app->truth)->n_global;
  app->n_neurons = app->n_population < 0 ? n_truth : app->n_neurons;
  app->held += 12.0 * (double)NetworkSynapses(app->truth) / app->size + (double)n_truth;
  PetscFunctionReturn(0);
}

static PetscErrorCode prepare_evaluate(App *app)
{
  const PetscBool alone = strcmp(app->command, "evaluate") ? PETSC_FALSE : PETSC_TRUE;
  PetscBool is_sparse = PETSC_FALSE;
  double local_pairs;

  PetscFunctionBegin;
  if (alone) {
    UserCheck(
        app->scores_file[0],
        "no scores to evaluate: give -scores FILE.h5:/path, FILE.npy or the directory of a run");
    UserCheck(app->truth_file[0],
              "no truth to compare with: give -truth FILE.h5:/path or FILE.npy");
    PetscCall(EvaluateFilePrepare(app, &is_sparse));
  }
  UserCheck(!app->simulates || !SimulationSwitches(app->simulation) || app->n_windows > 1,
            "connectivity_switch: the true network changes within the run; say with "
            "causality_windows into how many stretches of time it is to be cut");
  if (app->truth_file[0]) {
    PetscCall(load_truth(app));
  } else if (!app->simulates) {
    PetscCall(LogPrintf("evaluate   no -truth is given: scores are computed, but not evaluated\n"));
    PetscFunctionReturn(0);
  }
  /* beside the matrices, two lists of scores with their labels */
  local_pairs = ceil((double)app->n_neurons / app->size) * (double)app->n_neurons;
  if (is_sparse ||
      (app->infers_granger && !app->infers_forecaster && !GrangerKeepsAll(app->granger))) {
    PetscFunctionReturn(0); /* the lists are of what is kept */
  }
  app->memory = PetscMax(app->memory, app->held + (alone ? 8 + 48 : 48) * local_pairs);
  PetscFunctionReturn(0);
}

/* Every statistic that was computed; the significance belongs to the F test. */
static PetscErrorCode evaluate_granger(App *app, Network truth)
{
  static const struct {
    const char *reading, *name, *mask;
  } readings[] = {{"f_statistic", "the F statistic", "significant_benjamini_hochberg"},
                  {"pairwise_gc", "the pairwise causality", NULL},
                  {"event_gc", "the causality of events", NULL},
                  {"state_space_gc", "the state-space causality", NULL}};
  GrangerInfo info;

  PetscFunctionBegin;
  PetscCall(GrangerGetInfo(app->granger, &info));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(readings); k++) {
    const double *scores = CausalityFind(app->causality, "granger", readings[k].reading);
    const uint8_t *mask =
        readings[k].mask ? CausalityFindMask(app->causality, "granger", readings[k].mask) : NULL;
    Score score = {.method = "granger", .reading = readings[k].reading, .in_table = PETSC_TRUE};

    if (!scores) {
      continue;
    }
    PetscCall(EvaluationCompute(CausalityPartition(app->causality), scores, mask, truth,
                                readings[k].name, &score.evaluation, &score.curve));
    PetscCall(EvaluateExplain(readings[k].reading, &score.evaluation));
    score.seconds = info.regression_s;
    score.flops = info.flops;
    PetscCall(SummaryAdd(app, &score));
  }
  if (CausalityFindSparse(app->causality, "granger")) {
    Score score = {.method = "granger", .reading = "f_statistic", .in_table = PETSC_TRUE};

    PetscCall(EvaluationComputeSparse(CausalityFindSparse(app->causality, "granger"), truth,
                                      &score.evaluation, &score.curve));
    score.seconds = info.regression_s;
    score.flops = info.flops;
    PetscCall(SummaryAdd(app, &score));
  }
  PetscFunctionReturn(0);
}

/* Of one matrix of a forecaster: the mean of the members, or one of them. */
static PetscErrorCode evaluate_reading(App *app, Forecaster f, Network truth, const char *reading,
                                       PetscBool in_table)
{
  const double *scores = CausalityFind(app->causality, ForecasterName(f), reading), *effects;
  Score score = {.method = ForecasterName(f), .reading = reading, .in_table = in_table};
  char effect[256];
  ForecasterInfo info;

  PetscFunctionBegin;
  if (!scores) {
    PetscFunctionReturn(0);
  }
  PetscCall(ForecasterGetInfo(f, &info));
  PetscCall(EvaluationCompute(CausalityPartition(app->causality), scores, NULL, truth, reading,
                              &score.evaluation, in_table ? &score.curve : NULL));
  (void)snprintf(effect, sizeof(effect), "%s_effect", reading);
  effects = CausalityFind(app->causality, ForecasterName(f), effect);
  if (effects) {
    PetscCall(
        EvaluationSigns(CausalityPartition(app->causality), effects, truth, &score.evaluation));
  }
  if (in_table) {
    PetscCall(EvaluateExplain(reading, &score.evaluation));
  }
  score.seconds = in_table ? info.train_s : 0;
  score.flops = info.flops;
  PetscCall(SummaryAdd(app, &score));
  PetscFunctionReturn(0);
}

static PetscErrorCode evaluate_forecaster(App *app, Forecaster f, Network truth)
{
  ForecasterInfo info;

  PetscFunctionBegin;
  PetscCall(ForecasterGetInfo(f, &info));
  for (int k = 0; ForecasterReading(f, k); k++) {
    PetscCall(evaluate_reading(app, f, truth, ForecasterReading(f, k), PETSC_TRUE));
    for (int64_t m = 0; m < info.n_members; m++) {
      PetscCall(evaluate_reading(app, f, truth, ForecasterMemberReading(f, k, m), PETSC_FALSE));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_evaluate(App *app)
{
  Network truth = app->truth ? app->truth : app->network;
  const PetscBool is_switched =
      !app->truth && app->switched_truth && ActivityMiddle(app->activity) >= app->switch_ms
          ? PETSC_TRUE
          : PETSC_FALSE;

  PetscFunctionBegin;
  if (!app->truth && !app->simulates) {
    PetscFunctionReturn(0);
  }
  truth = is_switched ? app->switched_truth : truth;
  if (!app->observed_truth) {
    PetscCall(MatchTruth(app, truth, &app->observed_truth));
  }
  truth = app->observed_truth ? app->observed_truth : truth;
  if (app->scores_file[0]) {
    PetscCall(EvaluateFile(app, truth));
  }
  if (app->has_granger) {
    PetscCall(evaluate_granger(app, truth));
  }
  for (int k = 0; k < app->n_forecasters && app->has_forecaster; k++) {
    PetscCall(evaluate_forecaster(app, app->forecasters[k], truth));
  }
  PetscCall(SummaryWriteCurves(app));
  PetscFunctionReturn(0);
}

Stage StageEvaluate = {.name = "evaluate",
                       .prepare = prepare_evaluate,
                       .execute = execute_evaluate,
                       .files = {"evaluation.h5"},
                       .log_stage = STAGE_EVALUATE,
                       .seconds = -1.0};
