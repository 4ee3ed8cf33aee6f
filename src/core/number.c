/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/core/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "0123456789", decimal[] = "0123456789+-.eE";

PetscBool NumberReal(const char *text, double *value)
{
  double number;
  char *end;

  /* strtod() alone takes spaces, hexadecimal numbers, inf and nan */
  if (!text[0] || text[strspn(text, decimal)]) {
    return PETSC_FALSE;
  }
  errno = 0;
  number = strtod(text, &end);
  if (end == text || *end || !isfinite(number) || (errno == ERANGE && number == 0)) {
    return PETSC_FALSE;
  }
  *value = number;
  return PETSC_TRUE;
}

PetscBool NumberInteger(const char *text, int64_t *value)
{
  const double most = 9007199254740992.0; /* 2^53: larger reals are not exact */
  const char *first = text + (text[0] == '-' || text[0] == '+');
  double number;

  if (first[0] && !first[strspn(first, digits)]) {
    long long whole;

    errno = 0;
    whole = strtoll(text, NULL, 10);
    *value = errno ? *value : whole;
    return errno ? PETSC_FALSE : PETSC_TRUE;
  }
  if (!NumberReal(text, &number) || fabs(number) > most || number != floor(number)) {
    return PETSC_FALSE;
  }
  *value = (int64_t)number;
  return PETSC_TRUE;
}

/* Parses a count of one to nine digits; negative for anything else. */
static int64_t count_of(const char *text, size_t length)
{
  char word[10];

  if (length == 0 || length >= sizeof(word) || strspn(text, digits) < length) {
    return -1;
  }
  memcpy(word, text, length);
  word[length] = 0;
  return strtoll(word, NULL, 10);
}

/* Parses M:S, H:M:S, D-H, D-H:M or D-H:M:S; the result is in seconds. */
static PetscBool read_clock(const char *text, double *seconds)
{
  static const int64_t size[] = {86400, 3600, 60, 1}, limit[] = {INT64_MAX, 24, 60, 60};
  const char *dash = strchr(text, '-');
  const char *at = dash ? dash + 1 : text;
  int64_t days = dash ? count_of(text, (size_t)(dash - text)) : 0, part[3], total;
  int n = 0, first;

  for (PetscBool more = PETSC_TRUE; more; n++) {
    const size_t length = strcspn(at, ":");

    if (n == 3 || (part[n] = count_of(at, length)) < 0) {
      return PETSC_FALSE;
    }
    more = at[length] ? PETSC_TRUE : PETSC_FALSE;
    at += length + 1;
  }
  if (days < 0 || (!dash && n < 2)) {
    return PETSC_FALSE;
  }
  first = dash ? 1 : 4 - n; /* index into days, hours, minutes, seconds */
  total = days * size[0];
  for (int k = 0; k < n; k++) {
    if ((k > 0 || dash) && part[k] >= limit[first + k]) {
      return PETSC_FALSE;
    }
    total += part[k] * size[first + k];
  }
  *seconds = (double)total;
  return PETSC_TRUE;
}

/* Microseconds in a unit of time, 0 for an unknown unit. */
static double microseconds(const char *unit)
{
  static const struct {
    const char *name;
    double microseconds;
  } units[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"min", 60e6}, {"h", 3600e6}, {"d", 86400e6}};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(units); k++) {
    if (!strcmp(unit, units[k].name)) {
      return units[k].microseconds;
    }
  }
  return 0;
}

PetscBool NumberWithUnit(const char *text, const char *unit, double *value)
{
  const size_t length = strspn(text, decimal);
  const char *behind = text + length + (text[length] == ' ');
  char number[NUMBER_LENGTH];
  double from, to = unit ? microseconds(unit) : 0, amount;

  if (to >= 1e6 && read_clock(text, &amount)) {
    *value = amount * 1e6 / to;
    return PETSC_TRUE;
  }
  if (!text[length]) {
    return NumberReal(text, value);
  }
  from = strcmp(behind, unit ? unit : "1") ? microseconds(behind) : to;
  if (length >= sizeof(number) || !unit || !behind[0] ||
      (strcmp(behind, unit) != 0 && !(from && to))) {
    return PETSC_FALSE;
  }
  memcpy(number, text, length);
  number[length] = 0;
  if (!strcmp(unit, "1") || !NumberReal(number, &amount)) {
    return PETSC_FALSE;
  }
  amount = from && to ? amount * from / to : amount;
  if (!isfinite(amount)) {
    return PETSC_FALSE;
  }
  *value = amount;
  return PETSC_TRUE;
}

/* Copies the word before the separator, or the last word; NULL after the last. */
static const char *next_word(const char *text, char separator, char word[NUMBER_LENGTH])
{
  const char *end = strchr(text + (text[0] == separator), separator);
  const size_t length = end ? (size_t)(end - text) : strlen(text);

  (void)snprintf(word, NUMBER_LENGTH, "%.*s", (int)PetscMin(length, NUMBER_LENGTH), text);
  if (length >= NUMBER_LENGTH) {
    word[0] = 0; /* no number is this long */
  }
  return end ? end + 1 : NULL;
}

PetscBool NumberReals(const char *text, char separator, int n, const char *const units[],
                      double values[])
{
  char word[NUMBER_LENGTH] = "";

  for (int k = 0; k < n; k++) {
    text = text ? next_word(text, separator, word) : NULL;
    if ((!text && k + 1 < n) || !NumberWithUnit(word, units[k], &values[k])) {
      return PETSC_FALSE;
    }
  }
  return text ? PETSC_FALSE : PETSC_TRUE;
}

PetscBool NumberIntegers(const char *text, char separator, int n, int64_t values[])
{
  char word[NUMBER_LENGTH] = "";

  for (int k = 0; k < n; k++) {
    text = text ? next_word(text, separator, word) : NULL;
    if ((!text && k + 1 < n) || !NumberInteger(word, &values[k])) {
      return PETSC_FALSE;
    }
  }
  return text ? PETSC_FALSE : PETSC_TRUE;
}

void NumberPrint(double value, char word[NUMBER_LENGTH])
{
  (void)snprintf(word, NUMBER_LENGTH, "%.15g", value);
  if (strtod(word, NULL) != value) {
    (void)snprintf(word, NUMBER_LENGTH, "%.17g", value);
  }
}
