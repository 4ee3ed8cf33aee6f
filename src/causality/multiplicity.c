/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/causality.h"

#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : x > y;
}

/* Number of sorted values that do not exceed `limit`. */
static int64_t count_up_to(int64_t n, const double *sorted, double limit)
{
  int64_t low = 0, high = n;

  while (low < high) {
    int64_t middle = low + (high - low) / 2;

    if (sorted[middle] <= limit) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/* The step-up rule takes the largest k with p_(k) <= level k / m. With R(t) the number of p-values
   up to t, that k is the largest fixed point of R(level k / m), and iterating from k = m comes down
   to it without passing it: no global sort. */
static PetscErrorCode step_up_threshold(const Partition *part, int64_t n_mine, const double *sorted,
                                        double level, int64_t n_pairs, double *threshold)
{
  int64_t k = n_pairs, mine, next;

  PetscFunctionBegin;
  while (1) {
    *threshold = level * (double)k / (double)PetscMax(n_pairs, 1);
    mine = count_up_to(n_mine, sorted, *threshold);
    PetscCallMPI(MPI_Allreduce(&mine, &next, 1, MPI_INT64_T, MPI_SUM, part->comm));
    if (next == k) {
      break;
    }
    k = next;
  }
  PetscFunctionReturn(0);
}

/* 1 + 1/2 + ... + 1/m */
static double harmonic(int64_t m)
{
  const double euler_gamma = 0.57721566490153286;
  double sum = 0;

  if (m > 1000000) {
    return log((double)m) + euler_gamma + 0.5 / (double)m;
  }
  for (int64_t k = m; k >= 1; k--) {
    sum += 1.0 / (double)k;
  }
  return sum;
}

PetscErrorCode MultiplicityMask(Multiplicity method, const Partition *part, const double *p_values,
                                double level, uint8_t *mask, int64_t *count)
{
  const int64_t n = part->n_global, n_pairs = n * (n - 1);
  double threshold = level / (double)PetscMax(n_pairs, 1), *sorted;
  int64_t n_mine = 0;

  PetscFunctionBegin;
  if (method != MULTIPLICITY_BONFERRONI) {
    PetscCall(PetscMalloc1(part->n_local * n, &sorted));
    for (int64_t i = 0; i < part->n_local; i++) {
      for (int64_t j = 0; j < n; j++) {
        if (j != part->first + i) {
          sorted[n_mine++] = p_values[i * n + j];
        }
      }
    }
    if (n_mine > 0) {
      qsort(sorted, (size_t)n_mine, sizeof(*sorted), compare_doubles);
    }
    if (method == MULTIPLICITY_BENJAMINI_YEKUTIELI) {
      level /= harmonic(n_pairs);
    }
    PetscCall(step_up_threshold(part, n_mine, sorted, level, n_pairs, &threshold));
    PetscCall(PetscFree(sorted));
  }
  n_mine = 0;
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      mask[i * n + j] = j != part->first + i && p_values[i * n + j] <= threshold;
      n_mine += mask[i * n + j];
    }
  }
  PetscCallMPI(MPI_Allreduce(&n_mine, count, 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscFunctionReturn(0);
}
