/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_COLUMNS_H
#define CAUSEWAY_TEXT_COLUMNS_H

#include "text_head.h"

/* What is known of a table when the columns are sorted out. */
typedef struct {
  Recording recording;
  TextHead *head;
  const char *names;  /* line with names, NULL without any */
  int64_t names_line; /* its number in the file */
  int n_lines;        /* of numbers, the first ones */
  const char *const *line;
  PetscBool is_first_unnamed; /* the first column has no name, the others have */
} TextColumns;

/*@
  TextColumnsFind - finds the columns that are no channels, and the names of those that are

  Not collective; on one rank. Fills in the rest of the head.
@*/
PetscErrorCode TextColumnsFind(const TextColumns *columns, Labels *labels);

#endif
