/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIGNED_CROSS_H
#define CAUSEWAY_SIGNED_CROSS_H

#include "model.h"

/* With queries and keys from what target and source are in. */
typedef struct {
  Real *query, *dquery; /* (pairs, heads key_width) of the targets, times 1 / sqrt(key_width) */
  Real *key, *dkey;     /* (pairs, heads key_width) of the sources */
  Real *lse, *other;    /* (pairs, heads) log of the sum of exp(score); see signed_content.c */
  Real *weight, *slope; /* (n_local, neurons of a rank) of one sample and head */
  const Real *dout;     /* (pairs, channels); borrowed for a while */
} Content;

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
  const Kernels *kernels;
  PetscBool by_content;
  Content content; /* used then, instead of dweight, queries and keys */
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
                           const Kernels *kernels, int64_t most);
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

/* Parts of the above that the other kind of attention shares. */
typedef void (*CrossWork)(Cross *cross, int64_t n_samples, int64_t first, int64_t n, Real *block);

/* Takes cross->own, `row` numbers for each sample and neuron, to all ranks, with `home` back into the returned buffer. */
PetscErrorCode CrossGoRound(Cross *cross, int64_t n_samples, int64_t row, PetscBool home,
                            CrossWork work, Real **block);

/* Gradients of gain and messages, from those of their product in dmessages. */
void CrossGainBackward(const Cross *cross, int64_t n_samples, const Param *gain,
                       const Real *messages, Real *dmessages);

/*@
  ContentForward, ContentBackward - CrossForward(), CrossBackward() with weights of each sample

  Collective on the ring
  Input:  content.query, content.key - of all pairs, by ContentQueries() and the caller
  Output: content.dquery, content.dkey; the gradient of the bias is added to
  Cost: 2 N (channels + heads key_width) flops a pair, backward 4 to 5 times as many; the messages of identities with
        the keys in them
@*/
PetscErrorCode ContentCreate(Cross *cross);
PetscErrorCode ContentDestroy(Cross *cross);
PetscErrorCode ContentForward(Cross *cross, int64_t n_samples, const Real *gain,
                              const Real *messages, Real *mixed);
PetscErrorCode ContentBackward(Cross *cross, int64_t n_samples, const Param *gain,
                               const Real *messages, const Real *dmixed, Real *dmessages);

/* Queries of targets (pairs, width); and the gradients of both, added to. Not collective. */
void ContentQueries(Cross *cross, int64_t n_samples, int width, const Real *target);
void ContentQueriesBackward(Cross *cross, int64_t n_samples, int width, const Real *target,
                            Real *dtarget);

/* Adds the weights of all samples of the last ContentForward() to cross->weight. Collective on the ring. */
PetscErrorCode ContentAddWeights(Cross *cross, int64_t n_samples, const Real *gain,
                                 const Real *messages);

#endif
