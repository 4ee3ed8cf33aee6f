/* SPDX-License-Identifier: GPL-3.0-or-later */

/* 50 optimiser steps with dropout on every grid of the ranks, against the same on each rank by
   itself: equal losses to rounding, and the same grid twice equal to the bit. 7 neurons and batches
   of 10 make uneven blocks. */
#include "check.h"

#include "causalformer/causalformer.h"
#include "optimizer.h"

enum { NEURONS = 7, SAMPLES = 400, STEPS = 50, BATCH = 10 };

static PetscErrorCode make_activity(MPI_Comm comm, Activity *activity)
{
  Partition part;
  double *values;

  PetscFunctionBegin;
  PetscCall(PartitionMake(comm, NEURONS, &part));
  PetscCall(PetscMalloc1(part.n_local * SAMPLES, &values));
  for (int64_t i = 0; i < part.n_local; i++) {
    double x = 0;

    for (int64_t t = 0; t < SAMPLES; t++) {
      double normal[2];

      RandomNormal(3, RANDOM_INPUT_CURRENT, part.first + i, t, normal);
      x = 0.8 * x + 0.5 * normal[0] + 0.3 * sin(0.1 * (double)(t * (part.first + i + 1)));
      values[i * SAMPLES + t] = x;
    }
  }
  PetscCall(ActivityCreate(comm, activity));
  PetscCall(ActivitySetValues(*activity, NEURONS, SAMPLES, values));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* Losses of all steps of the member of this rank's group. */
static PetscErrorCode train(MPI_Comm comm, const int ranks[3], int encoder, int64_t member,
                            double losses[STEPS], Real *last)
{
  static const double split[2] = {0.6, 0.2};
  const CausalformerShape shape = {.base = {.n_neurons = NEURONS,
                                            .context = 5,
                                            .horizon = 2,
                                            .width = 24,
                                            .heads = 3,
                                            .head_width = 8,
                                            .hidden = 48,
                                            .dropout = 0.1},
                                   .encoder_layers = 1,
                                   .decoder_layers = 2,
                                   .encoder = encoder};
  const Optimizer optimizer = {.rate = 5e-4, .decay = 1e-3, .clip = 5};
  int64_t order[SAMPLES];
  Activity activity;
  TrainGrid grid;
  Windows windows;
  Batch batch;
  Causalformer model;

  PetscFunctionBegin;
  PetscCall(make_activity(comm, &activity));
  PetscCall(TrainGridCreate(comm, ranks, &grid));
  PetscCall(WindowsCreate(activity, &grid, 5, 2, split, PETSC_TRUE, &windows));
  PetscCall(BatchCreate(&windows, &grid, BATCH, &batch));
  PetscCall(CausalformerCreate(&shape, &grid, KernelsFind("auto"), BATCH, &model));
  member = member < 0 ? grid.group_index : member;
  PetscCall(WeightsInitialize(&model.base.weights, 7, member));
  for (int step = 0; step < STEPS; step++) {
    const int64_t first = step * BATCH % (windows.count[SPLIT_TRAINING] - BATCH);
    double loss;

    PetscCall(WindowsShuffle(&windows, 7, member, 1, order));
    /* the last batch of an epoch is a short one */
    BatchFill(&windows, &grid, order + first, 0, step % 10 == 9 ? 3 : BATCH, &batch);
    PetscCall(CausalformerForward(&model, &batch, PETSC_TRUE, 7, member, step, NULL, &loss));
    PetscCall(CausalformerBackward(&model, &batch, 7, member, step));
    PetscCall(OptimizerStep(&optimizer, &grid, model.base.kernels, step, &model.base.weights));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &loss, 1, MPI_DOUBLE, MPI_SUM, grid.group));
    losses[step] = loss / (double)(batch.n_samples_global * NEURONS * 2);
  }
  PetscCall(PetscArraycpy(last, model.base.weights.value, 1000));
  PetscCall(CausalformerDestroy(&model));
  PetscCall(BatchDestroy(&batch));
  PetscCall(WindowsDestroy(&windows));
  PetscCall(TrainGridDestroy(&grid));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_grid(const int ranks[3], int encoder, double *worst)
{
  const int alone[3] = {1, 1, 1};
  double expected[STEPS], losses[STEPS], again[STEPS];
  Real last[3][1000];
  int rank, size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(train(PETSC_COMM_SELF, alone, encoder, rank / (size / ranks[0]), expected, last[0]));
  PetscCall(train(PETSC_COMM_WORLD, ranks, encoder, -1, losses, last[1]));
  PetscCall(train(PETSC_COMM_WORLD, ranks, encoder, -1, again, last[2]));
  for (int step = 0; step < STEPS; step++) {
    const double difference = fabs(losses[step] - expected[step]) / expected[step];

    *worst = PetscMax(*worst, difference);
    CHECK(difference <= 1e-4, "%d x %d x %d, step %d: loss %.9g, one rank %.9g", ranks[0], ranks[1],
          ranks[2], step, losses[step], expected[step]);
    CHECK(losses[step] == again[step], "step %d: %.17g, again %.17g", step, losses[step],
          again[step]);
  }
  for (int k = 0; k < 1000; k++) {
    CHECK(last[1][k] == last[2][k], "weight %d: %.9g, again %.9g", k, last[1][k], last[2][k]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode run(void)
{
  double worst = 0;
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  for (int groups = 1; groups <= size; groups++) {
    for (int n_batch = 1; n_batch <= size / groups; n_batch++) {
      const int ranks[3] = {groups, n_batch, size / groups / n_batch};

      if (ranks[0] * ranks[1] * ranks[2] == size) {
        PetscCall(check_grid(ranks, ENCODER_LOCAL, &worst));
        PetscCall(check_grid(ranks, ENCODER_FULL, &worst));
      }
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "largest relative difference of a loss: %.2g\n", worst));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(run() == 0, "failed");
  return check_end();
}
