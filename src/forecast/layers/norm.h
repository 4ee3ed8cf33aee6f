/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NORM_H
#define CAUSEWAY_NORM_H

#include "model.h"

/* Normalisation of the input of a sub-layer: over batch and tokens for each channel (batch), over the channels of each token
   (layer), or none. The statistics of a batch norm cover all ranks: they are gathered chunk by chunk while the input is
   computed, then reduced once. */
typedef struct {
  NormType type;
  int d;
  Param gamma, beta, running_mean, running_var;
  double *sum;         /* (2 d) gathered: forward sum and square, backward sum and product */
  Real *scale, *shift; /* (d) y = scale x + shift */
  Real *mean, *rstd;   /* (d) of the batch */
  Real *a, *b, *e;     /* (d) dx += a dy + b x + e */
} Norm;

/* Declares PREFIX.norm.{weight,bias} and, for batch, the running statistics. */
PetscErrorCode NormDeclare(Weights *weights, const char *prefix, const ModelShape *shape);
PetscErrorCode NormCreate(Norm *norm, const Weights *weights, const char *prefix,
                          const ModelShape *shape);
PetscErrorCode NormDestroy(Norm *norm);

/*@
  NormGather / NormReduce / NormApply - forward pass: gather every chunk of x, reduce, then apply

  NormReduce() is collective on the group of the model when training with batch norm; it then
  updates the running statistics (momentum 0.1, unbiased variance).

  Input:  n_tokens - number of tokens on all ranks
          x - (rows, d);  Output: y - (rows, d)
@*/
void NormGather(Norm *norm, const Pass *pass, int64_t rows, const Real *x);
PetscErrorCode NormReduce(Norm *norm, const Pass *pass, int64_t n_tokens);
void NormApply(const Norm *norm, const Pass *pass, int64_t rows, const Real *x, Real *y);

/*@
  NormGatherBackward / NormReduceBackward / NormBackward - the corresponding backward pass; adds to dx
@*/
void NormGatherBackward(Norm *norm, const Pass *pass, int64_t rows, const Real *dy, const Real *x);
PetscErrorCode NormReduceBackward(Norm *norm, const Pass *pass, int64_t n_tokens);
void NormBackward(const Norm *norm, const Pass *pass, int64_t rows, const Real *x, const Real *dy,
                  Real *dx);

/* A norm whose backward pass has not yet been added to the gradient of its input x; the next sub-layer of the backward pass
   adds it, chunk by chunk. */
typedef struct {
  const Norm *norm; /* NULL for none */
  const Real *x;    /* its input, all tokens */
} PendingNorm;

/* Adds the pending gradient of the chunk to g (rows, d); dn: gradients of the norm's output. */
void PendingNormAdd(const PendingNorm *pending, const Pass *pass, const Chunk *chunk,
                    const Real *dn, Real *g);

#endif
