/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_LINES_H
#define CAUSEWAY_TEXT_LINES_H

#include <petscsys.h>
#include <stdint.h>
#include <stdio.h>

/* Lines of a file in UTF-8, or in UTF-16 with a byte order mark; plain or gzip. Every rank may open it. */
typedef struct {
  const char *name; /* borrowed */
  FILE *stream;
  int64_t begin;        /* byte after the byte order mark */
  int64_t end;          /* size [bytes], INT64_MAX while unknown */
  PetscBool is_whole;   /* can only be read from its beginning, so one rank reads all of it */
  const char *encoding; /* for the log, or NULL */
  char line_end;        /* newline, or carriage return in old files */
  int64_t at, line;     /* byte after the present line; its number since TextSeek() */
  int64_t n_comments;   /* skipped since TextSeek() */
  PetscBool has_nul;    /* the line contains a zero byte */
  PetscBool is_open;    /* the last line of the file, without a line end: it may be truncated */
  char *text;           /* the present line, from getline() */
  size_t room;
} TextLines;

/* Opens a file; TextClose() frees it, also after an error. Not collective. */
PetscErrorCode TextOpen(const char *name, TextLines *lines);
void TextClose(TextLines *lines);

/* Goes to the beginning of a line; counts lines from there. */
PetscErrorCode TextSeek(TextLines *lines, int64_t at);

/* Goes to the first line that begins at or after a byte. */
PetscErrorCode TextSeekAfter(TextLines *lines, int64_t byte);

/*@
  TextNext    - reads the next line that is neither empty nor a comment
  TextNextAny - reads the next line, without its end

  Output: found - false at the end of the file
  Errors: CAUSEWAY_ERR_USER when the file cannot be read
@*/
PetscErrorCode TextNext(TextLines *lines, PetscBool *found);
PetscErrorCode TextNextAny(TextLines *lines, PetscBool *found);

/* Returns an error for line `number` of the file, which contains a zero byte. */
PetscErrorCode TextNulError(const TextLines *lines, int64_t number);

/*@
  TextUnpack - opens a UTF-16 or gzip file as a stream of UTF-8

  Output: (return value) NULL without enough memory; closed with fclose()
  Cost:   seeking backwards unpacks again from the beginning
@*/
FILE *TextUnpack(const char *name, const char **encoding);

#endif
