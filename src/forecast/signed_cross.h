/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIGNED_CROSS_H
#define CAUSEWAY_SIGNED_CROSS_H

#include "model.h"

/* Cross-attention over identities: the weights do not depend on the sample, so that the mixing of each head is one
   product (targets x sources) (sources x samples and channels). Targets and their rows of weights stay on their ranks,
   the messages of the sources go around the ring. */

typedef struct {
  int heads, width, key_width;
  Partition partition; /* of the neurons over the ring */
  Param query, key;    /* (heads key_width, embedding width) */
  Param bias;          /* (n_local, heads, n_global), values NULL for none */
  Real *weight;        /* (n_local, heads, n_global) rows of the softmax, 0 for the neuron itself */
  Real *dweight;       /* of the same shape, on the way back */
  Real *queries, *keys; /* (n_local, heads key_width), (n_global, heads key_width) */
  int64_t most;         /* samples */
  Real *own,
      *block
          [2]; /* (heads, neurons, samples, width) messages with gain, of this rank and on their way */
  Real *out; /* (heads, n_local, samples, width) */
} Cross;

/*@
  CrossDeclare - declares the tensors
  CrossCreate  - `most`: samples of a batch on this rank
@*/
PetscErrorCode CrossDeclare(Weights *weights, const ModelShape *shape);
PetscErrorCode CrossCreate(Cross *cross, const Weights *weights, const ModelShape *shape,
                           int64_t most);
PetscErrorCode CrossDestroy(Cross *cross);

/*@
  CrossWeights - the rows of the softmax from embeddings (n_local, width); collective on the ring
@*/
PetscErrorCode CrossWeights(Cross *cross, const ModelShape *shape, const Real *target,
                            const Real *source);

/*@
  CrossForward - mixed (pairs, channels) = weights x (gain x messages (pairs, channels)); pair = sample * n_local + neuron

  Collective on the ring
  Cost: 2 N channels flops a pair; P - 1 messages of (samples x neurons x channels) numbers
@*/
PetscErrorCode CrossForward(Cross *cross, int64_t n_samples, const Real *gain, const Real *messages,
                            Real *mixed);

/*@
  CrossBackward - after CrossForward() of the same

  Collective on the ring
  Input:  dmixed    - (pairs, channels)
  Output: dmessages - (pairs, channels); gradients of gain, bias, query, key, target and source are added to
  Cost: 4 N channels flops a pair; P messages twice as long
@*/
PetscErrorCode CrossBackward(Cross *cross, const ModelShape *shape, int64_t n_samples,
                             const Param *gain, const Real *messages, const Real *dmixed,
                             Real *dmessages, const Param *target, const Param *source);

#endif
