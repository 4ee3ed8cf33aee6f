/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ELEMENTARY_H
#define CAUSEWAY_ELEMENTARY_H

#include <stdint.h>
#include <string.h>

/* Elementary functions that a compiler can put into vectors. They are made of additions, multiplications and divisions
   alone, without fused ones (see CMakeLists.txt), so a number is the same to the bit on every machine and in every
   instruction set; within two units in the last place of libm. */

/* A function that is compiled for several instruction sets, of which the best is chosen when the program starts. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define VECTOR_CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define VECTOR_CLONES
#endif

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
static inline double vector_log(double x)
{
  const uint64_t root_half = 0x3fe6a09e667f3bcdULL;
  const uint64_t shifted = bits_of(x) - root_half;
  const double e = double_of((((shifted >> 52) + 1024) & 0x7ff) | 0x4330000000000000ULL) -
                   (0x1p52 + 1024.0);
  const double m = double_of((shifted & 0xfffffffffffffULL) + root_half);
  const double s = (m - 1.0) / (m + 1.0), z = s * s;
  double p = 2.0 / 21;

  p = p * z + 2.0 / 19;
  p = p * z + 2.0 / 17;
  p = p * z + 2.0 / 15;
  p = p * z + 2.0 / 13;
  p = p * z + 2.0 / 11;
  p = p * z + 2.0 / 9;
  p = p * z + 2.0 / 7;
  p = p * z + 2.0 / 5;
  p = p * z + 2.0 / 3;
  p = p * z + 2.0;
  return e * 0.693147180559945309417 + s * p;
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

/* Sine and cosine of `turns` / 4 of a circle, |turns| < 2^30. */
static inline void vector_sincos(double turns, double *sine, double *cosine)
{
  const double magic = 0x1.8p52, shifted = turns + magic;
  const uint64_t quadrant = bits_of(shifted), odd = -(quadrant & 1);
  const double f = (turns - (shifted - magic)) * 1.57079632679489661923, z = f * f;
  double s = -1.0 / 1307674368000.0, c = 1.0 / 20922789888000.0;
  uint64_t sine_bits, cosine_bits;

  s = s * z + 1.0 / 6227020800.0;
  s = s * z - 1.0 / 39916800.0;
  s = s * z + 1.0 / 362880.0;
  s = s * z - 1.0 / 5040.0;
  s = s * z + 1.0 / 120.0;
  s = s * z - 1.0 / 6.0;
  s = f + f * (z * s);
  c = c * z - 1.0 / 87178291200.0;
  c = c * z + 1.0 / 479001600.0;
  c = c * z - 1.0 / 3628800.0;
  c = c * z + 1.0 / 40320.0;
  c = c * z - 1.0 / 720.0;
  c = c * z + 1.0 / 24.0;
  c = c * z - 0.5;
  c = c * z + 1.0;
  sine_bits = (bits_of(s) & ~odd) | (bits_of(c) & odd);
  cosine_bits = (bits_of(c) & ~odd) | (bits_of(s) & odd);
  *sine = double_of(sine_bits ^ ((quadrant & 2) << 62));
  *cosine = double_of(cosine_bits ^ (((quadrant + 1) & 2) << 62));
}

#endif
