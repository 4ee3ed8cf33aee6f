/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The ten published models of one network: what they forecast and attend to, the gradients of all
   weights, and 20 steps of the optimiser, against numbers computed with PyTorch from the same
   weights. 5 neurons on up to 4 ranks make uneven blocks. */
#include "check.h"

#include "causalformer/causalformer.h"
#include "causeway/internal/parallel/redistribute.h"
#include "optimizer.h"

#include <string.h>

static char models[4096], activity_name[8192], truth_name[8192];

static PetscErrorCode load_activity(Activity *activity)
{
  PetscFunctionBegin;
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(
      ActivitySetOptions(*activity, SETTINGS({"activity", activity_name}, {"activity_clip", "30"},
                                             {"activity_samples", "0:5000"})));
  PetscCall(ActivityLoad(*activity));
  PetscFunctionReturn(0);
}

/* A number of the reference file on every rank. */
static PetscErrorCode read_attribute(const char *object, const char *name, double *value);

typedef struct {
  TrainGrid grid;
  Windows windows;
  Causalformer model;
  Batch batch;
} Setup;

static PetscErrorCode set_up(Activity activity, const int shape[3], double dropout, Setup *s)
{
  static const double split[2] = {0.6, 0.2};
  CausalformerShape model;

  PetscFunctionBegin;
  PetscCall(CausalformerPublished(5, &model));
  model.base.dropout = dropout;
  PetscCall(TrainGridCreate(PETSC_COMM_WORLD, shape, &s->grid));
  PetscCall(WindowsCreate(activity, &s->grid, 10, 1, split, PETSC_TRUE, &s->windows));
  PetscCall(BatchCreate(&s->windows, &s->grid, 16, &s->batch));
  PetscCall(CausalformerCreate(&model, &s->grid, KernelsFind("auto"), 16, &s->model));
  PetscFunctionReturn(0);
}

static PetscErrorCode tear_down(Setup *s)
{
  PetscFunctionBegin;
  PetscCall(CausalformerDestroy(&s->model));
  PetscCall(BatchDestroy(&s->batch));
  PetscCall(WindowsDestroy(&s->windows));
  PetscCall(TrainGridDestroy(&s->grid));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_weights(Setup *s, const char *group)
{
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, models, &file));
  PetscCall(WeightsRead(&s->model.base.weights, file, group));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* A whole dataset on every rank. */
static PetscErrorCode read_all(const char *path, int n_dims, const int64_t dims[], double *values)
{
  const int64_t first[3] = {0, 0, 0};
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, models, &file));
  PetscCall(DataFileRead(file, path, DATA_FLOAT64, first, dims, values));
  PetscCall(DataFileClose(&file));
  (void)n_dims;
  PetscFunctionReturn(0);
}

/* Forecasts of the test split against the stored ones; MSE, R2 and attention. */
static PetscErrorCode check_model(Setup *s, int seed, double *mean_score)
{
  const int64_t shape[2] = {998, 5}, square[2] = {5, 5};
  double *expected, score[25] = {0}, expected_score[25], sums[2][5] = {{0}}, error[5] = {0};
  double worst = 0, r2 = 0, mse = 0, attribute;
  char path[256];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "/seed%d/weights", seed));
  PetscCall(read_weights(s, path));
  PetscCall(PetscMalloc1(998 * 5, &expected));
  PetscCall(PetscSNPrintf(path, sizeof(path), "/seed%d/test_prediction", seed));
  PetscCall(read_all(path, 2, shape, expected));
  for (int64_t first = 0; first < 998; first += 16) {
    const Partition *part = &s->windows.partition;
    Real prediction[16 * 5];
    double loss, local[25] = {0};

    BatchFill(&s->windows, &s->grid, NULL, s->windows.first[SPLIT_TEST] + first,
              PetscMin(16, 998 - first), &s->batch);
    PetscCall(CausalformerForward(&s->model, &s->batch, PETSC_FALSE, 0, 0, 0, prediction, &loss));
    PetscCall(CausalformerScores(&s->model, local));
    for (int64_t k = 0; k < s->batch.n_samples; k++) {
      for (int64_t i = 0; i < part->n_local; i++) {
        const double p = prediction[k * part->n_local + i];
        const double y = s->batch.target[k * part->n_local + i];
        const int64_t row = first + s->batch.first_sample + k;

        worst = PetscMax(worst, fabs(p - expected[row * 5 + part->first + i]));
        error[part->first + i] += (p - y) * (p - y);
        sums[0][part->first + i] += y;
        sums[1][part->first + i] += y * y;
      }
    }
    for (int64_t i = 0; i < 5; i++) {
      for (int64_t j = 0; j < part->n_local; j++) {
        score[i * 5 + part->first + j] += local[i * part->n_local + j] / (10.0 * 998.0);
      }
    }
  }
  PetscCall(PetscFree(expected));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, score, 25, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 10, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, error, 5, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  for (int i = 0; i < 5; i++) {
    mse += error[i] / 998.0 / 5.0;
    r2 += (1.0 - error[i] / (sums[1][i] - sums[0][i] * sums[0][i] / 998.0)) / 5.0;
  }
  CHECK(worst <= 1e-4, "seed %d: forecasts differ by %g", seed, worst);
  PetscCall(PetscSNPrintf(path, sizeof(path), "/seed%d", seed));
  PetscCall(read_attribute(path, "test_mse", &attribute));
  CHECK(fabs(mse - attribute) <= 1e-5, "seed %d: mse %.8g, expected %.8g", seed, mse, attribute);
  PetscCall(read_attribute(path, "test_r2", &attribute));
  CHECK(fabs(r2 - attribute) <= 1e-5, "seed %d: R2 %.8g, expected %.8g", seed, r2, attribute);
  PetscCall(PetscSNPrintf(path, sizeof(path), "/seed%d/score", seed));
  PetscCall(read_all(path, 2, square, expected_score));
  for (int k = 0; k < 25; k++) {
    CHECK(fabs(score[k] - expected_score[k]) <= 1e-5, "seed %d: score[%d] %.8g, expected %.8g",
          seed, k, score[k], expected_score[k]);
    mean_score[k] += score[k] / 10.0;
  }
  PetscFunctionReturn(0);
}

/* Gradients of windows 0 to 15 without dropout. */
static PetscErrorCode check_gradients(Setup *s)
{
  const Weights *w = &s->model.base.weights;
  const int64_t first[3] = {0, 0, 0};
  double loss, expected_loss, largest = 0;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(read_weights(s, "/seed10/weights"));
  BatchFill(&s->windows, &s->grid, NULL, 0, 16, &s->batch);
  PetscCall(CausalformerForward(&s->model, &s->batch, PETSC_TRUE, 0, 0, 0, NULL, &loss));
  PetscCall(CausalformerBackward(&s->model, &s->batch, 0, 0, 0));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &loss, 1, MPI_DOUBLE, MPI_SUM, s->grid.group));
  PetscCall(read_attribute("/seed10/gradient_check", "loss", &expected_loss));
  CHECK(fabs(loss / 80.0 - expected_loss) <= 1e-5, "loss %.8g, expected %.8g", loss / 80.0,
        expected_loss);
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, models, &file));
  for (int pass = 0; pass < 2; pass++) {
    for (int t = 0; t < w->n_tensors; t++) {
      const Tensor *tensor = &w->tensors[t];
      double *expected, scale[2] = {0, 0}, worst = 0;
      int64_t length = 1, at = 0;
      char path[256];

      if (tensor->kind == TENSOR_STATE) {
        continue;
      }
      for (int k = 0; k < tensor->n_dims; k++) {
        length *= tensor->dims[k];
      }
      PetscCall(PetscMalloc1(length, &expected));
      PetscCall(PetscSNPrintf(path, sizeof(path), "/seed10/gradient_check/grad/%s", tensor->name));
      PetscCall(DataFileRead(file, path, DATA_FLOAT64, first, tensor->dims, expected));
      at = tensor->kind == TENSOR_BY_NEURON ? w->partition.first * tensor->dims[1] : 0;
      for (int64_t k = 0; k < length; k++) {
        scale[0] = PetscMax(scale[0], fabs(expected[k]));
      }
      largest = PetscMax(largest, scale[0]);
      for (int64_t k = 0; k < tensor->length; k++) {
        worst = PetscMax(worst, fabs((double)w->gradient[tensor->offset + k] - expected[at + k]));
      }
      /* a gradient that is 0 in exact arithmetic (keys' bias) is rounding in both */
      if (pass == 1) {
        CHECK(worst <= 1e-4 * scale[0] || worst <= 1e-6 * largest, "%s: differs by %g of %g",
              tensor->name, worst, scale[0]);
      }
      PetscCall(PetscFree(expected));
    }
  }
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* 20 steps on windows 0 to 319 in order. */
static PetscErrorCode check_steps(Setup *s)
{
  const Optimizer optimizer = {.rate = 5e-4, .decay = 1e-3};
  const int64_t twenty[1] = {20};
  const Weights *w = &s->model.base.weights;
  double expected[20], change = 0, square = 0;
  Real *final;

  PetscFunctionBegin;
  PetscCall(read_all("/seed10/adamw_20_steps/loss", 1, twenty, expected));
  PetscCall(read_weights(s, "/seed10/weights"));
  for (int step = 0; step < 20; step++) {
    double loss;

    BatchFill(&s->windows, &s->grid, NULL, 16 * step, 16, &s->batch);
    PetscCall(CausalformerForward(&s->model, &s->batch, PETSC_TRUE, 0, 0, step, NULL, &loss));
    PetscCall(CausalformerBackward(&s->model, &s->batch, 0, 0, step));
    PetscCall(
        OptimizerStep(&optimizer, &s->grid, s->model.base.kernels, step, &s->model.base.weights));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &loss, 1, MPI_DOUBLE, MPI_SUM, s->grid.group));
    CHECK(fabs(loss / 80.0 - expected[step]) <= 1e-4, "step %d: loss %.8g, expected %.8g", step,
          loss / 80.0, expected[step]);
  }
  PetscCall(PetscMalloc1(w->n_total, &final));
  PetscCall(PetscArraycpy(final, w->value, w->n_total));
  PetscCall(read_weights(s, "/seed10/adamw_20_steps/weights"));
  for (int t = 0; t < w->n_tensors; t++) {
    const Tensor *tensor = &w->tensors[t];

    change = square = 0;
    for (int64_t k = tensor->offset; k < tensor->offset + tensor->length; k++) {
      change += pow((double) final[k] - (double)w->value[k], 2);
      square += pow((double)w->value[k], 2);
    }
    CHECK(sqrt(change) <= 1e-3 * sqrt(square) || strstr(tensor->name, "key_projection.bias"),
          "%s: differs by %g after 20 steps", tensor->name, sqrt(change / square));
  }
  PetscCall(PetscFree(final));
  PetscFunctionReturn(0);
}

static PetscErrorCode auroc(const double *score, double *value)
{
  Partition part;
  Network truth;
  Evaluation evaluation;
  double rows[25];

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, 5, &part));
  PetscCall(PetscArraycpy(rows, score + 5 * part.first, 5 * part.n_local));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &truth));
  PetscCall(NetworkLoad(truth, truth_name));
  PetscCall(EvaluationCompute(&part, rows, NULL, truth, "attention", &evaluation, NULL));
  *value = evaluation.auroc_published;
  PetscCall(NetworkDestroy(&truth));
  PetscFunctionReturn(0);
}

static PetscErrorCode run(void)
{
  Activity activity;
  Setup s;
  double mean_score[25] = {0}, before[25], expected, value;
  int size, shape[3] = {1, 1, 1};

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(load_activity(&activity));
  for (int n_batch = 1; n_batch <= size; n_batch++) {
    if (size % n_batch) {
      continue;
    }
    shape[1] = n_batch;
    shape[2] = size / n_batch;
    PetscCall(set_up(activity, shape, 0.0, &s));
    PetscCall(PetscArrayzero(mean_score, 25));
    for (int seed = 10; seed < 20; seed++) {
      double single[25];
      char path[64];

      PetscCall(PetscArraycpy(before, mean_score, 25));
      PetscCall(check_model(&s, seed, mean_score));
      for (int k = 0; k < 25; k++) {
        single[k] = mean_score[k] - before[k];
      }
      PetscCall(auroc(single, &value));
      PetscCall(PetscSNPrintf(path, sizeof(path), "/seed%d", seed));
      PetscCall(read_attribute(path, "auroc", &expected));
      CHECK(fabs(value - expected) <= 1e-9, "seed %d: AUROC %.9g, expected %.9g", seed, value,
            expected);
    }
    PetscCall(auroc(mean_score, &value));
    PetscCall(read_attribute("/", "auroc_mean_of_10", &expected));
    CHECK(fabs(value - expected) <= 1e-9, "ensemble: AUROC %.9g, expected %.9g", value, expected);
    PetscCall(check_gradients(&s));
    PetscCall(check_steps(&s));
    PetscCall(tear_down(&s));
  }
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

#include <hdf5.h>

static PetscErrorCode read_attribute(const char *object, const char *name, double *value)
{
  hid_t file, attribute;

  PetscFunctionBegin;
  file = H5Fopen(models, H5F_ACC_RDONLY, H5P_DEFAULT);
  attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  CHECK(H5Aread(attribute, H5T_NATIVE_DOUBLE, value) >= 0, "%s of %s", name, object);
  (void)H5Aclose(attribute);
  (void)H5Fclose(file);
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const char *path;

  check_begin(&argc, &argv);
  path = check_data("trained_models.h5");
  if (!path) {
    return check_skip("no published models");
  }
  (void)snprintf(models, sizeof(models), "%s", path);
  path = check_data("networks_n5.h5");
  (void)snprintf(activity_name, sizeof(activity_name), "%s:/p0.4/seed4/v", path);
  (void)snprintf(truth_name, sizeof(truth_name), "%s:/p0.4/seed4/connectivity", path);
  CHECK(run() == 0, "failed");
  return check_end();
}
