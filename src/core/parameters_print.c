/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters as text: used_parameters.yaml, and the output of -help. */
#include "parameters_impl.h"

#include "causeway/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In single quotes YAML takes every character literally, except the quote, which is doubled. */
static void write_quoted(FILE *stream, const char *word)
{
  (void)fputc('\'', stream);
  for (const char *c = word; *c; c++) {
    (void)fprintf(stream, *c == '\'' ? "''" : "%c", *c);
  }
  (void)fputc('\'', stream);
}

static PetscBool is_plain(const char *word)
{
  for (const char *c = word; *c; c++) {
    if (!isalnum((unsigned char)*c) && !strchr("_./+-", *c)) {
      return PETSC_FALSE;
    }
  }
  return isalnum((unsigned char)word[0]) || (word[0] == '-' && isdigit((unsigned char)word[1]))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

static void write_entry(FILE *stream, const Entry *entry)
{
  (void)fprintf(stream, "%s: ", entry->key);
  if (is_plain(entry->value)) {
    (void)fputs(entry->value, stream);
  } else {
    write_quoted(stream, entry->value);
  }
  (void)fprintf(stream, "  # %s", entry->spec.text);
  if (entry->spec.unit && strcmp(entry->spec.unit, "1") != 0) {
    (void)fprintf(stream, " [%s]", entry->spec.unit);
  }
  (void)fprintf(stream, "\n");
}

static void write_entries(Parameters parameters, FILE *stream)
{
  const char *section = "";

  for (int i = 0; i < parameters->n_entries; i++) {
    const Entry *entry = &parameters->entries[i];

    if (!entry->active) {
      continue;
    }
    if (strcmp(section, entry->section) != 0) {
      section = entry->section;
      (void)fprintf(stream, "%s# %s\n", i ? "\n" : "", section);
    }
    /* an unset word has no value to write */
    if (entry->value[0]) {
      write_entry(stream, entry);
    }
  }
}

PetscErrorCode ParametersWrite(Parameters parameters, const char *path)
{
  int rank;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(parameters->comm, &rank));
  if (rank == 0) {
    FILE *stream = fopen(path, "w");

    if (stream) {
      write_entries(parameters, stream);
    }
    if (!stream || ferror(stream) || fclose(stream)) {
      status = UserError("%s: cannot write: %s", path, strerror(errno));
    }
  }
  PetscCall(ErrorAgree(parameters->comm, status));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersYaml(Parameters parameters, char **text)
{
  char *buffer = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&buffer, &length);

  PetscFunctionBegin;
  PetscCheck(stream, PETSC_COMM_SELF, PETSC_ERR_MEM, "open_memstream");
  write_entries(parameters, stream);
  (void)fclose(stream);
  PetscCall(PetscStrallocpy(buffer, text));
  free(buffer);
  PetscFunctionReturn(0);
}
