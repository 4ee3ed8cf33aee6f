/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/causality.h"

#include <math.h>

/* Keeps the values up to `limit`; returns their number. */
static int64_t keep_up_to(int64_t n, double *values, double limit)
{
  int64_t kept = 0;

  for (int64_t k = 0; k < n; k++) {
    values[kept] = values[k];
    kept += values[k] <= limit;
  }
  return kept;
}

/* The step-up rule takes the largest k with p_(k) <= level k / m. With R(t) the number of p-values up to t, this k is the
   largest fixed point of R(level k / m). Iterating from k = m descends to it without passing it, so no sort is needed and the
   list shrinks. `values`: p-values up to `level`. */
static PetscErrorCode step_up_threshold(const Partition *part, int64_t n_mine, double *values,
                                        double level, int64_t n_pairs, double *threshold)
{
  int64_t k = n_pairs, next;

  PetscFunctionBegin;
  while (1) {
    *threshold = level * (double)k / (double)PetscMax(n_pairs, 1);
    n_mine = keep_up_to(n_mine, values, *threshold);
    PetscCallMPI(MPI_Allreduce(&n_mine, &next, 1, MPI_INT64_T, MPI_SUM, part->comm));
    if (next == k) {
      break;
    }
    k = next;
  }
  PetscFunctionReturn(0);
}

/* Lists the p-values of pairs up to `level`; freed by the caller. */
static PetscErrorCode list_candidates(const Partition *part, const double *p_values, double level,
                                      int64_t *n_candidates, double **candidates)
{
  const int64_t n = part->n_global;
  int64_t count = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < part->n_local * n; k++) {
    count += p_values[k] <= level;
  }
  PetscCall(PetscMalloc1(count, candidates));
  *n_candidates = 0;
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      if (j != part->first + i && p_values[i * n + j] <= level) {
        (*candidates)[(*n_candidates)++] = p_values[i * n + j];
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Counts the pairs with a p-value on all ranks. */
static PetscErrorCode count_tested(const Partition *part, const double *p_values, int64_t *n_tested)
{
  const int64_t n = part->n_global;

  PetscFunctionBegin;
  *n_tested = 0;
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      *n_tested += j != part->first + i && !isnan(p_values[i * n + j]);
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, n_tested, 1, MPI_INT64_T, MPI_SUM, part->comm));
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
  const int64_t n = part->n_global;
  double threshold, *candidates;
  int64_t n_pairs, n_mine = 0;

  PetscFunctionBegin;
  PetscCall(count_tested(part, p_values, &n_pairs));
  threshold = level / (double)PetscMax(n_pairs, 1);
  if (method != MULTIPLICITY_BONFERRONI) {
    if (method == MULTIPLICITY_BENJAMINI_YEKUTIELI) {
      level /= harmonic(n_pairs);
    }
    PetscCall(list_candidates(part, p_values, level, &n_mine, &candidates));
    PetscCall(step_up_threshold(part, n_mine, candidates, level, n_pairs, &threshold));
    PetscCall(PetscFree(candidates));
  }
  n_mine = 0;
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      const uint8_t is_significant = j != part->first + i && p_values[i * n + j] <= threshold;

      n_mine += is_significant;
      if (mask) {
        mask[i * n + j] = is_significant;
      }
    }
  }
  PetscCallMPI(MPI_Allreduce(&n_mine, count, 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscFunctionReturn(0);
}
