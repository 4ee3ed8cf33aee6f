/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_FIELDS_H
#define CAUSEWAY_TEXT_FIELDS_H

#include <petscsys.h>

/* What a field of a table is. */
typedef enum {
  FIELD_NUMBER,
  FIELD_MISSING,  /* empty, or a word that spreadsheets and statistics programs write for it */
  FIELD_INFINITE, /* or larger than a double can be */
  FIELD_TEXT
} FieldKind;

/*@
  FieldSeparator - the character between the fields: a tab, a semicolon or a comma, or else spaces

  Input: line, next - the first two lines of a table; the second may be NULL. A character that is equally often in
                      both is taken before one that is not.
@*/
char FieldSeparator(const char *line, const char *next);

/*@
  NextField - takes the next field off a line

  In/out: rest  - of the line, which is changed; NULL when there is none left
  Output: (return value) the field without spaces and quotes around it, NULL at the end
@*/
char *NextField(char **rest, char separator);

/* Fields of a line; `is_last_empty` (or NULL) tells whether the line ends with a separator. */
PetscErrorCode CountFields(const char *line, char separator, int64_t *n, PetscBool *is_last_empty);

/* Whether a quotation mark is not closed. */
PetscBool IsQuoteOpen(const char *line, char separator);

/* What a field is; the value is NAN when it is missing. Not for hexadecimal numbers, nor for words like "inf". */
FieldKind FieldNumber(const char *field, char decimal, double *value);

/* Whether a line is a comment: it begins with % or with #, and not with a marker of missing values such as #N/A. */
PetscBool IsComment(const char *line);

/* Numbers with a comma in the field: for certain decimals, for certain thousands, either, or no such number. */
typedef enum { COMMA_NONE, COMMA_DECIMAL, COMMA_THOUSANDS, COMMA_EITHER } CommaUse;
CommaUse FieldComma(const char *field);

/* Whether a text is UTF-8 without control characters. */
PetscBool IsPlainText(const char *text);

/* A short piece of a text that can be printed whatever it holds. */
typedef struct {
  char text[48];
} Excerpt;
Excerpt FieldExcerpt(const char *field);

#endif
