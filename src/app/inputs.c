/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The files that parameters name, and what tells whether they are still what a run has read: length and checksum of
   their whole content, whatever their name, age and place. */
#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The value as it was before it was written in YAML's single quotes. */
static void unquote(char *value)
{
  const size_t length = strlen(value);
  char *to = value;

  if (length < 2 || value[0] != '\'' || value[length - 1] != '\'') {
    return;
  }
  for (const char *from = value + 1; from < value + length - 1; from++) {
    *to++ = *from;
    from += from[0] == '\'' && from[1] == '\'';
  }
  *to = 0;
}

/* On rank 0. */
static PetscErrorCode identify(const char *path, int64_t identity[4])
{
  struct stat entry;

  if (stat(path, &entry)) {
    return UserError("%s: cannot open the file: %s", path, strerror(errno));
  }
  identity[0] = (int64_t)entry.st_size;
  identity[1] = (int64_t)entry.st_ino;
  identity[2] = (int64_t)entry.st_mtim.tv_sec;
  identity[3] = (int64_t)entry.st_mtim.tv_nsec;
  return S_ISREG(entry.st_mode) ? 0 : UserError("%s: is not a file", path);
}

/* Takes the file that a word names, if it names one; the same on all ranks. */
static PetscErrorCode take_word(App *app, const char *key, const char *word, PetscBool *taken)
{
  char file[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  int found = 0;
  Input *input;

  PetscFunctionBegin;
  *taken = PETSC_FALSE;
  PetscCall(ParseFilePath(word, sizeof(file), file, path));
  PetscCall(PetscRealloc((size_t)(app->n_inputs + 1) * sizeof(Input), &app->inputs));
  input = &app->inputs[app->n_inputs];
  /* a word without dot and slash is hardly meant as a file, even where there is one of that name */
  found = app->rank == 0 && strpbrk(file, "./") && !identify(file, input->identity);
  PetscCallMPI(MPI_Bcast(&found, 1, MPI_INT, 0, app->comm));
  if (found) {
    PetscCall(PetscStrncpy(input->key, key, sizeof(input->key)));
    PetscCall(PetscStrncpy(input->file, file, sizeof(input->file)));
    PetscCall(FileChecksum(app->comm, file, &input->bytes, input->checksum));
    app->n_inputs++;
    *taken = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode InputsTake(App *app)
{
  const char *text = app->parameters_yaml;
  char key[128], value[PETSC_MAX_PATH_LEN], *rest, *word;
  PetscBool taken;

  PetscFunctionBegin;
  app->n_inputs = 0;
  while (RestartNextEntry(&text, key, value)) {
    if (RestartIsFree(key)) {
      continue;
    }
    unquote(value);
    PetscCall(take_word(app, key, value, &taken));
    for (rest = value; !taken && strchr(value, ',') && (word = strsep(&rest, ","));) {
      PetscCall(take_word(app, key, word, &taken));
      taken = PETSC_FALSE;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode InputsText(const App *app, char **text)
{
  size_t length = 1, used = 0;

  PetscFunctionBegin;
  for (int k = 0; k < app->n_inputs; k++) {
    length += strlen(app->inputs[k].key) + strlen(app->inputs[k].file) + 64;
  }
  PetscCall(PetscCalloc1(length, text));
  for (int k = 0; k < app->n_inputs; k++) {
    const Input *i = &app->inputs[k];

    used += (size_t)snprintf(*text + used, length - used, "%s %lld %s %s\n", i->key,
                             (long long)i->bytes, i->checksum, i->file);
  }
  PetscFunctionReturn(0);
}

/* One line of the text; false at its end. */
static PetscBool next_input(const char **text, Input *input)
{
  long long bytes;
  int used = 0;
  const char *end = strchr(*text, '\n');

  if (!end || sscanf(*text, "%127s %lld %19s %n", input->key, &bytes, input->checksum, &used) < 3) {
    return PETSC_FALSE;
  }
  input->bytes = bytes;
  (void)snprintf(input->file, sizeof(input->file), "%.*s", (int)(end - *text - used), *text + used);
  *text = end + 1;
  return PETSC_TRUE;
}

/* The one of that key in the same place among those of that key, NULL for none. */
static const Input *counterpart(const App *app, const char *key, int place)
{
  for (int k = 0; k < app->n_inputs; k++) {
    if (!strcmp(app->inputs[k].key, key) && place-- == 0) {
      return &app->inputs[k];
    }
  }
  return NULL;
}

PetscErrorCode InputsCompare(App *app, const char *before, const char *when)
{
  Input old;
  char last[sizeof(old.key)] = "";
  int place = 0;

  PetscFunctionBegin;
  while (next_input(&before, &old)) {
    const Input *now;
    PetscBool same;

    place = strcmp(last, old.key) ? 0 : place + 1;
    PetscCall(PetscStrncpy(last, old.key, sizeof(last)));
    now = counterpart(app, old.key, place);
    same = now && now->bytes == old.bytes && !strcmp(now->checksum, old.checksum) ? PETSC_TRUE
                                                                                  : PETSC_FALSE;
    UserCheck(!now || same || strcmp(now->file, old.file) != 0,
              "%s has changed since %s; restore it or choose another -output", old.file, when);
    if (same && strcmp(now->file, old.file) != 0 &&
        strlen(app->moved) + strlen(old.key) + 2 < sizeof(app->moved)) {
      (void)snprintf(app->moved + strlen(app->moved), sizeof(app->moved) - strlen(app->moved),
                     "%s ", old.key);
      PetscCall(LogPrintf("restart    %s: %s has the content that %s had\n", old.key, now->file,
                          old.file));
    }
  }
  PetscFunctionReturn(0);
}

/* The part of a value behind the name of a file. */
static const char *behind_file(const char *value)
{
  const char *colon = NULL;

  for (const char *at = strstr(value, ":/"); at; at = strstr(at + 1, ":/")) {
    colon = at;
  }
  return colon ? colon : "";
}

PetscBool InputsMoved(const App *app, const char *key, const char *value, const char *before)
{
  const size_t length = strlen(key);
  const char *a = behind_file(value), *b = behind_file(before);

  for (const char *at = app->moved; (at = strstr(at, key)); at++) {
    if ((at == app->moved || at[-1] == ' ') && at[length] == ' ') {
      /* the closing quote of one is there or not */
      return !strncmp(a, b, strcspn(a, "'")) && strcspn(a, "'") == strcspn(b, "'") ? PETSC_TRUE
                                                                                   : PETSC_FALSE;
    }
  }
  return PETSC_FALSE;
}

PetscErrorCode InputsVerify(App *app)
{
  PetscFunctionBegin;
  for (int k = 0; k < app->n_inputs; k++) {
    const Input *input = &app->inputs[k];
    int64_t identity[4], bytes;
    char checksum[CHECKSUM_LENGTH];
    PetscErrorCode status = app->rank == 0 ? identify(input->file, identity) : 0;
    int touched =
        app->rank == 0 && !status && memcmp(identity, input->identity, sizeof(identity)) != 0;

    /* what is gone meanwhile has been read */
    PetscCallMPI(MPI_Bcast(&touched, 1, MPI_INT, 0, app->comm));
    if (touched) {
      PetscCall(FileChecksum(app->comm, input->file, &bytes, checksum));
      UserCheck(bytes == input->bytes && !strcmp(checksum, input->checksum),
                "%s has changed while the run was reading it; restore it, or begin again with "
                "-overwrite",
                input->file);
    }
  }
  PetscFunctionReturn(0);
}
