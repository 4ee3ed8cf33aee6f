/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MAGIC_H
#define CAUSEWAY_MAGIC_H

#include <petscsys.h>

/* A format that the program does not read, known by what files begin with. */
typedef struct {
  const char *name;   /* such as "an Excel workbook" */
  const char *advice; /* what to do with it, an imperative */
  PetscBool is_text;  /* begins with text, so that tables of text may look like the others */
} ForeignFormat;

/* Bytes of the beginning of a file that are enough for ForeignFormatFind(). */
enum { MAGIC_BYTES = 512 };

/* The format of a file that begins with `n` bytes, all of them text or not; NULL when it is none of those known. Not
   collective. */
const ForeignFormat *ForeignFormatFind(size_t n, const unsigned char bytes[], PetscBool is_text);

#endif
