/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SERIAL_H
#define CAUSEWAY_SERIAL_H

#include <petscsys.h>
#include <stdint.h>
#include <stdio.h>

/* What the commands share that run in one process without MPI. Functions that can fail return 0 or
   CAUSEWAY_ERR_USER with the line of UserErrorMessage(), as in the rest of the program, but neither
   PETSc's stack nor its memory is there to be used. */
#define SerialCall(...)                                                                            \
  do {                                                                                             \
    const PetscErrorCode serial_call_status = (__VA_ARGS__);                                       \
    if (serial_call_status) {                                                                      \
      return serial_call_status;                                                                   \
    }                                                                                              \
  } while (0)

/* Memory that ends the program when there is none, words, numbers. */
void *MemoryGrow(void *block, int64_t count, size_t size);
char *TextCopy(const char *text);
PetscBool TextInteger(const char *text, int64_t low, int64_t high, int64_t *value);
PetscBool TextReal(const char *text, double *value);

/* Bytes of the character of UTF-8 at `text`, and its code; 0 for what is none, in whose place the replacement goes. */
size_t Utf8Character(const char *text, uint32_t *code);
extern const char Utf8Replacement[];

/* A field of a CSV file; quoted where it must be (RFC 4180), what is not UTF-8 replaced. */
void CsvText(FILE *stream, const char *text);

/* A text in XML or HTML, between tags or quotes; what is not UTF-8 becomes the sign for that. */
void XmlText(FILE *stream, const char *text);

/* A path; the system refuses one that had to be cut. */
void PathPrint(char path[PETSC_MAX_PATH_LEN], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
PetscErrorCode DirectoryMake(const char *path); /* and those above it */
/* A file that appears under its name only when complete; a pipe or a device is written to as it is. */
PetscErrorCode FileBegin(const char *path, FILE **stream);
PetscErrorCode FileCommit(const char *path, FILE **stream);
void FileDiscard(const char *path, FILE **stream);

/* An option of a command; `value` is NULL for a flag, "a|b|c" for a choice, else what stands for it. */
typedef struct {
  const char *name, *value;
} SerialOption;

/* One of several commands behind a word of the command line. */
typedef struct {
  const char *name;
  const SerialOption *options;
} SerialCommand;

enum { SERIAL_MOST_OPTIONS = 8 };

/*@
  OptionsParse - the words after a command: one input, and options with one dash or two

  Input:  command - for messages, such as "sweep plan"
          needs   - what the input is, and how it is written, for a message: "a sweep file", "FILE.yaml"
          options - ends with a name that is NULL
          argc, argv - only the words after the command
  Output: input   - borrowed
          values  - (options) borrowed; NULL for an option that is not given, "" for a flag that is
@*/
PetscErrorCode OptionsParse(const char *command, const char *const needs[2],
                            const SerialOption options[], int argc, char **argv, const char **input,
                            const char *values[SERIAL_MOST_OPTIONS]);

/* Whether help is asked for: by no word at all, "help" as the first, or -help. */
PetscBool WantsHelp(int argc, char **argv);

/* Prints the error of a command that failed, and what is left to be printed; returns the exit status. */
int SerialEnd(PetscErrorCode status, int exit_status);

#endif
