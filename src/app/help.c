/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* strcasestr() */
#include "help.h"

#include "causeway/internal/core/json.h"
#include "causeway/internal/export/export.h"
#include "causeway/internal/report/report.h"
#include "causeway/internal/sweep/sweep.h"

#include <ctype.h>
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
    {"all", NULL},      {"man", NULL}, {"completion", "bash|zsh"}, {"json", NULL}, {"yaml", NULL},
    {"markdown", NULL}, {NULL, NULL}};

const OwnOptions OwnOptionsList[] = {
    {"sweep", SweepHelp, NULL, SweepCommands},
    {"export", ExportHelp, ExportOptions, NULL},
    {"report", ReportHelp, ReportOptions, NULL},
    {"info", "causeway info FILE|DIR [-json]\n", info_options, NULL},
    {"help",
     "causeway help [COMMAND] [-all]   the options of a command that matter most, or all of them\n"
     "causeway help WORD               options with a word in key or text that begins with WORD\n"
     "causeway help -man | -completion bash | -completion zsh | -json | -yaml | -markdown\n",
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

enum { PAGE = 10 }; /* options on the first page of a command */

void HelpCondition(const ParameterSpec *spec, size_t length, char text[])
{
  size_t used = 0;

  text[0] = 0;
  for (const char *c = spec->needs; c && *c && used + 4 < length; c++) {
    if (*c == '|' || *c == '&' || *c == '=') {
      used += (size_t)snprintf(text + used, length - used, "%s",
                               *c == '|' ? " or " : (*c == '&' ? ", " : " = "));
      c += c[0] == '|' && c[1] == '|' ? 1 : 0; /* between two conditions as between two words */
    } else if (*c == '!') {                    /* from != */
      used += (size_t)snprintf(text + used, length - used, " other than ");
      c++;
    } else {
      text[used++] = *c;
      text[used] = 0;
    }
  }
}

static PetscErrorCode print_parameter(const ParameterInfo *info)
{
  char standard[PETSC_MAX_PATH_LEN + 64], condition[512];
  const char *name, *text;

  PetscFunctionBegin;
  (void)snprintf(standard, sizeof(standard), info->unit[0] ? "<%s> [%s]" : "<%s>",
                 info->default_value[0] ? info->default_value : "none", info->unit);
  PetscCall(LogPrintf("  -%-29s %-18s %s", info->key, standard, info->text));
  if (info->spec->form) {
    PetscCall(LogPrintf(": %s", info->spec->form));
  }
  HelpCondition(info->spec, sizeof(condition), condition);
  PetscCall(condition[0] ? LogPrintf(" (with %s)\n", condition) : LogPrintf("\n"));
  for (int k = 0; (name = ParameterWordName(info->spec, k, &text)); k++) {
    PetscCall(LogPrintf("      %-26s %s\n", name, text));
  }
  PetscFunctionReturn(0);
}

/* Whether a word of the text, or of a key with underscores, begins with `word`. */
static PetscBool begins_word(const char *text, const char *word)
{
  for (const char *at = strcasestr(text, word); at; at = strcasestr(at + 1, word)) {
    if (at == text || !isalnum((unsigned char)at[-1])) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

static PetscBool has_word(const ParameterInfo *info, const char *word)
{
  const char *name, *text;

  if (begins_word(info->key, word) || begins_word(info->text, word)) {
    return PETSC_TRUE;
  }
  for (int k = 0; (name = ParameterWordName(info->spec, k, &text)); k++) {
    if (begins_word(name, word) || begins_word(text, word)) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Prints the parameters with a word that begins with `word`, with `active` only those that the command uses; `n`
   counts them. */
static PetscErrorCode print_parameters(Parameters parameters, PetscBool active, const char *word,
                                       int *n)
{
  const char *section = "";
  ParameterInfo info;

  PetscFunctionBegin;
  *n = 0;
  for (int k = 0; k < ParametersCount(parameters); k++) {
    ParametersInfo(parameters, k, &info);
    if ((active && !info.active) || !has_word(&info, word)) {
      continue;
    }
    if (strcmp(section, info.section) != 0) {
      section = info.section;
      PetscCall(LogPrintf("%s%s\n", *n || !word[0] ? "\n" : "", section));
    }
    PetscCall(print_parameter(&info));
    (*n)++;
  }
  PetscFunctionReturn(0);
}

/* Prints the most important options of a command, in the order that the parameter tables set. */
static PetscErrorCode print_page(Parameters parameters, const Command *command)
{
  int n = 0, n_active = 0;
  ParameterInfo info;

  PetscFunctionBegin;
  PetscCall(LogPrintf("\n"));
  for (int place = 1; place <= PAGE; place++) {
    for (int k = 0; k < ParametersCount(parameters); k++) {
      ParametersInfo(parameters, k, &info);
      n_active += place == 1 && info.active ? 1 : 0;
      if (info.active && info.spec->priority == place && n < PAGE) {
        PetscCall(print_parameter(&info));
        n++;
      }
    }
  }
  PetscCall(LogPrintf("\ncauseway help %s -all prints all %d options, causeway help WORD those "
                      "that contain a word.\n",
                      command->name, n_active));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_overview(void)
{
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
  PetscCall(LogPrintf(".\ncauseway help COMMAND prints the options that matter most, causeway help "
                      "-all every option,\ncauseway help WORD the options that contain a word.\n"));
  PetscFunctionReturn(0);
}

/* Prints help for one command, or for the options that contain `word`. */
static PetscErrorCode print_some(Parameters parameters, const char *word, PetscBool all)
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
    PetscCall(all ? print_parameters(parameters, PETSC_TRUE, "", &n)
                  : print_page(parameters, command));
  } else {
    PetscCall(print_parameters(parameters, PETSC_FALSE, word[0] == '-' ? word + 1 : word, &n));
  }
  PetscFunctionReturn(0);
}

static json_t *words_array(const ParameterInfo *info, PetscBool with_texts)
{
  json_t *list = json_array();
  const char *name, *text;

  for (int k = 0; (name = ParameterWordName(info->spec, k, &text)); k++) {
    (void)json_array_append_new(
        list, with_texts ? json_pack("{s:s,s:s}", "word", name, "text", text) : json_string(name));
  }
  for (int k = 0; info->is_flag && !with_texts && k < 2; k++) {
    (void)json_array_append_new(list, json_string(k ? "false" : "true"));
  }
  return list;
}

static json_t *text_or_null(const char *text)
{
  return text && text[0] ? json_string(text) : json_null();
}

static json_t *parameter_object(const ParameterInfo *info)
{
  static const char *const effects[] = {[PARAMETER_RESULT] = "result",
                                        [PARAMETER_EXTENT] = "extent",
                                        [PARAMETER_LAYOUT] = "layout",
                                        [PARAMETER_OUTPUT] = "output"};
  json_t *object = json_object();

  (void)json_object_set_new(object, "key", json_string(info->key));
  (void)json_object_set_new(object, "section", json_string(info->section));
  (void)json_object_set_new(object, "unit", text_or_null(info->unit));
  (void)json_object_set_new(object, "default",
                            info->default_value[0] ? JsonText(info->default_value) : json_null());
  (void)json_object_set_new(object, "choices", words_array(info, PETSC_FALSE));
  (void)json_object_set_new(object, "words", words_array(info, PETSC_TRUE));
  (void)json_object_set_new(object, "form", text_or_null(info->spec->form));
  (void)json_object_set_new(object, "needs", text_or_null(info->spec->needs));
  (void)json_object_set_new(object, "changes", json_string(effects[info->spec->effect]));
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

static PetscErrorCode print_completion(MPI_Comm comm, Parameters parameters, const char *shell)
{
  int rank;

  PetscFunctionBegin;
  UserCheck(!strcmp(shell, "bash") || !strcmp(shell, "zsh"),
            "-completion = %s: must be one of bash|zsh", shell);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    (void)fputs(strcmp(shell, "zsh") ? "" : "autoload -U +X bashcompinit && bashcompinit\n",
                stdout);
    CompletionPrint(parameters, stdout);
  }
  PetscFunctionReturn(0);
}

/* Prints the whole table in a form for other programs or for the documentation; false if no such
   form is requested. */
static PetscErrorCode print_document(MPI_Comm comm, Parameters parameters, PetscBool *printed)
{
  PetscBool man, json, yaml, markdown;
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-man", &man));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-json", &json));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-yaml", &yaml));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-markdown", &markdown));
  if (rank == 0 && man) {
    ManualPrint(parameters, stdout);
  } else if (rank == 0 && json) {
    status = print_json(parameters);
  } else if (rank == 0 && yaml) {
    ReferencePrintYaml(parameters, stdout);
  } else if (rank == 0 && markdown) {
    ReferencePrintMarkdown(parameters, stdout);
  }
  PetscCall(ErrorAgree(comm, status));
  *printed = man || json || yaml || markdown ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode print_text(Parameters parameters, const char *word)
{
  PetscBool all;
  int n;

  PetscFunctionBegin;
  PetscCall(PetscOptionsHasName(NULL, NULL, "-all", &all));
  if (word) {
    PetscCall(print_some(parameters, word, all));
  } else {
    PetscCall(all ? print_parameters(parameters, PETSC_FALSE, "", &n) : print_overview());
  }
  PetscFunctionReturn(0);
}

/* Refuses a word that names nothing, also where a document of all parameters is printed. */
static PetscErrorCode check_word(Parameters parameters, const char *word)
{
  ParameterInfo info;
  PetscBool found = CommandFind(word) || OwnOptionsFind(word) ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  for (int k = 0; k < ParametersCount(parameters) && !found; k++) {
    ParametersInfo(parameters, k, &info);
    found = has_word(&info, word[0] == '-' ? word + 1 : word);
  }
  UserCheck(found,
            "help %s: neither a command nor a word of any option; causeway help -all lists all",
            word);
  PetscFunctionReturn(0);
}

PetscErrorCode HelpPrintTable(MPI_Comm comm, Parameters parameters, const char *word)
{
  PetscBool completion, printed = PETSC_FALSE;
  char shell[64] = "";

  PetscFunctionBegin;
  PetscCall(word ? check_word(parameters, word) : 0);
  PetscCall(PetscOptionsGetString(NULL, NULL, "-completion", shell, sizeof(shell), &completion));
  if (completion) {
    PetscCall(print_completion(comm, parameters, shell));
    PetscFunctionReturn(0);
  }
  PetscCall(print_document(comm, parameters, &printed));
  PetscCall(printed ? 0 : print_text(parameters, word));
  PetscFunctionReturn(0);
}

PetscErrorCode HelpPrint(App *app, const char *word)
{
  const Command *command = word ? CommandFind(word) : NULL;

  PetscFunctionBegin;
  command = command && command->stages[0] ? command : CommandFind("run");
  app->run.command = command->name;
  app->describes = PETSC_TRUE;
  PetscCall(AppSetFromOptions(app, command));
  PetscCall(HelpPrintTable(app->run.comm, app->run.parameters, word));
  app->run.reports = PETSC_FALSE; /* the options were read only for printing */
  PetscFunctionReturn(0);
}
