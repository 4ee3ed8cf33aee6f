/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Scores of pairs of neurons from global attention, after a forward pass. */
#include "layers/attention.h"

#include <math.h>

/* Data of one stop of the ring. */
typedef struct {
  GlobalAttention *a;
  const Pass *pass;
  int per_pair; /* number of tokens of a target */
  const Tokens *source;
  Real *weight;  /* (key_stride), or for each head: (heads, key_stride) */
  double *score; /* (n_neurons, n_local sources) */

  /* for norms only */
  const Real *square; /* (E, E) W_o' W_o */
  Real *part;         /* (E, key_stride) */
  Real *
      product; /* (heads, heads, key_stride) inner products of W_o value for two heads, lower triangle doubled */
} Stop;

static GlobalShape keys_of(const Stop *stop)
{
  return (GlobalShape){stop->pass->shape->heads, stop->pass->shape->head_width,
                       stop->source->n_local * stop->source->per_pair, stop->a->key_stride};
}

static const Real *keys_at(const Stop *stop, int64_t sample)
{
  return stop->a->kv + sample * 2 * ModelHeads(stop->pass->shape) * stop->a->key_stride;
}

/* Adds a value of each key to its source. */
static void add_keys(const Stop *stop, const Real *value, double *score)
{
  const int64_t n_local = stop->source->n_local;

  for (int lag = 0; lag < stop->source->per_pair; lag++) {
    for (int64_t j = 0; j < n_local; j++) {
      score[j] += (double)value[lag * n_local + j];
    }
  }
}

/* Row `row` of a block: scores, query and log-sums of its target. */
typedef struct {
  double *score;
  const Real *q, *lse;
  int64_t sample;
} Row;

static Row row_of(const Stop *stop, const QueryBlock *block, int64_t row)
{
  const int64_t channels = ModelHeads(stop->pass->shape), pair = row / stop->per_pair;
  const Real *lse = block->values + block->rows * channels;

  return (Row){stop->score + (block->first_neuron + pair % block->n_local) * stop->source->n_local,
               block->values + row * channels, lse + row * stop->pass->shape->heads,
               block->sample + pair / block->n_local};
}

/* Adds the attention of a block of queries to this rank's neurons, summed over their lags. */
static void score_stop(const Stop *stop, const QueryBlock *block)
{
  const GlobalShape shape = keys_of(stop);

  for (int64_t k = 0; k < block->rows; k++) {
    const Row row = row_of(stop, block, k);

    stop->pass->kernels->attention->global_weights(&shape, row.q, row.lse,
                                                   keys_at(stop, row.sample), stop->weight);
    add_keys(stop, stop->weight, row.score);
    if (k % (block->n_local * stop->per_pair) == 0) {
      RingTripProgress(&stop->a->ring);
    }
  }
}

/* Computes the inner products of what the heads would send for each key of a sample at full attention. */
static void make_products(const Stop *stop, int64_t sample)
{
  const GlobalShape shape = keys_of(stop);
  const int64_t channels = ModelHeads(stop->pass->shape), stride = shape.key_stride;
  const Real *value = keys_at(stop, sample) + channels * stride;
  const int width = shape.width;

  for (int g = 0; g < shape.heads; g++) {
    Gemm(CblasNoTrans, CblasNoTrans, channels, stride, width, stop->square + (int64_t)g * width,
         channels, value + (int64_t)g * width * stride, stride, 0, stop->part, stride);
    for (int h = g; h < shape.heads; h++) {
      Real *product = stop->product + ((int64_t)h * shape.heads + g) * stride;
      const Real both = h > g ? 2 : 1;

      (void)PetscArrayzero(product, stride);
      for (int64_t c = (int64_t)h * width; c < (int64_t)(h + 1) * width; c++) {
        for (int64_t key = 0; key < stride; key++) {
          product[key] += both * value[c * stride + key] * stop->part[c * stride + key];
        }
      }
    }
  }
}

/* Computes the norms of what one query receives from each key, into the first row of the weights. */
static void find_norms(const Stop *stop, const Row *row)
{
  const GlobalShape shape = keys_of(stop);
  const GlobalShape one = {1, shape.width, shape.n_keys, shape.key_stride};
  const int64_t stride = shape.key_stride;
  Real *norm = stop->part;

  for (int h = 0; h < shape.heads; h++) {
    const int64_t at = (int64_t)h * shape.width;

    stop->pass->kernels->attention->global_weights(&one, row->q + at, row->lse + h,
                                                   keys_at(stop, row->sample) + at * stride,
                                                   stop->weight + h * stride);
  }
  (void)PetscArrayzero(norm, stride);
  for (int h = 0; h < shape.heads; h++) {
    for (int g = 0; g <= h; g++) {
      const Real *product = stop->product + ((int64_t)h * shape.heads + g) * stride;

      for (int64_t key = 0; key < shape.n_keys; key++) {
        norm[key] += stop->weight[h * stride + key] * stop->weight[g * stride + key] * product[key];
      }
    }
  }
  for (int64_t key = 0; key < shape.n_keys; key++) {
    norm[key] = (Real)sqrt(fmax(0.0, (double)norm[key]));
  }
}

static void norm_stop(const Stop *stop, const QueryBlock *block)
{
  int64_t sample = -1;

  for (int64_t k = 0; k < block->rows; k++) {
    const Row row = row_of(stop, block, k);

    if (row.sample != sample) {
      sample = row.sample;
      make_products(stop, sample);
      RingTripProgress(&stop->a->ring);
    }
    find_norms(stop, &row);
    add_keys(stop, stop->part, row.score);
  }
}

typedef void (*StopWork)(const Stop *stop, const QueryBlock *block);

/* Sends the queries and log-sums of all targets around the ring. */
static PetscErrorCode send_queries(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                                   StopWork work, const Stop *stop)
{
  const int64_t channels = ModelHeads(pass->shape), heads = pass->shape->heads;
  const int64_t per_sample = tokens->n_local * tokens->per_pair;

  PetscFunctionBegin;
  for (int half = 0; half < 2; half++) {
    const QueryBlock own = QueriesOwn(a, tokens, half);
    const int64_t first = own.sample * per_sample, rows = own.rows;

    PetscCall(PetscArraycpy(own.values, a->q + first * channels, rows * channels));
    PetscCall(PetscArraycpy(own.values + rows * channels, a->lse + first * heads, rows * heads));
  }
  PetscCall(QueriesBegin(a, tokens, RING_READ, (int)(channels + heads)));
  while (a->ring.has_block) {
    const QueryBlock block = QueriesAtWork(a, tokens);

    work(stop, &block);
    PetscCall(RingTripNext(&a->ring));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GlobalAttentionScores(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                                     const Tokens *source_tokens, double *score)
{
  Stop stop = {
      .a = a, .pass = pass, .per_pair = tokens->per_pair, .source = source_tokens, .score = score};

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(a->key_stride, &stop.weight));
  PetscCall(send_queries(a, pass, tokens, score_stop, &stop));
  PetscCall(PetscFree(stop.weight));
  PetscFunctionReturn(0);
}

PetscErrorCode GlobalAttentionNorms(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                                    const Tokens *source_tokens, double *score)
{
  const int64_t channels = ModelHeads(pass->shape), heads = pass->shape->heads;
  Stop stop = {
      .a = a, .pass = pass, .per_pair = tokens->per_pair, .source = source_tokens, .score = score};
  const Real *out = a->p.weight_out.value;
  Real *square;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(heads * a->key_stride, &stop.weight, channels * channels, &square,
                         channels * a->key_stride, &stop.part, heads * heads * a->key_stride,
                         &stop.product));
  Gemm(CblasTrans, CblasNoTrans, channels, channels, pass->shape->width, out, channels, out,
       channels, 0, square, channels);
  stop.square = square;
  PetscCall(send_queries(a, pass, tokens, norm_stop, &stop));
  PetscCall(PetscFree4(stop.weight, square, stop.part, stop.product));
  PetscFunctionReturn(0);
}
