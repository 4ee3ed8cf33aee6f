/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_HDF5_FIND_H
#define CAUSEWAY_HDF5_FIND_H

#include <hdf5.h>
#include <petscsys.h>

/* Looks up objects in HDF5 files and distinguishes "absent" from "cannot tell": an object that damage hides must not be
   taken for absent and replaced by a default. Nothing here is collective or needs MPI. */

enum { HDF5_REASON = 256 };

/* Whether a link exists; whether it leads to an object. The parent group must exist. `damage` says why this cannot be
   told, "" when it can. */
PetscBool HDF5HasLink(hid_t file, const char *path, char damage[HDF5_REASON]);
PetscBool HDF5HasObject(hid_t file, const char *path, char damage[HDF5_REASON]);

/*@
  HDF5Find          - whether an object exists at a path, absolute or below the group `file`
  HDF5FindDataset   - opens the dataset; negative when there is none or the object is of another kind
  HDF5FindAttribute - opens the attribute; negative when there is none

  Output: dataset, attribute - closed by the caller
  Errors: CAUSEWAY_ERR_USER with the file when its damage prevents an answer
@*/
PetscErrorCode HDF5Find(hid_t file, const char *path, PetscBool *found);
PetscErrorCode HDF5FindDataset(hid_t file, const char *path, hid_t *dataset);
PetscErrorCode HDF5FindAttribute(hid_t object, const char *name, hid_t *attribute);

/* Records the error of a damaged part in the file of `object`; returns CAUSEWAY_ERR_USER. */
PetscErrorCode HDF5Damaged(hid_t object, const char *what, const char *reason);

#endif
