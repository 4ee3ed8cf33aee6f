/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "training.h"

#include "causeway/log.h"

#include <math.h>

/* State of one training. */
typedef struct {
  Causalformer *model;
  const Windows *windows;
  const TrainGrid *grid;
  const TrainingPlan *plan;
  uint32_t seed;
  int64_t member, step;
  Batch batch;
  int64_t *order; /* (training windows) of this epoch */
  Real *kept;
  PetscBool prints;
  int64_t n_left;
  TrainingResult *result;
} Training;

/* Entries of a batch whose losses are averaged. */
static double entries(const Causalformer *model, int64_t n_samples)
{
  return (double)n_samples * (double)model->shape.n_neurons * model->shape.horizon;
}

PetscErrorCode TrainingLoss(Causalformer *model, const Windows *windows, const TrainGrid *grid,
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
    PetscCall(CausalformerForward(model, batch, PETSC_FALSE, 0, 0, 0, NULL, &part));
    sum += part / entries(model, size);
    n_batches++;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, grid->group));
  *loss = sum / (double)n_batches;
  PetscFunctionReturn(0);
}

/* One optimiser step on windows order[first ..); the loss travels while the gradients are made. */
static PetscErrorCode train_step(Training *t, int64_t first, double *loss)
{
  const int64_t size = PetscMin(t->plan->batch_size, t->windows->count[SPLIT_TRAINING] - first);
  MPI_Request request;
  double sum;

  PetscFunctionBegin;
  BatchFill(t->windows, t->grid, t->order + first, 0, size, &t->batch);
  PetscCall(CausalformerForward(t->model, &t->batch, PETSC_TRUE, t->seed, t->member, t->step, NULL,
                                &sum));
  PetscCallMPI(MPI_Iallreduce(&sum, loss, 1, MPI_DOUBLE, MPI_SUM, t->grid->group, &request));
  PetscCall(CausalformerBackward(t->model, &t->batch, t->seed, t->member, t->step));
  PetscCallMPI(MPI_Wait(&request, MPI_STATUS_IGNORE));
  *loss /= entries(t->model, size);
  if (isfinite(*loss)) {
    PetscCall(OptimizerStep(&t->plan->optimizer, t->grid, t->model->kernels, t->step,
                            &t->model->weights));
    t->step++;
  }
  PetscFunctionReturn(0);
}

/* All batches of an epoch; a loss that is not finite ends it. */
static PetscErrorCode train_epoch(Training *t, int64_t number, Epoch *epoch)
{
  const int64_t count = t->windows->count[SPLIT_TRAINING], size = t->plan->batch_size;
  const int64_t n_steps = (count + size - 1) / size;
  const double start = MPI_Wtime();
  double sum = 0, loss = 0;
  Progress progress;

  PetscFunctionBegin;
  PetscCall(WindowsShuffle(t->windows, t->seed, t->member, number, t->order));
  epoch->rate = OptimizerRate(&t->plan->optimizer, t->step);
  ProgressBegin(&progress, "train", "steps", n_steps);
  for (int64_t k = 0; k < n_steps; k++) {
    PetscCall(train_step(t, k * size, &loss));
    if (!isfinite(loss)) {
      t->result->diverged_step = t->step;
      break;
    }
    sum += loss;
    if (t->prints) {
      PetscCall(ProgressUpdate(&progress, k + 1));
    }
  }
  PetscCall(ProgressEnd(&progress));
  epoch->train_loss = isfinite(loss) ? sum / (double)n_steps : loss;
  epoch->step_s = (MPI_Wtime() - start) / (double)n_steps;
  epoch->samples_per_s = (double)count / (epoch->step_s * (double)n_steps);
  epoch->flops_per_s = 3.0 * CausalformerFlops(&t->model->shape) * epoch->samples_per_s;
  t->result->seconds += MPI_Wtime() - start;
  t->result->steps += n_steps;
  t->result->flops += 3.0 * CausalformerFlops(&t->model->shape) * (double)count;
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

/* The time left is that of all epochs of all members to come: early stopping makes it shorter. */
static PetscErrorCode print_epoch(const Training *t, int64_t number, const Epoch *e, double seconds)
{
  const double epochs =
      (double)(t->plan->n_epochs - number) + (double)(t->plan->n_epochs * t->n_left);

  PetscFunctionBegin;
  if (t->prints) {
    PetscCall(LogPrintf("%-10s %6lld %6lld %12.6f %11.6f%s %10.3g %9.2f %10.1f %8.1f %9.0f\n",
                        "train", (long long)t->member, (long long)number, e->train_loss,
                        e->validation_loss, t->result->best_epoch == number ? "*" : " ", e->rate,
                        e->step_s * 1e3, e->samples_per_s, e->flops_per_s * 1e-9,
                        epochs * seconds));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode report_divergence(const Training *t)
{
  PetscFunctionBegin;
  if (t->prints) {
    PetscCall(LogWarning("member %lld: the loss is not finite at step %lld; kept are the weights "
                         "of epoch %lld (a lower train_rate, or train_clip, may help)\n",
                         (long long)t->member, (long long)t->result->diverged_step,
                         (long long)t->result->best_epoch));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode train_epochs(Training *t, History *history)
{
  const TrainingPlan *plan = t->plan;
  TrainingResult *result = t->result;

  PetscFunctionBegin;
  PetscCall(print_header(t));
  for (int64_t number = 1; number <= plan->n_epochs; number++) {
    Epoch *epoch = &history->epochs[history->n_epochs];
    const double start = MPI_Wtime();

    PetscCall(train_epoch(t, number, epoch));
    if (result->diverged_step < 0) {
      PetscCall(TrainingLoss(t->model, t->windows, t->grid, plan->batch_size, SPLIT_VALIDATION,
                             &t->batch, &epoch->validation_loss));
      /* one rank decides for all, whatever the rounding of their sums */
      PetscCallMPI(MPI_Bcast(&epoch->validation_loss, 1, MPI_DOUBLE, 0, t->grid->group));
      result->diverged_step = isfinite(epoch->validation_loss) ? -1 : t->step;
    }
    if (result->diverged_step >= 0) {
      PetscCall(report_divergence(t));
      break;
    }
    history->n_epochs++;
    if (epoch->validation_loss < result->best_loss) {
      result->best_loss = epoch->validation_loss;
      result->best_epoch = number;
      result->n_steps = t->step;
      PetscCall(WeightsSave(&t->model->weights, t->kept));
    }
    PetscCall(print_epoch(t, number, epoch, MPI_Wtime() - start));
    if (number - result->best_epoch >= plan->patience) {
      break;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TrainingRun(Causalformer *model, const Windows *windows, const TrainGrid *grid,
                           const TrainingPlan *plan, uint32_t seed, int64_t member,
                           PetscBool prints, int64_t n_left, Real *kept, History *history,
                           TrainingResult *result)
{
  Training t = {.model = model,
                .windows = windows,
                .grid = grid,
                .plan = plan,
                .seed = seed,
                .member = member,
                .kept = kept,
                .prints = prints,
                .n_left = n_left,
                .result = result};

  PetscFunctionBegin;
  *result = (TrainingResult){.diverged_step = -1, .best_loss = INFINITY};
  history->n_epochs = 0;
  PetscCall(PetscMalloc1(plan->n_epochs, &history->epochs));
  PetscCall(PetscMalloc1(windows->count[SPLIT_TRAINING], &t.order));
  PetscCall(BatchCreate(windows, grid, plan->batch_size, &t.batch));
  PetscCall(WeightsInitialize(&model->weights, seed, member));
  PetscCall(WeightsSave(&model->weights, kept));
  PetscCall(train_epochs(&t, history));
  PetscCall(WeightsRestore(&model->weights, kept));
  PetscCall(BatchDestroy(&t.batch));
  PetscCall(PetscFree(t.order));
  PetscFunctionReturn(0);
}
