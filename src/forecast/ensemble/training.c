/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ensemble/training.h"

#include "causeway/log.h"

#include <math.h>

/* State of one training. */
typedef struct {
  ForecastModel *model;
  const Windows *windows;
  const TrainGrid *grid;
  const TrainingPlan *plan;
  uint32_t seed;
  int64_t member;
  Checkpoint checkpoint;
  Batch batch;
  int64_t *order; /* (training windows) order in this epoch */
  Real *kept;
  PetscBool prints;
  int64_t n_left;
  TrainingState *state;
} Training;

/* Number of entries of a batch over which losses are averaged. */
static double entries(const ForecastModel *model, int64_t n_samples)
{
  return (double)n_samples * (double)model->shape.n_neurons * model->shape.horizon;
}

PetscErrorCode TrainingLoss(ForecastModel *model, const Windows *windows, const TrainGrid *grid,
                            int64_t batch_size, Split split, Batch *batch, double *loss)
{
  const int64_t count = windows->count[split];
  int64_t n_batches = 0;
  double sum = 0;

  PetscFunctionBegin;
  for (int64_t first = 0; first < count; first += batch_size) {
    const int64_t size = PetscMin(batch_size, count - first);
    double part;

    BatchFill(windows, grid, NULL, windows->first[split] + first, size, batch);
    PetscCall(model->type->forward(model, batch, PETSC_FALSE, 0, 0, 0, NULL, &part));
    sum += part / entries(model, size);
    n_batches++;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, grid->group));
  *loss = sum / (double)n_batches;
  PetscFunctionReturn(0);
}

/* One optimiser step on windows order[first ..); the loss is reduced while the gradients are computed. */
static PetscErrorCode train_step(Training *t, int64_t first, double *loss)
{
  const int64_t size = PetscMin(t->plan->batch_size, t->windows->count[SPLIT_TRAINING] - first);
  MPI_Request request;
  double sum;

  PetscFunctionBegin;
  BatchFill(t->windows, t->grid, t->order + first, 0, size, &t->batch);
  PetscCall(t->model->type->forward(t->model, &t->batch, PETSC_TRUE, t->seed, t->member,
                                    t->state->step, NULL, &sum));
  PetscCallMPI(MPI_Iallreduce(&sum, loss, 1, MPI_DOUBLE, MPI_SUM, t->grid->group, &request));
  PetscCall(t->model->type->backward(t->model, &t->batch, t->seed, t->member, t->state->step));
  PetscCallMPI(MPI_Wait(&request, MPI_STATUS_IGNORE));
  *loss /= entries(t->model, size);
  if (isfinite(*loss)) {
    PetscCall(OptimizerStep(&t->plan->optimizer, t->grid, t->model->kernels, t->state->step,
                            &t->model->weights));
    t->state->step++;
  }
  PetscFunctionReturn(0);
}

/* Trains on the remaining batches of the present epoch; a loss that is not finite ends it. */
static PetscErrorCode train_epoch(Training *t, Epoch *epoch)
{
  TrainingState *state = t->state;
  const int64_t count = t->windows->count[SPLIT_TRAINING], size = t->plan->batch_size;
  const int64_t n_steps = (count + size - 1) / size;
  const double start = MPI_Wtime() - state->epoch_s;
  double loss = 0;
  Progress progress;

  PetscFunctionBegin;
  PetscCall(WindowsShuffle(t->windows, t->seed, t->member, state->epoch, t->order));
  epoch->rate = OptimizerRate(&t->plan->optimizer, state->step - state->batch);
  ProgressBegin(&progress, "train", "steps", n_steps);
  while (state->batch < n_steps) {
    PetscCall(train_step(t, state->batch * size, &loss));
    if (!isfinite(loss)) {
      state->diverged_step = state->step;
      break;
    }
    state->loss_sum += loss;
    state->batch++;
    state->epoch_s = MPI_Wtime() - start;
    if (t->prints) {
      PetscCall(ProgressUpdate(&progress, state->batch));
    }
    PetscCall(CheckpointOfferPart(t->checkpoint, t->grid->group));
  }
  PetscCall(ProgressEnd(&progress));
  epoch->train_loss = isfinite(loss) ? state->loss_sum / (double)n_steps : loss;
  epoch->step_s = state->epoch_s / (double)n_steps;
  epoch->samples_per_s = (double)count / state->epoch_s;
  epoch->flops_per_s = 3.0 * t->model->type->flops(&t->model->shape) * epoch->samples_per_s;
  state->seconds += state->epoch_s;
  state->n_taken += (double)n_steps;
  state->flops += 3.0 * t->model->type->flops(&t->model->shape) * (double)count;
  PetscFunctionReturn(0);
}

static PetscErrorCode print_header(const Training *t)
{
  PetscFunctionBegin;
  if (t->prints) {
    PetscCall(LogPrintf("%-10s %6s %6s %12s %12s %10s %9s %10s %8s %9s\n", "train", "member",
                        "epoch", "train loss", "validation", "rate", "ms/step", "samples/s",
                        "Gflop/s", "left s"));
  }
  PetscFunctionReturn(0);
}

/* The remaining time is that of all future epochs of all members; early stopping shortens it. */
static PetscErrorCode print_epoch(const Training *t, const Epoch *e, double seconds)
{
  const int64_t number = t->state->epoch;
  const double epochs =
      (double)(t->plan->n_epochs - number) + (double)(t->plan->n_epochs * t->n_left);

  PetscFunctionBegin;
  if (t->prints) {
    PetscCall(LogPrintf("%-10s %6lld %6lld %12.6f %11.6f%s %10.3g %9.2f %10.1f %8.1f %9.0f\n",
                        "train", (long long)t->member, (long long)number, e->train_loss,
                        e->validation_loss, t->state->best_epoch == number ? "*" : " ", e->rate,
                        e->step_s * 1e3, e->samples_per_s, e->flops_per_s * 1e-9,
                        epochs * seconds));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode report_divergence(const Training *t)
{
  PetscFunctionBegin;
  if (t->prints) {
    PetscCall(LogWarning("member %lld: the loss is not finite at step %lld; the weights of epoch "
                         "%lld are kept; a lower train_rate, or train_clip, may help\n",
                         (long long)t->member, (long long)t->state->diverged_step,
                         (long long)t->state->best_epoch));
  }
  PetscFunctionReturn(0);
}

/* Computes the loss on the validation split; one rank decides for all, so that rounding cannot make ranks disagree. */
static PetscErrorCode validate(Training *t, Epoch *epoch)
{
  PetscFunctionBegin;
  PetscCall(TrainingLoss(t->model, t->windows, t->grid, t->plan->batch_size, SPLIT_VALIDATION,
                         &t->batch, &epoch->validation_loss));
  PetscCallMPI(MPI_Bcast(&epoch->validation_loss, 1, MPI_DOUBLE, 0, t->grid->group));
  t->state->diverged_step = isfinite(epoch->validation_loss) ? -1 : t->state->step;
  PetscFunctionReturn(0);
}

static PetscErrorCode train_epochs(Training *t, History *history)
{
  TrainingState *state = t->state;

  PetscFunctionBegin;
  PetscCall(print_header(t));
  while (state->epoch <= t->plan->n_epochs) {
    Epoch *epoch = &history->epochs[history->n_epochs];
    const double start = MPI_Wtime() - state->epoch_s;

    PetscCall(train_epoch(t, epoch));
    if (state->diverged_step < 0) {
      PetscCall(validate(t, epoch));
    }
    if (state->diverged_step >= 0) {
      PetscCall(report_divergence(t));
      break;
    }
    history->n_epochs++;
    if (epoch->validation_loss < state->best_loss) {
      state->best_loss = epoch->validation_loss;
      state->best_epoch = state->epoch;
      state->n_steps = state->step;
      PetscCall(WeightsSave(&t->model->weights, t->kept));
    }
    PetscCall(print_epoch(t, epoch, MPI_Wtime() - start));
    if (state->epoch - state->best_epoch >= t->plan->patience) {
      break;
    }
    state->epoch++;
    state->batch = 0;
    state->loss_sum = state->epoch_s = 0;
  }
  state->done = 1;
  PetscFunctionReturn(0);
}

PetscErrorCode TrainingRun(ForecastModel *model, const Windows *windows, const TrainGrid *grid,
                           const TrainingPlan *plan, uint32_t seed, int64_t member,
                           Checkpoint checkpoint, PetscBool prints, int64_t n_left,
                           TrainingState *state, Real *kept, History *history)
{
  Training t = {.model = model,
                .windows = windows,
                .grid = grid,
                .plan = plan,
                .seed = seed,
                .member = member,
                .checkpoint = checkpoint,
                .kept = kept,
                .prints = prints,
                .n_left = n_left,
                .state = state};

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(windows->count[SPLIT_TRAINING], &t.order));
  PetscCall(BatchCreate(windows, grid, plan->batch_size, &t.batch));
  if (state->epoch == 0) {
    *state = (TrainingState){.epoch = 1, .diverged_step = -1, .best_loss = INFINITY};
    PetscCall(WeightsInitialize(&model->weights, seed, member));
    PetscCall(WeightsSave(&model->weights, kept));
  }
  PetscCall(train_epochs(&t, history));
  PetscCall(WeightsRestore(&model->weights, kept));
  PetscCall(BatchDestroy(&t.batch));
  PetscCall(PetscFree(t.order));
  PetscFunctionReturn(0);
}
