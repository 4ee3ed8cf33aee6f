/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "signed/cross.h"

#include <math.h>

PetscErrorCode CrossDeclare(Weights *weights, const SignedShape *shape)
{
  const int64_t n = weights->partition.n_global;
  const int64_t keys[2] = {(int64_t)shape->base.heads * shape->key_width, shape->base.width};
  const int64_t pairs[3] = {n, shape->base.heads, n};
  const double bound = 1.0 / sqrt((double)shape->base.width);

  PetscFunctionBegin;
  PetscCall(
      WeightsAdd(weights, "cross.query.weight", TENSOR_SHARED, 2, keys, INITIAL_UNIFORM, bound));
  PetscCall(
      WeightsAdd(weights, "cross.key.weight", TENSOR_SHARED, 2, keys, INITIAL_UNIFORM, bound));
  if (shape->pair_bias == PAIR_BIAS_FULL) {
    PetscCall(WeightsAdd(weights, "cross.pair.bias", TENSOR_BY_NEURON, 3, pairs, INITIAL_ZERO, 0));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CrossCreate(Cross *c, const Weights *weights, const SignedShape *shape,
                           const Kernels *kernels, int64_t most)
{
  const Partition *p = &weights->partition;
  const int heads = shape->base.heads, channels = ModelHeads(&shape->base);
  const int64_t keys = (int64_t)heads * shape->key_width;
  const PetscBool by_content = shape->queries == QUERIES_CONTENT ? PETSC_TRUE : PETSC_FALSE;
  const int64_t row = channels + (by_content ? keys : 0);

  PetscFunctionBegin;
  *c = (Cross){.heads = heads,
               .width = shape->base.head_width,
               .key_width = shape->key_width,
               .partition = *p,
               .most = most,
               .kernels = kernels,
               .by_content = by_content};
  PetscCall(ParamFind(weights, "cross", "query.weight", &c->query));
  PetscCall(ParamFind(weights, "cross", "key.weight", &c->key));
  if (shape->pair_bias == PAIR_BIAS_FULL) {
    PetscCall(ParamFind(weights, "cross", "pair.bias", &c->bias));
  }
  PetscCall(PetscMalloc1(p->n_local * heads * p->n_global, &c->weight));
  if (by_content) {
    PetscCall(ContentCreate(c));
  } else {
    PetscCall(PetscMalloc1(p->n_local * heads * p->n_global, &c->dweight));
    PetscCall(PetscMalloc2(p->n_local * keys, &c->queries, p->block * p->size * keys, &c->keys));
  }
  PetscCall(RingTripCreate(p, RING_DOWN, 1, 2 * most * row, MPI_REAL_TYPE, PETSC_FALSE, &c->ring));
  PetscCall(PetscMalloc1(most * channels * p->n_local, &c->out));
  PetscFunctionReturn(0);
}

PetscErrorCode CrossDestroy(Cross *c)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(c->weight));
  PetscCall(PetscFree(c->dweight));
  PetscCall(PetscFree2(c->queries, c->keys));
  PetscCall(ContentDestroy(c));
  PetscCall(RingTripDestroy(&c->ring));
  PetscCall(PetscFree(c->out));
  PetscFunctionReturn(0);
}

/* Replaces a row of scores by its softmax over all neurons except `self`. */
static void softmax(const AttentionKernels *kernels, int64_t n, int64_t self, Real *row)
{
  Real sum;

  row[self] = SCORE_LOWEST;
  sum = kernels->exponentials(n, kernels->largest(n, row), row) - row[self];
  row[self] = 0;
  for (int64_t j = 0; j < n && sum > 0; j++) {
    row[j] /= sum;
  }
}

PetscErrorCode CrossWeights(Cross *c, const ModelShape *shape, const Real *target,
                            const Real *source)
{
  const Partition *p = &c->partition;
  const int64_t n = p->n_global, keys = (int64_t)c->heads * c->key_width;
  const int d = shape->width;
  const Real scale = (Real)(1.0 / sqrt((double)c->key_width));

  PetscFunctionBegin;
  Gemm(CblasNoTrans, CblasTrans, p->n_local, keys, d, target, d, c->query.value, d, 0, c->queries,
       keys);
  Gemm(CblasNoTrans, CblasTrans, p->n_local, keys, d, source, d, c->key.value, d, 0,
       c->keys + p->first * keys, keys);
  PetscCallMPI(MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, c->keys, (int)(p->block * keys),
                             MPI_REAL_TYPE, p->comm));
  for (int64_t k = 0; k < p->n_local * keys; k++) {
    c->queries[k] *= scale;
  }
  for (int h = 0; h < c->heads; h++) {
    Gemm(CblasNoTrans, CblasTrans, p->n_local, n, c->key_width,
         c->queries + (int64_t)h * c->key_width, keys, c->keys + (int64_t)h * c->key_width, keys, 0,
         c->weight + h * n, c->heads * n);
  }
  for (int64_t row = 0; row < p->n_local * c->heads; row++) {
    Real *weight = c->weight + row * n;

    for (int64_t j = 0; c->bias.value && j < n; j++) {
      weight[j] += c->bias.value[row * n + j];
    }
    softmax(c->kernels->attention, n, p->first + row / c->heads, weight);
  }
  PetscFunctionReturn(0);
}

/* Converts between (pairs, channels) and (heads, neurons, samples, width). */
static void pack(const Cross *c, int64_t n_samples, const Real *gain, const Real *pairs,
                 Real *packed)
{
  const int64_t n = c->partition.n_local, channels = (int64_t)c->heads * c->width;

  for (int64_t pair = 0; pair < n_samples * n; pair++) {
    const int64_t sample = pair / n, i = pair % n;

    for (int h = 0; h < c->heads; h++) {
      const Real *from = pairs + pair * channels + (int64_t)h * c->width;
      Real *to = packed + ((h * n + i) * n_samples + sample) * c->width;

      for (int k = 0; k < c->width; k++) {
        to[k] = gain ? gain[i * channels + (int64_t)h * c->width + k] * from[k] : from[k];
      }
    }
  }
}

static void unpack(const Cross *c, int64_t n_samples, const Real *packed, Real *pairs)
{
  const int64_t n = c->partition.n_local, channels = (int64_t)c->heads * c->width;

  for (int64_t pair = 0; pair < n_samples * n; pair++) {
    for (int h = 0; h < c->heads; h++) {
      (void)PetscArraycpy(pairs + pair * channels + (int64_t)h * c->width,
                          packed + ((h * n + pair % n) * n_samples + pair / n) * c->width,
                          c->width);
    }
  }
}

PetscErrorCode CrossGoRound(Cross *c, int64_t n_samples, int64_t row, RingMode mode, CrossWork work)
{
  const int64_t length[1] = {n_samples * row};
  const RingBlock *block = &c->ring.block;

  PetscFunctionBegin;
  PetscCall(RingTripBegin(&c->ring, mode, length));
  while (c->ring.has_block) {
    work(c, n_samples, block->first, block->n, (Real *)block->values);
    PetscCall(RingTripNext(&c->ring));
  }
  PetscFunctionReturn(0);
}

static void mix(Cross *c, int64_t n_samples, int64_t first, int64_t n, Real *block)
{
  const int64_t n_local = c->partition.n_local, n_global = c->partition.n_global;
  const int64_t length = n_samples * c->width;

  for (int h = 0; h < c->heads && n > 0 && n_local > 0; h++) {
    Gemm(CblasNoTrans, CblasNoTrans, n_local, length, n, c->weight + h * n_global + first,
         c->heads * n_global, block + h * n * length, length, 1, c->out + h * n_local * length,
         length);
  }
}

PetscErrorCode CrossForward(Cross *c, int64_t n_samples, const Real *gain, const Real *messages,
                            Real *mixed)
{
  const int64_t channels = (int64_t)c->heads * c->width;

  PetscFunctionBegin;
  pack(c, n_samples, gain, messages, CrossOwn(c));
  PetscCall(PetscArrayzero(c->out, c->partition.n_local * n_samples * channels));
  PetscCall(CrossGoRound(c, n_samples, channels, RING_READ, mix));
  unpack(c, n_samples, c->out, mixed);
  PetscFunctionReturn(0);
}

/* Backward pass for a block of messages followed by their gradients, to which it adds; the weights are replaced by their own
   gradients. */
static void mix_backward(Cross *c, int64_t n_samples, int64_t first, int64_t n, Real *block)
{
  const int64_t n_local = c->partition.n_local, n_global = c->partition.n_global;
  const int64_t length = n_samples * c->width;
  Real *gradient = block + c->heads * n * length;

  for (int h = 0; h < c->heads && n > 0 && n_local > 0; h++) {
    const Real *dout = c->out + h * n_local * length;

    Gemm(CblasTrans, CblasNoTrans, n, length, n_local, c->weight + h * n_global + first,
         c->heads * n_global, dout, length, 1, gradient + h * n * length, length);
    Gemm(CblasNoTrans, CblasTrans, n_local, n, length, dout, length, block + h * n * length, length,
         0, c->dweight + h * n_global + first, c->heads * n_global);
  }
}

/* Computes the gradients of the scores from those of the softmax's rows, and of their inputs. */
static PetscErrorCode weights_backward(Cross *c, const ModelShape *shape, const Param *target,
                                       const Param *source)
{
  const Partition *p = &c->partition;
  const int64_t n = p->n_global, keys = (int64_t)c->heads * c->key_width;
  const int d = shape->width;
  const Real scale = (Real)(1.0 / sqrt((double)c->key_width));
  Real *dkeys, *dqueries;

  PetscFunctionBegin;
  for (int64_t row = 0; row < p->n_local * c->heads; row++) {
    const Real *weight = c->weight + row * n;
    Real *slope = c->dweight + row * n, mean = 0;

    for (int64_t j = 0; j < n; j++) {
      mean += weight[j] * slope[j];
    }
    for (int64_t j = 0; j < n; j++) {
      slope[j] = weight[j] * (slope[j] - mean);
    }
    for (int64_t j = 0; c->bias.value && j < n; j++) {
      c->bias.gradient[row * n + j] += slope[j];
    }
  }
  PetscCall(PetscMalloc2(n * keys, &dkeys, p->n_local * keys, &dqueries));
  for (int h = 0; h < c->heads; h++) {
    const int64_t at = (int64_t)h * c->key_width;

    Gemm(CblasTrans, CblasNoTrans, n, c->key_width, p->n_local, c->dweight + h * n, c->heads * n,
         c->queries + at, keys, 0, dkeys + at, keys);
    Gemm(CblasNoTrans, CblasNoTrans, p->n_local, c->key_width, n, c->dweight + h * n, c->heads * n,
         c->keys + at, keys, 0, dqueries + at, keys);
  }
  for (int64_t k = 0; k < p->n_local * keys; k++) {
    dqueries[k] *= scale;
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, dkeys, (int)(n * keys), MPI_REAL_TYPE, MPI_SUM, p->comm));
  Gemm(CblasTrans, CblasNoTrans, keys, d, p->n_local, dqueries, keys, target->value, d, 1,
       c->query.gradient, d);
  Gemm(CblasNoTrans, CblasNoTrans, p->n_local, d, keys, dqueries, keys, c->query.value, d, 1,
       target->gradient, d);
  Gemm(CblasTrans, CblasNoTrans, keys, d, p->n_local, dkeys + p->first * keys, keys, source->value,
       d, 1, c->key.gradient, d);
  Gemm(CblasNoTrans, CblasNoTrans, p->n_local, d, keys, dkeys + p->first * keys, keys, c->key.value,
       d, 1, source->gradient, d);
  PetscCall(PetscFree2(dkeys, dqueries));
  PetscFunctionReturn(0);
}

void CrossGainBackward(const Cross *c, int64_t n_samples, const Param *gain, const Real *messages,
                       Real *dmessages)
{
  const int64_t n = c->partition.n_local, channels = (int64_t)c->heads * c->width;

  for (int64_t pair = 0; pair < n_samples * n; pair++) {
    const int64_t of_neuron = pair % n * channels;

    for (int64_t k = 0; k < channels; k++) {
      const Real slope = dmessages[pair * channels + k];

      gain->gradient[of_neuron + k] += slope * messages[pair * channels + k];
      dmessages[pair * channels + k] = slope * gain->value[of_neuron + k];
    }
  }
}

PetscErrorCode CrossBackward(Cross *c, const ModelShape *shape, int64_t n_samples,
                             const Param *gain, const Real *messages, const Real *dmixed,
                             Real *dmessages, const Param *target, const Param *source)
{
  const int64_t channels = (int64_t)c->heads * c->width;
  const int64_t half = c->partition.n_local * n_samples * channels;

  PetscFunctionBegin;
  pack(c, n_samples, gain->value, messages, CrossOwn(c));
  PetscCall(PetscArrayzero(CrossOwn(c) + half, half));
  pack(c, n_samples, NULL, dmixed, c->out);
  PetscCall(CrossGoRound(c, n_samples, 2 * channels, RING_CHANGE, mix_backward));
  unpack(c, n_samples, CrossOwn(c) + half, dmessages);
  CrossGainBackward(c, n_samples, gain, messages, dmessages);
  PetscCall(weights_backward(c, shape, target, source));
  PetscFunctionReturn(0);
}
