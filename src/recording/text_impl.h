/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_IMPL_H
#define CAUSEWAY_TEXT_IMPL_H

#include "text_head.h"

/* The context of a recording in text. Lines are shared by the ranks by bytes, unless one has to read all. */
typedef struct {
  TextHead head;
  TextLines lines;
  int64_t *row_start; /* (ranks + 1) rows that begin in the share of each rank */
  int64_t first_line; /* lines of the file before this rank's rows */
  int64_t begin, end; /* bytes of this rank's rows */
  int64_t row;        /* next one of the stream */
  int64_t n_comments; /* of all ranks, like the next */
  PetscBool is_open;  /* the last line of the file has no end */
} TextTable;

/* Goes to the first of the lines of this rank's share. Not collective. */
PetscErrorCode TextSeekShare(Recording recording, TextTable *table);

/* The lines before those of this rank, which has read all of its own, and what all of them had. Collective. */
PetscErrorCode TextCountLines(Recording recording, TextTable *table);

/* What was assumed, for the log. */
void TextNote(Recording recording, const TextTable *table);

/*@
  TextCountRows - goes through the lines once for the number of samples, their times, the names of lines

  Collective
  Errors: CAUSEWAY_ERR_USER for times and running numbers that do not ascend, and names that are not UTF-8
@*/
PetscErrorCode TextCountRows(Recording recording, TextTable *table);

/*@
  RecordingOpenTextEvents - reads a list of spikes

  Collective
  Errors: CAUSEWAY_ERR_USER for a line that has no neuron and time, or without activity_bin
@*/
PetscErrorCode RecordingOpenTextEvents(Recording recording, TextTable *table);

#endif
