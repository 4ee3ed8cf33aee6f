/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_USES_H
#define CAUSEWAY_USES_H

#include "causeway/datafile.h"

/* What the objects of a file can be used for, in the order in which it is told. */
typedef enum {
  USE_ACTIVITY,
  USE_NETWORK,
  USE_SCORES,
  USE_MODEL,
  USE_RUN, /* to continue, or do more with */
  USE_NONE /* what stands in the way */
} UseKind;
enum { N_USE_KINDS = USE_NONE + 1 };

typedef struct {
  UseKind kind;
  char *path;    /* of the object in the file, "" for the file itself */
  char *options; /* what reads it, "" when nothing does */
  char *text;    /* what it is, or what stands in the way; lines end with \n but for the last */
} Use;

typedef struct {
  int64_t n;
  Use *list;
} Uses;

/*@
  UsesAdd - one more; the texts are copied. Not collective.
  UsesHave - whether a path, or the group around it, is among them
@*/
PetscErrorCode UsesAdd(Uses *uses, UseKind kind, const char *path, const char *options,
                       const char *text);
PetscBool UsesHave(const Uses *uses, const char *path);
PetscErrorCode UsesFree(Uses *uses);

/*@
  DataFileObstacles - adds the datasets that nothing can read, each with the reason: a filter that is missing, entries
  that are not numbers, no entries, more than two dimensions

  Collective
  Those that are in use already, text, and what this program wrote are passed over.
@*/
PetscErrorCode DataFileObstacles(DataFile file, Uses *uses);

/*@
  DataFilePrintJson - uses and contents of a file as one JSON document, on standard output of rank 0

  Collective
  Input: file     - of HDF5, or NULL
         snapshot - whether the file is a sound snapshot of a run
@*/
PetscErrorCode DataFilePrintJson(MPI_Comm comm, const char *name, DataFile file, PetscBool snapshot,
                                 const Uses *uses);

#endif
