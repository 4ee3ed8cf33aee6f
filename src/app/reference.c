/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reference of all parameters: a YAML file that runs as it is, and a page of the documentation. */
#include "help.h"

#include <string.h>

static const char yaml_head[] =
    "# Every parameter, with its default. Each is a key of a YAML file, as here, and an option of "
    "the command line with a\n"
    "# dash before it, which wins: causeway run inputs/lu2023_n10.yaml -granger_order 3\n"
    "# Keys without a fixed default are commented out. A key \"a_b: v\" may also be written \"a: "
    "{b: v}\".\n"
    "# Matrices over pairs of neurons have targets as rows and sources as columns; neurons and "
    "samples are counted from 0.\n"
    "# Printed by causeway help -yaml.\n";

void ReferencePrintYaml(Parameters parameters, FILE *stream)
{
  const char *section = "", *name, *text;
  char condition[512];
  ParameterInfo info;

  (void)fputs(yaml_head, stream);
  for (int k = 0; k < ParametersCount(parameters); k++) {
    ParametersInfo(parameters, k, &info);
    if (strcmp(section, info.section) != 0) {
      section = info.section;
      (void)fprintf(stream, "\n# ---- %s\n", section);
    }
    HelpCondition(info.spec, sizeof(condition), condition);
    (void)fprintf(stream, "\n# %s", info.text);
    (void)fprintf(stream, info.unit[0] ? " [%s]" : "%s", info.unit);
    (void)fprintf(stream, info.spec->form ? ": %s" : "%s", info.spec->form ? info.spec->form : "");
    (void)fprintf(stream, condition[0] ? "; with %s\n" : "\n", condition);
    for (int w = 0; (name = ParameterWordName(info.spec, w, &text)); w++) {
      (void)fprintf(stream, "#   %s: %s\n", name, text);
    }
    if (info.spec->varies || !info.spec->standard[0]) {
      (void)fprintf(stream, "# %s: %s\n", info.key, info.spec->standard);
    } else {
      (void)fprintf(stream, "%s: %s\n", info.key, info.spec->standard);
    }
  }
}

/* Prints text in a table cell. */
static void put_cell(FILE *stream, const char *text)
{
  for (const char *c = text; *c; c++) {
    (void)fprintf(stream, *c == '|' ? "\\%c" : (*c == '<' ? "&lt;" : "%c"), *c);
  }
}

static void put_row(FILE *stream, const ParameterInfo *info)
{
  const char *name, *text;
  char condition[512];

  (void)fprintf(stream, "| `%s` | ", info->key);
  put_cell(stream, info->default_value[0] ? info->default_value : "none");
  (void)fprintf(stream, " | ");
  put_cell(stream, info->unit);
  (void)fprintf(stream, " | ");
  put_cell(stream, info->text);
  if (info->spec->form) {
    (void)fprintf(stream, ": `");
    put_cell(stream, info->spec->form);
    (void)fprintf(stream, "`");
  }
  HelpCondition(info->spec, sizeof(condition), condition);
  (void)fprintf(stream, condition[0] ? "; with %s" : "%s", condition);
  for (int w = 0; (name = ParameterWordName(info->spec, w, &text)); w++) {
    (void)fprintf(stream, "<br>`%s`: ", name);
    put_cell(stream, text);
  }
  (void)fprintf(stream, " |\n");
}

void ReferencePrintMarkdown(Parameters parameters, FILE *stream)
{
  const char *section = "";
  ParameterInfo info;

  (void)fputs("# Parameters\n\nEach parameter is a key of the YAML file, and with a dash an option "
              "of the command line, "
              "which wins. This page is printed by `causeway help -markdown`; [the same as a "
              "parameter file]"
              "(../inputs/parameter_reference.yaml) runs as it is.\n",
              stream);
  for (int k = 0; k < ParametersCount(parameters); k++) {
    ParametersInfo(parameters, k, &info);
    if (strcmp(section, info.section) != 0) {
      section = info.section;
      (void)fprintf(stream, "\n## %s\n\n| key | default | unit | meaning |\n|---|---|---|---|\n",
                    section);
    }
    put_row(stream, &info);
  }
}
