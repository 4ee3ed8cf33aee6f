/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LABELS_H
#define CAUSEWAY_LABELS_H

#include "causeway/datafile.h"

/* Names of channels, cells or electrodes, in UTF-8, the same on every rank. Without any, n is 0, and neurons are called
   by their numbers. */
typedef struct {
  int64_t n;
  size_t width; /* bytes of a name, with its closing zero */
  char *text;   /* (n, width); owned */
} Labels;

/*@
  LabelsCreate - n names, empty at first; ended with LabelsDestroy()

  Not collective
  Input: width - bytes of the longest name
@*/
PetscErrorCode LabelsCreate(int64_t n, size_t width, Labels *labels);
PetscErrorCode LabelsDestroy(Labels *labels);

/* Name of channel k, cut to the width. */
PetscErrorCode LabelsSet(Labels *labels, int64_t k, const char *name);
/* Borrowed; "" where there are no names. */
const char *LabelsGet(const Labels *labels, int64_t k);

/*@
  LabelsTake - the names of some channels

  Not collective
  Input:  index - (n) of channels of `from`; NULL for the first n
  Output: to    - what it held is freed; no names where `from` has none
@*/
PetscErrorCode LabelsTake(const Labels *from, int64_t n, const int64_t index[], Labels *to);

/* The first name, in alphabetical order, that several channels have; NULL when names tell all channels apart. Borrowed. Not
   collective. */
PetscErrorCode LabelsRepeated(const Labels *labels, const char **name);

/*@
  LabelsRead - names from a dataset of texts or whole numbers of one dimension, on every rank

  Collective
  Errors: CAUSEWAY_ERR_USER when there is no such dataset
@*/
PetscErrorCode LabelsRead(DataFile file, const char *path, Labels *labels);

/*@
  LabelsWrite - a dataset of texts of fixed length; nothing when there are no names

  Collective
@*/
PetscErrorCode LabelsWrite(const Labels *labels, DataFile file, const char *path);

#endif
