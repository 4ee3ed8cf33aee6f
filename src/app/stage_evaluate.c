/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "evaluate_impl.h"

#include <math.h>
#include <string.h>

/* Logs self-connections, which are ignored because scores compare pairs of two neurons. */
static PetscErrorCode note_self_connections(App *app)
{
  const Partition *part = NetworkPartition(app->evaluate.truth);
  int64_t count = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < part->n_local; i++) {
    int64_t n_sources;
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(app->evaluate.truth, i, &n_sources, &sources, &weights));
    for (int64_t k = 0; k < n_sources; k++) {
      count += sources[k] == part->first + i;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_INT64_T, MPI_SUM, app->run.comm));
  if (count > 0) {
    PetscCall(LogPrintf("evaluate   %s: %lld connections of neurons to themselves are ignored\n",
                        app->evaluate.truth_file, (long long)count));
  }
  PetscFunctionReturn(0);
}

/* Reads the truth before anything is computed, so that a wrong file costs no time. */
static PetscErrorCode load_truth(App *app)
{
  int64_t n_truth;

  PetscFunctionBegin;
  PetscCall(NetworkCreateTruth(app->simulate.network, &app->evaluate.truth));
  PetscCall(NetworkLoad(app->evaluate.truth, app->evaluate.truth_file));
  PetscCall(note_self_connections(app));
  PetscCall(NetworkDescribe(app->evaluate.truth, "truth"));
  PetscCall(MatchCheck(app));
  n_truth = NetworkPartition(app->evaluate.truth)->n_global;
  app->data.n_neurons = app->data.n_population < 0 ? n_truth : app->data.n_neurons;
  app->run.held +=
      12.0 * (double)NetworkSynapses(app->evaluate.truth) / app->run.size + (double)n_truth;
  PetscFunctionReturn(0);
}

static PetscErrorCode prepare_evaluate(App *app)
{
  const PetscBool alone = strcmp(app->run.command, "evaluate") ? PETSC_FALSE : PETSC_TRUE;
  PetscBool is_sparse = PETSC_FALSE;
  double local_pairs;

  PetscFunctionBegin;
  if (alone) {
    UserCheck(
        app->evaluate.scores_file[0],
        "no scores to evaluate: give -scores FILE.h5:/path, FILE.npy or the directory of a run");
    UserCheck(app->evaluate.truth_file[0],
              "no truth to compare with: give -truth FILE.h5:/path or FILE.npy");
    PetscCall(EvaluateFilePrepare(app, &is_sparse));
  }
  UserCheck(!app->simulate.applies || !SimulationSwitches(app->simulate.simulation) ||
                app->run.n_windows > 1,
            "connectivity_switch: the true network changes within the run; set causality_windows "
            "to the number of time windows");
  if (app->evaluate.truth_file[0]) {
    PetscCall(load_truth(app));
  } else if (!app->simulate.applies) {
    PetscCall(LogPrintf("evaluate   no -truth is given: scores are computed, but not evaluated\n"));
    PetscFunctionReturn(0);
  }
  /* in addition to the matrices: two lists of scores with their labels */
  local_pairs = ceil((double)app->data.n_neurons / app->run.size) * (double)app->data.n_neurons;
  if (is_sparse ||
      (app->granger.applies && !app->train.applies && !GrangerSelectsAll(app->granger.granger))) {
    PetscFunctionReturn(0); /* the lists hold only the selected pairs */
  }
  app->run.memory = PetscMax(app->run.memory, app->run.held + (alone ? 8 + 48 : 48) * local_pairs);
  PetscFunctionReturn(0);
}

/* Marks the pairs that are significant by the p-values of a regression; `made` is NULL without a level for them. */
static PetscErrorCode make_mask(App *app, const ScoreInfo *info, uint8_t **made)
{
  Causality c = app->data.causality;
  const double *p_values = info->p_value ? CausalityFind(c, info->method, info->p_value) : NULL;
  GrangerInfo solution;

  PetscFunctionBegin;
  *made = NULL;
  if (p_values && !strcmp(info->method, "granger")) {
    PetscCall(GrangerGetInfo(app->granger.granger, &solution));
    PetscCall(EvaluateMask(CausalityPartition(c), p_values, solution.level, made));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode evaluate_matrix(App *app, const ScoreInfo *info, Network truth, Score *score)
{
  Causality c = app->data.causality;
  const double *scores = CausalityFind(c, info->method, info->reading);
  const uint8_t *mask = info->mask ? CausalityFindMask(c, info->method, info->mask) : NULL;
  const double *effects = info->sign ? CausalityFind(c, info->method, info->sign) : NULL;
  const double *latencies = effects && ActivityInterval(app->data.activity) > 0
                                ? CausalityFind(c, info->method, "latency")
                                : NULL;
  uint8_t *made = NULL;

  PetscFunctionBegin;
  if (!mask) {
    PetscCall(make_mask(app, info, &made));
    mask = made;
  }
  PetscCall(EvaluationComputeSense(CausalityPartition(c), scores, info->sense, mask, truth,
                                   info->reading, &score->evaluation,
                                   score->in_table ? &score->curve : NULL));
  if (mask && latencies) {
    PetscCall(
        EvaluationLatencies(CausalityPartition(c), latencies, mask, truth, &score->evaluation));
  }
  PetscCall(PetscFree(made));
  if (effects) {
    PetscCall(EvaluationSigns(CausalityPartition(c), effects, truth, &score->evaluation));
  }
  PetscFunctionReturn(0);
}

/* Sorts the scores by their position in result tables. `infos` has room for all matrices and the
   sparse scores. */
static int sort_scores(App *app, const ScoreInfo *infos[])
{
  const ScoreInfo *info;
  int n = 0;

  if (CausalitySparse(app->data.causality, &info)) {
    infos[n++] = info;
  }
  for (int k = 0; (info = CausalityInfo(app->data.causality, k)); k++) {
    int at = n;

    if ((info->role != ROLE_SCORE && info->role != ROLE_MEMBER) || info->order == 0) {
      continue;
    }
    for (; at > 0 && infos[at - 1]->order > info->order; at--) {
      infos[at] = infos[at - 1];
    }
    infos[at] = info;
    n++;
  }
  return n;
}

/* Evaluates every score of this run. The table omits scores of single ensemble members. */
static PetscErrorCode evaluate_all(App *app, Network truth)
{
  const ScoreInfo *sparse_info, **infos;
  SparseScores sparse = CausalitySparse(app->data.causality, &sparse_info);
  int most = 1, n;

  PetscFunctionBegin;
  while (CausalityInfo(app->data.causality, most - 1)) {
    most++;
  }
  PetscCall(PetscMalloc1(most, &infos));
  n = sort_scores(app, infos);
  for (int k = 0; k < n; k++) {
    const ScoreInfo *info = infos[k];
    const ScoreCost cost = CausalityCost(app->data.causality, info->method);
    Score score = {.method = info->method, .reading = info->reading, .flops = cost.flops};

    score.in_table = info->role == ROLE_SCORE ? PETSC_TRUE : PETSC_FALSE;
    score.seconds = score.in_table ? cost.seconds : 0;
    PetscCall(info == sparse_info
                  ? EvaluationComputeSparse(sparse, truth, &score.evaluation, &score.curve)
                  : evaluate_matrix(app, info, truth, &score));
    if (score.in_table) {
      PetscCall(EvaluateExplain(info->reading, &score.evaluation));
    }
    PetscCall(SummaryAdd(app, &score));
  }
  PetscCall(PetscFree(infos));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_evaluate(App *app)
{
  Network truth = app->evaluate.truth ? app->evaluate.truth : app->simulate.network;
  const PetscBool is_switched =
      !app->evaluate.truth && app->simulate.switched &&
              ActivityMiddle(app->data.activity) >= app->simulate.switch_ms
          ? PETSC_TRUE
          : PETSC_FALSE;

  PetscFunctionBegin;
  if (!app->evaluate.truth && !app->simulate.applies) {
    PetscFunctionReturn(0);
  }
  truth = is_switched ? app->simulate.switched : truth;
  if (!app->evaluate.observed_truth) {
    PetscCall(MatchTruth(app, truth, &app->evaluate.observed_truth));
  }
  truth = app->evaluate.observed_truth ? app->evaluate.observed_truth : truth;
  if (app->evaluate.scores_file[0]) {
    PetscCall(EvaluateFile(app, truth));
  }
  if (app->data.causality) {
    PetscCall(evaluate_all(app, truth));
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
