/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EXTENTS_H
#define CAUSEWAY_EXTENTS_H

#include "causeway/datafile.h"

/* Bytes of a file, as a list of ranges. Nothing here but DataFileRowExtents() is collective. */
typedef struct {
  int64_t n, capacity;
  int64_t *bounds; /* (n, 2) first byte and end of each */
} Extents;

/* Appends a range; an empty one too. */
PetscErrorCode ExtentsAdd(Extents *extents, int64_t first, int64_t end);

/* Sorts the ranges and joins those that touch, so that they ascend and are disjoint. */
void ExtentsMerge(Extents *extents);

/* Appends to `rest` what merged extents leave of the bytes before `length`. */
PetscErrorCode ExtentsComplement(const Extents *extents, int64_t length, Extents *rest);

PetscErrorCode ExtentsFree(Extents *extents);

/*@
  DataFileRowExtents - appends where the first rows of a chunked dataset are in the file, not merged

  Collective
  Input: rows - along the first dimension, which is what a chunk stores first
  Cost:  a look-up for each chunk, 16 bytes for each on every rank
@*/
PetscErrorCode DataFileRowExtents(DataFile file, const char *path, int64_t rows, Extents *extents);

#endif
