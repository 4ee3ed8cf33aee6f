/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ATTENTION_H
#define CAUSEWAY_ATTENTION_H

#include "norm.h"
#include "ring.h"

/* What all attention layers have: projections to queries, keys and values, and back. Queries, keys and
   values are neighbours in the weights, so that one product makes what shares its input. E = heads *
   head_width. */
typedef struct {
  Norm norm;                  /* of the queries' way in */
  Param weight_q, weight_kv;  /* (E, width), (2 E, width) */
  Param bias_q, bias_kv;      /* (E), (2 E) */
  Param weight_out, bias_out; /* (width, E), (width) */
} Projections;

PetscErrorCode ProjectionsDeclare(Weights *weights, const char *prefix, const char *norm,
                                  const ModelShape *shape);
PetscErrorCode ProjectionsCreate(Projections *projections, const Weights *weights,
                                 const char *prefix, const char *norm, const ModelShape *shape);

/* y (channels, rows) = weight x' + bias of one chunk; x (rows, width) */
void ProjectionForward(const Pass *pass, int channels, int64_t rows, const Param *weight,
                       const Param *bias, const Real *x, Real *y);

/* The gradients of a channel-major projection y (channels, rows) = weight x' + bias of one chunk, and
   dx (rows, width) = dy' weight + beta dx. */
void ProjectionBackward(const Pass *pass, int channels, int64_t rows, const Param *weight,
                        const Param *bias, const Real *dy, const Real *x, Real beta, Real *dx);

/* Attention within each neuron: y = x + W_o attend(norm(x), source) + b_o. As self-attention
   (encoder) the source is norm(x), as cross-attention (decoder) the encoder's output as it is. */
typedef struct {
  Projections p;
  PetscBool self;
  Real *q;  /* (tokens, E) by chunks channel-major, with keys and values behind it if self */
  Real *kv; /* cross: (source tokens, 2 E) by chunks of the source, channel-major */
  Real *o;  /* (tokens, E) by chunks channel-major */
} LocalAttention;

PetscErrorCode LocalAttentionCreate(LocalAttention *layer, PetscBool self, const Weights *weights,
                                    const char *prefix, const char *norm, const ModelShape *shape,
                                    int64_t rows, int64_t source_rows);
PetscErrorCode LocalAttentionDestroy(LocalAttention *layer);

/*@
  LocalAttentionForward - the norm of x has been gathered; y is gathered into `next`

  Collective on the group of the model
  Input:  source - tokens of the same pairs, (source tokens, width); NULL for self-attention. The
                   chunks of `tokens` are whole numbers of those of `source_tokens`.
  Output: y      - (tokens, width), another array than x
@*/
PetscErrorCode LocalAttentionForward(LocalAttention *layer, const Pass *pass, const Tokens *tokens,
                                     const Real *x, const Tokens *source_tokens, const Real *source,
                                     Norm *next, Real *y);

/*@
  LocalAttentionBackward - see FeedForwardBackward(); dsource (source tokens, width) is added to
@*/
PetscErrorCode LocalAttentionBackward(LocalAttention *layer, const Pass *pass, const Tokens *tokens,
                                      const Real *x, const Tokens *source_tokens,
                                      const Real *source, PendingNorm pending, Real *g, Real *dn,
                                      Real *dsource);

/* Attention of the neurons' tokens to all tokens of all neurons of a sample, the neurons being spread
   over a ring of ranks. Keys and values stay where they are. */
typedef struct {
  Projections p;
  PetscBool self;
  int64_t key_stride; /* between the channels of a sample's keys */
  Real *kv, *dkv;     /* (samples, 2 E, key_stride) keys, values and their gradients; key = lag *
                         n_local + neuron */
  Real *q, *o;        /* (tokens, E) in ring order: sample, neuron, token; o normalised */
  Real *lse;          /* (tokens, heads) log of the sum of exp(score) */
  Ring ring;
} GlobalAttention;

/*@
  GlobalAttentionCreate - for batches of at most as many samples as `tokens` and `source_tokens` say
@*/
PetscErrorCode GlobalAttentionCreate(GlobalAttention *layer, PetscBool self, const Weights *weights,
                                     const char *prefix, const char *norm, const ModelShape *shape,
                                     const Tokens *tokens, const Tokens *source_tokens);
PetscErrorCode GlobalAttentionDestroy(GlobalAttention *layer);

/*@
  GlobalAttentionForward / GlobalAttentionBackward - as LocalAttention's

  Cost: n_ring - 1 hops of the queries to work, and one home: (2 E + 2 heads) numbers per token and
        hop forward, (3 E + 2 heads) backward, in two messages each
@*/
PetscErrorCode GlobalAttentionForward(GlobalAttention *layer, const Pass *pass,
                                      const Tokens *tokens, const Real *x,
                                      const Tokens *source_tokens, const Real *source,
                                      const Partition *partition, Norm *next, Real *y);
PetscErrorCode GlobalAttentionBackward(GlobalAttention *layer, const Pass *pass,
                                       const Tokens *tokens, const Real *x,
                                       const Tokens *source_tokens, const Real *source,
                                       const Partition *partition, PendingNorm pending, Real *g,
                                       Real *dn, Real *dsource);

/*@
  GlobalAttentionScores - after a forward pass: adds each target's attention to this rank's neurons

  Collective on the ring
  In/out: score - (n_neurons targets, n_local sources): sum over samples, heads, lags and the
          tokens of the target
@*/
PetscErrorCode GlobalAttentionScores(GlobalAttention *layer, const Pass *pass, const Tokens *tokens,
                                     const Tokens *source_tokens, const Partition *partition,
                                     double *score);

/*@
  GlobalAttentionNorms - as GlobalAttentionScores(), of the norms of what the targets get from the tokens of a source:
  | sum over heads of attention x W_o value |

  Source: Kobayashi et al. 2020, Attention is Not Only a Weight
  Cost:   2 E^2 flops for each source token, rank and sample; heads (heads + 1) for each pair of tokens
@*/
PetscErrorCode GlobalAttentionNorms(GlobalAttention *layer, const Pass *pass, const Tokens *tokens,
                                    const Tokens *source_tokens, const Partition *partition,
                                    double *score);

#endif
