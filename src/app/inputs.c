/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Input files named by parameters. Length and checksum of the whole content tell whether a file is
   still the one that the run read, regardless of name, age and location. */
#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Removes YAML's single quotes from a value. */
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

/* Takes length, inode and time of a file; runs on rank 0. */
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

/* Adds the file that a word names to the inputs, if it names one; the same on all ranks. */
static PetscErrorCode take_word(Run *run, const char *key, const char *word, PetscBool *taken)
{
  char file[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  int found = 0;
  Input *input;

  PetscFunctionBegin;
  *taken = PETSC_FALSE;
  PetscCall(ParseFilePath(word, sizeof(file), file, path));
  PetscCall(PetscRealloc((size_t)(run->n_inputs + 1) * sizeof(Input), &run->inputs));
  input = &run->inputs[run->n_inputs];
  /* a word without dot and slash is not taken for a file, even if such a file exists */
  found = run->rank == 0 && strpbrk(file, "./") && !identify(file, input->identity);
  PetscCallMPI(MPI_Bcast(&found, 1, MPI_INT, 0, run->comm));
  if (found) {
    PetscCall(PetscStrncpy(input->key, key, sizeof(input->key)));
    PetscCall(PetscStrncpy(input->file, file, sizeof(input->file)));
    PetscCall(FileChecksum(run->comm, file, &input->bytes, input->checksum));
    run->n_inputs++;
    *taken = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode InputsTake(Run *run)
{
  const char *text = run->parameters_yaml;
  char key[128], value[PETSC_MAX_PATH_LEN], *rest, *word;
  PetscBool taken;

  PetscFunctionBegin;
  run->n_inputs = 0;
  while (RestartNextEntry(&text, key, value)) {
    if (RestartIsFree(run, key)) {
      continue;
    }
    unquote(value);
    PetscCall(take_word(run, key, value, &taken));
    for (rest = value; !taken && strchr(value, ',') && (word = strsep(&rest, ","));) {
      PetscCall(take_word(run, key, word, &taken));
      taken = PETSC_FALSE;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode InputsText(const Run *run, char **text)
{
  size_t length = 1, used = 0;

  PetscFunctionBegin;
  for (int k = 0; k < run->n_inputs; k++) {
    length += strlen(run->inputs[k].key) + strlen(run->inputs[k].file) + 64;
  }
  PetscCall(PetscCalloc1(length, text));
  for (int k = 0; k < run->n_inputs; k++) {
    const Input *i = &run->inputs[k];

    used += (size_t)snprintf(*text + used, length - used, "%s %lld %s %s\n", i->key,
                             (long long)i->bytes, i->checksum, i->file);
  }
  PetscFunctionReturn(0);
}

/* Reads the next line of the text; false at the end. */
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

/* Finds input number `place` of the same key; NULL if there is none. */
static const Input *counterpart(const Run *run, const char *key, int place)
{
  for (int k = 0; k < run->n_inputs; k++) {
    if (!strcmp(run->inputs[k].key, key) && place-- == 0) {
      return &run->inputs[k];
    }
  }
  return NULL;
}

PetscErrorCode InputsCompare(Run *run, const char *before, const char *when)
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
    now = counterpart(run, old.key, place);
    same = now && now->bytes == old.bytes && !strcmp(now->checksum, old.checksum) ? PETSC_TRUE
                                                                                  : PETSC_FALSE;
    UserCheck(!now || same || strcmp(now->file, old.file) != 0,
              "%s has changed since %s; restore it or choose another -output", old.file, when);
    if (same && strcmp(now->file, old.file) != 0 &&
        strlen(run->moved) + strlen(old.key) + 2 < sizeof(run->moved)) {
      (void)snprintf(run->moved + strlen(run->moved), sizeof(run->moved) - strlen(run->moved),
                     "%s ", old.key);
      PetscCall(LogPrintf("restart    %s: %s has the content that %s had\n", old.key, now->file,
                          old.file));
    }
  }
  PetscFunctionReturn(0);
}

/* Returns the part of a value that follows the file name. */
static const char *behind_file(const char *value)
{
  const char *colon = NULL;

  for (const char *at = strstr(value, ":/"); at; at = strstr(at + 1, ":/")) {
    colon = at;
  }
  return colon ? colon : "";
}

PetscBool InputsMoved(const Run *run, const char *key, const char *value, const char *before)
{
  const size_t length = strlen(key);
  const char *a = behind_file(value), *b = behind_file(before);

  for (const char *at = run->moved; (at = strstr(at, key)); at++) {
    if ((at == run->moved || at[-1] == ' ') && at[length] == ' ') {
      /* only one of the two may have a closing quote */
      return !strncmp(a, b, strcspn(a, "'")) && strcspn(a, "'") == strcspn(b, "'") ? PETSC_TRUE
                                                                                   : PETSC_FALSE;
    }
  }
  return PETSC_FALSE;
}

PetscErrorCode InputsVerify(Run *run)
{
  PetscFunctionBegin;
  for (int k = 0; k < run->n_inputs; k++) {
    const Input *input = &run->inputs[k];
    int64_t identity[4], bytes;
    char checksum[CHECKSUM_LENGTH];
    PetscErrorCode status = run->rank == 0 ? identify(input->file, identity) : 0;
    int touched =
        run->rank == 0 && !status && memcmp(identity, input->identity, sizeof(identity)) != 0;

    /* a file deleted in the meantime has already been read */
    PetscCallMPI(MPI_Bcast(&touched, 1, MPI_INT, 0, run->comm));
    if (touched) {
      PetscCall(FileChecksum(run->comm, input->file, &bytes, checksum));
      UserCheck(bytes == input->bytes && !strcmp(checksum, input->checksum),
                "%s has changed while the run was reading it; restore it, or begin again with "
                "-overwrite",
                input->file);
    }
  }
  PetscFunctionReturn(0);
}
