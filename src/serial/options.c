/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/serial/serial.h"

#include "causeway/error.h"

#include <stdlib.h>
#include <string.h>

/* One dash or two. */
static const char *option_name(const char *word)
{
  return word[0] != '-' ? NULL : word + (word[1] == '-' ? 2 : 1);
}

static int find(const SerialOption options[], const char *name)
{
  for (int k = 0; options[k].name; k++) {
    if (!strcmp(options[k].name, name)) {
      return k;
    }
  }
  return -1;
}

PetscErrorCode OptionsParse(const char *command, const char *const needs[2],
                            const SerialOption options[], int argc, char **argv, const char **input,
                            const char *values[SERIAL_MOST_OPTIONS])
{
  *input = NULL;
  for (int k = 0; k < SERIAL_MOST_OPTIONS; k++) {
    values[k] = NULL;
  }
  for (int i = 0; i < argc; i++) {
    const char *name = option_name(argv[i]);
    const int k = name ? find(options, name) : -1;

    if (!name && !*input) {
      *input = argv[i];
      continue;
    }
    if (k < 0) {
      return UserError("%s: is not an option of %s; causeway %.*s help lists them", argv[i],
                       command, (int)strcspn(command, " "), command);
    }
    if (!options[k].value) {
      values[k] = "";
      continue;
    }
    /* words of a launcher may begin with a dash */
    if (i + 1 >= argc || (option_name(argv[i + 1]) && strcmp(options[k].value, "WORDS") != 0)) {
      return UserError("-%s: needs a value", name);
    }
    values[k] = argv[++i];
  }
  if (!*input || !(*input)[0]) {
    return UserError("%s: needs %s: causeway %s %s", command, needs[0], command, needs[1]);
  }
  return 0;
}

PetscBool WantsHelp(int argc, char **argv)
{
  static const char *const words[] = {"help", "-help", "--help", "-h"};

  for (int i = 2; i < argc; i++) {
    for (size_t k = i == 2 ? 0 : 1; k < PETSC_STATIC_ARRAY_LENGTH(words); k++) {
      if (!strcmp(argv[i], words[k])) {
        return PETSC_TRUE;
      }
    }
  }
  return PETSC_FALSE;
}

int SerialEnd(PetscErrorCode status, int exit_status)
{
  enum { USER = 2 };

  if (status) {
    (void)fprintf(stderr, "causeway: error: %s\n", UserErrorMessage());
    exit_status = USER;
  }
  return exit_status; /* main() sees whether it could be printed */
}
