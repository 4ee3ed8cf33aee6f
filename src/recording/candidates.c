/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Finds the parts of a file that can be read as activity. */
#include "candidates.h"

#include "causeway/error.h"

static PetscErrorCode add(CandidateList *found, const char *path)
{
  Candidate *added;

  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)(found->n + 1) * sizeof(Candidate), &found->list));
  added = &found->list[found->n++];
  PetscCall(PetscStrncpy(added->path, path, sizeof(added->path)));
  added->has_channels = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* Whether the data of a series are numbers in one or two dimensions. */
static PetscErrorCode has_channels(DataFile file, const char *data, PetscBool *found)
{
  int64_t dims[DATAFILE_MAX_DIMS];
  int n_dims = 0;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileIsMatrix(file, data, found));
  if (*found) {
    PetscFunctionReturn(0);
  }
  status = DataFileDims(file, data, &n_dims, dims, NULL);
  *found = !status && n_dims == 1 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(status == CAUSEWAY_ERR_USER ? 0 : status);
}

static PetscErrorCode add_group(DataFile file, const char *group, void *context)
{
  CandidateList *found = context;
  PetscBool holds = PETSC_FALSE;
  char data[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  for (int k = 0; RecordingPartFormat(k) && !holds; k++) {
    PetscCall(RecordingPartFormat(k)->holds(file, group, &holds));
    if (holds) {
      PetscCall(add(found, group));
    }
    if (holds && RecordingPartFormat(k)->has_data) {
      PetscCall(PetscSNPrintf(data, sizeof(data), "%s/data", group));
      PetscCall(has_channels(file, data, &found->list[found->n - 1].has_channels));
    }
  }
  PetscFunctionReturn(0);
}

/* Adds a two-dimensional dataset of numbers. */
static PetscErrorCode add_dataset(DataFile file, const char *path, void *context)
{
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileIsMatrix(file, path, &found));
  if (found) {
    PetscCall(add(context, path));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CandidatesFind(DataFile file, CandidateList *found)
{
  PetscFunctionBegin;
  *found = (CandidateList){0, NULL};
  PetscCall(DataFileVisit(file, PETSC_FALSE, add_group, found));
  PetscFunctionReturn(0);
}

PetscErrorCode CandidatesAddDatasets(DataFile file, CandidateList *found)
{
  PetscFunctionBegin;
  PetscCall(DataFileVisit(file, PETSC_TRUE, add_dataset, found));
  PetscFunctionReturn(0);
}

PetscErrorCode CandidatesDestroy(CandidateList *found)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(found->list));
  found->n = 0;
  PetscFunctionReturn(0);
}
