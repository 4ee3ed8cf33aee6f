/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_HDF5_FIND_H
#define CAUSEWAY_HDF5_FIND_H

#include <hdf5.h>
#include <petscsys.h>

/* Whether something is in an HDF5 file, where "no" and "cannot tell" are not the same: what a damaged file hides would
   be taken for absent, and a default used in its place. None of it is collective or needs MPI. */

enum { HDF5_REASON = 256 };

/* Whether a link is there, and whether it leads to an object; the group above must be there. `damage`: why that cannot
   be told, "" when it can. */
PetscBool HDF5HasLink(hid_t file, const char *path, char damage[HDF5_REASON]);
PetscBool HDF5HasObject(hid_t file, const char *path, char damage[HDF5_REASON]);

/*@
  HDF5Find - whether there is an object at a path, absolute or below the group `file`

  HDF5FindDataset / HDF5FindAttribute - open it, closed by the caller; negative when there is none, or at the path
  is something else

  Errors: CAUSEWAY_ERR_USER, naming the file, when its damage keeps that from being told
@*/
PetscErrorCode HDF5Find(hid_t file, const char *path, PetscBool *found);
PetscErrorCode HDF5FindDataset(hid_t file, const char *path, hid_t *dataset);
PetscErrorCode HDF5FindAttribute(hid_t object, const char *name, hid_t *attribute);

/* The line for a part of the file of `object` that cannot be read; returns CAUSEWAY_ERR_USER. */
PetscErrorCode HDF5Damaged(hid_t object, const char *what, const char *reason);

#endif
