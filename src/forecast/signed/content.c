/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Cross-attention whose queries and keys depend on the states of target and source. The weights differ between samples and
   are recomputed in the backward pass instead of being stored. */
#include "signed/cross.h"

#include <math.h>

static int64_t keys_of(const Cross *c)
{
  return (int64_t)c->heads * c->key_width;
}

static int64_t channels_of(const Cross *c)
{
  return (int64_t)c->heads * c->width;
}

PetscErrorCode ContentCreate(Cross *c)
{
  const Partition *p = &c->partition;
  const int64_t pairs = c->most * p->n_local, keys = keys_of(c);
  Content *content = &c->content;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(pairs * keys, &content->query, pairs * keys, &content->dquery,
                         pairs * keys, &content->key, pairs * keys, &content->dkey));
  PetscCall(PetscMalloc2(pairs * c->heads, &content->lse, pairs * c->heads, &content->other));
  PetscCall(PetscMalloc2(p->n_local * p->block, &content->weight, p->n_local * p->block,
                         &content->slope));
  PetscFunctionReturn(0);
}

PetscErrorCode ContentDestroy(Cross *c)
{
  Content *content = &c->content;

  PetscFunctionBegin;
  PetscCall(PetscFree4(content->query, content->dquery, content->key, content->dkey));
  PetscCall(PetscFree2(content->lse, content->other));
  PetscCall(PetscFree2(content->weight, content->slope));
  PetscFunctionReturn(0);
}

void ContentQueries(Cross *c, int64_t n_samples, int width, const Real *target)
{
  const int64_t pairs = n_samples * c->partition.n_local, keys = keys_of(c);
  const Real scale = (Real)(1.0 / sqrt((double)c->key_width));

  Gemm(CblasNoTrans, CblasTrans, pairs, keys, width, target, width, c->query.value, width, 0,
       c->content.query, keys);
  for (int64_t k = 0; k < pairs * keys; k++) {
    c->content.query[k] *= scale;
  }
}

void ContentQueriesBackward(Cross *c, int64_t n_samples, int width, const Real *target,
                            Real *dtarget)
{
  const int64_t pairs = n_samples * c->partition.n_local, keys = keys_of(c);
  const Real scale = (Real)(1.0 / sqrt((double)c->key_width));

  for (int64_t k = 0; k < pairs * keys; k++) {
    c->content.dquery[k] *= scale;
  }
  Gemm(CblasTrans, CblasNoTrans, keys, width, pairs, c->content.dquery, keys, target, width, 1,
       c->query.gradient, width);
  Gemm(CblasNoTrans, CblasNoTrans, pairs, width, keys, c->content.dquery, keys, c->query.value,
       width, 1, dtarget, width);
}

/* Packs the block of this rank, (samples, neurons, keys + channels): key, and message times gain. */
static void pack(Cross *c, int64_t n_samples, const Real *gain, const Real *messages)
{
  const int64_t n = c->partition.n_local, keys = keys_of(c), channels = channels_of(c);

  for (int64_t pair = 0; pair < n_samples * n; pair++) {
    Real *to = CrossOwn(c) + pair * (keys + channels);

    (void)PetscArraycpy(to, c->content.key + pair * keys, keys);
    for (int64_t k = 0; k < channels; k++) {
      to[keys + k] = gain[pair % n * channels + k] * messages[pair * channels + k];
    }
  }
}

/* For one sample and head: the parts of this rank's targets and of the sources [first, first + n) of a block. */
typedef struct {
  int head;
  int64_t first, n, row;             /* row: distance between two neurons of the block */
  const Real *query, *key, *message; /* of the first target; of the first source */
  int64_t pair;                      /* first target in this sample */
} Part;

static Part part_of(const Cross *c, int64_t sample, int head, int64_t first, int64_t n,
                    const Real *block)
{
  const int64_t pair = sample * c->partition.n_local, row = keys_of(c) + channels_of(c);
  const Real *key = block + sample * n * row;

  return (Part){head,
                first,
                n,
                row,
                c->content.query + pair * keys_of(c) + (int64_t)head * c->key_width,
                key + (int64_t)head * c->key_width,
                key + keys_of(c) + (int64_t)head * c->width,
                pair};
}

/* Computes scores into content.weight (n_local, n): query x key + bias; the lowest score for a neuron with itself. */
static void find_scores(Cross *c, const Part *part)
{
  const Partition *p = &c->partition;
  Real *score = c->content.weight;

  for (int64_t i = 0; c->bias.value && i < p->n_local; i++) {
    (void)PetscArraycpy(score + i * part->n,
                        c->bias.value + (i * c->heads + part->head) * p->n_global + part->first,
                        part->n);
  }
  Gemm(CblasNoTrans, CblasTrans, p->n_local, part->n, c->key_width, part->query, keys_of(c),
       part->key, part->row, c->bias.value ? 1 : 0, score, part->n);
  for (int64_t i = 0; i < p->n_local; i++) {
    const int64_t self = p->first + i - part->first;

    if (self >= 0 && self < part->n) {
      score[i * part->n + self] = SCORE_LOWEST;
    }
  }
}

/* Computes weights from scores, given the logarithms of the sums: the same as in the forward pass. */
static void find_weights(Cross *c, const Part *part)
{
  const Partition *p = &c->partition;

  find_scores(c, part);
  for (int64_t i = 0; i < p->n_local; i++) {
    const int64_t self = p->first + i - part->first;
    Real *row = c->content.weight + i * part->n;

    (void)c->kernels->attention->exponentials(
        part->n, c->content.lse[(part->pair + i) * c->heads + part->head], row);
    if (self >= 0 && self < part->n) {
      row[self] = 0;
    }
  }
}

/* Adds the sources of a block to outputs that are relative to the largest score so far. content.lse holds this score,
   content.other the sum. */
static void attend(Cross *c, const Part *part)
{
  const int64_t n_local = c->partition.n_local, channels = channels_of(c);
  Real *out = c->out + part->pair * channels + (int64_t)part->head * c->width;

  find_scores(c, part);
  for (int64_t i = 0; i < n_local; i++) {
    const int64_t at = (part->pair + i) * c->heads + part->head;
    const int64_t self = c->partition.first + i - part->first;
    Real *row = c->content.weight + i * part->n, *max = &c->content.lse[at];
    const Real largest = PetscMax(*max, c->kernels->attention->largest(part->n, row));
    const Real old = (Real)exp((double)(*max - largest));
    Real sum = c->kernels->attention->exponentials(part->n, largest, row);

    if (self >= 0 && self < part->n) {
      sum -= row[self];
      row[self] = 0;
    }
    c->content.other[at] = old * c->content.other[at] + sum;
    *max = largest;
    for (int k = 0; k < c->width; k++) {
      out[i * channels + k] *= old;
    }
  }
  Gemm(CblasNoTrans, CblasNoTrans, n_local, c->width, part->n, c->content.weight, part->n,
       part->message, part->row, 1, out, channels);
}

static void attend_block(Cross *c, int64_t n_samples, int64_t first, int64_t n, Real *block)
{
  for (int64_t k = 0; k < n_samples * c->heads && n > 0 && c->partition.n_local > 0; k++) {
    const Part part = part_of(c, k / c->heads, (int)(k % c->heads), first, n, block);

    attend(c, &part);
  }
}

PetscErrorCode ContentForward(Cross *c, int64_t n_samples, const Real *gain, const Real *messages,
                              Real *mixed)
{
  const int64_t pairs = n_samples * c->partition.n_local, channels = channels_of(c);
  Content *content = &c->content;

  PetscFunctionBegin;
  pack(c, n_samples, gain, messages);
  PetscCall(PetscArrayzero(c->out, pairs * channels));
  for (int64_t k = 0; k < pairs * c->heads; k++) {
    content->lse[k] = SCORE_LOWEST;
    content->other[k] = 0;
  }
  PetscCall(CrossGoRound(c, n_samples, keys_of(c) + channels, RING_READ, attend_block));
  for (int64_t k = 0; k < pairs * channels; k++) {
    const Real sum = content->other[k / c->width];

    c->out[k] = sum > 0 ? c->out[k] / sum : 0;
  }
  for (int64_t k = 0; k < pairs * c->heads; k++) {
    content->lse[k] += content->other[k] > 0 ? (Real)log((double)content->other[k]) : 0;
  }
  PetscCall(PetscArraycpy(mixed, c->out, pairs * channels));
  PetscFunctionReturn(0);
}

/* Computes the gradients of a block's keys and messages, of the queries and of the bias. content.other holds the sum of
   output times its gradient, `dout` the gradient. */
static void attend_backward(Cross *c, const Part *part, Real *gradient)
{
  const int64_t n_local = c->partition.n_local, channels = channels_of(c), keys = keys_of(c);
  const int64_t n = part->n, key_at = (int64_t)part->head * c->key_width;
  const int64_t message_at = keys + (int64_t)part->head * c->width;
  const Real *dout = c->content.dout + part->pair * channels + (int64_t)part->head * c->width;
  Real *weight = c->content.weight, *slope = c->content.slope;

  find_weights(c, part);
  Gemm(CblasTrans, CblasNoTrans, n, c->width, n_local, weight, n, dout, channels, 1,
       gradient + message_at, part->row);
  Gemm(CblasNoTrans, CblasTrans, n_local, n, c->width, dout, channels, part->message, part->row, 0,
       slope, n);
  for (int64_t i = 0; i < n_local; i++) {
    const Real delta = c->content.other[(part->pair + i) * c->heads + part->head];

    for (int64_t j = 0; j < n; j++) {
      slope[i * n + j] = weight[i * n + j] * (slope[i * n + j] - delta);
    }
    for (int64_t j = 0; c->bias.value && j < n; j++) {
      c->bias.gradient[(i * c->heads + part->head) * c->partition.n_global + part->first + j] +=
          slope[i * n + j];
    }
  }
  Gemm(CblasTrans, CblasNoTrans, n, c->key_width, n_local, slope, n, part->query, keys, 1,
       gradient + key_at, part->row);
  Gemm(CblasNoTrans, CblasNoTrans, n_local, c->key_width, n, slope, n, part->key, part->row, 1,
       c->content.dquery + part->pair * keys + key_at, keys);
}

static void attend_block_backward(Cross *c, int64_t n_samples, int64_t first, int64_t n,
                                  Real *block)
{
  const int64_t row = keys_of(c) + channels_of(c);
  Real *gradient = block + n * n_samples * row;

  for (int64_t k = 0; k < n_samples * c->heads && n > 0 && c->partition.n_local > 0; k++) {
    const Part part = part_of(c, k / c->heads, (int)(k % c->heads), first, n, block);

    attend_backward(c, &part, gradient + k / c->heads * n * row);
  }
}

PetscErrorCode ContentBackward(Cross *c, int64_t n_samples, const Param *gain, const Real *messages,
                               const Real *dmixed, Real *dmessages)
{
  const int64_t pairs = n_samples * c->partition.n_local, channels = channels_of(c);
  const int64_t keys = keys_of(c), half = pairs * (keys + channels);
  Content *content = &c->content;

  PetscFunctionBegin;
  pack(c, n_samples, gain->value, messages);
  PetscCall(PetscArrayzero(CrossOwn(c) + half, half));
  PetscCall(PetscArrayzero(content->dquery, pairs * keys));
  content->dout = dmixed;
  for (int64_t k = 0; k < pairs * c->heads; k++) {
    content->other[k] = 0;
    for (int64_t at = k * c->width; at < (k + 1) * c->width; at++) {
      content->other[k] += dmixed[at] * c->out[at];
    }
  }
  PetscCall(CrossGoRound(c, n_samples, 2 * (keys + channels), RING_CHANGE, attend_block_backward));
  for (int64_t pair = 0; pair < pairs; pair++) {
    const Real *gradient = CrossOwn(c) + half + pair * (keys + channels);

    PetscCall(PetscArraycpy(content->dkey + pair * keys, gradient, keys));
    PetscCall(PetscArraycpy(dmessages + pair * channels, gradient + keys, channels));
  }
  CrossGainBackward(c, n_samples, gain, messages, dmessages);
  PetscFunctionReturn(0);
}

static void add_block_weights(Cross *c, int64_t n_samples, int64_t first, int64_t n, Real *block)
{
  const int64_t n_local = c->partition.n_local, n_global = c->partition.n_global;

  for (int64_t k = 0; k < n_samples * c->heads && n > 0 && n_local > 0; k++) {
    const Part part = part_of(c, k / c->heads, (int)(k % c->heads), first, n, block);

    find_weights(c, &part);
    for (int64_t at = 0; at < n_local * n; at++) {
      c->weight[(at / n * c->heads + part.head) * n_global + first + at % n] +=
          c->content.weight[at];
    }
  }
}

PetscErrorCode ContentAddWeights(Cross *c, int64_t n_samples, const Real *gain,
                                 const Real *messages)
{
  PetscFunctionBegin;
  pack(c, n_samples, gain, messages);
  PetscCall(CrossGoRound(c, n_samples, keys_of(c) + channels_of(c), RING_READ, add_block_weights));
  PetscFunctionReturn(0);
}
