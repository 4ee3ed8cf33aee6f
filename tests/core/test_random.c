/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The random numbers: values, range, independence of streams, moments. Nothing here is random from
   run to run, so the tolerances of five standard errors either hold for ever or not at all. */
#include "check.h"

#include <Random123/philox.h>

enum { N_DRAWS = 200000 };

static const RandomPurpose purposes[] = {RANDOM_NEURON_PARAMETERS, RANDOM_CONNECTIVITY,
                                         RANDOM_INITIAL_STATE, RANDOM_INPUT_CURRENT};
enum { N_PURPOSES = sizeof(purposes) / sizeof(purposes[0]) };

/* The generator alone: vectors published with Random123 (kat_vectors, philox4x32 10). */
static void test_philox(void)
{
  philox4x32_ctr_t zero = {{0, 0, 0, 0}}, ones = {{~0U, ~0U, ~0U, ~0U}};
  philox4x32_key_t zero_key = {{0, 0}}, ones_key = {{~0U, ~0U}};
  static const uint32_t expected[2][4] = {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
                                          {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}};
  philox4x32_ctr_t draw[2];

  draw[0] = philox4x32_R(10, zero, zero_key);
  draw[1] = philox4x32_R(10, ones, ones_key);
  for (int c = 0; c < 2; c++) {
    for (int w = 0; w < 4; w++) {
      CHECK(draw[c].v[w] == expected[c][w], "case %d word %d: %08x", c, w, draw[c].v[w]);
    }
  }
}

/* Middle of the cell of width 2^-52 that the upper 52 of 64 bits name. */
static double cell_middle(uint32_t high, uint32_t low)
{
  return ldexp((double)((((uint64_t)high << 32) | low) >> 12), -52) + ldexp(1.0, -53);
}

/* Streams may never change: counter = (i, k), low word first, key = (seed, purpose). */
static void test_known_answer(void)
{
  static const int64_t positions[][2] = {{0, 0},
                                         {1, 0},
                                         {0, 1},
                                         {123456, 789012},
                                         {-1, -2},
                                         {INT64_C(1) << 40, 3},
                                         {7, INT64_C(5) << 33},
                                         {INT64_MAX, INT64_MIN}};
  static const uint32_t seeds[] = {0, 1, 42, 0x80000000U, 0xffffffffU};

  for (size_t s = 0; s < sizeof(seeds) / sizeof(seeds[0]); s++) {
    for (size_t c = 0; c < sizeof(positions) / sizeof(positions[0]); c++) {
      uint64_t i = (uint64_t)positions[c][0], k = (uint64_t)positions[c][1];
      RandomPurpose purpose = purposes[c % N_PURPOSES];
      philox4x32_ctr_t counter = {
          {(uint32_t)i, (uint32_t)(i >> 32), (uint32_t)k, (uint32_t)(k >> 32)}};
      philox4x32_key_t key = {{seeds[s], (uint32_t)purpose}};
      philox4x32_ctr_t draw = philox4x32_R(10, counter, key);
      double uniform[2];

      RandomUniform(seeds[s], purpose, positions[c][0], positions[c][1], uniform);
      CHECK(uniform[0] == cell_middle(draw.v[0], draw.v[1]), "seed %u case %zu", seeds[s], c);
      CHECK(uniform[1] == cell_middle(draw.v[2], draw.v[3]), "seed %u case %zu", seeds[s], c);
    }
  }
}

static void test_determinism(void)
{
  enum { N = 1000 };
  static double forward[N][2];
  double again[2], normal[2][2];

  for (int i = 0; i < N; i++) {
    RandomUniform(7, RANDOM_INPUT_CURRENT, i, 3 * (int64_t)i, forward[i]);
  }
  for (int i = N - 1; i >= 0; i--) {
    RandomNormal(7, RANDOM_INPUT_CURRENT, i, 3 * (int64_t)i, normal[0]);
    RandomUniform(7, RANDOM_INPUT_CURRENT, i, 3 * (int64_t)i, again);
    RandomNormal(7, RANDOM_INPUT_CURRENT, i, 3 * (int64_t)i, normal[1]);
    CHECK(again[0] == forward[i][0] && again[1] == forward[i][1], "draw %d", i);
    CHECK(normal[0][0] == normal[1][0] && normal[0][1] == normal[1][1], "draw %d", i);
  }
}

static void test_open_interval(void)
{
  for (int64_t i = 0; i < N_DRAWS; i++) {
    double uniform[2], normal[2];

    RandomUniform(11, RANDOM_CONNECTIVITY, i, -i, uniform);
    RandomNormal(11, RANDOM_CONNECTIVITY, i, -i, normal);
    CHECK(uniform[0] > 0 && uniform[0] < 1 && uniform[1] > 0 && uniform[1] < 1, "%lld: %g %g",
          (long long)i, uniform[0], uniform[1]);
    CHECK(isfinite(normal[0]) && isfinite(normal[1]), "%lld: %g %g", (long long)i, normal[0],
          normal[1]);
  }
}

/* One argument changed, also only in its upper half or sign, is another draw. */
static void test_distinct(void)
{
  static const struct {
    uint32_t seed;
    RandomPurpose purpose;
    int64_t i, k;
  } all[] = {{1, 1, 2, 3},
             {2, 1, 2, 3},
             {1, 2, 2, 3},
             {2, 1, 1, 3},
             {1, 1, 3, 2},
             {1, 3, 2, 3},
             {1, 4, 2, 3},
             {1, 1, 2, 4},
             {1, 1, (INT64_C(1) << 32) + 2, 3},
             {1, 1, 2, (INT64_C(1) << 32) + 3},
             {1, 1, -2, 3},
             {1, 1, 2, -3},
             {0x80000001U, 1, 2, 3}};
  enum { N = sizeof(all) / sizeof(all[0]) };
  double uniform[N][2];

  for (int a = 0; a < N; a++) {
    RandomUniform(all[a].seed, all[a].purpose, all[a].i, all[a].k, uniform[a]);
    CHECK(uniform[a][0] != uniform[a][1], "case %d", a);
    for (int b = 0; b < a; b++) {
      CHECK(uniform[a][0] != uniform[b][0] && uniform[a][1] != uniform[b][1], "%d and %d", a, b);
    }
  }
}

/* Correlation of two streams of uniform numbers around their known mean and variance. */
static double correlation(const double *a, const double *b, int64_t n)
{
  double sum = 0;

  for (int64_t t = 0; t < n; t++) {
    sum += 12.0 * (a[t] - 0.5) * (b[t] - 0.5);
  }
  return sum / (double)n;
}

static void test_independence(void)
{
  enum { N_STREAMS = 2 * N_PURPOSES + 4 };
  double *stream[N_STREAMS], pair[2];
  double tolerance = 5.0 / sqrt(N_DRAWS); /* of a product of independent streams: sd 1 / sqrt(n) */

  for (int s = 0; s < N_STREAMS; s++) {
    stream[s] = malloc(N_DRAWS * sizeof(double));
  }
  for (int64_t t = 0; t < N_DRAWS; t++) {
    for (int s = 0; s < N_PURPOSES; s++) {
      RandomUniform(5, purposes[s], 0, t, pair);
      stream[2 * s][t] = pair[0];
      stream[2 * s + 1][t] = pair[1];
    }
    for (int s = 0; s < 4; s++) { /* next seed, next neuron, next step, i and k exchanged */
      int64_t i = s == 1 ? 1 : 0, k = s == 2 ? t + 1 : t;

      RandomUniform(s == 0 ? 6 : 5, purposes[0], s == 3 ? k : i, s == 3 ? i : k, pair);
      stream[2 * N_PURPOSES + s][t] = pair[0];
    }
  }
  for (int a = 0; a < N_STREAMS; a++) {
    for (int b = 0; b < a; b++) {
      double r = correlation(stream[a], stream[b], N_DRAWS - 1);

      CHECK(fabs(r) < tolerance, "streams %d and %d correlate: %g", a, b, r);
    }
  }
  for (int s = 0; s < N_STREAMS; s++) {
    free(stream[s]);
  }
}

static void test_uniform_moments(void)
{
  enum { N_BINS = 64 };
  double n = 2.0 * N_DRAWS, sum = 0, square = 0, chi2 = 0, expected = n / N_BINS;
  int64_t bins[N_BINS] = {0};

  for (int64_t i = 0; i < N_DRAWS; i++) {
    double uniform[2];

    RandomUniform(3, RANDOM_INITIAL_STATE, i, 0, uniform);
    for (int c = 0; c < 2; c++) {
      sum += uniform[c] - 0.5;
      square += (uniform[c] - 0.5) * (uniform[c] - 0.5);
      bins[(int)(uniform[c] * N_BINS)]++;
    }
  }
  for (int b = 0; b < N_BINS; b++) {
    chi2 += ((double)bins[b] - expected) * ((double)bins[b] - expected) / expected;
  }
  CHECK(fabs(sum / n) < 5.0 / sqrt(12.0 * n), "mean off by %g", sum / n);
  CHECK(fabs(square / n - 1.0 / 12) < 5.0 / sqrt(180.0 * n), "variance %g", square / n);
  CHECK(fabs(chi2 - (N_BINS - 1)) < 5.0 * sqrt(2.0 * (N_BINS - 1)), "chi-square %g", chi2);
}

static void test_normal_moments(void)
{
  double n = 2.0 * N_DRAWS, sum[5] = {0}, product = 0;
  int64_t outside = 0;
  const double tail = 0.04550026389635842; /* P(|z| > 2) */

  for (int64_t t = 0; t < N_DRAWS; t++) {
    double normal[2];

    RandomNormal(9, RANDOM_INPUT_CURRENT, 17, t, normal);
    product += normal[0] * normal[1];
    for (int c = 0; c < 2; c++) {
      for (int power = 1; power <= 4; power++) {
        sum[power] += pow(normal[c], power);
      }
      outside += fabs(normal[c]) > 2.0;
    }
  }
  /* variances of z, z^2, z^3, z^4: 1, 2, 15, 96 */
  CHECK(fabs(sum[1] / n) < 5.0 / sqrt(n), "mean %g", sum[1] / n);
  CHECK(fabs(sum[2] / n - 1) < 5.0 * sqrt(2.0 / n), "variance %g", sum[2] / n);
  CHECK(fabs(sum[3] / n) < 5.0 * sqrt(15.0 / n), "third moment %g", sum[3] / n);
  CHECK(fabs(sum[4] / n - 3) < 5.0 * sqrt(96.0 / n), "fourth moment %g", sum[4] / n);
  CHECK(fabs(product / N_DRAWS) < 5.0 / sqrt(N_DRAWS), "pairs correlate: %g", product / N_DRAWS);
  CHECK(fabs((double)outside / n - tail) < 5.0 * sqrt(tail * (1 - tail) / n), "tail %g",
        (double)outside / n);
}

/* Box-Muller: the squared radius of a pair is -2 log of one of the two uniform numbers. */
static void test_box_muller(void)
{
  for (int64_t i = 0; i < 1000; i++) {
    double uniform[2], normal[2], radius2, error;

    RandomUniform(1, RANDOM_INPUT_CURRENT, i, 4, uniform);
    RandomNormal(1, RANDOM_INPUT_CURRENT, i, 4, normal);
    radius2 = normal[0] * normal[0] + normal[1] * normal[1];
    error = fmin(fabs(radius2 + 2 * log(uniform[0])), fabs(radius2 + 2 * log(uniform[1])));
    CHECK(error < 1e-13 * fmax(1.0, radius2), "pair %lld: %g", (long long)i, error);
  }
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  test_philox();
  test_known_answer();
  test_determinism();
  test_open_interval();
  test_distinct();
  test_independence();
  test_uniform_moments();
  test_normal_moments();
  test_box_muller();
  return check_end();
}
