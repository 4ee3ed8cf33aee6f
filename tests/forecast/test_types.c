/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One suite for every type of forecaster and each of its readings, with the default shape of the type: what the type
   says of itself, and the same forecasts, losses, gradients and readings on a ring of ranks as on one. */
#include "check.h"

#include "forecaster_impl.h"

#include <string.h>

enum { N = 5, SAMPLES = 60, BATCH = 6, FIRST = 2, COUNT = 20, SEED = 7 };

/* A model of the default shape on the ranks of a communicator, all neurons on a ring, and a batch. */
typedef struct {
  TrainGrid grid;
  Activity activity;
  Windows windows;
  Batch batch;
  ForecastModel *model;
} Run;

static PetscErrorCode make_activity(MPI_Comm comm, Activity *activity)
{
  Partition p;
  double *values;

  PetscFunctionBegin;
  PetscCall(PartitionMake(comm, N, &p));
  PetscCall(PetscMalloc1(p.n_local * SAMPLES, &values));
  for (int64_t k = 0; k < p.n_local * SAMPLES; k++) {
    const int64_t i = p.first + k / SAMPLES, t = k % SAMPLES;

    values[k] = 0.5 + 0.5 * sin(0.7 * (double)t + (double)(i * i) + 0.01 * (double)(t * t));
  }
  PetscCall(ActivityCreate(comm, activity));
  PetscCall(ActivitySetValues(*activity, N, SAMPLES, values));
  PetscCall(ActivityDetectEvents(*activity, 0.9));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

static PetscErrorCode run_create(MPI_Comm comm, const ForecasterType *type, Run *r)
{
  static const double split[2] = {0.6, 0.2};
  int grid[3] = {1, 1, 1};
  ModelShape *shape;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &grid[2]));
  PetscCall(ShapeCreate(type, &shape));
  shape->n_neurons = N;
  PetscCall(type->check ? type->check(shape) : 0);
  PetscCall(TrainGridCreate(comm, grid, &r->grid));
  PetscCall(make_activity(comm, &r->activity));
  PetscCall(WindowsCreate(r->activity, &r->grid, shape->context, shape->horizon, split, PETSC_TRUE,
                          &r->windows));
  PetscCall(BatchCreate(&r->windows, &r->grid, BATCH, &r->batch));
  PetscCall(type->create(shape, &r->grid, KernelsFind("auto"), BATCH, &r->model));
  PetscCall(WeightsInitialize(&r->model->weights, SEED, 0));
  CHECK(type->flops(shape) > 0 && type->memory(shape, BATCH, N) > type->memory(shape, 0, N),
        "%s: work and memory", type->name);
  PetscCall(PetscFree(shape));
  PetscFunctionReturn(0);
}

static PetscErrorCode run_destroy(Run *r)
{
  PetscFunctionBegin;
  PetscCall(r->model->type->destroy(&r->model));
  PetscCall(BatchDestroy(&r->batch));
  PetscCall(WindowsDestroy(&r->windows));
  PetscCall(ActivityDestroy(&r->activity));
  PetscCall(TrainGridDestroy(&r->grid));
  PetscFunctionReturn(0);
}

/* What files and options rely on. */
static void test_words(const ForecasterType *type, const ForecastModel *model)
{
  PetscBool has_mark = PETSC_FALSE;

  CHECK(ForecasterFindType(type->name) == type, "%s: another type has this name", type->name);
  for (const ParameterSpec *spec = type->parameters; spec->key; spec++) {
    CHECK(!strncmp(spec->key, "train_", 6), "%s", spec->key);
    CHECK(spec->kind == PARAMETER_REAL || spec->kind == PARAMETER_INTEGER ||
              spec->kind == PARAMETER_CHOICE,
          "%s: no attribute of a model is of this kind", spec->key);
    CHECK(spec->size == (spec->kind == PARAMETER_REAL ? sizeof(double) : sizeof(int)) &&
              spec->offset + spec->size <= type->shape_size,
          "%s: its member", spec->key);
  }
  for (int t = 0; t < model->weights.n_tensors; t++) {
    has_mark =
        has_mark || !strcmp(model->weights.tensors[t].name, type->mark) ? PETSC_TRUE : PETSC_FALSE;
  }
  CHECK(has_mark, "%s: its models have no %s", type->name, type->mark);
}

static PetscErrorCode take_step(Run *r, Real *prediction, double *loss)
{
  const ForecasterType *type = r->model->type;

  PetscFunctionBegin;
  BatchFill(&r->windows, &r->grid, NULL, FIRST, BATCH, &r->batch);
  PetscCall(type->forward(r->model, &r->batch, PETSC_TRUE, SEED, 0, 0, prediction, loss));
  PetscCall(type->backward(r->model, &r->batch, SEED, 0, 0));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, 1, MPI_DOUBLE, MPI_SUM, r->grid.group));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_step(Run *r, Run *one)
{
  const int64_t horizon = one->model->shape.horizon, first = r->windows.partition.first;
  const int64_t n_local = r->windows.partition.n_local;
  Real *part, *whole;
  double loss, expected;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(BATCH * n_local * horizon, &part, BATCH * N * horizon, &whole));
  PetscCall(take_step(r, part, &loss));
  PetscCall(take_step(one, whole, &expected));
  CHECK_CLOSE(loss, expected, 1e-10);
  for (int64_t k = 0; k < BATCH * n_local * horizon; k++) {
    const int64_t sample = k / (n_local * horizon), of_sample = k % (n_local * horizon);

    CHECK_CLOSE(part[k], whole[(sample * N + first) * horizon + of_sample], 1e-10);
  }
  for (int64_t k = 0; k < r->model->weights.n_shared; k++) {
    CHECK_CLOSE(r->model->weights.gradient[k], one->model->weights.gradient[k], 1e-10);
  }
  PetscCall(PetscFree2(part, whole));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_reading(const Reading *reading, Run *r, Run *one)
{
  const int64_t at = r->windows.partition.first * N, length = r->windows.partition.n_local * N;
  double rows[N * N] = {0}, error[N * N] = {0}, expected[N * N] = {0}, other[N * N] = {0};
  PetscBool is_zero = PETSC_TRUE, has_error = PETSC_FALSE, is_negative = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(reading->compute(r->model, &r->windows, BATCH, FIRST, COUNT, rows, error));
  PetscCall(reading->compute(one->model, &one->windows, BATCH, FIRST, COUNT, expected, other));
  for (int64_t k = 0; k < length; k++) {
    CHECK_CLOSE(rows[k], expected[at + k], 1e-10);
    CHECK_CLOSE(error[k], other[at + k], 1e-8);
  }
  for (int64_t k = 0; k < (int64_t)N * N; k++) {
    is_zero = is_zero && expected[k] == 0 ? PETSC_TRUE : PETSC_FALSE;
    is_negative = is_negative || expected[k] < 0 ? PETSC_TRUE : PETSC_FALSE;
    has_error = has_error || other[k] != 0 ? PETSC_TRUE : PETSC_FALSE;
  }
  CHECK(!is_zero, "%s: nothing but 0", reading->name);
  CHECK(!is_negative || reading->is_signed || reading->has_error, "%s: below 0", reading->name);
  CHECK(has_error == reading->has_error, "%s: its standard errors", reading->name);
  CHECK(reading->units && reading->description, "%s: its words", reading->name);
  PetscFunctionReturn(0);
}

/* Every reading of every type is a word of the parameter, once. */
static void test_names(void)
{
  const char *text;
  int n_unnamed = 0;

  for (int t = 0; ForecasterTypes[t]; t++) {
    n_unnamed += ForecasterTypes[t]->is_unnamed;
    for (int k = 0; ReadingOf(ForecasterTypes[t], k); k++) {
      int n_found = 0;

      for (int word = 0; ReadingWord(word, &text); word++) {
        n_found += !strcmp(ReadingWord(word, &text), ReadingOf(ForecasterTypes[t], k)->name);
      }
      CHECK(n_found == 1, "%s: %d words", ReadingOf(ForecasterTypes[t], k)->name, n_found);
      for (int i = 0; i < k; i++) {
        CHECK(strcmp(ReadingOf(ForecasterTypes[t], k)->name,
                     ReadingOf(ForecasterTypes[t], i)->name) != 0,
              "%s: two of it", ReadingOf(ForecasterTypes[t], k)->name);
      }
    }
  }
  CHECK(n_unnamed == 1, "%d types are those of models that name none", n_unnamed);
}

static PetscErrorCode run(void)
{
  PetscFunctionBegin;
  test_names();
  for (int t = 0; ForecasterTypes[t]; t++) {
    Run r, one;

    PetscCall(run_create(PETSC_COMM_WORLD, ForecasterTypes[t], &r));
    PetscCall(run_create(PETSC_COMM_SELF, ForecasterTypes[t], &one));
    test_words(ForecasterTypes[t], one.model);
    PetscCall(test_step(&r, &one));
    for (int k = 0; ReadingOf(ForecasterTypes[t], k); k++) {
      PetscCall(test_reading(ReadingOf(ForecasterTypes[t], k), &r, &one));
    }
    PetscCall(run_destroy(&one));
    PetscCall(run_destroy(&r));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(run() == 0, "failed");
  return check_end();
}
