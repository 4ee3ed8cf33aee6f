/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CAUSALFORMER_H
#define CAUSEWAY_CAUSALFORMER_H

#include "attention.h"
#include "embedding.h"
#include "feedforward.h"
#include "forecast_model.h"

/* The transformer of Lu et al. (2023) on a grid of ranks: tokens are (neuron, lag) pairs; the encoder
   attends within each neuron, the decoder's one token per neuron and forecast sample first to its
   own neuron and then to all tokens of all neurons. That last attention is the causal graph. */

typedef struct {
  LocalAttention local;
  GlobalAttention global; /* with ENCODER_FULL */
  FeedForward feedforward;
  Real *input, *middle[2]; /* (tokens, width) inputs of the three */
} EncoderLayer;

typedef struct {
  LocalAttention local;
  GlobalAttention global;
  FeedForward feedforward;
  Real *input, *middle[2];
} DecoderLayer;

typedef struct {
  ForecastModel base;
  Tokens encoder_tokens, decoder_tokens; /* of the largest batch, then of the batch under way */
  Embedding embedding;
  EncoderLayer *encoder;
  DecoderLayer *decoder;
  Param head_weight, head_bias; /* (1, width), (1) */
  Real *encoded, *decoded;      /* (tokens, width) outputs of encoder and decoder */
  Real *slope;                  /* (decoder tokens) of the loss by the head's output */
  Real *g[2], *dn[2];           /* (tokens, width) gradients of encoder [0] and decoder [1] */
  Workspace work;
} Causalformer;

/* The published hyper-parameters and training. */
extern const ForecasterType CausalformerType;

/* The published model, of as many neurons. */
static inline ModelShape ModelShapePublished(int64_t n_neurons)
{
  ModelShape shape = CausalformerType.shape;

  shape.n_neurons = n_neurons;
  return shape;
}

/*@
  CausalformerCreate - weights zero until WeightsInitialize() or WeightsRead()

  Collective on the group of the grid
  Input: batch_size - most samples of a batch, of all ranks
@*/
PetscErrorCode CausalformerCreate(const ModelShape *shape, const TrainGrid *grid,
                                  const Kernels *kernels, int64_t batch_size, Causalformer *model);
PetscErrorCode CausalformerDestroy(Causalformer *model);

/*@
  CausalformerForward - forecasts of a batch, and their loss

  Collective on the group of the grid
  Input:  batch      - its part on this rank; borrowed
          training   - batch statistics, dropout, and what the way back needs
          seed, member, step - keys of the dropout masks
  Output: prediction - (n_samples, n_local, horizon), or NULL
          loss       - sum over the entries of this rank
@*/
PetscErrorCode CausalformerForward(Causalformer *model, const Batch *batch, PetscBool training,
                                   uint32_t seed, int64_t member, int64_t step, Real *prediction,
                                   double *loss);

/*@
  CausalformerBackward - gradients of the mean loss over all entries of all ranks

  Collective on the group of the grid; after CausalformerForward() with training and the same
  arguments
  Output: model->base.weights.gradient - the same on all ranks of the group, rows of the neurons apart
@*/
PetscErrorCode CausalformerBackward(Causalformer *model, const Batch *batch, uint32_t seed,
                                    int64_t member, int64_t step);

/*@
  CausalformerScores - after a forward pass without training: adds the attention of its samples

  Collective on the ring
  In/out: score - (n_neurons targets, n_local sources), summed over samples, layers, heads, lags and
          forecast samples
@*/
PetscErrorCode CausalformerScores(Causalformer *model, double *score);

/* The same of GlobalAttentionNorms(). */
PetscErrorCode CausalformerNorms(Causalformer *model, double *score);

/*@
  CausalformerCost - flops of a forward pass of one sample, and bytes of this rank

  Not collective. Input: n_samples, n_local - of the fullest rank
@*/
double CausalformerFlops(const ModelShape *shape);
double CausalformerMemory(const ModelShape *shape, int64_t n_samples, int64_t n_local);

#endif
