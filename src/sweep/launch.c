/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep_impl.h"

#include "causeway/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void ArgumentsAdd(Arguments *arguments, const char *word)
{
  arguments->words = MemoryGrow(arguments->words, arguments->n + 2, sizeof(char *));
  arguments->words[arguments->n++] = TextCopy(word);
  arguments->words[arguments->n] = NULL;
}

void ArgumentsSplit(Arguments *arguments, const char *text)
{
  char *copy = TextCopy(text), *rest = copy, *word;

  while ((word = strsep(&rest, " \t\n"))) {
    if (word[0]) {
      ArgumentsAdd(arguments, word);
    }
  }
  free(copy);
}

void ArgumentsRun(Arguments *arguments, const char *program, const char *base, const Words *words)
{
  char option[256];

  ArgumentsAdd(arguments, program);
  ArgumentsAdd(arguments, "run");
  if (base[0]) {
    ArgumentsAdd(arguments, base);
  }
  for (int64_t k = 0; k < words->n; k++) {
    (void)snprintf(option, sizeof(option), "-%s", words->words[k].key);
    ArgumentsAdd(arguments, option);
    ArgumentsAdd(arguments, words->words[k].value);
  }
}

void ArgumentsFree(Arguments *arguments)
{
  for (int64_t k = 0; k < arguments->n; k++) {
    free(arguments->words[k]);
  }
  free(arguments->words);
  *arguments = (Arguments){0};
}

/* A launcher that is not there would fail every run in turn. */
PetscErrorCode LauncherCheck(const Arguments *launcher)
{
  const char *program = launcher->n ? launcher->words[0] : NULL, *path = getenv("PATH");
  char *copy, *rest, *folder, file[PETSC_MAX_PATH_LEN];
  PetscBool found = PETSC_FALSE;

  if (!program) {
    return 0;
  }
  copy = rest = TextCopy(strchr(program, '/') || !path ? "" : path);
  while ((folder = strsep(&rest, ":")) && !found) {
    PathPrint(file, "%s%s%s", folder, folder[0] ? "/" : "", program);
    found = !access(file, X_OK) ? PETSC_TRUE : PETSC_FALSE;
  }
  free(copy);
  return found ? 0
               : UserError("%s: the launcher is not found; name another with -launcher or "
                           "CAUSEWAY_LAUNCHER",
                           program);
}
