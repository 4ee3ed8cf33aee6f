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

/* Progress and result of the training of one model. To continue, it also needs the present and the kept weights. */
typedef struct {
  int64_t epoch; /* present epoch, counted from 1; 0 before the first */
  int64_t batch; /* next batch of the epoch */
  int64_t step;  /* next optimiser step */
  int64_t done;
  int64_t best_epoch, n_steps, diverged_step; /* best epoch, steps up to its end; -1 for none */
  double best_loss;
  double loss_sum, epoch_s; /* of the present epoch */
  double seconds, flops,
      n_taken; /* of all steps, including those after the best; number of steps */
} TrainingState;

/*@
  TrainingRun - trains the model in place; on return, model and `kept` hold the weights with the lowest validation loss

  Collective on the group of the grid
  Input:  checkpoint - offered every step; NULL for none
          prints     - whether this rank's group prints a line per epoch
          n_left     - number of members that this group trains afterwards, for the remaining time
  In/out: state   - all zero at the beginning; to continue, the state of an earlier run, with the model's weights, `kept`
                    and `history`
          kept    - (WeightsLength())
          history - epochs so far, with room for all epochs of the plan; freed by the caller
  Errors: CAUSEWAY_STOPPED from the checkpoint
@*/
PetscErrorCode TrainingRun(ForecastModel *model, const Windows *windows, const TrainGrid *grid,
                           const TrainingPlan *plan, uint32_t seed, int64_t member,
                           Checkpoint checkpoint, PetscBool prints, int64_t n_left,
                           TrainingState *state, Real *kept, History *history);

/*@
  TrainingLoss - mean loss over the batches of a split, without dropout and with running statistics

  Collective on the group of the grid
@*/
PetscErrorCode TrainingLoss(ForecastModel *model, const Windows *windows, const TrainGrid *grid,
                            int64_t batch_size, Split split, Batch *batch, double *loss);

#endif
