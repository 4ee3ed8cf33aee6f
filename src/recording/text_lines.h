/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_LINES_H
#define CAUSEWAY_TEXT_LINES_H

#include <petscsys.h>
#include <stdint.h>
#include <stdio.h>

/* Lines of a file in UTF-8 or, with a mark at its beginning, UTF-16; as it is or packed by gzip. Every rank may open it. */
typedef struct {
  const char *name; /* borrowed */
  FILE *stream;
  int64_t begin;        /* byte behind a mark of the encoding */
  int64_t end;          /* bytes, INT64_MAX while not known */
  PetscBool is_whole;   /* is read from the beginning only, so that one rank reads all of it */
  const char *encoding; /* for the log, or NULL */
  char line_end;        /* a newline, or a carriage return in files of old */
  int64_t at, line;     /* byte after the line that was read; its number since TextSeek() */
  int64_t n_comments;   /* left out since TextSeek() */
  PetscBool has_nul;    /* the line goes on behind a byte of 0 */
  PetscBool is_open;    /* the line is the last one and has no end: it may have been cut */
  char *text;           /* of the line; of getline() */
  size_t room;
} TextLines;

/* Opens a file; not collective. Ended with TextClose(), also after an error. */
PetscErrorCode TextOpen(const char *name, TextLines *lines);
void TextClose(TextLines *lines);

/* Goes to a byte at which a line begins; counts lines from there. */
PetscErrorCode TextSeek(TextLines *lines, int64_t at);

/* Goes to the first line that begins at a byte or after it. */
PetscErrorCode TextSeekAfter(TextLines *lines, int64_t byte);

/*@
  TextNext    - reads the next line that is neither empty nor a comment
  TextNextAny - reads the next line, without its end

  Output: found - false at the end of the file
  Errors: CAUSEWAY_ERR_USER when the file cannot be read
@*/
PetscErrorCode TextNext(TextLines *lines, PetscBool *found);
PetscErrorCode TextNextAny(TextLines *lines, PetscBool *found);

/* A line with a byte of 0 as an error, line `number` of the file. */
PetscErrorCode TextNulError(const TextLines *lines, int64_t number);

/*@
  TextUnpack - a stream of a file in UTF-16 or packed by gzip, as UTF-8

  Output: (return value) NULL when there is no memory; closed with fclose()
  Cost:   going back begins at the beginning
@*/
FILE *TextUnpack(const char *name, const char **encoding);

#endif
