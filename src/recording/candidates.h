/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CANDIDATES_H
#define CAUSEWAY_CANDIDATES_H

#include "recording_impl.h"

/* A part of an HDF5 file that may be read as activity. */
typedef struct {
  char path[PETSC_MAX_PATH_LEN];
  PetscBool has_channels; /* false for series of images, texts and the like */
} Candidate;

typedef struct {
  int64_t n;
  Candidate *list; /* (n) by path */
} CandidateList;

/*@
  CandidatesFind        - finds the groups of all known formats
  CandidatesAddDatasets - appends the two-dimensional datasets of numbers

  Collective
  Output: found - freed with CandidatesDestroy()
@*/
PetscErrorCode CandidatesFind(DataFile file, CandidateList *found);
PetscErrorCode CandidatesAddDatasets(DataFile file, CandidateList *found);
PetscErrorCode CandidatesDestroy(CandidateList *found);

#endif
