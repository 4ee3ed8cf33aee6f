/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Decides what -restart means for an output directory: begin, continue, or stop because nothing is
   left to do. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns what a parameter affects; one that this version does not know affects the result. */
static ParameterEffect effect_of(const Run *run, const char *key)
{
  ParameterInfo info;

  return ParametersLookUp(run->parameters, key, &info) ? info.spec->effect : PARAMETER_RESULT;
}

PetscBool RestartIsFree(const Run *run, const char *key)
{
  return effect_of(run, key) != PARAMETER_RESULT ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool RestartNextEntry(const char **text, char key[128], char value[PETSC_MAX_PATH_LEN])
{
  while (**text) {
    const char *line = *text, *colon = strstr(line, ": "), *end = strchr(line, '\n'), *stop;

    *text = end ? end + 1 : line + strlen(line);
    if (line[0] == '#' || !colon || (end && colon > end)) {
      continue;
    }
    stop = strstr(colon, "  # ");
    stop = stop && (!end || stop < end) ? stop : (end ? end : line + strlen(line));
    (void)snprintf(key, 128, "%.*s", (int)(colon - line), line);
    (void)snprintf(value, PETSC_MAX_PATH_LEN, "%.*s", (int)PetscMax(stop - colon - 2, 0),
                   colon + 2);
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscBool find_entry(const char *text, const char *wanted, char value[PETSC_MAX_PATH_LEN])
{
  char key[128];

  while (RestartNextEntry(&text, key, value)) {
    if (!strcmp(key, wanted)) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Lists the keys of `a` whose values differ in `b`; a missing key counts as "". */
static void list_differences(const Run *run, const char *a, const char *b, PetscBool strict,
                             PetscBool swapped, size_t length, char list[])
{
  char key[128], mine[PETSC_MAX_PATH_LEN], other[PETSC_MAX_PATH_LEN];

  while (RestartNextEntry(&a, key, mine)) {
    const PetscBool there = find_entry(b, key, other);
    const PetscBool extent = effect_of(run, key) == PARAMETER_EXTENT ? PETSC_TRUE : PETSC_FALSE;
    const size_t used = strlen(list);

    if ((RestartIsFree(run, key) && !(strict && extent)) ||
        (there && (swapped || !strcmp(mine, other) || InputsMoved(run, key, mine, other)))) {
      continue;
    }
    (void)snprintf(list + used, length - used, "%s%s = %s, was %s", used ? "; " : "", key,
                   swapped ? "unset" : mine, swapped ? mine : (there ? other : "unset"));
  }
}

/* Lists the differences between the parameters of this run and of the earlier one. `strict`: a
   later end counts as a difference. */
static void compare(const Run *run, const char *before, PetscBool strict, size_t length,
                    char list[])
{
  list[0] = 0;
  list_differences(run, run->parameters_yaml, before, strict, PETSC_FALSE, length, list);
  list_differences(run, before, run->parameters_yaml, strict, PETSC_TRUE, length, list);
}

/* Refuses to continue a run that was begun with other parameters. */
static PetscErrorCode require_same(const Run *run, const char *before, PetscBool strict,
                                   const char *what)
{
  char list[3000];

  PetscFunctionBegin;
  compare(run, before, strict, sizeof(list), list);
  UserCheck(!list[0],
            "output = %s: %s with other parameters: %s; choose another -output, or -overwrite "
            "without -restart",
            run->output, what, list);
  PetscFunctionReturn(0);
}

/* Reads a small text file on all ranks; NULL when it is missing. */
static PetscErrorCode read_text(const Run *run, const char *name, char **text)
{
  char path[PETSC_MAX_PATH_LEN];
  int64_t length = -1;
  FILE *stream = NULL;

  PetscFunctionBegin;
  PetscCall(RunPath(run, name, sizeof(path), path));
  if (run->rank == 0 && (stream = fopen(path, "r"))) {
    (void)fseek(stream, 0, SEEK_END);
    length = ftell(stream);
    rewind(stream);
  }
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT64_T, 0, run->comm));
  *text = NULL;
  if (length >= 0) {
    PetscCall(PetscCalloc1(length + 1, text));
    if (stream) {
      (void)!fread(*text, 1, (size_t)length, stream);
      (void)fclose(stream);
    }
    PetscCallMPI(MPI_Bcast(*text, (int)length, MPI_CHAR, 0, run->comm));
  }
  PetscFunctionReturn(0);
}

/* `different`: whether a finished run has other parameters; if NULL, such a run is refused. */
static PetscErrorCode is_finished(Run *run, PetscBool *finished, PetscBool *different)
{
  char *summary, *used, *inputs, when[PETSC_MAX_PATH_LEN + 32], list[3000];
  PetscErrorCode changed;

  PetscFunctionBegin;
  PetscCall(read_text(run, "summary.json", &summary));
  PetscCall(read_text(run, "used_parameters.yaml", &used));
  *finished = summary ? PETSC_TRUE : PETSC_FALSE;
  if (*finished) {
    PetscCall(SummaryCheckOutputs(run, summary, PETSC_TRUE));
    PetscCall(SummaryInputs(summary, &inputs));
    (void)snprintf(when, sizeof(when), "the run in %s ended", run->output);
    changed = InputsCompare(run, inputs, when);
    PetscCall(PetscFree(inputs));
    compare(run, used ? used : "", PETSC_TRUE, sizeof(list), list);
    if (different) {
      *different = list[0] ? PETSC_TRUE : PETSC_FALSE;
    } else {
      PetscCall(require_same(run, used ? used : "", PETSC_TRUE, "holds a finished run"));
    }
    /* inputs matter only if the directory holds this run */
    PetscCall(list[0] ? 0 : changed);
    PetscCall(list[0] ? 0 : SummaryCheckOutputs(run, summary, PETSC_FALSE));
  }
  PetscCall(PetscFree(summary));
  PetscCall(PetscFree(used));
  PetscFunctionReturn(0);
}

/* Whether the output directory exists and does not hold this run, neither finished nor begun. */
static PetscErrorCode holds_other(Run *run, PetscBool *other)
{
  char *used, list[3000];
  int exists = 0;

  PetscFunctionBegin;
  if (run->rank == 0) {
    exists = !access(run->output, F_OK);
  }
  PetscCallMPI(MPI_Bcast(&exists, 1, MPI_INT, 0, run->comm));
  *other = exists ? PETSC_TRUE : PETSC_FALSE;
  if (exists) {
    PetscCall(read_text(run, "used_parameters.yaml", &used));
    compare(run, used ? used : "", PETSC_TRUE, sizeof(list), list);
    *other = list[0] ? PETSC_TRUE : PETSC_FALSE;
    PetscCall(PetscFree(used));
  }
  PetscFunctionReturn(0);
}

/* Without -output, chooses the first of runs/NAME, runs/NAME_2, ... that is free or holds this
   run. */
static PetscErrorCode choose_output(Run *run)
{
  char first[PETSC_MAX_PATH_LEN];
  PetscBool given, other = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(ParametersIsSet(run->parameters, "output", &given));
  if (given || run->overwrite) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscStrncpy(first, run->output, sizeof(first)));
  for (int k = 2; other; k++) {
    PetscCall(holds_other(run, &other));
    if (other) {
      PetscCall(PetscSNPrintf(run->output, sizeof(run->output), "%s_%d", first, k));
    }
  }
  if (strcmp(run->output, first) != 0) {
    PetscCall(LogPrintf("output     %s, since %s holds another run\n", run->output, first));
    PetscCall(ParametersRecord(run->parameters, "output", run->output));
    PetscCall(PetscFree(run->parameters_yaml));
    PetscCall(ParametersYaml(run->parameters, &run->parameters_yaml));
  }
  PetscFunctionReturn(0);
}

/* Without -restart, a repeated run with unchanged parameters and inputs is already done, so its
   files stay. */
static PetscErrorCode plan_new(Run *run)
{
  PetscBool different = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(choose_output(run));
  if (!run->overwrite && !run->dry_run) {
    PetscCall(is_finished(run, &run->finished, &different));
    run->finished = run->finished && !different ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

/* Without a snapshot, the run starts again if the directory is empty or holds the beginning of this
   run. */
static PetscErrorCode check_beginning(Run *run)
{
  char *used;

  PetscFunctionBegin;
  PetscCall(read_text(run, "used_parameters.yaml", &used));
  if (!used) {
    PetscCall(read_text(run, "used_parameters.yaml.partial", &used));
  }
  if (used) {
    PetscCall(require_same(run, used, PETSC_FALSE, "holds a run that was begun"));
    run->overwrite = PETSC_TRUE;
  }
  PetscCall(PetscFree(used));
  PetscFunctionReturn(0);
}

static PetscErrorCode restore_run(Snapshot snapshot, void *context)
{
  PetscFunctionBegin;
  PetscCall(AppKeep(snapshot, context));
  PetscFunctionReturn(0);
}

PetscErrorCode RestartPlan(App *app, const Command *command)
{
  const PetscBool automatic = strcmp(app->run.restart, "auto") ? PETSC_FALSE : PETSC_TRUE;
  char when[PETSC_MAX_PATH_LEN + 32];
  PetscBool found;
  int64_t stage;

  PetscFunctionBegin;
  if (!app->run.output[0]) {
    PetscFunctionReturn(0);
  }
  if (!strcmp(app->run.restart, "none")) {
    PetscCall(plan_new(&app->run));
    PetscFunctionReturn(0);
  }
  app->run.moved[0] = 0;
  if (automatic) {
    PetscCall(is_finished(&app->run, &app->run.finished, NULL));
    if (app->run.finished) {
      PetscFunctionReturn(0);
    }
  }
  PetscCall(CheckpointFind(app->run.checkpoint, app->run.output, automatic ? "" : app->run.restart,
                           &found));
  if (!found) {
    PetscCall(check_beginning(&app->run));
    PetscFunctionReturn(0);
  }
  (void)snprintf(when, sizeof(when), "the snapshot %s", CheckpointFound(app->run.checkpoint));
  PetscCall(InputsCompare(&app->run, CheckpointFoundInputs(app->run.checkpoint), when));
  PetscCall(require_same(&app->run, CheckpointFoundParameters(app->run.checkpoint), PETSC_FALSE,
                         "holds a run"));
  app->run.resumes = PETSC_TRUE;
  PetscCall(CheckpointRestore(app->run.checkpoint, restore_run, app));
  PetscCall(ActivitySetWindow(app->data.activity, app->run.window));
  stage = app->run.stage;
  if (stage > 0 && command->stages[0] == &StageSimulate && app->simulate.applies) {
    PetscCall(require_same(&app->run, CheckpointFoundParameters(app->run.checkpoint), PETSC_TRUE,
                           "holds a run whose simulation is complete,"));
  }
  PetscCall(LogPrintf("restart    from %s, in stage %s", CheckpointFound(app->run.checkpoint),
                      command->stages[stage]->name));
  if (app->run.n_windows > 1) {
    PetscCall(LogPrintf(" of window %lld", (long long)app->run.window));
  }
  PetscCall(LogPrintf("\n"));
  PetscFunctionReturn(0);
}

PetscErrorCode AppKeep(Snapshot snapshot, void *context)
{
  App *app = context;
  const Command *command = CommandFind(app->run.command);
  char name[64];
  int n_stages = 0;

  PetscFunctionBegin;
  while (command->stages[n_stages]) {
    n_stages++;
  }
  if (SnapshotPrepares(snapshot)) {
    /* from here on the directory belongs to this run */
    PetscCall(OutputCommit(app, NULL));
    app->run.stage_seconds = app->run.stage_earlier_s + MPI_Wtime() - app->run.stage_start_s;
  }
  PetscCall(SnapshotGroup(snapshot, "run"));
  PetscCall(SnapshotInteger(snapshot, "window", &app->run.window));
  PetscCall(SnapshotInteger(snapshot, "stage", &app->run.stage));
  PetscCall(SnapshotReal(snapshot, "stage_seconds", &app->run.stage_seconds));
  UserCheck(app->run.stage >= 0 && app->run.stage < n_stages,
            "the snapshot is in stage %lld, which does not exist", (long long)app->run.stage);
  UserCheck(app->run.window >= 0 && app->run.window < app->run.n_windows,
            "the snapshot is in window %lld, which does not exist", (long long)app->run.window);
  PetscCall(SummaryKeep(app, snapshot));
  for (int k = 0; k < n_stages; k++) {
    (void)snprintf(name, sizeof(name), "%s_seconds", command->stages[k]->name);
    PetscCall(SnapshotGroup(snapshot, "run"));
    PetscCall(SnapshotReal(snapshot, name, &command->stages[k]->seconds));
    if (k < app->run.stage && command->stages[k]->keep_result) {
      PetscCall(command->stages[k]->keep_result(app, snapshot));
    }
  }
  /* the current stage restores its own state once it is set up */
  if (!SnapshotRestores(snapshot) && command->stages[app->run.stage]->keep) {
    PetscCall(command->stages[app->run.stage]->keep(app, snapshot));
  }
  PetscFunctionReturn(0);
}
