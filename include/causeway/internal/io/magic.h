/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MAGIC_H
#define CAUSEWAY_MAGIC_H

#include <petscsys.h>

/* A file format that the program does not read but recognises by its first bytes. */
typedef struct {
  const char *name;   /* such as "an Excel workbook" */
  const char *advice; /* what to do with the file, in the imperative */
  PetscBool is_text;  /* begins with text, so its files could be mistaken for tables */
} ForeignFormat;

/* Number of bytes at the beginning of a file that ForeignFormatFind() needs. */
enum { MAGIC_BYTES = 512 };

/* Format of a file that begins with these n bytes; `is_text` says whether all of them are text. NULL for an unknown format.
   Not collective. */
const ForeignFormat *ForeignFormatFind(size_t n, const unsigned char bytes[], PetscBool is_text);

#endif
