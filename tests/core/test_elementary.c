/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Functions and random numbers that are made for vectors. */
#include "check.h"

#include "causeway/internal/core/elementary.h"

#include "causeway/random.h"

#include <float.h>
#include <string.h>

enum { N = 1000 };

static void test_functions(void)
{
  double worst[4] = {0, 0, 0, 0}; /* units in the last place: log; exp; and sine and cosine of 1 */

  for (int k = 1; k < 200000; k++) {
    const float u = (float)k / 200000, turns = 8.0F * (u - 0.5F);
    const double x = 1400.0 * ((double)u - 0.5), angle = (double)turns * M_PI / 2;
    const double log_u = log((double)u), exp_x = exp(x);
    float s, c;

    vector_sincosf(turns, &s, &c);
    worst[0] =
        fmax(worst[0], fabs((double)vector_logf(u) - log_u) / fmax(fabs(log_u), 0.1) / FLT_EPSILON);
    worst[1] = fmax(worst[1], fabs(vector_exp(x) - exp_x) / exp_x / DBL_EPSILON);
    worst[2] = fmax(worst[2], fabs((double)s - sin(angle)) / FLT_EPSILON);
    worst[3] = fmax(worst[3], fabs((double)c - cos(angle)) / FLT_EPSILON);
  }
  for (int k = 0; k < 4; k++) {
    CHECK(worst[k] <= 3, "function %d: %g units in the last place", k, worst[k]);
  }
}

/* The words are those of which RandomUniform() makes its numbers. */
static void test_words(void)
{
  uint32_t w[4][N];

  RandomWords(9, RANDOM_POISSON, (INT64_C(1) << 32) - 500, N, 77, w[0], w[1], w[2], w[3]);
  for (int n = 0; n < N; n++) {
    double uniform[2];

    RandomUniform(9, RANDOM_POISSON, (INT64_C(1) << 32) - 500 + n, 77, uniform);
    for (int k = 0; k < 2; k++) {
      const uint64_t bits = (((uint64_t)w[2 * k][n] << 32) | w[2 * k + 1][n]) >> 12;

      CHECK(uniform[k] == ((double)bits + 0.5) * 0x1p-52, "word %d of %d", k, n);
    }
  }
}

/* Of 4e6 numbers: moments, tails, and correlations between the four and from one position to the next. */
static void test_normals(void)
{
  static const double tails[4] = {0.31731050786, 0.04550026390, 0.00269979606, 6.33424837e-5};
  float drawn[4][N], split[4][N], *normals[4], *parts[4];
  double sums[4] = {0}, beyond[4] = {0}, products[4] = {0}, n = 0;

  for (int k = 0; k < 4; k++) {
    normals[k] = drawn[k];
  }
  for (int repeat = 0; repeat < 1000; repeat++) {
    RandomNormals(4, RANDOM_INPUT_CURRENT, 0, N, repeat, normals);
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < 4; k++) {
        const double x = (double)drawn[k][i];

        n++;
        sums[0] += x;
        sums[1] += x * x;
        sums[2] += x * x * x;
        sums[3] += x * x * x * x;
        for (int t = 0; t < 4; t++) {
          beyond[t] += fabs(x) > t + 1;
        }
        products[k] += x * (double)drawn[(k + 1) % 4][(i + (k == 3)) % N];
      }
    }
  }
  CHECK(fabs(sums[0]) <= 5 * sqrt(n), "mean %g", sums[0] / n);
  CHECK(fabs(sums[1] - n) <= 5 * sqrt(2 * n), "variance %g", sums[1] / n);
  CHECK(fabs(sums[2]) <= 5 * sqrt(15 * n), "third moment %g", sums[2] / n);
  CHECK(fabs(sums[3] - 3 * n) <= 5 * sqrt(96 * n), "fourth moment %g", sums[3] / n);
  for (int k = 0; k < 4; k++) {
    CHECK(fabs(beyond[k] - tails[k] * n) <= 5 * sqrt(tails[k] * n), "%g beyond %d", beyond[k] / n,
          k + 1);
    CHECK(fabs(products[k]) <= 5 * sqrt(n / 4), "correlation %g", 4 * products[k] / n);
  }
  for (int first = 0; first < N; first += 333) { /* however it is cut */
    for (int k = 0; k < 4; k++) {
      parts[k] = split[k] + first;
    }
    RandomNormals(4, RANDOM_INPUT_CURRENT, first, PetscMin(333, N - first), 999, parts);
  }
  CHECK(!memcmp(split, drawn, sizeof(drawn)), "the numbers depend on how many are drawn at once");
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  test_functions();
  test_words();
  test_normals();
  return check_end();
}
