/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Work and memory of the model, in the order in which causalformer.c creates its arrays. */
#include "causalformer/causalformer.h"

double CausalformerFlops(const CausalformerShape *shape)
{
  const ModelShape *base = &shape->base;
  const double n = (double)base->n_neurons, context = base->context, d = base->width;
  const double channels = ModelHeads(base), map = 2.0 * d * channels, pair = 4.0 * channels;
  const double feedforward = 4.0 * d * base->hidden;
  const double full = shape->encoder == ENCODER_FULL ? 4.0 * map + pair * n * context : 0.0;
  const double encoder_token =
      shape->encoder_layers * (4.0 * map + pair * context + full + feedforward) +
      shape->decoder_layers * 4.0 * map;
  const double decoder_token =
      shape->decoder_layers * (4.0 * map + pair * context + pair * n * context + feedforward) +
      2.0 * d;

  return n * context * encoder_token + n * base->horizon * decoder_token;
}

/* Numbers per token of a global attention: queries, outputs, log-sums, the ring's four blocks of half the rows, and the
   gradient in the backward pass; keys and values are not included. */
static double global_tokens(const ModelShape *shape)
{
  const double channels = ModelHeads(shape), heads = shape->heads;

  return 2.0 * channels + heads + 2.0 * (3.0 * channels + 2.0 * heads) + channels;
}

double CausalformerMemory(const CausalformerShape *shape, int64_t n_samples, int64_t n_local)
{
  const ModelShape *base = &shape->base;
  const double pairs = (double)n_samples * (double)n_local;
  const double d = base->width, channels = ModelHeads(base), hidden = base->hidden;
  const double full =
      shape->encoder == ENCODER_FULL ? d + 4.0 * channels + global_tokens(base) : 0.0;
  const double encoder_token = shape->encoder_layers * (2.0 * d + 4.0 * channels + hidden + full) +
                               shape->decoder_layers * 6.0 * channels + 3.0 * d;
  const double decoder_token =
      shape->decoder_layers * (3.0 * d + 2.0 * channels + hidden + global_tokens(base)) + 3.0 * d +
      1.0;
  const double layers = shape->encoder_layers + shape->decoder_layers;
  const double weights =
      2.0 * layers * (2.0 * d * hidden + 8.0 * d * channels) + (double)n_local * d;

  /* weights with gradient and two moments */
  return (double)sizeof(Real) *
         (pairs * (base->context * encoder_token + base->horizon * decoder_token) + 4.0 * weights);
}
