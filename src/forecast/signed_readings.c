/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a trained signed forecaster says of pairs of neurons. */
#include "signed.h"

#include "reduce.h"

#include <math.h>

static PetscErrorCode add_weights(ForecastModel *model, const Batch *batch, void *context)
{
  Signed *m = (Signed *)model;

  PetscFunctionBegin;
  (void)context;
  PetscCall(ContentAddWeights(&m->cross, batch->n_samples, m->gain.value, m->messages));
  PetscFunctionReturn(0);
}

PetscErrorCode SignedMeanWeights(Signed *m, const Windows *windows, int64_t batch_size,
                                 int64_t first, int64_t count)
{
  const int64_t length = m->tokens.n_local * m->cross.heads * m->base.shape.n_neurons;

  PetscFunctionBegin;
  if (!m->cross.by_content) {
    PetscCall(CrossWeights(&m->cross, &m->base.shape, m->target.value, m->source.value));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscArrayzero(m->cross.weight, length));
  PetscCall(ForecastVisit(&m->base, windows, batch_size, first, count, add_weights, NULL));
  PetscCall(SumOverRanks(m->base.grid->batch, length, MPI_REAL_TYPE, m->cross.weight));
  for (int64_t k = 0; k < length; k++) {
    m->cross.weight[k] /= (Real)count;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_attention(ForecastModel *model, const Windows *windows,
                                     int64_t batch_size, int64_t first, int64_t count, double *rows,
                                     double *error)
{
  Signed *m = (Signed *)model;
  const int64_t n = m->base.shape.n_neurons;

  PetscFunctionBegin;
  (void)error;
  PetscCall(SignedMeanWeights(m, windows, batch_size, first, count));
  for (int64_t i = 0; i < m->tokens.n_local; i++) {
    for (int h = 0; h < m->cross.heads; h++) {
      for (int64_t j = 0; j < n; j++) {
        rows[i * n + j] += (double)m->cross.weight[(i * m->cross.heads + h) * n + j];
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Sums over windows of what a source sends, of how it sends more of it in a stronger state: the event at the last lag,
   or without events the value. Per source: count, sum of the state, of its square, then of messages and of their
   products with the state. */
static void add_messages(const Signed *m, const Batch *batch, PetscBool has_events, double *sums)
{
  const int context = m->base.shape.context, channels = m->channels, columns = 3 + 2 * channels;

  for (int64_t pair = 0; pair < TokensPairs(&m->tokens); pair++) {
    const int64_t j = pair % m->tokens.n_local, last = pair * context + context - 1;
    const double state =
        has_events ? (double)batch->context_event[last] : (double)batch->context[last];
    double *s = sums + j * columns;

    s[0] += 1;
    s[1] += state;
    s[2] += state * state;
    for (int c = 0; c < channels; c++) {
      const double value =
          (double)(m->gain.value[j * channels + c] * m->messages[pair * channels + c]);

      s[3 + c] += value;
      s[3 + channels + c] += value * state;
    }
  }
}

/* Messages by state, (n_global, channels) on every rank: difference between windows with and without an event. */
static PetscErrorCode find_contrast(Signed *m, const double *sums, Real *contrast)
{
  const Partition *p = &m->base.weights.partition;
  const int channels = m->channels, columns = 3 + 2 * channels;

  PetscFunctionBegin;
  for (int64_t j = 0; j < p->n_local; j++) {
    const double *s = sums + j * columns, mean = s[1] / s[0];
    const double variance = s[2] / s[0] - mean * mean;

    for (int c = 0; c < channels; c++) {
      const double covariance = s[3 + channels + c] / s[0] - mean * s[3 + c] / s[0];

      contrast[(p->first + j) * channels + c] = variance > 0 ? (Real)(covariance / variance) : 0;
    }
  }
  PetscCallMPI(MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, contrast,
                             (int)(p->block * channels), MPI_REAL_TYPE, p->comm));
  PetscFunctionReturn(0);
}

/* rows(i, j) = | sum over heads of W_o a_ij contrast_j | */
static PetscErrorCode weigh_contrast(Signed *m, const Real *contrast, double *rows)
{
  const int64_t n = m->base.shape.n_neurons;
  const int channels = m->channels, d = m->base.shape.width, width = m->cross.width;
  Real *sent, *got;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n * channels, &sent, n * d, &got));
  for (int64_t i = 0; i < m->tokens.n_local; i++) {
    const Real *weight = m->cross.weight + i * m->cross.heads * n;

    for (int64_t j = 0; j < n; j++) {
      for (int c = 0; c < channels; c++) {
        sent[j * channels + c] = weight[c / width * n + j] * contrast[j * channels + c];
      }
    }
    Gemm(CblasNoTrans, CblasTrans, n, d, channels, sent, channels, m->out[0].value, channels, 0,
         got, d);
    for (int64_t j = 0; j < n; j++) {
      double square = 0;

      for (int c = 0; c < d; c++) {
        square += (double)got[j * d + c] * (double)got[j * d + c];
      }
      rows[i * n + j] = sqrt(square);
    }
  }
  PetscCall(PetscFree2(sent, got));
  PetscFunctionReturn(0);
}

/* What add_messages() works on. */
typedef struct {
  const Windows *windows;
  double *values;
} Sums;

static PetscErrorCode add_batch(ForecastModel *model, const Batch *batch, void *context)
{
  const Sums *sums = context;

  PetscFunctionBegin;
  add_messages((const Signed *)model, batch, sums->windows->has_events, sums->values);
  PetscFunctionReturn(0);
}

/* The sums over a split and all batch parts; freed by the caller. */
static PetscErrorCode sum_messages(ForecastModel *model, const Windows *windows, int64_t batch_size,
                                   int64_t first, int64_t count, double **sums)
{
  const Signed *m = (const Signed *)model;
  const int64_t length = m->tokens.n_local * (3 + 2 * m->channels);
  Sums context = {windows, NULL};

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(length, sums));
  context.values = *sums;
  PetscCall(ForecastVisit(model, windows, batch_size, first, count, add_batch, &context));
  PetscCall(SumOverRanks(model->grid->batch, length, MPI_DOUBLE, *sums));
  PetscFunctionReturn(0);
}

PetscErrorCode SignedMeanMessages(Signed *m, const Windows *windows, int64_t batch_size,
                                  int64_t first, int64_t count, double *mean)
{
  const int channels = m->channels, columns = 3 + 2 * channels;
  double *sums;

  PetscFunctionBegin;
  PetscCall(sum_messages(&m->base, windows, batch_size, first, count, &sums));
  for (int64_t k = 0; k < m->tokens.n_local * channels; k++) {
    const double *s = sums + k / channels * columns;

    mean[k] = s[3 + k % channels] / s[0];
  }
  PetscCall(PetscFree(sums));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_value_weighted(ForecastModel *model, const Windows *windows,
                                          int64_t batch_size, int64_t first, int64_t count,
                                          double *rows, double *error)
{
  Signed *m = (Signed *)model;
  const Partition *p = &model->weights.partition;
  double *sums;
  Real *contrast;

  PetscFunctionBegin;
  (void)error;
  PetscCall(sum_messages(model, windows, batch_size, first, count, &sums));
  PetscCall(PetscMalloc1(p->block * p->size * m->channels, &contrast));
  PetscCall(find_contrast(m, sums, contrast));
  PetscCall(SignedMeanWeights(m, windows, batch_size, first, count));
  PetscCall(weigh_contrast(m, contrast, rows));
  PetscCall(PetscFree(contrast));
  PetscCall(PetscFree(sums));
  PetscFunctionReturn(0);
}

const Reading SignedAttention = {
    .name = "attention",
    .description = "attention, summed over heads; the mean of all windows when it is by content",
    .compute = read_attention};
const Reading SignedValueWeighted = {
    .name = "value_weighted",
    .description = "norm of what the message of a source adds to a target when the source has an "
                   "event, less what it adds without",
    .compute = read_value_weighted};
