/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists the objects of a file, including those in other files to which it links. */
#include "datafile_impl.h"

#include "causeway/error.h"

#include "hdf5_objects.h"

#include <stdio.h>
#include <string.h>

/* Collects the paths of a traversal, within which HDF5 allows no other calls. */
typedef struct {
  H5O_type_t type;    /* type of the listed objects */
  const char *prefix; /* path of the object at which the traversal began */
  int64_t n, room;
  char (*path)[PETSC_MAX_PATH_LEN];
} PathList;

static herr_t add_path(PathList *list, const char *name)
{
  if (list->n == list->room) {
    list->room = 2 * list->room + 64;
    if (PetscRealloc((size_t)list->room * sizeof(*list->path), &list->path)) {
      return -1;
    }
  }
  (void)snprintf(list->path[list->n++], PETSC_MAX_PATH_LEN, "%s%s%s", list->prefix,
                 *name || !list->prefix[0] ? "/" : "", name);
  return 0;
}

static herr_t collect_object(hid_t root, const char *name, const ObjectInfo *info, void *context)
{
  PathList *list = context;

  (void)root;
  return info->type == list->type ? add_path(list, strcmp(name, ".") ? name : "") : 0;
}

static herr_t collect_link(hid_t root, const char *name, const H5L_info_t *info, void *context)
{
  (void)root;
  return info->type == H5L_TYPE_EXTERNAL ? add_path(context, name) : 0;
}

/* Lists the links to other files, by path. */
static PetscErrorCode find_links(DataFile file, PathList *links)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  *links = (PathList){H5O_TYPE_UNKNOWN, "", 0, 0, NULL};
  if (H5Lvisit(file->id, H5_INDEX_NAME, H5_ITER_INC, collect_link, links) < 0) {
    status = UserError("%s: cannot list the file, it may be damaged: %s", file->path, HDF5Reason());
  }
  PetscCall(ErrorAgree(file->comm, status));
  PetscFunctionReturn(0);
}

/* Lists the target of a link to another file, and the objects below it. */
static herr_t collect_linked(DataFile file, const char *link, PathList *list)
{
  hid_t object = H5Oopen(file->id, link, H5P_DEFAULT);
  herr_t result = 0;

  if (object >= 0) { /* a dangling link has nothing to list */
    list->prefix = link;
    result = HDF5Visit(object, collect_object, list);
    (void)H5Oclose(object);
  }
  return result;
}

PetscErrorCode DataFileVisit(DataFile file, PetscBool datasets, DataFileVisitor visit,
                             void *context)
{
  PathList list = {datasets ? H5O_TYPE_DATASET : H5O_TYPE_GROUP, "", 0, 0, NULL}, links;
  PetscErrorCode status = 0;
  herr_t result;

  PetscFunctionBegin;
  PetscCall(find_links(file, &links));
  result = HDF5Visit(file->id, collect_object, &list);
  for (int64_t k = 0; k < links.n && result >= 0; k++) {
    result = collect_linked(file, links.path[k], &list);
  }
  if (result < 0) {
    status = UserError("%s: cannot list the file, it may be damaged: %s", file->path, HDF5Reason());
  }
  status = ErrorAgree(file->comm, status);
  for (int64_t k = 0; k < list.n && !status; k++) {
    status = visit(file, list.path[k], context);
  }
  PetscCall(PetscFree(list.path));
  PetscCall(PetscFree(links.path));
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileVisitDangling(DataFile file, DataFileVisitor visit, void *context)
{
  PathList links;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(find_links(file, &links));
  for (int64_t k = 0; k < links.n && !status; k++) {
    if (H5Oexists_by_name(file->id, links.path[k], H5P_DEFAULT) <= 0) {
      status = visit(file, links.path[k], context);
    }
  }
  PetscCall(PetscFree(links.path));
  PetscFunctionReturn(status);
}

void DataFileLinkTarget(DataFile file, const char *link, size_t length, char target[])
{
  char value[2 * PETSC_MAX_PATH_LEN];
  const char *name, *path;
  H5L_info_t info;
  unsigned flags;

  target[0] = 0;
  if (H5Lget_info(file->id, link, &info, H5P_DEFAULT) < 0 || info.type == H5L_TYPE_HARD ||
      info.u.val_size > sizeof(value) ||
      H5Lget_val(file->id, link, value, sizeof(value), H5P_DEFAULT) < 0) {
    return;
  }
  if (info.type == H5L_TYPE_SOFT) {
    (void)snprintf(target, length, "%s", value);
  } else if (H5Lunpack_elink_val(value, info.u.val_size, &flags, &name, &path) >= 0) {
    (void)snprintf(target, length, "%s:%s", name, path);
  }
}
