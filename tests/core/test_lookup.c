/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a damaged file hides is not taken for absent: by the ranks together, and by one process alone. */
#include "causeway/internal/core/hdf5_find.h"
#include "check.h"
#include "scratch.h"

#include <stdlib.h>
#include <string.h>

static int rank;

/* /group/values with the attribute `weight`. */
static PetscErrorCode write_file(const char *path)
{
  const int64_t dims[1] = {4};
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, path, &file));
  PetscCall(DataFileAddDataset(file, "/group/values", DATA_FLOAT64, 1, dims, NULL));
  PetscCall(DataFileSetReal(file, "/group/values", "weight", 3));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* Overwrites the byte `before` bytes ahead of the last place of `word` in the file. */
static void damage(const char *path, const char *word, long before)
{
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  if (rank == 0) {
    FILE *stream = fopen(path, "r+b");
    const size_t length = strlen(word);
    static char bytes[1 << 16];
    const size_t size = fread(bytes, 1, sizeof(bytes), stream);
    long at = -1;

    for (size_t k = 0; k + length <= size; k++) {
      at = memcmp(bytes + k, word, length) ? at : (long)k;
    }
    CHECK(at >= before, "%s is in %s", word, path);
    CHECK(!fseek(stream, at - before, SEEK_SET) && fputc(0xee, stream) != EOF && !fclose(stream),
          "%s cannot be changed", path);
  }
  (void)MPI_Barrier(PETSC_COMM_WORLD);
}

/* What the ranks find together, and how closing ends. */
static PetscErrorCode look(const char *path, PetscBool *is_dataset, double *weight,
                           PetscErrorCode *closing)
{
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, path, &file));
  PetscCall(DataFileIsDataset(file, "/group/values", is_dataset));
  PetscCall(DataFileGetReal(file, "/group/values", "weight", weight, NULL));
  *closing = DataFileClose(&file);
  PetscFunctionReturn(0);
}

/* The same alone: the first error, else whether both are there. */
static PetscErrorCode look_alone(const char *path, PetscBool *found)
{
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), dataset = -1, attribute = -1;
  PetscErrorCode status = HDF5FindDataset(file, "/group/values", &dataset);

  if (!status && dataset >= 0) {
    status = HDF5FindAttribute(dataset, "weight", &attribute);
  }
  *found = attribute >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (attribute >= 0) {
    (void)H5Aclose(attribute);
  }
  if (dataset >= 0) {
    (void)H5Dclose(dataset);
  }
  (void)H5Fclose(file);
  return status;
}

static void expect_damage(PetscErrorCode status, const char *path, const char *what)
{
  CHECK(status == CAUSEWAY_ERR_USER, "%s: code %d", what, (int)status);
  CHECK(strstr(UserErrorMessage(), path) && strstr(UserErrorMessage(), "the file is damaged: ") &&
            !strchr(UserErrorMessage(), '\n'),
        "%s: '%s'", what, UserErrorMessage());
  (void)UserError("(no error)");
}

static PetscErrorCode test_sound(void)
{
  const char *path = in_scratch("sound.h5");
  PetscErrorCode closing;
  PetscBool found;
  double weight = 1;
  DataFile file;
  hid_t id, dataset;

  PetscFunctionBegin;
  PetscCall(write_file(path));
  PetscCall(look(path, &found, &weight, &closing));
  CHECK(found && weight == 3 && !closing, "sound: weight %g", weight);
  CHECK(!look_alone(path, &found) && found, "alone");
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, path, &file)); /* absent is no damage */
  PetscCall(DataFileIsDataset(file, "/group/other", &found));
  CHECK(!found, "other");
  PetscCall(DataFileIsDataset(file, "/group/values/inside", &found));
  CHECK(!found, "inside a dataset");
  PetscCall(DataFileGetReal(file, "/group/values", "other", &weight, &found));
  CHECK(!found, "another attribute");
  PetscCall(DataFileClose(&file));
  id = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CHECK(!HDF5Find(id, "/group/values/inside", &found) && !found, "inside a dataset, alone");
  CHECK(!HDF5Find(id, "/other/values", &found) && !found, "another group, alone");
  CHECK(!HDF5Find(id, "group/values", &found) && found, "a relative path, alone");
  CHECK(!HDF5FindDataset(id, "/group", &dataset) && dataset < 0, "a group is no dataset, alone");
  (void)H5Fclose(id);
  PetscFunctionReturn(0);
}

/* `word`, `before`: see damage(). */
static PetscErrorCode test_damaged(const char *name, const char *word, long before)
{
  const char *path = in_scratch(name);
  PetscErrorCode closing;
  PetscBool found;
  double weight = 1;

  PetscFunctionBegin;
  PetscCall(write_file(path));
  damage(path, word, before);
  PetscCall(look(path, &found, &weight, &closing));
  CHECK(weight == 1, "%s: weight %g", name, weight);
  expect_damage(closing, path, name);
  CHECK(!DataFileWriteFailed(), "%s: counts as a write that failed", name);
  expect_damage(look_alone(path, &found), path, name);
  CHECK(!found, "%s: found alone", name);
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  scratch_begin("lookup");
  CHECK(!test_sound(), "sound: %s", UserErrorMessage());
  CHECK(!test_damaged("names.h5", "HEAP", 0), "names: %s", UserErrorMessage());
  CHECK(!test_damaged("nodes.h5", "SNOD", 0), "nodes: %s", UserErrorMessage());
  CHECK(!test_damaged("attribute.h5", "weight", 8), "attribute: %s", UserErrorMessage());
  scratch_end();
  return check_end();
}
