/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Guesses from its numbers what a column is when its name does not tell. */
#include "column_look.h"

#include "text_fields.h"

#include <math.h>

/* Number of lines from which the guess about a column without a name is used. */
enum { ENOUGH_LINES = 10 };

PetscErrorCode ColumnLookAt(const TextColumns *c, int64_t column, ColumnLook *look)
{
  const TextHead *h = c->head;

  PetscFunctionBegin;
  *look = (ColumnLook){.is_whole = PETSC_TRUE,
                       .ascends = PETSC_TRUE,
                       .does_not_descend = PETSC_TRUE,
                       .is_even = PETSC_TRUE};
  for (int k = 0; k < c->n_lines; k++) {
    char *copy, *rest, *field;
    double value;
    FieldKind kind;

    PetscCall(PetscStrallocpy(c->line[k], &copy));
    rest = copy;
    field = NextField(&rest, h->separator);
    for (int64_t j = 0; j < column && field; j++) {
      field = NextField(&rest, h->separator);
    }
    kind = FieldNumber(field ? field : "", h->decimal, &value);
    look->is_text = look->is_text || kind == FIELD_TEXT ? PETSC_TRUE : PETSC_FALSE;
    look->is_whole = look->is_whole && kind == FIELD_NUMBER && value >= 0 && value == floor(value)
                         ? PETSC_TRUE
                         : PETSC_FALSE;
    PetscCall(PetscFree(copy));
    if (kind != FIELD_NUMBER) {
      continue;
    }
    look->ascends = look->ascends && (!look->n || value > look->last) ? PETSC_TRUE : PETSC_FALSE;
    look->does_not_descend =
        look->does_not_descend && (!look->n || value >= look->last) ? PETSC_TRUE : PETSC_FALSE;
    look->repeats = look->repeats || (look->n && value == look->last) ? PETSC_TRUE : PETSC_FALSE;
    look->step = look->n == 1 ? value - look->last : look->step;
    look->is_even =
        look->is_even && (!look->n || (value > look->last &&
                                       fabs(value - look->last - look->step) < 0.5 * look->step))
            ? PETSC_TRUE
            : PETSC_FALSE;
    look->first = look->n++ ? look->first : value;
    look->last = value;
  }
  PetscFunctionReturn(0);
}

PetscBool ColumnMayBeTimes(const TextColumns *c, const ColumnLook *look)
{
  const PetscBool is_forward = look->is_whole ? look->ascends : look->does_not_descend;

  return look->n >= ENOUGH_LINES && look->n == c->n_lines && is_forward &&
                 (!look->is_even || (c->head->n_fields == 2 && !look->is_whole)) &&
                 look->last > look->first
             ? PETSC_TRUE
             : PETSC_FALSE;
}
