/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Random numbers of many neurons at once. */
#include "causeway/internal/core/elementary.h"

#include "causeway/random.h"

#include <math.h>

/* Philox 4x32-10, Salmon et al. (2011), table 2; written out so that it vectorises over i. */
VECTOR_CLONES void RandomWords(uint32_t seed, RandomPurpose purpose, int64_t first, int64_t count,
                               int64_t k, uint32_t *restrict w0, uint32_t *restrict w1,
                               uint32_t *restrict w2, uint32_t *restrict w3)
{
  for (int64_t n = 0; n < count; n++) {
    const uint64_t i = (uint64_t)(first + n);
    uint32_t a = (uint32_t)i, b = (uint32_t)(i >> 32), c = (uint32_t)k,
             d = (uint32_t)((uint64_t)k >> 32), key[2] = {seed, (uint32_t)purpose};

    for (int round = 0; round < 10; round++) {
      const uint64_t p = (uint64_t)0xD2511F53U * a, q = (uint64_t)0xCD9E8D57U * c;

      a = (uint32_t)(q >> 32) ^ b ^ key[0];
      b = (uint32_t)q;
      c = (uint32_t)(p >> 32) ^ d ^ key[1];
      d = (uint32_t)p;
      key[0] += 0x9E3779B9U;
      key[1] += 0xBB67AE85U;
    }
    w0[n] = a;
    w1[n] = b;
    w2[n] = c;
    w3[n] = d;
  }
}

/* Box & Muller (1958) in single precision, from uniform numbers with 31 and 32 bits. */
static VECTOR_CLONES void normal_pairs(int64_t count, const uint32_t *restrict radius,
                                       const uint32_t *restrict angle, float *restrict x,
                                       float *restrict y)
{
  for (int64_t n = 0; n < count; n++) {
    /* conversions from signed integers vectorise; the largest rounds to 1 */
    const float u = ((float)(int32_t)(radius[n] >> 1) + 0.5F) * 0x1p-31F;
    const float r = sqrtf(-2.0F * vector_logf(u));
    float s, c;

    vector_sincosf((float)(int32_t)angle[n] * 0x1p-30F, &s, &c);
    x[n] = r * c;
    y[n] = r * s;
  }
}

void RandomNormals(uint32_t seed, RandomPurpose purpose, int64_t first, int64_t count, int64_t k,
                   float *const normals[4])
{
  enum { RUN = 256 };
  uint32_t words[4][RUN];

  for (int64_t done = 0; done < count; done += RUN) {
    const int64_t n = count - done < RUN ? count - done : RUN;

    RandomWords(seed, purpose, first + done, n, k, words[0], words[1], words[2], words[3]);
    normal_pairs(n, words[0], words[1], normals[0] + done, normals[1] + done);
    normal_pairs(n, words[2], words[3], normals[2] + done, normals[3] + done);
  }
}
