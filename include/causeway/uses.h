/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_USES_H
#define CAUSEWAY_USES_H

#include "causeway/datafile.h"
#include "causeway/declare.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* What the objects of a file can be used for, in the order in which they are listed. */
typedef enum {
  USE_ACTIVITY,
  USE_NETWORK,
  USE_SCORES,
  USE_MODEL,
  USE_RUN, /* to continue or extend a run */
  USE_NONE /* not readable; the text says why */
} UseKind;
enum { N_USE_KINDS = USE_NONE + 1 };

typedef struct {
  UseKind kind;
  char *path;    /* path of the object in the file, "" for the file itself */
  char *options; /* options that read it, "" when nothing does */
  char *text;    /* description, or reason why it cannot be read; "\n" separates lines */
} Use;

typedef struct {
  int64_t n;
  Use *list;
} Uses;

/*@
  UsesAdd  - adds a use; the texts are copied. Not collective.
  UsesHave - whether a path, or a group that contains it, is in the list. Not collective.
@*/
PetscErrorCode UsesAdd(Uses *uses, UseKind kind, const char *path, const char *options,
                       const char *text);
PetscBool UsesHave(const Uses *uses, const char *path);
PetscErrorCode UsesFree(Uses *uses);

/*@
  DataFileObstacles - adds the datasets that nothing can read, with the reason: a missing filter, entries that are not
  numbers, no entries, more than two dimensions

  Collective. Datasets already in `uses`, texts, and datasets of this program are skipped.
@*/
PetscErrorCode DataFileObstacles(DataFile file, Uses *uses);

/*@
  DataFilePrintJson - prints uses and contents of a file as one JSON document on standard output of rank 0

  Collective
  Input: file     - HDF5 file, or NULL for other formats
         snapshot - whether the file is an intact snapshot of a run
@*/
PetscErrorCode DataFilePrintJson(MPI_Comm comm, const char *name, DataFile file, PetscBool snapshot,
                                 const Uses *uses);

CAUSEWAY_END_DECLARATIONS

#endif
