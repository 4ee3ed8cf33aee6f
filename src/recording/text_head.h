/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_HEAD_H
#define CAUSEWAY_TEXT_HEAD_H

#include "recording_impl.h"

#include "text_lines.h"
#include "text_names.h"

/* Columns that are no channels: more of them are not expected. */
enum { MOST_APART = 8, LONGEST_LABEL = 255 };

/* What the first lines say about a file, the same on all ranks. */
typedef struct {
  int64_t body_at, head_lines; /* byte of the first line of numbers; lines before it */
  int64_t n_fields;            /* of a line */
  int64_t n_columns;           /* of them, those of channels */
  char separator, decimal;
  PetscBool trails;      /* a separator may stand behind the last field */
  PetscBool has_numbers; /* as names of columns */
  PetscBool has_names;   /* of columns */
  PetscBool is_events;   /* a line is a spike */
  PetscBool may_be_long; /* a line may be a neuron at a time */
  PetscBool names_rows;  /* the first column has names of lines */
  double time_ms;        /* unit of the times */
  PetscBool is_unit_assumed;

  /* columns that are no channels, ascending */
  int n_apart;
  int64_t apart[MOST_APART];
  NameKind kind[MOST_APART];

  char note[512]; /* for the log */
  char group[64]; /* population of the spikes */
} TextHead;

/*@
  TextHeadRead - looks at the beginning of a file

  Not collective; on one rank
  Output: head, labels - of the channels, where the file has them
  Errors: CAUSEWAY_ERR_USER when the file has no numbers, or it is not certain what they are
@*/
PetscErrorCode TextHeadRead(Recording recording, TextLines *lines, TextHead *head, Labels *labels);

/* The place of a kind among the columns apart, -1 when there is none. */
int TextHeadFind(const TextHead *head, NameKind kind);

/*@
  TextFieldError - a field that is no finite number, as an error

  Input: line, column - of the file, from 1
@*/
PetscErrorCode TextFieldError(const char *name, int64_t line, int64_t column, const char *field,
                              char decimal);

#endif
