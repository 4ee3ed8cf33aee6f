/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "datafile_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "hdf5_objects.h"

#include <stdio.h>
#include <string.h>

void HDF5TypeName(hid_t type, size_t length, char text[])
{
  static const char *const classes[] = {
      [H5T_INTEGER] = "int", [H5T_FLOAT] = "float",       [H5T_STRING] = "string",
      [H5T_ENUM] = "enum",   [H5T_COMPOUND] = "compound", [H5T_REFERENCE] = "reference",
      [H5T_VLEN] = "list",   [H5T_ARRAY] = "array"};
  H5T_class_t class = H5Tget_class(type);
  const char *name = class >= 0 && class < (int)PETSC_STATIC_ARRAY_LENGTH(classes) && classes[class]
                         ? classes[class]
                         : "other";

  if (class == H5T_INTEGER || class == H5T_FLOAT) {
    (void)snprintf(text, length, "%s%s%zu", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", name,
                   8 * H5Tget_size(type));
  } else {
    (void)snprintf(text, length, "%s", HDF5TypeIsNumeric(type) ? "bool" : name);
  }
}

/* Describes type and space of a dataset or attribute, e.g. "float64 (5001 x 10)". */
static void describe(hid_t type, hid_t space, size_t length, char text[])
{
  hsize_t dims[H5S_MAX_RANK];
  int n_dims = H5Sget_simple_extent_dims(space, dims, NULL);
  size_t at;

  HDF5TypeName(type, length, text);
  for (int d = 0; d < n_dims; d++) {
    at = strlen(text);
    (void)snprintf(text + at, length - at, "%s%llu%s", d ? " x " : " (",
                   (unsigned long long)dims[d], d + 1 == n_dims ? ")" : "");
  }
}

static void attribute_value(hid_t attribute, hid_t type, size_t length, char text[])
{
  H5T_class_t class = H5Tget_class(type);
  hid_t space = H5Aget_space(attribute);
  hssize_t count = H5Sget_simple_extent_npoints(space);

  text[0] = 0;
  if (class == H5T_STRING && !H5Tis_variable_str(type) && count == 1 &&
      H5Tget_size(type) < length) {
    (void)H5Aread(attribute, type, text);
    text[H5Tget_size(type)] = 0;
  } else if (class == H5T_STRING && H5Tis_variable_str(type) && count == 1) {
    char *string = NULL;

    (void)H5Aread(attribute, type, &string);
    (void)snprintf(text, length, "%s", string ? string : "");
    (void)H5free_memory(string);
  } else if (HDF5TypeIsNumeric(type) && count == 1) {
    double value = 0;

    (void)H5Aread(attribute, H5T_NATIVE_DOUBLE, &value);
    (void)snprintf(text, length, "%.15g", value);
  } else {
    describe(type, space, length, text);
  }
  (void)H5Sclose(space);
}

static herr_t print_attribute(hid_t object, const char *name, const H5A_info_t *info, void *indent)
{
  enum { LONGEST = 16384 };
  static char text[LONGEST];
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  hid_t type = H5Aget_type(attribute);

  (void)info;
  attribute_value(attribute, type, sizeof(text) - 1, text);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  if (strchr(text, '\n')) {
    (void)LogPrintf("%s  %s:\n", (const char *)indent, name);
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
      (void)LogPrintf("%s    %s\n", (const char *)indent, line);
    }
  } else {
    (void)LogPrintf("%s  %s: %s\n", (const char *)indent, name, text);
  }
  return 0;
}

static herr_t print_object(hid_t root, const char *name, const ObjectInfo *info, void *context)
{
  char indent[] = "  ", text[256] = "", filter[128] = "";
  hid_t object = H5Oopen(root, name, H5P_DEFAULT);

  (void)context;
  if (info->type == H5O_TYPE_DATASET) {
    hid_t type = H5Dget_type(object), space = H5Dget_space(object);

    describe(type, space, sizeof(text), text);
    HDF5DatasetFilter(object, sizeof(filter), filter);
    (void)H5Tclose(type);
    (void)H5Sclose(space);
  }
  (void)LogPrintf("/%s  %s%s%s%s\n", strcmp(name, ".") ? name : "", text,
                  filter[0] ? ", unreadable here: compressed with " : "", filter,
                  filter[0] ? ", which this HDF5 library lacks" : "");
  (void)H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, print_attribute, indent);
  (void)H5Oclose(object);
  return 0;
}

PetscErrorCode DataFilePrint(DataFile file)
{
  herr_t result;

  PetscFunctionBegin;
  result = HDF5Visit(file->id, print_object, NULL);
  PetscCall(ErrorAgree(file->comm,
                       result < 0 ? UserError("%s: cannot list the file, it may be damaged: %s",
                                              file->path, HDF5Reason())
                                  : 0));
  PetscFunctionReturn(0);
}
