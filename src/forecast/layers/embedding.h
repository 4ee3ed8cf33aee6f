/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EMBEDDING_H
#define CAUSEWAY_EMBEDDING_H

#include "layers/norm.h"
#include "windows.h"

/* Embedding of samples as tokens, with the same weights for encoder and decoder:
   token = dropout(sin(position w + b) + W [time, value]) + dropout(space[neuron]),
   where `time` is a linear function of the time in seconds. Time2Vec of Kazemi et al. (2019). */
typedef struct {
  Param time_weight, time_bias;   /* (1) */
  Param local_weight, local_bias; /* (width + 1), the first is unused */
  Param value_weight, value_bias; /* (width, 2) of time and value, (width) */
  Param space;                    /* (n_local, width) */
  int positions;                  /* max(context, horizon) */
  Real *position, *dposition;     /* (positions, width) with the bias of the value map */
  Real *column, *dcolumn;         /* (2, width) the value map transposed */
} Embedding;

PetscErrorCode EmbeddingDeclare(Weights *weights, const ModelShape *shape);
PetscErrorCode EmbeddingCreate(Embedding *embedding, const Weights *weights,
                               const ModelShape *shape);
PetscErrorCode EmbeddingDestroy(Embedding *embedding);

/*@
  EmbeddingForward - tokens of the context (encoder), or of the samples to forecast, whose value is 0

  Not collective. Call EmbeddingPrepare() once per pass before it.
  Output: x - (tokens, width), also gathered into `next`
@*/
void EmbeddingPrepare(Embedding *embedding, const ModelShape *shape);
void EmbeddingForward(Embedding *embedding, const Pass *pass, const Tokens *tokens,
                      const Batch *batch, PetscBool encoder, Norm *next, Real *x);

/*@
  EmbeddingBackward - adds to the gradients, from g (tokens, width) plus the pending gradient
  EmbeddingFinish   - called once per pass, after encoder and decoder
@*/
void EmbeddingBackward(Embedding *embedding, const Pass *pass, const Tokens *tokens,
                       const Batch *batch, PetscBool encoder, PendingNorm pending, const Real *dn,
                       Real *g);
void EmbeddingFinish(Embedding *embedding, const ModelShape *shape);

#endif
