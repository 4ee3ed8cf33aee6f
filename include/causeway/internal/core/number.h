/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NUMBER_H
#define CAUSEWAY_NUMBER_H

#include <petscsys.h>
#include <stdint.h>

/* Parses a number that a user wrote. The whole word must be a number: no spaces, no trailing characters, no hexadecimal,
   infinite or undefined numbers, nothing outside the range of the type. Returns whether the word is a number; only then is
   `value` set. Not collective; usable before PetscInitialize(). */
PetscBool NumberReal(const char *text, double *value);

/* Parses an integer; 1e3 and 3.0 are integers too, up to 2^53. */
PetscBool NumberInteger(const char *text, int64_t *value);

/*@
  NumberWithUnit - parses a number in `unit`, or with another unit of time that is converted: 2h, 15min, 90s, 5ms, 20us

  Input:  unit  - unit of `value`; "s" and "min" also accept SLURM's times: M:S, H:M:S, D-H, D-H:M, D-H:M:S
@*/
PetscBool NumberWithUnit(const char *text, const char *unit, double *value);

/* Parse exactly n numbers between separators; each real number has its own unit. */
PetscBool NumberReals(const char *text, char separator, int n, const char *const units[],
                      double values[]);
PetscBool NumberIntegers(const char *text, char separator, int n, int64_t values[]);

enum { NUMBER_LENGTH = 64 };

/* Prints the shortest decimal number that parses as `value`. */
void NumberPrint(double value, char word[NUMBER_LENGTH]);

#endif
