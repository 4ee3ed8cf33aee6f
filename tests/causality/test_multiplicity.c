/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Corrections for many tests, against the textbook: sort all p-values and step up. */
#include "check.h"

#include <string.h>

enum { MAX_N = 60 };

static int rank;
static double sorted[MAX_N * MAX_N];

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* Largest p-value that is significant, negative when none is. */
static double textbook_threshold(Multiplicity method, int64_t n, const double *p, double level)
{
  int64_t m = 0;
  double harmonic = 0, threshold = -1;

  for (int64_t e = 0; e < n * n; e++) {
    if (e / n != e % n) {
      sorted[m++] = p[e];
    }
  }
  qsort(sorted, (size_t)m, sizeof(double), ascending);
  for (int64_t k = 1; k <= m; k++) {
    harmonic += 1.0 / (double)k;
  }
  for (int64_t k = 1; k <= m; k++) {
    double limit = level * (double)k / (double)m;

    limit = method == MULTIPLICITY_BENJAMINI_YEKUTIELI ? limit / harmonic : limit;
    limit = method == MULTIPLICITY_BONFERRONI ? level / (double)m : limit;
    threshold = sorted[k - 1] <= limit ? sorted[k - 1] : threshold;
  }
  return threshold;
}

/* Compares the local rows with the textbook; returns how many pairs it calls significant. */
static PetscErrorCode compare(MPI_Comm comm, Multiplicity method, int64_t n, const double *p,
                              double level, const char *name, int64_t *significant)
{
  double threshold = textbook_threshold(method, n, p, level);
  int64_t count = -1;
  Partition partition;
  uint8_t *mask;

  PetscFunctionBegin;
  *significant = 0;
  for (int64_t e = 0; e < n * n; e++) {
    *significant += e / n != e % n && p[e] <= threshold;
  }
  PetscCall(PartitionMake(comm, n, &partition));
  PetscCall(PetscMalloc1(partition.n_local * n + 1, &mask));
  memset(mask, 7, (size_t)(partition.n_local * n + 1));
  PetscCall(MultiplicityMask(method, &partition, p + partition.first * n, level, mask, &count));
  CHECK(count == *significant, "%s method %d N %lld: %lld, not %lld", name, (int)method,
        (long long)n, (long long)count, (long long)*significant);
  for (int64_t e = 0; e < partition.n_local * n; e++) {
    int64_t i = partition.first + e / n, j = e % n;

    CHECK(mask[e] == (i != j && p[i * n + j] <= threshold), "%s method %d N %lld: (%lld, %lld) %d",
          name, (int)method, (long long)n, (long long)i, (long long)j, mask[e]);
  }
  CHECK(mask[partition.n_local * n] == 7, "%s: written beyond the end", name);
  PetscCall(PetscFree(mask));
  PetscFunctionReturn(0);
}

/* q of each pair: the least m p / rank over the p-values that are not smaller; ties share the highest rank. */
static double textbook_q(int64_t n, const double *p, double value)
{
  int64_t m = 0;
  double q = 1.0;

  for (int64_t e = 0; e < n * n; e++) {
    if (e / n != e % n) {
      sorted[m++] = p[e];
    }
  }
  qsort(sorted, (size_t)m, sizeof(double), ascending);
  for (int64_t k = m - 1; k >= 0 && sorted[k] >= value; k--) {
    const double next = sorted[k] * (double)m / (double)(k + 1);

    q = next < q ? next : q;
  }
  return q;
}

static PetscErrorCode compare_q(int64_t n, const double *p, const char *name)
{
  Partition partition;
  double *q;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, n, &partition));
  PetscCall(PetscMalloc1(partition.n_local * n, &q));
  PetscCall(MultiplicityQ(&partition, p + partition.first * n, q));
  for (int64_t e = 0; e < partition.n_local * n; e += 7) {
    const int64_t i = partition.first + e / n, j = e % n;
    const double expected = i == j ? 1.0 : textbook_q(n, p, p[i * n + j]);

    CHECK(fabs(q[e] - expected) <= 1e-12 * expected, "%s N %lld: q of (%lld, %lld) is %g, not %g",
          name, (long long)n, (long long)i, (long long)j, q[e], expected);
  }
  PetscCall(PetscFree(q));
  PetscFunctionReturn(0);
}

static PetscErrorCode compare_all(int64_t n, const double *p, double level, const char *name,
                                  int64_t significant[3])
{
  int64_t alone;

  PetscFunctionBegin;
  for (int method = 0; method < 3; method++) {
    PetscCall(
        compare(PETSC_COMM_WORLD, (Multiplicity)method, n, p, level, name, &significant[method]));
    PetscCall(compare(PETSC_COMM_SELF, (Multiplicity)method, n, p, level, name, &alone));
  }
  CHECK(significant[2] <= significant[0] && significant[1] <= significant[0], "%s: order", name);
  PetscCall(compare_q(n, p, name));
  PetscFunctionReturn(0);
}

static double uniform(int64_t i, int64_t k)
{
  double both[2];

  RandomUniform(77, RANDOM_CONNECTIVITY, i, k, both);
  return both[0];
}

/* How p-values are made from an entry and a number of the case. */
static double random_p(int64_t e, int64_t c)
{
  return uniform(e, c);
}

/* A tenth are small, as from true effects. */
static double mixed_p(int64_t e, int64_t c)
{
  return uniform(e, c) * (uniform(e, c + 1000) < 0.1 ? 1e-5 : 1);
}

static double tied_p(int64_t e, int64_t c)
{
  return floor(mixed_p(e, c) * 64) / 64 + 1e-3;
}

static double zero_p(int64_t e, int64_t c)
{
  return uniform(e, c) < 0.3 ? 0 : uniform(e, c + 1000);
}

static double high_p(int64_t e, int64_t c)
{
  return 0.9 + 0.1 * uniform(e, c);
}

static double low_p(int64_t e, int64_t c)
{
  return 1e-12 * uniform(e, c);
}

static double steep_p(int64_t e, int64_t c)
{
  return pow(10, -300 * uniform(e, c));
}

static const struct {
  const char *name;
  double (*draw)(int64_t e, int64_t c);
} laws[] = {{"random", random_p}, {"mixed", mixed_p}, {"tied", tied_p},  {"zeros", zero_p},
            {"none", high_p},     {"all", low_p},     {"steep", steep_p}};
enum { N_LAWS = sizeof(laws) / sizeof(laws[0]), NONE = 4, ALL = 5 };

/* The diagonal is poisoned with what would change the answer. */
static void fill(double *p, int64_t n, int law, int64_t c, double diagonal)
{
  for (int64_t e = 0; e < n * n; e++) {
    p[e] = e / n == e % n ? diagonal : laws[law].draw(e, c);
  }
}

static PetscErrorCode test_random(void)
{
  static const int64_t sizes[] = {1, 2, 3, 5, 13, MAX_N};
  static const double levels[] = {0.001, 0.05, 0.3};
  static double p[MAX_N * MAX_N];
  int64_t significant[3];

  PetscFunctionBegin;
  for (int s = 0; s < 6; s++) {
    for (int law = 0; law < N_LAWS; law++) {
      for (int c = 0; c < 9; c++) {
        int64_t n = sizes[s];

        fill(p, n, law, c, c % 3 == 0 ? 0 : (c % 3 == 1 ? 1 : (double)NAN));
        PetscCall(compare_all(n, p, levels[c / 3], laws[law].name, significant));
        for (int method = 0; method < 3; method++) {
          CHECK(law != NONE || significant[method] == 0, "none: %d", method);
          CHECK(law != ALL || significant[method] == n * (n - 1), "all: %d", method);
        }
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Every p-value just below the level: stepping up from the largest takes all of them, though the
   smallest is above its own limit. */
static PetscErrorCode test_steps_up(void)
{
  enum { N = 7 };
  double p[N * N];
  int64_t significant[3];

  PetscFunctionBegin;
  for (int e = 0; e < N * N; e++) {
    p[e] = 0.0499;
  }
  PetscCall(compare_all(N, p, 0.05, "just below", significant));
  CHECK(significant[0] == N * (N - 1) && significant[1] == 0 && significant[2] == 0, "%lld %lld",
        (long long)significant[0], (long long)significant[1]);
  for (int e = 0; e < N * N; e++) {
    p[e] = 0.0501;
  }
  PetscCall(compare_all(N, p, 0.05, "just above", significant));
  CHECK(significant[0] == 0, "%lld", (long long)significant[0]);
  PetscFunctionReturn(0);
}

/* Equality counts as significant; the numbers are exact in binary. */
static PetscErrorCode test_boundary(void)
{
  static const struct {
    double p[2];
    int64_t significant[3]; /* Benjamini-Hochberg, Benjamini-Yekutieli, Bonferroni */
  } cases[] = {{{0.25, 0.75}, {1, 0, 1}},
               {{0.5, 0.5}, {2, 0, 0}},
               {{0.25, 0.5}, {2, 0, 1}},
               {{0.2500001, 0.5000001}, {0, 0, 0}}};
  int64_t significant[3];

  PetscFunctionBegin;
  for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
    for (int turn = 0; turn < 2; turn++) {
      double p[4] = {0, cases[c].p[turn], cases[c].p[1 - turn], 0};

      PetscCall(compare_all(2, p, 0.5, "boundary", significant));
      for (int method = 0; method < 3; method++) {
        CHECK(significant[method] == cases[c].significant[method], "case %zu method %d: %lld", c,
              method, (long long)significant[method]);
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Pairs without a p-value are not tested: the limits are those of the pairs that are left. */
static PetscErrorCode test_untested(void)
{
  enum { N = 3 };
  /* 2 of 6 pairs are tested: Bonferroni's limit is .025 instead of .05 / 6 */
  const double p[N * N] = {NAN, 0.024, NAN, NAN, NAN, 0.6, NAN, NAN, NAN};
  Partition part;
  uint8_t mask[N * N];
  int64_t count;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &part));
  for (int method = 0; method < 2; method++) {
    PetscCall(MultiplicityMask(method ? MULTIPLICITY_BONFERRONI : MULTIPLICITY_BENJAMINI_HOCHBERG,
                               &part, p + part.first * N, 0.05, mask, &count));
    CHECK(count == 1, "method %d: %lld", method, (long long)count);
    for (int k = 0; k < part.n_local * N; k++) {
      CHECK(mask[k] == (part.first * N + k == 1), "method %d: pair %d", method, k);
    }
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  CHECK(!test_random(), "rank %d: random", rank);
  CHECK(!test_steps_up(), "rank %d: steps up", rank);
  CHECK(!test_boundary(), "rank %d: boundary", rank);
  CHECK(!test_untested(), "rank %d: untested", rank);
  return check_end();
}
