/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NUMBER_H
#define CAUSEWAY_NUMBER_H

#include <petscsys.h>
#include <stdint.h>

/* Numbers in words that users write. A word is taken as a whole or refused: no spaces, nothing behind the number,
   no hexadecimal, infinite or undefined numbers, none too large or too small for its type. Not collective; true when
   the word is a number, and only then is `value` set. Usable before PetscInitialize(). */
PetscBool NumberReal(const char *text, double *value);

/* 1e3 and 3.0 are integers too, up to 2^53. */
PetscBool NumberInteger(const char *text, int64_t *value);

/*@
  NumberWithUnit - a number in `unit`, or with a unit behind it that is converted: 2h, 15min, 90s, 5ms, 20us

  Input:  unit  - of the value; for "s" and "min" also the clock of SLURM is read: M:S, H:M:S, D-H, D-H:M, D-H:M:S
@*/
PetscBool NumberWithUnit(const char *text, const char *unit, double *value);

/* Exactly n numbers with the separator between them, each with its unit. */
PetscBool NumberReals(const char *text, char separator, int n, const char *const units[],
                      double values[]);
PetscBool NumberIntegers(const char *text, char separator, int n, int64_t values[]);

enum { NUMBER_LENGTH = 64 };

/* The shortest decimal number that is read as `value`. */
void NumberPrint(double value, char word[NUMBER_LENGTH]);

#endif
