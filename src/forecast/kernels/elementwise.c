/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Loops over channels and weights, written for the compiler to vectorise. */
#include "kernels/kernel_name.h"
#include "kernels/kernels.h"

#include <math.h>

static void affine(int64_t rows, int d, const Real *x, const Real *scale, const Real *shift,
                   Real *y)
{
  for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
    for (int c = 0; c < d; c++) {
      y[r * d + c] = scale[c] * x[r * d + c] + shift[c];
    }
  }
}

static void affine_add(int64_t rows, int d, const Real *a, const Real *dy, const Real *b,
                       const Real *x, const Real *e, Real *dx)
{
  for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
    for (int c = 0; c < d; c++) {
      dx[r * d + c] += a[c] * dy[r * d + c] + b[c] * x[r * d + c] + e[c];
    }
  }
}

static void moments(int64_t rows, int d, const Real *x, double *sum, double *square)
{
  for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
    for (int c = 0; c < d; c++) {
      const double value = x[r * d + c];

      sum[c] += value;
      square[c] += value * value;
    }
  }
}

static void moments_backward(int64_t rows, int d, const Real *dy, const Real *x, const Real *mean,
                             const Real *rstd, double *sum, double *product)
{
  for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
    for (int c = 0; c < d; c++) {
      const double gradient = dy[r * d + c];

      sum[c] += gradient;
      product[c] += gradient * (double)((x[r * d + c] - mean[c]) * rstd[c]);
    }
  }
}

/* mean and 1 / deviation of one row */
static void row_moments(int d, const Real *x, Real epsilon, Real *mean, Real *rstd)
{
  Real sum = 0, square = 0;

#pragma omp simd reduction(+ : sum)
  for (int c = 0; c < d; c++) {
    sum += x[c];
  }
  sum /= (Real)d;
#pragma omp simd reduction(+ : square)
  for (int c = 0; c < d; c++) {
    square += (x[c] - sum) * (x[c] - sum);
  }
  *mean = sum;
  *rstd = (Real)(1.0 / sqrt((double)(square / (Real)d + epsilon)));
}

static void layer_norm(int64_t rows, int d, const Real *x, const Real *gamma, const Real *beta,
                       Real epsilon, Real *y)
{
  for (int64_t r = 0; r < rows; r++) {
    Real mean, rstd;

    row_moments(d, x + r * d, epsilon, &mean, &rstd);
#pragma omp simd
    for (int c = 0; c < d; c++) {
      y[r * d + c] = (x[r * d + c] - mean) * rstd * gamma[c] + beta[c];
    }
  }
}

static void layer_norm_backward(int64_t rows, int d, const Real *x, const Real *gamma, Real epsilon,
                                const Real *dy, Real *dx, Real *dgamma, Real *dbeta)
{
  for (int64_t r = 0; r < rows; r++) {
    const Real *xr = x + r * d, *dyr = dy + r * d;
    Real mean, rstd, sum = 0, product = 0;

    row_moments(d, xr, epsilon, &mean, &rstd);
#pragma omp simd reduction(+ : sum, product)
    for (int c = 0; c < d; c++) {
      const Real hat = (xr[c] - mean) * rstd, g = dyr[c] * gamma[c];

      sum += g;
      product += g * hat;
      dgamma[c] += dyr[c] * hat;
      dbeta[c] += dyr[c];
    }
    sum /= (Real)d;
    product /= (Real)d;
#pragma omp simd
    for (int c = 0; c < d; c++) {
      dx[r * d + c] += rstd * (dyr[c] * gamma[c] - sum - (xr[c] - mean) * rstd * product);
    }
  }
}

static void residual(int64_t rows, int d, const Real *y, const Real *bias, Dropout dropout,
                     const Real *x, Real *out)
{
  for (int64_t r = 0; r < rows; r++) {
    const uint16_t *words = dropout.words ? dropout.words + r * dropout.stride : NULL;

    if (words) {
#pragma omp simd
      for (int c = 0; c < d; c++) {
        const Real keep = words[c] >= dropout.cut ? dropout.keep : 0;

        out[r * d + c] = x[r * d + c] + keep * (y[r * d + c] + bias[c]);
      }
    } else {
#pragma omp simd
      for (int c = 0; c < d; c++) {
        out[r * d + c] = x[r * d + c] + (y[r * d + c] + bias[c]);
      }
    }
  }
}

static void residual_backward(int64_t rows, int d, const Real *dout, Dropout dropout, Real *dy,
                              Real *dbias)
{
  for (int64_t r = 0; r < rows; r++) {
    const uint16_t *words = dropout.words ? dropout.words + r * dropout.stride : NULL;

    if (words) {
#pragma omp simd
      for (int c = 0; c < d; c++) {
        dy[r * d + c] = words[c] >= dropout.cut ? dropout.keep * dout[r * d + c] : 0;
        dbias[c] += dy[r * d + c];
      }
    } else {
#pragma omp simd
      for (int c = 0; c < d; c++) {
        dy[r * d + c] = dout[r * d + c];
        dbias[c] += dy[r * d + c];
      }
    }
  }
}

static void bias_channels(int channels, int64_t tokens, int64_t stride, const Real *bias, Real *y)
{
  for (int c = 0; c < channels; c++) {
#pragma omp simd
    for (int64_t t = 0; t < tokens; t++) {
      y[c * stride + t] = bias[c];
    }
  }
}

static void bias_channels_backward(int channels, int64_t tokens, int64_t stride, const Real *dy,
                                   Real *dbias)
{
  for (int c = 0; c < channels; c++) {
    Real sum = 0;

#pragma omp simd reduction(+ : sum)
    for (int64_t t = 0; t < tokens; t++) {
      sum += dy[c * stride + t];
    }
    dbias[c] += sum;
  }
}

static void embed(int d, const Real *position, Real time, const Real *weight_time, Real value,
                  const Real *weight_value, Dropout mask, const Real *space, Dropout space_mask,
                  Real *out)
{
  if (mask.words && space_mask.words) {
#pragma omp simd
    for (int c = 0; c < d; c++) {
      const Real keep = mask.words[c] >= mask.cut ? mask.keep : 0;
      const Real keep_space = space_mask.words[c] >= space_mask.cut ? space_mask.keep : 0;

      out[c] = keep * (position[c] + time * weight_time[c] + value * weight_value[c]) +
               keep_space * space[c];
    }
  } else {
#pragma omp simd
    for (int c = 0; c < d; c++) {
      out[c] = position[c] + time * weight_time[c] + value * weight_value[c] + space[c];
    }
  }
}

static Real embed_backward(int d, const Real *dout, Real time, const Real *weight_time, Real value,
                           Dropout mask, Dropout space_mask, Real *dposition, Real *dweight_time,
                           Real *dweight_value, Real *dspace)
{
  Real sum = 0;

  if (mask.words && space_mask.words) {
#pragma omp simd reduction(+ : sum)
    for (int c = 0; c < d; c++) {
      const Real g = mask.words[c] >= mask.cut ? mask.keep * dout[c] : 0;

      dposition[c] += g;
      dweight_time[c] += time * g;
      dweight_value[c] += value * g;
      dspace[c] += space_mask.words[c] >= space_mask.cut ? space_mask.keep * dout[c] : 0;
      sum += weight_time[c] * g;
    }
  } else {
#pragma omp simd reduction(+ : sum)
    for (int c = 0; c < d; c++) {
      dposition[c] += dout[c];
      dweight_time[c] += time * dout[c];
      dweight_value[c] += value * dout[c];
      dspace[c] += dout[c];
      sum += weight_time[c] * dout[c];
    }
  }
  return sum;
}

/* Philox 4x32-7, the fewest rounds that pass all of BigCrush (Salmon et al. 2011), for a run of counters whose second word
   counts blocks: the same numbers as Random123's, which a test compares, in a form that vectorises. The four words of block
   b go to out[b], out[blocks + b], ... */
static void philox_blocks(DropoutKey key, int64_t token, int64_t blocks, uint32_t *out)
{
  const uint32_t low = (uint32_t)token, high = (uint32_t)((uint64_t)token >> 32) << 16;

#pragma omp simd
  for (int64_t b = 0; b < blocks; b++) {
    uint32_t c0 = low, c1 = high | (uint32_t)b, c2 = key.step, c3 = key.member_site;
    uint32_t k0 = key.seed, k1 = key.purpose;

#pragma GCC unroll 7
    for (int round = 0; round < 7; round++) {
      const uint64_t first = (uint64_t)0xD2511F53u * c0, second = (uint64_t)0xCD9E8D57u * c2;

      c0 = (uint32_t)(second >> 32) ^ c1 ^ k0;
      c1 = (uint32_t)second;
      c2 = (uint32_t)(first >> 32) ^ c3 ^ k1;
      c3 = (uint32_t)first;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    out[b] = c0;
    out[blocks + b] = c1;
    out[2 * blocks + b] = c2;
    out[3 * blocks + b] = c3;
  }
}

static void random_words(DropoutKey key, int64_t rows, const int64_t *token, int64_t stride,
                         uint16_t *words)
{
  for (int64_t r = 0; r < rows; r++) {
    philox_blocks(key, token[r], stride / 8, (uint32_t *)(words + r * stride));
  }
}

static void adamw(int64_t n, Real *value, const Real *gradient, Real *first, Real *second,
                  Real gradient_scale, Real rate, Real decay, Real beta1, Real beta2, Real epsilon,
                  Real correction1, Real correction2)
{
  const Real step = rate / correction1, root = (Real)(1.0 / sqrt((double)correction2));

#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    const Real g = gradient_scale * gradient[k];

    first[k] = beta1 * first[k] + (1 - beta1) * g;
    second[k] = beta2 * second[k] + (1 - beta2) * g * g;
#ifdef CAUSEWAY_FORECAST_DOUBLE
    value[k] = value[k] * (1 - rate * decay) - step * first[k] / (sqrt(second[k]) * root + epsilon);
#else
    value[k] =
        value[k] * (1 - rate * decay) - step * first[k] / (sqrtf(second[k]) * root + epsilon);
#endif
  }
}

extern const ElementKernels KERNEL_NAME(element);
const ElementKernels KERNEL_NAME(element) = {affine,        affine_add,
                                             moments,       moments_backward,
                                             layer_norm,    layer_norm_backward,
                                             residual,      residual_backward,
                                             bias_channels, bias_channels_backward,
                                             embed,         embed_backward,
                                             random_words,  adamw};
