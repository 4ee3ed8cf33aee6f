/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights of a model: their order, initial values that do not depend on the ranks, and files. Five
   neurons on four ranks leave one rank with none. */
#include "check.h"
#include "scratch.h"
#include "weights.h"

#include <hdf5.h>
#include <string.h>

enum { N_NEURONS = 5, N_DECLARED = 8 };

static int rank, size;

/* The kinds are mixed, and rows have odd lengths so that a pair of draws spans two rows. */
static const struct {
  const char *name;
  TensorKind kind;
  int n_dims;
  int64_t dims[3];
  Initial initial;
  double bound;
} declared[N_DECLARED] = {
    {"norm.running_var", TENSOR_STATE, 1, {6}, INITIAL_ONE, 0},
    {"space.weight", TENSOR_BY_NEURON, 2, {N_NEURONS, 7}, INITIAL_NORMAL, 0},
    {"conv.weight", TENSOR_SHARED, 3, {40, 25, 1}, INITIAL_UNIFORM, 0.25},
    {"head.bias", TENSOR_BY_NEURON, 1, {N_NEURONS}, INITIAL_UNIFORM, 2},
    {"norm.batches", TENSOR_STATE, 0, {0}, INITIAL_ZERO, 0},
    {"norm.weight", TENSOR_SHARED, 1, {6}, INITIAL_ONE, 0},
    {"head.weight", TENSOR_BY_NEURON, 3, {N_NEURONS, 3, 1}, INITIAL_UNIFORM, 0.5},
    {"scale", TENSOR_SHARED, 0, {0}, INITIAL_NORMAL, 0},
};

/* Tensors as declared, over the neurons of `comm`; `skipped` (or -1) is left out. */
static PetscErrorCode make(MPI_Comm comm, int skipped, Weights *weights)
{
  Partition partition;

  PetscFunctionBegin;
  PetscCall(PartitionMake(comm, N_NEURONS, &partition));
  PetscCall(WeightsCreate(&partition, weights));
  for (int t = 0; t < N_DECLARED; t++) {
    if (t != skipped) {
      PetscCall(WeightsAdd(weights, declared[t].name, declared[t].kind, declared[t].n_dims,
                           declared[t].dims, declared[t].initial, declared[t].bound));
    }
  }
  PetscCall(WeightsAllocate(weights));
  PetscFunctionReturn(0);
}

/* Index in the whole tensor of its first local entry. */
static int64_t first_entry(const Weights *weights, const Tensor *tensor)
{
  int64_t row = 1;

  for (int d = 1; d < tensor->n_dims; d++) {
    row *= tensor->dims[d];
  }
  return tensor->kind == TENSOR_BY_NEURON ? weights->partition.first * row : 0;
}

static PetscErrorCode test_layout(void)
{
  static const char *const order[N_DECLARED] = {"conv.weight",      "norm.weight", "scale",
                                                "space.weight",     "head.bias",   "head.weight",
                                                "norm.running_var", "norm.batches"};
  Weights weights;
  int64_t end = 0, n_local;

  PetscFunctionBegin;
  PetscCall(make(PETSC_COMM_WORLD, -1, &weights));
  n_local = weights.partition.n_local;
  for (int t = 0; t < N_DECLARED; t++) {
    const Tensor *tensor;

    PetscCall(WeightsFind(&weights, order[t], &tensor));
    CHECK(!strcmp(tensor->name, order[t]), "%s is %s", order[t], tensor->name);
    CHECK(tensor->offset == end, "%s at %lld, after %lld", order[t], (long long)tensor->offset,
          (long long)end);
    end += tensor->length;
  }
  CHECK(weights.n_shared == 1000 + 6 + 1, "%lld shared", (long long)weights.n_shared);
  CHECK(weights.n_trained == weights.n_shared + n_local * (7 + 1 + 3), "%lld trained",
        (long long)weights.n_trained);
  CHECK(weights.n_total == weights.n_trained + 6 + 1, "%lld in all", (long long)weights.n_total);
  PetscCall(WeightsDestroy(&weights));
  CHECK(!weights.value && !weights.tensors, "destroyed");
  PetscFunctionReturn(0);
}

static int64_t stream_of(const char *name, int64_t member)
{
  uint32_t hash = 0x811c9dc5;

  for (; *name; name++) {
    hash ^= (unsigned char)*name;
    hash *= 0x01000193;
  }
  return member * 4294967296 + hash;
}

/* The entry of a whole tensor, one at a time. */
static Real initial_entry(const Tensor *tensor, uint32_t seed, int64_t member, int64_t entry)
{
  int64_t k = stream_of(tensor->name, member);
  double pair[2];

  if (tensor->initial == INITIAL_NORMAL) {
    RandomNormal(seed, RANDOM_WEIGHTS, entry / 2, k, pair);
    return (Real)pair[entry % 2];
  }
  if (tensor->initial == INITIAL_UNIFORM) {
    RandomUniform(seed, RANDOM_WEIGHTS, entry / 2, k, pair);
    return (Real)((2 * pair[entry % 2] - 1) * tensor->bound);
  }
  return tensor->initial == INITIAL_ONE ? 1 : 0;
}

static PetscErrorCode test_initialize(void)
{
  const int64_t members[] = {0, 3, 70000};
  const uint32_t seed = 11;
  Weights weights;

  PetscFunctionBegin;
  CHECK(stream_of("foobar", 0) == 0xbf9cf968, "FNV-1a: %llx",
        (unsigned long long)stream_of("foobar", 0));
  PetscCall(make(PETSC_COMM_WORLD, -1, &weights));
  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(members); m++) {
    for (int64_t e = 0; e < weights.n_trained; e++) {
      weights.gradient[e] = weights.moment[0][e] = weights.moment[1][e] = 1;
    }
    PetscCall(WeightsInitialize(&weights, seed, members[m]));
    for (int t = 0; t < weights.n_tensors; t++) {
      const Tensor *tensor = &weights.tensors[t];
      int64_t first = first_entry(&weights, tensor);

      for (int64_t e = 0; e < tensor->length; e++) {
        Real value = weights.value[tensor->offset + e];
        Real expected = initial_entry(tensor, seed, members[m], first + e);

        CHECK(value == expected, "%s[%lld]: %.9g, expected %.9g", tensor->name,
              (long long)(first + e), value, expected);
      }
    }
    for (int64_t e = 0; e < weights.n_trained; e++) {
      CHECK(weights.gradient[e] == 0 && weights.moment[0][e] == 0 && weights.moment[1][e] == 0,
            "[%lld] is not zero", (long long)e);
    }
  }
  PetscCall(WeightsDestroy(&weights));
  PetscFunctionReturn(0);
}

/* A uniform tensor fills its bounds evenly. */
static PetscErrorCode test_bounds(void)
{
  Weights weights;
  const Tensor *tensor;
  double sum = 0, low = 1, high = -1;

  PetscFunctionBegin;
  PetscCall(make(PETSC_COMM_WORLD, -1, &weights));
  PetscCall(WeightsInitialize(&weights, 1, 0));
  PetscCall(WeightsFind(&weights, "conv.weight", &tensor));
  for (int64_t e = 0; e < tensor->length; e++) {
    double value = weights.value[tensor->offset + e];

    sum += value;
    low = fmin(low, value);
    high = fmax(high, value);
  }
  CHECK(low >= -0.25 && low < -0.24, "least %g", low);
  CHECK(high <= 0.25 && high > 0.24, "most %g", high);
  /* a mean of n: standard deviation bound / sqrt(3 n) */
  CHECK(fabs(sum / (double)tensor->length) < 5 * 0.25 / sqrt(3.0 * (double)tensor->length),
        "mean %g", sum / (double)tensor->length);
  PetscCall(WeightsDestroy(&weights));
  PetscFunctionReturn(0);
}

/* Entries of the first tensors that two initialisations share. */
static int64_t count_equal(const Weights *a, const Weights *b, const char *name_a,
                           const char *name_b)
{
  const Tensor *tensor_a, *tensor_b;
  int64_t n_equal = 0;

  CHECK(!WeightsFind(a, name_a, &tensor_a) && !WeightsFind(b, name_b, &tensor_b), "%s", name_a);
  for (int64_t e = 0; e < PetscMin(tensor_a->length, tensor_b->length); e++) {
    n_equal += a->value[tensor_a->offset + e] == b->value[tensor_b->offset + e] ? 1 : 0;
  }
  return n_equal;
}

/* Members, seeds and tensors have numbers of their own; a tensor left out changes no other. */
static PetscErrorCode test_independence(void)
{
  Weights a, b, fewer;

  PetscFunctionBegin;
  PetscCall(make(PETSC_COMM_WORLD, -1, &a));
  PetscCall(make(PETSC_COMM_WORLD, -1, &b));
  PetscCall(make(PETSC_COMM_WORLD, 1, &fewer));
  PetscCall(WeightsInitialize(&a, 1, 0));
  PetscCall(WeightsInitialize(&b, 1, 1));
  PetscCall(WeightsInitialize(&fewer, 1, 0));
  CHECK(count_equal(&a, &fewer, "conv.weight", "conv.weight") == 1000, "a tensor less");
  CHECK(count_equal(&a, &b, "conv.weight", "conv.weight") < 3, "two members");
  CHECK(count_equal(&a, &b, "space.weight", "space.weight") == 0, "two members");
  CHECK(count_equal(&a, &a, "head.bias", "head.weight") == 0, "two tensors");
  PetscCall(WeightsInitialize(&b, 2, 0));
  CHECK(count_equal(&a, &b, "conv.weight", "conv.weight") < 3, "two seeds");
  PetscCall(WeightsDestroy(&a));
  PetscCall(WeightsDestroy(&b));
  PetscCall(WeightsDestroy(&fewer));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_keep(void)
{
  Weights weights, same;
  Real *copy;

  PetscFunctionBegin;
  PetscCall(make(PETSC_COMM_WORLD, -1, &weights));
  PetscCall(make(PETSC_COMM_WORLD, -1, &same));
  PetscCall(WeightsInitialize(&weights, 1, 0));
  PetscCall(WeightsInitialize(&same, 1, 0));
  PetscCall(PetscMalloc1(WeightsLength(&weights), &copy));
  PetscCall(WeightsSave(&weights, copy));
  PetscCall(WeightsInitialize(&weights, 1, 1));
  PetscCall(WeightsRestore(&weights, copy));
  PetscCall(PetscFree(copy));
  CHECK(!memcmp(weights.value, same.value, (size_t)same.n_total * sizeof(Real)), "restored");
  PetscCall(WeightsDestroy(&weights));
  PetscCall(WeightsDestroy(&same));
  PetscFunctionReturn(0);
}

/* What a model's file holds at an entry, a different number for everything; `vector` 0 is the
   values, 1 and 2 the moments. */
static Real content(int member, int vector, const Tensor *tensor, int64_t entry)
{
  const double low = strstr(tensor->name, "running_var") ? 0.0 : 0.5; /* a variance */
  double pair[2];

  RandomUniform((uint32_t)vector, RANDOM_WEIGHTS, entry, stream_of(tensor->name, member), pair);
  /* numbers of all sizes, subnormal ones and the negative zero included */
  return (Real)(entry == 1 ? -0.0 : (pair[0] - low) * pow(10, 80 * pair[1] - 42));
}

static Real *vector_of(const Weights *weights, int vector)
{
  return vector == 0 ? weights->value : weights->moment[vector - 1];
}

static void fill(Weights *weights, int member, double factor)
{
  for (int t = 0; t < weights->n_tensors; t++) {
    const Tensor *tensor = &weights->tensors[t];
    int64_t first = first_entry(weights, tensor);

    for (int vector = 0; vector < (tensor->kind == TENSOR_STATE ? 1 : 3); vector++) {
      for (int64_t e = 0; e < tensor->length; e++) {
        vector_of(weights, vector)[tensor->offset + e] =
            (Real)(factor * content(member, vector, tensor, first + e));
      }
    }
  }
}

static void expect_content(const Weights *weights, int member, PetscBool moments, const char *what)
{
  for (int t = 0; t < weights->n_tensors; t++) {
    const Tensor *tensor = &weights->tensors[t];
    int64_t first = first_entry(weights, tensor);

    for (int vector = 0; vector < (tensor->kind == TENSOR_STATE ? 1 : 3); vector++) {
      for (int64_t e = 0; e < tensor->length; e++) {
        Real value = vector_of(weights, vector)[tensor->offset + e];
        Real expected = vector > 0 && !moments ? 0 : content(member, vector, tensor, first + e);

        CHECK(!memcmp(&value, &expected, sizeof(Real)),
              "%s: %s[%lld] of vector %d: %.9g, expected %.9g", what, tensor->name,
              (long long)(first + e), vector, value, expected);
      }
    }
  }
}

/* One model on all ranks, written and read. */
static PetscErrorCode test_round_trip(PetscBool moments)
{
  const char *name = in_scratch(moments ? "moments.h5" : "values.h5");
  Weights weights;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(make(PETSC_COMM_WORLD, -1, &weights));
  fill(&weights, 0, 1);
  if (rank > 0) { /* only the first rank writes what all have */
    PetscCall(PetscArrayzero(weights.value, weights.n_shared));
    PetscCall(
        PetscArrayzero(weights.value + weights.n_trained, weights.n_total - weights.n_trained));
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, name, &file));
  PetscCall(WeightsAddDatasets(&weights, file, "/model/best", moments));
  PetscCall(WeightsWrite(&weights, file, "/model/best", moments, PETSC_TRUE));
  PetscCall(DataFileClose(&file));
  fill(&weights, 1, 1);
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, name, &file));
  PetscCall(WeightsRead(&weights, file, "/model/best"));
  PetscCall(DataFileClose(&file));
  expect_content(&weights, 0, moments, "round trip");
  PetscCall(WeightsDestroy(&weights));
  PetscFunctionReturn(0);
}

/* Two models, each on half of the ranks (after each other on one rank): while one is written the
   ranks of the other hold the same neurons and give nothing. Then all ranks read both. */
static PetscErrorCode test_groups(void)
{
  static const char *const groups[2] = {"/models/0", "/models/1"};
  const int ring_size = PetscMax(size / 2, 1), mine = rank / ring_size;
  MPI_Comm ring;
  Weights weights, all;
  DataFile file;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_split(PETSC_COMM_WORLD, mine, rank, &ring));
  PetscCall(make(ring, -1, &weights));
  PetscCall(make(PETSC_COMM_WORLD, -1, &all));
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("groups.h5"), &file));
  for (int m = 0; m < 2; m++) {
    PetscBool writes = mine == m || size == 1 ? PETSC_TRUE : PETSC_FALSE;

    fill(&weights, m, writes ? 1 : 0.5); /* what another group gives would be seen */
    PetscCall(WeightsAddDatasets(&weights, file, groups[m], PETSC_TRUE));
    PetscCall(WeightsWrite(&weights, file, groups[m], PETSC_TRUE, writes));
  }
  PetscCall(DataFileClose(&file));
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("groups.h5"), &file));
  for (int m = 0; m < 2; m++) {
    PetscCall(WeightsRead(&weights, file, groups[m]));
    PetscCall(WeightsRead(&all, file, groups[m]));
    expect_content(&weights, m, PETSC_TRUE, "by a group");
    expect_content(&all, m, PETSC_TRUE, "by all");
  }
  PetscCall(DataFileClose(&file));
  PetscCall(WeightsDestroy(&weights));
  PetscCall(WeightsDestroy(&all));
  PetscCallMPI(MPI_Comm_free(&ring));
  PetscFunctionReturn(0);
}

/* Names and shapes as HDF5 itself sees them; on one rank, with the serial driver. */
static void check_names(const char *path)
{
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t scalar = H5Dopen2(file, "/model/best/scale", H5P_DEFAULT), space = H5Dget_space(scalar);
  hid_t second = H5Dopen2(file, "/model/best/optimizer/second_moment/space.weight", H5P_DEFAULT);
  hid_t second_space = H5Dget_space(second);
  hsize_t dims[2] = {0, 0};

  CHECK(H5Sget_simple_extent_type(space) == H5S_SCALAR, "scale is no scalar");
  CHECK(H5Aexists(scalar, "units") > 0 && H5Aexists(second, "description") > 0, "attributes");
  CHECK(H5Sget_simple_extent_dims(second_space, dims, NULL) == 2, "dimensions");
  CHECK(dims[0] == N_NEURONS && dims[1] == 7, "%d x %d", (int)dims[0], (int)dims[1]);
  CHECK(H5Lexists(file, "/model/best/optimizer/first_moment/head.bias", H5P_DEFAULT) > 0, "first");
  CHECK(H5Lexists(file, "/model/best/optimizer/first_moment/norm.batches", H5P_DEFAULT) == 0,
        "a moment of what is not trained");
  (void)H5Sclose(second_space);
  (void)H5Dclose(second);
  (void)H5Sclose(space);
  (void)H5Dclose(scalar);
  (void)H5Fclose(file);
}

/* Reads the file of test_round_trip() into a model whose `name` has another shape or number of
   neurons. */
static PetscErrorCode read_other(const char *name, TensorKind kind, int n_dims,
                                 const int64_t dims[], const char *group)
{
  Partition partition;
  Weights weights;
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(
      PartitionMake(PETSC_COMM_WORLD, kind == TENSOR_BY_NEURON ? dims[0] : N_NEURONS, &partition));
  PetscCall(WeightsCreate(&partition, &weights));
  PetscCall(WeightsAdd(&weights, name, kind, n_dims, dims, INITIAL_ZERO, 0));
  PetscCall(WeightsAllocate(&weights));
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("values.h5"), &file));
  status = WeightsRead(&weights, file, group);
  PetscCall(DataFileClose(&file));
  PetscCall(WeightsDestroy(&weights));
  PetscFunctionReturn(status);
}

/* `code` is a user's mistake whose line has all three words. */
static void expect_user_error(PetscErrorCode code, const char *first, const char *second,
                              const char *third)
{
  const char *line = UserErrorMessage();

  CHECK(code == CAUSEWAY_ERR_USER, "rank %d: %s: code %d", rank, first, (int)code);
  CHECK(strstr(line, first) && strstr(line, second) && strstr(line, third), "rank %d: '%s'", rank,
        line);
  CHECK(!strchr(line, '\n'), "more than one line");
  (void)UserError("(no error)");
}

/* Changes one bit in the middle of a dataset of the file "moments.h5", or removes its checksum. */
static void damage(const char *path, PetscBool remove_checksum)
{
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  if (rank == 0) {
    hid_t file = H5Fopen(in_scratch("moments.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(dataset);
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    Real values[2048];

    CHECK(n > 0 && n <= 2048, "%s has %lld numbers", path, (long long)n);
    CHECK(H5Dread(dataset, sizeof(Real) == 8 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT, H5S_ALL,
                  H5S_ALL, H5P_DEFAULT, values) >= 0,
          "%s", path);
    ((unsigned char *)&values[n / 2])[0] ^= 1;
    CHECK(H5Dwrite(dataset, sizeof(Real) == 8 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT, H5S_ALL,
                   H5S_ALL, H5P_DEFAULT, values) >= 0,
          "%s", path);
    CHECK(!remove_checksum || H5Adelete(dataset, "checksum") >= 0, "%s", path);
    (void)H5Sclose(space);
    (void)H5Dclose(dataset);
    (void)H5Fclose(file);
  }
  (void)MPI_Barrier(PETSC_COMM_WORLD);
}

/* One bit in any dataset is noticed; one without a checksum, as in a model of another program, is taken as it is. */
static PetscErrorCode test_damage(void)
{
  static const char *const paths[] = {"/model/best/conv.weight", "/model/best/space.weight",
                                      "/model/best/norm.running_var", "/model/best/scale",
                                      "/model/best/optimizer/second_moment/head.bias"};
  Weights weights;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(make(PETSC_COMM_WORLD, -1, &weights));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(paths); k++) {
    damage(paths[k], PETSC_FALSE);
    PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("moments.h5"), &file));
    expect_user_error(WeightsRead(&weights, file, "/model/best"), "moments.h5:", paths[k],
                      "checksum");
    PetscCall(DataFileClose(&file));
    damage(paths[k], k == 0 ? PETSC_TRUE : PETSC_FALSE);
  }
  damage(paths[0], PETSC_FALSE); /* other values again, without a checksum by now */
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("moments.h5"), &file));
  PetscCall(WeightsRead(&weights, file, "/model/best"));
  PetscCall(DataFileClose(&file));
  PetscCall(WeightsDestroy(&weights));
  PetscFunctionReturn(0);
}

static void test_errors(void)
{
  const char *group = "/model/best";
  const int64_t wide[3] = {40, 26, 1}, more[2] = {9, 7}, wider[2] = {N_NEURONS, 8};

  expect_user_error(read_other("conv.weight", TENSOR_SHARED, 3, wide, group),
                    "values.h5:/model/best/conv.weight", "shape 40 x 25 x 1", "needs 40 x 26 x 1");
  expect_user_error(read_other("conv.weight", TENSOR_SHARED, 2, wide, group),
                    "values.h5:/model/best/conv.weight", "3 dimensions", "2");
  expect_user_error(read_other("conv.weight", TENSOR_SHARED, 0, wide, group),
                    "values.h5:/model/best/conv.weight", "3 dimensions", "0");
  expect_user_error(read_other("scale", TENSOR_SHARED, 1, wide, group),
                    "values.h5:/model/best/scale", "0 dimensions", "1");
  expect_user_error(read_other("space.weight", TENSOR_BY_NEURON, 2, more, group),
                    "values.h5:/model/best/space.weight", "model of 5 neurons", "activity has 9");
  expect_user_error(read_other("space.weight", TENSOR_BY_NEURON, 2, wider, group),
                    "values.h5:/model/best/space.weight", "shape 5 x 7", "needs 5 x 8");
  expect_user_error(read_other("gate.weight", TENSOR_SHARED, 2, more, group), "values.h5:", group,
                    "no weights gate.weight");
  expect_user_error(read_other("scale", TENSOR_SHARED, 0, NULL, "/model/none"),
                    "values.h5:", "no group", "/model/none");
}

/* A number that is not finite is refused by all ranks, wherever it stands. */
static PetscErrorCode test_not_finite(void)
{
  const Tensor *tensor;
  Weights weights;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(make(PETSC_COMM_WORLD, -1, &weights));
  PetscCall(WeightsInitialize(&weights, 1, 0));
  PetscCall(WeightsFind(&weights, "head.weight", &tensor));
  if (weights.partition.n_local > 0 &&
      weights.partition.first + weights.partition.n_local == N_NEURONS) {
    weights.value[tensor->offset + tensor->length - 1] = (Real)NAN;
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("nan.h5"), &file));
  PetscCall(WeightsAddDatasets(&weights, file, "/", PETSC_FALSE));
  PetscCall(WeightsWrite(&weights, file, "/", PETSC_FALSE, PETSC_TRUE));
  PetscCall(DataFileClose(&file));
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("nan.h5"), &file));
  expect_user_error(WeightsRead(&weights, file, "/"), "nan.h5:/head.weight", "nan", "finite");
  PetscCall(DataFileClose(&file));
  PetscCall(WeightsDestroy(&weights));
  PetscFunctionReturn(0);
}

/* The local part of a tensor is the same rows as HDF5 reads them with its serial driver. */
static void check_published(const Weights *weights, const char *path, const char *group,
                            const Tensor *tensor)
{
  char name[256];
  int64_t first = first_entry(weights, tensor), n_equal = 0, n_other = 0;
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), dataset, space;
  float *whole;

  (void)snprintf(name, sizeof(name), "%s/%s", group, tensor->name);
  dataset = H5Dopen2(file, name, H5P_DEFAULT);
  space = H5Dget_space(dataset);
  whole = calloc((size_t)H5Sget_simple_extent_npoints(space), sizeof(float));
  CHECK(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, whole) >= 0, "%s", name);
  for (int64_t e = 0; e < tensor->length; e++) {
    n_equal += weights->value[tensor->offset + e] == whole[first + e] ? 1 : 0;
    n_other += whole[first + e] != 0 ? 1 : 0;
  }
  CHECK(n_equal == tensor->length, "%s: %lld of %lld equal", name, (long long)n_equal,
        (long long)tensor->length);
  CHECK(n_other > 0 || tensor->length == 0, "%s: all zero", name);
  free(whole);
  (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  (void)H5Fclose(file);
}

static PetscErrorCode test_published(const char *path)
{
  static const char *const group = "/seed10/weights";
  const int64_t conv[3] = {400, 100, 1}, space[2] = {5, 100}, mean[1] = {100};
  Partition partition;
  Weights weights;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, 5, &partition));
  PetscCall(WeightsCreate(&partition, &weights));
  PetscCall(WeightsAdd(&weights, "encoder.attn_layers.0.conv1.weight", TENSOR_SHARED, 3, conv,
                       INITIAL_ZERO, 0));
  PetscCall(WeightsAdd(&weights, "enc_embedding.space_emb.weight", TENSOR_BY_NEURON, 2, space,
                       INITIAL_ZERO, 0));
  PetscCall(WeightsAdd(&weights, "encoder.attn_layers.0.norm1.norm.running_mean", TENSOR_STATE, 1,
                       mean, INITIAL_ZERO, 0));
  PetscCall(WeightsAdd(&weights, "encoder.attn_layers.0.norm1.norm.num_batches_tracked",
                       TENSOR_STATE, 0, NULL, INITIAL_ZERO, 0));
  PetscCall(WeightsAllocate(&weights));
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, path, &file));
  PetscCall(WeightsRead(&weights, file, group));
  PetscCall(DataFileClose(&file));
  for (int t = 0; t < weights.n_tensors; t++) {
    check_published(&weights, path, group, &weights.tensors[t]);
  }
  PetscCall(WeightsDestroy(&weights));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const char *published;

  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  scratch_begin("weights");
  CHECK(!test_layout(), "layout");
  CHECK(!test_initialize(), "initialize");
  CHECK(!test_bounds(), "bounds");
  CHECK(!test_independence(), "independence");
  CHECK(!test_keep(), "keep");
  CHECK(!test_round_trip(PETSC_FALSE), "values: %s", UserErrorMessage());
  CHECK(!test_round_trip(PETSC_TRUE), "moments: %s", UserErrorMessage());
  if (rank == 0) {
    check_names(in_scratch("moments.h5"));
  }
  CHECK(!test_groups(), "groups: %s", UserErrorMessage());
  test_errors();
  CHECK(!test_damage(), "damage: %s", UserErrorMessage());
  CHECK(!test_not_finite(), "not finite: %s", UserErrorMessage());
  published = check_data("trained_models.h5");
  if (published) {
    CHECK(!test_published(published), "published: %s", UserErrorMessage());
  }
  scratch_end();
  return check_end();
}
