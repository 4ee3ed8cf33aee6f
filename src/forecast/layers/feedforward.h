/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FEEDFORWARD_H
#define CAUSEWAY_FEEDFORWARD_H

#include "layers/norm.h"

/* y = x + dropout(W2 dropout(gelu(W1 norm(x) + b1)) + b2), token by token */
typedef struct {
  Norm norm;
  Param weight1, bias1, weight2, bias2; /* (hidden, width), (hidden), (width, hidden), (width) */
  int site;                             /* of the two dropout masks */
  Real *hidden; /* (tokens, hidden) input of gelu, kept for the backward pass */
} FeedForward;

/* Declares PREFIX.NORM and PREFIX.{conv1,conv2}, for at most `rows` tokens. */
PetscErrorCode FeedForwardDeclare(Weights *weights, const char *prefix, const char *norm,
                                  const ModelShape *shape);
PetscErrorCode FeedForwardCreate(FeedForward *layer, const Weights *weights, const char *prefix,
                                 const char *norm, const ModelShape *shape, int site, int64_t rows);
PetscErrorCode FeedForwardDestroy(FeedForward *layer);

/*@
  FeedForwardForward - forward pass; the norm of x has been gathered before, and y is gathered into `next`

  Collective on the group of the model
  Input:  x - (tokens, width);  next - norm that takes y, or NULL
  Output: y - (tokens, width), a different array from x
@*/
PetscErrorCode FeedForwardForward(FeedForward *layer, const Pass *pass, const Tokens *tokens,
                                  const Real *x, Norm *next, Real *y);

/*@
  FeedForwardBackward - computes the gradients of the weights and of the normed input

  Collective on the group of the model
  In/out: g  - (tokens, width) gradient of y and, through the residual connection, of x; the pending gradient is added
               first
          dn - (tokens, width) gradient of the pending norm's output; becomes that of norm(x)
@*/
PetscErrorCode FeedForwardBackward(FeedForward *layer, const Pass *pass, const Tokens *tokens,
                                   const Real *x, PendingNorm pending, Real *g, Real *dn);

#endif
