/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RANDOM_H
#define CAUSEWAY_RANDOM_H

#include "causeway/declare.h"

#include <stdint.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* Purpose of a random number. A new use gets a new number; existing numbers never change. */
typedef enum {
  RANDOM_NEURON_PARAMETERS = 1,
  RANDOM_CONNECTIVITY = 2,
  RANDOM_INITIAL_STATE = 3,
  RANDOM_INPUT_CURRENT = 4,
  RANDOM_WEIGHTS = 5,
  RANDOM_SHUFFLE = 6,
  RANDOM_DROPOUT = 7,
  RANDOM_SURROGATE_SHIFT = 8,
  RANDOM_SURROGATE_PERMUTE = 9,
  RANDOM_BOOTSTRAP = 10,
  RANDOM_OBSERVED = 11,
  RANDOM_MEASUREMENT_NOISE = 12,
  RANDOM_REWIRE = 13,
  RANDOM_DRIVE = 14,
  RANDOM_PLACE = 15,
  RANDOM_SYNAPSE = 16,
  RANDOM_INDEGREE = 17,
  RANDOM_SOURCE = 18,
  RANDOM_POISSON = 19,
  RANDOM_OBSERVATION_NOISE = 20,
  RANDOM_SURROGATE_JITTER = 21
} RandomPurpose;

/*@
  RandomUniform - two independent uniform numbers in the open interval (0, 1)

  Not collective. The result depends on the arguments only, neither on ranks nor on the order of calls.

  Input:  seed, purpose - select the stream
          i, k          - position in the stream, e.g. global neuron and step
  Source: Philox 4x32-10, Salmon et al. 2011 (Random123); 52 bits per number
@*/
void RandomUniform(uint32_t seed, RandomPurpose purpose, int64_t i, int64_t k, double uniform[2]);

/*@
  RandomNormal - two independent standard normal numbers (Box-Muller of RandomUniform())
@*/
void RandomNormal(uint32_t seed, RandomPurpose purpose, int64_t i, int64_t k, double normal[2]);

/*@
  RandomWords - the four 32-bit words of Philox at positions (i, k), i = first .. first + count - 1

  Not collective
  Output: w0, w1, w2, w3 - (count) each; the words from which RandomUniform() makes its numbers
@*/
void RandomWords(uint32_t seed, RandomPurpose purpose, int64_t first, int64_t count, int64_t k,
                 uint32_t *w0, uint32_t *w1, uint32_t *w2, uint32_t *w3);

/*@
  RandomNormals - four independent standard normal numbers at each position (i, k), i = first .. first + count - 1

  Not collective. Single precision, the same to the bit on every machine; no number exceeds 6.7 in size.
  Output: normals - four arrays of (count)
  Cost:   2 ns per number on one core
@*/
void RandomNormals(uint32_t seed, RandomPurpose purpose, int64_t first, int64_t count, int64_t k,
                   float *const normals[4]);

CAUSEWAY_END_DECLARATIONS

#endif
