/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_HELP_H
#define CAUSEWAY_HELP_H

#include "app.h"
#include "causeway/internal/serial/serial.h"

/*@
  HelpPrint - prints commands and parameters: as text, as a man page (-man), as a shell script
              (-completion bash|zsh), as one JSON document (-json), as a parameter file (-yaml), or
              as a page of the documentation (-markdown)

  HelpPrintTable - prints parameters that are already declared

  Collective; rank 0 prints
  Input:  word - NULL for an overview, a command for its most important options, or a word to find
                 in keys and texts of options; with -all, every option, or every option of the
                 command
@*/
PetscErrorCode HelpPrint(App *app, const char *word);
PetscErrorCode HelpPrintTable(MPI_Comm comm, Parameters parameters, const char *word);

/* Commands that take options of their own instead of parameters. */
typedef struct {
  const char *name;
  const char *text;              /* text of its own help, or NULL */
  const SerialOption *options;   /* or NULL if it has subcommands */
  const SerialCommand *commands; /* subcommands, or NULL */
} OwnOptions;
extern const OwnOptions OwnOptionsList[]; /* ends with a name that is NULL */
const OwnOptions *OwnOptionsFind(const char *name);

/* Print the man page with all parameters; print the shell script that completes commands, keys and
   values. Not collective. */
void ManualPrint(Parameters parameters, FILE *stream);
void CompletionPrint(Parameters parameters, FILE *stream);

/* Print all parameters: as a YAML file with their defaults, and as tables in Markdown. Not
   collective. */
void ReferencePrintYaml(Parameters parameters, FILE *stream);
void ReferencePrintMarkdown(Parameters parameters, FILE *stream);

/* Writes the condition under which a parameter has an effect as a phrase: "a = x or y, b other than
   z"; "" for always. */
void HelpCondition(const ParameterSpec *spec, size_t length, char text[]);

/* Name and its meaning; lists end with a NULL name. */
typedef struct {
  const char *name, *text;
} HelpEntry;
extern const HelpEntry HelpFiles[]; /* files of a run */

/* Text before the list of commands, and the exit statuses of all commands. */
extern const char HelpUsage[], HelpParameters[];
enum { N_STATUSES = 4 };
extern const struct ExitStatus {
  int status;
  const char *text;
} ExitStatuses[N_STATUSES];

#endif
