/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "text_fields.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How often a character is in the line outside quotes. */
static int count_outside(const char *line, char separator)
{
  PetscBool quoted = PETSC_FALSE;
  int n = 0;

  for (const char *c = line; *c; c++) {
    if (*c == '"') {
      quoted = quoted ? PETSC_FALSE : PETSC_TRUE;
    }
    n += *c == separator && !quoted ? 1 : 0;
  }
  return n;
}

/* Names may hold commas and semicolons: there are fewer of those than separators. */
char FieldSeparator(const char *line)
{
  const int semicolons = count_outside(line, ';'), commas = count_outside(line, ',');

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

/* A field in quotes, in which two stand for one; moves `rest` behind it. */
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
  if (**rest == '"') {
    return quoted_field(rest, separator);
  }
  field = *rest;
  *rest = strchr(field, separator);
  if (*rest) {
    *(*rest)++ = 0;
  }
  trim(&field);
  return field;
}

PetscBool FieldNumber(const char *field, double *value)
{
  static const char *const missing[] = {"", "NA", "N/A", "nan", "null"};
  char *end;

  for (size_t k = 0; k < sizeof(missing) / sizeof(missing[0]); k++) {
    if (!strcasecmp(field, missing[k])) {
      *value = NAN;
      return PETSC_TRUE;
    }
  }
  *value = strtod(field, &end);
  return !*end ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool IsTimeName(const char *name, double *unit_ms)
{
  static const char *const names[] = {"timestamps", "timestamp", "times", "time", "t"};
  static const struct {
    const char *name;
    double ms;
  } units[] = {{"", 1e3}, {"s", 1e3},   {"sec", 1e3}, {"seconds", 1e3},
               {"ms", 1}, {"us", 1e-3}, {"min", 6e4}};
  char unit[16] = "";
  size_t length = 0, n = 0;

  for (size_t k = 0; k < sizeof(names) / sizeof(names[0]) && !length; k++) {
    if (!strncasecmp(name, names[k], strlen(names[k])) &&
        !isalnum((unsigned char)name[strlen(names[k])])) {
      length = strlen(names[k]);
    }
  }
  if (!length) {
    return PETSC_FALSE;
  }
  for (const char *c = name + length; *c && n + 1 < sizeof(unit); c++) {
    if (!strchr(" _()[]", *c)) {
      unit[n++] = *c;
    }
  }
  for (size_t k = 0; k < sizeof(units) / sizeof(units[0]); k++) {
    if (!strcasecmp(unit, units[k].name)) {
      *unit_ms = units[k].ms;
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

PetscBool IsIndexName(const char *name)
{
  static const char *const names[] = {"", "index", "frame", "frames", "sample"};

  for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
    if (!strcasecmp(name, names[k])) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}
