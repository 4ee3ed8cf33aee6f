/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecaster_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const ParameterWord automatic[] = {{"auto", "shortest predicted time", 0}, {NULL, NULL, 0}};

static const ParameterSpec readings_parameters[] = {
    {.key = "train_readings",
     .kind = PARAMETER_LIST,
     .standard = "all",
     .word = ReadingWord,
     .text = "Scores of all pairs that are read from a trained model",
     .priority = 7,
     PARAMETER_MEMBER(struct _p_Forecaster, readings_asked)},
    {.key = NULL}};

static const ParameterSpec data_parameters[] = {
    {.key = "train_split",
     .kind = PARAMETER_TEXT,
     .standard = "0.6,0.2",
     .form = "TRAINING,VALIDATION",
     .text = "Fractions of the windows, in time order, for training and validation; the rest is "
             "for the test [1]",
     PARAMETER_MEMBER(struct _p_Forecaster, split_word)},
    {.key = "train_grid",
     .kind = PARAMETER_TEXT,
     .standard = "auto",
     .words = automatic,
     .form = "MxBxN",
     .text = "Grid of ranks: groups of members x parts of the batch x parts of the neurons",
     .effect = PARAMETER_LAYOUT,
     PARAMETER_MEMBER(struct _p_Forecaster, grid_word)},
    {.key = "train_kernels",
     .kind = PARAMETER_CHOICE,
     .standard = "auto",
     .word = KernelName,
     .text = "Instruction set of the inner loops",
     .effect = PARAMETER_LAYOUT,
     PARAMETER_MEMBER(struct _p_Forecaster, kernels_asked)},
    {.key = NULL}};

PetscErrorCode ForecasterTakeType(Forecaster f, const ForecasterType *type)
{
  PetscFunctionBegin;
  f->type = type;
  PetscCall(PetscFree(f->shape));
  PetscCall(ShapeCreate(type, &f->shape));
  f->plan = (TrainingPlan){.optimizer = {.rows_factor = type->rows_factor}};
  PetscCall(ParametersDefaults(type->training, &f->plan));
  for (f->n_readings = 0; ReadingOf(type, f->n_readings); f->n_readings++) {
    PetscCheck(f->n_readings < MOST_READINGS, f->comm, PETSC_ERR_PLIB, "%s: more than %d readings",
               type->name, MOST_READINGS);
    f->readings[f->n_readings] = ReadingOf(type, f->n_readings);
  }
  PetscFunctionReturn(0);
}

/* Refuses a name that no type has, and lists those there are. */
static PetscErrorCode check_type(const char *name)
{
  char names[256] = "";
  const char *text;

  PetscFunctionBegin;
  for (int k = 0; ForecasterTypeName(k, &text); k++) {
    PetscCall(PetscStrlcat(names, names[0] ? ", " : "", sizeof(names)));
    PetscCall(PetscStrlcat(names, ForecasterTypeName(k, &text), sizeof(names)));
  }
  UserCheck(name && ForecasterIsType(name), "%s: is not a type of forecaster; the types are %s",
            name ? name : "NULL", names);
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterSetType(Forecaster f, const char *name)
{
  PetscFunctionBegin;
  PetscCall(check_type(name));
  PetscCall(ForecasterTakeType(f, ForecasterFindType(name)));
  PetscCall(ParametersDestroy(&f->own));
  f->type_given = PETSC_TRUE;
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
  PetscCall(ParametersDefaults(readings_parameters, f));
  PetscCall(ParametersDefaults(data_parameters, f));
  PetscCall(ForecasterTakeType(f, ForecasterTypes[0]));
  f->active = -1;
  f->fraction[0] = 0.6;
  f->fraction[1] = 0.2;
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
  for (int64_t m = 0; f->members && m < f->plan.n_members; m++) {
    PetscCall(PetscFree(f->members[m].weights));
    PetscCall(PetscFree(f->members[m].current));
    PetscCall(PetscFree(f->members[m].history.epochs));
    for (int k = 0; k < MOST_READINGS; k++) {
      PetscCall(PetscFree(f->members[m].score[k]));
      PetscCall(PetscFree(f->members[m].error[k]));
    }
  }
  PetscCall(ParametersDestroy(&f->own));
  PetscCall(PetscFree(f->members));
  PetscCall(PetscFree(f->prediction));
  PetscCall(PetscFree2(f->neuron_mse, f->neuron_r2));
  PetscCall(WindowsDestroy(&f->windows));
  if (f->ready) {
    PetscCall(f->type->destroy(&f->model));
    PetscCall(TrainGridDestroy(&f->grid));
  }
  PetscCall(PetscFree(f->shape));
  PetscCall(PetscFree(*forecaster));
  PetscFunctionReturn(0);
}

/* From now on, keys TYPE_x override train_x. */
static PetscErrorCode begin_keys(Parameters p, const ForecasterType *type, PetscBool renames)
{
  char own[64];

  PetscFunctionBegin;
  (void)snprintf(own, sizeof(own), "%s_", type->name);
  PetscCall(ParametersPrefix(p, "train_", own, renames));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterDeclareParameters(Parameters p, const char *name, PetscBool renames)
{
  const ForecasterType *type = ForecasterFindType(name);

  PetscFunctionBegin;
  PetscCall(begin_keys(p, type, renames));
  PetscCall(ParametersDeclare(p, readings_parameters));
  PetscCall(ParametersDeclare(p, type->parameters));
  PetscCall(ParametersDeclare(p, type->training));
  PetscCall(ParametersDeclare(p, data_parameters));
  PetscCall(ParametersPrefix(p, NULL, NULL, PETSC_FALSE));
  PetscFunctionReturn(0);
}

/* Chooses the requested readings among those of the type. */
static PetscErrorCode choose_readings(Forecaster f, Parameters p)
{
  const ParameterList *asked = &f->readings_asked;
  const char *text;

  PetscFunctionBegin;
  if (asked->n == 1 && asked->item[0] == 0) {
    PetscFunctionReturn(0);
  }
  f->n_readings = 0;
  for (int i = 0; i < asked->n; i++) {
    const char *name = ReadingWord(asked->item[i], &text);
    int k = 0;

    UserCheck(asked->item[i] > 0, "%s: all means every reading; name no others beside it",
              ParametersSource(p, "train_readings"));
    while (ReadingOf(f->type, k) && strcmp(ReadingOf(f->type, k)->name, name) != 0) {
      k++;
    }
    UserCheck(ReadingOf(f->type, k), "%s: the forecaster %s has no reading %s",
              ParametersSource(p, "train_readings"), f->type->name, name);
    f->readings[f->n_readings++] = ReadingOf(f->type, k);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_split(Forecaster f, Parameters p)
{
  static const char *const units[] = {"1", "1"};

  PetscFunctionBegin;
  UserCheck(NumberReals(f->split_word, ',', 2, units, f->fraction) && f->fraction[0] > 0 &&
                f->fraction[1] > 0 && f->fraction[0] + f->fraction[1] < 1,
            "%s = %s: expected two positive fractions whose sum is below 1, such as 0.6,0.2",
            ParametersSource(p, "train_split"), f->split_word);
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterSetFromOptions(Forecaster f, Parameters p, uint32_t seed,
                                        PetscBool renames)
{
  PetscFunctionBegin;
  f->seed = seed;
  f->type_given = PETSC_TRUE;
  PetscCall(begin_keys(p, f->type, renames));
  PetscCall(ParametersRead(p, readings_parameters, f));
  PetscCall(choose_readings(f, p));
  PetscCall(ParametersRead(p, f->type->parameters, f->shape));
  PetscCall(ParametersRead(p, f->type->training, &f->plan));
  PetscCall(ParametersRead(p, data_parameters, f));
  PetscCall(read_split(f, p));
  PetscCall(
      PetscStrncpy(f->grid_source, ParametersSource(p, "train_grid"), sizeof(f->grid_source)));
  PetscCall(PetscStrncpy(f->kernels_source, ParametersSource(p, "train_kernels"),
                         sizeof(f->kernels_source)));
  PetscCall(ShapeRemember(f, p));
  PetscCall(ParametersPrefix(p, NULL, NULL, PETSC_FALSE));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterSetOptions(Forecaster f, const ParameterSetting settings[])
{
  uint32_t seed;

  PetscFunctionBegin;
  if (!f->own) {
    PetscCall(ParametersCreateOwn(f->comm, &f->own));
    PetscCall(ForecasterDeclareParameters(f->own, f->type->name, PETSC_FALSE));
  }
  PetscCall(ParametersSetOwn(f->comm, NULL, &f->own, settings, &seed));
  PetscCall(ForecasterSetFromOptions(f, f->own, seed, PETSC_FALSE));
  PetscFunctionReturn(0);
}

/* Chooses the same kernels on all ranks, so that weights kept on several ranks stay equal: "auto" is the best that every
   processor of the job has. */
static PetscErrorCode choose_kernels(Forecaster f)
{
  const char *text;

  PetscFunctionBegin;
  f->kernels = NULL;
  for (int k = 1; KernelName(k, &text) && !f->kernels; k++) {
    const char *name = KernelName(k, &text);
    int here = KernelsFind(name) ? 1 : 0;

    if (f->kernels_asked == 0 || f->kernels_asked == k) {
      PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &here, 1, MPI_INT, MPI_LAND, f->comm));
      f->kernels = here ? KernelsFind(name) : NULL;
    }
  }
  UserCheck(f->kernels, "%s = %s: a processor of this job lacks these instructions; use auto",
            f->kernels_source, KernelName(f->kernels_asked, &text));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterPlan(Forecaster f, int64_t n_neurons, int shape[3])
{
  GridDemand demand = {n_neurons, f->plan.n_members, f->plan.batch_size, 0, 0};

  PetscFunctionBegin;
  f->shape->n_neurons = n_neurons;
  PetscCall(f->type->check ? f->type->check(f->shape) : 0);
  PetscCall(choose_kernels(f));
  demand.pair_cost = f->type->flops(f->shape) / (double)n_neurons;
  PetscCall(TrainGridParse(f->grid_word, f->grid_source, f->size, &demand, shape));
  UserCheck(f->plan.n_members >= shape[0],
            "%s = %s: %d groups are more than the %lld members (train_members)", f->grid_source,
            f->grid_word, shape[0], (long long)f->plan.n_members);
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
  PetscCall(f->type->create(f->shape, &f->grid, f->kernels, f->plan.batch_size, &f->model));
  f->ready = PETSC_TRUE;
  PetscCall(PetscArraycpy(f->info.grid, shape, 3));
  PetscCall(PetscCalloc1(f->plan.n_members, &f->members));
  for (int64_t m = 0; m < f->plan.n_members; m++) {
    if (ForecasterGroup(f, m) == f->grid.group_index) {
      PetscCall(PetscMalloc1(WeightsLength(&f->model->weights), &f->members[m].weights));
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
      "a forecaster needs all %lld samples in one segment, but the activity has %lld segment%s "
      "of %lld samples; take an unbroken part, with activity_samples or activity_time, and leave "
      "out activity_trials and activity_difference",
      (long long)n_samples, (long long)n, n == 1 ? "" : "s", (long long)ActivityRows(activity, 0));
  PetscFunctionReturn(0);
}

/* Numbers of N x N matrices that a member keeps for all readings, and that are written for all members. */
static void count_matrices(Forecaster f, double *kept, double *written)
{
  *kept = *written = 0;
  for (int k = 0; k < f->n_readings; k++) {
    const Reading *r = f->readings[k];

    *kept += r->has_error ? 2.0 : 1.0;
    *written +=
        1.0 + (double)f->plan.n_members + (r->is_signed ? 1.0 : 0.0) + (r->has_error ? 2.0 : 0.0);
  }
}

PetscErrorCode ForecasterEstimate(Forecaster f, int64_t n_neurons, int64_t n_samples,
                                  double *memory, double *file)
{
  const ModelShape *s = f->shape;
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
  members = ceil((double)f->plan.n_members / shape[0]);
  model = f->type->memory(s, (f->plan.batch_size + shape[1] - 1) / shape[1], (int64_t)ring);
  weights = f->type->memory(s, 0, (int64_t)ring) / 4.0;
  count_matrices(f, &kept, &written);
  /* the activity as read, in single precision, and its events; the model; kept weights and scores of the members of a group;
     those of a snapshot; two matrices in transit; forecasts; matrices by common rows */
  *memory = 8.0 * local * t + ((double)sizeof(Real) + 1.0) * (local + ring) * t + model +
            members * (3.0 * weights + 8.0 * ring * n * kept) + 3.0 * weights + 16.0 * ring * n +
            (double)sizeof(Real) * ring * (double)count[SPLIT_TEST] * s->horizon +
            8.0 * local * n * written;
  *file = (double)f->plan.n_members * 3.0 * f->type->memory(s, 0, n_neurons) / 4.0 +
          8.0 * n * n * written;
  f->info.n_matrices = (int64_t)written;
  f->info.memory = *memory;
  f->info.n_members = f->plan.n_members;
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
  UserCheck(f->members, "the forecaster has no members yet; train it or load a model before");
  UserCheck(member >= 0 && member < f->plan.n_members,
            "the forecaster has no member %lld; its %lld members are counted from 0",
            (long long)member, (long long)f->plan.n_members);
  *result = f->members[member].result;
  PetscFunctionReturn(0);
}

const char *ForecasterName(Forecaster f)
{
  return f->type->name;
}
