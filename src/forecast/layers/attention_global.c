/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layers/attention.h"

#include <math.h>

/* Half 0 has the samples [first_of_half(n, 0), first_of_half(n, 1)), half 1 those up to first_of_half(n, 2). */
static int64_t first_of_half(int64_t n_samples, int half)
{
  return half == 0 ? 0 : (half == 1 ? (n_samples + 1) / 2 : n_samples);
}

static QueryBlock make_block(const Tokens *tokens, const RingBlock *at)
{
  const int64_t sample = first_of_half(tokens->n_samples, at->part);
  const int64_t n_samples = first_of_half(tokens->n_samples, at->part + 1) - sample;

  return (QueryBlock){sample,
                      n_samples,
                      at->first,
                      at->n,
                      n_samples * at->n * tokens->per_pair,
                      (Real *)at->values};
}

QueryBlock QueriesAtWork(const GlobalAttention *a, const Tokens *tokens)
{
  return make_block(tokens, &a->ring.block);
}

QueryBlock QueriesOwn(const GlobalAttention *a, const Tokens *tokens, int half)
{
  const RingBlock own = {half, tokens->first_neuron, tokens->n_local, a->ring.here[half]};

  return make_block(tokens, &own);
}

PetscErrorCode QueriesBegin(GlobalAttention *a, const Tokens *tokens, RingMode mode, int row)
{
  const int64_t middle = first_of_half(tokens->n_samples, 1);
  const int64_t length[2] = {middle * tokens->per_pair * row,
                             (tokens->n_samples - middle) * tokens->per_pair * row};

  PetscFunctionBegin;
  PetscCall(RingTripBegin(&a->ring, mode, length));
  PetscFunctionReturn(0);
}

PetscErrorCode GlobalAttentionCreate(GlobalAttention *a, PetscBool self, const Weights *weights,
                                     const char *prefix, const char *norm, const ModelShape *shape,
                                     const Tokens *tokens, const Tokens *source_tokens)
{
  const int64_t channels = ModelHeads(shape), rows = TokensRows(tokens);
  const int64_t lanes = LANES_MOST, keys = source_tokens->n_local * source_tokens->per_pair;
  const int64_t half = first_of_half(tokens->n_samples, 1) * tokens->per_pair;

  PetscFunctionBegin;
  a->self = self;
  a->key_stride = (keys + lanes - 1) / lanes * lanes;
  PetscCall(ProjectionsCreate(&a->p, weights, prefix, norm, shape));
  PetscCall(PetscCalloc1(tokens->n_samples * 2 * channels * a->key_stride, &a->kv));
  PetscCall(PetscMalloc1(tokens->n_samples * 2 * channels * a->key_stride, &a->dkv));
  PetscCall(
      PetscMalloc3(rows * channels, &a->q, rows * channels, &a->o, rows * shape->heads, &a->lse));
  PetscCall(RingTripCreate(&weights->partition, RING_UP, 2,
                           half * (3 * channels + 2 * (int64_t)shape->heads), MPI_REAL_TYPE,
                           PETSC_FALSE, &a->ring));
  PetscFunctionReturn(0);
}

PetscErrorCode GlobalAttentionDestroy(GlobalAttention *a)
{
  PetscFunctionBegin;
  PetscCall(NormDestroy(&a->p.norm));
  PetscCall(PetscFree(a->kv));
  PetscCall(PetscFree(a->dkv));
  PetscCall(PetscFree3(a->q, a->o, a->lse));
  PetscCall(RingTripDestroy(&a->ring));
  PetscFunctionReturn(0);
}

/* Moves the keys and values of a chunk, (2 E, rows), to (gather) or from their places by sample. The pairs of a chunk belong
   to one or several samples, with a run of neurons of each. */
static void move_keys(const GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                      const Chunk *chunk, PetscBool gather, Real *of_chunk, Real *by_sample)
{
  const int channels = 2 * ModelHeads(pass->shape);
  int64_t count;

  for (int64_t pair = chunk->first; pair < chunk->first + chunk->pairs; pair += count) {
    const int64_t sample = pair / tokens->n_local, neuron = pair % tokens->n_local;

    count = PetscMin(tokens->n_local - neuron, chunk->first + chunk->pairs - pair);
    for (int c = 0; c < channels; c++) {
      for (int lag = 0; lag < tokens->per_pair; lag++) {
        Real *chunk_at = of_chunk + c * chunk->rows + lag * chunk->pairs + pair - chunk->first;
        Real *sample_at =
            by_sample + (sample * channels + c) * a->key_stride + lag * tokens->n_local + neuron;

        memcpy(gather ? sample_at : chunk_at, gather ? chunk_at : sample_at,
               (size_t)count * sizeof(Real));
      }
    }
  }
}

/* Moves rows of a chunk, (token, pair) with contiguous pairs, to or from ring order. */
static void move_rows(const Tokens *tokens, const Chunk *chunk, int channels, PetscBool to_ring,
                      Real *of_chunk, Real *of_ring)
{
  for (int64_t p = 0; p < chunk->pairs; p++) {
    for (int t = 0; t < tokens->per_pair; t++) {
      Real *chunk_at = of_chunk + (t * chunk->pairs + p) * channels;
      Real *ring_at = of_ring + ((chunk->first + p) * tokens->per_pair + t) * channels;

      memcpy(to_ring ? ring_at : chunk_at, to_ring ? chunk_at : ring_at,
             (size_t)channels * sizeof(Real));
    }
  }
}

/* Computes keys and values of all source tokens of this rank. */
static void make_keys(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                      const Real *source)
{
  const int channels = 2 * ModelHeads(pass->shape), d = pass->shape->width;

  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const Real *x = source + chunk.row * d;

    if (a->self) {
      NormApply(&a->p.norm, pass, chunk.rows, x, pass->work->normed);
      x = pass->work->normed;
    }
    ProjectionForward(pass, channels, chunk.rows, &a->p.weight_kv, &a->p.bias_kv, x,
                      pass->work->wide[0]);
    move_keys(a, pass, tokens, &chunk, PETSC_TRUE, pass->work->wide[0], a->kv);
  }
}

static void make_queries(GlobalAttention *a, const Pass *pass, const Tokens *tokens, const Real *x)
{
  const int channels = ModelHeads(pass->shape), d = pass->shape->width;

  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    Real *q = pass->work->wide[0];

    NormApply(&a->p.norm, pass, chunk.rows, x + chunk.row * d, pass->work->normed);
    for (int64_t r = 0; r < chunk.rows; r++) {
      memcpy(q + r * channels, a->p.bias_q.value, (size_t)channels * sizeof(Real));
    }
    Gemm(CblasNoTrans, CblasTrans, chunk.rows, channels, d, pass->work->normed, d,
         a->p.weight_q.value, d, 1, q, channels);
    move_rows(tokens, &chunk, channels, PETSC_TRUE, q, a->q);
  }
}

static GlobalShape keys_of(const GlobalAttention *a, const Pass *pass, const Tokens *source)
{
  return (GlobalShape){pass->shape->heads, pass->shape->head_width,
                       source->n_local * source->per_pair, a->key_stride};
}

/* Forward pass of a block: queries, outputs, maxima and sums of its rows. */
static void forward_block(GlobalAttention *a, const Pass *pass, const GlobalShape *shape,
                          int per_pair, const QueryBlock *block)
{
  const int64_t channels = ModelHeads(pass->shape), heads = shape->heads;
  const int64_t rows = block->n_local * per_pair;
  Real *q = block->values, *o = q + block->rows * channels, *max = o + block->rows * channels;
  Real *sum = max + block->rows * heads;

  for (int64_t s = 0; s < block->n_samples; s++) {
    const Real *k = a->kv + (block->sample + s) * 2 * channels * shape->key_stride;

    pass->kernels->attention->global_forward(
        shape, rows, q + s * rows * channels, k, k + channels * shape->key_stride,
        o + s * rows * channels, max + s * rows * heads, sum + s * rows * heads);
    RingTripProgress(&a->ring);
  }
}

/* Initialises the outputs of this rank's own blocks. */
static void fill_forward(GlobalAttention *a, const Pass *pass, const Tokens *tokens)
{
  const int64_t channels = ModelHeads(pass->shape), heads = pass->shape->heads;
  const int64_t per_sample = tokens->n_local * tokens->per_pair;

  for (int half = 0; half < 2; half++) {
    const QueryBlock own = QueriesOwn(a, tokens, half);
    const int64_t first = own.sample * per_sample, rows = own.rows;
    Real *q = own.values, *o = q + rows * channels, *max = o + rows * channels;

    (void)PetscArraycpy(q, a->q + first * channels, rows * channels);
    (void)PetscArrayzero(o, rows * channels);
    for (int64_t k = 0; k < rows * heads; k++) {
      max[k] = SCORE_LOWEST;
      max[rows * heads + k] = 0;
    }
  }
}

/* Divides outputs by their sums, and stores the logarithms of the sums. */
static void finish_forward(GlobalAttention *a, const Pass *pass, const Tokens *tokens)
{
  const int64_t channels = ModelHeads(pass->shape), heads = pass->shape->heads;
  const int64_t per_sample = tokens->n_local * tokens->per_pair;
  const int width = pass->shape->head_width;

  for (int half = 0; half < 2; half++) {
    const QueryBlock own = QueriesOwn(a, tokens, half);
    const int64_t first = own.sample * per_sample, rows = own.rows;
    const Real *o = own.values + rows * channels, *max = o + rows * channels;
    const Real *sum = max + rows * heads;

    for (int64_t k = 0; k < rows * heads; k++) {
      const Real factor = 1 / sum[k];

      a->lse[first * heads + k] = max[k] + (Real)log((double)sum[k]);
      for (int c = 0; c < width; c++) {
        a->o[first * channels + k * width + c] = factor * o[k * width + c];
      }
    }
  }
}

PetscErrorCode GlobalAttentionForward(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                                      const Real *x, const Tokens *source_tokens,
                                      const Real *source, Norm *next, Real *y)
{
  const int channels = ModelHeads(pass->shape), d = pass->shape->width;
  const Dropout none = {NULL, 0, 0, 1};
  Workspace *w = pass->work;
  const GlobalShape keys = keys_of(a, pass, source_tokens);

  PetscFunctionBegin;
  PetscCall(NormReduce(&a->p.norm, pass, TokensGlobal(tokens)));
  make_keys(a, pass, source_tokens, source);
  make_queries(a, pass, tokens, x);
  fill_forward(a, pass, tokens);
  PetscCall(QueriesBegin(a, tokens, RING_CHANGE, 2 * channels + 2 * pass->shape->heads));
  while (a->ring.has_block) {
    const QueryBlock block = QueriesAtWork(a, tokens);

    forward_block(a, pass, &keys, tokens->per_pair, &block);
    PetscCall(RingTripNext(&a->ring));
  }
  finish_forward(a, pass, tokens);
  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const int64_t at = chunk.row * d;

    move_rows(tokens, &chunk, channels, PETSC_FALSE, w->wide[0], a->o);
    Gemm(CblasNoTrans, CblasTrans, chunk.rows, d, channels, w->wide[0], channels,
         a->p.weight_out.value, channels, 0, w->narrow, d);
    pass->kernels->element->residual(chunk.rows, d, w->narrow, a->p.bias_out.value, none, x + at,
                                     y + at);
    if (next) {
      NormGather(next, pass, chunk.rows, y + at);
    }
  }
  PetscFunctionReturn(0);
}

/* Backward pass of a block: queries, gradients of the outputs, log-sums, products of output and gradient, gradients of the
   queries. */
static void backward_block(GlobalAttention *a, const Pass *pass, const GlobalShape *shape,
                           int per_pair, const QueryBlock *block)
{
  const int64_t channels = ModelHeads(pass->shape), heads = shape->heads;
  const int64_t rows = block->n_local * per_pair;
  Real *q = block->values, *dout = q + block->rows * channels;
  Real *lse = dout + block->rows * channels, *delta = lse + block->rows * heads;
  Real *dq = delta + block->rows * heads;

  for (int64_t s = 0; s < block->n_samples; s++) {
    const int64_t at = (block->sample + s) * 2 * channels * shape->key_stride;
    const int64_t values = channels * shape->key_stride;
    const Real *k = a->kv + at;
    Real *dk = a->dkv + at;

    pass->kernels->attention->global_backward(
        shape, rows, q + s * rows * channels, dout + s * rows * channels, lse + s * rows * heads,
        delta + s * rows * heads, k, k + values, dq + s * rows * channels, dk, dk + values);
    RingTripProgress(&a->ring);
  }
}

/* Fills this rank's own blocks. The gradient of the outputs is already in a->ring, in ring order. */
static void fill_backward(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                          const Real *dout)
{
  const int64_t channels = ModelHeads(pass->shape), heads = pass->shape->heads;
  const int64_t per_sample = tokens->n_local * tokens->per_pair;
  const int width = pass->shape->head_width;

  for (int half = 0; half < 2; half++) {
    const QueryBlock own = QueriesOwn(a, tokens, half);
    const int64_t first = own.sample * per_sample, rows = own.rows;
    Real *q = own.values, *gradient = q + rows * channels;
    Real *lse = gradient + rows * channels, *delta = lse + rows * heads, *dq = delta + rows * heads;

    (void)PetscArraycpy(q, a->q + first * channels, rows * channels);
    (void)PetscArraycpy(gradient, dout + first * channels, rows * channels);
    (void)PetscArraycpy(lse, a->lse + first * heads, rows * heads);
    (void)PetscArrayzero(dq, rows * channels);
    for (int64_t k = 0; k < rows * heads; k++) {
      delta[k] = 0;
      for (int c = 0; c < width; c++) {
        delta[k] += gradient[k * width + c] * a->o[first * channels + k * width + c];
      }
    }
  }
}

/* Computes the gradients of the output map, and dout (tokens, E) in ring order. dout may overwrite the outputs, which are not
   needed after a chunk's gradient is written. */
static void output_backward(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                            PendingNorm pending, Real *g, const Real *dn, Real *dout)
{
  const int channels = ModelHeads(pass->shape), d = pass->shape->width;
  const Dropout none = {NULL, 0, 0, 1};
  Workspace *w = pass->work;

  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const int64_t at = chunk.row * d;

    PendingNormAdd(&pending, pass, &chunk, dn, g);
    pass->kernels->element->residual_backward(chunk.rows, d, g + at, none, w->narrow,
                                              a->p.bias_out.gradient);
    move_rows(tokens, &chunk, channels, PETSC_FALSE, w->wide[0], a->o);
    Gemm(CblasTrans, CblasNoTrans, d, channels, chunk.rows, w->narrow, d, w->wide[0], channels, 1,
         a->p.weight_out.gradient, channels);
    Gemm(CblasNoTrans, CblasNoTrans, chunk.rows, channels, d, w->narrow, d, a->p.weight_out.value,
         channels, 0, w->wide[1], channels);
    move_rows(tokens, &chunk, channels, PETSC_TRUE, w->wide[1], dout);
  }
}

/* Computes dn from the gradients of the queries, which have returned in the ring's blocks. */
static void queries_backward(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                             const Real *x, const Real *dq, Real *dn)
{
  const int channels = ModelHeads(pass->shape), d = pass->shape->width;
  Workspace *w = pass->work;

  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const int64_t at = chunk.row * d;
    Real *gradient = a->p.bias_q.gradient;

    move_rows(tokens, &chunk, channels, PETSC_FALSE, w->wide[0], (Real *)dq);
    NormApply(&a->p.norm, pass, chunk.rows, x + at, w->normed);
    for (int64_t r = 0; r < chunk.rows; r++) {
      for (int c = 0; c < channels; c++) {
        gradient[c] += w->wide[0][r * channels + c];
      }
    }
    Gemm(CblasTrans, CblasNoTrans, channels, d, chunk.rows, w->wide[0], channels, w->normed, d, 1,
         a->p.weight_q.gradient, d);
    Gemm(CblasNoTrans, CblasNoTrans, chunk.rows, d, channels, w->wide[0], channels,
         a->p.weight_q.value, d, 0, dn + at, d);
  }
}

/* Computes the gradients of the source, or dn in self-attention, from those of keys and values. */
static void keys_backward(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                          const Real *source, Real *dsource)
{
  const int channels = 2 * ModelHeads(pass->shape), d = pass->shape->width;
  Workspace *w = pass->work;

  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const Real *x = source + chunk.row * d;

    move_keys(a, pass, tokens, &chunk, PETSC_FALSE, w->wide[0], a->dkv);
    if (a->self) {
      NormApply(&a->p.norm, pass, chunk.rows, x, w->normed);
      x = w->normed;
    }
    ProjectionBackward(pass, channels, chunk.rows, &a->p.weight_kv, &a->p.bias_kv, w->wide[0], x, 1,
                       dsource + chunk.row * d);
  }
}

/* Extracts the gradients of the queries from the blocks that have returned. */
static void gather_queries(GlobalAttention *a, const Pass *pass, const Tokens *tokens, Real *dq)
{
  const int64_t channels = ModelHeads(pass->shape), heads = pass->shape->heads;
  const int64_t per_sample = tokens->n_local * tokens->per_pair;

  for (int half = 0; half < 2; half++) {
    const QueryBlock own = QueriesOwn(a, tokens, half);
    const int64_t first = own.sample * per_sample, rows = own.rows;

    (void)PetscArraycpy(dq + first * channels, own.values + rows * (2 * channels + 2 * heads),
                        rows * channels);
  }
}

PetscErrorCode GlobalAttentionBackward(GlobalAttention *a, const Pass *pass, const Tokens *tokens,
                                       const Real *x, const Tokens *source_tokens,
                                       const Real *source, PendingNorm pending, Real *g, Real *dn,
                                       Real *dsource)
{
  const int channels = ModelHeads(pass->shape), d = pass->shape->width;
  const GlobalShape keys = keys_of(a, pass, source_tokens);
  Real *gradient; /* (tokens, E) gradient of the outputs, then of the queries */

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(TokensRows(tokens) * channels, &gradient));
  output_backward(a, pass, tokens, pending, g, dn, gradient);
  fill_backward(a, pass, tokens, gradient);
  PetscCall(PetscArrayzero(a->dkv, tokens->n_samples * 2 * channels * a->key_stride));
  PetscCall(QueriesBegin(a, tokens, RING_CHANGE, 3 * channels + 2 * pass->shape->heads));
  while (a->ring.has_block) {
    const QueryBlock block = QueriesAtWork(a, tokens);

    backward_block(a, pass, &keys, tokens->per_pair, &block);
    PetscCall(RingTripNext(&a->ring));
  }
  gather_queries(a, pass, tokens, gradient);
  queries_backward(a, pass, tokens, x, gradient, dn);
  keys_backward(a, pass, source_tokens, source, a->self ? dn : dsource);
  PetscCall(PetscFree(gradient));
  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);

    NormGatherBackward(&a->p.norm, pass, chunk.rows, dn + chunk.row * d, x + chunk.row * d);
  }
  PetscCall(NormReduceBackward(&a->p.norm, pass, TokensGlobal(tokens)));
  PetscFunctionReturn(0);
}
