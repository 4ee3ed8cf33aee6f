/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_FIELDS_H
#define CAUSEWAY_TEXT_FIELDS_H

#include <petscsys.h>

/* Kinds of fields of a table. */
typedef enum {
  FIELD_NUMBER,
  FIELD_MISSING,  /* empty, or a word for missing values of spreadsheets and statistics programs */
  FIELD_INFINITE, /* infinite, or beyond the range of a double */
  FIELD_TEXT
} FieldKind;

/*@
  FieldSeparator - the character between fields: a tab, a semicolon or a comma, or else spaces

  Input: line, next - the first two lines of a table; the second may be NULL. A character with equal counts in both lines
                      is preferred.
@*/
char FieldSeparator(const char *line, const char *next);

/*@
  NextField - takes the next field from a line

  In/out: rest  - rest of the line, which is modified; NULL at its end
  Output: (return value) the field without surrounding spaces and quotes, NULL at the end
@*/
char *NextField(char **rest, char separator);

/* Counts the fields of a line; `is_last_empty` (or NULL) tells whether the line ends with a separator. */
PetscErrorCode CountFields(const char *line, char separator, int64_t *n, PetscBool *is_last_empty);

/* Whether a quotation mark is left open. */
PetscBool IsQuoteOpen(const char *line, char separator);

/* Classifies a field; the value of a missing one is NAN. Hexadecimal numbers and words like "inf" are not numbers. */
FieldKind FieldNumber(const char *field, char decimal, double *value);

/* Whether a line is a comment: it begins with % or #, but not with a marker of missing values such as #N/A. */
PetscBool IsComment(const char *line);

/* Use of commas in a number: certainly decimal, certainly thousands, either, or not a number. */
typedef enum { COMMA_NONE, COMMA_DECIMAL, COMMA_THOUSANDS, COMMA_EITHER } CommaUse;
CommaUse FieldComma(const char *field);

/* Whether a text is UTF-8 without control characters. */
PetscBool IsPlainText(const char *text);

/* A short printable excerpt of any text. */
typedef struct {
  char text[48];
} Excerpt;
Excerpt FieldExcerpt(const char *field);

#endif
