/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "text_fields.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Number of occurrences of a character in the line outside quotes. */
static int64_t count_outside(const char *line, char separator)
{
  PetscBool quoted = PETSC_FALSE;
  int64_t n = 0;

  for (const char *c = line; *c; c++) {
    if (*c == '"') {
      quoted = quoted ? PETSC_FALSE : PETSC_TRUE;
    }
    n += *c == separator && !quoted ? 1 : 0;
  }
  return n;
}

/* Names may contain commas and semicolons, but fewer than there are separators. */
char FieldSeparator(const char *line, const char *next)
{
  static const char separators[] = "\t;,";
  const int64_t semicolons = count_outside(line, ';'), commas = count_outside(line, ',');

  for (const char *c = separators; *c && next; c++) {
    const int64_t n = count_outside(line, *c);

    if (n > 0 && n == count_outside(next, *c)) {
      return *c;
    }
  }
  if (count_outside(line, '\t')) {
    return '\t';
  }
  if (!semicolons && !commas) {
    return ' ';
  }
  return (char)(semicolons >= commas ? ';' : ',');
}

static void trim(char **field)
{
  char *end = *field + strlen(*field);

  while (isspace((unsigned char)**field)) {
    (*field)++;
  }
  while (end > *field && isspace((unsigned char)end[-1])) {
    *--end = 0;
  }
}

/* A field in quotes, in which a doubled quote stands for one; moves `rest` behind it. */
static char *quoted_field(char **rest, char separator)
{
  char *from = *rest + 1, *to = *rest, *field = *rest;

  while (*from && !(from[0] == '"' && from[1] != '"')) {
    from += from[0] == '"' ? 1 : 0;
    *to++ = *from++;
  }
  from = *from ? strchr(from, separator) : NULL;
  *to = 0;
  *rest = from ? from + 1 : NULL;
  return field;
}

char *NextField(char **rest, char separator)
{
  char *field;

  if (*rest && separator == ' ') {
    *rest += strspn(*rest, " ");
    *rest = **rest && **rest != '\n' && **rest != '\r' ? *rest : NULL;
  }
  if (!*rest) {
    return NULL;
  }
  field = *rest + (separator == ' ' ? 0 : strspn(*rest, " "));
  if (*field == '"') {
    *rest = field;
    field = quoted_field(rest, separator);
    trim(&field);
    return field;
  }
  *rest = strchr(field, separator);
  if (*rest) {
    *(*rest)++ = 0;
  }
  trim(&field);
  return field;
}

PetscErrorCode CountFields(const char *line, char separator, int64_t *n, PetscBool *is_last_empty)
{
  char *copy, *rest, *field;

  PetscFunctionBegin;
  *n = 0;
  PetscCall(PetscStrallocpy(line, &copy));
  rest = copy;
  while ((field = NextField(&rest, separator))) {
    ++*n;
    if (is_last_empty) {
      *is_last_empty = !*field ? PETSC_TRUE : PETSC_FALSE;
    }
  }
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

PetscBool IsQuoteOpen(const char *line, char separator)
{
  const char *c = line;

  while (c) {
    c += strspn(c, " ");
    if (*c == '"') {
      for (c++; *c && !(c[0] == '"' && c[1] != '"'); c++) {
        c += c[0] == '"' ? 1 : 0;
      }
      if (!*c) {
        return PETSC_TRUE;
      }
    }
    c = strchr(c, separator);
    c = c ? c + 1 : NULL;
  }
  return PETSC_FALSE;
}

/* Markers of missing values that begin like comments. */
static const char *const error_values[] = {"#N/A",  "#NA",    "#DIV/0!", "#REF!",  "#VALUE!",
                                           "#NUM!", "#NAME?", "#NULL!",  "#CALC!", "#SPILL!"};

static PetscBool is_missing(const char *field)
{
  static const char *const words[] = {"",     "NA",   "N/A", "<NA>",     "nan",      "-nan",
                                      "null", "none", "-",   "1.#IND",   "-1.#IND",  "1.#QNAN",
                                      "--",   "NaT",  ".",   "#N/A N/A", "-1.#QNAN", "+nan"};

  for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
    if (!strcasecmp(field, words[k])) {
      return PETSC_TRUE;
    }
  }
  for (size_t k = 0; k < sizeof(error_values) / sizeof(error_values[0]); k++) {
    if (!strcasecmp(field, error_values[k])) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Whether a field is digits with at most one decimal point and an exponent; strtod() accepts more. */
static PetscBool is_decimal(const char *field)
{
  const char *c = field + (*field == '+' || *field == '-' ? 1 : 0);
  const size_t before = strspn(c, "0123456789");
  size_t after = 0;

  c += before;
  if (*c == '.') {
    after = strspn(++c, "0123456789");
    c += after;
  }
  if (before + after == 0) {
    return PETSC_FALSE;
  }
  if (*c == 'e' || *c == 'E') {
    c += c[1] == '+' || c[1] == '-' ? 2 : 1;
    if (!isdigit((unsigned char)*c)) {
      return PETSC_FALSE;
    }
    c += strspn(c, "0123456789");
  }
  return !*c ? PETSC_TRUE : PETSC_FALSE;
}

/* Replaces the decimal comma of a field by a point. */
static PetscBool with_point(const char *field, char number[], size_t size)
{
  char *comma;

  if (strlen(field) >= size || strchr(field, '.')) {
    return PETSC_FALSE;
  }
  (void)memcpy(number, field, strlen(field) + 1);
  comma = strchr(number, ',');
  if (comma) {
    *comma = '.';
  }
  return PETSC_TRUE;
}

/* Classifies a field that is not a number: missing value, boolean, infinity, or other text. */
static FieldKind word(const char *field, double *value)
{
  const char *unsigned_word = field + (*field == '+' || *field == '-' ? 1 : 0);

  if (is_missing(field)) {
    return FIELD_MISSING;
  }
  if (!strcasecmp(field, "true") || !strcasecmp(field, "false")) {
    *value = tolower((unsigned char)field[0]) == 't' ? 1 : 0;
    return FIELD_NUMBER;
  }
  return !strcasecmp(unsigned_word, "inf") || !strcasecmp(unsigned_word, "infinity")
             ? FIELD_INFINITE
             : FIELD_TEXT;
}

FieldKind FieldNumber(const char *field, char decimal, double *value)
{
  char number[128];
  const char *digits = field;

  *value = NAN;
  if (decimal == ',') {
    if (!with_point(field, number, sizeof(number))) {
      return word(field, value);
    }
    digits = number;
  }
  if (!is_decimal(digits)) {
    return word(field, value);
  }
  *value = strtod(digits, NULL);
  return isfinite(*value) ? FIELD_NUMBER : FIELD_INFINITE;
}

PetscBool IsComment(const char *line)
{
  line += strspn(line, " \t");
  if (*line != '#') {
    return *line == '%' ? PETSC_TRUE : PETSC_FALSE;
  }
  for (size_t k = 0; k < sizeof(error_values) / sizeof(error_values[0]); k++) {
    const size_t length = strlen(error_values[k]);

    if (!strncasecmp(line, error_values[k], length) &&
        (!line[length] || strchr(",; \t\r\n", line[length]))) {
      return PETSC_FALSE;
    }
  }
  return PETSC_TRUE;
}

/* 1,234 may be either; 0,234 and 1,23 are decimals; 1,234.5 and 1,234,567 have thousands separators. */
CommaUse FieldComma(const char *field)
{
  char number[128];
  const char *comma = strchr(field, ',');
  size_t before, after;

  if (!comma || strlen(field) >= sizeof(number)) {
    return COMMA_NONE;
  }
  before = strspn(field + strspn(field, "+-"), "0123456789");
  after = strspn(comma + 1, "0123456789");
  if (after == 3 && before >= 1 && before <= 3 && (comma[4] == ',' || comma[4] == '.')) {
    return COMMA_THOUSANDS;
  }
  if (!with_point(field, number, sizeof(number)) || !is_decimal(number)) {
    return COMMA_NONE;
  }
  return after == 3 && !comma[4] && before >= 1 && before <= 3 && comma[-(int)before] != '0'
             ? COMMA_EITHER
             : COMMA_DECIMAL;
}

/* Number of bytes of the first UTF-8 character, 0 when it is invalid. */
static int length_utf8(const unsigned char *c)
{
  const int length =
      *c < 0x80 ? 1
                : (*c >= 0xc2 && *c < 0xe0
                       ? 2
                       : (*c >= 0xe0 && *c < 0xf0 ? 3 : (*c >= 0xf0 && *c < 0xf5 ? 4 : 0)));

  for (int k = 1; k < length; k++) {
    if ((c[k] & 0xc0) != 0x80) {
      return 0;
    }
  }
  /* refuses overlong forms, surrogates, and code points beyond the last */
  if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) || (*c == 0xf0 && c[1] < 0x90) ||
      (*c == 0xf4 && c[1] > 0x8f)) {
    return 0;
  }
  return length;
}

PetscBool IsPlainText(const char *text)
{
  for (const unsigned char *c = (const unsigned char *)text; *c;) {
    const int length = length_utf8(c);

    if (length == 0 || *c < ' ' || *c == 0x7f) {
      return PETSC_FALSE;
    }
    c += length;
  }
  return PETSC_TRUE;
}

Excerpt FieldExcerpt(const char *field)
{
  Excerpt excerpt = {""};
  char *to = excerpt.text;

  for (const unsigned char *c = (const unsigned char *)field; *c;) {
    const int length = length_utf8(c);

    if (to + PetscMax(length, 1) > excerpt.text + sizeof(excerpt.text) - 4) {
      (void)memcpy(to, "...", sizeof("..."));
      break;
    }
    if (length == 0 || *c < ' ' || *c == 0x7f) {
      *to++ = '?';
      c++;
      continue;
    }
    for (int k = 0; k < length; k++) {
      *to++ = (char)*c++;
    }
  }
  return excerpt;
}
