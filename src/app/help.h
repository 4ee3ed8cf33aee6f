/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_HELP_H
#define CAUSEWAY_HELP_H

#include "app.h"
#include "serial.h"

/*@
  HelpPrint - commands and parameters: as text, as a man page (-man), as a script for the shell (-completion bash|zsh), or
  as one JSON document (-json)

  Collective; rank 0 prints
  Input:  word - NULL, a command, or the beginning of keys: of the text, what is left
@*/
PetscErrorCode HelpPrint(App *app, const char *word);

/* Commands that take options of their own instead of parameters. */
typedef struct {
  const char *name;
  const char *text;              /* what its own help prints, or NULL */
  const SerialOption *options;   /* or NULL where it has commands */
  const SerialCommand *commands; /* or NULL */
} OwnOptions;
extern const OwnOptions OwnOptionsList[]; /* ends with a name that is NULL */
const OwnOptions *OwnOptionsFind(const char *name);

/* All parameters as they stand in a man page; and what completes commands, keys and values. Not collective. */
void ManualPrint(Parameters parameters, FILE *stream);
void CompletionPrint(Parameters parameters, FILE *stream);

/* What a name stands for; lists end with a name that is NULL. */
typedef struct {
  const char *name, *text;
} HelpEntry;
extern const HelpEntry HelpFiles[]; /* of a run */

/* What comes before the list of commands, and the statuses that all commands end with. */
extern const char HelpUsage[], HelpParameters[];
enum { N_STATUSES = 4 };
extern const struct ExitStatus {
  int status;
  const char *text;
} ExitStatuses[N_STATUSES];

#endif
