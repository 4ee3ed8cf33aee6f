/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_KERNEL_CHECK_H
#define CAUSEWAY_KERNEL_CHECK_H

#include "check.h"

#include "kernels/kernels.h"

#include <float.h>
#include <string.h>

/* What the tests of the kernels share. Arrays are allocated with exactly the length that a kernel may
   touch, so that a sanitizer sees a load or store beyond it. */

enum { ARRAYS_MOST = 128, FIGURES_MOST = 48 };

static void *arrays[ARRAYS_MOST];
static int n_arrays;

static inline void *array_room(size_t bytes)
{
  void *room = malloc(bytes ? bytes : 1);

  if (!room || n_arrays == ARRAYS_MOST) {
    (void)fprintf(stderr, "no room for the arrays of a check\n");
    exit(1);
  }
  arrays[n_arrays++] = room;
  return room;
}

/* Frees all arrays of a check. */
static inline void array_free_all(void)
{
  while (n_arrays > 0) {
    free(arrays[--n_arrays]);
  }
}

/* A number in (-1, 1) (SplitMix64). */
static inline double random_number(void)
{
  static uint64_t state = 1;
  uint64_t z = (state += 0x9E3779B97F4A7C15u);

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return ((double)(z >> 11) + 0.5) * 0x1p-52 - 1.0;
}

/* n numbers uniform in centre +- spread */
static inline float *array_uniform(int64_t n, double centre, double spread)
{
  float *x = (float *)array_room((size_t)n * sizeof(float));

  for (int64_t k = 0; k < n; k++) {
    x[k] = (float)(centre + spread * random_number());
  }
  return x;
}

static inline float *array_copy(int64_t n, const float *x)
{
  float *copy = (float *)array_room((size_t)n * sizeof(float));

  memcpy(copy, x, (size_t)n * sizeof(float));
  return copy;
}

/* The same numbers in double precision, for a reference to start from or to compare with. */
static inline double *array_widen(int64_t n, const float *x)
{
  double *wide = (double *)array_room((size_t)n * sizeof(double));

  for (int64_t k = 0; k < n; k++) {
    wide[k] = (double)x[k];
  }
  return wide;
}

static inline double *array_zero(int64_t n)
{
  double *x = (double *)array_room((size_t)n * sizeof(double));

  memset(x, 0, (size_t)n * sizeof(double));
  return x;
}

/* The largest error of each kernel of the table under test, beside what was allowed there. */
typedef struct {
  const char *what;
  double error, tolerance;
} Figure;

static Figure figures[FIGURES_MOST];
static int n_figures;
static const char *table_name;

static inline void figure_add(const char *what, double error, double tolerance)
{
  int k = 0;

  while (k < n_figures && strcmp(figures[k].what, what) != 0) {
    k++;
  }
  if (k == n_figures) {
    if (n_figures == FIGURES_MOST) {
      return;
    }
    figures[n_figures++] = (Figure){what, -1, 1};
  }
  if (error / tolerance > figures[k].error / figures[k].tolerance) {
    figures[k] = (Figure){what, error, tolerance};
  }
}

/* Prints and forgets the figures of a table. */
static inline void figures_print(void)
{
  for (int k = 0; k < n_figures; k++) {
    (void)printf("%-8s %-28s %.1e, allowed %.1e\n", table_name, figures[k].what, figures[k].error,
                 figures[k].tolerance);
  }
  n_figures = 0;
}

/* Checks that no number is further from its reference than `tolerance` times `scale`. */
static inline void check_within(const char *what, int64_t n, const float *got, const double *want,
                                double scale, double tolerance)
{
  double worst = 0;

  for (int64_t k = 0; k < n; k++) {
    const double error = fabs((double)got[k] - want[k]) / scale;

    if (!(error <= worst)) {
      worst = isnan(error) ? (double)INFINITY : error;
    }
  }
  figure_add(what, worst, tolerance);
  CHECK(worst <= tolerance, "%s: %s: differs by %g, allowed %g", table_name, what, worst,
        tolerance);
}

/* The same, with the largest number of the reference as the scale. */
static inline void check_near(const char *what, int64_t n, const float *got, const double *want,
                              double tolerance)
{
  double scale = 0;

  for (int64_t k = 0; k < n; k++) {
    scale = fmax(scale, fabs(want[k]));
  }
  check_within(what, n, got, want, scale > 0 ? scale : 1.0, tolerance);
}

/* Runs a test on every table that this processor can run, but the plain one. */
static inline void each_table(void (*test)(const Kernels *kernels))
{
  const char *text;

  for (int k = 1; (table_name = KernelName(k, &text)); k++) {
    const Kernels *kernels = KernelsFind(table_name);

    if (!strcmp(table_name, "plain")) {
      continue;
    }
    if (!kernels) {
      (void)printf("%-8s cannot run on this processor\n", table_name);
      continue;
    }
    CHECK(!strcmp(kernels->name, table_name), "%s", kernels->name);
    test(kernels);
    figures_print();
  }
}

#endif
