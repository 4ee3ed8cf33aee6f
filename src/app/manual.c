/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Man page: fixed text around the tables of commands and parameters. */
#include "help.h"

#include <string.h>

/* Prints text in roff, with backslashes, dashes and quotes escaped, so that no line is taken for a
   request. */
static void put(FILE *stream, const char *text)
{
  PetscBool starts = PETSC_TRUE;

  for (const char *c = text; *c; c++) {
    if (starts && (*c == '.' || *c == '\'')) {
      (void)fputs("\\&", stream);
    }
    starts = *c == '\n' ? PETSC_TRUE : PETSC_FALSE;
    switch (*c) {
    case '\\':
      (void)fputs("\\e", stream);
      break;
    case '-':
      (void)fputs("\\-", stream);
      break;
    case '\'':
      (void)fputs("\\(aq", stream);
      break;
    case '`':
      (void)fputs("\\(ga", stream);
      break;
    case '^':
      (void)fputs("\\(ha", stream);
      break;
    case '~':
      (void)fputs("\\(ti", stream);
      break;
    default:
      (void)fputc(*c, stream);
    }
  }
}

/* Prints a request whose argument may contain blanks. */
static void heading(FILE *stream, const char *request, const char *text)
{
  (void)fprintf(stream, ".%s \"", request);
  put(stream, text);
  (void)fputs("\"\n", stream);
}

static void paragraph(FILE *stream, const char *text)
{
  (void)fputs(".PP\n", stream);
  put(stream, text);
  (void)fputc('\n', stream);
}

static void as_it_is(FILE *stream, const char *text)
{
  (void)fputs(".nf\n", stream);
  put(stream, text);
  (void)fputs(text[strlen(text) - 1] == '\n' ? ".fi\n" : "\n.fi\n", stream);
}

/* Begins a list entry; its text follows. */
static void item(FILE *stream, const char *dash, const char *name, const char *value)
{
  (void)fputs(".TP\n\\fB", stream);
  put(stream, dash);
  put(stream, name);
  (void)fputs("\\fR", stream);
  if (value[0]) {
    (void)fputs(" \\fI", stream);
    put(stream, value);
    (void)fputs("\\fR", stream);
  }
  (void)fputc('\n', stream);
}

static void print_parameter(FILE *stream, const ParameterInfo *info)
{
  const char *name, *text;
  char condition[512];

  item(stream, "-", info->key,
       info->is_flag ? "" : (info->spec->form ? info->spec->form : "value"));
  put(stream, info->text);
  if (info->unit[0]) {
    (void)fputs(" [", stream);
    put(stream, info->unit);
    (void)fputs("]", stream);
  }
  HelpCondition(info->spec, sizeof(condition), condition);
  if (condition[0]) {
    (void)fputs("; with ", stream);
    put(stream, condition);
  }
  (void)fputs("; default ", stream);
  put(stream, info->default_value[0] ? info->default_value : "none");
  (void)fputc('\n', stream);
  for (int k = 0; (name = ParameterWordName(info->spec, k, &text)); k++) {
    (void)fputs(".br\n\\fB", stream);
    put(stream, name);
    (void)fputs("\\fR: ", stream);
    put(stream, text);
    (void)fputc('\n', stream);
  }
}

static void print_parameters(Parameters parameters, FILE *stream)
{
  const char *section = "";
  ParameterInfo info;

  heading(stream, "SH", "OPTIONS");
  put(stream, HelpParameters);
  (void)fputc('\n', stream);
  paragraph(stream,
            "Each is a key of the file, and with a dash an option of the command line; \"a: "
            "{b: v}\" is the key a_b. Options of PETSc, such as -log_view, work too.");
  for (int k = 0; k < ParametersCount(parameters); k++) {
    ParametersInfo(parameters, k, &info);
    if (strcmp(section, info.section) != 0) {
      section = info.section;
      heading(stream, "SS", section);
    }
    print_parameter(stream, &info);
  }
}

static void print_commands(FILE *stream)
{
  heading(stream, "SH", "COMMANDS");
  for (const Command *command = Commands; command->name; command++) {
    item(stream, "", command->name, "");
    put(stream, command->text);
    (void)fputc('\n', stream);
  }
  for (const OwnOptions *own = OwnOptionsList; own->name; own++) {
    heading(stream, "SS", own->name);
    as_it_is(stream, own->text);
  }
}

static void print_list(FILE *stream, const char *section, const HelpEntry list[])
{
  heading(stream, "SH", section);
  for (; list->name; list++) {
    item(stream, "", list->name, "");
    put(stream, list->text);
    (void)fputc('\n', stream);
  }
}

static const HelpEntry environment[] = {
    {"CAUSEWAY_LAUNCHER", "command that starts a run of a sweep, such as mpirun -n 2; default: "
                          "mpirun with the ranks that the sweep asks for"},
    {"PETSC_OPTIONS", "options that PETSc reads before those of the command line"},
    {"OMPI_MCA_io", "component that Open MPI writes files with; default ^ompio, which selects "
                    "ROMIO, because Open MPI's own component loses errors"},
    {NULL, NULL}};

const HelpEntry HelpFiles[] = {
    {"network.h5", "the network, SONATA nodes and edges"},
    {"activity.h5", "samples as a SONATA report, and spikes"},
    {"causality.h5", "scores of all pairs; rows are targets, columns sources"},
    {"model.h5", "trained forecasters"},
    {"forecast.h5", "forecasts and their errors"},
    {"evaluation.h5", "curves of the scores against the truth"},
    {"report.html", "report with figures"},
    {"figures/", "each figure of the report as SVG and PDF"},
    {"summary.json", "scores, times and sizes"},
    {"used_parameters.yaml", "all parameters, from which a run can be repeated"},
    {"log.txt", "what was printed"},
    {"checkpoint/", "snapshots of a run that is not complete"},
    {NULL, NULL}};

static const char examples[] =
    "mpirun -n 2 causeway run inputs/lu2023_n10.yaml\n"
    "mpirun -n 2 causeway granger -activity recording.h5:/traces -output runs/mine\n"
    "causeway export runs/mine:/granger/gc -output edges.graphml\n"
    "causeway run inputs/lu2023_n10.yaml -granger_order 3 -dry_run\n"
    "causeway sweep plan sweep.yaml -output runs/sweep && causeway sweep run runs/sweep -j 2\n"
    ". <(causeway help -completion bash)\n";

void ManualPrint(Parameters parameters, FILE *stream)
{
  (void)fprintf(stream, ".TH CAUSEWAY 1 \"\" \"causeway %s\" \"User Commands\"\n",
                CausewayVersion());
  (void)fputs(".ad l\n.nh\n", stream); /* keys and lists of choices are long words */
  heading(stream, "SH", "NAME");
  (void)fputs("causeway \\- causal connectivity of large neuron populations\n", stream);
  heading(stream, "SH", "SYNOPSIS");
  put(stream, HelpUsage);
  (void)fputc('\n', stream);
  heading(stream, "SH", "DESCRIPTION");
  put(stream,
      "causeway simulates networks of neurons, infers from recorded or simulated activity which "
      "neuron drives which, by Granger causality and by forecasters that are trained, and compares "
      "the result with the true network. Neurons are distributed over the ranks of MPI.\n");
  paragraph(stream, "Files of a run appear in the directory -output, under their names only when "
                    "complete. A directory that exists is not touched without -overwrite.");
  print_commands(stream);
  print_parameters(parameters, stream);
  heading(stream, "SH", "EXIT STATUS");
  for (int k = 0; k < N_STATUSES; k++) {
    char number[16];

    (void)snprintf(number, sizeof(number), "%d", ExitStatuses[k].status);
    item(stream, "", number, "");
    put(stream, ExitStatuses[k].text);
    (void)fputc('\n', stream);
  }
  print_list(stream, "ENVIRONMENT", environment);
  print_list(stream, "FILES", HelpFiles);
  heading(stream, "SH", "EXAMPLES");
  as_it_is(stream, examples);
}
