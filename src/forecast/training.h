/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TRAINING_H
#define CAUSEWAY_TRAINING_H

#include "causeway/checkpoint.h"

#include "forecast_model.h"

/* One row per epoch. */
typedef struct {
  double train_loss, validation_loss, rate, step_s, samples_per_s, flops_per_s;
} Epoch;

typedef struct {
  int64_t n_epochs;
  Epoch *epochs; /* (n_epochs) */
} History;

/* How far the training of one model is, and what it came to. Everything else that continuing it needs
   are the weights: those it has now, and those it keeps. */
typedef struct {
  int64_t epoch; /* under way, counted from 1; 0 before the first */
  int64_t batch; /* of it that comes next */
  int64_t step;  /* of the optimiser that comes next */
  int64_t done;
  int64_t best_epoch, n_steps, diverged_step; /* best epoch, steps to its end; -1 for none */
  double best_loss;
  double loss_sum, epoch_s;       /* of the epoch under way */
  double seconds, flops, n_taken; /* of all steps, also those after the best; steps */
} TrainingState;

/*@
  TrainingRun - trains the model in place; on return it holds the weights with the lowest validation
  loss, and so does `kept`

  Collective on the group of the grid
  Input:  checkpoint - offered every step; NULL for none
          prints     - whether this rank's group prints a line per epoch
          n_left     - members that this group trains after this one, for the time left
  In/out: state   - all zero to begin; to continue, what an earlier run left, with the model's weights,
                    `kept` and `history`
          kept    - (WeightsLength())
          history - its epochs, of room for those of the plan, freed by the caller
  Errors: CAUSEWAY_STOPPED from the checkpoint
@*/
PetscErrorCode TrainingRun(ForecastModel *model, const Windows *windows, const TrainGrid *grid,
                           const TrainingPlan *plan, uint32_t seed, int64_t member,
                           Checkpoint checkpoint, PetscBool prints, int64_t n_left,
                           TrainingState *state, Real *kept, History *history);

/*@
  TrainingLoss - mean over batches of the loss on a split, without dropout and with running
  statistics

  Collective on the group of the grid
@*/
PetscErrorCode TrainingLoss(ForecastModel *model, const Windows *windows, const TrainGrid *grid,
                            int64_t batch_size, Split split, Batch *batch, double *loss);

#endif
