/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Attention and activation in vectors, of every instruction set that this processor has, against the
   table of plain loops. Errors are told relative to the largest number of the result. A score s is a
   rounded sum, wrong by about FLT_EPSILON |s|, and so is each exp(s) relative to itself; so what is
   allowed grows with the largest score. */
#include "kernel_check.h"

static const double epsilon = (double)FLT_EPSILON;
static const AttentionKernels *plain;

/* Roundings of a weight and of a sum over `keys`, of scores up to `largest`. */
static double allowed(double largest, int64_t keys)
{
  return epsilon * (8 + 4 * largest + sqrt((double)keys));
}

static double largest_of(int64_t n, const float *x)
{
  double largest = 0;

  for (int64_t i = 0; i < n; i++) {
    largest = fmax(largest, fabs((double)x[i]));
  }
  return largest;
}

static Dropout mask_of(const Kernels *k, PetscBool masked, int64_t rows, int d)
{
  const DropoutKey key = {7, 7, 11, 3};
  Dropout dropout = {NULL, KernelWords(d), 19661, 1.5f};
  int64_t *token;
  uint16_t *words;

  if (masked) {
    token = (int64_t *)array_room((size_t)rows * sizeof(int64_t));
    words = (uint16_t *)array_room((size_t)(rows * dropout.stride) * sizeof(uint16_t));
    for (int64_t r = 0; r < rows; r++) {
      token[r] = r;
    }
    k->element->random_words(key, rows, token, dropout.stride, words);
    dropout.words = words;
  }
  return dropout;
}

/* x cdf(x): the cdf of the vectors has an error of 0.75e-7 by its formula, and a few roundings. */
static void test_gelu(const Kernels *k, int64_t rows, int d, double spread, PetscBool masked)
{
  const int64_t n = rows * d;
  const Dropout dropout = mask_of(k, masked, rows, d);
  const float *bias = array_uniform(d, 0, 1);
  float *h = array_uniform(n, 0, spread), *a = array_uniform(n, 0, 1),
        *again = array_uniform(n, 0, 1);
  float *da = array_uniform(n, 0, 1), *dbias = array_uniform(d, 0, 1);
  float *want_h = array_copy(n, h), *want_a = array_uniform(n, 0, 1), *want_da = array_copy(n, da);
  float *want_dbias = array_copy(d, dbias);
  const double tolerance = 1e-7 + 4 * epsilon, keep = (double)dropout.keep;

  plain->gelu(rows, d, bias, dropout, want_h, want_a);
  plain->gelu_backward(rows, d, want_h, dropout, want_a, want_da, want_dbias);
  k->attention->gelu(rows, d, bias, dropout, h, a);
  check_near("gelu h", n, h, array_widen(n, want_h), DBL_MIN);
  check_within("gelu", n, a, array_widen(n, want_a), keep * fmax(largest_of(n, h), 1), tolerance);
  k->attention->gelu_backward(rows, d, h, dropout, again, da, dbias);
  CHECK(!memcmp(a, again, (size_t)n * sizeof(float)), "%s: activation differs on the way back",
        table_name);
  check_within("gelu_backward", n, da, array_widen(n, want_da), keep, tolerance);
  check_within("gelu_backward bias", d, dbias, array_widen(d, want_dbias), keep,
               (double)(rows + 1) * tolerance);
  array_free_all();
}

/* Far from 0 the activation is x or 0, and its slope 1 or 0. */
static void test_gelu_ends(const Kernels *k)
{
  static const float ends[] = {0, -0.0f, 1e-30f, -1e-30f, 6, -6, 14, -14, 300, -300, 1e19f, -1e19f};
  const int d = (int)PETSC_STATIC_ARRAY_LENGTH(ends);
  const Dropout none = {NULL, 0, 0, 1};
  const float *bias = array_uniform(d, 0, 0);
  float *h = array_copy(d, ends), *a = array_uniform(d, 0, 0), *slope = array_uniform(d, 1, 0);
  float *dbias = array_uniform(d, 0, 0);

  k->attention->gelu(1, d, bias, none, h, a);
  k->attention->gelu_backward(1, d, h, none, a, slope, dbias);
  for (int c = 0; c < d; c++) {
    const double x = (double)ends[c], half = 0.5 * (1 + erf(x * M_SQRT1_2));
    const double density = 0.5 * M_SQRT1_2 * M_2_SQRTPI * exp(-0.5 * x * x);

    CHECK(fabs((double)a[c] - x * half) <= 4e-7 * fabs(x), "%s: gelu(%g) = %g", table_name, x,
          (double)a[c]);
    CHECK(fabs((double)slope[c] - half - x * density) <= 1e-6, "%s: slope at %g is %g", table_name,
          x, (double)slope[c]);
  }
  array_free_all();
}

/* The largest |score| of a run of queries (n_queries, width) of one head with its keys. */
static double largest_score(int width, int64_t query_stride, const float *q, int64_t key_stride,
                            int64_t n_keys, const float *k, double largest)
{
  for (int64_t key = 0; key < n_keys; key++) {
    double score = 0;

    for (int c = 0; c < width; c++) {
      score += (double)q[c * query_stride] * (double)k[c * key_stride + key];
    }
    largest = fmax(largest, fabs(score) / sqrt(width));
  }
  return largest;
}

/* Multiplies the queries so that the largest |score| becomes `largest`. */
static void set_scores(int64_t n, float *q, double now, double largest)
{
  for (int64_t i = 0; i < n; i++) {
    q[i] *= (float)(largest / now);
  }
}

static double local_largest(const LocalShape *s, const float *q, const float *k)
{
  double largest = 0;

  for (int head = 0; head < s->heads; head++) {
    for (int64_t pair = 0; pair < s->n_pairs; pair++) {
      for (int t = 0; t < s->n_queries * s->n_keys; t++) {
        const int query = t / s->n_keys, key = t % s->n_keys;

        largest = largest_score(
            s->width, s->query_stride,
            q + head * s->width * s->query_stride + query * s->query_step + pair, s->key_stride, 1,
            k + head * s->width * s->key_stride + key * s->key_step + pair, largest);
      }
    }
  }
  return largest;
}

/* The same numbers twice: for the plain loops, and for the table under test. */
static void array_twice(int64_t n, double spread, float *pair[2])
{
  pair[0] = array_uniform(n, 0, spread);
  pair[1] = array_copy(n, pair[0]);
}

/* Places between the pairs of one token and the next, and between channels, are nobody's: the plain
   loops do not touch them, and so whole arrays are compared. */
static void test_local(const Kernels *k, LocalShape s, double largest)
{
  const int channels = s.heads * s.width;
  int64_t queries, keys;
  float *q, *key, *v, *dout, *o[2], *dq[2], *dk[2], *dv[2];
  double tolerance;

  s.query_step = s.n_pairs + 3;
  s.query_stride = s.n_queries * s.query_step + 1;
  s.key_step = s.n_pairs + 2;
  s.key_stride = s.n_keys * s.key_step + 5;
  queries = (channels - 1) * s.query_stride + (s.n_queries - 1) * s.query_step + s.n_pairs;
  keys = (channels - 1) * s.key_stride + (s.n_keys - 1) * s.key_step + s.n_pairs;
  q = array_uniform(queries, 0, 1);
  key = array_uniform(keys, 0, 1);
  v = array_uniform(keys, 0.3, 1);
  dout = array_uniform(queries, 0, 1);
  set_scores(queries, q, local_largest(&s, q, key), largest);
  tolerance = allowed(largest, s.n_keys);
  array_twice(queries, 1, o);
  array_twice(queries, 1, dq);
  array_twice(keys, 1, dk);
  array_twice(keys, 1, dv);
  plain->local_forward(&s, q, key, v, o[0]);
  plain->local_backward(&s, q, key, v, dout, dq[0], dk[0], dv[0]);
  k->attention->local_forward(&s, q, key, v, o[1]);
  k->attention->local_backward(&s, q, key, v, dout, dq[1], dk[1], dv[1]);
  check_near("local_forward", queries, o[1], array_widen(queries, o[0]), tolerance);
  check_near("local_backward dq", queries, dq[1], array_widen(queries, dq[0]), tolerance);
  check_near("local_backward dk", keys, dk[1], array_widen(keys, dk[0]), tolerance);
  check_near("local_backward dv", keys, dv[1], array_widen(keys, dv[0]), tolerance);
  array_free_all();
}

/* One problem of global attention. */
typedef struct {
  GlobalShape shape;
  int64_t n_queries, channels, n_q, n_kv, n_stat; /* lengths of arrays */
  float *q, *k, *v, *dout;
  float *lse, *delta; /* of the plain loops */
  float *o;           /* of the plain loops, normalised */
  double tolerance;
  double slope; /* of a weight, at most: dout v */
} Global;

/* Running outputs, or what they come to at the end. */
typedef struct {
  float *o, *max, *sum;
} Running;

static Running running_start(const Global *g)
{
  Running r = {array_uniform(g->n_q, 0, 0), array_uniform(g->n_stat, 0, 0),
               array_uniform(g->n_stat, 0, 0)};

  for (int64_t i = 0; i < g->n_stat; i++) {
    r.max[i] = SCORE_LOWEST;
  }
  return r;
}

/* o / sum in place, and log-sums into max */
static void running_finish(const Global *g, Running *r)
{
  for (int64_t i = 0; i < g->n_stat; i++) {
    for (int c = 0; c < g->shape.width; c++) {
      r->o[i * g->shape.width + c] /= r->sum[i];
    }
    r->max[i] = (float)((double)r->max[i] + log((double)r->sum[i]));
  }
}

static Global global_make(int width, int heads, int64_t n_keys, int64_t n_queries, double largest)
{
  const int64_t stride = (n_keys + LANES_MOST - 1) / LANES_MOST * LANES_MOST + LANES_MOST;
  Global g = {.shape = {heads, width, n_keys, stride}, .n_queries = n_queries};
  Running r;
  double now = 0;

  g.channels = heads * width;
  g.n_q = n_queries * g.channels;
  g.n_kv = g.channels * stride;
  g.n_stat = n_queries * heads;
  g.q = array_uniform(g.n_q, 0, 1);
  g.k = array_uniform(g.n_kv, 0, 1);
  g.v = array_uniform(g.n_kv, 0.3, 1);
  g.dout = array_uniform(g.n_q, 0, 1);
  g.lse = array_uniform(g.n_stat, 0, 0);
  g.delta = array_uniform(g.n_stat, 0, 0);
  for (int64_t c = 0; c < g.channels; c++) {
    for (int64_t key = n_keys; key < stride; key++) {
      g.k[c * stride + key] = g.v[c * stride + key] = 0;
    }
  }
  for (int64_t i = 0; i < g.n_stat; i++) {
    now = largest_score(width, 1, g.q + i * width, stride, n_keys, g.k + i % heads * width * stride,
                        now);
  }
  set_scores(g.n_q, g.q, now, largest);
  g.tolerance = allowed(largest, n_keys);
  g.slope = width * largest_of(g.n_q, g.dout) * largest_of(g.n_kv, g.v);
  r = running_start(&g);
  plain->global_forward(&g.shape, n_queries, g.q, g.k, g.v, r.o, r.max, r.sum);
  running_finish(&g, &r);
  g.o = r.o;
  memcpy(g.lse, r.max, (size_t)g.n_stat * sizeof(float));
  for (int64_t i = 0; i < g.n_stat; i++) {
    for (int c = 0; c < width; c++) {
      g.delta[i] += g.dout[i * width + c] * g.o[i * width + c];
    }
  }
  return g;
}

static void check_running(const Global *g, const char *what, Running r)
{
  running_finish(g, &r);
  check_near(what, g->n_q, r.o, array_widen(g->n_q, g->o), g->tolerance);
  /* an error of a logarithm is relative to what it is taken of */
  check_within("global_forward log-sum", g->n_stat, r.max, array_widen(g->n_stat, g->lse), 1.0,
               g->tolerance);
}

static void test_global_forward(const Kernels *k, const Global *g)
{
  const Running whole = running_start(g), one = running_start(g);

  k->attention->global_forward(&g->shape, g->n_queries, g->q, g->k, g->v, whole.o, whole.max,
                               whole.sum);
  for (int64_t i = 0; i < g->n_queries; i++) {
    k->attention->global_forward(&g->shape, 1, g->q + i * g->channels, g->k, g->v,
                                 one.o + i * g->channels, one.max + i * g->shape.heads,
                                 one.sum + i * g->shape.heads);
  }
  CHECK(!memcmp(whole.o, one.o, (size_t)g->n_q * sizeof(float)) &&
            !memcmp(whole.sum, one.sum, (size_t)g->n_stat * sizeof(float)),
        "%s: queries one by one differ", table_name);
  check_running(g, "global_forward", whole);
}

/* Gradients start from what is there; beyond the last key they are nobody's. Where one key has all the
   weight, the slope less its mean is next to nothing: what is left has the errors of the slope. */
static void test_global_backward(const Kernels *k, const Global *g)
{
  const int64_t n_keys = g->shape.n_keys, stride = g->shape.key_stride;
  float *dq[2], *dk[2], *dv[2];

  array_twice(g->n_q, 0.1, dq);
  array_twice(g->n_kv, 0.1, dk);
  array_twice(g->n_kv, 0.1, dv);
  plain->global_backward(&g->shape, g->n_queries, g->q, g->dout, g->lse, g->delta, g->k, g->v,
                         dq[0], dk[0], dv[0]);
  k->attention->global_backward(&g->shape, g->n_queries, g->q, g->dout, g->lse, g->delta, g->k,
                                g->v, dq[1], dk[1], dv[1]);
  for (int64_t c = 0; c < g->channels; c++) {
    for (int64_t key = n_keys; key < stride; key++) {
      CHECK(isfinite((double)dk[1][c * stride + key]) && isfinite((double)dv[1][c * stride + key]),
            "%s: padding is not finite", table_name);
      dk[1][c * stride + key] = dk[0][c * stride + key];
      dv[1][c * stride + key] = dv[0][c * stride + key];
    }
  }
  check_within("global_backward dq", g->n_q, dq[1], array_widen(g->n_q, dq[0]),
               g->slope * largest_of(g->n_kv, g->k) / sqrt(g->shape.width), g->tolerance);
  check_within("global_backward dk", g->n_kv, dk[1], array_widen(g->n_kv, dk[0]),
               g->slope * largest_of(g->n_q, g->q) / sqrt(g->shape.width), g->tolerance);
  check_near("global_backward dv", g->n_kv, dv[1], array_widen(g->n_kv, dv[0]), g->tolerance);
}

static void test_global_weights(const Kernels *k, const Global *g)
{
  const int64_t n_keys = g->shape.n_keys;
  float *weight = array_uniform(g->shape.key_stride, 0, 1);
  float *want = array_uniform(g->shape.key_stride, 0, 1);

  for (int64_t i = 0; i < g->n_queries; i++) {
    const float *q = g->q + i * g->channels, *lse = g->lse + i * g->shape.heads;
    double sum = 0;

    plain->global_weights(&g->shape, q, lse, g->k, want);
    k->attention->global_weights(&g->shape, q, lse, g->k, weight);
    check_near("global_weights", n_keys, weight, array_widen(n_keys, want), g->tolerance);
    for (int64_t key = 0; key < n_keys; key++) {
      sum += (double)weight[key];
    }
    CHECK(fabs(sum - g->shape.heads) <= g->shape.heads * g->tolerance, "%s: weights sum to %.9g",
          table_name, sum);
  }
}

/* Exponentials of a row, of any length and with one entry that is shut out. */
static void test_rows(const Kernels *k)
{
  static const int64_t lengths[] = {1, 2, 15, 16, 17, 40, 1000};

  for (size_t l = 0; l < PETSC_STATIC_ARRAY_LENGTH(lengths); l++) {
    const int64_t n = lengths[l];
    float *x = array_uniform(n, -3, 30);
    double *want = array_zero(n), sum = 0, most = -INFINITY;
    Real largest, total;

    if (n > 1) {
      x[n / 2] = SCORE_LOWEST;
    }
    for (int64_t i = 0; i < n; i++) {
      most = fmax(most, (double)x[i]);
    }
    for (int64_t i = 0; i < n; i++) {
      want[i] = exp((double)x[i] - most);
      sum += want[i];
    }
    largest = k->attention->largest(n, x);
    CHECK((double)largest == most, "%s: largest of %lld: %g, not %g", table_name, (long long)n,
          (double)largest, most);
    total = k->attention->exponentials(n, largest, x);
    /* the differences, of size 60, are rounded */
    check_within("exponentials", n, x, want, 1.0, 60 * (double)FLT_EPSILON);
    CHECK(fabs((double)total - sum) < 60 * (double)FLT_EPSILON * sum,
          "%s: sum of %lld: %.9g, not %.9g", table_name, (long long)n, (double)total, sum);
    array_free_all();
  }
}

/* The keys in several parts, as on the ranks of a ring: outputs and gradients run on from part to
   part and come to those of one call. */
static void test_global_parts(const Kernels *k, const Global *g, int n_parts)
{
  const int64_t part = (g->shape.n_keys + n_parts - 1) / n_parts;
  const Running r = running_start(g);
  float *dq = array_uniform(g->n_q, 0, 0), *want_dq = array_uniform(g->n_q, 0, 0);
  float *unused[2] = {array_uniform(g->n_kv, 0, 0), array_uniform(g->n_kv, 0, 0)};

  for (int64_t first = 0; first < g->shape.n_keys; first += part) {
    const int64_t count = PetscMin(part, g->shape.n_keys - first);
    const int64_t stride = (count + LANES_MOST - 1) / LANES_MOST * LANES_MOST;
    const GlobalShape shape = {g->shape.heads, g->shape.width, count, stride};
    float *kv[4];

    for (int a = 0; a < 4; a++) {
      kv[a] = array_uniform(g->channels * stride, 0, 0);
    }
    for (int64_t c = 0; c < g->channels; c++) {
      memcpy(kv[0] + c * stride, g->k + c * g->shape.key_stride + first,
             (size_t)count * sizeof(float));
      memcpy(kv[1] + c * stride, g->v + c * g->shape.key_stride + first,
             (size_t)count * sizeof(float));
    }
    k->attention->global_forward(&shape, g->n_queries, g->q, kv[0], kv[1], r.o, r.max, r.sum);
    k->attention->global_backward(&shape, g->n_queries, g->q, g->dout, g->lse, g->delta, kv[0],
                                  kv[1], dq, kv[2], kv[3]);
  }
  check_running(g, "global_forward in parts", r);
  plain->global_backward(&g->shape, g->n_queries, g->q, g->dout, g->lse, g->delta, g->k, g->v,
                         want_dq, unused[0], unused[1]);
  check_within("global_backward in parts", g->n_q, dq, array_widen(g->n_q, want_dq),
               g->slope * largest_of(g->n_kv, g->k) / sqrt(g->shape.width), g->tolerance);
}

static void test_global(const Kernels *k, int width, int heads, int64_t n_keys, double largest)
{
  static const int64_t query_counts[] = {1, 7};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(query_counts); i++) {
    const Global g = global_make(width, heads, n_keys, query_counts[i], largest);

    test_global_forward(k, &g);
    test_global_backward(k, &g);
    test_global_weights(k, &g);
    if (n_keys > 1) {
      test_global_parts(k, &g, 3);
    }
    array_free_all();
  }
}

static void test_all_local(const Kernels *k, int width)
{
  static const int64_t pair_counts[] = {1, 3, 4, 8, 15, 16, 17, 32, 37};
  static const int tokens[][2] = {{1, 10}, {10, 10}, {3, 1}, {2, 17}};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(pair_counts); i++) {
    for (size_t j = 0; j < PETSC_STATIC_ARRAY_LENGTH(tokens); j++) {
      const LocalShape shape = {.n_pairs = pair_counts[i],
                                .n_queries = tokens[j][0],
                                .n_keys = tokens[j][1],
                                .heads = 2,
                                .width = width};

      test_local(k, shape, 1);
      test_local(k, shape, 80);
    }
  }
}

static void test_table(const Kernels *k)
{
  static const int widths[] = {8, 5, 16, 3}, channels[] = {1, 7, 16, 33, 100};
  static const int64_t key_counts[] = {1, 15, 16, 17, 403, 1100};
  const LocalShape most = {
      .n_pairs = 5, .n_queries = 2, .n_keys = CONTEXT_MOST, .heads = 1, .width = HEAD_WIDTH_MOST};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(channels); i++) {
    for (int64_t rows = 1; rows <= 9; rows += 4) {
      test_gelu(k, rows, channels[i], 3, PETSC_FALSE);
      test_gelu(k, rows, channels[i], 3, PETSC_TRUE);
      test_gelu(k, rows, channels[i], 30, PETSC_TRUE);
    }
  }
  test_gelu_ends(k);
  test_rows(k);
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(widths); i++) {
    test_all_local(k, widths[i]);
    for (size_t j = 0; j < PETSC_STATIC_ARRAY_LENGTH(key_counts); j++) {
      test_global(k, widths[i], widths[i] == 3 ? 3 : 2, key_counts[j], 1);
      test_global(k, widths[i], widths[i] == 3 ? 3 : 2, key_counts[j], 80);
    }
  }
  test_local(k, most, 1);
  test_global(k, HEAD_WIDTH_MOST, 1, 33, 1);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  plain = KernelsFind("plain")->attention;
  each_table(test_table);
  return check_end();
}
