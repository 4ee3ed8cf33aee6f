/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_HEAD_H
#define CAUSEWAY_TEXT_HEAD_H

#include "recording_impl.h"

#include "text_lines.h"
#include "text_names.h"

/* Largest number of columns that are not channels; longest name of a channel [bytes]. */
enum { MOST_APART = 8, LONGEST_LABEL = 255 };

/* Form of a table, from its first lines; the same on all ranks. */
typedef struct {
  int64_t body_at, head_lines; /* byte of the first line of numbers; lines before it */
  int64_t n_fields;            /* fields of a line */
  int64_t n_columns;           /* fields that are channels */
  char separator, decimal;
  PetscBool trails;      /* a separator may follow the last field */
  PetscBool has_numbers; /* the names of columns are numbers */
  PetscBool has_names;   /* columns have names */
  PetscBool is_events;   /* each line is a spike */
  PetscBool may_be_long; /* each line may be a neuron at a time */
  PetscBool names_rows;  /* the first column has row names */
  double time_ms;        /* unit of the times */
  PetscBool is_unit_assumed;

  /* columns that are not channels, ascending */
  int n_apart;
  int64_t apart[MOST_APART];
  NameKind kind[MOST_APART];

  char note[512]; /* for the log */
  char group[64]; /* population of the spikes */
} TextHead;

/*@
  TextHeadRead - derives the form of a table from the beginning of its file

  Not collective; on one rank
  Output: head
          labels - names of the channels, if the file has them
  Errors: CAUSEWAY_ERR_USER when the file has no numbers, or their meaning is ambiguous
@*/
PetscErrorCode TextHeadRead(Recording recording, TextLines *lines, TextHead *head, Labels *labels);

/* Index of a kind among the columns set apart, -1 without one. */
static inline int TextHeadFind(const TextHead *head, NameKind kind)
{
  for (int k = 0; k < head->n_apart; k++) {
    if (head->kind[k] == kind) {
      return k;
    }
  }
  return -1;
}

/*@
  TextFieldError - returns an error for a field that is not a finite number

  Input: line, column - place in the file, from 1
@*/
PetscErrorCode TextFieldError(const char *name, int64_t line, int64_t column, const char *field,
                              char decimal);

#endif
