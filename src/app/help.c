/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "help.h"

#include "export.h"
#include "json_impl.h"
#include "report.h"
#include "sweep.h"

#include <stdio.h>
#include <string.h>

const char HelpUsage[] = "mpirun -n RANKS causeway COMMAND [FILE.yaml] [-key value ...]";
const char HelpParameters[] =
    "Parameters come from the YAML file (key: value), then from the command line; the later wins.";
const struct ExitStatus ExitStatuses[N_STATUSES] = {
    {0, "done"},
    {75, "stopped with its state saved, to be continued with -restart auto"},
    {2, "the input is wrong"},
    {1, "anything else"}};

static const SerialOption info_options[] = {{"json", NULL}, {NULL, NULL}};
static const SerialOption help_options[] = {
    {"man", NULL}, {"completion", "bash|zsh"}, {"json", NULL}, {NULL, NULL}};

const OwnOptions OwnOptionsList[] = {
    {"sweep", SweepHelp, NULL, SweepCommands},
    {"export", ExportHelp, ExportOptions, NULL},
    {"report", ReportHelp, ReportOptions, NULL},
    {"info", "causeway info FILE|DIR [-json]\n", info_options, NULL},
    {"help",
     "causeway help [COMMAND, or the beginning of keys]\n"
     "causeway help -man | -completion bash | -completion zsh | -json\n",
     help_options, NULL},
    {NULL, NULL, NULL, NULL}};

const OwnOptions *OwnOptionsFind(const char *name)
{
  for (const OwnOptions *own = OwnOptionsList; own->name; own++) {
    if (!strcmp(own->name, name)) {
      return own;
    }
  }
  return NULL;
}

static PetscErrorCode print_parameter(const ParameterInfo *info)
{
  char standard[PETSC_MAX_PATH_LEN + 64];
  const PetscBool lists = info->choices[0] && !info->is_flag ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  (void)snprintf(standard, sizeof(standard), "<%s%s%s>",
                 info->default_value[0] ? info->default_value : "none", info->unit[0] ? " " : "",
                 info->unit);
  PetscCall(LogPrintf("  -%-29s %-18s %s%s%s\n", info->key, standard, info->text, lists ? ": " : "",
                      lists ? info->choices : ""));
  PetscFunctionReturn(0);
}

/* Those that the command uses, or whose key begins with `prefix`; `n`: how many. */
static PetscErrorCode print_parameters(Parameters parameters, PetscBool active, const char *prefix,
                                       int *n)
{
  const char *section = "";
  ParameterInfo info;

  PetscFunctionBegin;
  *n = 0;
  for (int k = 0; k < ParametersCount(parameters); k++) {
    ParametersInfo(parameters, k, &info);
    if ((active && !info.active) || strncmp(info.key, prefix, strlen(prefix)) != 0) {
      continue;
    }
    if (strcmp(section, info.section) != 0) {
      section = info.section;
      PetscCall(LogPrintf("%s%s\n", *n || !prefix[0] ? "\n" : "", section));
    }
    PetscCall(print_parameter(&info));
    (*n)++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_all(Parameters parameters)
{
  int n;

  PetscFunctionBegin;
  PetscCall(LogPrintf("causeway: causal connectivity of large neuron populations\n\n%s\n\n"
                      "commands\n",
                      HelpUsage));
  for (const Command *command = Commands; command->name; command++) {
    PetscCall(LogPrintf("  %-10s %s\n", command->name, command->text));
  }
  PetscCall(LogPrintf("\n%s\nPETSc's own options, such as -log_view, work too.\nExit status:",
                      HelpParameters));
  for (int k = 0; k < N_STATUSES; k++) {
    PetscCall(LogPrintf("%s %d %s", k ? "," : "", ExitStatuses[k].status, ExitStatuses[k].text));
  }
  PetscCall(LogPrintf(".\n"));
  PetscCall(print_parameters(parameters, PETSC_FALSE, "", &n));
  PetscFunctionReturn(0);
}

/* Of one command, or of the keys that begin with `word`. */
static PetscErrorCode print_some(Parameters parameters, const char *word)
{
  const Command *command = CommandFind(word);
  const OwnOptions *own = OwnOptionsFind(word);
  int n;

  PetscFunctionBegin;
  if (own) {
    PetscCall(LogPrintf("%s", own->text));
  } else if (command) {
    PetscCall(LogPrintf("causeway %s: %s\n\nmpirun -n RANKS causeway %s [FILE.yaml] [-key value "
                        "...]\n",
                        word, command->text, word));
    PetscCall(print_parameters(parameters, PETSC_TRUE, "", &n));
  } else {
    PetscCall(print_parameters(parameters, PETSC_FALSE, word[0] == '-' ? word + 1 : word, &n));
    UserCheck(n > 0,
              "help %s: neither a command nor the beginning of a key; causeway help lists "
              "all",
              word);
  }
  PetscFunctionReturn(0);
}

/* "a|b" as a list, null for "". */
static json_t *choices_array(const char *choices)
{
  json_t *list = json_array();

  for (const char *at = choices; *at; at += strspn(at, "|")) {
    const size_t length = strcspn(at, "|");

    (void)json_array_append_new(list, json_stringn(at, length));
    at += length;
  }
  return list;
}

static json_t *parameter_object(const ParameterInfo *info)
{
  json_t *object = json_object();

  (void)json_object_set_new(object, "key", json_string(info->key));
  (void)json_object_set_new(object, "section", json_string(info->section));
  (void)json_object_set_new(object, "unit", info->unit[0] ? json_string(info->unit) : json_null());
  (void)json_object_set_new(object, "default",
                            info->default_value[0] ? JsonText(info->default_value) : json_null());
  (void)json_object_set_new(object, "choices", choices_array(info->choices));
  (void)json_object_set_new(object, "text", json_string(info->text));
  return object;
}

static PetscErrorCode print_json(Parameters parameters)
{
  json_t *document = json_object(), *commands = json_array(), *list = json_array();
  PetscErrorCode status;
  ParameterInfo info;

  for (const Command *command = Commands; command->name; command++) {
    (void)json_array_append_new(
        commands, json_pack("{s:s,s:s}", "name", command->name, "text", command->text));
  }
  for (int k = 0; k < ParametersCount(parameters); k++) {
    ParametersInfo(parameters, k, &info);
    (void)json_array_append_new(list, parameter_object(&info));
  }
  (void)json_object_set_new(document, "program", json_string("causeway"));
  (void)json_object_set_new(document, "version", json_string(CausewayVersion()));
  (void)json_object_set_new(document, "revision", json_string(CausewayRevision()));
  (void)json_object_set_new(document, "commands", commands);
  (void)json_object_set_new(document, "parameters", list);
  status = JsonPrint(document);
  json_decref(document);
  return status;
}

static PetscErrorCode print_completion(App *app, const char *shell)
{
  PetscFunctionBegin;
  UserCheck(!strcmp(shell, "bash") || !strcmp(shell, "zsh"),
            "-completion = %s: must be one of bash|zsh", shell);
  if (app->rank == 0) {
    (void)fputs(strcmp(shell, "zsh") ? "" : "autoload -U +X bashcompinit && bashcompinit\n",
                stdout);
    CompletionPrint(app->parameters, stdout);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode HelpPrint(App *app, const char *word)
{
  const Command *command = word ? CommandFind(word) : NULL;
  PetscBool man, json, completion;
  char shell[64] = "";

  PetscFunctionBegin;
  PetscCall(PetscOptionsHasName(NULL, NULL, "-man", &man));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-json", &json));
  PetscCall(PetscOptionsGetString(NULL, NULL, "-completion", shell, sizeof(shell), &completion));
  command = command && command->stages[0] ? command : CommandFind("run");
  app->command = command->name;
  PetscCall(AppSetFromOptions(app, command));
  if (completion) {
    PetscCall(print_completion(app, shell));
  } else if (man || json) {
    PetscErrorCode status = 0;

    if (man && app->rank == 0) {
      ManualPrint(app->parameters, stdout);
    } else if (app->rank == 0) {
      status = print_json(app->parameters);
    }
    PetscCall(ErrorAgree(app->comm, status));
  } else {
    PetscCall(word ? print_some(app->parameters, word) : print_all(app->parameters));
  }
  app->reports = PETSC_FALSE; /* the options of a run were read only to be printed */
  PetscFunctionReturn(0);
}
