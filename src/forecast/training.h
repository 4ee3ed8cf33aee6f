/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TRAINING_H
#define CAUSEWAY_TRAINING_H

#include "causalformer.h"
#include "optimizer.h"

/* How long and how a model is trained. */
typedef struct {
  Optimizer optimizer;
  int64_t batch_size, n_epochs, patience;
} TrainingPlan;

/* One row per epoch. */
typedef struct {
  double train_loss, validation_loss, rate, step_s, samples_per_s, flops_per_s;
} Epoch;

typedef struct {
  int64_t n_epochs;
  Epoch *epochs; /* (n_epochs) */
} History;

/* What training one model came to. */
typedef struct {
  int64_t best_epoch, n_steps, diverged_step;
  double best_loss;
  double seconds, flops; /* of all steps */
  int64_t steps;         /* all, also those after the best */
} TrainingResult;

/*@
  TrainingRun - trains the model in place; on return it holds the weights with the lowest validation
  loss, and so does `kept`

  Collective on the group of the grid
  Input:  label  - of the progress lines, e.g. "member 3"
          prints - whether this rank's group prints a line per epoch
          n_left - members that this group trains after this one, for the time left
  Output: kept    - (WeightsLength())
          history - its epochs, freed by the caller
@*/
PetscErrorCode TrainingRun(Causalformer *model, const Windows *windows, const TrainGrid *grid,
                           const TrainingPlan *plan, uint32_t seed, int64_t member,
                           PetscBool prints, int64_t n_left, Real *kept, History *history,
                           TrainingResult *result);

/*@
  TrainingLoss - mean over batches of the loss on a split, without dropout and with running
  statistics

  Collective on the group of the grid
@*/
PetscErrorCode TrainingLoss(Causalformer *model, const Windows *windows, const TrainGrid *grid,
                            int64_t batch_size, Split split, Batch *batch, double *loss);

#endif
