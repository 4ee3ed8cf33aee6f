/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_COLUMN_LOOK_H
#define CAUSEWAY_COLUMN_LOOK_H

#include "text_columns.h"

/* What the first lines have in a column. */
typedef struct {
  int n;
  PetscBool is_whole, is_text; /* all of them: numbers of neurons; some of them: words */
  PetscBool ascends, does_not_descend, repeats;
  PetscBool is_even; /* ascends in steps that differ by less than half of the first */
  double first, last, step;
} ColumnLook;

/* Looks at the first lines of a table. Not collective. */
PetscErrorCode ColumnLookAt(const TextColumns *c, int64_t column, ColumnLook *look);

/* Whether the numbers of a column may be times of spikes: they ascend, and not in equal steps as times of samples do.
   Equal steps count too where the only other column has whole numbers and this one fractions. */
PetscBool ColumnMayBeTimes(const TextColumns *c, const ColumnLook *look);

#endif
