/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_KERNELS_H
#define CAUSEWAY_KERNELS_H

#include "real.h"

/* Inner loops of the forecasters, besides the matrix products of BLAS. Each instruction set has a table of them, chosen when
   the program starts, because the nodes of a cluster often differ from the machine that compiled it. A table of plain loops
   is the reference against which the others are tested.

   Activations are (rows, channels) with the channels contiguous, or channel-major: (channels,
   tokens) with the tokens contiguous, channel c at c * stride. */

/* Attention within the tokens of each (sample, neuron) pair, for a run of pairs. Token t of pair p is at t * step + p, so
   the pairs are the lanes of a vector. */
typedef struct {
  int64_t n_pairs;
  int n_queries, n_keys; /* tokens of a pair */
  int heads, width;      /* channel = head * width + c */
  int64_t query_stride, query_step, key_stride, key_step;
} LocalShape;

/* Attention of queries to all keys of one sample. Keys and values are channel-major; their stride is a multiple of
   LANES_MOST, with zeros beyond n_keys. Queries are (n_queries, heads * width). */
typedef struct {
  int heads, width;
  int64_t n_keys, key_stride;
} GlobalShape;

enum { LANES_MOST = 16, HEAD_WIDTH_MOST = 64, CONTEXT_MOST = 256 };

/* Random words decide what dropout keeps: a channel stays when its 16 bits reach `cut`, and is multiplied by `keep`. NULL
   words keep all channels unchanged. */
typedef struct {
  const uint16_t *words; /* (rows, stride), or NULL */
  int64_t stride;
  uint16_t cut;
  Real keep;
} Dropout;

/* Key of a block of random words: one Philox stream, counted by token and channel. */
typedef struct {
  uint32_t seed, purpose, step, member_site;
} DropoutKey;

typedef struct {
  /* y = scale x + shift */
  void (*affine)(int64_t rows, int d, const Real *x, const Real *scale, const Real *shift, Real *y);
  /* dx += a dy + b x + e */
  void (*affine_add)(int64_t rows, int d, const Real *a, const Real *dy, const Real *b,
                     const Real *x, const Real *e, Real *dx);
  /* sum += columns of x, square += of x^2 */
  void (*moments)(int64_t rows, int d, const Real *x, double *sum, double *square);
  /* sum += columns of dy, product += of dy (x - mean) rstd */
  void (*moments_backward)(int64_t rows, int d, const Real *dy, const Real *x, const Real *mean,
                           const Real *rstd, double *sum, double *product);
  /* each row to mean 0 and variance 1, then times gamma plus beta */
  void (*layer_norm)(int64_t rows, int d, const Real *x, const Real *gamma, const Real *beta,
                     Real epsilon, Real *y);
  /* dx += its backward; dgamma, dbeta += */
  void (*layer_norm_backward)(int64_t rows, int d, const Real *x, const Real *gamma, Real epsilon,
                              const Real *dy, Real *dx, Real *dgamma, Real *dbeta);
  /* out = x + dropout(y + bias) */
  void (*residual)(int64_t rows, int d, const Real *y, const Real *bias, Dropout dropout,
                   const Real *x, Real *out);
  /* dy = dropout(dout), dbias += its columns */
  void (*residual_backward)(int64_t rows, int d, const Real *dout, Dropout dropout, Real *dy,
                            Real *dbias);
  /* y (channels, stride): row c becomes bias[c]; and dbias[c] += the sum of row c */
  void (*bias_channels)(int channels, int64_t tokens, int64_t stride, const Real *bias, Real *y);
  void (*bias_channels_backward)(int channels, int64_t tokens, int64_t stride, const Real *dy,
                                 Real *dbias);
  /* One token: out = dropout(position + time weight_time + value weight_value) + dropout(space);
     each mask has one row of words, or NULL. */
  void (*embed)(int d, const Real *position, Real time, const Real *weight_time, Real value,
                const Real *weight_value, Dropout mask, const Real *space, Dropout space_mask,
                Real *out);
  /* Adds the gradients of embed(); returns the gradient of the time. */
  Real (*embed_backward)(int d, const Real *dout, Real time, const Real *weight_time, Real value,
                         Dropout mask, Dropout space_mask, Real *dposition, Real *dweight_time,
                         Real *dweight_value, Real *dspace);
  /* words (rows, stride) of tokens `token[row]`, stride = KernelWords(channels) */
  void (*random_words)(DropoutKey key, int64_t rows, const int64_t *token, int64_t stride,
                       uint16_t *words);
  /* one step of AdamW; the gradient is multiplied by gradient_scale first */
  void (*adamw)(int64_t n, Real *value, const Real *gradient, Real *first, Real *second,
                Real gradient_scale, Real rate, Real decay, Real beta1, Real beta2, Real epsilon,
                Real correction1, Real correction2);
} ElementKernels;

typedef struct {
  /* h += bias; a = dropout(gelu(h)) */
  void (*gelu)(int64_t rows, int d, const Real *bias, Dropout dropout, Real *h, Real *a);
  /* a = dropout(gelu(h)) once more; da becomes dh; dbias += columns of dh */
  void (*gelu_backward)(int64_t rows, int d, const Real *h, Dropout dropout, Real *a, Real *da,
                        Real *dbias);
  void (*local_forward)(const LocalShape *shape, const Real *q, const Real *k, const Real *v,
                        Real *o);
  /* dq, dk, dv are set */
  void (*local_backward)(const LocalShape *shape, const Real *q, const Real *k, const Real *v,
                         const Real *dout, Real *dq, Real *dk, Real *dv);
  /* Adds the keys of this rank to the running output: o (n_queries, heads * width) is the sum of
     exp(s - max) v, sum (n_queries, heads) that of exp(s - max); start from 0, 0 and max =
     SCORE_LOWEST. */
  void (*global_forward)(const GlobalShape *shape, int64_t n_queries, const Real *q, const Real *k,
                         const Real *v, Real *o, Real *max, Real *sum);
  /* lse = log of the sum of exp(s), delta = sum of dout o: (n_queries, heads). dq, dk, dv += */
  void (*global_backward)(const GlobalShape *shape, int64_t n_queries, const Real *q,
                          const Real *dout, const Real *lse, const Real *delta, const Real *k,
                          const Real *v, Real *dq, Real *dk, Real *dv);
  /* weight[key] = attention of one query, summed over heads; weight has key_stride entries */
  void (*global_weights)(const GlobalShape *shape, const Real *q, const Real *lse, const Real *k,
                         Real *weight);
  /* The largest of n >= 1 numbers; x = exp(x - shift), whose sum is returned, for x - shift <= 88. */
  Real (*largest)(int64_t n, const Real *x);
  Real (*exponentials)(int64_t n, Real shift, Real *x);
} AttentionKernels;

#define SCORE_LOWEST ((Real)-1e30)

typedef struct {
  const char *name, *text;
  const ElementKernels *element;
  const AttentionKernels *attention;
} Kernels;

/* Random words of a row of `channels` channels: a whole number of vectors of Philox blocks. */
static inline int64_t KernelWords(int64_t channels)
{
  const int64_t block = 8 * (int64_t)LANES_MOST;

  return (channels + block - 1) / block * block;
}

/* Names for -train_kernels with an explanation: "auto", then those of this build; NULL beyond the last. */
const char *KernelName(int k, const char **text);

/*@
  KernelsFind - the table with this name; "auto" is the best table that this processor can run

  Not collective
  Output: (return value) static storage, NULL when the processor lacks the instructions
@*/
const Kernels *KernelsFind(const char *name);

#endif
