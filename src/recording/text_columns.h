/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_COLUMNS_H
#define CAUSEWAY_TEXT_COLUMNS_H

#include "text_head.h"

/* Input for the classification of columns. */
typedef struct {
  Recording recording;
  TextHead *head;
  const char *names;  /* line with names, NULL without one */
  int64_t names_line; /* its number in the file */
  int n_lines;        /* number of examined lines of numbers */
  const char *const *line;
  PetscBool is_first_unnamed; /* only the first column has no name */
} TextColumns;

/*@
  TextColumnsFind - classifies the columns and takes the names of the channels

  Not collective; on one rank. Fills in the rest of the head.
@*/
PetscErrorCode TextColumnsFind(const TextColumns *columns, Labels *labels);

#endif
