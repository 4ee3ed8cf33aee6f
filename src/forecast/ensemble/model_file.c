/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Models and forecasts in files. An ensemble is
     /TYPE/member_K/weights/NAME            one model
     /TYPE/member_K/weights/optimizer/...   first and second moments of AdamW
     /TYPE/member_K/history/...             one number per epoch */
#include "forecaster_impl.h"

#include "causeway/error.h"
#include "causeway/memory.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *name, *units, *description;
  size_t offset;
} columns[] = {
    {"train_loss", "1", "mean loss over the batches of an epoch", offsetof(Epoch, train_loss)},
    {"validation_loss", "1", "mean loss over the batches of the validation split",
     offsetof(Epoch, validation_loss)},
    {"rate", "1", "learning rate at the start of an epoch", offsetof(Epoch, rate)},
    {"step_time", "s", "mean time of an optimiser step", offsetof(Epoch, step_s)},
    {"samples_per_second", "1/s", "windows trained on per second", offsetof(Epoch, samples_per_s)},
    {"flops_per_second", "1/s", "floating-point operations, counted as 3 x forward",
     offsetof(Epoch, flops_per_s)}};

static PetscErrorCode write_history(Forecaster f, DataFile file, int64_t m)
{
  const History *history = &f->members[m].history;
  const PetscBool writes = f->rank == ForecasterGroup(f, m) * f->grid.n_batch * f->grid.n_ring
                               ? PETSC_TRUE
                               : PETSC_FALSE;
  const int64_t length[1] = {history->n_epochs}, first[1] = {0};
  const int64_t count[1] = {writes ? history->n_epochs : 0};
  char path[128];
  double *values;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(count[0], &values));
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(columns); c++) {
    for (int64_t k = 0; k < count[0]; k++) {
      values[k] = *(const double *)((const char *)&history->epochs[k] + columns[c].offset);
    }
    (void)snprintf(path, sizeof(path), "/%s/member_%lld/history/%s", f->type->name, (long long)m,
                   columns[c].name);
    PetscCall(DataFileAddDataset(file, path, DATA_FLOAT64, 1, length, NULL));
    PetscCall(DataFileDescribe(file, path, columns[c].units, columns[c].description));
    PetscCall(DataFileWrite(file, path, DATA_FLOAT64, first, count, values));
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_member(Forecaster f, DataFile file, int64_t m)
{
  const Member *member = &f->members[m];
  const ForecasterMember *r = &member->result;
  const PetscBool here = ForecasterGroup(f, m) == f->grid.group_index ? PETSC_TRUE : PETSC_FALSE;
  char group[96], weights[128];

  PetscFunctionBegin;
  (void)snprintf(group, sizeof(group), "/%s/member_%lld", f->type->name, (long long)m);
  (void)snprintf(weights, sizeof(weights), "%s/weights", group);
  PetscCall(WeightsAddDatasets(&f->model->weights, file, weights, PETSC_TRUE));
  if (here) {
    PetscCall(WeightsRestore(&f->model->weights, member->weights));
  }
  PetscCall(WeightsWrite(&f->model->weights, file, weights, PETSC_TRUE,
                         here && f->grid.batch_index == 0 ? PETSC_TRUE : PETSC_FALSE));
  PetscCall(ShapeWrite(f, file, weights));
  PetscCall(DataFileSetInteger(file, group, "epochs", r->n_epochs));
  PetscCall(DataFileSetInteger(file, group, "best_epoch", r->best_epoch));
  PetscCall(DataFileSetInteger(file, group, "steps", r->n_steps));
  PetscCall(DataFileSetInteger(file, group, "diverged_step", r->diverged_step));
  PetscCall(DataFileSetReal(file, group, "validation_loss", r->best_loss));
  PetscCall(DataFileSetReal(file, group, "test_mse", r->mse));
  PetscCall(DataFileSetReal(file, group, "test_r2", r->r2));
  PetscCall(write_history(f, file, m));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterWriteModel(Forecaster f, DataFile file)
{
  char ensemble_group[64];

  PetscFunctionBegin;
  UserCheck(f->members, "the forecaster has no model to write; train it before");
  (void)snprintf(ensemble_group, sizeof(ensemble_group), "/%s", f->type->name);
  for (int64_t m = 0; m < f->plan.n_members; m++) {
    PetscCall(write_member(f, file, m));
  }
  PetscCall(ShapeWrite(f, file, ensemble_group));
  PetscCall(DataFileSetInteger(file, ensemble_group, "members", f->plan.n_members));
  PetscCall(DataFileSetReal(file, ensemble_group, "test_mse", f->info.mse));
  PetscCall(DataFileSetReal(file, ensemble_group, "test_r2", f->info.r2));
  PetscFunctionReturn(0);
}

/* Whether a group has the mark of any type. */
static PetscErrorCode is_model(DataFile file, const char *group, PetscBool *found)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  *found = PETSC_FALSE;
  for (int k = 0; ForecasterTypes[k] && !*found; k++) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", group, ForecasterTypes[k]->mark));
    PetscCall(DataFileIsDataset(file, path, found));
  }
  PetscFunctionReturn(0);
}

/* Interprets a path: the weights of a model, the group around them, or an ensemble. `format` is the printf format of the
   group with the weights of member m. */
static PetscErrorCode find_members(DataFile file, const char *path, int64_t *n_members,
                                   size_t length, char format[])
{
  const char *given = path;
  char group[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PetscFunctionBegin;
  *n_members = 1;
  PetscCall(PetscStrncpy(format, given, length));
  PetscCall(is_model(file, format, &found));
  if (found) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscSNPrintf(format, length, "%s/weights", given));
  PetscCall(is_model(file, format, &found));
  if (found) {
    PetscFunctionReturn(0);
  }
  *n_members = -1;
  do {
    (*n_members)++;
    PetscCall(PetscSNPrintf(group, sizeof(group), "%s/member_%lld/weights", given,
                            (long long)*n_members));
    PetscCall(is_model(file, group, &found));
  } while (found);
  UserCheck(*n_members > 0,
            "%s: has no model%s%s; give -model FILE.h5:/group of its weights or of an ensemble",
            DataFileName(file), given[0] ? " at " : "", given);
  PetscCall(PetscStrncpy(format, given, length));
  PetscFunctionReturn(0);
}

/* Returns the given group, or that of the only type of forecaster in the file. */
static PetscErrorCode find_group(DataFile file, const char *path, size_t length, char group[])
{
  char candidate[64];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(group, path, length));
  for (int k = 0; !path[0] && ForecasterTypes[k]; k++) {
    PetscBool found;

    PetscCall(PetscSNPrintf(candidate, sizeof(candidate), "/%s", ForecasterTypes[k]->name));
    PetscCall(DataFileIsGroup(file, candidate, &found));
    UserCheck(!found || !group[0], "%s: has models in %s and %s; name one, as FILE.h5:%s",
              DataFileName(file), group, candidate, group);
    if (found) {
      PetscCall(PetscStrncpy(group, candidate, length));
    }
  }
  PetscFunctionReturn(0);
}

/* Reads the type in the file; models without one belong to the unnamed type. */
static PetscErrorCode read_type(DataFile file, const char *group, const ForecasterType **type)
{
  char name[64] = "";
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileGetString(file, group, "forecaster", sizeof(name), name, &found));
  for (int k = 0; !found && ForecasterTypes[k]; k++) {
    if (ForecasterTypes[k]->is_unnamed) {
      PetscCall(PetscStrncpy(name, ForecasterTypes[k]->name, sizeof(name)));
    }
  }
  *type = ForecasterFindType(name);
  UserCheck(*type, "%s:%s: is a model of type %s, which this version does not have",
            DataFileName(file), group, name);
  PetscFunctionReturn(0);
}

/* Takes the type of a group's model if the user has not given one; refuses another type. */
static PetscErrorCode take_type(Forecaster f, DataFile file, const char *group)
{
  const int64_t n_members = f->plan.n_members;
  const ForecasterType *type;

  PetscFunctionBegin;
  PetscCall(read_type(file, group, &type));
  UserCheck(!f->type_given || f->type == type,
            "train_forecaster: the model %s of %s is of type %s; leave the parameter out", group,
            DataFileName(file), type->name);
  if (f->type != type) {
    PetscCall(ForecasterTakeType(f, type));
    f->plan.n_members = n_members;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode load_member(Forecaster f, DataFile file, int64_t m, const char *group)
{
  Member *member = &f->members[m];
  char around[PETSC_MAX_PATH_LEN];
  double best = 1;
  size_t length;

  PetscFunctionBegin;
  PetscCall(WeightsRead(&f->model->weights, file, group));
  if (member->weights) {
    PetscCall(WeightsSave(&f->model->weights, member->weights));
  }
  PetscCall(PetscStrncpy(around, group, sizeof(around)));
  length = strlen(around);
  if (length > 8 && !strcmp(around + length - 8, "/weights")) {
    around[length - 8] = 0;
    PetscCall(DataFileGetReal(file, around, "best_epoch", &best, NULL));
  }
  member->result = (ForecasterMember){.best_epoch = (int64_t)best, .diverged_step = -1};
  PetscFunctionReturn(0);
}

static PetscErrorCode load_members(Forecaster f, DataFile file, const char *path, int64_t n_neurons)
{
  char format[PETSC_MAX_PATH_LEN], group[PETSC_MAX_PATH_LEN];
  double n_trained;
  PetscBool single;

  PetscFunctionBegin;
  PetscCall(find_group(file, path, sizeof(group), group));
  PetscCall(find_members(file, group, &f->plan.n_members, sizeof(format), format));
  PetscCall(is_model(file, format, &single));
  n_trained = (double)f->plan.n_members;
  if (!single) {
    PetscCall(DataFileGetReal(file, format, "members", &n_trained, NULL));
  }
  UserCheck(
      n_trained == (double)f->plan.n_members,
      "%s: lacks the weights in %s/member_%lld/weights, one of %g members; name a complete member, "
      "or train again",
      DataFileName(file), format, (long long)f->plan.n_members, n_trained);
  PetscCall(take_type(f, file, format));
  PetscCall(ShapeRead(f, file, format));
  f->loaded = PETSC_TRUE;
  f->shape->n_neurons = n_neurons;
  PetscCall(MemoryCheck(f->comm, "the model", f->type->memory(f->shape, 0, n_neurons / f->size),
                        "are the train_ options those it was trained with?"));
  PetscCall(ForecasterSetUp(f, n_neurons));
  for (int64_t m = 0; m < f->plan.n_members; m++) {
    PetscCall(PetscSNPrintf(group, sizeof(group), single ? "%s" : "%s/member_%lld/weights", format,
                            (long long)m));
    PetscCall(load_member(f, file, m, group));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterLoad(Forecaster f, const char *specification, int64_t n_neurons)
{
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(specification, sizeof(name), name, path));
  PetscCall(DataFileOpen(f->comm, name, &file));
  status = load_members(f, file, path, n_neurons);
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}

static PetscErrorCode find_type_name(DataFile file, const char *path, const char **name)
{
  char group[PETSC_MAX_PATH_LEN], format[PETSC_MAX_PATH_LEN];
  const ForecasterType *type;
  int64_t n_members;

  PetscFunctionBegin;
  PetscCall(find_group(file, path, sizeof(group), group));
  PetscCall(find_members(file, group, &n_members, sizeof(format), format));
  PetscCall(read_type(file, format, &type));
  *name = type->name;
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterModelType(MPI_Comm comm, const char *specification, const char **name)
{
  char file_name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(specification, sizeof(file_name), file_name, path));
  PetscCall(DataFileOpen(comm, file_name, &file));
  status = find_type_name(file, path, name);
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}

static PetscErrorCode write_by_neuron(Forecaster f, DataFile file, const char *path,
                                      const char *description, const double *values)
{
  const Partition *p = &f->windows.partition;
  const PetscBool writes =
      f->grid.group_index == 0 && f->grid.batch_index == 0 ? PETSC_TRUE : PETSC_FALSE;
  const int64_t length[1] = {p->n_global}, first[1] = {writes ? p->first : 0};
  const int64_t count[1] = {writes ? p->n_local : 0};

  PetscFunctionBegin;
  PetscCall(DataFileAddDataset(file, path, DATA_FLOAT64, 1, length, NULL));
  PetscCall(DataFileDescribe(file, path, "1", description));
  PetscCall(DataFileWrite(file, path, DATA_FLOAT64, first, count, values));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterWriteForecast(Forecaster f, DataFile file)
{
  static const char path[] = "/forecast/prediction";
  const Partition *p = &f->windows.partition;
  const PetscBool writes =
      f->grid.group_index == 0 && f->grid.batch_index == 0 ? PETSC_TRUE : PETSC_FALSE;
  const int64_t dims[3] = {f->n_windows, p->n_global, f->shape->horizon};
  const int64_t first[3] = {0, writes ? p->first : 0, 0};
  const int64_t count[3] = {writes ? f->n_windows : 0, writes ? p->n_local : 0,
                            writes ? f->shape->horizon : 0};

  PetscFunctionBegin;
  UserCheck(f->info.n_used > 0, "the forecaster has no forecast to write; train it before");
  PetscCall(DataFileAddDataset(file, path, DATA_FLOAT32, 3, dims, NULL));
  PetscCall(DataFileDescribe(file, path, "1",
                             "mean forecast of the members: windows x neurons x samples ahead"));
  PetscCall(DataFileSetInteger(file, path, "first_sample", f->first_window + f->shape->context));
  PetscCall(DataFileWrite(file, path, DATA_REAL, first, count, f->prediction));
  PetscCall(write_by_neuron(f, file, "/forecast/mse", "mean squared error of each neuron",
                            f->neuron_mse));
  PetscCall(write_by_neuron(f, file, "/forecast/r2", "coefficient of determination of each neuron",
                            f->neuron_r2));
  PetscCall(DataFileSetReal(file, "/forecast", "mse", f->info.mse));
  PetscCall(DataFileSetReal(file, "/forecast", "r2", f->info.r2));
  PetscFunctionReturn(0);
}
