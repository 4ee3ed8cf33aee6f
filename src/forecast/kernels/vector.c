/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Attention and activation with vectors, compiled once for each instruction set. */
#include "kernels/vector.h"
#include "kernels/kernel_name.h"
#include "kernels/kernels.h"

#include <math.h>

/* Number of keys in a tile: scores of one query, and keys and values of one head, fit into the first-level cache. */
enum { TILE = 512 };

/* keep or 0 for each lane */
INLINE Vec kept(Dropout dropout, const uint16_t *words, int64_t count)
{
  WordVec some = {0};
  IntVec wide;

  if (!words) {
    return vec_set(1.0f);
  }
  if (count == LANES) {
    memcpy(&some, words, sizeof(some));
  } else {
    memcpy(&some, words, (size_t)count * sizeof(uint16_t));
  }
  wide = __builtin_convertvector(some, IntVec);
  return (Vec)((IntVec)vec_set(dropout.keep) & (wide >= (int32_t)dropout.cut));
}

INLINE void gelu_lanes(int64_t count, const float *bias, Dropout dropout, const uint16_t *words,
                       float *h, float *a)
{
  const Vec x = load_lanes(h, count) + load_lanes(bias, count);
  Vec cdf, pdf;

  gelu_parts(x, &cdf, &pdf);
  store_lanes(h, x, count);
  store_lanes(a, kept(dropout, words, count) * x * cdf, count);
}

static void gelu(int64_t rows, int d, const Real *bias, Dropout dropout, Real *h, Real *a)
{
  for (int64_t r = 0; r < rows; r++) {
    const uint16_t *words = dropout.words ? dropout.words + r * dropout.stride : NULL;
    int c = 0;

    for (; c + LANES <= d; c += LANES) {
      gelu_lanes(LANES, bias + c, dropout, words ? words + c : NULL, h + r * d + c, a + r * d + c);
    }
    if (c < d) {
      gelu_lanes(d - c, bias + c, dropout, words ? words + c : NULL, h + r * d + c, a + r * d + c);
    }
  }
}

INLINE void gelu_backward_lanes(int64_t count, const float *h, Dropout dropout,
                                const uint16_t *words, float *a, float *da, float *dbias)
{
  const Vec x = load_lanes(h, count), keep = kept(dropout, words, count);
  Vec cdf, pdf, slope;

  gelu_parts(x, &cdf, &pdf);
  store_lanes(a, keep * x * cdf, count);
  slope = load_lanes(da, count) * keep * (cdf + x * pdf);
  store_lanes(da, slope, count);
  store_lanes(dbias, load_lanes(dbias, count) + slope, count);
}

static void gelu_backward(int64_t rows, int d, const Real *h, Dropout dropout, Real *a, Real *da,
                          Real *dbias)
{
  for (int64_t r = 0; r < rows; r++) {
    const uint16_t *words = dropout.words ? dropout.words + r * dropout.stride : NULL;
    int c = 0;

    for (; c + LANES <= d; c += LANES) {
      gelu_backward_lanes(LANES, h + r * d + c, dropout, words ? words + c : NULL, a + r * d + c,
                          da + r * d + c, dbias + c);
    }
    if (c < d) {
      gelu_backward_lanes(d - c, h + r * d + c, dropout, words ? words + c : NULL, a + r * d + c,
                          da + r * d + c, dbias + c);
    }
  }
}

/* exp of the scores of one query of LANES pairs, and their sum. q: the query's channels, scaled. */
INLINE Vec local_exponentials(const LocalShape *s, int64_t width, int64_t count, const Vec *q,
                              const float *k, Vec *weight)
{
  Vec most = vec_set(SCORE_LOWEST), sum = {0};

  for (int key = 0; key < s->n_keys; key++) {
    Vec x = {0};

#pragma GCC unroll 16
    for (int c = 0; c < width; c++) {
      x += q[c] * load_lanes(k + c * s->key_stride + key * s->key_step, count);
    }
    weight[key] = x;
    most = vec_max(most, x);
  }
  for (int key = 0; key < s->n_keys; key++) {
    weight[key] = vec_exp(weight[key] - most);
    sum += weight[key];
  }
  return sum;
}

INLINE void local_forward_lanes(const LocalShape *s, int64_t width, int64_t count, const float *q,
                                const float *k, const float *v, float *o)
{
  const float scale = 1.0f / sqrtf((float)width);
  Vec weight[CONTEXT_MOST], query[HEAD_WIDTH_MOST], sum[HEAD_WIDTH_MOST], total;

#pragma GCC unroll 16
  for (int c = 0; c < width; c++) {
    query[c] = scale * load_lanes(q + c * s->query_stride, count);
    sum[c] = (Vec){0};
  }
  total = 1.0f / local_exponentials(s, width, count, query, k, weight);
  for (int key = 0; key < s->n_keys; key++) {
#pragma GCC unroll 16
    for (int c = 0; c < width; c++) {
      sum[c] += weight[key] * load_lanes(v + c * s->key_stride + key * s->key_step, count);
    }
  }
#pragma GCC unroll 16
  for (int c = 0; c < width; c++) {
    store_lanes(o + c * s->query_stride, total * sum[c], count);
  }
}

INLINE void local_forward_width(const LocalShape *s, int64_t width, const float *q, const float *k,
                                const float *v, float *o)
{
  for (int64_t pair = 0; pair < s->n_pairs; pair += LANES) {
    for (int head = 0; head < s->heads; head++) {
      for (int token = 0; token < s->n_queries; token++) {
        const int64_t query = head * width * s->query_stride + token * s->query_step + pair;
        const int64_t key = head * width * s->key_stride + pair;

        if (pair + LANES <= s->n_pairs) {
          local_forward_lanes(s, width, LANES, q + query, k + key, v + key, o + query);
        } else {
          local_forward_lanes(s, width, s->n_pairs - pair, q + query, k + key, v + key, o + query);
        }
      }
    }
  }
}

static void local_forward(const LocalShape *s, const Real *q, const Real *k, const Real *v, Real *o)
{
  if (s->width == 8) {
    local_forward_width(s, 8, q, k, v, o);
  } else {
    local_forward_width(s, s->width, q, k, v, o);
  }
}

/* Backward pass of one query of LANES pairs; adds to dk and dv. */
INLINE void local_backward_lanes(const LocalShape *s, int64_t width, int64_t count, const float *q,
                                 const float *k, const float *v, const float *dout, float *dq,
                                 float *dk, float *dv)
{
  const float scale = 1.0f / sqrtf((float)width);
  Vec weight[CONTEXT_MOST], slope[CONTEXT_MOST], mean = {0}, total;
  Vec query[HEAD_WIDTH_MOST], out[HEAD_WIDTH_MOST], sum[HEAD_WIDTH_MOST];

#pragma GCC unroll 16
  for (int c = 0; c < width; c++) {
    query[c] = scale * load_lanes(q + c * s->query_stride, count);
    out[c] = load_lanes(dout + c * s->query_stride, count);
    sum[c] = (Vec){0};
  }
  total = 1.0f / local_exponentials(s, width, count, query, k, weight);
  for (int key = 0; key < s->n_keys; key++) {
    Vec x = {0};

#pragma GCC unroll 16
    for (int c = 0; c < width; c++) {
      x += out[c] * load_lanes(v + c * s->key_stride + key * s->key_step, count);
    }
    weight[key] *= total;
    slope[key] = x;
    mean += weight[key] * x;
  }
  for (int key = 0; key < s->n_keys; key++) {
    const Vec g = weight[key] * (slope[key] - mean);
    const int64_t at = key * s->key_step;

#pragma GCC unroll 16
    for (int c = 0; c < width; c++) {
      float *dk_at = dk + c * s->key_stride + at, *dv_at = dv + c * s->key_stride + at;

      sum[c] += g * load_lanes(k + c * s->key_stride + at, count);
      store_lanes(dk_at, load_lanes(dk_at, count) + g * query[c], count);
      store_lanes(dv_at, load_lanes(dv_at, count) + weight[key] * out[c], count);
    }
  }
#pragma GCC unroll 16
  for (int c = 0; c < width; c++) {
    store_lanes(dq + c * s->query_stride, scale * sum[c], count);
  }
}

INLINE void local_backward_width(const LocalShape *s, int64_t width, const float *q, const float *k,
                                 const float *v, const float *dout, float *dq, float *dk, float *dv)
{
  for (int64_t pair = 0; pair < s->n_pairs; pair += LANES) {
    const int64_t count = s->n_pairs - pair < LANES ? s->n_pairs - pair : LANES;

    for (int head = 0; head < s->heads; head++) {
      const int64_t key = head * width * s->key_stride + pair;

      for (int token = 0; token < s->n_keys; token++) {
        for (int c = 0; c < width; c++) {
          store_lanes(dk + key + c * s->key_stride + token * s->key_step, (Vec){0}, count);
          store_lanes(dv + key + c * s->key_stride + token * s->key_step, (Vec){0}, count);
        }
      }
      for (int token = 0; token < s->n_queries; token++) {
        const int64_t query = head * width * s->query_stride + token * s->query_step + pair;

        if (count == LANES) {
          local_backward_lanes(s, width, LANES, q + query, k + key, v + key, dout + query,
                               dq + query, dk + key, dv + key);
        } else {
          local_backward_lanes(s, width, count, q + query, k + key, v + key, dout + query,
                               dq + query, dk + key, dv + key);
        }
      }
    }
  }
}

static void local_backward(const LocalShape *s, const Real *q, const Real *k, const Real *v,
                           const Real *dout, Real *dq, Real *dk, Real *dv)
{
  if (s->width == 8) {
    local_backward_width(s, 8, q, k, v, dout, dq, dk, dv);
  } else {
    local_backward_width(s, s->width, q, k, v, dout, dq, dk, dv);
  }
}

/* Scores of one query with LANES keys; lanes beyond the last key get SCORE_LOWEST. */
INLINE Vec global_scores(const GlobalShape *s, int64_t width, const float *q, const float *k,
                         int64_t first)
{
  Vec x = {0};

#pragma GCC unroll 16
  for (int c = 0; c < width; c++) {
    x += q[c] * vec_load(k + c * s->key_stride + first);
  }
  return first + LANES <= s->n_keys ? x : vec_first(x, s->n_keys - first, SCORE_LOWEST);
}

/* Forward pass of one query and head for the keys [first, end) of a tile. */
INLINE void global_forward_tile(const GlobalShape *s, int64_t width, int64_t first, int64_t end,
                                const float *q, const float *k, const float *v, float *o,
                                float *max, float *sum)
{
  const float scale = 1.0f / sqrtf((float)width);
  float query[HEAD_WIDTH_MOST], old, most;
  Vec score[TILE / LANES], output[HEAD_WIDTH_MOST], total = {0}, highest = vec_set(*max);

#pragma GCC unroll 16
  for (int c = 0; c < width; c++) {
    query[c] = scale * q[c];
    output[c] = (Vec){0};
  }
  for (int64_t key = first; key < end; key += LANES) {
    const Vec x = global_scores(s, width, query, k, key);

    score[(key - first) / LANES] = x;
    highest = vec_max(highest, x);
  }
  most = vec_most(highest);
  for (int64_t key = first; key < end; key += LANES) {
    const Vec weight = vec_exp(score[(key - first) / LANES] - most);

    total += weight;
#pragma GCC unroll 16
    for (int c = 0; c < width; c++) {
      output[c] += weight * vec_load(v + c * s->key_stride + key);
    }
  }
  old = *max < most ? expf(*max - most) : 1.0f;
  *max = most;
  *sum = old * *sum + vec_sum(total);
#pragma GCC unroll 16
  for (int c = 0; c < width; c++) {
    o[c] = old * o[c] + vec_sum(output[c]);
  }
}

INLINE void global_forward_width(const GlobalShape *s, int64_t width, int64_t n_queries,
                                 const float *q, const float *k, const float *v, float *o,
                                 float *max, float *sum)
{
  const int64_t channels = s->heads * width;

  for (int head = 0; head < s->heads; head++) {
    const int64_t row = head * width * s->key_stride;

    for (int64_t first = 0; first < s->n_keys; first += TILE) {
      const int64_t end = first + TILE < s->n_keys ? first + TILE : s->n_keys;

      for (int64_t i = 0; i < n_queries; i++) {
        global_forward_tile(s, width, first, end, q + i * channels + head * width, k + row, v + row,
                            o + i * channels + head * width, max + i * s->heads + head,
                            sum + i * s->heads + head);
      }
    }
  }
}

static void global_forward(const GlobalShape *s, int64_t n_queries, const Real *q, const Real *k,
                           const Real *v, Real *o, Real *max, Real *sum)
{
  if (s->width == 8) {
    global_forward_width(s, 8, n_queries, q, k, v, o, max, sum);
  } else {
    global_forward_width(s, s->width, n_queries, q, k, v, o, max, sum);
  }
}

/* Backward pass of `n` (1 or 2) queries and a head for the keys [first, end) of a tile. Two queries share the loads of keys
   and values, and the loads and stores of their gradients. Rows of queries are `stride` apart. */
INLINE void global_backward_tile(const GlobalShape *s, int64_t width, int n, int64_t first,
                                 int64_t end, int64_t stride, const float *q, const float *dout,
                                 const float *lse, const float *delta, const float *k,
                                 const float *v, float *dq, float *dk, float *dv)
{
  const int64_t heads = s->heads;
  const float scale = 1.0f / sqrtf((float)width);
  float query[2][HEAD_WIDTH_MOST];
  Vec sum[2][HEAD_WIDTH_MOST];

#pragma GCC unroll 2
  for (int i = 0; i < n; i++) {
#pragma GCC unroll 16
    for (int c = 0; c < width; c++) {
      query[i][c] = scale * q[i * stride + c];
      sum[i][c] = (Vec){0};
    }
  }
  for (int64_t key = first; key < end; key += LANES) {
    Vec weight[2], slope[2];

#pragma GCC unroll 2
    for (int i = 0; i < n; i++) {
      weight[i] = vec_exp(global_scores(s, width, query[i], k, key) - lse[i * heads]);
      slope[i] = (Vec){0};
#pragma GCC unroll 16
      for (int c = 0; c < width; c++) {
        slope[i] += dout[i * stride + c] * vec_load(v + c * s->key_stride + key);
      }
      slope[i] = weight[i] * (slope[i] - delta[i * heads]);
    }
#pragma GCC unroll 16
    for (int c = 0; c < width; c++) {
      const Vec k_lanes = vec_load(k + c * s->key_stride + key);
      float *dk_at = dk + c * s->key_stride + key, *dv_at = dv + c * s->key_stride + key;
      Vec dk_lanes = vec_load(dk_at), dv_lanes = vec_load(dv_at);

#pragma GCC unroll 2
      for (int i = 0; i < n; i++) {
        sum[i][c] += slope[i] * k_lanes;
        dk_lanes += query[i][c] * slope[i];
        dv_lanes += dout[i * stride + c] * weight[i];
      }
      vec_store(dk_at, dk_lanes);
      vec_store(dv_at, dv_lanes);
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i < n; i++) {
#pragma GCC unroll 16
    for (int c = 0; c < width; c++) {
      dq[i * stride + c] += scale * vec_sum(sum[i][c]);
    }
  }
}

INLINE void global_backward_width(const GlobalShape *s, int64_t width, int64_t n_queries,
                                  const float *q, const float *dout, const float *lse,
                                  const float *delta, const float *k, const float *v, float *dq,
                                  float *dk, float *dv)
{
  const int64_t stride = s->heads * width,
                tile = TILE / 2; /* gradients also take space in the cache */

  for (int head = 0; head < s->heads; head++) {
    const int64_t row = head * width * s->key_stride;

    for (int64_t first = 0; first < s->n_keys; first += tile) {
      const int64_t end = first + tile < s->n_keys ? first + tile : s->n_keys;
      int64_t i = 0;

      for (; i + 1 < n_queries; i += 2) {
        const int64_t at = i * stride + head * width, statistic = i * s->heads + head;

        global_backward_tile(s, width, 2, first, end, stride, q + at, dout + at, lse + statistic,
                             delta + statistic, k + row, v + row, dq + at, dk + row, dv + row);
      }
      if (i < n_queries) {
        const int64_t at = i * stride + head * width, statistic = i * s->heads + head;

        global_backward_tile(s, width, 1, first, end, stride, q + at, dout + at, lse + statistic,
                             delta + statistic, k + row, v + row, dq + at, dk + row, dv + row);
      }
    }
  }
}

static void global_backward(const GlobalShape *s, int64_t n_queries, const Real *q,
                            const Real *dout, const Real *lse, const Real *delta, const Real *k,
                            const Real *v, Real *dq, Real *dk, Real *dv)
{
  if (s->width == 8) {
    global_backward_width(s, 8, n_queries, q, dout, lse, delta, k, v, dq, dk, dv);
  } else {
    global_backward_width(s, s->width, n_queries, q, dout, lse, delta, k, v, dq, dk, dv);
  }
}

static void global_weights(const GlobalShape *s, const Real *q, const Real *lse, const Real *k,
                           Real *weight)
{
  const int64_t width = s->width;
  const float scale = 1.0f / sqrtf((float)width);
  float query[HEAD_WIDTH_MOST];

  for (int64_t key = 0; key < s->key_stride; key++) {
    weight[key] = 0;
  }
  for (int head = 0; head < s->heads; head++) {
    for (int c = 0; c < width; c++) {
      query[c] = scale * q[head * width + c];
    }
    for (int64_t key = 0; key < s->n_keys; key += LANES) {
      const Vec x = global_scores(s, width, query, k + head * width * s->key_stride, key);

      vec_store(weight + key, vec_load(weight + key) + vec_exp(x - lse[head]));
    }
  }
}

static Real largest(int64_t n, const Real *x)
{
  Vec most = vec_set(x[0]);

  for (int64_t k = 0; k < n; k += LANES) {
    const int64_t count = n - k < LANES ? n - k : LANES;

    most = vec_max(most, vec_first(load_lanes(x + k, count), count, x[0]));
  }
  return vec_most(most);
}

static Real exponentials(int64_t n, Real shift, Real *x)
{
  Vec sum = {0};

  for (int64_t k = 0; k < n; k += LANES) {
    const int64_t count = n - k < LANES ? n - k : LANES;
    const Vec e = vec_exp(load_lanes(x + k, count) - shift);

    store_lanes(x + k, e, count);
    sum += vec_first(e, count, 0);
  }
  return vec_sum(sum);
}

extern const AttentionKernels KERNEL_NAME(attention);
const AttentionKernels KERNEL_NAME(attention) = {gelu,           gelu_backward,  local_forward,
                                                 local_backward, global_forward, global_backward,
                                                 global_weights, largest,        exponentials};
