/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parallel HDF5 files: boxes, types, growth, attributes, names on disk, and errors that every rank
   learns of. */
#include "check.h"
#include "scratch.h"

#include <hdf5.h>
#include <string.h>
#include <unistd.h>

static int rank, size;
/* Whether rank 0 sees the file; the same answer on every rank, after all have come this far. */
static int on_disk(const char *path)
{
  struct stat entry;
  int found;

  (void)MPI_Barrier(PETSC_COMM_WORLD);
  found = rank == 0 && stat(path, &entry) == 0;
  (void)MPI_Bcast(&found, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  return found;
}

/* `code` is a user's mistake, and the message names both `file` and `object` on this rank. */
static void expect_user_error(PetscErrorCode code, const char *file, const char *object,
                              const char *what)
{
  CHECK(code == CAUSEWAY_ERR_USER, "rank %d: %s: code %d", rank, what, (int)code);
  CHECK(strstr(UserErrorMessage(), file), "rank %d: %s: '%s'", rank, what, UserErrorMessage());
  CHECK(strstr(UserErrorMessage(), object), "rank %d: %s: '%s'", rank, what, UserErrorMessage());
  CHECK(!strchr(UserErrorMessage(), '\n'), "%s: more than one line", what);
  (void)UserError("(no error)");
}

/* Uneven boxes of n: shares proportional to rank + offset, so with offset 0 rank 0 has none. */
static void uneven(int64_t n, int offset, int64_t *first, int64_t *count)
{
  int64_t total = 0, before = 0;

  for (int r = 0; r < size; r++) {
    before += r < rank ? r + offset : 0;
    total += r + offset;
  }
  if (total == 0) { /* one rank, offset 0 */
    *first = 0;
    *count = n;
    return;
  }
  *first = n * before / total;
  *count = n * (before + rank + offset) / total - *first;
}

static double value_at(int64_t index)
{
  return (double)index * 0.5 - 3.25;
}

/* Writes an uneven box, then reads the whole, a part and nothing. */
static PetscErrorCode test_one_dimension(int64_t n, int offset)
{
  DataFile file = NULL;
  int64_t first, count, zero = 0, shape = -1;
  double *values;

  PetscFunctionBegin;
  uneven(n, offset, &first, &count);
  PetscCall(PetscMalloc1((size_t)n + 2, &values));
  for (int64_t i = 0; i < count; i++) {
    values[i] = value_at(first + i);
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("one.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/deep/group/values", DATA_FLOAT64, 1, &n, NULL));
  PetscCall(DataFileWrite(file, "/deep/group/values", DATA_FLOAT64, &first, &count, values));
  PetscCall(DataFileClose(&file));
  CHECK(file == NULL, "closed handle");

  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("one.h5"), &file));
  CHECK(strstr(DataFileName(file), "one.h5"), "%s", DataFileName(file));
  PetscCall(DataFileShape(file, "/deep/group/values", 1, &shape));
  CHECK(shape == n, "%lld", (long long)shape);
  PetscCall(DataFileRead(file, "/deep/group/values", DATA_FLOAT64, &zero, &n, values));
  for (int64_t i = 0; i < n; i++) {
    CHECK(values[i] == value_at(i), "rank %d: [%lld] = %g", rank, (long long)i, values[i]);
  }
  count = rank == size - 1 && n > 2 ? 2 : 0;
  first = count ? n - 2 : 0;
  values[0] = values[1] = -77;
  PetscCall(DataFileRead(file, "/deep/group/values", DATA_FLOAT64, &first, &count, values));
  CHECK(values[0] == (count ? value_at(n - 2) : -77), "rank %d: %g", rank, values[0]);
  PetscCall(DataFileClose(&file));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* Ranks write blocks of columns and read blocks of rows, chunked and not. */
static PetscErrorCode test_two_dimensions(const int64_t chunk[], int offset)
{
  enum { ROWS = 11, COLUMNS = 14 };
  DataFile file = NULL;
  int64_t dims[2] = {ROWS, COLUMNS}, first[2] = {0, 0}, count[2] = {ROWS, 0}, shape[2];
  double values[ROWS * COLUMNS];

  PetscFunctionBegin;
  uneven(COLUMNS, offset, &first[1], &count[1]);
  for (int64_t i = 0; i < ROWS; i++) {
    for (int64_t j = 0; j < count[1]; j++) {
      values[i * count[1] + j] = value_at(i * COLUMNS + first[1] + j);
    }
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("two.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/values", DATA_FLOAT64, 2, dims, chunk));
  PetscCall(DataFileWrite(file, "/values", DATA_FLOAT64, first, count, values));
  PetscCall(DataFileClose(&file));

  first[1] = 0;
  count[1] = COLUMNS;
  uneven(ROWS, offset, &first[0], &count[0]);
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("two.h5"), &file));
  PetscCall(DataFileShape(file, "/values", 2, shape));
  CHECK(shape[0] == ROWS && shape[1] == COLUMNS, "(%lld, %lld)", (long long)shape[0],
        (long long)shape[1]);
  PetscCall(DataFileRead(file, "/values", DATA_FLOAT64, first, count, values));
  for (int64_t i = 0; i < count[0] * COLUMNS; i++) {
    CHECK(values[i] == value_at(first[0] * COLUMNS + i), "rank %d: [%lld] = %g", rank, (long long)i,
          values[i]);
  }
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* Every type in memory and on disk, with values that a narrower type would spoil. */
enum { N_VALUES = 3 };
static const double doubles[N_VALUES] = {1e300, -0.1, 5e-324};
static const float floats[N_VALUES] = {1e30F, -0.1F, 16777215.0F};
static const int64_t longs[N_VALUES] = {INT64_MAX, INT64_MIN, (INT64_C(1) << 53) + 1};
static const uint64_t unsigned_longs[N_VALUES] = {UINT64_MAX, 0, (UINT64_C(1) << 63) + 1};
static const int32_t ints[N_VALUES] = {INT32_MAX, INT32_MIN, -1};
static const uint8_t bytes[N_VALUES] = {255, 0, 128};
static const struct {
  const char *path;
  DataType type;
  size_t width;
  const void *values;
} types[] = {{"/double", DATA_FLOAT64, 8, doubles}, {"/float", DATA_FLOAT32, 4, floats},
             {"/long", DATA_INT64, 8, longs},       {"/ulong", DATA_UINT64, 8, unsigned_longs},
             {"/int", DATA_INT32, 4, ints},         {"/byte", DATA_UINT8, 1, bytes}};
enum { N_TYPES = sizeof(types) / sizeof(types[0]) };

static PetscErrorCode test_types(void)
{
  DataFile file = NULL;
  int64_t n = N_VALUES, zero = 0, none = 0;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("types.h5"), &file));
  for (int t = 0; t < N_TYPES; t++) {
    PetscCall(DataFileAddDataset(file, types[t].path, types[t].type, 1, &n, NULL));
    PetscCall(DataFileWrite(file, types[t].path, types[t].type, &zero,
                            rank == size - 1 ? &n : &none, types[t].values));
  }
  PetscCall(DataFileClose(&file));
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("types.h5"), &file));
  for (int t = 0; t < N_TYPES; t++) {
    char back[8 * N_VALUES];

    PetscCall(DataFileRead(file, types[t].path, types[t].type, &zero, &n, back));
    CHECK(!memcmp(back, types[t].values, N_VALUES * types[t].width), "%s", types[t].path);
  }
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* HDF5 converts between what is in memory and what is on disk. */
static PetscErrorCode test_conversion(void)
{
  DataFile file = NULL;
  int64_t n = N_VALUES, zero = 0, none = 0;
  const double small[N_VALUES] = {0, 7, 200};

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("convert.h5"), &file));
  for (int t = 0; t < N_TYPES; t++) {
    PetscCall(DataFileAddDataset(file, types[t].path, types[t].type, 1, &n, NULL));
    PetscCall(DataFileWrite(file, types[t].path, DATA_FLOAT64, &zero, rank ? &none : &n, small));
  }
  PetscCall(DataFileClose(&file));
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("convert.h5"), &file));
  for (int t = 0; t < N_TYPES; t++) {
    double back[N_VALUES];
    int64_t whole[N_VALUES];

    PetscCall(DataFileRead(file, types[t].path, DATA_FLOAT64, &zero, &n, back));
    PetscCall(DataFileRead(file, types[t].path, DATA_INT64, &zero, &n, whole));
    for (int i = 0; i < N_VALUES; i++) {
      CHECK(back[i] == small[i] && (double)whole[i] == small[i], "%s: %g", types[t].path, back[i]);
    }
  }
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* Rows are added in steps, from none; old rows stay. */
static PetscErrorCode test_extend(void)
{
  enum { COLUMNS = 5, STEP = 4, N_STEPS = 3, ROWS = STEP * N_STEPS };
  const int64_t chunk[2] = {3, 2};
  int64_t dims[2] = {0, COLUMNS}, first[2] = {0, 0}, count[2] = {STEP, 0}, shape[2];
  double values[ROWS * COLUMNS];
  DataFile file = NULL;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("extend.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/values", DATA_FLOAT64, 2, dims, chunk));
  uneven(COLUMNS, 0, &first[1], &count[1]);
  for (int step = 0; step < N_STEPS; step++) {
    first[0] = dims[0];
    dims[0] += STEP;
    for (int64_t i = 0; i < STEP * count[1]; i++) {
      values[i] = value_at((first[0] + i / count[1]) * COLUMNS + first[1] + i % count[1]);
    }
    PetscCall(DataFileExtend(file, "/values", 2, dims));
    PetscCall(DataFileWrite(file, "/values", DATA_FLOAT64, first, count, values));
  }
  PetscCall(DataFileClose(&file));

  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("extend.h5"), &file));
  PetscCall(DataFileShape(file, "/values", 2, shape));
  CHECK(shape[0] == ROWS && shape[1] == COLUMNS, "%lld rows", (long long)shape[0]);
  first[0] = first[1] = 0;
  PetscCall(DataFileRead(file, "/values", DATA_FLOAT64, first, dims, values));
  for (int64_t i = 0; i < ROWS * COLUMNS; i++) {
    CHECK(values[i] == value_at(i), "[%lld] = %g", (long long)i, values[i]);
  }
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* Numbers as HDF5 itself reads them back; on one rank, with the serial driver. */
static void check_attributes(const char *path)
{
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), attribute, type;
  double real = 0;
  int64_t integer = 0;

  CHECK(file >= 0, "%s", path);
  attribute = H5Aopen_by_name(file, "/group/values", "real", H5P_DEFAULT, H5P_DEFAULT);
  CHECK(attribute >= 0 && H5Aread(attribute, H5T_NATIVE_DOUBLE, &real) >= 0, "real");
  CHECK(real == 0.1, "%.17g", real);
  (void)H5Aclose(attribute);
  attribute = H5Aopen_by_name(file, "/group", "integer", H5P_DEFAULT, H5P_DEFAULT);
  CHECK(attribute >= 0 && H5Aread(attribute, H5T_NATIVE_INT64, &integer) >= 0, "integer");
  CHECK(integer == INT64_MIN + 1, "%lld", (long long)integer);
  (void)H5Aclose(attribute);
  attribute = H5Aopen_by_name(file, "/", "words", H5P_DEFAULT, H5P_DEFAULT);
  type = attribute >= 0 ? H5Aget_type(attribute) : -1;
  CHECK(type >= 0 && H5Tget_class(type) == H5T_STRING, "words");
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  CHECK(H5Aexists_by_name(file, "/group/values", "units", H5P_DEFAULT) > 0, "units");
  CHECK(H5Aexists_by_name(file, "/group/values", "description", H5P_DEFAULT) > 0, "description");
  CHECK(H5Aexists_by_name(file, "/spikes/neurons", "sorting", H5P_DEFAULT) > 0, "sorting");
  CHECK(H5Aexists_by_name(file, "/", "magic", H5P_DEFAULT) > 0, "magic");
  CHECK(H5Aexists_by_name(file, "/", "version", H5P_DEFAULT) > 0, "version");
  (void)H5Fclose(file);
}

static PetscErrorCode test_attributes(void)
{
  DataFile file = NULL;
  int64_t n = 3;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("attributes.h5"), &file));
  PetscCall(DataFileProvenance(file, "seed: 0\n\n\"network\": {p: 0.1}\n"));
  PetscCall(DataFileAddDataset(file, "/group/values", DATA_INT32, 1, &n, NULL));
  PetscCall(DataFileAddDataset(file, "/spikes/neurons/timestamps", DATA_FLOAT64, 1, &n, NULL));
  PetscCall(DataFileSetReal(file, "/group/values", "real", 0.1));
  PetscCall(DataFileSetReal(file, "/group/values", "undefined", (double)NAN));
  PetscCall(DataFileSetInteger(file, "/group", "integer", INT64_MIN + 1));
  PetscCall(DataFileSetString(file, "/", "words", "\xc2\xb5V and more"));
  PetscCall(DataFileSetString(file, "/group", "empty", ""));
  PetscCall(DataFileDescribe(file, "/group/values", "mV", "what it is"));
  PetscCall(DataFileSetSpikeSorting(file, "/spikes/neurons", PETSC_TRUE));
  PetscCall(DataFileClose(&file));

  (void)MPI_Barrier(PETSC_COMM_WORLD);
  if (rank == 0) {
    check_attributes(in_scratch("attributes.h5"));
  }
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("attributes.h5"), &file));
  PetscCall(DataFilePrint(file));
  PetscCall(DataFileClose(&file));

  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("attributes.h5"), &file));
  PetscCall(DataFileProvenance(file, NULL));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_one(const char *path, double value, DataFile *file)
{
  int64_t n = 1, zero = 0, none = 0;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, path, file));
  PetscCall(DataFileAddDataset(*file, "/value", DATA_FLOAT64, 1, &n, NULL));
  PetscCall(DataFileWrite(*file, "/value", DATA_FLOAT64, &zero, rank ? &none : &n, &value));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_one(const char *path, double *value)
{
  DataFile file = NULL;
  int64_t n = 1, zero = 0;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, path, &file));
  PetscCall(DataFileRead(file, "/value", DATA_FLOAT64, &zero, &n, value));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* A file under its proper name is complete; an older one stays until then. */
static PetscErrorCode test_names(void)
{
  char path[512], partial[600];
  DataFile file = NULL;
  double value = 0;

  PetscFunctionBegin;
  (void)snprintf(path, sizeof(path), "%s", in_scratch("names.h5"));
  (void)snprintf(partial, sizeof(partial), "%s.partial", path);
  PetscCall(write_one(path, 1, &file));
  CHECK(on_disk(partial) && !on_disk(path), "while it is written");
  PetscCall(DataFileDiscard(&file));
  CHECK(file == NULL, "discarded handle");
  CHECK(!on_disk(partial) && !on_disk(path), "after discard");

  PetscCall(write_one(path, 2, &file));
  PetscCall(DataFileClose(&file));
  CHECK(!on_disk(partial) && on_disk(path), "after close");

  PetscCall(write_one(path, 3, &file));
  CHECK(on_disk(partial), "while a second is written");
  PetscCall(read_one(path, &value));
  CHECK(value == 2, "old file while the new one is written: %g", value);
  PetscCall(DataFileDiscard(&file));
  PetscCall(read_one(path, &value));
  CHECK(value == 2, "old file after the new one is discarded: %g", value);

  PetscCall(write_one(path, 4, &file));
  PetscCall(DataFileClose(&file));
  PetscCall(read_one(path, &value));
  CHECK(value == 4, "new file: %g", value);
  PetscFunctionReturn(0);
}

/* Discard is safe on NULL, and takes nothing away that was only read. */
static PetscErrorCode test_discard(void)
{
  DataFile file = NULL;

  PetscFunctionBegin;
  PetscCall(DataFileDiscard(&file));
  PetscCall(write_one(in_scratch("read.h5"), 1, &file));
  PetscCall(DataFileClose(&file));
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("read.h5"), &file));
  PetscCall(DataFileDiscard(&file));
  CHECK(file == NULL, "discarded handle");
  CHECK(on_disk(in_scratch("read.h5")), "a file that was read is gone");
  PetscFunctionReturn(0);
}

static PetscErrorCode expect_object(DataFile file, const char *path, PetscBool dataset,
                                    PetscBool group)
{
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(file, path, &found));
  CHECK(found == dataset, "%s dataset: %d", path, (int)found);
  PetscCall(DataFileIsGroup(file, path, &found));
  CHECK(found == group, "%s group: %d", path, (int)found);
  PetscFunctionReturn(0);
}

static PetscErrorCode test_objects(void)
{
  DataFile file = NULL;
  int64_t n = 2;
  char child[64];
  const char *name = in_scratch("objects.h5");

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, name, &file));
  PetscCall(DataFileAddDataset(file, "/one/only/values", DATA_FLOAT64, 1, &n, NULL));
  PetscCall(DataFileAddDataset(file, "/two/a", DATA_FLOAT64, 1, &n, NULL));
  PetscCall(DataFileAddDataset(file, "/two/b", DATA_FLOAT64, 1, &n, NULL));
  PetscCall(DataFileClose(&file));
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, name, &file));
  PetscCall(expect_object(file, "/", PETSC_FALSE, PETSC_TRUE));
  PetscCall(expect_object(file, "/one", PETSC_FALSE, PETSC_TRUE));
  PetscCall(expect_object(file, "/one/only/values", PETSC_TRUE, PETSC_FALSE));
  PetscCall(expect_object(file, "/none", PETSC_FALSE, PETSC_FALSE));
  PetscCall(expect_object(file, "/none/below/it", PETSC_FALSE, PETSC_FALSE));
  PetscCall(expect_object(file, "/two/a/inside", PETSC_FALSE, PETSC_FALSE));
  PetscCall(DataFileOnlyChild(file, "/one", sizeof(child), child));
  CHECK(!strcmp(child, "/one/only"), "%s", child);
  PetscCall(DataFileOnlyChild(file, "/one/only", sizeof(child), child));
  CHECK(!strcmp(child, "/one/only/values"), "%s", child);
  expect_user_error(DataFileOnlyChild(file, "/two", sizeof(child), child), name, "/two",
                    "several children");
  expect_user_error(DataFileOnlyChild(file, "/none", sizeof(child), child), name, "/none",
                    "missing group");
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* Rank 0 puts a dataset of fixed strings, a dataset of numbers and an empty group into a file. */
static void write_strings(const char *path)
{
  hsize_t n = 2;
  hid_t file, space, type, object;

  if (rank == 0) {
    file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    space = H5Screate_simple(1, &n, NULL);
    type = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, 8);
    object = H5Dcreate2(file, "words", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Dclose(object);
    object =
        H5Dcreate2(file, "numbers", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Dclose(object);
    object = H5Gcreate2(file, "empty", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Gclose(object);
    (void)H5Tclose(type);
    (void)H5Sclose(space);
    CHECK(H5Fclose(file) >= 0, "%s", path);
  }
  (void)MPI_Barrier(PETSC_COMM_WORLD);
}

static PetscErrorCode test_dataset_errors(void)
{
  DataFile file = NULL;
  char name[512], child[64];
  int64_t dims[DATAFILE_MAX_DIMS], first[2] = {0, 0}, count[2] = {1, 1};
  double values[4];

  PetscFunctionBegin;
  (void)snprintf(name, sizeof(name), "%s", in_scratch("strings.h5"));
  write_strings(name);
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, name, &file));
  expect_user_error(DataFileShape(file, "/missing", 1, dims), name, "/missing", "shape");
  expect_user_error(DataFileShape(file, "/missing/too", 1, dims), name, "/missing/too", "shape");
  expect_user_error(DataFileRead(file, "/missing", DATA_FLOAT64, first, count, values), name,
                    "/missing", "read");
  expect_user_error(DataFileShape(file, "/empty", 1, dims), name, "/empty", "shape of a group");
  expect_user_error(DataFileShape(file, "/numbers", 2, dims), name, "/numbers", "2 of 1 dims");
  expect_user_error(DataFileShape(file, "/numbers", 4, dims), name, "/numbers", "4 of 1 dims");
  expect_user_error(DataFileShape(file, "/words", 1, dims), name, "/words", "shape of strings");
  expect_user_error(DataFileOnlyChild(file, "/empty", sizeof(child), child), name, "/empty",
                    "no child");
  PetscCall(DataFileShape(file, "/numbers", 1, dims));
  CHECK(dims[0] == 2, "the file stays usable: %lld", (long long)dims[0]);
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static void test_file_errors(void)
{
  DataFile file = NULL;
  FILE *text;

  if (rank == 0 && (text = fopen(in_scratch("text.h5"), "w"))) {
    (void)fputs("seed: 0\n", text);
    (void)fclose(text);
    (void)fclose(fopen(in_scratch("empty.h5"), "w"));
    (void)mkdir(in_scratch("folder"), 0700);
  }
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  expect_user_error(DataFileOpen(PETSC_COMM_WORLD, in_scratch("none.h5"), &file), "none.h5",
                    scratch, "missing file");
  expect_user_error(DataFileOpen(PETSC_COMM_WORLD, in_scratch("text.h5"), &file), "text.h5",
                    scratch, "no HDF5");
  expect_user_error(DataFileOpen(PETSC_COMM_WORLD, in_scratch("empty.h5"), &file), "empty.h5",
                    scratch, "an empty file");
  expect_user_error(DataFileOpen(PETSC_COMM_WORLD, in_scratch("folder"), &file), "folder", scratch,
                    "a folder");
  expect_user_error(DataFileOpen(PETSC_COMM_WORLD, "", &file), "", "", "no name");
  expect_user_error(DataFileCreate(PETSC_COMM_WORLD, in_scratch("none/new.h5"), &file), "new.h5",
                    scratch, "in a missing folder");
  file = NULL;
}

/* A new file cannot take the name of a folder; at the latest close says so. */
static void test_create_over_folder(void)
{
  DataFile file = NULL;
  PetscErrorCode code = DataFileCreate(PETSC_COMM_WORLD, in_scratch("folder"), &file);

  if (!code) {
    code = DataFileClose(&file);
  }
  expect_user_error(code, "folder", scratch, "over a folder");
  (void)DataFileDiscard(&file);
  CHECK(!on_disk(in_scratch("folder.partial")), "nothing is left after discard");
  CHECK(on_disk(in_scratch("folder")), "the folder itself stays");
}

int main(int argc, char **argv)
{
  const int64_t chunk[2] = {4, 3};

  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  scratch_begin("datafile");
  for (int offset = 0; offset < 2; offset++) {
    CHECK(!test_one_dimension(37, offset), "one dimension");
    CHECK(!test_one_dimension(1, offset), "one value");
    CHECK(!test_two_dimensions(NULL, offset), "two dimensions");
    CHECK(!test_two_dimensions(chunk, offset), "two dimensions, chunks");
  }
  CHECK(!test_one_dimension(0, 0), "no value: %s", UserErrorMessage());
  CHECK(!test_types(), "types");
  CHECK(!test_conversion(), "conversion");
  CHECK(!test_extend(), "extend");
  CHECK(!test_attributes(), "attributes");
  CHECK(!test_names(), "names");
  CHECK(!test_discard(), "discard");
  CHECK(!test_objects(), "objects");
  CHECK(!test_dataset_errors(), "errors of datasets");
  test_file_errors();
  test_create_over_folder();
  scratch_end();
  return check_end();
}
