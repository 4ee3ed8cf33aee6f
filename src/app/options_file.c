/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether a line is blank, `-NAME [VALUE]` or `alias NAME NAME`, up to a #. Splits `line` into
   words. */
static PetscBool line_is_sound(char *line, const char **first)
{
  const char *const blanks = " \t\r\n";
  char *rest = NULL, *word;

  line[strcspn(line, "#")] = 0;
  word = strtok_r(line, blanks, &rest);
  *first = word;
  if (!word || word[0] == '-') {
    return PETSC_TRUE;
  }
  return !strcasecmp(word, "alias") && strtok_r(NULL, blanks, &rest) &&
                 strtok_r(NULL, blanks, &rest)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

static PetscBool lines_are_sound(FILE *stream, const char *name, size_t length, char mistake[])
{
  PetscBool sound = PETSC_TRUE;
  const char *word;
  char *line = NULL;
  size_t room = 0;

  for (int64_t number = 1; sound && getline(&line, &room, stream) >= 0; number++) {
    sound = line_is_sound(line, &word);
    if (!sound) {
      (void)snprintf(mistake, length,
                     "%s, line %lld: begins with \"%.40s\" where -key value is expected, as on the "
                     "command line",
                     name, (long long)number, word);
    }
  }
  free(line);
  return sound;
}

PetscBool OptionsFileIsSound(const char *name, size_t length, char mistake[])
{
  const char *ending = strrchr(name, '.');
  struct stat entry;
  PetscBool sound;
  FILE *stream;

  if (ending && (!strcmp(ending, ".yaml") || !strcmp(ending, ".yml"))) {
    (void)snprintf(
        mistake, length,
        "-options_file = %s: is a parameter file; give it after the command, as in causeway run %s",
        name, name);
    return PETSC_FALSE;
  }
  if (stat(name, &entry) || access(name, R_OK)) {
    (void)snprintf(mistake, length, "-options_file = %s: cannot open the file: %s", name,
                   strerror(errno));
    return PETSC_FALSE;
  }
  if (S_ISDIR(entry.st_mode)) {
    (void)snprintf(mistake, length, "-options_file = %s: is a directory", name);
    return PETSC_FALSE;
  }
  if (!S_ISREG(entry.st_mode)) { /* a pipe can be read only once */
    return PETSC_TRUE;
  }
  stream = fopen(name, "r");
  sound = stream ? lines_are_sound(stream, name, length, mistake) : PETSC_TRUE;
  if (stream) {
    (void)fclose(stream);
  }
  return sound;
}

PetscBool OptionsFilesAreSound(size_t length, char mistake[])
{
  const char *home = getenv("HOME");
  char own[PETSC_MAX_PATH_LEN] = "";
  const char *const names[] = {own, ".petscrc", "petscrc"};
  struct stat entry;
  PetscBool sound = PETSC_TRUE;

  if (home) {
    (void)snprintf(own, sizeof(own), "%s/.petscrc", home);
  }
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(names) && sound; k++) {
    if (!stat(names[k], &entry) && S_ISREG(entry.st_mode) && !access(names[k], R_OK)) {
      sound = OptionsFileIsSound(names[k], length, mistake);
    }
  }
  return sound;
}
