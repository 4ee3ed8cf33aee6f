/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_NAMES_H
#define CAUSEWAY_TEXT_NAMES_H

#include <petscsys.h>

/* Meaning of a column by its name. */
typedef enum {
  NAME_CHANNEL,
  NAME_TIME,   /* time of a sample or spike */
  NAME_INDEX,  /* running number */
  NAME_ID,     /* neuron of a spike */
  NAME_STEP,   /* time as a number of simulation steps */
  NAME_OFFSET, /* offset to be subtracted from such a time */
  NAME_GROUP   /* population of neurons */
} NameKind;

/*@
  ClassifyName - meaning of a name; case, blanks, brackets and underscores do not matter

  Output: unit_ms - unit of times [ms]; 0 when the name has none
@*/
NameKind ClassifyName(const char *name, double *unit_ms);

/* A unit of time by its name, such as msec [ms]; 0 for other words. */
double UnitOfTime(const char *word);

/* The unit of time at the end of a name, such as "Zeit [s]" or "start_ms" [ms]; 0 without one. */
double UnitInName(const char *name);

/* Name of a unit. */
const char *NameOfUnit(double unit_ms);

#endif
