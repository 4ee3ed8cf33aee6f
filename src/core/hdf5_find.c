/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/core/hdf5_find.h"

#include "causeway/error.h"

#include "causeway/internal/core/hdf5_file.h"

#include <stdio.h>
#include <string.h>

/* Whether the parent of `path` is a group; a path below a dataset is absent in any file. */
static PetscBool parent_is_group(hid_t file, const char *path)
{
  const char *slash = strrchr(path, '/');
  char parent[PETSC_MAX_PATH_LEN];
  H5I_type_t type;
  hid_t object;

  (void)snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) : 1,
                 slash ? path : ".");
  object = H5Oopen(file, parent[0] ? parent : "/", H5P_DEFAULT);
  if (object < 0) {
    return PETSC_TRUE;
  }
  type = H5Iget_type(object);
  (void)H5Oclose(object);
  return type == H5I_GROUP ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool HDF5HasLink(hid_t file, const char *path, char damage[HDF5_REASON])
{
  const htri_t there = H5Lexists(file, path, H5P_DEFAULT);

  damage[0] = 0;
  if (there < 0) {
    (void)snprintf(damage, HDF5_REASON, "%s", HDF5Reason());
    if (!parent_is_group(file, path)) {
      damage[0] = 0;
    }
  }
  return there > 0 ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool HDF5HasObject(hid_t file, const char *path, char damage[HDF5_REASON])
{
  const htri_t there = H5Oexists_by_name(file, path, H5P_DEFAULT);
  H5L_info_t link;

  damage[0] = 0;
  if (there <= 0) { /* a soft link may dangle, a hard link may not */
    (void)snprintf(damage, HDF5_REASON, "%s", there < 0 ? HDF5Reason() : "has no contents");
    if (H5Lget_info(file, path, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) {
      damage[0] = 0;
    }
  }
  return there > 0 ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode HDF5Damaged(hid_t object, const char *what, const char *reason)
{
  char name[PETSC_MAX_PATH_LEN] = "";

  (void)H5Fget_name(object, name, sizeof(name));
  return UserError("%s: the file is damaged: %s: %s", name, what, reason);
}

PetscErrorCode HDF5Find(hid_t file, const char *path, PetscBool *found)
{
  char part[PETSC_MAX_PATH_LEN], damage[HDF5_REASON] = "";

  *found = PETSC_TRUE;
  for (size_t k = 1; k <= strlen(path) && *found; k++) {
    if (path[k] == '/' || !path[k]) {
      (void)snprintf(part, sizeof(part), "%.*s", (int)k, path);
      if (!strcmp(part, "/")) {
        continue;
      }
      *found = HDF5HasLink(file, part, damage);
      *found = *found ? HDF5HasObject(file, part, damage) : PETSC_FALSE;
      if (damage[0]) {
        return HDF5Damaged(file, part, damage);
      }
    }
  }
  return 0;
}

PetscErrorCode HDF5FindDataset(hid_t file, const char *path, hid_t *dataset)
{
  char reason[HDF5_REASON];
  PetscErrorCode status;
  PetscBool found;

  *dataset = H5I_INVALID_HID;
  status = HDF5Find(file, path, &found);
  if (status || !found) {
    return status;
  }
  *dataset = H5Oopen(file, path, H5P_DEFAULT);
  if (*dataset < 0) {
    (void)snprintf(reason, sizeof(reason), "%s", HDF5Reason());
    return HDF5Damaged(file, path, reason);
  }
  if (H5Iget_type(*dataset) != H5I_DATASET) {
    (void)H5Oclose(*dataset);
    *dataset = H5I_INVALID_HID;
  }
  return 0;
}

PetscErrorCode HDF5FindAttribute(hid_t object, const char *name, hid_t *attribute)
{
  const htri_t there = H5Aexists(object, name);
  char reason[HDF5_REASON];

  *attribute = there > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
  if (there < 0 || (there > 0 && *attribute < 0)) {
    (void)snprintf(reason, sizeof(reason), "%s", HDF5Reason());
    return HDF5Damaged(object, name, reason);
  }
  return 0;
}
