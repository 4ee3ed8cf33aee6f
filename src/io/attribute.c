/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Attributes of the objects of a DataFile. */
#include "datafile_impl.h"

#include "causeway/error.h"

#include <string.h>

static PetscErrorCode set_attribute(DataFile file, const char *object, const char *name, hid_t type,
                                    const void *value)
{
  hid_t space = H5Screate(H5S_SCALAR);
  hid_t attribute;
  herr_t result = -1;

  PetscFunctionBegin;
  if (H5Aexists_by_name(file->id, object, name, H5P_DEFAULT) > 0) {
    (void)H5Adelete_by_name(file->id, object, name, H5P_DEFAULT);
  }
  attribute =
      H5Acreate_by_name(file->id, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute >= 0) {
    result = H5Awrite(attribute, type, value);
    (void)H5Aclose(attribute);
  }
  (void)H5Sclose(space);
  PetscCall(ErrorAgree(file->comm, result < 0
                                       ? UserError("%s:%s: cannot write the attribute %s: %s",
                                                   file->path, object, name, HDF5Reason())
                                       : 0));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileSetString(DataFile file, const char *object, const char *name,
                                 const char *value)
{
  hid_t type = H5Tcopy(H5T_C_S1);
  PetscErrorCode status;

  PetscFunctionBegin;
  (void)H5Tset_size(type, strlen(value) + 1);
  (void)H5Tset_cset(type, H5T_CSET_UTF8);
  status = set_attribute(file, object, name, type, value);
  (void)H5Tclose(type);
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileSetReal(DataFile file, const char *object, const char *name, double value)
{
  PetscFunctionBegin;
  PetscCall(set_attribute(file, object, name, H5T_NATIVE_DOUBLE, &value));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileSetInteger(DataFile file, const char *object, const char *name,
                                  int64_t value)
{
  PetscFunctionBegin;
  PetscCall(set_attribute(file, object, name, H5T_NATIVE_INT64, &value));
  PetscFunctionReturn(0);
}

/* Opens an attribute of any type, negative when there is none. The object is opened first: HDF5 does not find attributes
   by name behind a link to another file. */
static hid_t open_any(DataFile file, const char *object, const char *name)
{
  const hid_t owner =
      DanglingLink(file, object) || H5Oexists_by_name(file->id, object, H5P_DEFAULT) <= 0
          ? -1
          : H5Oopen(file->id, object, H5P_DEFAULT);
  hid_t attribute = -1;

  if (owner >= 0) {
    const htri_t there = H5Aexists(owner, name);

    attribute = there > 0 ? H5Aopen(owner, name, H5P_DEFAULT) : -1;
    if (there < 0 || (there > 0 && attribute < 0)) {
      DamageNote(file, object, HDF5Reason());
    }
    (void)H5Oclose(owner);
  }
  return attribute;
}

static void read_attribute(DataFile file, const char *object, hid_t attribute, hid_t type,
                           void *value)
{
  if (H5Aread(attribute, type, value) < 0) {
    DamageNote(file, object, HDF5Reason());
  }
}

/* Opens an attribute that must be one value of the class; negative when there is none. */
static PetscErrorCode open_attribute(DataFile file, const char *object, const char *name,
                                     H5T_class_t class, hid_t *attribute)
{
  hid_t type, space;
  PetscBool fits;

  PetscFunctionBegin;
  *attribute = open_any(file, object, name);
  if (*attribute < 0) {
    PetscFunctionReturn(0);
  }
  type = H5Aget_type(*attribute);
  space = H5Aget_space(*attribute);
  fits = H5Sget_simple_extent_npoints(space) == 1 &&
                 (H5Tget_class(type) == class || (class == H5T_FLOAT && HDF5TypeIsNumeric(type)))
             ? PETSC_TRUE
             : PETSC_FALSE;
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  if (!fits) {
    (void)H5Aclose(*attribute);
  }
  UserCheck(fits, "%s:%s: the attribute %s is not a single %s", file->path, object, name,
            class == H5T_FLOAT ? "number" : "text");
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileGetReal(DataFile file, const char *object, const char *name, double *value,
                               PetscBool *found)
{
  hid_t attribute;

  PetscFunctionBegin;
  PetscCall(open_attribute(file, object, name, H5T_FLOAT, &attribute));
  if (attribute >= 0) {
    read_attribute(file, object, attribute, H5T_NATIVE_DOUBLE, value);
    (void)H5Aclose(attribute);
  }
  if (found) {
    *found = attribute >= 0 ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

/* Reads a text of fixed or variable length, cut to `length`. */
static PetscErrorCode read_text(DataFile file, const char *object, hid_t attribute, size_t length,
                                char value[])
{
  hid_t type = H5Aget_type(attribute);
  char *text = NULL;

  PetscFunctionBegin;
  if (H5Tis_variable_str(type) > 0) {
    read_attribute(file, object, attribute, type, &text);
    PetscCall(PetscStrncpy(value, text ? text : "", length));
    (void)H5free_memory(text);
  } else {
    PetscCall(PetscCalloc1(H5Tget_size(type) + 1, &text));
    read_attribute(file, object, attribute, type, text);
    PetscCall(PetscStrncpy(value, text, length));
    PetscCall(PetscFree(text));
  }
  (void)H5Tclose(type);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileGetString(DataFile file, const char *object, const char *name, size_t length,
                                 char value[], PetscBool *found)
{
  hid_t attribute;

  PetscFunctionBegin;
  PetscCall(open_attribute(file, object, name, H5T_STRING, &attribute));
  if (attribute >= 0) {
    PetscCall(read_text(file, object, attribute, length, value));
    (void)H5Aclose(attribute);
  }
  if (found) {
    *found = attribute >= 0 ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileGetReals(DataFile file, const char *object, const char *name, int most,
                                double values[], int *count)
{
  hid_t attribute, type, space;
  hssize_t n = 0;
  PetscBool fits = PETSC_TRUE;

  PetscFunctionBegin;
  *count = 0;
  attribute = open_any(file, object, name);
  if (attribute < 0) {
    PetscFunctionReturn(0);
  }
  type = H5Aget_type(attribute);
  space = H5Aget_space(attribute);
  n = H5Sget_simple_extent_npoints(space);
  fits = n >= 0 && n <= most && HDF5TypeIsNumeric(type) ? PETSC_TRUE : PETSC_FALSE;
  if (fits && n > 0) {
    read_attribute(file, object, attribute, H5T_NATIVE_DOUBLE, values);
    *count = (int)n;
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  UserCheck(fits, "%s:%s: the attribute %s is not a list of at most %d numbers", file->path, object,
            name, most);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileGetReference(DataFile file, const char *object, const char *name,
                                    size_t length, char path[], char other[])
{
  char own[PETSC_MAX_PATH_LEN] = "";
  hobj_ref_t reference;
  hid_t attribute, type, target = -1;

  PetscFunctionBegin;
  path[0] = other[0] = 0;
  attribute = open_any(file, object, name);
  if (attribute < 0) {
    PetscFunctionReturn(0);
  }
  type = H5Aget_type(attribute);
  if (H5Tequal(type, H5T_STD_REF_OBJ) > 0 && H5Aread(attribute, type, &reference) >= 0) {
    target = H5Rdereference2(attribute, H5P_DEFAULT, H5R_OBJECT, &reference);
  }
  if (target >= 0) {
    (void)H5Iget_name(target, path, length);
    (void)H5Fget_name(file->id, own, sizeof(own));
    (void)H5Fget_name(target, other, PETSC_MAX_PATH_LEN);
    if (!strcmp(own, other)) {
      other[0] = 0;
    }
    (void)H5Oclose(target);
  }
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileDescribe(DataFile file, const char *dataset, const char *units,
                                const char *description)
{
  PetscFunctionBegin;
  PetscCall(DataFileSetString(file, dataset, "units", units));
  PetscCall(DataFileSetString(file, dataset, "description", description));
  PetscFunctionReturn(0);
}
