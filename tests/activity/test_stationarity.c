/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How often series are said not to look stationary: white noise no more often than the level says, whatever their number
   and length, and those with a root of one, or beyond it, nearly always. */
#include "check.h"

static const double level = 0.05;

/* x(t) = root x(t - 1) + noise for the first `n_rooted` series, noise for the others; two segments when asked for. */
static PetscErrorCode count(int n, int n_samples, int n_rooted, double root, PetscBool split,
                            int n_replicates, int *n_warned)
{
  double *values;

  PetscFunctionBegin;
  *n_warned = 0;
  PetscCall(PetscMalloc1(n * n_samples, &values));
  for (int r = 0; r < n_replicates; r++) {
    const Segment halves[2] = {{0, n_samples / 2}, {n_samples / 2 + 1, n_samples}};
    int64_t n_wandering, first;
    Partition part;
    Activity activity;

    for (int i = 0; i < n; i++) {
      for (int t = 0; t < n_samples; t++) {
        double noise[2], *x = values + (size_t)i * n_samples + t;

        RandomNormal((uint32_t)(1 + r), RANDOM_INPUT_CURRENT, i, t, noise);
        *x = noise[0] + (t > 0 && i < n_rooted ? root * x[-1] : 0.0);
      }
    }
    PetscCall(PartitionMake(PETSC_COMM_WORLD, n, &part));
    PetscCall(ActivityCreate(PETSC_COMM_WORLD, &activity));
    PetscCall(ActivitySetValues(activity, n, n_samples, values + part.first * n_samples));
    if (split) {
      PetscCall(ActivitySetSegments(activity, 2, halves));
    }
    PetscCall(ActivityTestStationarity(activity, level, &n_wandering, &first));
    *n_warned += n_wandering > 0;
    CHECK(n_wandering == 0 || first < n, "the first is %d", (int)first);
    PetscCall(ActivityDestroy(&activity));
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  enum { REPLICATES = 200 };
  const struct {
    int n, n_samples, n_rooted;
    double root;
    PetscBool split;
    double least, most; /* share of the data sets that are warned of */
  } cases[] = {{1, 50, 0, 0, PETSC_FALSE, 0, 0.05},    {20, 150, 0, 0, PETSC_FALSE, 0, 0.05},
               {5, 2000, 0, 0, PETSC_FALSE, 0, 0.05},  {50, 100, 0, 0, PETSC_TRUE, 0, 0.05},
               {5, 500, 5, 0.9, PETSC_FALSE, 0, 0.05}, {1, 500, 1, 1.0, PETSC_FALSE, 0.8, 1},
               {10, 500, 1, 1.0, PETSC_FALSE, 0.7, 1}, {10, 150, 10, 1.0, PETSC_FALSE, 0.9, 1},
               {5, 300, 1, 1.05, PETSC_FALSE, 0.9, 1}, {5, 300, 5, 1.2, PETSC_FALSE, 1, 1},
               {5, 600, 5, 1.0, PETSC_TRUE, 0.9, 1}};

  check_begin(&argc, &argv);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    int n_warned;

    CHECK(!count(cases[k].n, cases[k].n_samples, cases[k].n_rooted, cases[k].root, cases[k].split,
                 REPLICATES, &n_warned),
          "case %d: %s", (int)k, UserErrorMessage());
    if (getenv("VERBOSE")) {
      (void)printf("case %d: %d of %d\n", (int)k, n_warned, REPLICATES);
    }
    CHECK(n_warned >= cases[k].least * REPLICATES &&
              n_warned <= (cases[k].most + 2.0 * sqrt(level / REPLICATES)) * REPLICATES,
          "case %d: %d of %d", (int)k, n_warned, REPLICATES);
  }
  return check_end();
}
