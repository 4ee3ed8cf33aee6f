/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Prints a completion script for bash, and for zsh with bashcompinit. */
#include "help.h"

#include <string.h>

enum { VALUES_LENGTH = 1024 };

/* Prints the choices "a|b" as shell words. */
static void put_choices(FILE *stream, const char *choices)
{
  for (const char *c = choices; *c; c++) {
    (void)fputc(*c == '|' ? ' ' : *c, stream);
  }
}

static void put_option_words(FILE *stream, const SerialOption options[])
{
  for (int k = 0; options[k].name; k++) {
    (void)fprintf(stream, "%s-%s", k ? " " : "", options[k].name);
  }
}

/* Prints one case of the shell's `case` statement: the values "a|b" of an option. */
static void put_value_case(FILE *stream, const char *command, const char *name, const char *value)
{
  if (value[0]) {
    (void)fprintf(stream, "    %s-%s) echo '", command, name);
    put_choices(stream, value);
    (void)fputs("' ;;\n", stream);
  }
}

/* Lists the words that a value may be, as "a|b". */
static void list_words(const ParameterInfo *info, char words[VALUES_LENGTH])
{
  const char *name;
  size_t used = 0;

  (void)snprintf(words, VALUES_LENGTH, "%s", info->is_flag ? "true|false" : "");
  for (int k = 0; (name = ParameterWordName(info->spec, k, NULL)) && used < VALUES_LENGTH; k++) {
    used += (size_t)snprintf(words + used, VALUES_LENGTH - used, "%s%s", k ? "|" : "", name);
  }
}

static void print_values(Parameters parameters, FILE *stream)
{
  char command[64], words[VALUES_LENGTH];
  ParameterInfo info;

  (void)fputs("# Values of an option; nothing where any value may follow.\n"
              "_causeway_values() {\n  case $1:$2 in\n",
              stream);
  for (const OwnOptions *own = OwnOptionsList; own->name; own++) {
    for (int k = 0; own->options && own->options[k].name; k++) {
      (void)snprintf(command, sizeof(command), "%s:", own->name);
      if (own->options[k].value &&
          strchr(own->options[k].value, '|')) { /* other values are files or free text */
        put_value_case(stream, command, own->options[k].name, own->options[k].value);
      }
    }
    (void)fprintf(stream, "    %s:*) ;;\n", own->name);
  }
  (void)fputs("    *) _causeway_parameter_values \"$2\" ;;\n  esac\n}\n\n"
              "_causeway_parameter_values() {\n  case $1 in\n",
              stream);
  for (int k = 0; k < ParametersCount(parameters); k++) {
    ParametersInfo(parameters, k, &info);
    list_words(&info, words);
    put_value_case(stream, "", info.key, words);
  }
  (void)fputs("  esac\n}\n\n", stream);
}

static void print_options(Parameters parameters, FILE *stream)
{
  ParameterInfo info;

  (void)fputs("# Options of a command, and of the command behind it.\n"
              "_causeway_options() {\n  case $1:$2 in\n",
              stream);
  for (const OwnOptions *own = OwnOptionsList; own->name; own++) {
    for (int k = 0; own->commands && own->commands[k].name; k++) {
      (void)fprintf(stream, "    %s:%s) echo '", own->name, own->commands[k].name);
      put_option_words(stream, own->commands[k].options);
      (void)fputs("' ;;\n", stream);
    }
    if (own->options) {
      (void)fprintf(stream, "    %s:*) echo '", own->name);
      put_option_words(stream, own->options);
      (void)fputs("' ;;\n", stream);
    }
  }
  (void)fputs("    *) echo '", stream);
  for (int k = 0; k < ParametersCount(parameters); k++) {
    ParametersInfo(parameters, k, &info);
    (void)fprintf(stream, "%s-%s", k ? " " : "", info.key);
  }
  (void)fputs("' ;;\n  esac\n}\n\n", stream);
}

/* Prints the words that may follow a command: its own subcommands, or the commands that `help`
   describes. */
static void print_words(FILE *stream)
{
  (void)fputs("_causeway_words() {\n  case $1 in\n    '' | help) echo '", stream);
  for (const Command *command = Commands; command->name; command++) {
    (void)fprintf(stream, "%s%s", command == Commands ? "" : " ", command->name);
  }
  (void)fputs("' ;;\n", stream);
  for (const OwnOptions *own = OwnOptionsList; own->name; own++) {
    if (own->commands) {
      (void)fprintf(stream, "    %s) echo '", own->name);
      for (int k = 0; own->commands[k].name; k++) {
        (void)fprintf(stream, "%s%s", k ? " " : "", own->commands[k].name);
      }
      (void)fputs("' ;;\n", stream);
    }
  }
  (void)fputs("  esac\n}\n\n", stream);
}

static const char driver[] =
    "_causeway() {\n"
    "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words='' IFS\n"
    "  local command=${COMP_WORDS[1]-} second=${COMP_WORDS[2]-}\n"
    "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "    command=''\n"
    "  fi\n"
    "  case $current in\n"
    "    -*) words=$(_causeway_options \"$command\" \"$second\") ;;\n"
    "    *)\n"
    "      if [ \"$COMP_CWORD\" -le 2 ]; then\n"
    "        words=$(_causeway_words \"$command\")\n"
    "      fi\n"
    "      case $before in\n"
    "        -*) words=$(_causeway_values \"$command\" \"$before\") ;;\n"
    "      esac\n"
    "      ;;\n"
    "  esac\n"
    "  # shellcheck disable=SC2207  # zsh has no mapfile\n"
    "  if [ -n \"$words\" ]; then\n"
    "    IFS=$' \\t\\n'\n"
    "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\")) || true\n"
    "  else\n"
    "    compopt -o filenames 2>/dev/null || true # zsh lacks compopt\n"
    "    IFS=$'\\n'\n"
    "    COMPREPLY=($(compgen -f -- \"$current\")) || true\n"
    "  fi\n"
    "}\n"
    "complete -F _causeway causeway\n";

void CompletionPrint(Parameters parameters, FILE *stream)
{
  (void)fputs("# shellcheck shell=bash\n"
              "# Completion of causeway. In bash: . <(causeway help -completion bash); in zsh:\n"
              "# . <(causeway help -completion zsh)\n\n",
              stream);
  print_words(stream);
  print_options(parameters, stream);
  print_values(parameters, stream);
  (void)fputs(driver, stream);
}
