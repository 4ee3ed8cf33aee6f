/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causalformer/causalformer.h"

#include "causeway/log.h"

#include "layers/loss.h"

/* Tokens of a chunk: enough for efficient matrix products, few enough for the hidden channels of a feed-forward layer to fit
   into the second-level cache. */
enum { CHUNK_TOKENS = 320 };

/* Names of the parts of layer k, as in files of the published models. */
typedef struct {
  char layer[TENSOR_NAME], local[TENSOR_NAME], global[TENSOR_NAME];
  char norm_local[TENSOR_NAME], norm_global[TENSOR_NAME];
  const char *norm_feedforward;
} LayerNames;

static PetscErrorCode name_layer(PetscBool encoder, int k, LayerNames *n)
{
  const size_t length = TENSOR_NAME;
  const int first =
      encoder ? 1 : 3; /* the decoder's first two norms belong to layers it does not have */

  PetscFunctionBegin;
  PetscCall(
      PetscSNPrintf(n->layer, length, encoder ? "encoder.attn_layers.%d" : "decoder.layers.%d", k));
  PetscCall(PetscSNPrintf(n->local, length, "%s.%s", n->layer,
                          encoder ? "local_attention" : "local_cross_attention"));
  PetscCall(PetscSNPrintf(n->global, length, "%s.%s", n->layer,
                          encoder ? "global_attention" : "global_cross_attention"));
  PetscCall(PetscSNPrintf(n->norm_local, length, "%s.norm%d", n->layer, first));
  PetscCall(PetscSNPrintf(n->norm_global, length, "%s.norm%d", n->layer, first + 1));
  n->norm_feedforward = encoder ? "norm3" : "norm5";
  PetscFunctionReturn(0);
}

static PetscErrorCode declare_layers(Causalformer *m, PetscBool encoder)
{
  const int count = encoder ? m->encoder_layers : m->decoder_layers;
  const ModelShape *shape = &m->base.shape;
  Weights *weights = &m->base.weights;
  LayerNames names;

  PetscFunctionBegin;
  for (int k = 0; k < count; k++) {
    PetscCall(name_layer(encoder, k, &names));
    PetscCall(ProjectionsDeclare(weights, names.local, names.norm_local, shape));
    if (!encoder || m->is_full) {
      PetscCall(ProjectionsDeclare(weights, names.global, names.norm_global, shape));
    }
    PetscCall(FeedForwardDeclare(weights, names.layer, names.norm_feedforward, shape));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode create_weights(Causalformer *m, const Partition *partition)
{
  PetscFunctionBegin;
  PetscCall(WeightsCreate(partition, &m->base.weights));
  PetscCall(EmbeddingDeclare(&m->base.weights, &m->base.shape));
  PetscCall(declare_layers(m, PETSC_TRUE));
  PetscCall(declare_layers(m, PETSC_FALSE));
  PetscCall(
      LinearDeclare(&m->base.weights, "forecaster_onestep", 1, m->base.shape.width, PETSC_FALSE));
  PetscCall(WeightsAllocate(&m->base.weights));
  PetscCall(ParamFind(&m->base.weights, "forecaster_onestep", "weight", &m->head_weight));
  PetscCall(ParamFind(&m->base.weights, "forecaster_onestep", "bias", &m->head_bias));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_encoder(Causalformer *m)
{
  const int64_t rows = TokensRows(&m->encoder_tokens), size = rows * m->base.shape.width;
  const Tokens *tokens = &m->encoder_tokens;
  LayerNames names;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(m->encoder_layers, &m->encoder));
  for (int k = 0; k < m->encoder_layers; k++) {
    EncoderLayer *layer = &m->encoder[k];

    PetscCall(name_layer(PETSC_TRUE, k, &names));
    PetscCall(LocalAttentionCreate(&layer->local, PETSC_TRUE, &m->base.weights, names.local,
                                   names.norm_local, &m->base.shape, rows, 0));
    PetscCall(PetscMalloc2(size, &layer->input, size, &layer->middle[0]));
    if (m->is_full) {
      PetscCall(GlobalAttentionCreate(&layer->global, PETSC_TRUE, &m->base.weights, names.global,
                                      names.norm_global, &m->base.shape, tokens, tokens));
      PetscCall(PetscMalloc1(size, &layer->middle[1]));
    }
    PetscCall(FeedForwardCreate(&layer->feedforward, &m->base.weights, names.layer,
                                names.norm_feedforward, &m->base.shape, SITE_LAYERS + 4 * k, rows));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode create_decoder(Causalformer *m)
{
  const int64_t rows = TokensRows(&m->decoder_tokens), size = rows * m->base.shape.width;
  LayerNames names;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(m->decoder_layers, &m->decoder));
  for (int k = 0; k < m->decoder_layers; k++) {
    DecoderLayer *layer = &m->decoder[k];

    PetscCall(name_layer(PETSC_FALSE, k, &names));
    PetscCall(LocalAttentionCreate(&layer->local, PETSC_FALSE, &m->base.weights, names.local,
                                   names.norm_local, &m->base.shape, rows,
                                   TokensRows(&m->encoder_tokens)));
    PetscCall(GlobalAttentionCreate(&layer->global, PETSC_FALSE, &m->base.weights, names.global,
                                    names.norm_global, &m->base.shape, &m->decoder_tokens,
                                    &m->encoder_tokens));
    PetscCall(FeedForwardCreate(&layer->feedforward, &m->base.weights, names.layer,
                                names.norm_feedforward, &m->base.shape, SITE_LAYERS + 4 * k + 2,
                                rows));
    PetscCall(PetscMalloc2(size, &layer->input, size, &layer->middle[0]));
    PetscCall(PetscMalloc1(size, &layer->middle[1]));
  }
  PetscFunctionReturn(0);
}

/* Largest number of channels in a chunk's scratch. */
static int64_t widest(const ModelShape *shape)
{
  return PetscMax(shape->hidden, 3 * ModelHeads(shape));
}

static PetscErrorCode create_workspace(Causalformer *m)
{
  const ModelShape *shape = &m->base.shape;
  const int64_t rows =
      PetscMax(m->encoder_tokens.chunk * shape->context, m->decoder_tokens.chunk * shape->horizon);
  const int64_t words = KernelWords(widest(shape));
  Workspace *w = &m->work;

  PetscFunctionBegin;
  w->n_rows = rows;
  PetscCall(PetscMalloc2(rows * shape->width, &w->normed,
                         rows * PetscMax(shape->width, ModelHeads(shape)), &w->narrow));
  PetscCall(PetscMalloc2(rows * widest(shape), &w->wide[0], rows * widest(shape), &w->wide[1]));
  PetscCall(PetscMalloc3(rows * words, &w->words[0], rows * words, &w->words[1], rows, &w->token));
  PetscFunctionReturn(0);
}

/* Plans the tokens of a batch of at most `batch_size` samples. */
static void plan_tokens(Causalformer *m, const Partition *partition, int64_t batch_size)
{
  const int64_t samples = (batch_size + m->base.grid->n_batch - 1) / m->base.grid->n_batch;
  const int64_t lanes = LANES_MOST;
  const int64_t chunk = PetscMax(CHUNK_TOKENS / m->base.shape.context / lanes, 1) * lanes;
  const int64_t multiple = PetscMax(CHUNK_TOKENS / (m->base.shape.horizon * chunk), 1);
  Tokens tokens = {.n_samples = samples,
                   .n_local = partition->n_local,
                   .first_neuron = partition->first,
                   .n_global = partition->n_global,
                   .per_pair = m->base.shape.context,
                   .chunk = chunk};

  m->encoder_tokens = tokens;
  tokens.per_pair = m->base.shape.horizon;
  tokens.chunk = chunk * multiple;
  m->decoder_tokens = tokens;
}

PetscErrorCode CausalformerCreate(const CausalformerShape *shape, const TrainGrid *grid,
                                  const Kernels *kernels, int64_t batch_size, Causalformer *m)
{
  Partition partition;
  int64_t size[2];

  PetscFunctionBegin;
  *m = (Causalformer){
      .base = {.type = &CausalformerType, .shape = shape->base, .grid = grid, .kernels = kernels},
      .encoder_layers = shape->encoder_layers,
      .decoder_layers = shape->decoder_layers,
      .is_full = shape->encoder == ENCODER_FULL ? PETSC_TRUE : PETSC_FALSE};
  PetscCall(PartitionMake(grid->ring, shape->base.n_neurons, &partition));
  plan_tokens(m, &partition, batch_size);
  PetscCall(create_weights(m, &partition));
  PetscCall(EmbeddingCreate(&m->embedding, &m->base.weights, &m->base.shape));
  PetscCall(create_encoder(m));
  PetscCall(create_decoder(m));
  PetscCall(create_workspace(m));
  size[0] = TokensRows(&m->encoder_tokens) * shape->base.width;
  size[1] = TokensRows(&m->decoder_tokens) * shape->base.width;
  PetscCall(PetscMalloc2(size[0], &m->encoded, size[1], &m->decoded));
  PetscCall(
      PetscMalloc4(size[0], &m->g[0], size[0], &m->dn[0], size[1], &m->g[1], size[1], &m->dn[1]));
  PetscCall(PetscMalloc1(TokensRows(&m->decoder_tokens), &m->slope));
  PetscFunctionReturn(0);
}

PetscErrorCode CausalformerDestroy(Causalformer *m)
{
  PetscFunctionBegin;
  for (int k = 0; m->encoder && k < m->encoder_layers; k++) {
    PetscCall(LocalAttentionDestroy(&m->encoder[k].local));
    PetscCall(GlobalAttentionDestroy(&m->encoder[k].global));
    PetscCall(FeedForwardDestroy(&m->encoder[k].feedforward));
    PetscCall(PetscFree2(m->encoder[k].input, m->encoder[k].middle[0]));
    PetscCall(PetscFree(m->encoder[k].middle[1]));
  }
  for (int k = 0; m->decoder && k < m->decoder_layers; k++) {
    PetscCall(LocalAttentionDestroy(&m->decoder[k].local));
    PetscCall(GlobalAttentionDestroy(&m->decoder[k].global));
    PetscCall(FeedForwardDestroy(&m->decoder[k].feedforward));
    PetscCall(PetscFree2(m->decoder[k].input, m->decoder[k].middle[0]));
    PetscCall(PetscFree(m->decoder[k].middle[1]));
  }
  PetscCall(PetscFree(m->encoder));
  PetscCall(PetscFree(m->decoder));
  PetscCall(EmbeddingDestroy(&m->embedding));
  PetscCall(PetscFree2(m->encoded, m->decoded));
  PetscCall(PetscFree4(m->g[0], m->dn[0], m->g[1], m->dn[1]));
  PetscCall(PetscFree(m->slope));
  PetscCall(PetscFree2(m->work.normed, m->work.narrow));
  PetscCall(PetscFree2(m->work.wide[0], m->work.wide[1]));
  PetscCall(PetscFree3(m->work.words[0], m->work.words[1], m->work.token));
  PetscCall(WeightsDestroy(&m->base.weights));
  PetscFunctionReturn(0);
}

static Pass begin_pass(Causalformer *m, const Batch *batch, PetscBool training, uint32_t seed,
                       int64_t member, int64_t step)
{
  Tokens *tokens[2] = {&m->encoder_tokens, &m->decoder_tokens};

  for (int k = 0; k < 2; k++) {
    tokens[k]->n_samples = batch->n_samples;
    tokens[k]->first_sample = batch->first_sample;
    tokens[k]->n_samples_global = batch->n_samples_global;
  }
  return ForecastPass(&m->base, &m->work, training, seed, member, step);
}

static PetscErrorCode encode(Causalformer *m, const Pass *pass)
{
  const Tokens *tokens = &m->encoder_tokens;

  PetscFunctionBegin;
  for (int k = 0; k < m->encoder_layers; k++) {
    EncoderLayer *layer = &m->encoder[k];
    const PetscBool last = k + 1 == m->encoder_layers ? PETSC_TRUE : PETSC_FALSE;
    Real *x = layer->middle[0];
    Norm *next = &layer->feedforward.norm;

    if (m->is_full) {
      PetscCall(LocalAttentionForward(&layer->local, pass, tokens, layer->input, tokens, NULL,
                                      &layer->global.p.norm, x));
      PetscCall(GlobalAttentionForward(&layer->global, pass, tokens, x, tokens, x, next,
                                       layer->middle[1]));
      x = layer->middle[1];
    } else {
      PetscCall(
          LocalAttentionForward(&layer->local, pass, tokens, layer->input, tokens, NULL, next, x));
    }
    PetscCall(FeedForwardForward(&layer->feedforward, pass, tokens, x,
                                 last ? NULL : &m->encoder[k + 1].local.p.norm,
                                 last ? m->encoded : m->encoder[k + 1].input));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode decode(Causalformer *m, const Pass *pass)
{
  const Tokens *tokens = &m->decoder_tokens, *source = &m->encoder_tokens;

  PetscFunctionBegin;
  for (int k = 0; k < m->decoder_layers; k++) {
    DecoderLayer *layer = &m->decoder[k];
    const PetscBool last = k + 1 == m->decoder_layers ? PETSC_TRUE : PETSC_FALSE;

    PetscCall(LocalAttentionForward(&layer->local, pass, tokens, layer->input, source, m->encoded,
                                    &layer->global.p.norm, layer->middle[0]));
    PetscCall(GlobalAttentionForward(&layer->global, pass, tokens, layer->middle[0], source,
                                     m->encoded, &layer->feedforward.norm, layer->middle[1]));
    PetscCall(FeedForwardForward(&layer->feedforward, pass, tokens, layer->middle[1],
                                 last ? NULL : &m->decoder[k + 1].local.p.norm,
                                 last ? m->decoded : m->decoder[k + 1].input));
  }
  PetscFunctionReturn(0);
}

/* Row of token t of a pair among the decoder's tokens. */
static int64_t decoder_row(const Tokens *tokens, int64_t pair, int t)
{
  const Chunk chunk = TokensChunk(tokens, pair / tokens->chunk * tokens->chunk);

  return chunk.row + t * chunk.pairs + pair - chunk.first;
}

/* Computes outputs, forecasts, loss and its derivatives. */
static double forecast(Causalformer *m, const Batch *batch, Real *prediction)
{
  const Tokens *tokens = &m->decoder_tokens;
  const int d = m->base.shape.width, horizon = m->base.shape.horizon;
  double sum = 0;

  for (int64_t pair = 0; pair < TokensPairs(tokens); pair++) {
    for (int t = 0; t < horizon; t++) {
      const int64_t row = decoder_row(tokens, pair, t), at = pair * horizon + t;
      const Real *y = m->decoded + row * d;
      double output = (double)m->head_bias.value[0], value, slope;

      for (int c = 0; c < d; c++) {
        output += (double)m->head_weight.value[c] * (double)y[c];
      }
      sum += LossEntry((LossType)m->base.shape.loss, output, (double)batch->target[at], &value,
                       &slope);
      m->slope[row] = (Real)(slope / (double)TokensGlobal(tokens));
      if (prediction) {
        prediction[at] = (Real)value;
      }
    }
  }
  return sum;
}

PetscErrorCode CausalformerForward(Causalformer *m, const Batch *batch, PetscBool training,
                                   uint32_t seed, int64_t member, int64_t step, Real *prediction,
                                   double *loss)
{
  const Pass pass = begin_pass(m, batch, training, seed, member, step);

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_TRAIN_FORWARD));
  EmbeddingPrepare(&m->embedding, &m->base.shape);
  EmbeddingForward(&m->embedding, &pass, &m->encoder_tokens, batch, PETSC_TRUE,
                   &m->encoder[0].local.p.norm, m->encoder[0].input);
  EmbeddingForward(&m->embedding, &pass, &m->decoder_tokens, batch, PETSC_FALSE,
                   &m->decoder[0].local.p.norm, m->decoder[0].input);
  PetscCall(encode(m, &pass));
  PetscCall(decode(m, &pass));
  *loss = forecast(m, batch, prediction);
  PetscCall(LogEventStop(EVENT_TRAIN_FORWARD));
  PetscFunctionReturn(0);
}

/* Computes the gradients of the head and of the decoder's output. */
static void head_backward(Causalformer *m)
{
  const Tokens *tokens = &m->decoder_tokens;
  const int d = m->base.shape.width;

  for (int64_t row = 0; row < TokensRows(tokens); row++) {
    const Real slope = m->slope[row];

    m->head_bias.gradient[0] += slope;
    for (int c = 0; c < d; c++) {
      m->head_weight.gradient[c] += slope * m->decoded[row * d + c];
      m->g[1][row * d + c] = slope * m->head_weight.value[c];
    }
  }
}

static PetscErrorCode decode_backward(Causalformer *m, const Pass *pass, PendingNorm *pending)
{
  const Tokens *tokens = &m->decoder_tokens, *source = &m->encoder_tokens;
  Real *g = m->g[1], *dn = m->dn[1];

  PetscFunctionBegin;
  for (int k = m->decoder_layers - 1; k >= 0; k--) {
    DecoderLayer *layer = &m->decoder[k];

    PetscCall(
        FeedForwardBackward(&layer->feedforward, pass, tokens, layer->middle[1], *pending, g, dn));
    *pending = (PendingNorm){&layer->feedforward.norm, layer->middle[1]};
    PetscCall(GlobalAttentionBackward(&layer->global, pass, tokens, layer->middle[0], source,
                                      m->encoded, *pending, g, dn, m->g[0]));
    *pending = (PendingNorm){&layer->global.p.norm, layer->middle[0]};
    PetscCall(LocalAttentionBackward(&layer->local, pass, tokens, layer->input, source, m->encoded,
                                     *pending, g, dn, m->g[0]));
    *pending = (PendingNorm){&layer->local.p.norm, layer->input};
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode encode_backward(Causalformer *m, const Pass *pass, PendingNorm *pending)
{
  const Tokens *tokens = &m->encoder_tokens;
  Real *g = m->g[0], *dn = m->dn[0];

  PetscFunctionBegin;
  for (int k = m->encoder_layers - 1; k >= 0; k--) {
    EncoderLayer *layer = &m->encoder[k];
    const PetscBool global = m->is_full;
    const Real *x = layer->middle[global ? 1 : 0];

    PetscCall(FeedForwardBackward(&layer->feedforward, pass, tokens, x, *pending, g, dn));
    *pending = (PendingNorm){&layer->feedforward.norm, x};
    if (global) {
      x = layer->middle[0];
      PetscCall(GlobalAttentionBackward(&layer->global, pass, tokens, x, tokens, x, *pending, g, dn,
                                        NULL));
      *pending = (PendingNorm){&layer->global.p.norm, x};
    }
    PetscCall(LocalAttentionBackward(&layer->local, pass, tokens, layer->input, tokens, NULL,
                                     *pending, g, dn, NULL));
    *pending = (PendingNorm){&layer->local.p.norm, layer->input};
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CausalformerBackward(Causalformer *m, const Batch *batch, uint32_t seed,
                                    int64_t member, int64_t step)
{
  const Pass pass = begin_pass(m, batch, PETSC_TRUE, seed, member, step);
  PendingNorm pending = {NULL, NULL};

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_TRAIN_BACKWARD));
  PetscCall(PetscArrayzero(m->base.weights.gradient, m->base.weights.n_trained));
  PetscCall(PetscArrayzero(m->g[0], TokensRows(&m->encoder_tokens) * m->base.shape.width));
  head_backward(m);
  PetscCall(decode_backward(m, &pass, &pending));
  EmbeddingBackward(&m->embedding, &pass, &m->decoder_tokens, batch, PETSC_FALSE, pending, m->dn[1],
                    m->g[1]);
  pending = (PendingNorm){NULL, NULL};
  PetscCall(encode_backward(m, &pass, &pending));
  EmbeddingBackward(&m->embedding, &pass, &m->encoder_tokens, batch, PETSC_TRUE, pending, m->dn[0],
                    m->g[0]);
  EmbeddingFinish(&m->embedding, &m->base.shape);
  PetscCall(GradientsReduce(&m->base));
  PetscCall(LogEventStop(EVENT_TRAIN_BACKWARD));
  PetscFunctionReturn(0);
}

PetscErrorCode CausalformerScores(Causalformer *m, double *score)
{
  const Pass pass = ForecastPass(&m->base, &m->work, PETSC_FALSE, 0, 0, 0);

  PetscFunctionBegin;
  for (int k = 0; k < m->decoder_layers; k++) {
    PetscCall(GlobalAttentionScores(&m->decoder[k].global, &pass, &m->decoder_tokens,
                                    &m->encoder_tokens, score));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CausalformerNorms(Causalformer *m, double *score)
{
  const Pass pass = ForecastPass(&m->base, &m->work, PETSC_FALSE, 0, 0, 0);

  PetscFunctionBegin;
  for (int k = 0; k < m->decoder_layers; k++) {
    PetscCall(GlobalAttentionNorms(&m->decoder[k].global, &pass, &m->decoder_tokens,
                                   &m->encoder_tokens, score));
  }
  PetscFunctionReturn(0);
}
