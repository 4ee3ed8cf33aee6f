/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIGNED_CROSS_H
#define CAUSEWAY_SIGNED_CROSS_H

#include "causeway/internal/parallel/ring.h"
#include "signed/shape.h"

/* Data for queries and keys that depend on the states of target and source. */
typedef struct {
  Real *query, *dquery; /* (pairs, heads key_width) of the targets, times 1 / sqrt(key_width) */
  Real *key, *dkey;     /* (pairs, heads key_width) of the sources */
  Real *lse, *other;    /* (pairs, heads) log of the sum of exp(score); see content.c */
  Real *weight, *slope; /* (n_local, neurons of a rank) of one sample and head */
  const Real *dout;     /* (pairs, channels); borrowed during a call */
} Content;

/* Cross-attention over identities: the weights do not depend on the sample, so mixing is one product per head, (targets x
   sources) (sources x samples and channels). Targets and their rows of weights stay on their ranks; the messages of the
   sources travel around the ring. */

typedef struct {
  int heads, width, key_width;
  Partition partition; /* of the neurons over the ring */
  Param query, key;    /* (heads key_width, embedding width) */
  Param bias;          /* (n_local, heads, n_global), values NULL for none */
  Real *weight;        /* (n_local, heads, n_global) rows of the softmax, 0 for the neuron itself */
  Real *dweight;       /* gradient of `weight` */
  Real *queries, *keys; /* (n_local, heads key_width), (n_global, heads key_width) */
  int64_t most;         /* largest number of samples */
  const Kernels *kernels;
  PetscBool by_content;
  Content content; /* used with content instead of dweight, queries and keys */
  RingTrip ring;   /* with one part: messages times gain */
  Real *out;       /* (heads, n_local, samples, width) */
} Cross;

/*@
  CrossDeclare - declares the tensors
  CrossCreate  - allocates the arrays; `most`: largest number of samples of a batch on this rank
@*/
PetscErrorCode CrossDeclare(Weights *weights, const SignedShape *shape);
PetscErrorCode CrossCreate(Cross *cross, const Weights *weights, const SignedShape *shape,
                           const Kernels *kernels, int64_t most);
PetscErrorCode CrossDestroy(Cross *cross);

/*@
  CrossWeights - computes the rows of the softmax from embeddings (n_local, width); collective on the ring
@*/
PetscErrorCode CrossWeights(Cross *cross, const ModelShape *shape, const Real *target,
                            const Real *source);

/*@
  CrossForward - mixed (pairs, channels) = weights x (gain x messages (pairs, channels)); pair = sample * n_local + neuron

  Collective on the ring
  Cost: 2 N channels flops per pair; P - 1 messages of (samples x neurons x channels) numbers
@*/
PetscErrorCode CrossForward(Cross *cross, int64_t n_samples, const Real *gain, const Real *messages,
                            Real *mixed);

/*@
  CrossBackward - backward pass of the last CrossForward()

  Collective on the ring
  Input:  dmixed    - (pairs, channels)
  Output: dmessages - (pairs, channels); adds to the gradients of gain, bias, query, key, target and source
  Cost: 4 N channels flops per pair; P messages of twice the length
@*/
PetscErrorCode CrossBackward(Cross *cross, const ModelShape *shape, int64_t n_samples,
                             const Param *gain, const Real *messages, const Real *dmixed,
                             Real *dmessages, const Param *target, const Param *source);

/* Functions shared by both kinds of attention. */
typedef void (*CrossWork)(Cross *cross, int64_t n_samples, int64_t first, int64_t n, Real *block);

/* Block of this rank that travels around the ring and returns. */
static inline Real *CrossOwn(const Cross *cross)
{
  return cross->ring.here[0];
}

/* Sends CrossOwn(), `row` numbers for each sample and neuron, around the ring. Collective on the ring. */
PetscErrorCode CrossGoRound(Cross *cross, int64_t n_samples, int64_t row, RingMode mode,
                            CrossWork work);

/* Computes the gradients of gain and messages from those of their product, in dmessages. */
void CrossGainBackward(const Cross *cross, int64_t n_samples, const Param *gain,
                       const Real *messages, Real *dmessages);

/*@
  ContentForward, ContentBackward - CrossForward(), CrossBackward() with weights for each sample

  Collective on the ring
  Input:  content.query, content.key - for all pairs, from ContentQueries() and the caller
  Output: content.dquery, content.dkey; adds to the gradient of the bias
  Cost: 2 N (channels + heads key_width) flops per pair, backward 4 to 5 times as many; messages as for identities, with
        the keys added
@*/
PetscErrorCode ContentCreate(Cross *cross);
PetscErrorCode ContentDestroy(Cross *cross);
PetscErrorCode ContentForward(Cross *cross, int64_t n_samples, const Real *gain,
                              const Real *messages, Real *mixed);
PetscErrorCode ContentBackward(Cross *cross, int64_t n_samples, const Param *gain,
                               const Real *messages, const Real *dmixed, Real *dmessages);

/* Compute the queries of targets (pairs, width), and add to the gradients of both. Not collective. */
void ContentQueries(Cross *cross, int64_t n_samples, int width, const Real *target);
void ContentQueriesBackward(Cross *cross, int64_t n_samples, int width, const Real *target,
                            Real *dtarget);

/* Adds the weights of all samples of the last ContentForward() to cross->weight. Collective on the ring. */
PetscErrorCode ContentAddWeights(Cross *cross, int64_t n_samples, const Real *gain,
                                 const Real *messages);

#endif
