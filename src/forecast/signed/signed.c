/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Forward and backward pass of the signed forecaster. */
#include "signed/signed.h"

#include "causeway/log.h"

#include "layers/loss.h"

static const Dropout nothing_dropped = {NULL, 0, 0, 1};

/* Makes the pass of a batch and its inputs: all lags of the own past, the last lags of sources. */
static Pass begin_pass(Signed *m, const Batch *batch, PetscBool training, uint32_t seed,
                       int64_t member, int64_t step)
{
  const int context = m->base.shape.context, lags = m->source_lags;

  m->tokens.n_samples = batch->n_samples;
  m->tokens.first_sample = batch->first_sample;
  m->tokens.n_samples_global = batch->n_samples_global;
  for (int64_t pair = 0; pair < TokensPairs(&m->tokens); pair++) {
    const Real *values = batch->context + pair * context;
    const uint8_t *events = batch->context_event + pair * context;
    Real *own = m->own_input + pair * m->inputs;
    Real *source = m->source_input + pair * m->source_inputs;

    for (int t = 0; t < context; t++) {
      own[t] = values[t];
    }
    for (int t = 0; t < m->inputs - context; t++) {
      own[context + t] = events[t];
    }
    for (int t = 0; t < lags; t++) {
      source[t] = values[context - lags + t];
    }
    for (int t = 0; t < m->source_inputs - lags; t++) {
      source[lags + t] = events[context - lags + t];
    }
  }
  return ForecastPass(&m->base, &m->work, training, seed, member, step);
}

/* Adds the bias to each row of y, and `of_neuron` (n_local, columns) of its neuron unless NULL. */
static void add_rows(const Tokens *tokens, const Chunk *chunk, int columns, const Real *bias,
                     const Real *of_neuron, Real *y)
{
  for (int64_t row = 0; row < chunk->rows; row++) {
    const Real *own =
        of_neuron ? of_neuron + (chunk->first + row) % tokens->n_local * columns : NULL;

    for (int c = 0; c < columns; c++) {
      y[row * columns + c] += (bias ? bias[c] : 0) + (own ? own[c] : 0);
    }
  }
}

/* Gradients of add_rows(). */
static void add_rows_backward(const Tokens *tokens, const Chunk *chunk, int columns, const Real *dy,
                              Real *bias, Real *of_neuron)
{
  for (int64_t row = 0; row < chunk->rows; row++) {
    Real *own = of_neuron ? of_neuron + (chunk->first + row) % tokens->n_local * columns : NULL;

    for (int c = 0; bias && c < columns; c++) {
      bias[c] += dy[row * columns + c];
    }
    for (int c = 0; own && c < columns; c++) {
      own[c] += dy[row * columns + c];
    }
  }
}

static void own_forward(Signed *m)
{
  const int hidden = m->base.shape.hidden, d = m->base.shape.width;

  for (int64_t first = 0; first < TokensPairs(&m->tokens); first += m->tokens.chunk) {
    const Chunk chunk = TokensChunk(&m->tokens, first);
    Real *h = m->own_hidden + first * hidden, *a = m->work.wide[0], *y = m->x[0] + first * d;

    Gemm(CblasNoTrans, CblasTrans, chunk.rows, hidden, m->inputs, m->own_input + first * m->inputs,
         m->inputs, m->own[0].value, m->inputs, 0, h, hidden);
    m->base.kernels->attention->gelu(chunk.rows, hidden, m->own[1].value, nothing_dropped, h, a);
    Gemm(CblasNoTrans, CblasTrans, chunk.rows, d, hidden, a, hidden, m->own[2].value, hidden, 0, y,
         d);
    add_rows(&m->tokens, &chunk, d, m->own[3].value, m->target.value, y);
  }
}

static void own_backward(Signed *m)
{
  const int hidden = m->base.shape.hidden, d = m->base.shape.width;

  for (int64_t first = 0; first < TokensPairs(&m->tokens); first += m->tokens.chunk) {
    const Chunk chunk = TokensChunk(&m->tokens, first);
    const Real *g = m->g + first * d;
    Real *a = m->work.wide[0], *dh = m->work.wide[1];

    add_rows_backward(&m->tokens, &chunk, d, g, m->own[3].gradient, m->target.gradient);
    Gemm(CblasNoTrans, CblasNoTrans, chunk.rows, hidden, d, g, d, m->own[2].value, hidden, 0, dh,
         hidden);
    m->base.kernels->attention->gelu_backward(chunk.rows, hidden, m->own_hidden + first * hidden,
                                              nothing_dropped, a, dh, m->own[1].gradient);
    Gemm(CblasTrans, CblasNoTrans, d, hidden, chunk.rows, g, d, a, hidden, 1, m->own[2].gradient,
         hidden);
    Gemm(CblasTrans, CblasNoTrans, hidden, m->inputs, chunk.rows, dh, hidden,
         m->own_input + first * m->inputs, m->inputs, 1, m->own[0].gradient, m->inputs);
  }
}

void SignedMessages(Signed *m)
{
  const int d = m->base.shape.width, keys = m->cross.heads * m->cross.key_width;

  for (int64_t first = 0; first < TokensPairs(&m->tokens); first += m->tokens.chunk) {
    const Chunk chunk = TokensChunk(&m->tokens, first);
    Real *h = m->source_hidden + first * d, *a = m->work.wide[0];

    Gemm(CblasNoTrans, CblasTrans, chunk.rows, d, m->source_inputs,
         m->source_input + first * m->source_inputs, m->source_inputs, m->map[0].value,
         m->source_inputs, 0, h, d);
    add_rows(&m->tokens, &chunk, d, NULL, m->source.value, h);
    m->base.kernels->attention->gelu(chunk.rows, d, m->map[1].value, nothing_dropped, h, a);
    Gemm(CblasNoTrans, CblasTrans, chunk.rows, m->channels, d, a, d, m->value.value, d, 0,
         m->messages + first * m->channels, m->channels);
    if (m->cross.by_content) {
      Gemm(CblasNoTrans, CblasTrans, chunk.rows, keys, d, a, d, m->cross.key.value, d, 0,
           m->cross.content.key + first * keys, keys);
    }
  }
}

/* Backward pass from gradients of the messages, and of the keys when they share their input. */
static void messages_backward(Signed *m, const Real *dmessages)
{
  const int d = m->base.shape.width, keys = m->cross.heads * m->cross.key_width;

  for (int64_t first = 0; first < TokensPairs(&m->tokens); first += m->tokens.chunk) {
    const Chunk chunk = TokensChunk(&m->tokens, first);
    const Real *dv = dmessages + first * m->channels;
    const Real *dk = m->cross.by_content ? m->cross.content.dkey + first * keys : NULL;
    Real *a = m->work.wide[0], *dh = m->work.wide[1];

    Gemm(CblasNoTrans, CblasNoTrans, chunk.rows, d, m->channels, dv, m->channels, m->value.value, d,
         0, dh, d);
    if (dk) {
      Gemm(CblasNoTrans, CblasNoTrans, chunk.rows, d, keys, dk, keys, m->cross.key.value, d, 1, dh,
           d);
    }
    m->base.kernels->attention->gelu_backward(chunk.rows, d, m->source_hidden + first * d,
                                              nothing_dropped, a, dh, m->map[1].gradient);
    if (dk) {
      Gemm(CblasTrans, CblasNoTrans, keys, d, chunk.rows, dk, keys, a, d, 1, m->cross.key.gradient,
           d);
    }
    Gemm(CblasTrans, CblasNoTrans, m->channels, d, chunk.rows, dv, m->channels, a, d, 1,
         m->value.gradient, d);
    add_rows_backward(&m->tokens, &chunk, d, dh, NULL, m->source.gradient);
    Gemm(CblasTrans, CblasNoTrans, d, m->source_inputs, chunk.rows, dh, d,
         m->source_input + first * m->source_inputs, m->source_inputs, 1, m->map[0].gradient,
         m->source_inputs);
  }
}

PetscErrorCode SignedFinish(Signed *m, const Pass *pass, const Tokens *tokens, const Real *x1,
                            const Real *mixed, Real *x2, Real *x3, Real *output)
{
  const int d = m->base.shape.width;

  PetscFunctionBegin;
  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    Real *y = x2 + first * d;

    PetscCall(PetscArraycpy(y, x1 + first * d, chunk.rows * d));
    Gemm(CblasNoTrans, CblasTrans, chunk.rows, d, m->channels, mixed + first * m->channels,
         m->channels, m->out[0].value, m->channels, 1, y, d);
    add_rows(tokens, &chunk, d, m->out[1].value, NULL, y);
  }
  PetscCall(FeedForwardForward(&m->after, pass, tokens, x2, NULL, x3));
  Gemm(CblasNoTrans, CblasTrans, TokensPairs(tokens), m->outputs, d, x3, d, m->head[0].value, d, 0,
       output, m->outputs);
  for (int64_t k = 0; k < TokensPairs(tokens) * m->outputs; k++) {
    output[k] += m->head[1].value[k % m->outputs];
  }
  PetscFunctionReturn(0);
}

double SignedForecast(const Signed *m, const Real *output, double event_value)
{
  double value, slope, probability;

  if (m->outputs == 1) {
    (void)LossEntry((LossType)m->base.shape.loss, (double)output[0], 0, &value, &slope);
    return value;
  }
  (void)LossEntry(LOSS_BCE, (double)output[0], 0, &probability, &slope);
  return probability * event_value + (1.0 - probability) * (double)output[1];
}

/* Loss of one pair and its derivatives; for the hurdle loss, probability of an event and value without one. */
static double loss_entry(const Signed *m, const Real *output, double y, int event, double slope[2])
{
  const double weight = 4.0; /* of the squared error of the value */
  double value, loss;

  if (m->outputs == 1) {
    return LossEntry((LossType)m->base.shape.loss, (double)output[0], y, &value, &slope[0]);
  }
  loss = LossEntry(LOSS_BCE, (double)output[0], event, &value, &slope[0]);
  slope[1] = 0;
  if (!event) {
    loss += weight * LossEntry(LOSS_MSE, (double)output[1], y, &value, &slope[1]);
    slope[1] *= weight;
  }
  return loss;
}

double SignedLoss(const Signed *m, const Real *output, double y, int event)
{
  double slope[2];

  return loss_entry(m, output, y, event, slope);
}

static double find_loss(Signed *m, const Batch *batch, Real *prediction)
{
  const int64_t n = m->tokens.n_local;
  double sum = 0, slope[2];

  for (int64_t pair = 0; pair < TokensPairs(&m->tokens); pair++) {
    const Real *output = m->output + pair * m->outputs;

    sum += loss_entry(m, output, (double)batch->target[pair], batch->target_event[pair], slope);
    for (int k = 0; k < m->outputs; k++) {
      m->slope[pair * m->outputs + k] = (Real)(slope[k] / (double)TokensGlobal(&m->tokens));
    }
    if (prediction) {
      prediction[pair] = (Real)SignedForecast(m, output, batch->event_value[pair % n]);
    }
  }
  return sum;
}

PetscErrorCode SignedForward(ForecastModel *model, const Batch *batch, PetscBool training,
                             uint32_t seed, int64_t member, int64_t step, Real *prediction,
                             double *loss)
{
  Signed *m = (Signed *)model;
  const Pass pass = begin_pass(m, batch, training, seed, member, step);

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_TRAIN_FORWARD));
  own_forward(m);
  PetscCall(FeedForwardForward(&m->before, &pass, &m->tokens, m->x[0], NULL, m->x[1]));
  SignedMessages(m);
  if (m->cross.by_content) {
    ContentQueries(&m->cross, m->tokens.n_samples, m->base.shape.width, m->x[1]);
    PetscCall(ContentForward(&m->cross, m->tokens.n_samples, m->gain.value, m->messages, m->mixed));
  } else {
    PetscCall(CrossWeights(&m->cross, &m->base.shape, m->target.value, m->source.value));
    PetscCall(CrossForward(&m->cross, m->tokens.n_samples, m->gain.value, m->messages, m->mixed));
  }
  PetscCall(SignedFinish(m, &pass, &m->tokens, m->x[1], m->mixed, m->x[2], m->x[3], m->output));
  *loss = find_loss(m, batch, prediction);
  PetscCall(LogEventStop(EVENT_TRAIN_FORWARD));
  PetscFunctionReturn(0);
}

/* Backward pass of y = x + FF(x): replaces the gradient of y in g by that of x. */
static PetscErrorCode residual_backward(Signed *m, FeedForward *f, const Pass *pass, const Real *x)
{
  const PendingNorm none = {NULL, NULL}, own = {&f->norm, x};

  PetscFunctionBegin;
  PetscCall(FeedForwardBackward(f, pass, &m->tokens, x, none, m->g, m->dn));
  for (int64_t first = 0; first < TokensPairs(&m->tokens); first += m->tokens.chunk) {
    const Chunk chunk = TokensChunk(&m->tokens, first);

    PendingNormAdd(&own, pass, &chunk, m->dn, m->g);
  }
  PetscFunctionReturn(0);
}

static void head_backward(Signed *m)
{
  const int64_t pairs = TokensPairs(&m->tokens);
  const int d = m->base.shape.width;

  for (int64_t k = 0; k < pairs * m->outputs; k++) {
    m->head[1].gradient[k % m->outputs] += m->slope[k];
  }
  Gemm(CblasTrans, CblasNoTrans, m->outputs, d, pairs, m->slope, m->outputs, m->x[3], d, 1,
       m->head[0].gradient, d);
  Gemm(CblasNoTrans, CblasNoTrans, pairs, d, m->outputs, m->slope, m->outputs, m->head[0].value, d,
       0, m->g, d);
}

static PetscErrorCode cross_backward(Signed *m)
{
  const int64_t pairs = TokensPairs(&m->tokens);
  const int d = m->base.shape.width, channels = m->channels;

  PetscFunctionBegin;
  for (int64_t first = 0; first < pairs; first += m->tokens.chunk) {
    const Chunk chunk = TokensChunk(&m->tokens, first);

    add_rows_backward(&m->tokens, &chunk, d, m->g + first * d, m->out[1].gradient, NULL);
  }
  Gemm(CblasTrans, CblasNoTrans, d, channels, pairs, m->g, d, m->mixed, channels, 1,
       m->out[0].gradient, channels);
  /* `mixed` is reused for its gradient, then for that of the messages */
  Gemm(CblasNoTrans, CblasNoTrans, pairs, channels, d, m->g, d, m->out[0].value, channels, 0,
       m->mixed, channels);
  if (m->cross.by_content) {
    PetscCall(
        ContentBackward(&m->cross, m->tokens.n_samples, &m->gain, m->messages, m->mixed, m->mixed));
    ContentQueriesBackward(&m->cross, m->tokens.n_samples, d, m->x[1], m->g);
  } else {
    PetscCall(CrossBackward(&m->cross, &m->base.shape, m->tokens.n_samples, &m->gain, m->messages,
                            m->mixed, m->mixed, &m->target, &m->source));
  }
  messages_backward(m, m->mixed);
  PetscFunctionReturn(0);
}

PetscErrorCode SignedBackward(ForecastModel *model, const Batch *batch, uint32_t seed,
                              int64_t member, int64_t step)
{
  Signed *m = (Signed *)model;
  const Pass pass = ForecastPass(&m->base, &m->work, PETSC_TRUE, seed, member, step);

  PetscFunctionBegin;
  (void)batch; /* its inputs were kept in the forward pass */
  PetscCall(LogEventStart(EVENT_TRAIN_BACKWARD));
  PetscCall(PetscArrayzero(m->base.weights.gradient, m->base.weights.n_trained));
  head_backward(m);
  PetscCall(residual_backward(m, &m->after, &pass, m->x[2]));
  PetscCall(cross_backward(m));
  PetscCall(residual_backward(m, &m->before, &pass, m->x[0]));
  own_backward(m);
  PetscCall(GradientsReduce(&m->base));
  PetscCall(LogEventStop(EVENT_TRAIN_BACKWARD));
  PetscFunctionReturn(0);
}
