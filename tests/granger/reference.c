/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reference.h"

extern void dgels_(const char *trans, const int *m, const int *n, const int *nrhs, double *a,
                   const int *lda, double *b, const int *ldb, double *work, const int *lwork,
                   int *info);

/* Residual sums of squares of all targets on a constant and the past of all sources but `left_out`.
 */
static PetscErrorCode regress(int n, int n_samples, int order, const double *values,
                              const int64_t *position, int left_out, double *residual)
{
  int rows = 0, columns = 1, info, work_length = 64 * (n * order + n_samples);
  int *sample;
  double *a, *b, *work;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_samples, &sample));
  for (int t = order; t < n_samples; t++) {
    if (!position || position[t] >= order) {
      sample[rows++] = t;
    }
  }
  PetscCall(PetscMalloc3((size_t)rows * (size_t)(n * order + 1), &a, (size_t)rows * (size_t)n, &b,
                         work_length, &work));
  for (int t = 0; t < rows; t++) {
    a[t] = 1.0;
    for (int i = 0; i < n; i++) {
      b[t + (size_t)i * (size_t)rows] = values[(size_t)i * (size_t)n_samples + (size_t)sample[t]];
    }
  }
  for (int j = 0; j < n; j++) {
    for (int k = 1; k <= order && j != left_out; k++) {
      for (int t = 0; t < rows; t++) {
        a[t + (size_t)columns * (size_t)rows] =
            values[(size_t)j * (size_t)n_samples + (size_t)(sample[t] - k)];
      }
      columns++;
    }
  }
  dgels_("N", &rows, &columns, &n, a, &rows, b, &rows, work, &work_length, &info);
  PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "DGELS: info %d", info);
  /* below the coefficients DGELS leaves the rotated residuals */
  for (int i = 0; i < n; i++) {
    residual[i] = 0;
    for (int t = columns; t < rows; t++) {
      double value = b[t + (size_t)i * (size_t)rows];

      residual[i] += value * value;
    }
  }
  PetscCall(PetscFree3(a, b, work));
  PetscCall(PetscFree(sample));
  PetscFunctionReturn(0);
}

PetscErrorCode ReferenceGrowth(int n, int n_samples, int order, const double *values,
                               const int64_t *position, double *growth, double *full)
{
  double *reduced;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &reduced));
  PetscCall(regress(n, n_samples, order, values, position, -1, full));
  for (int j = 0; j < n; j++) {
    PetscCall(regress(n, n_samples, order, values, position, j, reduced));
    for (int i = 0; i < n; i++) {
      growth[i * n + j] = reduced[i] - full[i];
    }
  }
  PetscCall(PetscFree(reduced));
  PetscFunctionReturn(0);
}

double ReferenceAuroc(int n, const double *scores, const double *truth, PetscBool published)
{
  double wins = 0, pairs = 0;

  for (int a = 0; a < n * n; a++) {
    if (truth[a] == 0.0 || a / n == a % n) {
      continue;
    }
    for (int b = 0; b < n * n; b++) {
      PetscBool diagonal = b / n == b % n ? PETSC_TRUE : PETSC_FALSE;
      double other = diagonal ? 0.0 : scores[b];

      if (diagonal ? published : truth[b] == 0.0) {
        wins += scores[a] > other ? 1.0 : (scores[a] == other ? 0.5 : 0.0);
        pairs += 1.0;
      }
    }
  }
  return wins / pairs;
}
