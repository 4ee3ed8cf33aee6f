/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pairs that are kept of a matrix that is never whole, against the whole matrix: which, in a file and back, and how
   they are evaluated. */
#include "check.h"
#include "scratch.h"

#include <string.h>

enum { N = 23 };

/* F of a pair: coarse, so that there are ties; 20 % of the pairs are far from null. */
static double statistic(int i, int j)
{
  double uniform[2];

  RandomUniform(4, RANDOM_CONNECTIVITY, i, j, uniform);
  return floor(8.0 * -log(uniform[0])) / 8.0 + (uniform[1] < 0.2 ? 9.0 : 0.0);
}

static double tail(double f)
{
  return exp(-f);
}

/* Hands in all pairs, the sources in strides that are not in order. */
static PetscErrorCode put_all(SparseScores scores)
{
  const Partition *part = SparseScoresPartition(scores);

  PetscFunctionBegin;
  for (int k = 0; k < N; k++) {
    const int j = k * 7 % N;

    for (int64_t row = 0; row < part->n_local; row++) {
      const double f = statistic((int)(part->first + row), j);
      const SparsePair pair = {j, 2.0 * f, f, tail(f)};
      double least_f, largest_p;

      SparseScoresLimits(scores, row, &least_f, &largest_p);
      if (f >= least_f && pair.p_value <= largest_p) {
        PetscCall(SparseScoresPut(scores, row, &pair));
      }
    }
  }
  PetscFunctionReturn(0);
}

/* (n_local, N) 1 where a pair is to be kept, by looking at all of them. */
static PetscErrorCode expect(const Partition *part, SparseRule rule, int64_t k, double level,
                             uint8_t *kept)
{
  double *p_values;
  int64_t count;

  PetscFunctionBegin;
  if (rule == KEEP_SIGNIFICANT) {
    PetscCall(PetscMalloc1(part->n_local * N, &p_values));
    for (int64_t at = 0; at < part->n_local * N; at++) {
      p_values[at] = tail(statistic((int)(part->first + at / N), (int)(at % N)));
    }
    PetscCall(
        MultiplicityMask(MULTIPLICITY_BENJAMINI_HOCHBERG, part, p_values, level, kept, &count));
    PetscCall(PetscFree(p_values));
    PetscFunctionReturn(0);
  }
  for (int64_t at = 0; at < part->n_local * N; at++) {
    const int i = (int)(part->first + at / N), j = (int)(at % N);
    int64_t better = 0;

    for (int other = 0; other < N; other++) {
      const double difference = statistic(i, other) - statistic(i, j);

      better += other != i && (difference > 0 || (difference == 0 && other < j));
    }
    kept[at] = i != j && better < k;
  }
  PetscFunctionReturn(0);
}

static void compare(SparseScores scores, const uint8_t *kept, const char *what)
{
  const Partition *part = SparseScoresPartition(scores);

  for (int64_t row = 0; row < part->n_local; row++) {
    const SparsePair *pairs;
    const int64_t n = SparseScoresRow(scores, row, &pairs);
    int64_t next = 0;

    for (int j = 0; j < N; j++) {
      const double f = statistic((int)(part->first + row), j);

      if (!kept[row * N + j]) {
        continue;
      }
      CHECK(next < n && pairs[next].source == j && pairs[next].f_statistic == f &&
                pairs[next].gc == 2.0 * f && pairs[next].p_value == tail(f),
            "%s: target %lld, source %d is missing", what, (long long)(part->first + row), j);
      next++;
    }
    CHECK(next == n, "%s: target %lld keeps %lld sources, expected %lld", what,
          (long long)(part->first + row), (long long)n, (long long)next);
  }
}

/* The network of strong pairs, from a file. */
static PetscErrorCode load_truth(Network *truth)
{
  const int64_t dims[2] = {N, N};
  Partition part;
  DataFile file;
  double *weights;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &part));
  PetscCall(PetscCalloc1(part.n_local * N, &weights));
  for (int64_t at = 0; at < part.n_local * N; at++) {
    weights[at] = at / N + part.first != at % N &&
                  statistic((int)(part.first + at / N), (int)(at % N)) >= 8.5;
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("truth.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/connectivity", DATA_FLOAT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, "/connectivity", DATA_FLOAT64, (int64_t[]){part.first, 0},
                          (int64_t[]){part.n_local, N}, weights));
  PetscCall(DataFileClose(&file));
  PetscCall(PetscFree(weights));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, truth));
  PetscCall(NetworkLoad(*truth, in_scratch("truth.h5:/connectivity")));
  PetscFunctionReturn(0);
}

/* As the matrix in which pairs that are not kept have -1. */
static PetscErrorCode check_evaluation(SparseScores scores, const uint8_t *kept)
{
  const Partition *part = SparseScoresPartition(scores);
  Evaluation sparse, dense;
  Network truth;
  double *matrix;

  PetscFunctionBegin;
  PetscCall(load_truth(&truth));
  PetscCall(PetscMalloc1(part->n_local * N, &matrix));
  for (int64_t at = 0; at < part->n_local * N; at++) {
    matrix[at] = kept[at] ? statistic((int)(part->first + at / N), (int)(at % N)) : -1.0;
  }
  PetscCall(EvaluationCompute(part, matrix, kept, truth, "dense", &dense, NULL));
  PetscCall(EvaluationComputeSparse(scores, truth, &sparse, NULL));
  CHECK_CLOSE(sparse.auroc_published, dense.auroc_published, 1e-14);
  CHECK_CLOSE(sparse.auroc_offdiagonal, dense.auroc_offdiagonal, 1e-14);
  CHECK_CLOSE(sparse.auprc, dense.auprc, 1e-12);
  CHECK(sparse.precision == dense.precision || (isnan(sparse.precision) && isnan(dense.precision)),
        "precision %g, expected %g", sparse.precision, dense.precision);
  CHECK_CLOSE(sparse.recall, dense.recall, 0.0);
  CHECK(sparse.n_edges == dense.n_edges && sparse.n_nonedges == dense.n_nonedges, "counts differ");
  PetscCall(PetscFree(matrix));
  PetscCall(NetworkDestroy(&truth));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_file(SparseScores scores, SparseRule rule, const uint8_t *kept)
{
  const ScoreInfo info = {.reading = "f_statistic", .order = 1};
  SparseScores back;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("sparse.h5"), &file));
  PetscCall(SparseScoresWrite(scores, file, "/granger/sparse", &info));
  PetscCall(DataFileClose(&file));
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("sparse.h5"), &file));
  PetscCall(SparseScoresCreate(PETSC_COMM_WORLD, N, rule, 1, 0.05, 0, &back));
  PetscCall(SparseScoresRead(back, file, "/granger/sparse"));
  PetscCall(DataFileClose(&file));
  compare(back, kept, "read back");
  PetscCall(SparseScoresDestroy(&back));
  PetscFunctionReturn(0);
}

static PetscErrorCode test(SparseRule rule, int64_t k, double level, int64_t most, const char *what)
{
  SparseScores scores;
  uint8_t *kept;
  SparseOutcome outcome;

  PetscFunctionBegin;
  PetscCall(SparseScoresCreate(PETSC_COMM_WORLD, N, rule, k, level, most, &scores));
  PetscCall(PetscMalloc1(SparseScoresPartition(scores)->n_local * N + 1, &kept));
  PetscCall(put_all(scores));
  PetscCall(SparseScoresFinish(scores, &outcome));
  CHECK(outcome.n_missing == 0, "%s: %lld missing", what, (long long)outcome.n_missing);
  PetscCall(expect(SparseScoresPartition(scores), rule, k, level, kept));
  compare(scores, kept, what);
  PetscCall(check_file(scores, rule, kept));
  PetscCall(check_evaluation(scores, kept));
  PetscCall(PetscFree(kept));
  PetscCall(SparseScoresDestroy(&scores));
  PetscFunctionReturn(0);
}

/* With too little room the smallest p-values are kept, all that is kept is significant, and what is missing is said. */
static PetscErrorCode test_no_room(void)
{
  SparseScores scores;
  SparseOutcome outcome;
  int64_t significant = 0, smaller = 0, kept = 0;
  uint8_t *expected;
  const Partition *part;

  PetscFunctionBegin;
  PetscCall(SparseScoresCreate(PETSC_COMM_WORLD, N, KEEP_SIGNIFICANT, 0, 0.9, 4, &scores));
  part = SparseScoresPartition(scores);
  PetscCall(put_all(scores));
  PetscCall(SparseScoresFinish(scores, &outcome));
  PetscCall(PetscMalloc1(part->n_local * N + 1, &expected));
  PetscCall(expect(part, KEEP_SIGNIFICANT, 0, 0.9, expected));
  for (int64_t row = 0; row < part->n_local; row++) {
    const SparsePair *pairs;

    kept += SparseScoresRow(scores, row, &pairs);
    for (int j = 0; j < N; j++) {
      const int64_t i = part->first + row;

      significant += expected[row * N + j];
      smaller += i != j && tail(statistic((int)i, j)) <= outcome.largest_p;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &significant, 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &smaller, 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &kept, 1, MPI_INT64_T, MPI_SUM, part->comm));
  CHECK(kept == outcome.n_kept && kept == smaller && kept > 0, "%lld kept, %lld, expected %lld",
        (long long)kept, (long long)outcome.n_kept, (long long)smaller);
  CHECK(outcome.n_kept + outcome.n_missing >= significant && outcome.n_missing > 0 &&
            outcome.n_kept <= significant,
        "%lld kept and %lld missing of %lld", (long long)outcome.n_kept,
        (long long)outcome.n_missing, (long long)significant);
  PetscCall(PetscFree(expected));
  PetscCall(SparseScoresDestroy(&scores));
  PetscFunctionReturn(0);
}

/* p-values that underflow: as many as there is room for are kept, the others are counted. */
static PetscErrorCode test_underflow(void)
{
  SparseScores scores;
  SparseOutcome outcome;

  PetscFunctionBegin;
  PetscCall(SparseScoresCreate(PETSC_COMM_WORLD, N, KEEP_SIGNIFICANT, 0, 0.05, 4, &scores));
  for (int64_t row = 0; row < SparseScoresPartition(scores)->n_local; row++) {
    for (int j = 0; j < N; j++) {
      PetscCall(SparseScoresPut(scores, row, &(SparsePair){j, 1.0, 1e6, 0.0}));
    }
  }
  PetscCall(SparseScoresFinish(scores, &outcome));
  CHECK(outcome.n_kept + outcome.n_missing == N * (N - 1) && outcome.n_kept >= 4,
        "%lld kept and %lld missing", (long long)outcome.n_kept, (long long)outcome.n_missing);
  PetscCall(SparseScoresDestroy(&scores));
  PetscFunctionReturn(0);
}

/* Groups that are no such scores are refused, on all ranks alike. */
static PetscErrorCode test_damaged(void)
{
  static const struct {
    const char *what, *message;
    int64_t offsets[4], sources[3];
    double f;
  } cases[] = {{"good", "", {0, 1, 2, 3}, {1, 2, 0}, 1.0},
               {"descending", "ascending", {0, 2, 1, 3}, {1, 2, 0}, 1.0},
               {"beyond", "ascending", {0, 1, 2, 4}, {1, 2, 0}, 1.0},
               {"negative", "ascending", {-1, 1, 2, 3}, {1, 2, 0}, 1.0},
               {"source", "damaged", {0, 1, 2, 3}, {1, 3, 0}, 1.0},
               {"twice", "damaged", {0, 2, 2, 3}, {1, 1, 0}, 1.0},
               {"nan", "damaged", {0, 1, 2, 3}, {1, 2, 0}, NAN}};
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    const char *const reals[] = {"/s/gc", "/s/f_statistic", "/s/p_value"};
    const double values[3] = {cases[k].f, cases[k].f, cases[k].f};
    const int64_t four = 4, three = 3, zero = 0, n4 = rank == 0 ? 4 : 0, n3 = rank == 0 ? 3 : 0;
    SparseScores scores = NULL;
    PetscErrorCode status;
    DataFile file;

    PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("damaged.h5"), &file));
    PetscCall(DataFileAddDataset(file, "/s/row_offset", DATA_INT64, 1, &four, NULL));
    PetscCall(DataFileWrite(file, "/s/row_offset", DATA_INT64, &zero, &n4, cases[k].offsets));
    PetscCall(DataFileAddDataset(file, "/s/source", DATA_INT64, 1, &three, NULL));
    PetscCall(DataFileWrite(file, "/s/source", DATA_INT64, &zero, &n3, cases[k].sources));
    for (int r = 0; r < 3; r++) {
      PetscCall(DataFileAddDataset(file, reals[r], DATA_FLOAT64, 1, &three, NULL));
      PetscCall(DataFileWrite(file, reals[r], DATA_FLOAT64, &zero, &n3, values));
    }
    PetscCall(DataFileClose(&file));
    PetscCall(DataFileOpen(PETSC_COMM_WORLD, in_scratch("damaged.h5"), &file));
    status = SparseScoresLoad(PETSC_COMM_WORLD, file, "/s", &scores);
    CHECK((status == 0) == (cases[k].message[0] == '\0'), "%s: status %d", cases[k].what, status);
    CHECK(!status || strstr(UserErrorMessage(), cases[k].message), "%s: %s", cases[k].what,
          UserErrorMessage());
    PetscCall(SparseScoresDestroy(&scores));
    PetscCall(DataFileClose(&file));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  scratch_begin("sparse");
  CHECK(!test(KEEP_TOP, 1, 0, 0, "top 1"), "%s", UserErrorMessage());
  CHECK(!test(KEEP_TOP, 5, 0, 0, "top 5"), "%s", UserErrorMessage());
  CHECK(!test(KEEP_TOP, 100, 0, 0, "top 100"), "%s", UserErrorMessage());
  CHECK(!test(KEEP_SIGNIFICANT, 0, 0.05, 0, "significant"), "%s", UserErrorMessage());
  CHECK(!test(KEEP_SIGNIFICANT, 0, 0.3, 200, "little room"), "%s", UserErrorMessage());
  CHECK(!test(KEEP_SIGNIFICANT, 0, 1e-9, 0, "none"), "%s", UserErrorMessage());
  CHECK(!test(KEEP_SIGNIFICANT, 0, 0.05, 150, "as much room as it takes"), "%s",
        UserErrorMessage());
  CHECK(!test_no_room(), "%s", UserErrorMessage());
  CHECK(!test_underflow(), "%s", UserErrorMessage());
  CHECK(!test_damaged(), "%s", UserErrorMessage());
  scratch_end();
  return check_end();
}
