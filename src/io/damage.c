/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether something is in a file, where "no" and "cannot tell" must not be the same: what a damaged file hides would be
   taken for absent, and a default used in its place. Who asks gets "no"; closing the file then fails. */
#include "datafile_impl.h"

#include <stdio.h>
#include <string.h>

void DamageNote(DataFile file, const char *object, const char *reason)
{
  if (!file->damage[0]) {
    (void)snprintf(file->damage, sizeof(file->damage), "%s: %s", object, reason);
  }
}

/* Whether `path`, less its last name, is a group; what is below a dataset is absent in any file. */
static PetscBool parent_is_group(DataFile file, const char *path)
{
  char parent[PETSC_MAX_PATH_LEN];
  H5I_type_t type;
  hid_t object;

  (void)snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(path, '/') - path), path);
  object = H5Oopen(file->id, parent[0] ? parent : "/", H5P_DEFAULT);
  if (object < 0) {
    return PETSC_TRUE;
  }
  type = H5Iget_type(object);
  (void)H5Oclose(object);
  return type == H5I_GROUP ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool HasLink(DataFile file, const char *path)
{
  const htri_t there = H5Lexists(file->id, path, H5P_DEFAULT);
  char reason[256];

  if (there < 0) {
    (void)snprintf(reason, sizeof(reason), "%s", HDF5Reason());
    if (parent_is_group(file, path)) {
      DamageNote(file, path, reason);
    }
  }
  return there > 0 ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool HasObject(DataFile file, const char *path)
{
  const htri_t there = H5Oexists_by_name(file->id, path, H5P_DEFAULT);
  char reason[256];
  H5L_info_t link;

  if (there <= 0) { /* a link by name may lead to nothing, a hard one may not */
    (void)snprintf(reason, sizeof(reason), "%s", there < 0 ? HDF5Reason() : "has no contents");
    if (H5Lget_info(file->id, path, &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_HARD) {
      DamageNote(file, path, reason);
    }
  }
  return there > 0 ? PETSC_TRUE : PETSC_FALSE;
}
