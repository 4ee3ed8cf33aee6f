/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EXTENTS_H
#define CAUSEWAY_EXTENTS_H

#include "causeway/datafile.h"
#include "causeway/declare.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* Ranges of bytes in a file. Only DataFileRowExtents() is collective. */
typedef struct {
  int64_t n, capacity;
  int64_t *bounds; /* (n, 2) first byte and end (exclusive) of each range; owned */
} Extents;

/* Appends a range, which may be empty. */
PetscErrorCode ExtentsAdd(Extents *extents, int64_t first, int64_t end);

/* Sorts the ranges and joins those that touch or overlap; the result is ascending and disjoint. */
void ExtentsMerge(Extents *extents);

/* Appends to `rest` the bytes below `length` that merged extents do not cover. */
PetscErrorCode ExtentsComplement(const Extents *extents, int64_t length, Extents *rest);

PetscErrorCode ExtentsFree(Extents *extents);

/*@
  DataFileRowExtents - appends the places in the file of the first rows of a chunked dataset, not merged

  Collective
  Input: rows - number of rows, along the first dimension, which is stored outermost in a chunk
  Cost:  one look-up per chunk, 16 bytes per chunk on every rank
@*/
PetscErrorCode DataFileRowExtents(DataFile file, const char *path, int64_t rows, Extents *extents);

CAUSEWAY_END_DECLARATIONS

#endif
