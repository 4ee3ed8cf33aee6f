/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Attention and activation as plain scalar loops, formula by formula. The vectorised kernels are tested against these; in
   double precision only these run. */
#include "kernels/kernels.h"

#include <math.h>

static double gelu_value(double x)
{
  return 0.5 * x * (1.0 + erf(x * M_SQRT1_2));
}

static double gelu_slope(double x)
{
  return 0.5 * (1.0 + erf(x * M_SQRT1_2)) + x * exp(-0.5 * x * x) * 0.5 * M_SQRT1_2 * M_2_SQRTPI;
}

static Real kept(Dropout dropout, int64_t row, int c)
{
  if (!dropout.words) {
    return 1;
  }
  return dropout.words[row * dropout.stride + c] >= dropout.cut ? dropout.keep : 0;
}

static void gelu(int64_t rows, int d, const Real *bias, Dropout dropout, Real *h, Real *a)
{
  for (int64_t r = 0; r < rows; r++) {
    for (int c = 0; c < d; c++) {
      h[r * d + c] += bias[c];
      a[r * d + c] = kept(dropout, r, c) * (Real)gelu_value(h[r * d + c]);
    }
  }
}

static void gelu_backward(int64_t rows, int d, const Real *h, Dropout dropout, Real *a, Real *da,
                          Real *dbias)
{
  for (int64_t r = 0; r < rows; r++) {
    for (int c = 0; c < d; c++) {
      const Real keep = kept(dropout, r, c);

      a[r * d + c] = keep * (Real)gelu_value(h[r * d + c]);
      da[r * d + c] *= keep * (Real)gelu_slope(h[r * d + c]);
      dbias[c] += da[r * d + c];
    }
  }
}

/* Position of channel c of a token of one pair and head. */
static int64_t query_at(const LocalShape *s, int64_t pair, int head, int token, int c)
{
  return (head * s->width + c) * s->query_stride + token * s->query_step + pair;
}

static int64_t key_at(const LocalShape *s, int64_t pair, int head, int token, int c)
{
  return (head * s->width + c) * s->key_stride + token * s->key_step + pair;
}

/* Attention weights of one query over the keys of its pair. */
static void local_weights(const LocalShape *s, int64_t pair, int head, int query, const Real *q,
                          const Real *k, double *weight)
{
  double most = -INFINITY, sum = 0;

  for (int key = 0; key < s->n_keys; key++) {
    weight[key] = 0;
    for (int c = 0; c < s->width; c++) {
      weight[key] += (double)q[query_at(s, pair, head, query, c)] *
                     (double)k[key_at(s, pair, head, key, c)] / sqrt(s->width);
    }
    most = fmax(most, weight[key]);
  }
  for (int key = 0; key < s->n_keys; key++) {
    weight[key] = exp(weight[key] - most);
    sum += weight[key];
  }
  for (int key = 0; key < s->n_keys; key++) {
    weight[key] /= sum;
  }
}

static void local_query(const LocalShape *s, int64_t pair, int head, int query, const Real *q,
                        const Real *k, const Real *v, double *weight, Real *o)
{
  local_weights(s, pair, head, query, q, k, weight);
  for (int c = 0; c < s->width; c++) {
    double sum = 0;

    for (int key = 0; key < s->n_keys; key++) {
      sum += weight[key] * (double)v[key_at(s, pair, head, key, c)];
    }
    o[query_at(s, pair, head, query, c)] = (Real)sum;
  }
}

static void local_forward(const LocalShape *s, const Real *q, const Real *k, const Real *v, Real *o)
{
  double weight[CONTEXT_MOST];

  for (int64_t pair = 0; pair < s->n_pairs; pair++) {
    for (int head = 0; head < s->heads; head++) {
      for (int query = 0; query < s->n_queries; query++) {
        local_query(s, pair, head, query, q, k, v, weight, o);
      }
    }
  }
}

static void local_query_backward(const LocalShape *s, int64_t pair, int head, int query,
                                 const Real *q, const Real *k, const Real *v, const Real *dout,
                                 Real *dq, Real *dk, Real *dv)
{
  double weight[CONTEXT_MOST], slope[CONTEXT_MOST], mean = 0;

  local_weights(s, pair, head, query, q, k, weight);
  for (int key = 0; key < s->n_keys; key++) {
    slope[key] = 0;
    for (int c = 0; c < s->width; c++) {
      slope[key] += (double)dout[query_at(s, pair, head, query, c)] *
                    (double)v[key_at(s, pair, head, key, c)];
    }
    mean += weight[key] * slope[key];
  }
  for (int c = 0; c < s->width; c++) {
    const int64_t at = query_at(s, pair, head, query, c);

    dq[at] = 0;
    for (int key = 0; key < s->n_keys; key++) {
      const int64_t to = key_at(s, pair, head, key, c);
      const double g = weight[key] * (slope[key] - mean) / sqrt(s->width);

      dq[at] += (Real)(g * (double)k[to]);
      dk[to] += (Real)(g * (double)q[at]);
      dv[to] += (Real)(weight[key] * (double)dout[at]);
    }
  }
}

static void local_backward(const LocalShape *s, const Real *q, const Real *k, const Real *v,
                           const Real *dout, Real *dq, Real *dk, Real *dv)
{
  for (int64_t pair = 0; pair < s->n_pairs; pair++) {
    for (int head = 0; head < s->heads; head++) {
      for (int key = 0; key < s->n_keys; key++) {
        for (int c = 0; c < s->width; c++) {
          dk[key_at(s, pair, head, key, c)] = dv[key_at(s, pair, head, key, c)] = 0;
        }
      }
      for (int query = 0; query < s->n_queries; query++) {
        local_query_backward(s, pair, head, query, q, k, v, dout, dq, dk, dv);
      }
    }
  }
}

/* Score of one query and key. */
static Real score(const GlobalShape *s, int head, const Real *q, const Real *k, int64_t key)
{
  double sum = 0;

  for (int c = head * s->width; c < (head + 1) * s->width; c++) {
    sum += (double)q[c] * (double)k[c * s->key_stride + key];
  }
  return (Real)(sum / sqrt(s->width));
}

static Real exponential(Real x)
{
  return (Real)exp((double)x);
}

static void global_forward(const GlobalShape *s, int64_t n_queries, const Real *q, const Real *k,
                           const Real *v, Real *o, Real *max, Real *sum)
{
  const int channels = s->heads * s->width;

  for (int64_t i = 0; i < n_queries; i++) {
    for (int head = 0; head < s->heads; head++) {
      Real *running_max = &max[i * s->heads + head], *running_sum = &sum[i * s->heads + head];

      for (int64_t key = 0; key < s->n_keys; key++) {
        const Real x = score(s, head, q + i * channels, k, key);
        const Real most = x > *running_max ? x : *running_max;
        const Real old = exponential(*running_max - most), new = exponential(x - most);

        *running_sum = old * *running_sum + new;
        for (int c = head * s->width; c < (head + 1) * s->width; c++) {
          o[i * channels + c] = old * o[i * channels + c] + new *v[c * s->key_stride + key];
        }
        *running_max = most;
      }
    }
  }
}

static void global_backward(const GlobalShape *s, int64_t n_queries, const Real *q,
                            const Real *dout, const Real *lse, const Real *delta, const Real *k,
                            const Real *v, Real *dq, Real *dk, Real *dv)
{
  const int channels = s->heads * s->width;
  const Real scale = (Real)(1.0 / sqrt(s->width));

  for (int64_t i = 0; i < n_queries; i++) {
    for (int head = 0; head < s->heads; head++) {
      const int first = head * s->width;

      for (int64_t key = 0; key < s->n_keys; key++) {
        const Real weight =
            exponential(score(s, head, q + i * channels, k, key) - lse[i * s->heads + head]);
        Real slope = 0;

        for (int c = first; c < first + s->width; c++) {
          slope += dout[i * channels + c] * v[c * s->key_stride + key];
        }
        slope = weight * (slope - delta[i * s->heads + head]) * scale;
        for (int c = first; c < first + s->width; c++) {
          dq[i * channels + c] += slope * k[c * s->key_stride + key];
          dk[c * s->key_stride + key] += slope * q[i * channels + c];
          dv[c * s->key_stride + key] += weight * dout[i * channels + c];
        }
      }
    }
  }
}

static void global_weights(const GlobalShape *s, const Real *q, const Real *lse, const Real *k,
                           Real *weight)
{
  for (int64_t key = 0; key < s->n_keys; key++) {
    weight[key] = 0;
    for (int head = 0; head < s->heads; head++) {
      weight[key] += exponential(score(s, head, q, k, key) - lse[head]);
    }
  }
}

static Real largest(int64_t n, const Real *x)
{
  Real most = x[0];

  for (int64_t k = 1; k < n; k++) {
    most = x[k] > most ? x[k] : most;
  }
  return most;
}

static Real exponentials(int64_t n, Real shift, Real *x)
{
  Real sum = 0;

  for (int64_t k = 0; k < n; k++) {
    x[k] = exponential(x[k] - shift);
    sum += x[k];
  }
  return sum;
}

extern const AttentionKernels attention_plain;
const AttentionKernels attention_plain = {gelu,           gelu_backward,  local_forward,
                                          local_backward, global_forward, global_backward,
                                          global_weights, largest,        exponentials};
