/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_COLUMN_LOOK_H
#define CAUSEWAY_COLUMN_LOOK_H

#include "text_columns.h"

/* Properties of a column in the first lines. */
typedef struct {
  int n;
  PetscBool is_whole, is_text; /* all fields are neuron numbers; some fields are words */
  PetscBool ascends, does_not_descend, repeats;
  PetscBool is_even; /* ascends in steps that differ by less than half of the first */
  double first, last, step;
} ColumnLook;

/* Examines the first lines of a table. Not collective. */
PetscErrorCode ColumnLookAt(const TextColumns *c, int64_t column, ColumnLook *look);

/* Whether a column may hold spike times: it ascends, but not in equal steps as sample times do. Equal steps are accepted
   when the only other column has integers and this one has fractions. */
PetscBool ColumnMayBeTimes(const TextColumns *c, const ColumnLook *look);

#endif
