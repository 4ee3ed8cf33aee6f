/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "datafile_impl.h"

#include "causeway/error.h"
#include "causeway/version.h"

/* Every SONATA file has this number and the version of the format (SONATA guide, "Top level"). */
enum { SONATA_MAGIC = 0x0A7A };

static PetscErrorCode sonata_attributes(DataFile file)
{
  const uint32_t magic = SONATA_MAGIC, version[2] = {0, 1};
  const hsize_t two = 2;
  hid_t scalar = H5Screate(H5S_SCALAR), pair = H5Screate_simple(1, &two, NULL);
  hid_t a = H5Acreate2(file->id, "magic", H5T_STD_U32LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
  hid_t b = H5Acreate2(file->id, "version", H5T_STD_U32LE, pair, H5P_DEFAULT, H5P_DEFAULT);
  herr_t result = -1;

  if (a >= 0 && b >= 0) {
    result = H5Awrite(a, H5T_NATIVE_UINT32, &magic);
    result = result < 0 ? result : H5Awrite(b, H5T_NATIVE_UINT32, version);
  }
  (void)H5Aclose(a);
  (void)H5Aclose(b);
  (void)H5Sclose(scalar);
  (void)H5Sclose(pair);
  return result < 0 ? UserError("%s: cannot write attributes: %s", file->path, HDF5Reason()) : 0;
}

PetscErrorCode DataFileSetSpikeSorting(DataFile file, const char *population, PetscBool by_time)
{
  static const char *const names[] = {"none", "by_id", "by_time"};
  const uint8_t sorting = by_time ? 2 : 1;
  hid_t type = H5Tenum_create(H5T_STD_U8LE), space = H5Screate(H5S_SCALAR), attribute;
  herr_t result = -1;

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(names); k++) {
    const uint8_t value = (uint8_t)k;

    (void)H5Tenum_insert(type, names[k], &value);
  }
  attribute = H5Acreate_by_name(file->id, population, "sorting", type, space, H5P_DEFAULT,
                                H5P_DEFAULT, H5P_DEFAULT);
  if (attribute >= 0) {
    result = H5Awrite(attribute, type, &sorting);
    (void)H5Aclose(attribute);
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  PetscCall(ErrorAgree(file->comm, result < 0 ? UserError("%s:%s: cannot write attributes: %s",
                                                          file->path, population, HDF5Reason())
                                              : 0));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileProvenance(DataFile file, const char *parameters_yaml)
{
  char libraries[1024];

  PetscFunctionBegin;
  CausewayLibraries("; ", sizeof(libraries), libraries);
  PetscCall(ErrorAgree(file->comm, sonata_attributes(file)));
  PetscCall(DataFileSetString(file, "/", "program", "causeway"));
  PetscCall(DataFileSetString(file, "/", "program_version", CausewayVersion()));
  PetscCall(DataFileSetString(file, "/", "program_revision", CausewayRevision()));
  PetscCall(DataFileSetString(file, "/", "libraries", libraries));
  if (parameters_yaml) {
    PetscCall(DataFileSetString(file, "/", "parameters", parameters_yaml));
  }
  PetscFunctionReturn(0);
}
