/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MODEL_H
#define CAUSEWAY_MODEL_H

#include "grid.h"
#include "kernels/kernels.h"
#include "weights.h"

/* Data shared by all layers: the shape of the model, the tokens of a batch on this rank, and the present pass. */

typedef enum { NORM_BATCH, NORM_LAYER, NORM_NONE } NormType;
typedef enum { LOSS_MSE, LOSS_POISSON, LOSS_BCE, LOSS_TYPES } LossType;

/* The shape of a model; the shape of a type begins with it. */
typedef struct {
  int64_t n_neurons;    /* -1 until known */
  int context, horizon; /* number of samples seen, and forecast */
  int width;            /* channels of a token, d */
  int heads, head_width;
  int hidden;     /* channels inside the feed-forward layers */
  int norm, loss; /* NormType; LossType, or a loss of the type */
  double dropout;
} ModelShape;

/* Number of channels of all heads. */
static inline int ModelHeads(const ModelShape *shape)
{
  return shape->heads * shape->head_width;
}

/* The tokens of a batch on this rank. A pair is a sample and a neuron, pair = sample * n_local + neuron; it has `per_pair`
   tokens (the lags of its context, or the samples to be forecast). Tokens are stored in chunks of pairs, small enough for a
   layer's results on a chunk to stay in the second-level cache. In a chunk, token t of the p-th pair is row t * pairs + p. */
typedef struct {
  int64_t n_samples, first_sample; /* this rank's part of the whole batch */
  int64_t n_samples_global;
  int64_t n_local, first_neuron, n_global;
  int per_pair;
  int64_t chunk; /* number of pairs in a full chunk */
} Tokens;

typedef struct {
  int64_t first, pairs; /* pairs [first, first + pairs) */
  int64_t row, rows;    /* first token and number of tokens */
} Chunk;

static inline int64_t TokensPairs(const Tokens *tokens)
{
  return tokens->n_samples * tokens->n_local;
}

static inline int64_t TokensRows(const Tokens *tokens)
{
  return TokensPairs(tokens) * tokens->per_pair;
}

/* Number of tokens on all ranks. */
static inline int64_t TokensGlobal(const Tokens *tokens)
{
  return tokens->n_samples_global * tokens->n_global * tokens->per_pair;
}

/* The chunk that starts with pair `first`. */
static inline Chunk TokensChunk(const Tokens *tokens, int64_t first)
{
  const int64_t pairs = PetscMin(tokens->chunk, TokensPairs(tokens) - first);

  return (Chunk){first, pairs, first * tokens->per_pair, pairs * tokens->per_pair};
}

/* A trained tensor and its gradient, borrowed from Weights. */
typedef struct {
  Real *value, *gradient;
} Param;

/*@
  ParamFind - finds the tensor PREFIX.SUFFIX of allocated weights
@*/
PetscErrorCode ParamFind(const Weights *weights, const char *prefix, const char *suffix,
                         Param *param);

/*@
  LinearDeclare - declares PREFIX.weight (outputs, inputs) and PREFIX.bias (outputs), initially uniform in
  +-1/sqrt(inputs)

  Input: convolution - whether the weight has a third dimension of 1, as in the published feed-forward maps
@*/
PetscErrorCode LinearDeclare(Weights *weights, const char *prefix, int64_t outputs, int64_t inputs,
                             PetscBool convolution);

/* Scratch of one chunk, shared by all layers. */
typedef struct {
  int64_t n_rows;     /* rows of the largest chunk */
  Real *normed;       /* (n_rows, width) */
  Real *narrow;       /* (n_rows, width or heads) */
  Real *wide[2];      /* (n_rows, widest) */
  uint16_t *words[2]; /* (n_rows, KernelWords(widest)) */
  int64_t *token;     /* (n_rows) */
} Workspace;

/* Dropout masks: one for each place in the model. */
enum {
  SITE_ENCODER_VALUE,
  SITE_ENCODER_SPACE,
  SITE_DECODER_VALUE,
  SITE_DECODER_SPACE,
  SITE_LAYERS
};

/* A forward (and backward) pass. */
typedef struct {
  const ModelShape *shape;
  const Kernels *kernels;
  const TrainGrid *grid;
  Workspace *work;
  PetscBool training; /* batch statistics and dropout */
  uint32_t seed;
  int64_t member, step; /* keys of the dropout masks */
} Pass;

/*@
  PassDropout - mask of a chunk at one place of the model

  Not collective
  Output: (return value) with words in work->words[which], or NULL when not training
@*/
Dropout PassDropout(const Pass *pass, const Tokens *tokens, const Chunk *chunk, int site,
                    int channels, int which);

#endif
