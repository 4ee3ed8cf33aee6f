/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include <string.h>

const Command Commands[] = {
    {"run",
     "simulate (or read -activity), infer, evaluate",
     {&StageSimulate, &StageObserve, &StageGranger, &StageTrain, &StageEvaluate}},
    {"simulate", "generate a network and simulate it", {&StageSimulate, &StageObserve}},
    {"granger", "Granger causality of an activity", {&StageGranger}},
    {"train",
     "train a forecaster on an activity, read the causal graph from it",
     {&StageTrain, &StageEvaluate}},
    {"forecast", "forecast an activity with a trained model", {&StageForecast}},
    {"evaluate", "compare scores with a true network", {&StageEvaluate}},
    {"import", "write a recording of any format as activity", {&StageImport}},
    {"sweep", "many runs from one file: causeway sweep help", {NULL}},
    {"report", "pictures and tables of a finished run", {NULL}},
    {"export", "scores as CSV, GraphML or for NumPy: causeway export help", {NULL}},
    {"info", "tell what a file or a run is, and which options read it", {NULL}},
    {"help", "print commands and parameters", {NULL}},
    {NULL, NULL, {NULL}},
};

const Command *CommandFind(const char *name)
{
  for (const Command *command = Commands; command->name; command++) {
    if (!strcmp(command->name, name)) {
      return command;
    }
  }
  return NULL;
}

static PetscErrorCode execute_stage(App *app, Stage *stage)
{
  double seconds;

  PetscFunctionBegin;
  app->stage_start_s = MPI_Wtime();
  app->stage_earlier_s = AppResumesStage(app) ? app->stage_seconds : 0;
  PetscCall(LogStageStart(stage->log_stage));
  PetscCall(stage->execute(app));
  PetscCall(LogStageStop());
  if (app->stage < app->resume_stage) {
    PetscFunctionReturn(0); /* done in an earlier job, its time is known */
  }
  seconds = (app->window > 0 ? stage->seconds : 0) + app->stage_earlier_s + MPI_Wtime() -
            app->stage_start_s;
  PetscCallMPI(MPI_Allreduce(&seconds, &stage->seconds, 1, MPI_DOUBLE, MPI_MAX, app->comm));
  PetscFunctionReturn(0);
}

/* A simulation and its observation are of all windows, and done before the first. */
static PetscErrorCode execute_window(App *app, const Command *command, PetscBool simulates)
{
  PetscFunctionBegin;
  for (app->stage = 0; command->stages[app->stage]; app->stage++) {
    Stage *stage = command->stages[app->stage];

    if ((stage == &StageSimulate || stage == &StageObserve) && !simulates) {
      continue;
    }
    if (app->stage > PetscMax(app->resume_stage, 0) &&
        command->stages[app->stage - 1]->keep_result) {
      PetscCall(CheckpointMilestone(app->checkpoint));
    }
    PetscCall(execute_stage(app, stage));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_stages(App *app, const Command *command)
{
  PetscFunctionBegin;
  PetscCall(OutputCreate(app));
  if (app->output[0]) {
    PetscCall(CheckpointStart(app->checkpoint, app->output, app->parameters_yaml, app->inputs_text,
                              AppKeep, app));
  }
  PetscCall(execute_window(app, command, PETSC_TRUE));
  while (app->window + 1 < app->n_windows) {
    PetscCall(AppNextWindow(app));
    PetscCall(execute_window(app, command, PETSC_FALSE));
  }
  PetscCall(InputsVerify(app));
  PetscCall(SummaryPrint(app));
  PetscCall(SummaryWrite(app, command));
  if (app->output[0]) {
    PetscCall(CheckpointRemove(app->checkpoint, app->output));
  }
  PetscFunctionReturn(0);
}

/* A dry run may be made on a smaller machine than the run. */
static PetscErrorCode planned(App *app, PetscErrorCode status)
{
  PetscFunctionBegin;
  if (status == CAUSEWAY_ERR_USER && app->dry_run) {
    PetscCall(LogWarning("%s\n", UserErrorMessage()));
    status = 0;
  }
  PetscFunctionReturn(status);
}

PetscErrorCode CommandRun(App *app, const Command *command)
{
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(LogKeep());
  PetscCall(LogPrintf("causeway %s (%s), %s%s%s, %d rank%s\n", CausewayVersion(),
                      CausewayRevision(), app->command, app->input_file ? " " : "",
                      app->input_file ? app->input_file : "", app->size, app->size > 1 ? "s" : ""));
  PetscCall(ParametersPrintForeign(app->parameters));
  for (int k = 0; command->stages[k]; k++) {
    PetscCall(command->stages[k]->prepare(app));
  }
  PetscCall(planned(
      app, MemoryCheck(app->comm, "the run", app->memory, "use more nodes, or -dry_run to plan")));
  PetscCall(ParametersYaml(app->parameters, &app->parameters_yaml));
  if (app->output[0] && !(app->dry_run && !strcmp(app->restart, "none"))) {
    PetscCall(InputsTake(app));
    PetscCall(InputsText(app, &app->inputs_text));
  }
  PetscCall(RestartPlan(app, command));
  if (app->finished) {
    PetscCall(LogPrintf("done       %s holds this run, which is finished; -overwrite repeats it\n",
                        app->output));
    PetscCall(SummaryRepeat(app));
    PetscFunctionReturn(0);
  }
  app->resume_stage = app->resumes ? app->stage : -1;
  PetscCall(OutputCheck(app));
  PetscCall(OutputCheckInputs(app, command));
  PetscCall(planned(app, OutputCheckSpace(app)));
  if (app->dry_run && ActivityMayDrop(app->activity)) {
    PetscCall(LogPrintf(
        "dry run    numbers of neurons, memory and files are upper bounds: neurons that do "
        "not vary are left out when the values are read\n"));
  }
  if (app->dry_run) {
    PetscCall(
        LogPrintf("dry run    %.1f MB of memory per rank beside the program's own, %.1f MB of "
                  "files; nothing written\n",
                  app->memory * 1e-6, app->disk * 1e-6));
    PetscFunctionReturn(0);
  }
  status = execute_stages(app, command);
  if (status) {
    PetscCall(OutputDiscard(app));
  } else if (app->output[0]) {
    PetscCall(LogPrintf("done       results in %s\n", app->output));
  }
  PetscFunctionReturn(status);
}
