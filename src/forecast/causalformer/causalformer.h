/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CAUSALFORMER_H
#define CAUSEWAY_CAUSALFORMER_H

#include "forecast_model.h"
#include "layers/attention.h"
#include "layers/embedding.h"
#include "layers/feedforward.h"
#include "readings/reading.h"

typedef enum { ENCODER_LOCAL, ENCODER_FULL } EncoderType;

typedef struct {
  ModelShape base;
  int encoder_layers, decoder_layers;
  int encoder; /* EncoderType */
} CausalformerShape;

/* The transformer of Lu et al. (2023) on a grid of ranks. Tokens are (neuron, lag) pairs. The encoder attends within each
   neuron. The decoder has one token per neuron and forecast sample; it attends first to its own neuron, then to all tokens
   of all neurons. This last attention is the causal graph. */

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
  Tokens encoder_tokens, decoder_tokens; /* of the largest batch, then of the present batch */
  Embedding embedding;
  int encoder_layers, decoder_layers;
  PetscBool is_full; /* ENCODER_FULL */
  EncoderLayer *encoder;
  DecoderLayer *decoder;
  Param head_weight, head_bias; /* (1, width), (1) */
  Real *encoded, *decoded;      /* (tokens, width) outputs of encoder and decoder */
  Real *slope;                  /* (decoder tokens) derivative of the loss by the head's output */
  Real *g[2], *dn[2];           /* (tokens, width) gradients of encoder [0] and decoder [1] */
  Workspace work;
} Causalformer;

/* The published hyper-parameters and training. */
extern const ForecasterType CausalformerType;

/* Sets the published shape for n_neurons neurons. Not collective. */
PetscErrorCode CausalformerPublished(int64_t n_neurons, CausalformerShape *shape);

/*@
  CausalformerCreate - creates a model; weights are zero until WeightsInitialize() or WeightsRead()

  Collective on the group of the grid
  Input: batch_size - largest number of samples of a batch, on all ranks
@*/
PetscErrorCode CausalformerCreate(const CausalformerShape *shape, const TrainGrid *grid,
                                  const Kernels *kernels, int64_t batch_size, Causalformer *model);
PetscErrorCode CausalformerDestroy(Causalformer *model);

/*@
  CausalformerForward - computes the forecasts of a batch and their loss

  Collective on the group of the grid
  Input:  batch      - part of the batch on this rank; borrowed
          training   - whether to use batch statistics and dropout, and to keep what the backward pass needs
          seed, member, step - keys of the dropout masks
  Output: prediction - (n_samples, n_local, horizon), or NULL
          loss       - sum over the entries of this rank
@*/
PetscErrorCode CausalformerForward(Causalformer *model, const Batch *batch, PetscBool training,
                                   uint32_t seed, int64_t member, int64_t step, Real *prediction,
                                   double *loss);

/*@
  CausalformerBackward - computes the gradients of the mean loss over all entries of all ranks

  Collective on the group of the grid; call it after CausalformerForward() with training and the same arguments
  Output: model->base.weights.gradient - the same on all ranks of the group, except for the rows of neurons
@*/
PetscErrorCode CausalformerBackward(Causalformer *model, const Batch *batch, uint32_t seed,
                                    int64_t member, int64_t step);

/*@
  CausalformerScores - adds the attention of the samples of the last forward pass without training

  Collective on the ring
  In/out: score - (n_neurons targets, n_local sources), summed over samples, layers, heads, lags and
          forecast samples
@*/
PetscErrorCode CausalformerScores(Causalformer *model, double *score);

/* Adds the norms of GlobalAttentionNorms(), like CausalformerScores(). */
PetscErrorCode CausalformerNorms(Causalformer *model, double *score);

/*@
  CausalformerVisit - converts what a visitor of windows accumulates by columns to rows (n_local targets, n_neurons)

  Collective on the group of the grid
  Input: visitor - adds to its context, (n_neurons targets, n_local sources)
@*/
PetscErrorCode CausalformerVisit(ForecastModel *model, const Windows *windows, int64_t batch_size,
                                 int64_t first, int64_t count, ForecastVisitor visitor,
                                 double *rows);

extern const Reading CausalformerAttention, CausalformerValueWeighted;

/*@
  CausalformerFlops  - flops of a forward pass of one sample
  CausalformerMemory - memory of the fullest rank [bytes]

  Not collective
  Input: n_samples, n_local - samples and neurons of the fullest rank
@*/
double CausalformerFlops(const CausalformerShape *shape);
double CausalformerMemory(const CausalformerShape *shape, int64_t n_samples, int64_t n_local);

#endif
