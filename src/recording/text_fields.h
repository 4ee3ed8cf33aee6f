/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_FIELDS_H
#define CAUSEWAY_TEXT_FIELDS_H

#include <petscsys.h>

/* The character between the fields of a line: a tab, a semicolon or a comma, whichever is more, or else spaces. */
char FieldSeparator(const char *line);

/*@
  NextField - takes the next field off a line

  In/out: rest  - of the line, which is changed; NULL when there is none left
  Output: (return value) the field without spaces and quotes around it, NULL at the end
@*/
char *NextField(char **rest, char separator);

/* A number; NAN for a field that is empty, NA, NaN or null. False when it is something else. */
PetscBool FieldNumber(const char *field, double *value);

/* Whether a name is that of times, and of how many ms their unit is. */
PetscBool IsTimeName(const char *name, double *unit_ms);

/* Whether a name is that of a running number, which says nothing. */
PetscBool IsIndexName(const char *name);

#endif
