/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIGNED_H
#define CAUSEWAY_SIGNED_H

#include "forecast_model.h"
#include "layers/feedforward.h"
#include "readings/reading.h"
#include "signed/cross.h"

/* A transformer for finding connections. The own past of a neuron passes through its own network. Cross-attention mixes the
   signed messages of the other neurons' last samples into it. The result gives the forecast.

     h = own(past of i) + embedding of i;          h += FF(h)
     h += W_o sum over j != i of a_ij (g_j * V(gelu(W x_j + embedding of j)));    h += FF(h);    outputs = W h

   x_j are value and event of source j at its last lags; g_j is a gain by source and channel that may be negative; a_ij is,
   per head, the softmax of q_i k_j / sqrt(d) + bias_ij. Queries and keys come from the embeddings (identity), or from h and
   gelu(W x_j + embedding of j), anew for each sample (content). */
typedef struct {
  ForecastModel base;
  Tokens tokens; /* one per (sample, neuron) pair */
  Workspace work;
  int source_lags;
  int inputs, source_inputs, outputs, channels; /* channels of all heads */
  Param own[4];                                 /* two linear maps, weight and bias */
  Param target, source;                         /* (n_local, width) embeddings */
  Param map[2], value, gain; /* for a source's message; gain (n_local, channels) */
  Param out[2], head[2];
  FeedForward before, after; /* before and after the mixing */
  Cross cross;
  Real *own_input, *own_hidden;       /* (pairs, inputs), (pairs, hidden) */
  Real *source_input, *source_hidden; /* (pairs, source_inputs), (pairs, width) */
  Real *messages, *mixed;             /* (pairs, channels) without gain; what each target gets */
  Real *x[4];                         /* (pairs, width) before and after the three blocks */
  Real *output, *slope;               /* (pairs, outputs) and the loss's slopes */
  Real *g, *dn;                       /* (pairs, width) gradients */
} Signed;

extern const ForecasterType SignedType;

/* See ForecasterType. */
PetscErrorCode SignedForward(ForecastModel *model, const Batch *batch, PetscBool training,
                             uint32_t seed, int64_t member, int64_t step, Real *prediction,
                             double *loss);
PetscErrorCode SignedBackward(ForecastModel *model, const Batch *batch, uint32_t seed,
                              int64_t member, int64_t step);

/* Computes the messages of a batch into model->messages, from events and values in source_input. Not collective. */
void SignedMessages(Signed *model);

/* Computes the outputs of pairs [first, first + n) from x[1] and mixed; n is at most a chunk. Not collective. */
PetscErrorCode SignedFinish(Signed *model, const Pass *pass, const Tokens *tokens, const Real *x1,
                            const Real *mixed, Real *x2, Real *x3, Real *output);

/* Loss of the outputs of a pair. Not collective. */
double SignedLoss(const Signed *model, const Real *output, double y, int event);

/* Sums over the windows of a split and all batch parts, (n_local, 3 + 2 channels), of what sources send in their states; see
   messages.c. Freed by the caller. Collective on the group of the grid. */
PetscErrorCode SignedSumMessages(ForecastModel *model, const Windows *windows, int64_t batch_size,
                                 int64_t first, int64_t count, double **sums);

/* Means over a split of what sources send (n_local, channels), including the gain. Collective on the group of the grid. */
PetscErrorCode SignedMeanMessages(Signed *model, const Windows *windows, int64_t batch_size,
                                  int64_t first, int64_t count, double *mean);

/* Forecast from the outputs of a pair; event_value: mean value at the neuron's events. Not collective. */
double SignedForecast(const Signed *model, const Real *output, double event_value);

/* Computes the weights into cross.weight: their means over the windows of a split if they differ. Collective on the group. */
PetscErrorCode SignedMeanWeights(Signed *model, const Windows *windows, int64_t batch_size,
                                 int64_t first, int64_t count);

extern const Reading SignedAttention, SignedValueWeighted, SignedIntervention, SignedLossIncrease;

#endif
