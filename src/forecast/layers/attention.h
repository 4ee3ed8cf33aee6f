/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ATTENTION_H
#define CAUSEWAY_ATTENTION_H

#include "causeway/internal/parallel/ring.h"
#include "layers/norm.h"

/* Common parts of the attention layers: projections to queries, keys and values, and back. Queries, keys and values are
   adjacent in the weights, so that one product computes those with the same input. E = heads * head_width. */
typedef struct {
  Norm norm;                  /* of the input of the queries */
  Param weight_q, weight_kv;  /* (E, width), (2 E, width) */
  Param bias_q, bias_kv;      /* (E), (2 E) */
  Param weight_out, bias_out; /* (width, E), (width) */
} Projections;

PetscErrorCode ProjectionsDeclare(Weights *weights, const char *prefix, const char *norm,
                                  const ModelShape *shape);
PetscErrorCode ProjectionsCreate(Projections *projections, const Weights *weights,
                                 const char *prefix, const char *norm, const ModelShape *shape);

/* Computes y (channels, rows) = weight x' + bias for one chunk; x (rows, width). */
void ProjectionForward(const Pass *pass, int channels, int64_t rows, const Param *weight,
                       const Param *bias, const Real *x, Real *y);

/* Gradients of a channel-major projection y (channels, rows) = weight x' + bias for one chunk, and
   dx (rows, width) = dy' weight + beta dx. */
void ProjectionBackward(const Pass *pass, int channels, int64_t rows, const Param *weight,
                        const Param *bias, const Real *dy, const Real *x, Real beta, Real *dx);

/* Attention within each neuron: y = x + W_o attend(norm(x), source) + b_o. The source is norm(x) in self-attention
   (encoder) and the unchanged output of the encoder in cross-attention (decoder). */
typedef struct {
  Projections p;
  PetscBool self;
  Real *q; /* (tokens, E) by chunks, channel-major; followed by keys and values in self-attention */
  Real *kv; /* cross: (source tokens, 2 E) by chunks of the source, channel-major */
  Real *o;  /* (tokens, E) by chunks channel-major */
} LocalAttention;

PetscErrorCode LocalAttentionCreate(LocalAttention *layer, PetscBool self, const Weights *weights,
                                    const char *prefix, const char *norm, const ModelShape *shape,
                                    int64_t rows, int64_t source_rows);
PetscErrorCode LocalAttentionDestroy(LocalAttention *layer);

/*@
  LocalAttentionForward - forward pass; the norm of x has been gathered before, and y is gathered into `next`

  Collective on the group of the model
  Input:  source - tokens of the same pairs, (source tokens, width); NULL for self-attention. The chunks of `tokens` are
                   whole numbers of chunks of `source_tokens`.
  Output: y      - (tokens, width), a different array from x
@*/
PetscErrorCode LocalAttentionForward(LocalAttention *layer, const Pass *pass, const Tokens *tokens,
                                     const Real *x, const Tokens *source_tokens, const Real *source,
                                     Norm *next, Real *y);

/*@
  LocalAttentionBackward - see FeedForwardBackward(); adds to dsource (source tokens, width)
@*/
PetscErrorCode LocalAttentionBackward(LocalAttention *layer, const Pass *pass, const Tokens *tokens,
                                      const Real *x, const Tokens *source_tokens,
                                      const Real *source, PendingNorm pending, Real *g, Real *dn,
                                      Real *dsource);

/* Attention of each neuron's tokens to all tokens of all neurons of a sample; a ring of ranks shares the neurons. Keys and
   values stay in place. Queries travel around the ring in two parts, each with half of the samples. */
typedef struct {
  Projections p;
  PetscBool self;
  int64_t key_stride; /* between the channels of a sample's keys */
  Real *kv, *dkv;     /* (samples, 2 E, key_stride) keys, values and their gradients; key = lag *
                         n_local + neuron */
  Real *q, *o;        /* (tokens, E) in ring order: sample, neuron, token; o normalised */
  Real *lse;          /* (tokens, heads) log of the sum of exp(score) */
  RingTrip ring;
} GlobalAttention;

/*@
  GlobalAttentionCreate - creates a layer for batches of at most the samples of `tokens` and `source_tokens`
@*/
PetscErrorCode GlobalAttentionCreate(GlobalAttention *layer, PetscBool self, const Weights *weights,
                                     const char *prefix, const char *norm, const ModelShape *shape,
                                     const Tokens *tokens, const Tokens *source_tokens);
PetscErrorCode GlobalAttentionDestroy(GlobalAttention *layer);

/*@
  GlobalAttentionForward / GlobalAttentionBackward - like those of LocalAttention

  Cost: n_ring - 1 hops of the queries during the work, and one back to their owner: (2 E + 2 heads) numbers per token and
        hop forward, (3 E + 2 heads) backward, in two messages each
@*/
PetscErrorCode GlobalAttentionForward(GlobalAttention *layer, const Pass *pass,
                                      const Tokens *tokens, const Real *x,
                                      const Tokens *source_tokens, const Real *source, Norm *next,
                                      Real *y);
PetscErrorCode GlobalAttentionBackward(GlobalAttention *layer, const Pass *pass,
                                       const Tokens *tokens, const Real *x,
                                       const Tokens *source_tokens, const Real *source,
                                       PendingNorm pending, Real *g, Real *dn, Real *dsource);

/*@
  GlobalAttentionScores - adds each target's attention to this rank's neurons, after a forward pass

  Collective on the ring
  In/out: score - (n_neurons targets, n_local sources): sum over samples, heads, lags and the
          tokens of the target
@*/
PetscErrorCode GlobalAttentionScores(GlobalAttention *layer, const Pass *pass, const Tokens *tokens,
                                     const Tokens *source_tokens, double *score);

/*@
  GlobalAttentionNorms - adds the norms of what targets receive from the tokens of a source, like GlobalAttentionScores():
  | sum over heads of attention x W_o value |

  Source: Kobayashi et al. 2020, Attention is Not Only a Weight
  Cost:   2 E^2 flops for each source token, rank and sample; heads (heads + 1) for each pair of tokens
@*/
PetscErrorCode GlobalAttentionNorms(GlobalAttention *layer, const Pass *pass, const Tokens *tokens,
                                    const Tokens *source_tokens, double *score);

/* Queries that travel, with their data: half of the samples of one rank's neurons. */
typedef struct {
  int64_t sample, n_samples;     /* range among this rank's samples, which the whole ring shares */
  int64_t first_neuron, n_local; /* neurons of these rows */
  int64_t rows;                  /* n_samples * n_local * tokens per neuron */
  Real *values;                  /* (arrays of) rows */
} QueryBlock;

/*@
  QueriesBegin  - starts a trip with the own queries in QueriesOwn(); see RingTripBegin()
  QueriesAtWork - the queries in use
  QueriesOwn    - storage of the own queries before the trip and, if they return, after it

  Input: row - numbers in a row of all arrays; half - 0 or 1
@*/
PetscErrorCode QueriesBegin(GlobalAttention *layer, const Tokens *tokens, RingMode mode, int row);
QueryBlock QueriesAtWork(const GlobalAttention *layer, const Tokens *tokens);
QueryBlock QueriesOwn(const GlobalAttention *layer, const Tokens *tokens, int half);

#endif
