/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Content of a file as one JSON document. */
#include "datafile_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/json.h"
#include "causeway/uses.h"
#include "hdf5_objects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 1024 }; /* of attributes with more values only type and shape are listed */

static void set_type_and_shape(json_t *object, hid_t type, hid_t space)
{
  json_t *shape = json_array();
  hsize_t dims[H5S_MAX_RANK];
  const int n_dims = H5Sget_simple_extent_dims(space, dims, NULL);
  char name[64];

  HDF5TypeName(type, sizeof(name), name);
  for (int d = 0; d < n_dims; d++) {
    (void)json_array_append_new(shape, json_integer((json_int_t)dims[d]));
  }
  (void)json_object_set_new(object, "type", json_string(name));
  (void)json_object_set_new(object, "shape", shape);
}

/* Numbers of an attribute, NULL when they cannot be read. */
static json_t *numbers(hid_t attribute, PetscBool whole, hssize_t count)
{
  json_t *list = json_array();
  double reals[LONGEST];
  int64_t integers[LONGEST];

  if (H5Aread(attribute, whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE,
              whole ? (void *)integers : (void *)reals) < 0) {
    json_decref(list);
    return NULL;
  }
  for (hssize_t k = 0; k < count; k++) {
    (void)json_array_append_new(list, whole                ? json_integer(integers[k])
                                      : isfinite(reals[k]) ? json_real(reals[k])
                                                           : json_null());
  }
  return list;
}

static json_t *variable_texts(hid_t attribute, hid_t type, hid_t space, hssize_t count)
{
  json_t *list = json_array();
  char *texts[LONGEST] = {NULL};

  if (H5Aread(attribute, type, (void *)texts) < 0) {
    json_decref(list);
    return NULL;
  }
  for (hssize_t k = 0; k < count; k++) {
    (void)json_array_append_new(list, JsonText(texts[k] ? texts[k] : ""));
  }
  (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, (void *)texts);
  return list;
}

/* Texts of fixed length, which need not be zero-terminated. */
static json_t *fixed_texts(hid_t attribute, hid_t type, hssize_t count)
{
  const size_t width = H5Tget_size(type);
  char *texts = calloc((size_t)count, width), *one = calloc(1, width + 1);
  json_t *list = texts && one && H5Aread(attribute, type, texts) >= 0 ? json_array() : NULL;

  for (hssize_t k = 0; list && k < count; k++) {
    memcpy(one, texts + (size_t)k * width, width);
    (void)json_array_append_new(list, JsonText(one));
  }
  free(texts);
  free(one);
  return list;
}

static json_t *attribute_value(hid_t attribute, hid_t type, hid_t space)
{
  const H5T_class_t class = H5Tget_class(type);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  json_t *list = NULL, *value;

  if (count > 0 && count <= LONGEST) {
    if (HDF5TypeIsNumeric(type)) {
      list = numbers(attribute, class != H5T_FLOAT ? PETSC_TRUE : PETSC_FALSE, count);
    } else if (class == H5T_STRING) {
      list = H5Tis_variable_str(type) > 0 ? variable_texts(attribute, type, space, count)
                                          : fixed_texts(attribute, type, count);
    }
  }
  if (!list) {
    value = json_object();
    set_type_and_shape(value, type, space);
    return value;
  }
  if (H5Sget_simple_extent_ndims(space) > 0) {
    return list;
  }
  value = json_incref(json_array_get(list, 0));
  json_decref(list);
  return value;
}

static herr_t add_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);

  (void)info;
  (void)json_object_set_new((json_t *)context, name, attribute_value(attribute, type, space));
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  return 0;
}

static herr_t add_object(hid_t root, const char *name, const ObjectInfo *info, void *context)
{
  json_t *object = json_object(), *attributes = json_object();
  hid_t id = H5Oopen(root, name, H5P_DEFAULT);
  char path[PETSC_MAX_PATH_LEN], filter[128];

  (void)snprintf(path, sizeof(path), "/%s", strcmp(name, ".") ? name : "");
  (void)json_object_set_new(object, "path", JsonText(path));
  (void)json_object_set_new(object, "kind",
                            json_string(info->type == H5O_TYPE_DATASET ? "dataset"
                                        : info->type == H5O_TYPE_GROUP ? "group"
                                                                       : "type"));
  if (info->type == H5O_TYPE_DATASET) {
    hid_t type = H5Dget_type(id), space = H5Dget_space(id);

    set_type_and_shape(object, type, space);
    HDF5DatasetFilter(id, sizeof(filter), filter);
    if (filter[0]) {
      (void)json_object_set_new(object, "missing_filter", json_string(filter));
    }
    (void)H5Tclose(type);
    (void)H5Sclose(space);
  }
  (void)H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_INC, NULL, add_attribute, attributes);
  (void)json_object_set_new(object, "attributes", attributes);
  (void)json_array_append_new((json_t *)context, object);
  (void)H5Oclose(id);
  return 0;
}

static json_t *uses_array(const Uses *uses)
{
  static const char *const kinds[N_USE_KINDS] = {
      [USE_ACTIVITY] = "activity", [USE_NETWORK] = "network", [USE_SCORES] = "scores",
      [USE_MODEL] = "model",       [USE_RUN] = "run",         [USE_NONE] = "none"};
  json_t *array = json_array();

  for (int64_t k = 0; k < uses->n; k++) {
    json_t *use = json_object();

    (void)json_object_set_new(use, "as", json_string(kinds[uses->list[k].kind]));
    (void)json_object_set_new(use, "object", JsonText(uses->list[k].path));
    (void)json_object_set_new(use, "options", JsonText(uses->list[k].options));
    (void)json_object_set_new(use, "text", JsonText(uses->list[k].text));
    (void)json_array_append_new(array, use);
  }
  return array;
}

PetscErrorCode DataFilePrintJson(MPI_Comm comm, const char *name, DataFile file, PetscBool snapshot,
                                 const Uses *uses)
{
  json_t *document = json_object(), *objects = json_array();
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (file && HDF5Visit(file->id, add_object, objects) < 0) {
    status = UserError("%s: cannot list the file, it may be damaged: %s", name, HDF5Reason());
  }
  (void)json_object_set_new(document, "file", JsonText(name));
  (void)json_object_set_new(document, "snapshot", json_boolean(snapshot));
  (void)json_object_set_new(document, "uses", uses_array(uses));
  (void)json_object_set_new(document, "objects", objects);
  if (!status && PetscGlobalRank == 0) {
    status = JsonPrint(document);
  }
  json_decref(document);
  PetscCall(ErrorAgree(comm, status));
  PetscFunctionReturn(0);
}
