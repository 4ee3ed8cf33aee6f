/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "weights.h"

#include "causeway/random.h"

#include <string.h>

PetscErrorCode WeightsCreate(const Partition *partition, Weights *weights)
{
  PetscFunctionBegin;
  PetscCall(PetscMemzero(weights, sizeof(*weights)));
  weights->partition = *partition;
  PetscFunctionReturn(0);
}

PetscErrorCode WeightsDestroy(Weights *weights)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(weights->tensors));
  PetscCall(PetscFree(weights->value));
  PetscCall(PetscFree(weights->gradient));
  PetscCall(PetscFree(weights->moment[0]));
  PetscCall(PetscFree(weights->moment[1]));
  PetscCall(PetscMemzero(weights, sizeof(*weights)));
  PetscFunctionReturn(0);
}

static const Tensor *find(const Weights *weights, const char *name)
{
  for (int t = 0; t < weights->n_tensors; t++) {
    if (!strcmp(weights->tensors[t].name, name)) {
      return &weights->tensors[t];
    }
  }
  return NULL;
}

PetscErrorCode WeightsAdd(Weights *weights, const char *name, TensorKind kind, int n_dims,
                          const int64_t dims[], Initial initial, double bound)
{
  Tensor *tensor;

  PetscFunctionBegin;
  PetscCheck(!weights->value, PETSC_COMM_SELF, PETSC_ERR_ORDER, "%s: after WeightsAllocate()",
             name);
  PetscCheck(strlen(name) < TENSOR_NAME, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "%s: too long", name);
  PetscCheck(!find(weights, name), PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "%s: added twice", name);
  PetscCheck(n_dims >= 0 && n_dims <= 3, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%s: %d dimensions", name, n_dims);
  PetscCheck(kind != TENSOR_BY_NEURON || (n_dims > 0 && dims[0] == weights->partition.n_global),
             PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "%s: has no row for each neuron", name);
  if (weights->n_tensors == weights->capacity) {
    weights->capacity = PetscMax(2 * weights->capacity, 64);
    PetscCall(PetscRealloc(sizeof(Tensor) * (size_t)weights->capacity, &weights->tensors));
  }
  tensor = &weights->tensors[weights->n_tensors++];
  PetscCall(PetscMemzero(tensor, sizeof(*tensor)));
  PetscCall(PetscStrncpy(tensor->name, name, TENSOR_NAME));
  tensor->kind = kind;
  tensor->n_dims = n_dims;
  for (int d = 0; d < n_dims; d++) {
    tensor->dims[d] = dims[d];
  }
  tensor->initial = initial;
  tensor->bound = bound;
  PetscFunctionReturn(0);
}

/* Number of entries in a row: the product of all dimensions except the first. */
static int64_t row_length(const Tensor *tensor)
{
  int64_t length = 1;

  for (int d = 1; d < tensor->n_dims; d++) {
    length *= tensor->dims[d];
  }
  return length;
}

static int64_t local_length(const Weights *weights, const Tensor *tensor)
{
  if (tensor->kind == TENSOR_BY_NEURON) {
    return weights->partition.n_local * row_length(tensor);
  }
  return tensor->n_dims == 0 ? 1 : tensor->dims[0] * row_length(tensor);
}

PetscErrorCode WeightsAllocate(Weights *weights)
{
  static const TensorKind order[] = {TENSOR_SHARED, TENSOR_BY_NEURON, TENSOR_STATE};
  int64_t end[PETSC_STATIC_ARRAY_LENGTH(order)], offset = 0;

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(order); k++) {
    for (int t = 0; t < weights->n_tensors; t++) {
      Tensor *tensor = &weights->tensors[t];

      if (tensor->kind == order[k]) {
        tensor->offset = offset;
        tensor->length = local_length(weights, tensor);
        offset += tensor->length;
      }
    }
    end[k] = offset;
  }
  weights->n_shared = end[0];
  weights->n_trained = end[1];
  weights->n_total = end[2];
  PetscCall(PetscCalloc1(weights->n_total, &weights->value));
  PetscCall(PetscCalloc1(weights->n_trained, &weights->gradient));
  PetscCall(PetscCalloc1(weights->n_trained, &weights->moment[0]));
  PetscCall(PetscCalloc1(weights->n_trained, &weights->moment[1]));
  PetscFunctionReturn(0);
}

PetscErrorCode WeightsFind(const Weights *weights, const char *name, const Tensor **tensor)
{
  PetscFunctionBegin;
  *tensor = find(weights, name);
  PetscCheck(*tensor, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "no tensor is called %s", name);
  PetscFunctionReturn(0);
}

/* FNV-1a, 32 bits */
static uint32_t hash_name(const char *name)
{
  uint32_t hash = 2166136261u;

  for (; *name; name++) {
    hash = (hash ^ (uint8_t)*name) * 16777619u;
  }
  return hash;
}

/* Draws entries first, first + 1, ... of the whole tensor; one draw gives the pair of entries 2 i and 2 i + 1. */
static void draw(const Tensor *tensor, uint32_t seed, int64_t member, int64_t first, Real *value)
{
  const int64_t stream = (int64_t)(((uint64_t)member << 32) | hash_name(tensor->name));
  double pair[2];

  for (int64_t e = 0; e < tensor->length; e++) {
    int64_t entry = first + e;

    if (tensor->initial == INITIAL_NORMAL) {
      if (e == 0 || entry % 2 == 0) {
        RandomNormal(seed, RANDOM_WEIGHTS, entry / 2, stream, pair);
      }
      value[e] = (Real)pair[entry % 2];
    } else {
      if (e == 0 || entry % 2 == 0) {
        RandomUniform(seed, RANDOM_WEIGHTS, entry / 2, stream, pair);
      }
      value[e] = (Real)((2 * pair[entry % 2] - 1) * tensor->bound);
    }
  }
}

PetscErrorCode WeightsInitialize(Weights *weights, uint32_t seed, int64_t member)
{
  PetscFunctionBegin;
  for (int t = 0; t < weights->n_tensors; t++) {
    const Tensor *tensor = &weights->tensors[t];
    int64_t first =
        tensor->kind == TENSOR_BY_NEURON ? weights->partition.first * row_length(tensor) : 0;
    Real *value = tensor->length ? weights->value + tensor->offset : NULL;

    if (tensor->initial == INITIAL_UNIFORM || tensor->initial == INITIAL_NORMAL) {
      draw(tensor, seed, member, first, value);
    } else {
      for (int64_t e = 0; e < tensor->length; e++) {
        value[e] = tensor->initial == INITIAL_ONE ? 1 : 0;
      }
    }
  }
  PetscCall(PetscArrayzero(weights->gradient, weights->n_trained));
  PetscCall(PetscArrayzero(weights->moment[0], weights->n_trained));
  PetscCall(PetscArrayzero(weights->moment[1], weights->n_trained));
  PetscFunctionReturn(0);
}

PetscErrorCode WeightsSave(const Weights *weights, Real *copy)
{
  const int64_t n = weights->n_trained;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(copy, weights->value, weights->n_total));
  PetscCall(PetscArraycpy(copy + weights->n_total, weights->moment[0], n));
  PetscCall(PetscArraycpy(copy + weights->n_total + n, weights->moment[1], n));
  PetscFunctionReturn(0);
}

PetscErrorCode WeightsRestore(Weights *weights, const Real *copy)
{
  const int64_t n = weights->n_trained;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(weights->value, copy, weights->n_total));
  PetscCall(PetscArraycpy(weights->moment[0], copy + weights->n_total, n));
  PetscCall(PetscArraycpy(weights->moment[1], copy + weights->n_total + n, n));
  PetscFunctionReturn(0);
}
