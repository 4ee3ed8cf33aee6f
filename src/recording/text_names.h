/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_NAMES_H
#define CAUSEWAY_TEXT_NAMES_H

#include <petscsys.h>

/* What the name of a column says about it. */
typedef enum {
  NAME_CHANNEL,
  NAME_TIME,   /* of samples or spikes */
  NAME_INDEX,  /* a running number */
  NAME_ID,     /* of neurons, in lists of spikes */
  NAME_STEP,   /* times as numbers of steps of a simulation */
  NAME_OFFSET, /* what is to be subtracted from such times */
  NAME_GROUP   /* population of neurons */
} NameKind;

/*@
  ClassifyName - what a name says; lower and upper case, blanks, brackets and underscores do not matter

  Output: unit_ms - of times, in ms; 0 when the name has none
@*/
NameKind ClassifyName(const char *name, double *unit_ms);

/* A unit of time in ms by its name, such as msec; 0 for other words. */
double UnitOfTime(const char *word);

/* The unit of time in ms that ends a name, such as "Zeit [s]" or "start_ms"; 0 without any. */
double UnitInName(const char *name);

/* What a unit is called. */
const char *NameOfUnit(double unit_ms);

#endif
