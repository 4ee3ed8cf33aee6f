/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_VECTOR_H
#define CAUSEWAY_VECTOR_H

#include "real.h"

#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

/* Vectors of single-precision numbers, as GCC and Clang offer them on every processor; as wide as the registers of the
   instruction set for which the file is compiled. */
#if defined(__AVX512F__)
#define LANES 16
#define LANE_NUMBERS                                                                               \
  {                                                                                                \
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15                                           \
  }
#elif defined(__AVX2__)
#define LANES 8
#define LANE_NUMBERS                                                                               \
  {                                                                                                \
    0, 1, 2, 3, 4, 5, 6, 7                                                                         \
  }
#else
#define LANES 4
#define LANE_NUMBERS                                                                               \
  {                                                                                                \
    0, 1, 2, 3                                                                                     \
  }
#endif

typedef float Vec __attribute__((vector_size(4 * LANES)));
typedef int32_t IntVec __attribute__((vector_size(4 * LANES)));
typedef uint16_t WordVec __attribute__((vector_size(2 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE Vec vec_load(const float *x)
{
  Vec v;

  memcpy(&v, x, sizeof(v));
  return v;
}

INLINE void vec_store(float *x, Vec v)
{
  memcpy(x, &v, sizeof(v));
}

/* Loads the first `count` lanes; the others are 0. */
INLINE Vec vec_load_some(const float *x, int64_t count)
{
  float some[LANES] = {0};

  memcpy(some, x, (size_t)count * sizeof(float));
  return vec_load(some);
}

INLINE void vec_store_some(float *x, Vec v, int64_t count)
{
  float some[LANES];

  vec_store(some, v);
  memcpy(x, some, (size_t)count * sizeof(float));
}

/* vec_load_some(), faster for a whole vector. */
INLINE Vec load_lanes(const float *x, int64_t count)
{
  return count == LANES ? vec_load(x) : vec_load_some(x, count);
}

INLINE void store_lanes(float *x, Vec v, int64_t count)
{
  if (count == LANES) {
    vec_store(x, v);
  } else {
    vec_store_some(x, v, count);
  }
}

INLINE Vec vec_set(float x)
{
  return x - (Vec){0};
}

INLINE Vec vec_select(IntVec condition, Vec yes, Vec no)
{
  return (Vec)(((IntVec)yes & condition) | ((IntVec)no & ~condition));
}

/* The larger number in each lane; b where one of them is NaN. */
INLINE Vec vec_max(Vec a, Vec b)
{
#if defined(__AVX512F__)
  return (Vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (Vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return vec_select(a > b, a, b);
#endif
}

/* Lanes below `count` of v, the others `rest`. */
INLINE Vec vec_first(Vec v, int64_t count, float rest)
{
  return vec_select((IntVec)LANE_NUMBERS < (int32_t)count, v, vec_set(rest));
}

#if defined(__AVX2__)
INLINE __m128 sum_eight(__m256 v)
{
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

  return _mm_add_ss(two, _mm_movehdup_ps(two));
}

INLINE __m128 most_eight(__m256 v)
{
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));

  return _mm_max_ss(two, _mm_movehdup_ps(two));
}
#endif

INLINE float vec_sum(Vec v)
{
#if defined(__AVX512F__)
  return _mm_cvtss_f32(sum_eight(
      _mm256_add_ps(_mm512_castps512_ps256((__m512)v), _mm512_extractf32x8_ps((__m512)v, 1))));
#elif defined(__AVX2__)
  return _mm_cvtss_f32(sum_eight((__m256)v));
#else
  return (v[0] + v[2]) + (v[1] + v[3]);
#endif
}

INLINE float vec_most(Vec v)
{
#if defined(__AVX512F__)
  return _mm_cvtss_f32(most_eight(
      _mm256_max_ps(_mm512_castps512_ps256((__m512)v), _mm512_extractf32x8_ps((__m512)v, 1))));
#elif defined(__AVX2__)
  return _mm_cvtss_f32(most_eight((__m256)v));
#else
  const float a = v[0] > v[2] ? v[0] : v[2], b = v[1] > v[3] ? v[1] : v[3];

  return a > b ? a : b;
#endif
}

/* exp(x) for x <= 88 to two units in the last place, with 0 < exp(x) also below -87; NaN stays NaN. Cody and Waite's
   reduction with the polynomial of the Cephes library. */
INLINE Vec vec_exp(Vec x)
{
  const float to_integer =
      12582912.0f; /* 1.5 * 2^23: adding it leaves the integer in the low bits */
  Vec shifted, k, r, p;

  x = vec_max(vec_set(-87.0f), x);
  shifted = x * 1.44269504088896341f + to_integer;
  k = shifted - to_integer;
  r = x - k * 0.693359375f;
  r = r + k * 2.12194440e-4f;
  p = vec_set(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  return p * (Vec)(((IntVec)shifted << 23) + 0x3F800000);
}

/* gelu(x) = x cdf, with derivative cdf + x pdf. The cdf uses erf by Abramowitz & Stegun 7.1.26 (|error| < 1.5e-7), whose
   exponential is also that of the pdf. */
INLINE void gelu_parts(Vec x, Vec *cdf, Vec *pdf)
{
  const IntVec sign = (IntVec)x & INT32_MIN;
  const Vec magnitude = (Vec)((IntVec)x & INT32_MAX);
  const Vec e = vec_exp(-0.5f * x * x);
  const Vec t = 1.0f / (1.0f + 0.3275911f * 0.70710678118654752f * magnitude);
  Vec p = 1.061405429f * t - 1.453152027f;

  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  p = 0.5f - 0.5f * p * t * e; /* between 0 and |x| */
  *cdf = 0.5f + (Vec)((IntVec)p ^ sign);
  *pdf = e * 0.39894228040143268f;
}

#endif
