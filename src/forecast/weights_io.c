/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Stores the weights of a model in a file: one dataset per tensor, with the tensor's name. */
#include "causeway/error.h"

#include "causeway/internal/io/checksum.h"
#include "weights.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_MOMENTS = 2 };

static const char *const moment_groups[N_MOMENTS] = {"optimizer/first_moment",
                                                     "optimizer/second_moment"};
static const char *const moment_descriptions[N_MOMENTS] = {
    "running mean of the gradient, of the optimizer",
    "running mean of the squared gradient, of the optimizer"};

/* Path GROUP/NAME, or GROUP/optimizer/.../NAME; `moment` -1 is the values. */
static PetscErrorCode dataset_path(const char *group, int moment, const char *name,
                                   char path[PETSC_MAX_PATH_LEN])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s/%s%s%s", strcmp(group, "/") ? group : "",
                          moment < 0 ? "" : moment_groups[moment], moment < 0 ? "" : "/", name));
  PetscFunctionReturn(0);
}

/* Whether a tensor has this moment; only trained tensors have moments. */
static PetscBool is_stored(const Tensor *tensor, int moment)
{
  return moment < 0 || tensor->kind != TENSOR_STATE ? PETSC_TRUE : PETSC_FALSE;
}

/* The local part of a tensor; NULL when it is empty. */
static Real *local_part(const Weights *weights, const Tensor *tensor, int moment)
{
  Real *vector = moment < 0 ? weights->value : weights->moment[moment];

  return tensor->length ? vector + tensor->offset : NULL;
}

/* The box of this rank in the dataset of a tensor: its rows, or all. */
static void local_box(const Weights *weights, const Tensor *tensor, int64_t first[3],
                      int64_t count[3])
{
  for (int d = 0; d < 3; d++) {
    first[d] = 0;
    count[d] = tensor->dims[d];
  }
  if (tensor->kind == TENSOR_BY_NEURON) {
    first[0] = weights->partition.first;
    count[0] = weights->partition.n_local;
  }
}

/* Whether this rank's copy counts; of tensors common to all ranks, that of rank 0 does. */
static PetscBool counts_here(const Weights *weights, const Tensor *tensor)
{
  return tensor->kind == TENSOR_BY_NEURON || weights->partition.rank == 0 ? PETSC_TRUE
                                                                          : PETSC_FALSE;
}

/* Share of this rank's values in the checksum of a tensor; NULL adds nothing. */
static uint64_t local_sum(const Tensor *tensor, const int64_t first[3], const int64_t count[3],
                          const Real *values)
{
  return values ? ChecksumBox(DATA_REAL, tensor->n_dims, tensor->dims, first, count, values) : 0;
}

static const char *describe(const Tensor *tensor, int moment)
{
  if (moment >= 0) {
    return moment_descriptions[moment];
  }
  return tensor->kind == TENSOR_SHARED      ? "trained weights"
         : tensor->kind == TENSOR_BY_NEURON ? "trained weights, a row for each neuron"
                                            : "running statistics, not trained";
}

PetscErrorCode WeightsAddDatasets(const Weights *weights, DataFile file, const char *group,
                                  PetscBool moments)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  for (int moment = -1; moment < (moments ? N_MOMENTS : 0); moment++) {
    for (int t = 0; t < weights->n_tensors; t++) {
      const Tensor *tensor = &weights->tensors[t];

      if (is_stored(tensor, moment)) {
        PetscCall(dataset_path(group, moment, tensor->name, path));
        PetscCall(DataFileAddDataset(file, path, DATA_REAL, tensor->n_dims, tensor->dims, NULL));
        PetscCall(DataFileDescribe(file, path, "1", describe(tensor, moment)));
      }
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode write_tensor(const Weights *weights, DataFile file, const char *path,
                                   const Tensor *tensor, int moment, PetscBool writes)
{
  const PetscBool gives = writes && counts_here(weights, tensor) ? PETSC_TRUE : PETSC_FALSE;
  Real *values = gives ? local_part(weights, tensor, moment) : NULL;
  int64_t first[3], count[3];

  PetscFunctionBegin;
  local_box(weights, tensor, first, count);
  if (!gives) {
    count[0] = 0;
  }
  PetscCall(DataFileWrite(file, path, DATA_REAL, first, count, values));
  PetscCall(ChecksumNote(file, path, local_sum(tensor, first, count, values)));
  PetscFunctionReturn(0);
}

PetscErrorCode WeightsWrite(const Weights *weights, DataFile file, const char *group,
                            PetscBool moments, PetscBool writes)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  for (int moment = -1; moment < (moments ? N_MOMENTS : 0); moment++) {
    for (int t = 0; t < weights->n_tensors; t++) {
      const Tensor *tensor = &weights->tensors[t];

      if (is_stored(tensor, moment)) {
        PetscCall(dataset_path(group, moment, tensor->name, path));
        PetscCall(write_tensor(weights, file, path, tensor, moment, writes));
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Prints a shape such as "400 x 100 x 1". */
static const char *shape_text(int n_dims, const int64_t dims[], char text[72])
{
  text[0] = '\0';
  for (int d = 0; d < n_dims; d++) {
    size_t used = strlen(text);

    (void)snprintf(text + used, 72 - used, "%s%lld", d ? " x " : "", (long long)dims[d]);
  }
  return text;
}

/* Every rank checks the same dataset, so every rank gets the same result. */
static PetscErrorCode check_dataset(const Weights *weights, DataFile file, const char *group,
                                    const char *path, const Tensor *tensor)
{
  const char *name = DataFileName(file);
  char found_text[72], text[72];
  int64_t found[DATAFILE_MAX_DIMS] = {0};
  PetscBool is_there, same = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(file, path, &is_there));
  UserCheck(is_there,
            "%s:%s: has no weights %s; the model must be of the same type, and the train_ options "
            "those of "
            "its training",
            name, group, tensor->name);
  PetscCall(DataFileShape(file, path, tensor->n_dims, found));
  UserCheck(tensor->kind != TENSOR_BY_NEURON || found[0] == weights->partition.n_global,
            "%s:%s: belongs to a model of %lld neurons, but the activity has %lld; use the neurons "
            "on which it was trained",
            name, path, (long long)found[0], (long long)weights->partition.n_global);
  for (int d = 0; d < tensor->n_dims; d++) {
    same = found[d] == tensor->dims[d] ? same : PETSC_FALSE;
  }
  UserCheck(same,
            "%s:%s: has shape %s, but this model needs %s; set the train_ options to the shape of "
            "the model in the file",
            name, path, shape_text(tensor->n_dims, found, found_text),
            shape_text(tensor->n_dims, tensor->dims, text));
  PetscFunctionReturn(0);
}

/* A ring holds all neurons, so each ring finds the same errors. */
static PetscErrorCode check_numbers(const Weights *weights, DataFile file, const char *path,
                                    const Tensor *tensor, const Real *values)
{
  const PetscBool variance = strstr(tensor->name, "running_var") ? PETSC_TRUE : PETSC_FALSE;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  for (int64_t e = 0; e < tensor->length && !status; e++) {
    if (!isfinite(values[e]) || (variance && values[e] < 0)) {
      status =
          UserError("%s:%s: contains %g, but weights must be finite and variances not negative; "
                    "train the model again",
                    DataFileName(file), path, (double)values[e]);
    }
  }
  PetscCall(ErrorAgree(weights->partition.comm, status));
  PetscFunctionReturn(0);
}

/* Reads the values of all tensors, or one of their moments. */
static PetscErrorCode read_tensors(Weights *weights, DataFile file, const char *group, int moment)
{
  char path[PETSC_MAX_PATH_LEN];
  int64_t first[3], count[3];
  uint64_t sum;

  PetscFunctionBegin;
  for (int t = 0; t < weights->n_tensors; t++) {
    const Tensor *tensor = &weights->tensors[t];

    if (is_stored(tensor, moment)) {
      Real *values = local_part(weights, tensor, moment);

      PetscCall(dataset_path(group, moment, tensor->name, path));
      PetscCall(check_dataset(weights, file, group, path, tensor));
      local_box(weights, tensor, first, count);
      PetscCall(DataFileRead(file, path, DATA_REAL, first, count, values));
      sum = counts_here(weights, tensor) ? local_sum(tensor, first, count, values) : 0;
      PetscCall(ChecksumCompare(file, weights->partition.comm, path, sum, PETSC_FALSE));
      PetscCall(check_numbers(weights, file, path, tensor, values));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode WeightsRead(Weights *weights, DataFile file, const char *group)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(file, group, &found));
  UserCheck(found, "%s: has no group %s with the weights of a model", DataFileName(file), group);
  PetscCall(read_tensors(weights, file, group, -1));
  for (int moment = 0; moment < N_MOMENTS; moment++) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", strcmp(group, "/") ? group : "",
                            moment_groups[moment]));
    PetscCall(DataFileIsGroup(file, path, &found));
    if (found) {
      PetscCall(read_tensors(weights, file, group, moment));
    } else {
      PetscCall(PetscArrayzero(weights->moment[moment], weights->n_trained));
    }
  }
  PetscFunctionReturn(0);
}

/* Saves a part of a copy that is the same on all ranks of the model. */
static PetscErrorCode keep_common(const Weights *w, Snapshot snapshot, const char *name,
                                  int64_t length, PetscBool part, Real *values)
{
  const int64_t first = 0, count = values ? length : 0;

  PetscFunctionBegin;
  PetscCall(SnapshotArray(snapshot, name, "1", DATA_REAL, 1, &length, &first, &count,
                          part && w->partition.rank == 0 ? PETSC_TRUE : PETSC_FALSE, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_rows(const Weights *w, Snapshot snapshot, const Tensor *tensor,
                                const char *name, PetscBool part, Real *values)
{
  int64_t first[3], count[3];

  PetscFunctionBegin;
  local_box(w, tensor, first, count);
  count[0] = values ? count[0] : 0;
  PetscCall(SnapshotArray(snapshot, name, "1", DATA_REAL, tensor->n_dims, tensor->dims, first,
                          count, part, values ? values + tensor->offset : NULL));
  PetscFunctionReturn(0);
}

PetscErrorCode WeightsKeep(const Weights *w, Snapshot snapshot, PetscBool part, Real *copy)
{
  static const char *const names[] = {"value", "first_moment", "second_moment"};
  char name[TENSOR_NAME + 32];

  PetscFunctionBegin;
  for (int v = 0; v <= N_MOMENTS; v++) {
    Real *vector = copy ? copy + (v ? w->n_total + (v - 1) * w->n_trained : 0) : NULL;

    PetscCall(keep_common(w, snapshot, names[v], w->n_shared, part, vector));
    for (int t = 0; t < w->n_tensors; t++) {
      if (w->tensors[t].kind == TENSOR_BY_NEURON) {
        (void)snprintf(name, sizeof(name), "%s_%s", names[v], w->tensors[t].name);
        PetscCall(keep_rows(w, snapshot, &w->tensors[t], name, part, vector));
      }
    }
  }
  PetscCall(keep_common(w, snapshot, "state", w->n_total - w->n_trained, part,
                        copy ? copy + w->n_trained : NULL));
  PetscFunctionReturn(0);
}
