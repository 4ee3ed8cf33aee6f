/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The loops over channels and weights, of every instruction set that this processor has, against
   scalar loops in double precision written from the comments of kernels.h. All numbers that go in are of
   size 1, and what comes out of 1 to 4: errors are told relative to that size, a few roundings of
   FLT_EPSILON / 2 for one entry, and one more for every term of a sum. */
#include "kernel_check.h"

#include "causeway/random.h"

#include "model.h"

#include <Random123/philox.h>

/* 4 roundings, or 8 where a product is added to a product, or two masked terms are */
static const double few = 2 * (double)FLT_EPSILON, more = 4 * (double)FLT_EPSILON;

/* A sum of `terms` numbers of size 1, whose result and partial results are of size sqrt(terms). */
static double summed(int64_t terms)
{
  return few + (double)terms * 0.5 * (double)FLT_EPSILON;
}

/* Numbers of rows and channels: less than a vector, not a multiple of one, more than one. */
static const int64_t row_counts[] = {1, 2, 7, 33};
static const int channel_counts[] = {1, 3, 7, 16, 19, 33, 100, 129};

/* Masks of a share of 0.3, or none. */
static Dropout mask_of(const Kernels *k, PetscBool masked, int64_t rows, int d, uint32_t site)
{
  const DropoutKey key = {7, RANDOM_DROPOUT, 11, site};
  const uint16_t cut = 19661;
  Dropout dropout = {NULL, KernelWords(d), cut, (Real)(1.0 / (1.0 - cut / 65536.0))};
  int64_t *token;
  uint16_t *words;

  if (masked) {
    token = (int64_t *)array_room((size_t)rows * sizeof(int64_t));
    words = (uint16_t *)array_room((size_t)(rows * dropout.stride) * sizeof(uint16_t));
    for (int64_t r = 0; r < rows; r++) {
      token[r] = 1000 + 3 * r;
    }
    k->element->random_words(key, rows, token, dropout.stride, words);
    dropout.words = words;
  }
  return dropout;
}

static double kept(Dropout dropout, int64_t row, int c)
{
  if (!dropout.words) {
    return 1;
  }
  return dropout.words[row * dropout.stride + c] >= dropout.cut ? (double)dropout.keep : 0;
}

static void test_affine(const Kernels *k, int64_t rows, int d)
{
  const int64_t n = rows * d;
  const float *x = array_uniform(n, 0, 1), *dy = array_uniform(n, 0, 1);
  const float *a = array_uniform(d, 0, 1), *b = array_uniform(d, 0, 1), *e = array_uniform(d, 0, 1);
  float *y = array_uniform(n, 0, 1), *dx = array_uniform(n, 0, 1);
  double *want = array_zero(n), *want_add = array_widen(n, dx);

  for (int64_t r = 0; r < rows; r++) {
    for (int c = 0; c < d; c++) {
      const int64_t at = r * d + c;

      want[at] = (double)a[c] * (double)x[at] + (double)b[c];
      want_add[at] += (double)a[c] * (double)dy[at] + (double)b[c] * (double)x[at] + (double)e[c];
    }
  }
  k->element->affine(rows, d, x, a, b, y);
  k->element->affine_add(rows, d, a, dy, b, x, e, dx);
  check_within("affine", n, y, want, 1.0, few);
  check_within("affine_add", n, dx, want_add, 1.0, more);
}

static void test_moments(const Kernels *k, int64_t rows, int d)
{
  const int64_t n = rows * d;
  const float *x = array_uniform(n, 0.5, 1), *dy = array_uniform(n, 0.5, 1);
  const float *mean = array_uniform(d, 0.5, 0.1), *rstd = array_uniform(d, 2, 1);
  double *sum = array_zero(4 * d), *want = array_zero(4 * d);

  for (int c = 0; c < 4 * d; c++) {
    sum[c] = want[c] = random_number();
  }
  for (int64_t r = 0; r < rows; r++) {
    for (int c = 0; c < d; c++) {
      const double value = (double)x[r * d + c], slope = (double)dy[r * d + c];

      want[c] += value;
      want[d + c] += value * value;
      want[2 * d + c] += slope;
      want[3 * d + c] += slope * (value - (double)mean[c]) * (double)rstd[c];
    }
  }
  k->element->moments(rows, d, x, sum, sum + d);
  k->element->moments_backward(rows, d, dy, x, mean, rstd, sum + 2 * d, sum + 3 * d);
  for (int c = 0; c < 4 * d; c++) {
    /* sums are in double precision, only (x - mean) rstd of each term is not */
    const double tolerance = (double)(rows + 1) * (c < 3 * d ? 1e-14 : more);

    figure_add(c < 2 * d ? "moments" : "moments_backward", fabs(sum[c] - want[c]), tolerance);
    CHECK(fabs(sum[c] - want[c]) <= tolerance, "%s: moments: %d of %d: %g", table_name, c, d,
          sum[c] - want[c]);
  }
}

/* y of one row and, with dy, what is added to dx, dgamma and dbeta; returned: 1 / deviation */
static double norm_reference(int d, const float *x, const float *gamma, const float *beta,
                             const float *dy, double epsilon, double *y, double *dx, double *dgamma,
                             double *dbeta)
{
  double mean = 0, square = 0, sum = 0, product = 0, rstd;

  for (int c = 0; c < d; c++) {
    mean += (double)x[c] / d;
  }
  for (int c = 0; c < d; c++) {
    square += ((double)x[c] - mean) * ((double)x[c] - mean) / d;
  }
  rstd = 1.0 / sqrt(square + epsilon);
  for (int c = 0; c < d; c++) {
    const double hat = ((double)x[c] - mean) * rstd, slope = (double)dy[c] * (double)gamma[c];

    y[c] = hat * (double)gamma[c] + (double)beta[c];
    sum += slope / d;
    product += slope * hat / d;
    dgamma[c] += (double)dy[c] * hat;
    dbeta[c] += (double)dy[c];
  }
  for (int c = 0; c < d; c++) {
    dx[c] +=
        rstd * ((double)dy[c] * (double)gamma[c] - sum - ((double)x[c] - mean) * rstd * product);
  }
  return rstd;
}

static void test_layer_norm(const Kernels *k, int64_t rows, int d)
{
  const int64_t n = rows * d;
  const Real epsilon = (Real)1e-5;
  const float *x = array_uniform(n, 0.5, 1), *dy = array_uniform(n, 0.2, 1);
  const float *gamma = array_uniform(d, 1, 0.5), *beta = array_uniform(d, 0, 1);
  float *y = array_uniform(n, 0, 1), *dx = array_uniform(n, 0, 1);
  float *dgamma = array_uniform(d, 0, 1), *dbeta = array_uniform(d, 0, 1);
  double *want_y = array_zero(n), *want_dx = array_widen(n, dx);
  double *want_dgamma = array_widen(d, dgamma), *want_dbeta = array_widen(d, dbeta), rstd = 1;

  for (int64_t r = 0; r < rows; r++) {
    rstd = fmax(rstd, norm_reference(d, x + r * d, gamma, beta, dy + r * d, (double)epsilon,
                                     want_y + r * d, want_dx + r * d, want_dgamma, want_dbeta));
  }
  k->element->layer_norm(rows, d, x, gamma, beta, epsilon, y);
  k->element->layer_norm_backward(rows, d, x, gamma, epsilon, dy, dx, dgamma, dbeta);
  /* x less the mean, and dy less its mean, are rounded before they are multiplied by 1 / deviation,
     which is large where the channels happen to be alike; dx multiplies once more */
  check_within("layer_norm", n, y, want_y, rstd, summed(d));
  check_within("layer_norm_backward dx", n, dx, want_dx, rstd * rstd, 2 * summed(d));
  check_within("layer_norm_backward weights", d, dgamma, want_dgamma, rstd * sqrt((double)rows),
               summed(d) + summed(rows));
  check_within("layer_norm_backward weights", d, dbeta, want_dbeta, sqrt((double)rows),
               summed(rows));
}

static void test_residual(const Kernels *k, int64_t rows, int d, PetscBool masked)
{
  const int64_t n = rows * d;
  const Dropout dropout = mask_of(k, masked, rows, d, 5);
  const float *x = array_uniform(n, 0, 1), *y = array_uniform(n, 0, 1);
  const float *bias = array_uniform(d, 0, 1), *dout = array_uniform(n, 0, 1);
  float *out = array_uniform(n, 0, 1), *dy = array_uniform(n, 0, 1),
        *dbias = array_uniform(d, 0, 1);
  double *want = array_zero(n), *want_dy = array_zero(n), *want_dbias = array_widen(d, dbias);

  for (int64_t r = 0; r < rows; r++) {
    for (int c = 0; c < d; c++) {
      const int64_t at = r * d + c;

      want[at] = (double)x[at] + kept(dropout, r, c) * ((double)y[at] + (double)bias[c]);
      want_dy[at] = kept(dropout, r, c) * (double)dout[at];
      want_dbias[c] += want_dy[at];
    }
  }
  k->element->residual(rows, d, y, bias, dropout, x, out);
  k->element->residual_backward(rows, d, dout, dropout, dy, dbias);
  check_within("residual", n, out, want, 4.0, few);
  check_within("residual_backward", n, dy, want_dy, 1.0, few);
  check_within("residual_backward bias", d, dbias, want_dbias, sqrt((double)rows), summed(rows));
}

/* Between the tokens of one channel and the next are some that are nobody's. */
static void test_bias_channels(const Kernels *k, int64_t tokens, int channels)
{
  const int64_t stride = tokens + 3, n = channels * stride;
  const float *bias = array_uniform(channels, 0, 1), *dy = array_uniform(n, 0, 1);
  float *y = array_uniform(n, 0, 1), *dbias = array_uniform(channels, 0, 1);
  double *want = array_widen(n, y), *want_dbias = array_widen(channels, dbias);

  for (int c = 0; c < channels; c++) {
    for (int64_t t = 0; t < tokens; t++) {
      want[c * stride + t] = (double)bias[c];
      want_dbias[c] += (double)dy[c * stride + t];
    }
  }
  k->element->bias_channels(channels, tokens, stride, bias, y);
  k->element->bias_channels_backward(channels, tokens, stride, dy, dbias);
  check_near("bias_channels", n, y, want, DBL_MIN);
  check_within("bias_channels_backward", channels, dbias, want_dbias, sqrt((double)tokens),
               summed(tokens));
}

static void test_embed(const Kernels *k, int d, PetscBool masked)
{
  const Dropout mask = mask_of(k, masked, 1, d, 0), space_mask = mask_of(k, masked, 1, d, 1);
  const float *position = array_uniform(d, 0, 1), *space = array_uniform(d, 0, 1);
  const float *weight_time = array_uniform(d, 0, 1), *weight_value = array_uniform(d, 0, 1);
  const float *dout = array_uniform(d, 0, 1);
  const double time = (double)(float)1.7, value = (double)(float)-0.6;
  float *out = array_uniform(d, 0, 1), *gradient = array_uniform(4 * d, 0, 1), dtime;
  double *want = array_zero(d), *want_gradient = array_widen(4 * d, gradient), want_dtime = 0;

  for (int c = 0; c < d; c++) {
    const double g = kept(mask, 0, c) * (double)dout[c];

    want[c] = kept(mask, 0, c) * ((double)position[c] + time * (double)weight_time[c] +
                                  value * (double)weight_value[c]) +
              kept(space_mask, 0, c) * (double)space[c];
    want_gradient[c] += g;
    want_gradient[d + c] += time * g;
    want_gradient[2 * d + c] += value * g;
    want_gradient[3 * d + c] += kept(space_mask, 0, c) * (double)dout[c];
    want_dtime += (double)weight_time[c] * g;
  }
  k->element->embed(d, position, (Real)time, weight_time, (Real)value, weight_value, mask, space,
                    space_mask, out);
  dtime =
      k->element->embed_backward(d, dout, (Real)time, weight_time, (Real)value, mask, space_mask,
                                 gradient, gradient + d, gradient + 2 * d, gradient + 3 * d);
  check_within("embed", d, out, want, 4.0, more);
  check_within("embed_backward", 4 * d, gradient, want_gradient, 4.0, more);
  check_within("embed_backward time", 1, &dtime, &want_dtime, sqrt(d), summed(d));
}

/* Three steps, so that first and second moments are neither zero nor one gradient's. */
static void test_adamw(const Kernels *k, int64_t n, double rate, double epsilon)
{
  const double scale = (double)0.37f, decay = (double)0.2f, beta1 = (double)0.9f;
  const double beta2 = (double)0.999f;
  float *value = array_uniform(n, 0, 1), *first = array_uniform(n, 0, 0);
  float *second = array_uniform(n, 0, 0);
  double *want = array_widen(n, value), *want_first = array_zero(n), *want_second = array_zero(n);

  rate = (double)(float)rate;
  epsilon = (double)(float)epsilon;
  for (int step = 1; step <= 3; step++) {
    const float *gradient = array_uniform(n, 0.1, 1);
    const double correction1 = (double)(float)(1 - pow(0.9, step));
    const double correction2 = (double)(float)(1 - pow(0.999, step));

    for (int64_t i = 0; i < n; i++) {
      const double g = scale * (double)gradient[i];

      want_first[i] = beta1 * want_first[i] + (1 - beta1) * g;
      want_second[i] = beta2 * want_second[i] + (1 - beta2) * g * g;
      want[i] -= rate * decay * want[i];
      want[i] -=
          rate * (want_first[i] / correction1) / (sqrt(want_second[i] / correction2) + epsilon);
    }
    k->element->adamw(n, value, gradient, first, second, (Real)scale, (Real)rate, (Real)decay,
                      (Real)beta1, (Real)beta2, (Real)epsilon, (Real)correction1,
                      (Real)correction2);
    /* 1 - beta2 has one rounding of its subtraction, exact in binary; 10 more in a step */
    check_near("adamw", n, value, want, 3 * more);
    check_near("adamw moments", n, first, want_first, more);
    check_near("adamw moments", n, second, want_second, more);
  }
}

/* Random123's numbers: the words of a row are c0 of all blocks, then c1, c2 and c3. */
static void test_random_words(const Kernels *k, int64_t channels)
{
  static const int64_t token[] = {0, 1, 65535, 1 << 20, (1LL << 32) + 5, (1LL << 47) + 12345};
  const int64_t rows = PETSC_STATIC_ARRAY_LENGTH(token), stride = KernelWords(channels);
  const int64_t blocks = stride / 8;
  const DropoutKey key = {123, RANDOM_DROPOUT, 0x80000001u, 17u << 16 | 6u};
  uint16_t *words = (uint16_t *)array_room((size_t)(rows * stride) * sizeof(uint16_t));
  uint32_t *want = (uint32_t *)array_room((size_t)(rows * stride) * sizeof(uint16_t));

  CHECK(stride >= channels && stride % (8 * LANES_MOST) == 0, "%lld", (long long)stride);
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t b = 0; b < blocks; b++) {
      const uint32_t high = (uint32_t)((uint64_t)token[r] >> 32) << 16;
      const philox4x32_ctr_t counter = {
          {(uint32_t)token[r], high | (uint32_t)b, key.step, key.member_site}};
      const philox4x32_key_t stream = {{key.seed, key.purpose}};
      const philox4x32_ctr_t draw = philox4x32_R(7, counter, stream);

      for (int c = 0; c < 4; c++) {
        want[r * stride / 2 + c * blocks + b] = draw.v[c];
      }
    }
  }
  k->element->random_words(key, rows, token, stride, words);
  CHECK(!memcmp(words, want, (size_t)(rows * stride) * sizeof(uint16_t)),
        "%s: random words of %lld channels", table_name, (long long)channels);
}

enum { MASK_NEURONS = 50, MASK_SAMPLES = 40, MASK_ROWS = MASK_NEURONS * MASK_SAMPLES };
enum { MASK_CHANNELS = 100 };

/* What is kept of ones: entries of a mask as PassDropout() makes it. */
static const float *mask_entries(const Kernels *k, double rate, int64_t step, int site)
{
  const ModelShape shape = {.dropout = rate};
  const Tokens tokens = {.n_samples = MASK_SAMPLES,
                         .n_samples_global = MASK_SAMPLES,
                         .n_local = MASK_NEURONS,
                         .n_global = MASK_NEURONS,
                         .per_pair = 1,
                         .chunk = MASK_ROWS};
  const Chunk chunk = TokensChunk(&tokens, 0);
  const int64_t n = MASK_ROWS * MASK_CHANNELS;
  const float *ones = array_uniform(n, 1, 0);
  float *entries = array_uniform(n, 0, 1), *dbias = array_uniform(MASK_CHANNELS, 0, 0);
  Workspace work = {.n_rows = MASK_ROWS};
  const Pass pass = {.shape = &shape,
                     .kernels = k,
                     .work = &work,
                     .training = PETSC_TRUE,
                     .seed = 1,
                     .step = step};

  work.words[0] =
      (uint16_t *)array_room(MASK_ROWS * (size_t)KernelWords(MASK_CHANNELS) * sizeof(uint16_t));
  work.token = (int64_t *)array_room(MASK_ROWS * sizeof(int64_t));
  k->element->residual_backward(MASK_ROWS, MASK_CHANNELS, ones,
                                PassDropout(&pass, &tokens, &chunk, site, MASK_CHANNELS, 0),
                                entries, dbias);
  return entries;
}

/* Shares of all entries, of each channel and of each token within what chance allows: 5 deviations
   of a binomial number; entries 1 / (1 - rate) or 0; no relation between neighbours or masks. */
static void test_mask(const Kernels *k, double rate)
{
  const float *mask = mask_entries(k, rate, 3, SITE_ENCODER_VALUE);
  const float *others[2] = {mask_entries(k, rate, 4, SITE_ENCODER_VALUE),
                            mask_entries(k, rate, 3, SITE_ENCODER_SPACE)};
  const double share = 1 - rate, n = MASK_ROWS * MASK_CHANNELS, sd = sqrt(share * (1 - share));
  double all = 0, channel[MASK_CHANNELS] = {0}, pair[4] = {0};

  for (int64_t r = 0; r < MASK_ROWS; r++) {
    double row = 0;

    for (int c = 0; c < MASK_CHANNELS; c++) {
      const int64_t at = r * MASK_CHANNELS + c, next = (at + 1) % (int64_t)n;
      const int is = mask[at] > 0;

      CHECK(!is || fabs((double)mask[at] * share - 1) < 1e-5, "%g", (double)mask[at]);
      row += is;
      channel[c] += is;
      pair[0] += is && mask[next] > 0;
      pair[1] += is && mask[(at + MASK_CHANNELS) % (int64_t)n] > 0;
      pair[2] += is && others[0][at] > 0;
      pair[3] += is && others[1][at] > 0;
    }
    all += row;
    CHECK(fabs(row / MASK_CHANNELS - share) < 5 * sd / sqrt(MASK_CHANNELS), "row %lld: %g kept",
          (long long)r, row / MASK_CHANNELS);
  }
  CHECK(fabs(all / n - share) < 5 * sd / sqrt(n), "%g kept, rate %g", all / n, rate);
  for (int c = 0; c < MASK_CHANNELS; c++) {
    CHECK(fabs(channel[c] / MASK_ROWS - share) < 5 * sd / sqrt(MASK_ROWS), "channel %d: %g kept", c,
          channel[c] / MASK_ROWS);
  }
  for (int p = 0; p < 4; p++) {
    const double both = share * share;

    /* products of neighbours are not independent of each other: twice the deviation */
    CHECK(fabs(pair[p] / n - both) < 10 * sqrt(both * (1 - both) / n), "relation %d: %g, not %g", p,
          pair[p] / n, both);
  }
}

static void test_table(const Kernels *k)
{
  static const int64_t words[] = {1, 5, 128, 129, 400};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(channel_counts); i++) {
    const int d = channel_counts[i];

    for (size_t j = 0; j < PETSC_STATIC_ARRAY_LENGTH(row_counts); j++) {
      const int64_t rows = row_counts[j];

      test_affine(k, rows, d);
      test_moments(k, rows, d);
      test_layer_norm(k, rows, d);
      array_free_all();
      test_residual(k, rows, d, PETSC_FALSE);
      test_residual(k, rows, d, PETSC_TRUE);
      test_bias_channels(k, rows, d);
      array_free_all();
    }
    test_embed(k, d, PETSC_FALSE);
    test_embed(k, d, PETSC_TRUE);
    array_free_all();
    test_adamw(k, d, 0.1, 1e-8);
    test_adamw(k, d, 0.01, 0.05);
    array_free_all();
  }
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(words); i++) {
    test_random_words(k, words[i]);
    array_free_all();
  }
  test_mask(k, 0.1);
  array_free_all();
  test_mask(k, 0.5);
  array_free_all();
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  each_table(test_table);
  return check_end();
}
