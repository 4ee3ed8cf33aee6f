/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Runs `write` on a new file of the output directory; it appears only when complete. */
typedef PetscErrorCode (*WriteFile)(App *app, DataFile file);

static PetscErrorCode write_file(App *app, const char *name, WriteFile write)
{
  char path[PETSC_MAX_PATH_LEN];
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(AppPath(app, name, sizeof(path), path));
  PetscCall(DataFileCreate(app->comm, path, &file));
  status = DataFileProvenance(file, app->parameters_yaml);
  status = status ? status : write(app, file);
  if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscFunctionReturn(status);
  }
  PetscCall(DataFileClose(&file));
  PetscCall(OutputCommit(app));
  PetscFunctionReturn(0);
}

/* simulate */

static PetscErrorCode prepare_simulate(App *app)
{
  double memory, disk, synapses;

  PetscFunctionBegin;
  if (!app->simulates) {
    PetscFunctionReturn(0);
  }
  if (NetworkExpectedNeurons(app->network) < 0) {
    /* a given network is small enough to read for its size */
    PetscCall(NetworkSetUp(app->network));
  }
  PetscCall(SimulationEstimate(app->simulation, app->size, &memory, &disk));
  synapses = NetworkExpectedSynapses(app->network);
  app->n_neurons = NetworkExpectedNeurons(app->network);
  app->n_samples = SimulationSteps(app->simulation) + 1;
  app->memory = PetscMax(app->memory, memory);
  app->held = 12 * synapses / app->size + (double)app->n_neurons;
  app->disk += disk + 48 * synapses + 60 * (double)app->n_neurons;
  PetscCall(
      LogPrintf("simulate   %lld neurons, %.4g synapses, %lld steps; memory %.1f MB per rank, "
                "network.h5 %.1f MB, activity.h5 %.1f MB and 16 bytes per spike\n",
                (long long)app->n_neurons, synapses, (long long)SimulationSteps(app->simulation),
                memory * 1e-6, (48 * synapses + 60 * (double)app->n_neurons) * 1e-6, disk * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_network(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(NetworkWrite(app->network, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_activity(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(SimulationRun(app->simulation, file, &app->n_spikes));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_simulate(App *app)
{
  char path[PETSC_MAX_PATH_LEN];
  double seconds;

  PetscFunctionBegin;
  if (!app->simulates) {
    PetscFunctionReturn(0);
  }
  PetscCall(NetworkSetUp(app->network));
  PetscCall(SimulationSetUp(app->simulation));
  PetscCall(write_file(app, "network.h5", write_network));
  PetscCall(write_file(app, "activity.h5", write_activity));
  /* what follows needs the memory, and of the simulation only the network as truth */
  PetscCall(SimulationDestroy(&app->simulation));
  PetscCall(AppPath(app, "activity.h5", sizeof(path), path));
  PetscCall(ActivitySetFile(app->activity, path));
  seconds = (double)(app->n_samples - 1) * 1e-3;
  PetscCall(LogPrintf("simulate   %lld neurons, %lld synapses, %lld spikes, mean rate %.2f Hz\n",
                      (long long)app->n_neurons, (long long)NetworkSynapses(app->network),
                      (long long)app->n_spikes,
                      (double)app->n_spikes / (double)app->n_neurons / seconds));
  PetscFunctionReturn(0);
}

Stage StageSimulate = {"simulate", prepare_simulate, execute_simulate, STAGE_SIMULATE, -1.0};

/* granger */

static PetscErrorCode prepare_granger(App *app)
{
  double memory, disk;

  PetscFunctionBegin;
  if (!app->simulates) {
    UserCheck(ActivityGetFile(app->activity)[0],
              "no activity to work on: give -activity FILE.h5:/path");
    PetscCall(ActivityInspect(app->activity, &app->n_neurons, &app->n_samples));
  }
  PetscCall(
      GrangerEstimate(app->granger, app->size, app->n_neurons, app->n_samples, &memory, &disk));
  memory += app->held;
  app->memory = PetscMax(app->memory, memory);
  app->disk += disk;
  PetscCall(
      LogPrintf("granger    %lld neurons, %lld samples; memory %.1f MB per rank, causality.h5 "
                "%.1f MB\n",
                (long long)app->n_neurons, (long long)app->n_samples, memory * 1e-6, disk * 1e-6));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_causality(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(CausalityWrite(app->causality, file));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_granger(App *app)
{
  GrangerInfo info;

  PetscFunctionBegin;
  PetscCall(ActivityLoad(app->activity));
  app->n_neurons = ActivityPartition(app->activity)->n_global;
  app->n_samples = ActivitySamples(app->activity);
  PetscCall(CausalityCreate(app->comm, app->n_neurons, &app->causality));
  PetscCall(GrangerSolve(app->granger, app->activity, app->causality));
  PetscCall(write_file(app, "causality.h5", write_causality));
  PetscCall(GrangerGetInfo(app->granger, &info));
  PetscCall(
      LogPrintf("granger    order %lld, %lld rows, condition number %.3g, significant pairs %lld "
                "(Benjamini-Hochberg), %lld (Benjamini-Yekutieli), %lld (Bonferroni)\n",
                (long long)info.order, (long long)info.n_rows, info.condition_number,
                (long long)info.significant[MULTIPLICITY_BENJAMINI_HOCHBERG],
                (long long)info.significant[MULTIPLICITY_BENJAMINI_YEKUTIELI],
                (long long)info.significant[MULTIPLICITY_BONFERRONI]));
  PetscCall(LogPrintf("granger    regression %.3g s, %.1f Gflop/s\n", info.regression_s,
                      info.flops / info.regression_s * 1e-9));
  PetscFunctionReturn(0);
}

Stage StageGranger = {"granger", prepare_granger, execute_granger, STAGE_GRANGER, -1.0};

/* evaluate */

/* The truth is read before anything is computed, so that a wrong one costs nothing. */
static PetscErrorCode load_truth(App *app)
{
  int64_t n_truth;

  PetscFunctionBegin;
  PetscCall(NetworkCreate(app->comm, &app->truth));
  PetscCall(NetworkLoad(app->truth, app->truth_file));
  n_truth = NetworkPartition(app->truth)->n_global;
  UserCheck(app->n_neurons < 0 || n_truth == app->n_neurons,
            "the activity is of %lld neurons, but the truth %s of %lld", (long long)app->n_neurons,
            app->truth_file, (long long)n_truth);
  app->n_neurons = n_truth;
  app->held += 12.0 * (double)NetworkSynapses(app->truth) / app->size + (double)n_truth;
  PetscFunctionReturn(0);
}

static PetscErrorCode prepare_evaluate(App *app)
{
  PetscBool alone = strcmp(app->command, "evaluate") ? PETSC_FALSE : PETSC_TRUE;
  double local_pairs;

  PetscFunctionBegin;
  if (alone) {
    UserCheck(app->scores_file[0], "no scores to evaluate: give -scores FILE.h5:/path");
    UserCheck(app->truth_file[0], "no truth to compare with: give -truth FILE.h5:/path");
  }
  if (app->truth_file[0]) {
    PetscCall(load_truth(app));
  } else if (!app->simulates) {
    PetscCall(LogPrintf("evaluate   no -truth is given: scores are computed, but not evaluated\n"));
    PetscFunctionReturn(0);
  }
  /* the matrices themselves, and two lists of scores with their labels */
  local_pairs = ceil((double)app->n_neurons / app->size) * (double)app->n_neurons;
  app->memory = PetscMax(app->memory, app->held + (alone ? 8 + 48 : 27 + 48) * local_pairs);
  PetscFunctionReturn(0);
}

static PetscErrorCode evaluate_file(App *app, Network truth)
{
  Partition part;
  Evaluation evaluation;
  double *scores;

  PetscFunctionBegin;
  PetscCall(CausalityReadMatrix(app->comm, app->scores_file, &part, &scores));
  app->n_neurons = part.n_global;
  PetscCall(EvaluationCompute(&part, scores, NULL, truth, app->scores_file, &evaluation));
  PetscCall(PetscFree(scores));
  PetscCall(SummaryAdd(app, "file", app->scores_file, &evaluation, 0, 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode evaluate_granger(App *app, Network truth)
{
  const double *scores = CausalityFind(app->causality, "granger", "f_statistic");
  const uint8_t *mask =
      CausalityFindMask(app->causality, "granger", "significant_benjamini_hochberg");
  Evaluation evaluation;
  GrangerInfo info;

  PetscFunctionBegin;
  PetscCall(GrangerGetInfo(app->granger, &info));
  PetscCall(EvaluationCompute(CausalityPartition(app->causality), scores, mask, truth,
                              "the F statistic", &evaluation));
  PetscCall(SummaryAdd(app, "granger", "f_statistic", &evaluation, info.regression_s, info.flops));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_evaluate(App *app)
{
  Network truth = app->truth ? app->truth : app->network;

  PetscFunctionBegin;
  if (!app->truth && !app->simulates) {
    PetscFunctionReturn(0);
  }
  if (app->scores_file[0]) {
    PetscCall(evaluate_file(app, truth));
  } else {
    PetscCall(evaluate_granger(app, truth));
  }
  PetscFunctionReturn(0);
}

Stage StageEvaluate = {"evaluate", prepare_evaluate, execute_evaluate, STAGE_EVALUATE, -1.0};
