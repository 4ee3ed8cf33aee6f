/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What -restart means for an output directory: begin, continue, or nothing left to do. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Parameters that a run may be continued with other values of, beside those that change no result. */
static const char *const free_keys[] = {"train_grid", "train_kernels", "train_epochs",
                                        "simulate_duration"};

/* Whether a key is `name`, or that of one of several forecasters: signed_grid is a train_grid. */
static PetscBool is_key(const char *key, const char *name)
{
  const char *end = strchr(key, '_');
  char type[64];

  if (!strcmp(key, name)) {
    return PETSC_TRUE;
  }
  if (!end || strncmp(name, "train_", 6) != 0 || strcmp(end + 1, name + 6) != 0) {
    return PETSC_FALSE;
  }
  (void)snprintf(type, sizeof(type), "%.*s", (int)(end - key), key);
  return ForecasterIsType(type);
}

PetscBool RestartIsFree(const char *key)
{
  if (ParameterIsIdle(key)) {
    return PETSC_TRUE;
  }
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(free_keys); k++) {
    if (is_key(key, free_keys[k])) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
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

/* Appends the keys of `a` whose values are others in `b`; "" stands for a key that is not there. */
static void list_differences(const App *app, const char *a, const char *b, PetscBool strict,
                             PetscBool swapped, size_t length, char list[])
{
  char key[128], mine[PETSC_MAX_PATH_LEN], other[PETSC_MAX_PATH_LEN];

  while (RestartNextEntry(&a, key, mine)) {
    const PetscBool there = find_entry(b, key, other);
    const PetscBool duration =
        is_key(key, "simulate_duration") || is_key(key, "train_epochs") ? PETSC_TRUE : PETSC_FALSE;
    const size_t used = strlen(list);

    if ((RestartIsFree(key) && !(strict && duration)) ||
        (there && (swapped || !strcmp(mine, other) || InputsMoved(app, key, mine, other)))) {
      continue;
    }
    (void)snprintf(list + used, length - used, "%s%s = %s, was %s", used ? "; " : "", key,
                   swapped ? "unset" : mine, swapped ? mine : (there ? other : "unset"));
  }
}

/* What differs between the parameters of now and before. `strict`: a later end counts too. */
static void compare(const App *app, const char *before, PetscBool strict, size_t length,
                    char list[])
{
  list[0] = 0;
  list_differences(app, app->parameters_yaml, before, strict, PETSC_FALSE, length, list);
  list_differences(app, before, app->parameters_yaml, strict, PETSC_TRUE, length, list);
}

/* Refuses to go on with what was begun with other parameters. */
static PetscErrorCode require_same(const App *app, const char *before, PetscBool strict,
                                   const char *what)
{
  char list[3000];

  PetscFunctionBegin;
  compare(app, before, strict, sizeof(list), list);
  UserCheck(!list[0],
            "output = %s: %s with other parameters: %s; choose another -output, or -overwrite "
            "without -restart",
            app->output, what, list);
  PetscFunctionReturn(0);
}

/* The whole of a small text file, on all ranks; NULL when there is none. */
static PetscErrorCode read_text(const App *app, const char *name, char **text)
{
  char path[PETSC_MAX_PATH_LEN];
  int64_t length = -1;
  FILE *stream = NULL;

  PetscFunctionBegin;
  PetscCall(AppPath(app, name, sizeof(path), path));
  if (app->rank == 0 && (stream = fopen(path, "r"))) {
    (void)fseek(stream, 0, SEEK_END);
    length = ftell(stream);
    rewind(stream);
  }
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT64_T, 0, app->comm));
  *text = NULL;
  if (length >= 0) {
    PetscCall(PetscCalloc1(length + 1, text));
    if (stream) {
      (void)!fread(*text, 1, (size_t)length, stream);
      (void)fclose(stream);
    }
    PetscCallMPI(MPI_Bcast(*text, (int)length, MPI_CHAR, 0, app->comm));
  }
  PetscFunctionReturn(0);
}

/* `different`: NULL to refuse a finished run with other parameters, else whether it has such. */
static PetscErrorCode is_finished(App *app, PetscBool *finished, PetscBool *different)
{
  char *summary, *used, *inputs, when[PETSC_MAX_PATH_LEN + 32], list[3000];
  PetscErrorCode changed;

  PetscFunctionBegin;
  PetscCall(read_text(app, "summary.json", &summary));
  PetscCall(read_text(app, "used_parameters.yaml", &used));
  *finished = summary ? PETSC_TRUE : PETSC_FALSE;
  if (*finished) {
    PetscCall(SummaryCheckOutputs(app, summary, PETSC_TRUE));
    PetscCall(SummaryInputs(summary, &inputs));
    (void)snprintf(when, sizeof(when), "the run in %s ended", app->output);
    changed = InputsCompare(app, inputs, when);
    PetscCall(PetscFree(inputs));
    compare(app, used ? used : "", PETSC_TRUE, sizeof(list), list);
    if (different) {
      *different = list[0] ? PETSC_TRUE : PETSC_FALSE;
    } else {
      PetscCall(require_same(app, used ? used : "", PETSC_TRUE, "holds a finished run"));
    }
    /* of another run the inputs do not matter */
    PetscCall(list[0] ? 0 : changed);
    PetscCall(list[0] ? 0 : SummaryCheckOutputs(app, summary, PETSC_FALSE));
  }
  PetscCall(PetscFree(summary));
  PetscCall(PetscFree(used));
  PetscFunctionReturn(0);
}

/* Whether the output directory is there and does not hold this run, neither finished nor begun. */
static PetscErrorCode holds_other(App *app, PetscBool *other)
{
  char *used, list[3000];
  int exists = 0;

  PetscFunctionBegin;
  if (app->rank == 0) {
    exists = !access(app->output, F_OK);
  }
  PetscCallMPI(MPI_Bcast(&exists, 1, MPI_INT, 0, app->comm));
  *other = exists ? PETSC_TRUE : PETSC_FALSE;
  if (exists) {
    PetscCall(read_text(app, "used_parameters.yaml", &used));
    compare(app, used ? used : "", PETSC_TRUE, sizeof(list), list);
    *other = list[0] ? PETSC_TRUE : PETSC_FALSE;
    PetscCall(PetscFree(used));
  }
  PetscFunctionReturn(0);
}

/* Where no -output is given: the first of runs/NAME, runs/NAME_2, ... that is free or holds this run. */
static PetscErrorCode choose_output(App *app)
{
  char first[PETSC_MAX_PATH_LEN];
  PetscBool given, other = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(ParametersIsSet(app->parameters, "output", &given));
  if (given || app->overwrite) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscStrncpy(first, app->output, sizeof(first)));
  for (int k = 2; other; k++) {
    PetscCall(holds_other(app, &other));
    if (other) {
      PetscCall(PetscSNPrintf(app->output, sizeof(app->output), "%s_%d", first, k));
    }
  }
  if (strcmp(app->output, first) != 0) {
    PetscCall(LogPrintf("output     %s, since %s holds another run\n", app->output, first));
    PetscCall(ParametersRecord(app->parameters, "output", app->output));
    PetscCall(PetscFree(app->parameters_yaml));
    PetscCall(ParametersYaml(app->parameters, &app->parameters_yaml));
  }
  PetscFunctionReturn(0);
}

/* Without -restart: a run that is repeated as it was is done, and nothing is lost. */
static PetscErrorCode plan_new(App *app)
{
  PetscBool different = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(choose_output(app));
  if (!app->overwrite && !app->dry_run) {
    PetscCall(is_finished(app, &app->finished, &different));
    app->finished = app->finished && !different ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

/* A directory without a snapshot is begun again when it holds nothing, or the beginning of this run. */
static PetscErrorCode check_beginning(App *app)
{
  char *used;

  PetscFunctionBegin;
  PetscCall(read_text(app, "used_parameters.yaml", &used));
  if (!used) {
    PetscCall(read_text(app, "used_parameters.yaml.partial", &used));
  }
  if (used) {
    PetscCall(require_same(app, used, PETSC_FALSE, "holds a run that was begun"));
    app->overwrite = PETSC_TRUE;
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
  const PetscBool automatic = strcmp(app->restart, "auto") ? PETSC_FALSE : PETSC_TRUE;
  char when[PETSC_MAX_PATH_LEN + 32];
  PetscBool found;
  int64_t stage;

  PetscFunctionBegin;
  if (!app->output[0]) {
    PetscFunctionReturn(0);
  }
  if (!strcmp(app->restart, "none")) {
    PetscCall(plan_new(app));
    PetscFunctionReturn(0);
  }
  app->moved[0] = 0;
  if (automatic) {
    PetscCall(is_finished(app, &app->finished, NULL));
    if (app->finished) {
      PetscFunctionReturn(0);
    }
  }
  PetscCall(CheckpointFind(app->checkpoint, app->output, automatic ? "" : app->restart, &found));
  if (!found) {
    PetscCall(check_beginning(app));
    PetscFunctionReturn(0);
  }
  (void)snprintf(when, sizeof(when), "the snapshot %s", CheckpointFound(app->checkpoint));
  PetscCall(InputsCompare(app, CheckpointFoundInputs(app->checkpoint), when));
  PetscCall(
      require_same(app, CheckpointFoundParameters(app->checkpoint), PETSC_FALSE, "holds a run"));
  app->resumes = PETSC_TRUE;
  PetscCall(CheckpointRestore(app->checkpoint, restore_run, app));
  PetscCall(ActivitySetWindow(app->activity, app->window));
  stage = app->stage;
  if (stage > 0 && command->stages[0] == &StageSimulate && app->simulates) {
    PetscCall(require_same(app, CheckpointFoundParameters(app->checkpoint), PETSC_TRUE,
                           "holds a run whose simulation is complete,"));
  }
  PetscCall(LogPrintf("restart    from %s, in stage %s", CheckpointFound(app->checkpoint),
                      command->stages[stage]->name));
  if (app->n_windows > 1) {
    PetscCall(LogPrintf(" of window %lld", (long long)app->window));
  }
  PetscCall(LogPrintf("\n"));
  PetscFunctionReturn(0);
}

PetscErrorCode AppKeep(Snapshot snapshot, void *context)
{
  App *app = context;
  const Command *command = CommandFind(app->command);
  char name[64];
  int n_stages = 0;

  PetscFunctionBegin;
  while (command->stages[n_stages]) {
    n_stages++;
  }
  if (SnapshotPrepares(snapshot)) {
    /* from here on the directory is that of this run */
    PetscCall(OutputCommit(app, NULL));
    app->stage_seconds = app->stage_earlier_s + MPI_Wtime() - app->stage_start_s;
  }
  PetscCall(SnapshotGroup(snapshot, "run"));
  PetscCall(SnapshotInteger(snapshot, "window", &app->window));
  PetscCall(SnapshotInteger(snapshot, "stage", &app->stage));
  PetscCall(SnapshotReal(snapshot, "stage_seconds", &app->stage_seconds));
  UserCheck(app->stage >= 0 && app->stage < n_stages,
            "the snapshot is in stage %lld, which is none", (long long)app->stage);
  UserCheck(app->window >= 0 && app->window < app->n_windows,
            "the snapshot is in window %lld, which is none", (long long)app->window);
  PetscCall(SummaryKeep(app, snapshot));
  for (int k = 0; k < n_stages; k++) {
    (void)snprintf(name, sizeof(name), "%s_seconds", command->stages[k]->name);
    PetscCall(SnapshotGroup(snapshot, "run"));
    PetscCall(SnapshotReal(snapshot, name, &command->stages[k]->seconds));
    if (k < app->stage && command->stages[k]->keep_result) {
      PetscCall(command->stages[k]->keep_result(app, snapshot));
    }
  }
  /* the stage under way restores its own state once it is set up */
  if (!SnapshotRestores(snapshot) && command->stages[app->stage]->keep) {
    PetscCall(command->stages[app->stage]->keep(app, snapshot));
  }
  PetscFunctionReturn(0);
}
