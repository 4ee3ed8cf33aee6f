/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layers/embedding.h"

#include <math.h>

/* Time of a sample [s]. */
static Real seconds(int64_t sample)
{
  return (Real)((double)sample / 1000.0);
}

PetscErrorCode EmbeddingDeclare(Weights *weights, const ModelShape *shape)
{
  const int64_t one[2] = {1, 1}, local[2] = {1, shape->width + 1};
  const int64_t space[2] = {shape->n_neurons, shape->width};

  PetscFunctionBegin;
  PetscCall(WeightsAdd(weights, "enc_embedding.time_emb.embed_weight", TENSOR_SHARED, 2, one,
                       INITIAL_NORMAL, 0.0));
  PetscCall(WeightsAdd(weights, "enc_embedding.time_emb.embed_bias", TENSOR_SHARED, 2, one,
                       INITIAL_NORMAL, 0.0));
  PetscCall(WeightsAdd(weights, "enc_embedding.local_emb.embed_weight", TENSOR_SHARED, 2, local,
                       INITIAL_NORMAL, 0.0));
  PetscCall(WeightsAdd(weights, "enc_embedding.local_emb.embed_bias", TENSOR_SHARED, 2, local,
                       INITIAL_NORMAL, 0.0));
  PetscCall(LinearDeclare(weights, "enc_embedding.val_time_emb", shape->width, 2, PETSC_FALSE));
  PetscCall(WeightsAdd(weights, "enc_embedding.space_emb.weight", TENSOR_BY_NEURON, 2, space,
                       INITIAL_NORMAL, 0.0));
  PetscFunctionReturn(0);
}

PetscErrorCode EmbeddingCreate(Embedding *e, const Weights *weights, const ModelShape *shape)
{
  const int64_t d = shape->width;

  PetscFunctionBegin;
  e->positions = PetscMax(shape->context, shape->horizon);
  PetscCall(ParamFind(weights, "enc_embedding.time_emb", "embed_weight", &e->time_weight));
  PetscCall(ParamFind(weights, "enc_embedding.time_emb", "embed_bias", &e->time_bias));
  PetscCall(ParamFind(weights, "enc_embedding.local_emb", "embed_weight", &e->local_weight));
  PetscCall(ParamFind(weights, "enc_embedding.local_emb", "embed_bias", &e->local_bias));
  PetscCall(ParamFind(weights, "enc_embedding.val_time_emb", "weight", &e->value_weight));
  PetscCall(ParamFind(weights, "enc_embedding.val_time_emb", "bias", &e->value_bias));
  PetscCall(ParamFind(weights, "enc_embedding.space_emb", "weight", &e->space));
  PetscCall(PetscCalloc4(e->positions * d, &e->position, e->positions * d, &e->dposition, 2 * d,
                         &e->column, 2 * d, &e->dcolumn));
  PetscFunctionReturn(0);
}

PetscErrorCode EmbeddingDestroy(Embedding *e)
{
  PetscFunctionBegin;
  PetscCall(PetscFree4(e->position, e->dposition, e->column, e->dcolumn));
  PetscFunctionReturn(0);
}

void EmbeddingPrepare(Embedding *e, const ModelShape *shape)
{
  const int64_t d = shape->width;

  for (int p = 0; p < e->positions; p++) {
    for (int64_t c = 0; c < d; c++) {
      const double angle =
          (double)p * (double)e->local_weight.value[c + 1] + (double)e->local_bias.value[c + 1];

      e->position[p * d + c] = (Real)sin(angle) + e->value_bias.value[c];
    }
  }
  for (int64_t c = 0; c < d; c++) {
    e->column[c] = e->value_weight.value[2 * c];
    e->column[d + c] = e->value_weight.value[2 * c + 1];
  }
}

/* Sample number and value of token t of a pair of this rank. */
static void look_up(const Batch *batch, const Tokens *tokens, const ModelShape *shape,
                    PetscBool encoder, int64_t pair, int t, Real *time, Real *value)
{
  const int64_t start = batch->start[pair / tokens->n_local];

  *time = seconds(start + (encoder ? 0 : shape->context) + t);
  *value = encoder ? batch->context[pair * shape->context + t] : 0;
}

static Dropout row_of(Dropout mask, int64_t row)
{
  mask.words = mask.words ? mask.words + row * mask.stride : NULL;
  return mask;
}

void EmbeddingForward(Embedding *e, const Pass *pass, const Tokens *tokens, const Batch *batch,
                      PetscBool encoder, Norm *next, Real *x)
{
  const int d = pass->shape->width, site = encoder ? SITE_ENCODER_VALUE : SITE_DECODER_VALUE;

  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const Dropout mask = PassDropout(pass, tokens, &chunk, site, d, 0);
    const Dropout space_mask = PassDropout(pass, tokens, &chunk, site + 1, d, 1);

    for (int64_t row = 0; row < chunk.rows; row++) {
      const int64_t pair = chunk.first + row % chunk.pairs;
      const int t = (int)(row / chunk.pairs);
      Real time, value;

      look_up(batch, tokens, pass->shape, encoder, pair, t, &time, &value);
      time = time * e->time_weight.value[0] + e->time_bias.value[0];
      pass->kernels->element->embed(d, e->position + (int64_t)t * d, time, e->column, value,
                                    e->column + d, row_of(mask, row),
                                    e->space.value + pair % tokens->n_local * d,
                                    row_of(space_mask, row), x + (chunk.row + row) * d);
    }
    if (next) {
      NormGather(next, pass, chunk.rows, x + chunk.row * d);
    }
  }
}

void EmbeddingBackward(Embedding *e, const Pass *pass, const Tokens *tokens, const Batch *batch,
                       PetscBool encoder, PendingNorm pending, const Real *dn, Real *g)
{
  const int d = pass->shape->width, site = encoder ? SITE_ENCODER_VALUE : SITE_DECODER_VALUE;

  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const Dropout mask = PassDropout(pass, tokens, &chunk, site, d, 0);
    const Dropout space_mask = PassDropout(pass, tokens, &chunk, site + 1, d, 1);

    PendingNormAdd(&pending, pass, &chunk, dn, g);
    for (int64_t row = 0; row < chunk.rows; row++) {
      const int64_t pair = chunk.first + row % chunk.pairs;
      const int t = (int)(row / chunk.pairs);
      Real time, value, linear, dtime;

      look_up(batch, tokens, pass->shape, encoder, pair, t, &time, &value);
      linear = time * e->time_weight.value[0] + e->time_bias.value[0];
      dtime = pass->kernels->element->embed_backward(
          d, g + (chunk.row + row) * d, linear, e->column, value, row_of(mask, row),
          row_of(space_mask, row), e->dposition + (int64_t)t * d, e->dcolumn, e->dcolumn + d,
          e->space.gradient + pair % tokens->n_local * d);
      e->time_weight.gradient[0] += dtime * time;
      e->time_bias.gradient[0] += dtime;
    }
  }
}

void EmbeddingFinish(Embedding *e, const ModelShape *shape)
{
  const int64_t d = shape->width;

  for (int p = 0; p < e->positions; p++) {
    for (int64_t c = 0; c < d; c++) {
      const double angle =
          (double)p * (double)e->local_weight.value[c + 1] + (double)e->local_bias.value[c + 1];
      const Real slope = (Real)cos(angle) * e->dposition[p * d + c];

      e->local_weight.gradient[c + 1] += (Real)p * slope;
      e->local_bias.gradient[c + 1] += slope;
      e->value_bias.gradient[c] += e->dposition[p * d + c];
      e->dposition[p * d + c] = 0;
    }
  }
  for (int64_t c = 0; c < d; c++) {
    e->value_weight.gradient[2 * c] += e->dcolumn[c];
    e->value_weight.gradient[2 * c + 1] += e->dcolumn[d + c];
    e->dcolumn[c] = e->dcolumn[d + c] = 0;
  }
}
