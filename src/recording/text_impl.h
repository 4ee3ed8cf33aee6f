/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TEXT_IMPL_H
#define CAUSEWAY_TEXT_IMPL_H

#include "text_head.h"

/* Context of a text recording. Ranks share the lines by bytes, unless one rank has to read all. */
typedef struct {
  TextHead head;
  TextLines lines;
  int64_t *row_start; /* (ranks + 1) first row of each rank's share */
  int64_t first_line; /* lines of the file before this rank's rows */
  int64_t begin, end; /* bytes of this rank's rows */
  int64_t row;        /* next row of the stream */
  int64_t n_comments; /* on all ranks */
  PetscBool is_open;  /* the last line of the file has no line end */
} TextTable;

/* Goes to the first line of this rank's share. Not collective. */
PetscErrorCode TextSeekShare(Recording recording, TextTable *table);

/* Completes line numbers and comments after each rank has read all its lines. Collective. */
PetscErrorCode TextCountLines(Recording recording, TextTable *table);

/* Adds the assumptions to the notes for the log. */
void TextNote(Recording recording, const TextTable *table);

/*@
  TextCountRows - reads the lines once for the number of samples, their times and the row names

  Collective
  Errors: CAUSEWAY_ERR_USER for times and running numbers that do not ascend, and names that are not UTF-8
@*/
PetscErrorCode TextCountRows(Recording recording, TextTable *table);

/*@
  RecordingOpenTextEvents - reads a list of spikes

  Collective
  Errors: CAUSEWAY_ERR_USER for a line without neuron and time, or without activity_bin
@*/
PetscErrorCode RecordingOpenTextEvents(Recording recording, TextTable *table);

#endif
