/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Optimiser steps of the transformer with the published hyper-parameters, batch 16, neurons split over
   all ranks; flops counted as 3 x forward, beside what sgemm reaches on the same cores at once.
   bench_train [-batch_parts B] [-kernels NAME] [-neurons N] [-dropout P] */
#include "check.h"

#include "causalformer/causalformer.h"
#include "optimizer.h"

#include <sys/resource.h>

/* Gflop/s of all ranks in a large single-precision product. */
static PetscErrorCode sgemm_rate(double *rate)
{
  const int n = 2048;
  const double work = 2.0 * n * n * n;
  float *a, *b, *c;
  double best = INFINITY;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(n * n, &a, n * n, &b, n * n, &c));
  for (int repeat = 0; repeat < 4; repeat++) {
    double start, seconds;

    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = MPI_Wtime();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
    seconds = MPI_Wtime() - start;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
    best = PetscMin(best, seconds);
  }
  PetscCall(PetscFree3(a, b, c));
  *rate = work / best * 1e-9;
  PetscFunctionReturn(0);
}

static PetscErrorCode make_activity(int64_t n, int64_t n_samples, Activity *activity)
{
  Partition part;
  double *values;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, n, &part));
  PetscCall(PetscMalloc1(part.n_local * n_samples, &values));
  for (int64_t i = 0; i < part.n_local; i++) {
    for (int64_t t = 0; t < n_samples; t++) {
      double normal[2];

      RandomNormal(1, RANDOM_INPUT_CURRENT, part.first + i, t, normal);
      values[i * n_samples + t] = normal[0];
    }
  }
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(ActivitySetValues(*activity, n, n_samples, values));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

typedef struct {
  double step_s, mask_s, bytes, messages, memory;
} Measure;

static PetscErrorCode run_steps(Causalformer *model, const TrainGrid *grid, Batch *batch, int count,
                                double *seconds)
{
  const Optimizer optimizer = {.rate = 5e-4, .decay = 1e-3};
  double start, loss;

  PetscFunctionBegin;
  *seconds = INFINITY;
  for (int step = 0; step < count + 1; step++) {
    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = MPI_Wtime();
    PetscCall(CausalformerForward(model, batch, PETSC_TRUE, 1, 0, step, NULL, &loss));
    PetscCall(CausalformerBackward(model, batch, 1, 0, step));
    PetscCall(OptimizerStep(&optimizer, grid, model->base.kernels, step, &model->base.weights));
    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    if (step > 0) {
      *seconds = PetscMin(*seconds, MPI_Wtime() - start);
    }
  }
  PetscFunctionReturn(0);
}

/* Steps of one size of population, with dropout and without. */
static PetscErrorCode measure(int64_t n, int n_batch, const char *kernels, Measure *m)
{
  static const double split[2] = {0.6, 0.2};
  CausalformerShape shape;
  int size, ranks[3] = {1, 1, 1};
  const int count = n <= 40 ? 30 : (n <= 200 ? 6 : 2);
  double without;
  Causalformer model;
  TrainGrid grid;
  Windows windows;
  Batch batch;
  Activity activity;

  PetscFunctionBegin;
  PetscCall(CausalformerPublished(n, &shape));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  ranks[1] = n_batch;
  ranks[2] = size / n_batch;
  PetscCall(make_activity(n, 60, &activity));
  PetscCall(TrainGridCreate(PETSC_COMM_WORLD, ranks, &grid));
  PetscCall(WindowsCreate(activity, &grid, 10, 1, split, PETSC_TRUE, &windows));
  PetscCall(BatchCreate(&windows, &grid, 16, &batch));
  BatchFill(&windows, &grid, NULL, 0, 16, &batch);
  PetscCall(CausalformerCreate(&shape, &grid, KernelsFind(kernels), 16, &model));
  PetscCall(WeightsInitialize(&model.base.weights, 1, 0));
  PetscCall(run_steps(&model, &grid, &batch, count, &m->step_s));
  m->bytes = model.decoder[0].global.ring.bytes / (count + 1);
  m->messages = (double)model.decoder[0].global.ring.messages / (count + 1);
  model.base.shape.dropout = 0;
  PetscCall(run_steps(&model, &grid, &batch, count, &without));
  m->mask_s = m->step_s - without;
  m->memory = CausalformerMemory(&shape, (16 + n_batch - 1) / n_batch, windows.partition.block);
  PetscCall(CausalformerDestroy(&model));
  PetscCall(BatchDestroy(&batch));
  PetscCall(WindowsDestroy(&windows));
  PetscCall(TrainGridDestroy(&grid));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode run(void)
{
  const int64_t sizes[] = {5, 10, 20, 40, 200, 1000, 2000};
  char kernels[32] = "auto";
  PetscInt only = 0, n_batch = 1;
  int size;
  double rate = 0, memory;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetString(NULL, NULL, "-kernels", kernels, sizeof(kernels), NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-neurons", &only, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-batch_parts", &n_batch, NULL));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  (void)BlasSetThreads(1);
  PetscCall(sgemm_rate(&rate));
  rate *= size;
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "train, %d rank(s) as %d x %d (batch x neurons), kernels %s, sgemm %.1f "
                        "Gflop/s\n%8s %10s %10s %9s %10s %12s %10s %12s %12s\n",
                        size, (int)n_batch, size / (int)n_batch, KernelsFind(kernels)->name, rate,
                        "neurons", "ms/step", "Gflop/s", "of sgemm", "masks ms", "MB predicted",
                        "MB in use", "MB sent", "messages"));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(sizes); k++) {
    CausalformerShape shape;
    struct rusage usage;
    double work;
    Measure m;

    if (only && only != sizes[k]) {
      continue;
    }
    PetscCall(CausalformerPublished(sizes[k], &shape));
    work = 3.0 * 16.0 * CausalformerFlops(&shape);
    PetscCall(measure(sizes[k], (int)n_batch, kernels, &m));
    (void)getrusage(RUSAGE_SELF, &usage);
    memory = (double)usage.ru_maxrss * 1024.0;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &memory, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
    PetscCall(PetscPrintf(
        PETSC_COMM_WORLD, "%8lld %10.2f %10.1f %8.0f%% %10.2f %12.1f %10.1f %12.2f %12.0f\n",
        (long long)sizes[k], m.step_s * 1e3, work / m.step_s * 1e-9, work / m.step_s * 1e-7 / rate,
        m.mask_s * 1e3, m.memory * 1e-6, memory * 1e-6, m.bytes * 1e-6, m.messages));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(run() == 0, "failed");
  return check_end();
}
