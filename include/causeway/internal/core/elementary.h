/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ELEMENTARY_H
#define CAUSEWAY_ELEMENTARY_H

#include <stdint.h>
#include <string.h>

/* Elementary functions that a compiler can put into vectors. They are made of additions, multiplications and divisions
   alone, without fused ones (see CMakeLists.txt), so a number is the same to the bit on every machine and in every
   instruction set; within three units in the last place of libm. */

/* Marks a function that is compiled for several instruction sets; the program chooses the best at its start. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__)
#define VECTOR_CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define VECTOR_CLONES
#endif

static inline float float_of(uint32_t bits)
{
  float value;

  memcpy(&value, &bits, sizeof(value));
  return value;
}

static inline uint32_t bits_of_float(float value)
{
  uint32_t bits;

  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static inline double double_of(uint64_t bits)
{
  double value;

  memcpy(&value, &bits, sizeof(value));
  return value;
}

static inline uint64_t bits_of(double value)
{
  uint64_t bits;

  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/* log x of a normal, positive number: x = 2^e m with m in [sqrt(1/2), sqrt(2)), log m = 2 atanh((m - 1) / (m + 1)) */
static inline float vector_logf(float x)
{
  const uint32_t root_half = 0x3f3504f3U;
  const uint32_t shifted = bits_of_float(x) - root_half;
  const float e = (float)((int32_t)shifted >> 23);
  const float m = float_of((shifted & 0x7fffffU) + root_half);
  const float s = (m - 1.0F) / (m + 1.0F), z = s * s;
  float p = 2.0F / 9;

  p = p * z + 2.0F / 7;
  p = p * z + 2.0F / 5;
  p = p * z + 2.0F / 3;
  p = p * z + 2.0F;
  return e * 0.693147180559945F + s * p;
}

/* Sine and cosine of `turns` / 4 of a circle, |turns| < 2^20: Taylor's series about the nearest quarter. */
static inline void vector_sincosf(float turns, float *sine, float *cosine)
{
  const float magic = 0x1.8p23F, shifted = turns + magic;
  const uint32_t quadrant = bits_of_float(shifted), odd = -(quadrant & 1);
  const float f = (turns - (shifted - magic)) * 1.57079632679F, z = f * f;
  float s = 1.0F / 362880, c = -1.0F / 3628800;
  uint32_t sine_bits, cosine_bits;

  s = s * z - 1.0F / 5040;
  s = s * z + 1.0F / 120;
  s = s * z - 1.0F / 6;
  s = f + f * (z * s);
  c = c * z + 1.0F / 40320;
  c = c * z - 1.0F / 720;
  c = c * z + 1.0F / 24;
  c = c * z - 0.5F;
  c = c * z + 1.0F;
  sine_bits = (bits_of_float(s) & ~odd) | (bits_of_float(c) & odd);
  cosine_bits = (bits_of_float(c) & ~odd) | (bits_of_float(s) & odd);
  *sine = float_of(sine_bits ^ ((quadrant & 2) << 30));
  *cosine = float_of(cosine_bits ^ (((quadrant + 1) & 2) << 30));
}

/* exp x for |x| < 708: x = n log 2 + r, Taylor's series in r */
static inline double vector_exp(double x)
{
  const double magic = 0x1.8p52, shifted = x * 1.44269504088896340736 + magic;
  const double n = shifted - magic;
  const double r = (x - n * 0x1.62e42fefa38p-1) - n * 0x1.ef35793c7673p-45;
  double p = 1.0 / 6227020800.0;

  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  return p * double_of((bits_of(shifted) + 1023) << 52);
}

#endif
