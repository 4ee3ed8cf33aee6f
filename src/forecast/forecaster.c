/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecaster_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

PetscErrorCode ForecasterCreate(MPI_Comm comm, Forecaster *forecaster)
{
  Forecaster f;

  PetscFunctionBegin;
  PetscCall(PetscNew(&f));
  f->comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &f->rank));
  PetscCallMPI(MPI_Comm_size(comm, &f->size));
  f->shape = ModelShapePublished(-1);
  f->plan = (TrainingPlan){.optimizer = {.rate = 5e-4, .decay = 1e-3},
                           .batch_size = 16,
                           .n_epochs = 200,
                           .patience = 10};
  f->n_members = 10;
  f->active = -1;
  f->fraction[0] = 0.6;
  f->fraction[1] = 0.2;
  PetscCall(PetscStrncpy(f->grid_word, "auto", sizeof(f->grid_word)));
  *forecaster = f;
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterDestroy(Forecaster *forecaster)
{
  Forecaster f = *forecaster;

  PetscFunctionBegin;
  if (!f) {
    PetscFunctionReturn(0);
  }
  for (int64_t m = 0; f->members && m < f->n_members; m++) {
    PetscCall(PetscFree(f->members[m].weights));
    PetscCall(PetscFree(f->members[m].current));
    PetscCall(PetscFree(f->members[m].history.epochs));
    PetscCall(PetscFree(f->members[m].score));
  }
  PetscCall(PetscFree(f->members));
  PetscCall(PetscFree(f->prediction));
  PetscCall(PetscFree2(f->neuron_mse, f->neuron_r2));
  PetscCall(WindowsDestroy(&f->windows));
  if (f->ready) {
    PetscCall(CausalformerDestroy(&f->model));
    PetscCall(TrainGridDestroy(&f->grid));
  }
  PetscCall(PetscFree(*forecaster));
  PetscFunctionReturn(0);
}

static PetscErrorCode integer(Parameters p, const char *key, const char *unit, const char *text,
                              int64_t low, int64_t high, int *value)
{
  int64_t wide = *value;

  PetscFunctionBegin;
  PetscCall(ParametersInteger(p, key, unit, text, low, high, &wide));
  *value = (int)wide;
  PetscFunctionReturn(0);
}

static PetscErrorCode shape_options(Forecaster f, Parameters p)
{
  ModelShape *s = &f->shape;

  PetscFunctionBegin;
  PetscCall(
      integer(p, "train_context", "samples", "that a forecast sees", 1, CONTEXT_MOST, &s->context));
  PetscCall(
      integer(p, "train_horizon", "samples", "that are forecast", 1, CONTEXT_MOST, &s->horizon));
  PetscCall(integer(p, "train_width", "1", "channels of a token", 1, 65536, &s->width));
  PetscCall(integer(p, "train_heads", "1", "heads of all attention layers", 1, 1024, &s->heads));
  PetscCall(integer(p, "train_head_width", "1", "channels of a head", 1, HEAD_WIDTH_MOST,
                    &s->head_width));
  PetscCall(integer(p, "train_hidden", "1", "channels inside feed-forward layers", 1, 1 << 20,
                    &s->hidden));
  PetscCall(
      integer(p, "train_encoder_layers", "1", "layers of the encoder", 1, 64, &s->encoder_layers));
  PetscCall(
      integer(p, "train_decoder_layers", "1", "layers of the decoder", 1, 64, &s->decoder_layers));
  PetscCall(ParametersChoice(p, "train_norm", "on the way into each layer", NormNames, &s->norm));
  PetscCall(ParametersChoice(p, "train_encoder_attention",
                             "of the encoder over all neurons, beside that within each",
                             EncoderNames, &s->encoder));
  PetscCall(ParametersChoice(p, "train_loss",
                             "squared error, or negative log-likelihood of counts or events",
                             LossNames, &s->loss));
  PetscCall(ParametersReal(p, "train_dropout", "1", "part of the channels dropped while training",
                           0.0, 0.95, &s->dropout));
  PetscFunctionReturn(0);
}

static PetscErrorCode plan_options(Forecaster f, Parameters p)
{
  static const char *const schedules[] = {"constant", "onecycle", NULL};
  TrainingPlan *plan = &f->plan;

  PetscFunctionBegin;
  PetscCall(ParametersInteger(p, "train_members", "1", "models of the ensemble", 1, 65535,
                              &f->n_members));
  PetscCall(ParametersInteger(p, "train_batch", "windows", "of an optimiser step", 1, 1 << 20,
                              &plan->batch_size));
  PetscCall(ParametersInteger(p, "train_epochs", "1", "passes over the training windows at most", 1,
                              1000000, &plan->n_epochs));
  PetscCall(ParametersInteger(p, "train_patience", "epochs",
                              "without a lower validation loss before stopping", 1, 1000000,
                              &plan->patience));
  PetscCall(ParametersReal(p, "train_rate", "1", "learning rate of AdamW, the highest of onecycle",
                           0.0, 1e6, &plan->optimizer.rate));
  PetscCall(ParametersReal(p, "train_decay", "1", "weight decay of AdamW", 0.0, 1e6,
                           &plan->optimizer.decay));
  PetscCall(ParametersChoice(p, "train_schedule", "of the learning rate", schedules,
                             &plan->optimizer.schedule));
  PetscCall(ParametersReal(p, "train_clip", "1", "largest norm of the gradient, 0 for any", 0.0,
                           1e12, &plan->optimizer.clip));
  PetscFunctionReturn(0);
}

static PetscErrorCode split_option(Forecaster f, Parameters p)
{
  char word[64] = "0.6,0.2";
  int used = 0;

  PetscFunctionBegin;
  PetscCall(ParametersString(p, "train_split",
                             "TRAINING,VALIDATION parts of the windows in time order, the rest for "
                             "the test",
                             sizeof(word), word));
  UserCheck(sscanf(word, "%lf,%lf%n", &f->fraction[0], &f->fraction[1], &used) == 2 &&
                !word[used] && f->fraction[0] > 0 && f->fraction[1] > 0 &&
                f->fraction[0] + f->fraction[1] < 1,
            "%s = %s: expected two positive parts whose sum is below 1, such as 0.6,0.2",
            ParametersSource(p, "train_split"), word);
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterSetFromOptions(Forecaster f, Parameters p, uint32_t seed)
{
  int kernels = 0;

  PetscFunctionBegin;
  f->seed = seed;
  PetscCall(shape_options(f, p));
  PetscCall(plan_options(f, p));
  PetscCall(split_option(f, p));
  PetscCall(ParametersString(p, "train_grid",
                             "MxBxN ranks: groups of members x parts of the batch x parts of the "
                             "neurons, or auto",
                             sizeof(f->grid_word), f->grid_word));
  PetscCall(
      PetscStrncpy(f->grid_source, ParametersSource(p, "train_grid"), sizeof(f->grid_source)));
  PetscCall(ParametersChoice(p, "train_kernels", "instruction set of the inner loops", KernelNames,
                             &kernels));
  PetscCall(PetscStrncpy(f->kernels_word, KernelNames[kernels], sizeof(f->kernels_word)));
  PetscCall(PetscStrncpy(f->kernels_source, ParametersSource(p, "train_kernels"),
                         sizeof(f->kernels_source)));
  PetscCall(ShapeRemember(f, p));
  PetscFunctionReturn(0);
}

/* The same kernels on all ranks, so that weights kept on several stay equal: "auto" is the best that
   every processor of the job has. */
static PetscErrorCode choose_kernels(Forecaster f)
{
  const PetscBool automatic = strcmp(f->kernels_word, "auto") ? PETSC_FALSE : PETSC_TRUE;

  PetscFunctionBegin;
  f->kernels = NULL;
  for (int k = 1; KernelNames[k] && !f->kernels; k++) {
    int here = KernelsFind(KernelNames[k]) ? 1 : 0;

    if (automatic || !strcmp(f->kernels_word, KernelNames[k])) {
      PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &here, 1, MPI_INT, MPI_LAND, f->comm));
      f->kernels = here ? KernelsFind(KernelNames[k]) : NULL;
    }
  }
  UserCheck(f->kernels, "%s = %s: a processor of this job lacks these instructions; use auto",
            f->kernels_source, f->kernels_word);
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterPlan(Forecaster f, int64_t n_neurons, int shape[3])
{
  GridDemand demand = {n_neurons, f->n_members, f->plan.batch_size, 0, 0};

  PetscFunctionBegin;
  f->shape.n_neurons = n_neurons;
  PetscCall(choose_kernels(f));
  demand.pair_cost = CausalformerFlops(&f->shape) / (double)n_neurons;
  PetscCall(TrainGridParse(f->grid_word, f->grid_source, f->size, &demand, shape));
  UserCheck(f->n_members >= shape[0],
            "%s = %s: %d groups are more than the %lld members (train_members)", f->grid_source,
            f->grid_word, shape[0], (long long)f->n_members);
  PetscFunctionReturn(0);
}

void ForecasterLimitBatch(Forecaster f, const int64_t count[4])
{
  if (!f->loaded) {
    f->plan.batch_size = PetscMin(f->plan.batch_size, count[SPLIT_TRAINING]);
  }
}

PetscErrorCode ForecasterSetUp(Forecaster f, int64_t n_neurons)
{
  int shape[3];

  PetscFunctionBegin;
  if (f->ready) {
    PetscFunctionReturn(0);
  }
  PetscCall(ForecasterPlan(f, n_neurons, shape));
  PetscCall(TrainGridCreate(f->comm, shape, &f->grid));
  PetscCall(CausalformerCreate(&f->shape, &f->grid, f->kernels, f->plan.batch_size, &f->model));
  f->ready = PETSC_TRUE;
  PetscCall(PetscArraycpy(f->info.grid, shape, 3));
  PetscCall(PetscCalloc1(f->n_members, &f->members));
  for (int64_t m = 0; m < f->n_members; m++) {
    Member *member = &f->members[m];

    (void)snprintf(member->reading, sizeof(member->reading), "attention_member_%lld", (long long)m);
    if (ForecasterGroup(f, m) == f->grid.group_index) {
      PetscCall(PetscMalloc1(WeightsLength(&f->model.weights), &member->weights));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterCheckActivity(Activity activity, int64_t n_samples)
{
  const Segment *segments;
  const int64_t n = ActivitySegments(activity, &segments);

  PetscFunctionBegin;
  UserCheck(
      n == 1 && segments[0].first == 0 && segments[0].end == n_samples,
      "causalformer needs all %lld samples in one segment, and the activity has %lld segment%s "
      "of %lld samples; remove activity_trials, activity_missing and activity_difference, or "
      "take an unbroken part with activity_samples",
      (long long)n_samples, (long long)n, n == 1 ? "" : "s", (long long)ActivityRows(activity, 0));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterEstimate(Forecaster f, int64_t n_neurons, int64_t n_samples,
                                  double *memory, double *file)
{
  const ModelShape *s = &f->shape;
  const double n = (double)n_neurons, t = (double)n_samples;
  double ring, local, model, weights, members;
  int64_t count[4];
  int shape[3];

  PetscFunctionBegin;
  PetscCall(WindowsCount(n_samples, s->context, s->horizon, f->fraction,
                         f->loaded ? PETSC_FALSE : PETSC_TRUE, count));
  ForecasterLimitBatch(f, count);
  PetscCall(ForecasterPlan(f, n_neurons, shape));
  ring = ceil(n / shape[2]);
  local = ceil(n / f->size);
  members = ceil((double)f->n_members / shape[0]);
  model = CausalformerMemory(s, (f->plan.batch_size + shape[1] - 1) / shape[1], (int64_t)ring);
  weights = CausalformerMemory(s, 0, (int64_t)ring) / 4.0;
  /* the activity as read and as single numbers; model; kept weights and scores of the members of a
     group; those of a snapshot; columns on the way to rows; forecasts; matrices of all members by
     common rows */
  *memory = 8.0 * local * t + (double)sizeof(Real) * (local + ring) * t + model +
            members * (3.0 * weights + 8.0 * ring * n) + 3.0 * weights + 16.0 * ring * n +
            (double)sizeof(Real) * ring * (double)count[SPLIT_TEST] * s->horizon +
            8.0 * local * n * ((double)f->n_members + 1.0);
  *file = (double)f->n_members * (3.0 * CausalformerMemory(s, 0, n_neurons) / 4.0 + 8.0 * n * n);
  f->info.memory = *memory;
  f->info.n_members = f->n_members;
  PetscCall(PetscArraycpy(f->info.grid, shape, 3));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterGetInfo(Forecaster f, ForecasterInfo *info)
{
  PetscFunctionBegin;
  *info = f->info;
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterGetMember(Forecaster f, int64_t member, ForecasterMember *result)
{
  PetscFunctionBegin;
  *result = f->members[member].result;
  PetscFunctionReturn(0);
}

const char *ForecasterMemberReading(Forecaster f, int64_t member)
{
  return f->members[member].reading;
}
