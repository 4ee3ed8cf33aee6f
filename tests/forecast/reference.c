/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reference.h"

#include "causeway/random.h"

#include <Random123/philox.h>
#include <math.h>

/* Tokens are (sample, neuron, t), a row of channels each. */
typedef struct {
  const Causalformer *model;
  const ModelShape *shape;
  const Weights *weights;
  const Batch *batch;
  PetscBool training;
  uint32_t seed;
  int64_t member, step;
  double *value, *score;
} Reference;

/* Values of the tensor PREFIX.SUFFIX; NULL when the model has none. */
static double *tensor_of(const Reference *ref, const char *prefix, const char *suffix)
{
  char name[TENSOR_NAME];

  (void)PetscSNPrintf(name, sizeof(name), "%s.%s", prefix, suffix);
  for (int t = 0; t < ref->weights->n_tensors; t++) {
    PetscBool same;

    (void)PetscStrcmp(ref->weights->tensors[t].name, name, &same);
    if (same) {
      return ref->value + ref->weights->tensors[t].offset;
    }
  }
  return NULL;
}

/* 0, or 1 / (1 - rate), for a channel of a token at one site of the model. A channel's 16 bits are half
   of a word; the words of a token are the first of all its Philox blocks, then the second ones, ... */
static double kept(const Reference *ref, int site, int64_t token, int64_t channels, int64_t channel)
{
  const int64_t blocks = (channels + 127) / 128 * 16, word = channel / 2;
  const double cut = round(ref->shape->dropout * 65536.0);
  const philox4x32_ctr_t counter = {
      {(uint32_t)token, (uint32_t)(token >> 32 << 16) | (uint32_t)(word % blocks),
       (uint32_t)ref->step, (uint32_t)(ref->member << 16) | (uint32_t)site}};
  const philox4x32_key_t key = {{ref->seed, RANDOM_DROPOUT}};
  uint32_t bits;

  if (!ref->training || cut == 0.0) {
    return 1.0;
  }
  bits = philox4x32_R(7, counter, key).v[word / blocks];
  bits = channel % 2 ? bits >> 16 : bits & 0xFFFFu;
  return (double)bits >= cut ? 1.0 / (1.0 - cut / 65536.0) : 0.0;
}

/* Tokens of the context, or of the samples to forecast, whose value is not known. */
static void embed(const Reference *ref, PetscBool encoder, double *x)
{
  const int d = ref->shape->width, n = (int)ref->shape->n_neurons;
  const int length = encoder ? ref->shape->context : ref->shape->horizon;
  const int site = encoder ? SITE_ENCODER_VALUE : SITE_DECODER_VALUE;
  const double *time_weight = tensor_of(ref, "enc_embedding.time_emb", "embed_weight");
  const double *time_bias = tensor_of(ref, "enc_embedding.time_emb", "embed_bias");
  const double *local_weight = tensor_of(ref, "enc_embedding.local_emb", "embed_weight");
  const double *local_bias = tensor_of(ref, "enc_embedding.local_emb", "embed_bias");
  const double *weight = tensor_of(ref, "enc_embedding.val_time_emb", "weight");
  const double *bias = tensor_of(ref, "enc_embedding.val_time_emb", "bias");
  const double *space = tensor_of(ref, "enc_embedding.space_emb", "weight");

  for (int64_t token = 0; token < ref->batch->n_samples * n * length; token++) {
    const int64_t sample = token / (n * length), neuron = token / length % n;
    const int t = (int)(token % length);
    const double y = encoder ? (double)ref->batch->context[token] : 0.0;
    const double seconds =
        (double)(ref->batch->start[sample] + t + (encoder ? 0 : ref->shape->context)) / 1000.0;
    const double time = seconds * time_weight[0] + time_bias[0];

    for (int c = 0; c < d; c++) {
      const double position = sin(t * local_weight[c + 1] + local_bias[c + 1]);
      const double seen = weight[2 * c] * time + weight[2 * c + 1] * y + bias[c];

      x[token * d + c] = kept(ref, site, token, d, c) * (position + seen) +
                         kept(ref, site + 1, token, d, c) * space[neuron * d + c];
    }
  }
}

/* One channel over the batch and all tokens; the running statistics follow. */
static void batch_norm(const Reference *ref, const char *prefix, int64_t rows, int c,
                       const double *x, double *y)
{
  const int d = ref->shape->width;
  double *running_mean = tensor_of(ref, prefix, "norm.running_mean") + c;
  double *running_var = tensor_of(ref, prefix, "norm.running_var") + c;
  const double gamma = tensor_of(ref, prefix, "norm.weight")[c];
  const double beta = tensor_of(ref, prefix, "norm.bias")[c];
  double mean = *running_mean, variance = *running_var;

  if (ref->training) {
    mean = variance = 0;
    for (int64_t r = 0; r < rows; r++) {
      mean += x[r * d + c] / (double)rows;
    }
    for (int64_t r = 0; r < rows; r++) {
      variance += pow(x[r * d + c] - mean, 2) / (double)rows;
    }
    *running_mean += 0.1 * (mean - *running_mean);
    *running_var += 0.1 * (variance * (double)rows / (double)(rows - 1) - *running_var);
  }
  for (int64_t r = 0; r < rows; r++) {
    y[r * d + c] = (x[r * d + c] - mean) / sqrt(variance + 1e-5) * gamma + beta;
  }
}

/* One token over its channels. */
static void layer_norm(const Reference *ref, const char *prefix, const double *x, double *y)
{
  const int d = ref->shape->width;
  const double *gamma = tensor_of(ref, prefix, "norm.weight");
  const double *beta = tensor_of(ref, prefix, "norm.bias");
  double mean = 0, variance = 0;

  for (int c = 0; c < d; c++) {
    mean += x[c] / d;
  }
  for (int c = 0; c < d; c++) {
    variance += pow(x[c] - mean, 2) / d;
  }
  for (int c = 0; c < d; c++) {
    y[c] = (x[c] - mean) / sqrt(variance + 1e-5) * gamma[c] + beta[c];
  }
}

static void norm(const Reference *ref, const char *prefix, int64_t rows, const double *x, double *y)
{
  const int d = ref->shape->width;

  for (int64_t k = 0; ref->shape->norm == NORM_NONE && k < rows * d; k++) {
    y[k] = x[k];
  }
  for (int c = 0; ref->shape->norm == NORM_BATCH && c < d; c++) {
    batch_norm(ref, prefix, rows, c, x, y);
  }
  for (int64_t r = 0; ref->shape->norm == NORM_LAYER && r < rows; r++) {
    layer_norm(ref, prefix, x + r * d, y + r * d);
  }
}

/* y (rows, outputs) = W x + b, the map PREFIX.NAME of the rows x (rows, inputs) */
static void linear(const Reference *ref, const char *prefix, const char *name, int64_t rows,
                   int inputs, int outputs, const double *x, double *y)
{
  char full[TENSOR_NAME];
  const double *weight, *bias;

  (void)PetscSNPrintf(full, sizeof(full), "%s.%s", prefix, name);
  weight = tensor_of(ref, full, "weight");
  bias = tensor_of(ref, full, "bias");
  for (int64_t r = 0; r < rows; r++) {
    for (int o = 0; o < outputs; o++) {
      y[r * outputs + o] = bias[o];
      for (int i = 0; i < inputs; i++) {
        y[r * outputs + o] += weight[o * inputs + i] * x[r * inputs + i];
      }
    }
  }
}

/* One query of one head over the rows of keys and values; o (head_width), weight (n_keys) */
static void attend(int width, int channels, int64_t n_keys, const double *q, const double *k,
                   const double *v, double *weight, double *o)
{
  double most = -INFINITY, sum = 0;

  for (int64_t j = 0; j < n_keys; j++) {
    weight[j] = 0;
    for (int c = 0; c < width; c++) {
      weight[j] += q[c] * k[j * channels + c] / sqrt(width);
    }
    most = fmax(most, weight[j]);
  }
  for (int64_t j = 0; j < n_keys; j++) {
    weight[j] = exp(weight[j] - most);
    sum += weight[j];
  }
  for (int c = 0; c < width; c++) {
    o[c] = 0;
  }
  for (int64_t j = 0; j < n_keys; j++) {
    weight[j] /= sum;
    for (int c = 0; c < width; c++) {
      o[c] += weight[j] * v[j * channels + c];
    }
  }
}

/* Adds what a query has of each key, weight (heads, n_keys), v (n_keys, channels), to the scores of its target: the
   weights of all heads, and | sum over heads of weight W_o v |. */
static void add_scores(const Reference *ref, const char *prefix, int64_t n_keys,
                       const double *weight, const double *v, double *score)
{
  const int64_t n = ref->shape->n_neurons;
  const int width = ref->shape->head_width, channels = ref->shape->heads * width;
  char name[TENSOR_NAME];
  const double *out;

  (void)PetscSNPrintf(name, sizeof(name), "%s.out_projection", prefix);
  out = tensor_of(ref, name, "weight");
  for (int64_t j = 0; j < n_keys; j++) {
    double square = 0;

    for (int h = 0; h < ref->shape->heads; h++) {
      score[j / (n_keys / n)] += weight[h * n_keys + j];
    }
    for (int o = 0; o < ref->shape->width; o++) {
      double y = 0;

      for (int c = 0; c < channels; c++) {
        y += out[o * channels + c] * weight[c / width * n_keys + j] * v[j * channels + c];
      }
      square += y * y;
    }
    score[n * n + j / (n_keys / n)] += sqrt(square);
  }
}

/* x (rows, width) += W_o attention(norm(x), source) + b_o. The rows are in `groups` equal parts, each of
   which attends to its own part of the source (source_rows, width); NULL for norm(x). */
static PetscErrorCode attention(const Reference *ref, const char *prefix, const char *norm_name,
                                int64_t groups, int64_t rows, double *x, int64_t source_rows,
                                const double *source, PetscBool scored)
{
  const int d = ref->shape->width, width = ref->shape->head_width;
  const int channels = ref->shape->heads * width;
  const int64_t n_queries = rows / groups, n_keys = source_rows / groups;
  const int64_t n = ref->shape->n_neurons;
  double *normed, *q, *k, *v, *o, *y, *weight;

  PetscFunctionBegin;
  PetscCall(PetscMalloc7(rows * d, &normed, rows * channels, &q, source_rows * channels, &k,
                         source_rows * channels, &v, rows * channels, &o, rows * d, &y,
                         ref->shape->heads * n_keys, &weight));
  norm(ref, norm_name, rows, x, normed);
  linear(ref, prefix, "query_projection", rows, d, channels, normed, q);
  linear(ref, prefix, "key_projection", source_rows, d, channels, source ? source : normed, k);
  linear(ref, prefix, "value_projection", source_rows, d, channels, source ? source : normed, v);
  for (int64_t i = 0; i < rows; i++) {
    const int64_t first = i / n_queries * n_keys * channels;

    for (int c = 0; c < channels; c += width) {
      attend(width, channels, n_keys, q + i * channels + c, k + first + c, v + first + c,
             weight + c / width * n_keys, o + i * channels + c);
    }
    if (scored) {
      add_scores(ref, prefix, n_keys, weight, v + first,
                 ref->score + i % n_queries / (n_queries / n) * n);
    }
  }
  linear(ref, prefix, "out_projection", rows, channels, d, o, y);
  for (int64_t e = 0; e < rows * d; e++) {
    x[e] += y[e];
  }
  PetscCall(PetscFree7(normed, q, k, v, o, y, weight));
  PetscFunctionReturn(0);
}

/* x += dropout(W2 dropout(gelu(W1 norm(x) + b1)) + b2) */
static PetscErrorCode feed_forward(const Reference *ref, const char *prefix, const char *norm_name,
                                   int site, int64_t rows, double *x)
{
  const int d = ref->shape->width, hidden = ref->shape->hidden;
  double *normed, *h, *y;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(rows * d, &normed, rows * hidden, &h, rows * d, &y));
  norm(ref, norm_name, rows, x, normed);
  linear(ref, prefix, "conv1", rows, d, hidden, normed, h);
  for (int64_t e = 0; e < rows * hidden; e++) {
    h[e] *= 0.5 * (1.0 + erf(h[e] / sqrt(2.0))) * kept(ref, site, e / hidden, hidden, e % hidden);
  }
  linear(ref, prefix, "conv2", rows, hidden, d, h, y);
  for (int64_t e = 0; e < rows * d; e++) {
    x[e] += kept(ref, site + 1, e / d, d, e % d) * y[e];
  }
  PetscCall(PetscFree3(normed, h, y));
  PetscFunctionReturn(0);
}

/* Names of the parts of one layer. */
typedef struct {
  char layer[TENSOR_NAME], local[TENSOR_NAME], global[TENSOR_NAME];
  char norm_local[TENSOR_NAME], norm_global[TENSOR_NAME], norm_last[TENSOR_NAME];
} Names;

static Names names_of(PetscBool encoder, int layer)
{
  const char *cross = encoder ? "" : "_cross";
  Names n;

  (void)PetscSNPrintf(n.layer, TENSOR_NAME, "%s.%d",
                      encoder ? "encoder.attn_layers" : "decoder.layers", layer);
  (void)PetscSNPrintf(n.local, TENSOR_NAME, "%s.local%s_attention", n.layer, cross);
  (void)PetscSNPrintf(n.global, TENSOR_NAME, "%s.global%s_attention", n.layer, cross);
  (void)PetscSNPrintf(n.norm_local, TENSOR_NAME, "%s.norm%d", n.layer, encoder ? 1 : 3);
  (void)PetscSNPrintf(n.norm_global, TENSOR_NAME, "%s.norm%d", n.layer, encoder ? 2 : 4);
  (void)PetscSNPrintf(n.norm_last, TENSOR_NAME, "%s.norm%d", n.layer, encoder ? 3 : 5);
  return n;
}

static PetscErrorCode encode(const Reference *ref, int64_t rows, double *x)
{
  const int64_t samples = ref->batch->n_samples, pairs = samples * ref->shape->n_neurons;

  PetscFunctionBegin;
  embed(ref, PETSC_TRUE, x);
  for (int layer = 0; layer < ref->model->encoder_layers; layer++) {
    const Names n = names_of(PETSC_TRUE, layer);

    PetscCall(attention(ref, n.local, n.norm_local, pairs, rows, x, rows, NULL, PETSC_FALSE));
    if (ref->model->is_full) {
      PetscCall(attention(ref, n.global, n.norm_global, samples, rows, x, rows, NULL, PETSC_FALSE));
    }
    PetscCall(feed_forward(ref, n.layer, n.norm_last, SITE_LAYERS + 4 * layer, rows, x));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode decode(const Reference *ref, int64_t source_rows, const double *source,
                             int64_t rows, double *x)
{
  const int64_t samples = ref->batch->n_samples, pairs = samples * ref->shape->n_neurons;

  PetscFunctionBegin;
  embed(ref, PETSC_FALSE, x);
  for (int layer = 0; layer < ref->model->decoder_layers; layer++) {
    const Names n = names_of(PETSC_FALSE, layer);

    PetscCall(
        attention(ref, n.local, n.norm_local, pairs, rows, x, source_rows, source, PETSC_FALSE));
    PetscCall(
        attention(ref, n.global, n.norm_global, samples, rows, x, source_rows, source, PETSC_TRUE));
    PetscCall(feed_forward(ref, n.layer, n.norm_last, SITE_LAYERS + 4 * layer + 2, rows, x));
  }
  PetscFunctionReturn(0);
}

/* Forecast and loss of one entry from the output of the head. */
static double entry(int loss, double x, double y, double *prediction)
{
  if (loss == LOSS_POISSON) {
    *prediction = log(1.0 + exp(x));
    return *prediction - y * log(*prediction + 1e-8);
  }
  if (loss == LOSS_BCE) {
    *prediction = 1.0 / (1.0 + exp(-x));
    return -y * log(*prediction) - (1.0 - y) * log(1.0 - *prediction);
  }
  *prediction = x;
  return (x - y) * (x - y);
}

PetscErrorCode ReferenceForward(const Causalformer *model, const Batch *batch, PetscBool training,
                                uint32_t seed, int64_t member, int64_t step, double *value,
                                double *prediction, double *loss, double *score)
{
  const Reference ref = {
      model, &model->base.shape, &model->base.weights, batch, training, seed, member, step, value,
      score};
  const int64_t pairs = batch->n_samples * model->base.shape.n_neurons;
  const int64_t rows[2] = {pairs * model->base.shape.context, pairs * model->base.shape.horizon};
  const int d = model->base.shape.width;
  double *encoded, *decoded;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(rows[0] * d, &encoded, rows[1] * d, &decoded));
  PetscCall(PetscArrayzero(score, 2 * model->base.shape.n_neurons * model->base.shape.n_neurons));
  PetscCall(encode(&ref, rows[0], encoded));
  PetscCall(decode(&ref, rows[0], encoded, rows[1], decoded));
  *loss = 0;
  for (int64_t e = 0; e < rows[1]; e++) {
    const double *weight = tensor_of(&ref, "forecaster_onestep", "weight");
    double x = tensor_of(&ref, "forecaster_onestep", "bias")[0];

    for (int c = 0; c < d; c++) {
      x += weight[c] * decoded[e * d + c];
    }
    *loss += entry(model->base.shape.loss, x, (double)batch->target[e], &prediction[e]);
  }
  PetscCall(PetscFree2(encoded, decoded));
  PetscFunctionReturn(0);
}
