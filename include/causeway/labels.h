/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LABELS_H
#define CAUSEWAY_LABELS_H

#include "causeway/datafile.h"
#include "causeway/declare.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* Names of channels, cells or electrodes in UTF-8, the same on every rank. n is 0 when there are no names; messages then
   use numbers. */
typedef struct {
  int64_t n;
  size_t width; /* bytes of a name, including the terminating zero */
  char *text;   /* (n, width); owned */
} Labels;

/*@
  LabelsCreate - creates n empty names; freed with LabelsDestroy()

  Not collective
  Input: width - bytes of the longest name, including the terminating zero
@*/
PetscErrorCode LabelsCreate(int64_t n, size_t width, Labels *labels);
PetscErrorCode LabelsDestroy(Labels *labels);

/* Sets the name of channel k, cut to the width. Not collective. */
PetscErrorCode LabelsSet(Labels *labels, int64_t k, const char *name);
/* Name of channel k, "" when there are no names; borrowed. Not collective. */
const char *LabelsGet(const Labels *labels, int64_t k);

/*@
  LabelsTake - copies the names of some channels

  Not collective
  Input:  index - (n) channels of `from`; NULL for the first n
  Output: to    - its previous content is freed; without names when `from` has none
@*/
PetscErrorCode LabelsTake(const Labels *from, int64_t n, const int64_t index[], Labels *to);

/* The alphabetically first name that several channels share; NULL when all names differ. Borrowed. Not collective. */
PetscErrorCode LabelsRepeated(const Labels *labels, const char **name);

/*@
  LabelsRead - reads names from a one-dimensional dataset of texts or integers, on every rank

  Collective
  Errors: CAUSEWAY_ERR_USER when there is no such dataset
@*/
PetscErrorCode LabelsRead(DataFile file, const char *path, Labels *labels);

/*@
  LabelsWrite - writes a dataset of texts of fixed length; writes nothing when there are no names

  Collective
@*/
PetscErrorCode LabelsWrite(const Labels *labels, DataFile file, const char *path);

CAUSEWAY_END_DECLARATIONS

#endif
