/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecaster_impl.h"

#include "causeway/error.h"
#include "causeway/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void take_type(Forecaster f, const ForecasterType *type)
{
  f->type = type;
  f->shape = type->shape;
  f->plan = type->plan;
  f->n_members = type->n_members;
  for (f->n_readings = 0; type->readings[f->n_readings]; f->n_readings++) {
    f->readings[f->n_readings] = type->readings[f->n_readings];
  }
}

static const ForecasterType *find_type(const char *name)
{
  for (int k = 0; ForecasterTypes[k]; k++) {
    if (!strcmp(ForecasterTypes[k]->name, name)) {
      return ForecasterTypes[k];
    }
  }
  return NULL;
}

PetscBool ForecasterIsType(const char *name)
{
  return find_type(name) ? PETSC_TRUE : PETSC_FALSE;
}

const char *ForecasterTypeName(int k)
{
  return ForecasterTypes[k] ? ForecasterTypes[k]->name : NULL;
}

PetscErrorCode ForecasterSetType(Forecaster f, const char *name)
{
  PetscFunctionBegin;
  PetscCheck(ForecasterIsType(name), f->comm, PETSC_ERR_ARG_UNKNOWN_TYPE, "%s", name);
  take_type(f, find_type(name));
  f->type_given = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterChangeType(Forecaster f, const char *name)
{
  const ModelShape shape = f->shape;
  const int64_t n_members = f->n_members;

  PetscFunctionBegin;
  UserCheck(ForecasterIsType(name), "this version has no forecaster %s", name);
  if (f->type != find_type(name)) {
    take_type(f, find_type(name));
    f->n_members = n_members;
    f->shape = shape;
    ShapeReset(f);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterCreate(MPI_Comm comm, Forecaster *forecaster)
{
  Forecaster f;

  PetscFunctionBegin;
  PetscCall(PetscNew(&f));
  f->comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &f->rank));
  PetscCallMPI(MPI_Comm_size(comm, &f->size));
  take_type(f, ForecasterTypes[0]);
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
    for (int k = 0; k < MOST_READINGS; k++) {
      PetscCall(PetscFree(f->members[m].score[k]));
      PetscCall(PetscFree(f->members[m].error[k]));
    }
  }
  PetscCall(PetscFree(f->members));
  PetscCall(PetscFree(f->prediction));
  PetscCall(PetscFree2(f->neuron_mse, f->neuron_r2));
  PetscCall(WindowsDestroy(&f->windows));
  if (f->ready) {
    PetscCall(f->type->destroy(&f->model));
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
  PetscCall(integer(p, "train_encoder_layers", "1", "causalformer: layers of the encoder", 1, 64,
                    &s->encoder_layers));
  PetscCall(integer(p, "train_decoder_layers", "1", "causalformer: layers of the decoder", 1, 64,
                    &s->decoder_layers));
  PetscCall(integer(p, "train_key_width", "1", "signed: channels of queries and keys of a head", 1,
                    65536, &s->key_width));
  PetscCall(integer(p, "train_source_lags", "samples", "signed: of a source that a target sees", 1,
                    CONTEXT_MOST, &s->source_lags));
  PetscCall(ParametersChoice(p, "train_events", "signed: whether events are inputs beside values",
                             EventsNames, &s->events));
  PetscCall(ParametersChoice(p, "train_pair_bias",
                             "signed: of attention, N x N numbers per head, or none", PairBiasNames,
                             &s->pair_bias));
  PetscCall(ParametersChoice(p, "train_queries",
                             "signed: queries and keys of what a neuron is, or of what it is in",
                             QueriesNames, &s->queries));
  PetscCall(ParametersChoice(p, "train_norm", "causalformer: on the way into each layer", NormNames,
                             &s->norm));
  PetscCall(
      ParametersChoice(p, "train_encoder_attention",
                       "causalformer: of the encoder over all neurons, beside that within each",
                       EncoderNames, &s->encoder));
  PetscCall(ParametersChoice(p, "train_loss",
                             "squared error, or negative log-likelihood of counts or events; "
                             "hurdle (signed): of an event, and squared error without one",
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
  static const char *const units[] = {"1", "1"};
  char word[64] = "0.6,0.2";

  PetscFunctionBegin;
  PetscCall(ParametersString(p, "train_split",
                             "TRAINING,VALIDATION parts of the windows in time order, the rest for "
                             "the test",
                             sizeof(word), word));
  UserCheck(NumberReals(word, ',', 2, units, f->fraction) && f->fraction[0] > 0 &&
                f->fraction[1] > 0 && f->fraction[0] + f->fraction[1] < 1,
            "%s = %s: expected two positive parts whose sum is below 1, such as 0.6,0.2",
            ParametersSource(p, "train_split"), word);
  PetscFunctionReturn(0);
}

/* "all", or names with commas. */
static PetscErrorCode readings_option(Forecaster f, Parameters p)
{
  char word[256] = "all", *rest = word, *name;
  const Reading *const *all = f->type->readings;

  PetscFunctionBegin;
  PetscCall(ParametersString(p, "train_readings",
                             "scores of all pairs from a trained model: all, or names with commas "
                             "of intervention, value_weighted, loss_increase, attention",
                             sizeof(word), word));
  if (!strcmp(word, "all")) {
    PetscFunctionReturn(0);
  }
  f->n_readings = 0;
  while ((name = strsep(&rest, ","))) {
    int k = 0;

    while (all[k] && strcmp(all[k]->name, name) != 0) {
      k++;
    }
    UserCheck(all[k] && f->n_readings < MOST_READINGS, "%s: the forecaster %s has no reading %s",
              ParametersSource(p, "train_readings"), f->type->name, name);
    f->readings[f->n_readings++] = all[k];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterSetFromOptions(Forecaster f, Parameters p, uint32_t seed)
{
  int kernels = 0;

  PetscFunctionBegin;
  f->seed = seed;
  PetscCall(readings_option(f, p));
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
  PetscCall(f->type->check(&f->shape));
  PetscCall(choose_kernels(f));
  demand.pair_cost = f->type->flops(&f->shape) / (double)n_neurons;
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
  PetscCall(f->type->create(&f->shape, &f->grid, f->kernels, f->plan.batch_size, &f->model));
  f->ready = PETSC_TRUE;
  PetscCall(PetscArraycpy(f->info.grid, shape, 3));
  for (int k = 0; k < f->n_readings; k++) {
    (void)snprintf(f->effect[k], sizeof(f->effect[k]), "%s_effect", f->readings[k]->name);
    (void)snprintf(f->z_score[k], sizeof(f->z_score[k]), "%s_z", f->readings[k]->name);
    (void)snprintf(f->p_value[k], sizeof(f->p_value[k]), "%s_p_value", f->readings[k]->name);
  }
  PetscCall(PetscCalloc1(f->n_members, &f->members));
  for (int64_t m = 0; m < f->n_members; m++) {
    Member *member = &f->members[m];

    for (int k = 0; k < f->n_readings; k++) {
      (void)snprintf(member->reading[k], sizeof(member->reading[k]), "%s_member_%lld",
                     f->readings[k]->name, (long long)m);
    }
    if (ForecasterGroup(f, m) == f->grid.group_index) {
      PetscCall(PetscMalloc1(WeightsLength(&f->model->weights), &member->weights));
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
      "a forecaster needs all %lld samples in one segment, and the activity has %lld segment%s "
      "of %lld samples; take an unbroken part, with activity_samples or activity_time, and leave "
      "activity_trials and activity_difference out",
      (long long)n_samples, (long long)n, n == 1 ? "" : "s", (long long)ActivityRows(activity, 0));
  PetscFunctionReturn(0);
}

/* N x N matrices that a member keeps of all readings, and that are written of all members. */
static void count_matrices(Forecaster f, double *kept, double *written)
{
  *kept = *written = 0;
  for (int k = 0; k < f->n_readings; k++) {
    const Reading *r = f->readings[k];

    *kept += r->has_error ? 2.0 : 1.0;
    *written +=
        1.0 + (double)f->n_members + (r->is_signed ? 1.0 : 0.0) + (r->has_error ? 2.0 : 0.0);
  }
}

PetscErrorCode ForecasterEstimate(Forecaster f, int64_t n_neurons, int64_t n_samples,
                                  double *memory, double *file)
{
  const ModelShape *s = &f->shape;
  const double n = (double)n_neurons, t = (double)n_samples;
  double ring, local, model, weights, members, kept, written;
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
  model = f->type->memory(s, (f->plan.batch_size + shape[1] - 1) / shape[1], (int64_t)ring);
  weights = f->type->memory(s, 0, (int64_t)ring) / 4.0;
  count_matrices(f, &kept, &written);
  /* the activity as read, as single numbers and its events; model; kept weights and scores of the members of a
     group; those of a snapshot; two matrices on the way; forecasts; matrices by common rows */
  *memory = 8.0 * local * t + ((double)sizeof(Real) + 1.0) * (local + ring) * t + model +
            members * (3.0 * weights + 8.0 * ring * n * kept) + 3.0 * weights + 16.0 * ring * n +
            (double)sizeof(Real) * ring * (double)count[SPLIT_TEST] * s->horizon +
            8.0 * local * n * written;
  *file =
      (double)f->n_members * 3.0 * f->type->memory(s, 0, n_neurons) / 4.0 + 8.0 * n * n * written;
  f->info.n_matrices = (int64_t)written;
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

const char *ForecasterName(Forecaster f)
{
  return f->type->name;
}

const char *ForecasterReading(Forecaster f, int k)
{
  return k < f->n_readings ? f->readings[k]->name : NULL;
}

const char *ForecasterMemberReading(Forecaster f, int k, int64_t member)
{
  return f->members[member].reading[k];
}
