/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/random.h"

#include <Random123/philox.h>
#include <math.h>

/* (bits + 1/2) / 2^52 from the upper 52 bits: exact in double, never 0 or 1 */
static double open_unit(uint32_t high, uint32_t low)
{
  uint64_t bits = (((uint64_t)high << 32) | low) >> 12;

  return ((double)bits + 0.5) * 0x1p-52;
}

void RandomUniform(uint32_t seed, RandomPurpose purpose, int64_t i, int64_t k, double uniform[2])
{
  philox4x32_ctr_t counter = {
      {(uint32_t)i, (uint32_t)((uint64_t)i >> 32), (uint32_t)k, (uint32_t)((uint64_t)k >> 32)}};
  philox4x32_key_t key = {{seed, (uint32_t)purpose}};
  philox4x32_ctr_t draw = philox4x32(counter, key);

  uniform[0] = open_unit(draw.v[0], draw.v[1]);
  uniform[1] = open_unit(draw.v[2], draw.v[3]);
}

void RandomNormal(uint32_t seed, RandomPurpose purpose, int64_t i, int64_t k, double normal[2])
{
  double uniform[2], radius, angle;

  RandomUniform(seed, purpose, i, k, uniform);
  radius = sqrt(-2.0 * log(uniform[0]));
  angle = 2.0 * M_PI * uniform[1];
  normal[0] = radius * cos(angle);
  normal[1] = radius * sin(angle);
}
