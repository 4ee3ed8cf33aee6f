/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"

#include <string.h>

const Command Commands[] = {
    {"run",
     "simulate (or read -activity), infer, evaluate",
     {&StageSimulate, &StageObserve, &StageGranger, &StageTrain, &StageEvaluate}},
    {"simulate", "generate a network and simulate it", {&StageSimulate, &StageObserve}},
    {"granger",
     "Granger causality of an activity, evaluated when a truth is given",
     {&StageGranger, &StageEvaluate}},
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

static PetscBool applies(const App *app, const Stage *stage)
{
  return stage->applies ? stage->applies(app) : PETSC_TRUE;
}

static PetscErrorCode execute_stage(App *app, Stage *stage)
{
  double seconds;

  PetscFunctionBegin;
  if (!applies(app, stage)) {
    stage->seconds = 0;
    PetscFunctionReturn(0);
  }
  app->run.stage_start_s = MPI_Wtime();
  app->run.stage_earlier_s = AppResumesStage(app) ? app->run.stage_seconds : 0;
  PetscCall(LogStageStart(stage->log_stage));
  PetscCall(stage->execute(app));
  PetscCall(LogStageStop());
  if (app->run.stage < app->run.resume_stage) {
    PetscFunctionReturn(0); /* an earlier job has finished this stage and recorded its time */
  }
  seconds = (app->run.window > 0 ? stage->seconds : 0) + app->run.stage_earlier_s + MPI_Wtime() -
            app->run.stage_start_s;
  PetscCallMPI(MPI_Allreduce(&seconds, &stage->seconds, 1, MPI_DOUBLE, MPI_MAX, app->run.comm));
  PetscFunctionReturn(0);
}

/* Simulation and observation cover all windows, so they run only before the first one. */
static PetscErrorCode execute_window(App *app, const Command *command, PetscBool simulates)
{
  PetscFunctionBegin;
  for (app->run.stage = 0; command->stages[app->run.stage]; app->run.stage++) {
    Stage *stage = command->stages[app->run.stage];

    if ((stage == &StageSimulate || stage == &StageObserve) && !simulates) {
      continue;
    }
    if (app->run.stage > PetscMax(app->run.resume_stage, 0) &&
        command->stages[app->run.stage - 1]->keep_result) {
      PetscCall(CheckpointMilestone(app->run.checkpoint));
    }
    PetscCall(execute_stage(app, stage));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode execute_stages(App *app, const Command *command)
{
  PetscFunctionBegin;
  PetscCall(OutputCreate(&app->run));
  if (app->run.output[0]) {
    PetscCall(CheckpointStart(app->run.checkpoint, app->run.output, app->run.parameters_yaml,
                              app->run.inputs_text, AppKeep, app));
  }
  PetscCall(execute_window(app, command, PETSC_TRUE));
  while (app->run.window + 1 < app->run.n_windows) {
    PetscCall(AppNextWindow(app));
    PetscCall(execute_window(app, command, PETSC_FALSE));
  }
  PetscCall(InputsVerify(&app->run));
  PetscCall(SummaryPrint(app));
  PetscCall(SummaryWrite(app, command));
  if (app->run.output[0]) {
    PetscCall(CheckpointRemove(app->run.checkpoint, app->run.output));
  }
  PetscFunctionReturn(0);
}

/* Turns a refusal into a warning in a dry run, which may be on a smaller machine than the run. */
static PetscErrorCode planned(Run *run, PetscErrorCode status)
{
  PetscFunctionBegin;
  if (status == CAUSEWAY_ERR_USER && run->dry_run) {
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
                      CausewayRevision(), app->run.command, app->run.input_file ? " " : "",
                      app->run.input_file ? app->run.input_file : "", app->run.size,
                      app->run.size > 1 ? "s" : ""));
  PetscCall(ParametersPrintNotes(app->run.parameters));
  for (int k = 0; command->stages[k]; k++) {
    if (applies(app, command->stages[k])) {
      PetscCall(command->stages[k]->prepare(app));
    }
  }
  PetscCall(planned(&app->run, MemoryCheck(app->run.comm, "the run", app->run.memory,
                                           "use more nodes, or -dry_run to plan")));
  PetscCall(ParametersYaml(app->run.parameters, &app->run.parameters_yaml));
  if (app->run.output[0] && !(app->run.dry_run && !strcmp(app->run.restart, "none"))) {
    PetscCall(InputsTake(&app->run));
    PetscCall(InputsText(&app->run, &app->run.inputs_text));
  }
  PetscCall(RestartPlan(app, command));
  if (app->run.finished) {
    PetscCall(LogPrintf("done       %s holds this run, which is finished; -overwrite repeats it\n",
                        app->run.output));
    PetscCall(OutputTidy(&app->run));
    PetscCall(SummaryRepeat(&app->run));
    PetscFunctionReturn(0);
  }
  app->run.resume_stage = app->run.resumes ? app->run.stage : -1;
  PetscCall(OutputCheck(&app->run));
  PetscCall(OutputCheckInputs(app, command));
  PetscCall(planned(&app->run, OutputCheckSpace(&app->run)));
  if (app->run.dry_run && ActivityMayDrop(app->data.activity)) {
    PetscCall(LogPrintf(
        "dry run    numbers of neurons, memory and files are upper bounds: neurons that do "
        "not vary are left out when the values are read\n"));
  }
  if (app->run.dry_run) {
    PetscCall(LogPrintf(
        "dry run    %.1f MB of memory per rank in addition to the program's own, %.1f MB of "
        "files; nothing written\n",
        app->run.memory * 1e-6, app->run.disk * 1e-6));
    PetscFunctionReturn(0);
  }
  status = execute_stages(app, command);
  if (status) {
    PetscCall(OutputDiscard(&app->run));
  } else if (app->run.output[0]) {
    PetscCall(LogPrintf("done       results in %s\n", app->run.output));
  }
  PetscFunctionReturn(status);
}
