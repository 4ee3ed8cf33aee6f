/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Trains and reads the members of an ensemble on their groups of ranks, and combines their results. */
#include "forecaster_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include "causeway/internal/parallel/reduce.h"
#include "layers/loss.h"

#include <math.h>

/* Refuses values that do not suit the loss, such as counts below 0. */
static PetscErrorCode check_values(Forecaster f, Activity activity)
{
  const Windows *w = &f->windows;
  const LossType loss = (LossType)f->shape->loss;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < w->partition.n_local * w->n_samples && !status; k++) {
    const char *allowed = LossRefuses(loss, (double)w->values[k]);

    if (allowed) {
      status = UserError(
          "train_loss = %s: %s, sample %lld (counted from 0) is %g, but the loss needs %s; "
          "use -activity_normalize none if the values were normalised",
          LossWords[loss].name, ActivityNeuron(activity, w->partition.first + k / w->n_samples),
          (long long)(k % w->n_samples), (double)w->values[k], allowed);
    }
  }
  PetscCall(ErrorAgree(f->comm, status));
  PetscFunctionReturn(0);
}

static PetscErrorCode make_windows(Forecaster f, Activity activity)
{
  PetscFunctionBegin;
  PetscCall(WindowsDestroy(&f->windows));
  PetscCall(WindowsCreate(activity, &f->grid, f->shape->context, f->shape->horizon, f->fraction,
                          f->loaded ? PETSC_FALSE : PETSC_TRUE, &f->windows));
  PetscCall(check_values(f, activity));
  PetscFunctionReturn(0);
}

/* Sums of squares of one split: targets about their mean, for each neuron of this rank's ring place; exactly 0 for neurons
   that do not vary, in spite of rounding. */
static void target_squares(const Windows *w, int64_t first, int64_t count, double *square)
{
  for (int64_t i = 0; i < w->partition.n_local; i++) {
    const Real *series = w->values + i * w->n_samples + first + w->context;
    const double n = (double)(count * w->horizon);
    PetscBool varies = PETSC_FALSE;
    double mean = 0;

    square[i] = 0;
    for (int64_t k = 0; k < count; k++) {
      for (int t = 0; t < w->horizon; t++) {
        mean += (double)series[k + t] / n;
        varies = varies || series[k + t] != series[0] ? PETSC_TRUE : PETSC_FALSE;
      }
    }
    for (int64_t k = 0; k < count && varies; k++) {
      for (int t = 0; t < w->horizon; t++) {
        square[i] += ((double)series[k + t] - mean) * ((double)series[k + t] - mean);
      }
    }
  }
}

/* Computes MSE and R2 of all neurons from errors (n_local), sums of squares over the split. */
static PetscErrorCode summarize_errors(Forecaster f, int64_t first, int64_t count,
                                       const double *error, double *neuron_mse, double *neuron_r2,
                                       double *mse, double *r2, int64_t *n_without_r2)
{
  const Windows *w = &f->windows;
  const double n = (double)w->partition.n_global;
  double sums[3] = {0, 0, 0}, *square; /* MSE, R2, number of neurons with an R2 */

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(w->partition.n_local, &square));
  target_squares(w, first, count, square);
  for (int64_t i = 0; i < w->partition.n_local; i++) {
    neuron_mse[i] = error[i] / (double)(count * w->horizon);
    /* without variance there is nothing to explain */
    neuron_r2[i] = square[i] > 0 ? 1.0 - error[i] / square[i] : NAN;
    sums[0] += neuron_mse[i] / n;
    sums[1] += square[i] > 0 ? neuron_r2[i] : 0;
    sums[2] += square[i] > 0 ? 1 : 0;
  }
  PetscCall(PetscFree(square));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 3, MPI_DOUBLE, MPI_SUM, f->grid.ring));
  *mse = sums[0];
  *r2 = sums[2] > 0 ? sums[1] / sums[2] : NAN;
  *n_without_r2 = w->partition.n_global - (int64_t)sums[2];
  PetscFunctionReturn(0);
}

/* Forecasts one split with the present weights: adds to `prediction` of the whole split; returns the errors of this rank's
   samples. */
static PetscErrorCode forecast_split(Forecaster f, int64_t first, int64_t count, double *error,
                                     Real *prediction)
{
  const int64_t n_local = f->windows.partition.n_local;
  const int horizon = f->shape->horizon;
  Real *part;
  Batch batch;

  PetscFunctionBegin;
  PetscCall(BatchCreate(&f->windows, &f->grid, f->plan.batch_size, &batch));
  PetscCall(PetscMalloc1(f->plan.batch_size * n_local * horizon, &part));
  for (int64_t start = 0; start < count; start += f->plan.batch_size) {
    const int64_t size = PetscMin(f->plan.batch_size, count - start);
    Real *own;
    double loss;

    BatchFill(&f->windows, &f->grid, NULL, first + start, size, &batch);
    PetscCall(f->type->forward(f->model, &batch, PETSC_FALSE, 0, 0, 0, part, &loss));
    own = prediction + (start + batch.first_sample) * n_local * horizon;
    for (int64_t k = 0; k < batch.n_samples * n_local * horizon; k++) {
      const double difference = (double)part[k] - (double)batch.target[k];

      own[k] += part[k];
      error[k / horizon % n_local] += difference * difference;
    }
  }
  PetscCall(PetscFree(part));
  PetscCall(BatchDestroy(&batch));
  PetscFunctionReturn(0);
}

/* Computes all readings with the present weights, on a split or on the windows of the training. */
static PetscErrorCode read_member(Forecaster f, Member *member, int64_t first, int64_t count)
{
  const Partition *p = &f->windows.partition;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_TRAIN_SCORE));
  for (int k = 0; k < f->n_readings; k++) {
    const Split seen = SPLIT_TRAINING;
    const PetscBool own = f->loaded || f->readings[k]->held_out ? PETSC_FALSE : PETSC_TRUE;

    PetscCall(PetscFree(member->score[k]));
    PetscCall(PetscCalloc1(p->n_global * p->n_local, &member->score[k]));
    PetscCall(PetscFree(member->error[k]));
    if (f->readings[k]->has_error) {
      PetscCall(PetscCalloc1(p->n_global * p->n_local, &member->error[k]));
    }
    PetscCall(f->readings[k]->compute(
        f->model, &f->windows, f->plan.batch_size, own ? f->windows.first[seen] : first,
        own ? f->windows.count[seen] : count, member->score[k], member->error[k]));
    if (f->grid.batch_index > 0) {
      PetscCall(PetscFree(member->score[k]));
      PetscCall(PetscFree(member->error[k]));
    }
  }
  PetscCall(LogEventStop(EVENT_TRAIN_SCORE));
  PetscFunctionReturn(0);
}

static PetscErrorCode evaluate_member(Forecaster f, Member *member, int64_t first, int64_t count,
                                      Real *prediction)
{
  const Partition *p = &f->windows.partition;
  double *error, *neuron_mse, *neuron_r2;
  int64_t n_without_r2;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(p->n_local, &error, p->n_local, &neuron_mse, p->n_local, &neuron_r2));
  PetscCall(WeightsRestore(&f->model->weights, member->weights));
  PetscCall(forecast_split(f, first, count, error, prediction));
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, error, (int)p->n_local, MPI_DOUBLE, MPI_SUM, f->grid.batch));
  PetscCall(summarize_errors(f, first, count, error, neuron_mse, neuron_r2, &member->result.mse,
                             &member->result.r2, &n_without_r2));
  PetscCall(read_member(f, member, first, count));
  PetscCall(PetscFree3(error, neuron_mse, neuron_r2));
  PetscFunctionReturn(0);
}

/* Distributes what each group knows of its members to all ranks. */
static PetscErrorCode share_results(Forecaster f)
{
  PetscFunctionBegin;
  f->info.n_members = f->plan.n_members;
  f->info.n_used = 0;
  for (int64_t m = 0; m < f->plan.n_members; m++) {
    Member *member = &f->members[m];
    const int root = ForecasterGroup(f, m) * f->grid.n_batch * f->grid.n_ring;

    PetscCallMPI(MPI_Bcast(&member->result, (int)sizeof(member->result), MPI_BYTE, root, f->comm));
    PetscCallMPI(MPI_Bcast(&member->history.n_epochs, 1, MPI_INT64_T, root, f->comm));
    f->info.n_used += member->result.best_epoch > 0;
  }
  PetscFunctionReturn(0);
}

/* Computes the mean forecast of all members, on every rank for its neurons, and its errors. */
static PetscErrorCode combine_forecasts(Forecaster f)
{
  const int64_t n_local = f->windows.partition.n_local, horizon = f->shape->horizon;
  const int64_t length = f->n_windows * n_local * horizon;
  MPI_Comm peers; /* ranks with the same neurons */
  double *error;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_split(f->comm, f->grid.ring_index, f->rank, &peers));
  PetscCall(SumOverRanks(peers, length, MPI_REAL_TYPE, f->prediction));
  PetscCallMPI(MPI_Comm_free(&peers));
  PetscCall(PetscCalloc1(n_local, &error));
  for (int64_t k = 0; k < length; k++) {
    const int64_t i = k / horizon % n_local, window = k / horizon / n_local;
    const Real target = f->windows.values[i * f->windows.n_samples + f->first_window + window +
                                          f->shape->context + k % horizon];

    f->prediction[k] /= (Real)f->info.n_used;
    error[i] += pow((double)f->prediction[k] - (double)target, 2);
  }
  PetscCall(summarize_errors(f, f->first_window, f->n_windows, error, f->neuron_mse, f->neuron_r2,
                             &f->info.mse, &f->info.r2, &f->info.n_without_r2));
  PetscCall(PetscFree(error));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterEvaluate(Forecaster f, Split split)
{
  const int64_t n_local = f->windows.partition.n_local;

  PetscFunctionBegin;
  f->first_window = f->windows.first[split];
  f->n_windows = f->windows.count[split];
  PetscCall(PetscFree(f->prediction));
  PetscCall(PetscFree2(f->neuron_mse, f->neuron_r2));
  PetscCall(PetscCalloc1(f->n_windows * n_local * f->shape->horizon, &f->prediction));
  PetscCall(PetscCalloc2(n_local, &f->neuron_mse, n_local, &f->neuron_r2));
  for (int64_t m = 0; m < f->plan.n_members; m++) {
    Member *member = &f->members[m];

    if (ForecasterGroup(f, m) == f->grid.group_index && member->result.best_epoch > 0) {
      PetscCall(evaluate_member(f, member, f->first_window, f->n_windows, f->prediction));
    }
  }
  PetscCall(share_results(f));
  UserCheck(f->info.n_used > 0,
            "none of the %lld members learned anything: the loss is not finite from the first "
            "epoch on; lower train_rate or set train_clip",
            (long long)f->plan.n_members);
  PetscCall(combine_forecasts(f));
  PetscFunctionReturn(0);
}

static PetscErrorCode train_member(Forecaster f, int64_t m, double totals[3])
{
  Member *member = &f->members[m];
  const int64_t left = (f->plan.n_members - 1 - m) / f->grid.n_groups;
  const PetscBool prints = f->grid.group_index == 0 ? PETSC_TRUE : PETSC_FALSE;
  TrainingPlan plan = f->plan;
  TrainingState *state = &member->state;

  PetscFunctionBegin;
  plan.optimizer.n_steps =
      plan.n_epochs * ((f->windows.count[SPLIT_TRAINING] + plan.batch_size - 1) / plan.batch_size);
  if (!member->history.epochs) {
    PetscCall(PetscCalloc1(plan.n_epochs, &member->history.epochs));
  }
  if (!state->done) {
    if (member->current) {
      PetscCall(WeightsRestore(&f->model->weights, member->current));
    }
    f->active = m;
    PetscCall(TrainingRun(f->model, &f->windows, &f->grid, &plan, f->seed, m, f->checkpoint, prints,
                          left, state, member->weights, &member->history));
    f->active = -1;
    PetscCall(PetscFree(member->current));
  }
  member->result = (ForecasterMember){.n_epochs = member->history.n_epochs,
                                      .best_epoch = state->best_epoch,
                                      .n_steps = state->n_steps,
                                      .diverged_step = state->diverged_step,
                                      .best_loss = state->best_loss};
  totals[0] += state->flops;
  totals[1] += state->seconds;
  totals[2] += state->n_taken;
  PetscFunctionReturn(0);
}

static PetscErrorCode print_members(Forecaster f)
{
  char r2[32];

  PetscFunctionBegin;
  for (int64_t m = 0; m < f->plan.n_members; m++) {
    const ForecasterMember *r = &f->members[m].result;

    PetscCall(LogPrintf("train      member %lld: %lld epochs, lowest validation loss %.6f at %lld; "
                        "test MSE %.6f, R2 %s%s\n",
                        (long long)m, (long long)r->n_epochs, r->best_loss,
                        (long long)r->best_epoch, r->mse, LogNumber(r->r2, "%.4f", r2),
                        r->diverged_step >= 0 ? ", diverged" : ""));
  }
  PetscCall(LogPrintf("train      mean forecast of %lld members: test MSE %.6f, R2 %s\n",
                      (long long)f->info.n_used, f->info.mse, LogNumber(f->info.r2, "%.4f", r2)));
  if (f->info.n_without_r2 > 0) {
    PetscCall(
        LogPrintf("train      %lld of %lld neurons do not vary in the test part and have no R2; "
                  "R2 is the mean over the other neurons\n",
                  (long long)f->info.n_without_r2, (long long)f->windows.partition.n_global));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterSetUpTraining(Forecaster f, Activity activity)
{
  int64_t count[4];

  PetscFunctionBegin;
  UserCheck(activity && ActivitySamples(activity) > 0,
            "the activity to train with %s; call ActivityLoad() or ActivitySetValues() before",
            activity ? "has no values" : "is NULL");
  UserCheck(!f->ready || f->shape->n_neurons == ActivityPartition(activity)->n_global,
            "the forecaster has %lld neurons, the activity %lld; create another forecaster",
            (long long)f->shape->n_neurons, (long long)ActivityPartition(activity)->n_global);
  PetscCall(ForecasterCheckActivity(activity, ActivitySamples(activity)));
  PetscCall(WindowsCount(ActivitySamples(activity), f->shape->context, f->shape->horizon,
                         f->fraction, PETSC_TRUE, count));
  ForecasterLimitBatch(f, count);
  PetscCall(ForecasterSetUp(f, ActivityPartition(activity)->n_global));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterTrain(Forecaster f, Activity activity)
{
  const double start = MPI_Wtime();
  double totals[3] = {0, 0, 0}; /* flops, seconds in steps, steps */

  PetscFunctionBegin;
  PetscCall(ForecasterSetUpTraining(f, activity));
  PetscCall(make_windows(f, activity));
  PetscCall(LogPrintf("train      %s: %lld members on %d x %d x %d ranks (members x batch x "
                      "neurons), %s kernels\n",
                      f->type->name, (long long)f->plan.n_members, f->info.grid[0], f->info.grid[1],
                      f->info.grid[2], f->kernels->name));
  for (int64_t m = f->grid.group_index; m < f->plan.n_members; m += f->grid.n_groups) {
    PetscCall(train_member(f, m, totals));
  }
  PetscCall(CheckpointFinishPart(f->checkpoint, f->grid.group));
  PetscCall(CheckpointMilestone(f->checkpoint));
  PetscCall(ForecasterEvaluate(f, SPLIT_TEST));
  /* each group counts once */
  for (int k = 0; k < 3; k++) {
    totals[k] /= (double)(f->grid.n_batch * f->grid.n_ring);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, totals, 3, MPI_DOUBLE, MPI_SUM, f->comm));
  f->info.flops = totals[0];
  f->info.step_s = totals[1] / totals[2];
  f->info.train_s = MPI_Wtime() - start;
  PetscCall(print_members(f));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterForecast(Forecaster f, Activity activity, Split split)
{
  PetscFunctionBegin;
  UserCheck(f->ready, "the forecaster has no model; call ForecasterLoad() or ForecasterTrain() "
                      "before ForecasterForecast()");
  UserCheck(activity && ActivitySamples(activity) > 0,
            "the activity to forecast %s; call ActivityLoad() or ActivitySetValues() before",
            activity ? "has no values" : "is NULL");
  UserCheck(f->shape->n_neurons == ActivityPartition(activity)->n_global,
            "the model has %lld neurons, the activity %lld; they must be the same neurons",
            (long long)f->shape->n_neurons, (long long)ActivityPartition(activity)->n_global);
  PetscCall(ForecasterCheckActivity(activity, ActivitySamples(activity)));
  PetscCall(make_windows(f, activity));
  UserCheck(f->windows.count[split] > 0,
            "train_split = %g,%g leaves none of %lld windows to forecast; use -forecast_split all",
            f->fraction[0], f->fraction[1], (long long)f->windows.count[SPLIT_ALL]);
  PetscCall(ForecasterEvaluate(f, split));
  PetscFunctionReturn(0);
}
