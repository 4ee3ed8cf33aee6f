/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Flop rate of the regression beside the rate of DGEMM on the same ranks at the same time. */
#include "causeway/internal/core/blas.h"
#include "check.h"
#include "noise.h"

enum { REPEATS = 3 };

/* Sum of the ranks' rates of C = A'B with matrices of 2000 x 2000, the best of several. */
static PetscErrorCode dgemm_rate(double *gflops)
{
  enum { N = 2000 };
  double *a, *b, *c, best = 1e30, mine;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(N * N, &a, N * N, &b, N * N, &c));
  for (int k = 0; k < N * N; k++) {
    a[k] = 1e-3 * (k % 7);
    b[k] = 1e-3 * (k % 5);
    c[k] = 0.0;
  }
  for (int repeat = 0; repeat <= REPEATS; repeat++) {
    double start;

    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = MPI_Wtime();
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, N, N, N, 1.0, a, N, b, N, 0.0, c, N);
    best = repeat > 0 ? fmin(best, MPI_Wtime() - start) : best;
  }
  mine = 2.0 * N * N * (double)N / best * 1e-9;
  PetscCallMPI(MPI_Allreduce(&mine, gflops, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscFree3(a, b, c));
  PetscFunctionReturn(0);
}

static PetscErrorCode bench(int64_t n, int64_t order, int64_t n_samples, double machine)
{
  Activity activity;
  GrangerInfo info, best = {.regression_s = 1e30};
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(noise_activity(n, n_samples, &activity));
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    Causality causality;
    Granger granger;

    PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, &causality));
    PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
    PetscCall(GrangerSetOrder(granger, order));
    PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
    PetscCall(GrangerGetInfo(granger, &info));
    best = info.regression_s < best.regression_s ? info : best;
    PetscCall(GrangerDestroy(&granger));
    PetscCall(CausalityDestroy(&causality));
  }
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "| %lld | %lld | %lld | %d | %.3f | %.1f | %.1f | %.0f %% |\n",
                        (long long)n, (long long)order, (long long)n_samples, size,
                        best.regression_s, best.flops / best.regression_s * 1e-9, machine,
                        100.0 * best.flops / best.regression_s * 1e-9 / machine));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode bench_all(void)
{
  double machine;

  PetscFunctionBegin;
  (void)BlasSetThreads(1);
  ProgressInterval(0);
  PetscCall(dgemm_rate(&machine));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "Regression, best of %d\n"
                        "| N | order | samples | ranks | s | Gflop/s | dgemm Gflop/s | of dgemm |\n"
                        "|---|---|---|---|---|---|---|---|\n",
                        REPEATS));
  PetscCall(bench(200, 5, 10000, machine));
  PetscCall(bench(1000, 5, 10000, machine));
  PetscCall(bench(2000, 3, 20000, machine));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(!bench_all(), "%s", UserErrorMessage());
  return check_end();
}
