/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Causality between groups against one QR regression without the past of each group; groups of one neuron
   against the causality of pairs. */
#include "check.h"
#include "granger/setup.h"
#include "scratch.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

enum { N = 11, SAMPLES = 500, ORDER = 3, ROWS = SAMPLES - ORDER, MOST = N };

extern void dgels_(const char *trans, const int *m, const int *n, const int *nrhs, double *a,
                   const int *lda, double *b, const int *ldb, double *work, const int *lwork,
                   int *info);
extern void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivots, int *info);

static double series[N][SAMPLES];

/* Neuron j drives j + 1, and from the lag before j + 3; unequal means, noise that neurons share. */
static void make_series(void)
{
  for (int t = 0; t < SAMPLES; t++) {
    double shared[2];

    RandomNormal(13, RANDOM_INPUT_CURRENT, N, t, shared);
    for (int i = 0; i < N; i++) {
      double noise[2];

      RandomNormal(13, RANDOM_INPUT_CURRENT, i, t, noise);
      series[i][t] = noise[0] + 0.1 * i * shared[0] + 3.0 * i;
      if (t >= 2) {
        series[i][t] += 0.4 * series[i][t - 1] + 0.3 * series[(i + N - 1) % N][t - 1] +
                        0.1 * series[(i + N - 3) % N][t - 2];
      }
    }
  }
}

/* products of the residuals on a constant and the past of all neurons but those of one group */
static PetscErrorCode regress(const int *group, int left_out, double products[N][N])
{
  int columns = 1, rows = ROWS, n = N, info, work_length = 64 * (N * ORDER + ROWS);
  double *a, *b, *work;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(ROWS * (N * ORDER + 1), &a, ROWS * N, &b, work_length, &work));
  for (int t = 0; t < ROWS; t++) {
    a[t] = 1.0;
    for (int i = 0; i < N; i++) {
      b[t + i * ROWS] = series[i][t + ORDER];
    }
  }
  for (int j = 0; j < N; j++) {
    for (int k = 1; k <= ORDER && (left_out < 0 || group[j] != left_out); k++, columns++) {
      for (int t = 0; t < ROWS; t++) {
        a[t + columns * ROWS] = series[j][t + ORDER - k];
      }
    }
  }
  dgels_("N", &rows, &columns, &n, a, &rows, b, &rows, work, &work_length, &info);
  PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "DGELS: info %d", info);
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      products[i][j] = 0;
      for (int t = columns; t < ROWS; t++) {
        products[i][j] += b[t + i * ROWS] * b[t + j * ROWS];
      }
    }
  }
  PetscCall(PetscFree3(a, b, work));
  PetscFunctionReturn(0);
}

/* log det of the rows and columns of one group */
static double log_determinant(const int *group, int chosen, double products[N][N])
{
  double block[N * N], sum = 0;
  int n = 0, pivots[N], info;

  for (int i = 0, at = 0; i < N; i++) {
    n += group[i] == chosen;
    for (int j = 0; j < N; j++) {
      if (group[i] == chosen && group[j] == chosen) {
        block[at++] = products[i][j];
      }
    }
  }
  dgetrf_(&n, &n, block, &n, pivots, &info);
  for (int i = 0; i < n; i++) {
    sum += log(fabs(block[i * n + i]));
  }
  return sum;
}

static PetscErrorCode solve(const char *groups, const char *block, GrangerInfo *info,
                            Causality *causality)
{
  Activity activity;
  Granger granger;

  PetscFunctionBegin;
  PetscCall(setup_activity(PETSC_COMM_WORLD, N, SAMPLES, series[0], &activity));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, N, causality));
  PetscCall(setup_granger(PETSC_COMM_WORLD, ORDER,
                          SETTINGS({"granger_block", block}, {"granger_groups", groups},
                                   {"granger_statistics", "group,conditional"}),
                          &granger));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, *causality));
  PetscCall(GrangerGetInfo(granger, info));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* Rao's F of a Wilks' lambda exp(-gc). */
static double wilks(double q, double h, double gc)
{
  const double t = q * q + h * h > 5.0 ? sqrt((q * q * h * h - 4.0) / (q * q + h * h - 5.0)) : 1.0;
  const double left = ROWS - N * ORDER - 1, d1 = q * h;
  const double d2 = t * (left - 0.5 * (q - h + 1.0)) - 0.5 * q * h + 1.0;
  const double root = exp(-gc / t);

  return gsl_cdf_fdist_Q((1.0 - root) / root * d2 / d1, d1, d2);
}

/* On every rank, and what the log prints. */
static PetscErrorCode compare(const int *group, int n_groups, const GrangerInfo *info,
                              Causality causality)
{
  const double *gc = CausalityFindTable(causality, "granger", "group_gc");
  const double *p = CausalityFindTable(causality, "granger", "group_p_value");
  double full[N][N], reduced[N][N], largest = 0;
  int size[MOST] = {0};

  PetscFunctionBegin;
  for (int i = 0; i < N; i++) {
    size[group[i] < 0 ? MOST - 1 : group[i]] += group[i] >= 0;
  }
  PetscCall(regress(group, -1, full));
  for (int source = 0; source < n_groups; source++) {
    PetscCall(regress(group, source, reduced));
    for (int target = 0; target < n_groups; target++) {
      const double expected = target == source ? 0.0
                                               : log_determinant(group, target, reduced) -
                                                     log_determinant(group, target, full);
      CHECK_CLOSE(gc[target * n_groups + source], expected, 1e-11);
      CHECK_CLOSE(p[target * n_groups + source],
                  target == source ? 1.0 : wilks(size[target], size[source] * ORDER, expected),
                  1e-8);
      largest = fmax(largest, expected);
    }
  }
  CHECK(info->n_groups == n_groups, "%d groups", (int)info->n_groups);
  CHECK_CLOSE(info->group_gc, largest, 1e-11);
  CHECK_CLOSE(gc[info->group_target * n_groups + info->group_source], largest, 1e-11);
  PetscFunctionReturn(0);
}

static PetscErrorCode test_groups(const char *words, const char *block, const int *group,
                                  int n_groups)
{
  Causality causality;
  GrangerInfo info;

  PetscFunctionBegin;
  PetscCall(solve(words, block, &info, &causality));
  PetscCall(compare(group, n_groups, &info, causality));
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

/* Neurons of a group apart, one in none, from a file; the determinants by one process, and by all. */
static PetscErrorCode test_file(void)
{
  const int group[N] = {2, 0, 1, 0, -1, 0, 1, 2, 2, 0, 2};
  const int64_t first = 0, count = N, none = 0;
  char specification[1100];
  int32_t values[N];
  DataFile file;

  PetscFunctionBegin;
  for (int i = 0; i < N; i++) {
    values[i] = group[i];
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("groups.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/area", DATA_INT32, 1, &count, NULL));
  PetscCall(DataFileWrite(file, "/area", DATA_INT32, &first, scratch_rank() == 0 ? &count : &none,
                          values));
  PetscCall(DataFileClose(&file));
  PetscCall(
      PetscSNPrintf(specification, sizeof(specification), "%s:/area", in_scratch("groups.h5")));
  PetscCall(test_groups(specification, "128", group, 3));
  PetscCall(test_groups(specification, "1", group, 3));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_single_neurons(void)
{
  Causality causality;
  const Partition *part;
  const double *gc, *pairs;
  GrangerInfo info;

  PetscFunctionBegin;
  PetscCall(solve("0,1,2,3,4,5,6,7,8,9,10", "6", &info, &causality));
  gc = CausalityFindTable(causality, "granger", "group_gc");
  pairs = CausalityFind(causality, "granger", "gc");
  part = CausalityPartition(causality);
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < N; j++) {
      CHECK_CLOSE(gc[(part->first + i) * N + j], pairs[i * N + j], 1e-11);
    }
  }
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const int ranges[N] = {1, 1, 1, 1, 1, 1, -1, -1, 0, 0, 2};

  check_begin(&argc, &argv);
  scratch_begin("group");
  make_series();
  CHECK(!test_groups("8-9,0-5,10", "128", ranges, 3), "%s", UserErrorMessage());
  CHECK(!test_groups("8-9,0-5,10", "6", ranges, 3), "%s", UserErrorMessage());
  CHECK(!test_groups("8-9,0-5,10-10", "1", ranges, 3), "%s", UserErrorMessage());
  CHECK(!test_file(), "%s", UserErrorMessage());
  CHECK(!test_single_neurons(), "%s", UserErrorMessage());
  scratch_end();
  return check_end();
}
