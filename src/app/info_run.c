/* SPDX-License-Identifier: GPL-3.0-or-later */

/* causeway info of a directory: the files that a run left there, and commands that use them. */
#include "info.h"

#include "causeway/internal/core/json.h"
#include "help.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static PetscBool has(const char *directory, const char *name)
{
  char path[PETSC_MAX_PATH_LEN];

  (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
  return access(path, F_OK) ? PETSC_FALSE : PETSC_TRUE;
}

/* Describes a file of a run; files of several windows have the window number before the
   extension. */
static const char *text_of(const char *name)
{
  for (const HelpEntry *file = HelpFiles; file->name; file++) {
    const char *ending = strrchr(file->name, '.');
    const size_t stem = ending ? (size_t)(ending - file->name) : strcspn(file->name, "/");
    const char *rest = name + stem;

    if (strncmp(name, file->name, stem) != 0) {
      continue;
    }
    if (!strcmp(rest, ending ? ending : "") ||
        (ending && !strncmp(rest, "_window_", 8) && strstr(rest, ending))) {
      return file->text;
    }
  }
  return NULL;
}

static json_t *files_of(const char *directory)
{
  json_t *files = json_array();
  struct dirent **entries;
  const int n = scandir(directory, &entries, NULL, alphasort);

  for (int k = 0; k < n; k++) {
    const char *text = text_of(entries[k]->d_name);

    if (text) {
      json_t *file = json_object();

      (void)json_object_set_new(file, "name", JsonText(entries[k]->d_name));
      (void)json_object_set_new(file, "text", json_string(text));
      (void)json_array_append_new(files, file);
    }
    free(entries[k]);
  }
  if (n >= 0) {
    free((void *)entries);
  }
  return files;
}

static void add_command(json_t *commands, const char *text, const char *format, const char *a,
                        const char *b)
{
  json_t *command = json_object();
  char line[3 * PETSC_MAX_PATH_LEN];

  (void)snprintf(line, sizeof(line), "%s%s%s", format, a, b);
  (void)json_object_set_new(command, "command", JsonText(line));
  (void)json_object_set_new(command, "text", json_string(text));
  (void)json_array_append_new(commands, command);
}

enum { LIST = 1024 };

/* Scores of a run: the path of the first, and a list of all with commas. */
typedef struct {
  char first[PETSC_MAX_PATH_LEN], list[LIST];
} ScorePaths;

static PetscErrorCode visit_dataset(DataFile file, const char *path, void *context)
{
  ScorePaths *scores = context;
  const size_t used = strlen(scores->list);
  char role[32] = "";

  PetscFunctionBegin;
  PetscCall(DataFileGetString(file, path, "role", sizeof(role), role, NULL));
  if (!ScoreRoleIs(ROLE_SCORE, role)) {
    PetscFunctionReturn(0);
  }
  if (used == 0) {
    PetscCall(PetscStrncpy(scores->first, path, sizeof(scores->first)));
  }
  if (used + strlen(path) + sizeof(", ...") < LIST) {
    PetscCall(PetscStrlcat(scores->list, used ? ", " : "", LIST));
    PetscCall(PetscStrlcat(scores->list, path, LIST));
  } else if (strcmp(scores->list + used - 3, "...") != 0) {
    PetscCall(PetscStrlcat(scores->list, ", ...", LIST));
  }
  PetscFunctionReturn(0);
}

/* Finds the scores of a run; none in a file that cannot be read, of which its own commands complain. */
static PetscErrorCode find_scores(const char *directory, ScorePaths *scores)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  DataFile file;

  PetscFunctionBegin;
  *scores = (ScorePaths){.first = ""};
  (void)snprintf(path, sizeof(path), "%s/causality.h5", directory);
  status = DataFileOpen(PETSC_COMM_SELF, path, &file);
  if (status == CAUSEWAY_ERR_USER) {
    PetscFunctionReturn(0);
  }
  PetscCall(status);
  status = DataFileVisit(file, PETSC_TRUE, visit_dataset, scores);
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(status == CAUSEWAY_ERR_USER ? 0 : status);
}

static void add_export(json_t *commands, const char *directory)
{
  char text[LIST + 64], arguments[2 * PETSC_MAX_PATH_LEN];
  ScorePaths scores = {.first = ""};

  if (find_scores(directory, &scores) || !scores.first[0]) {
    return;
  }
  (void)snprintf(arguments, sizeof(arguments), "%s:%s -output FILE", directory, scores.first);
  (void)snprintf(text, sizeof(text), "writes scores as CSV, GraphML or for NumPy; there are %s",
                 scores.list);
  add_command(commands, text, "causeway export ", arguments, "");
}

static json_t *commands_of(const char *directory, const char *command, PetscBool complete)
{
  json_t *commands = json_array();
  char parameters[2 * PETSC_MAX_PATH_LEN + 64], start[128];

  if (!complete) {
    (void)snprintf(parameters, sizeof(parameters), "%s/used_parameters.yaml%s", directory,
                   has(directory, "used_parameters.yaml") ? "" : ".partial");
    (void)snprintf(start, sizeof(start), "causeway %s ", command[0] ? command : "COMMAND");
    (void)strncat(parameters, " -restart auto -output ",
                  sizeof(parameters) - strlen(parameters) - 1);
    add_command(commands,
                has(directory, "checkpoint") ? "continues from the newest snapshot"
                                             : "begins again: there is no snapshot",
                start, parameters, directory);
    return commands;
  }
  add_command(commands, "draws report.html and figures", "causeway report ", directory, "");
  if (has(directory, "causality.h5")) {
    add_export(commands, directory);
    add_command(commands, "compares all scores with a truth", "causeway evaluate -scores ",
                directory, " -truth FILE");
  }
  if (has(directory, "activity.h5")) {
    add_command(commands, "infers from the activity once more", "causeway granger -activity ",
                directory, "/activity.h5");
  }
  if (has(directory, "model.h5")) {
    add_command(commands, "applies the trained model to activity", "causeway forecast -model ",
                directory, "/model.h5 -activity FILE");
  }
  return commands;
}

static PetscErrorCode print_text(const json_t *document, const char *what)
{
  const json_t *entry;
  size_t k;

  PetscFunctionBegin;
  PetscCall(LogPrintf("%s: %s\n", json_string_value(json_object_get(document, "directory")), what));
  json_array_foreach(json_object_get(document, "files"), k, entry)
  {
    PetscCall(LogPrintf("  %-22s %s\n", json_string_value(json_object_get(entry, "name")),
                        json_string_value(json_object_get(entry, "text"))));
  }
  PetscCall(LogPrintf("what can be done with it\n"));
  json_array_foreach(json_object_get(document, "commands"), k, entry)
  {
    PetscCall(LogPrintf("  %s\n      %s\n", json_string_value(json_object_get(entry, "command")),
                        json_string_value(json_object_get(entry, "text"))));
  }
  PetscFunctionReturn(0);
}

/* Copies a string of the summary, "" when it is missing. */
static void summary_word(const json_t *summary, const char *key, size_t length, char word[])
{
  const char *value = json_string_value(json_object_get(summary, key));

  (void)snprintf(word, length, "%s", value ? value : "");
}

static PetscErrorCode print_run(const char *directory, PetscBool json)
{
  char path[PETSC_MAX_PATH_LEN], command[32], what[128];
  json_t *summary, *document = json_object();
  PetscErrorCode status;
  PetscBool complete;

  PetscFunctionBegin;
  (void)snprintf(path, sizeof(path), "%s/summary.json", directory);
  summary = json_load_file(path, 0, NULL);
  complete = summary && !has(directory, "checkpoint") ? PETSC_TRUE : PETSC_FALSE;
  summary_word(summary, "command", sizeof(command), command);
  json_decref(summary);
  (void)snprintf(what, sizeof(what), "a run of causeway%s%s, %s", command[0] ? " " : "", command,
                 complete ? "complete" : "not complete");
  (void)json_object_set_new(document, "directory", JsonText(directory));
  (void)json_object_set_new(document, "command", command[0] ? json_string(command) : json_null());
  (void)json_object_set_new(document, "complete", json_boolean(complete));
  (void)json_object_set_new(document, "files", files_of(directory));
  (void)json_object_set_new(document, "commands", commands_of(directory, command, complete));
  status = json ? JsonPrint(document) : print_text(document, what);
  json_decref(document);
  PetscFunctionReturn(status);
}

PetscErrorCode InfoPrintRun(const char *directory, PetscBool json)
{
  PetscFunctionBegin;
  UserCheck(!has(directory, "manifest.txt"),
            "%s: is a directory of sweeps; causeway sweep status %s shows their progress",
            directory, directory);
  UserCheck(has(directory, "summary.json") || has(directory, "used_parameters.yaml") ||
                has(directory, "used_parameters.yaml.partial"),
            "%s: is a directory without a run; give a file, or the directory of a run", directory);
  PetscFunctionReturn(print_run(directory, json));
}
