/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Notes on parts of a file that could not be looked up. The look-up answers "no"; closing the file then fails. */
#include "datafile_impl.h"

#include "causeway/internal/core/hdf5_find.h"

#include <stdio.h>

void DamageNote(DataFile file, const char *object, const char *reason)
{
  if (!file->damage[0] && reason[0]) {
    (void)snprintf(file->damage, sizeof(file->damage), "%s: %s", object, reason);
  }
}

PetscBool HasLink(DataFile file, const char *path)
{
  char damage[HDF5_REASON];
  const PetscBool found = HDF5HasLink(file->id, path, damage);

  DamageNote(file, path, damage);
  return found;
}

PetscBool HasObject(DataFile file, const char *path)
{
  char damage[HDF5_REASON];
  const PetscBool found = HDF5HasObject(file->id, path, damage);

  DamageNote(file, path, damage);
  return found;
}
