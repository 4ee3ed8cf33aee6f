/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores against the truth: every number beside a reference that compares all pairs of entries. */
#include "check.h"
#include "scratch.h"

#include <float.h>
#include <string.h>
#include <unistd.h>

enum { MAX_N = 25 };

static int rank;
static double uniform(int64_t e, int64_t c)
{
  double both[2];

  RandomUniform(31, RANDOM_CONNECTIVITY, e, c, both);
  return both[0];
}

/* What every rank knows of a case: (n, n) weights of the truth, scores, significant pairs. */
typedef struct {
  int64_t n;
  double truth[MAX_N * MAX_N], scores[MAX_N * MAX_N];
  uint8_t mask[MAX_N * MAX_N];
} Case;

static int is_true(const Case *c, int64_t e)
{
  return e / c->n != e % c->n && c->truth[e] != 0;
}

/* A pair without a score is not looked at. */
static int is_edge(const Case *c, int64_t e)
{
  return is_true(c, e) && !isnan(c->scores[e]);
}

static int is_other(const Case *c, int64_t e)
{
  return e / c->n != e % c->n && c->truth[e] == 0 && !isnan(c->scores[e]);
}

/* Weights of both signs with probability p. The diagonal of the truth is empty; that of scores and
   mask holds what must not be looked at. */
static void fill_truth(Case *c, int64_t n, double p, int64_t draw)
{
  c->n = n;
  for (int64_t e = 0; e < n * n; e++) {
    int off = e / n != e % n;

    c->truth[e] = off && uniform(e, 10 * draw) < p ? (uniform(e, 10 * draw + 1) < 0.8 ? 5 : -5) : 0;
    c->mask[e] = !off || uniform(e, 10 * draw + 2) < (c->truth[e] != 0 ? 0.7 : 0.2);
  }
}

enum {
  REAL,
  TIED,
  SIGNED,
  SPARSE,
  EQUAL,
  ZERO,
  NEGATIVE,
  PERFECT,
  INVERTED,
  MISSING,
  EXTREME,
  N_LAWS
};

static double score_of(int law, double u, int edge)
{
  switch (law) {
  case REAL:
    return u + 1e-3 + 0.3 * edge;
  case TIED:
    return floor(6 * u) + edge;
  case SIGNED:
    return floor(9 * u) - 4 + edge;
  case SPARSE:
    return u < 0.6 ? (u < 0.3 ? 0.0 : -0.0) : u;
  case EQUAL:
    return 0.25;
  case ZERO:
    return 0;
  case NEGATIVE:
    return -1 - u;
  case PERFECT:
    return edge ? 2 + u : 1 - u;
  case MISSING: /* some pairs have none, edges among them */
    return fmod(17 * u, 1) < 0.3 ? (double)NAN : u + 1e-3 + 0.3 * edge;
  case INVERTED:
    return edge ? 1e-9 * u : 1 + u;
  default: /* neighbours in double precision, and the largest numbers that there are */
    return u < 0.2 ? (double)INFINITY : (u < 0.3 ? -DBL_MAX : 1 + floor(4 * u) * DBL_EPSILON);
  }
}

static void fill_scores(Case *c, int law, int64_t draw)
{
  law = law == MISSING && c->n < 5 ? REAL : law; /* of few pairs some must have a score */
  for (int64_t e = 0; e < c->n * c->n; e++) {
    c->scores[e] = e / c->n == e % c->n ? (double)NAN
                                        : score_of(law, uniform(e, 10 * draw + 3), is_true(c, e));
  }
}

static double wins(double edge, double other)
{
  return edge > other ? 1 : (edge == other ? 0.5 : 0);
}

/* Part of the (edge, no edge) pairs that the scores order rightly; `diagonal` entries score 0. */
static double reference_auroc(const Case *c, int diagonal)
{
  double sum = 0, pairs = 0;

  for (int64_t a = 0; a < c->n * c->n; a++) {
    for (int64_t b = 0; b < c->n * c->n && is_edge(c, a); b++) {
      int on_diagonal = b / c->n == b % c->n;

      if (is_other(c, b) || (diagonal && on_diagonal)) {
        sum += wins(c->scores[a], on_diagonal ? 0 : c->scores[b]);
        pairs++;
      }
    }
  }
  return pairs > 0 ? sum / pairs : (double)NAN;
}

/* Mean over edges of the precision at their score: the step sum, ties entering together. */
static double reference_auprc(const Case *c)
{
  double sum = 0, edges = 0;

  for (int64_t a = 0; a < c->n * c->n; a++) {
    double above = 0, above_edges = 0;

    for (int64_t b = 0; b < c->n * c->n && is_edge(c, a); b++) {
      int counts = b / c->n != b % c->n && c->scores[b] >= c->scores[a];

      above += counts;
      above_edges += counts && is_edge(c, b);
    }
    if (is_edge(c, a)) {
      sum += above_edges / above;
      edges++;
    }
  }
  return edges > 0 ? sum / edges : (double)NAN;
}

static PetscErrorCode load_truth(const Case *c, Network *truth)
{
  int64_t dims[2] = {c->n, c->n}, first[2] = {0, 0}, count[2] = {rank ? 0 : c->n, c->n};
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("truth.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/connectivity", DATA_FLOAT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, "/connectivity", DATA_FLOAT64, first, count, c->truth));
  PetscCall(DataFileClose(&file));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, truth));
  PetscCall(NetworkLoad(*truth, in_scratch("truth.h5:/connectivity")));
  PetscFunctionReturn(0);
}

/* Pairs at or above a threshold, counted plainly: edges, and others. */
static void count_above(const Case *c, double threshold, double count[2])
{
  count[0] = count[1] = 0;
  for (int64_t i = 0; i < c->n; i++) {
    for (int64_t j = 0; j < c->n; j++) {
      if (i != j && c->scores[i * c->n + j] >= threshold) {
        count[c->truth[i * c->n + j] != 0 ? 0 : 1] += 1;
      }
    }
  }
}

/* Every point is what counting says, they go from one corner to the other, and the area below them is the AUROC. */
static void check_curve(const Case *c, const Evaluation *e, const EvaluationCurve *curve)
{
  double before[2] = {0, 0}, area = 0, count[2];

  if (e->n_edges == 0 || e->n_nonedges == 0) {
    CHECK(curve->n == 0, "a curve of one class has %lld points", (long long)curve->n);
    return;
  }
  CHECK(curve->n > 0 && curve->n <= 402, "%lld points", (long long)curve->n);
  for (int64_t k = 0; k < curve->n; k++) {
    const double *p = curve->points + CURVE_COLUMNS * k;

    count_above(c, p[CURVE_THRESHOLD], count);
    CHECK_CLOSE(p[CURVE_TRUE_POSITIVE], count[0] / (double)e->n_edges, 1e-14);
    CHECK_CLOSE(p[CURVE_FALSE_POSITIVE], count[1] / (double)e->n_nonedges, 1e-14);
    CHECK_CLOSE(p[CURVE_PRECISION], count[0] / (count[0] + count[1]), 1e-14);
    area += (p[CURVE_FALSE_POSITIVE] - before[1]) * (p[CURVE_TRUE_POSITIVE] + before[0]) / 2;
    before[0] = p[CURVE_TRUE_POSITIVE];
    before[1] = p[CURVE_FALSE_POSITIVE];
  }
  CHECK_CLOSE(before[0], 1.0, 1e-14);
  CHECK_CLOSE(before[1], 1.0, 1e-14);
  CHECK(fabs(area - e->auroc_offdiagonal) < 5e-3, "area %g, AUROC %g", area, e->auroc_offdiagonal);
}

static PetscErrorCode evaluate(const Case *c, Network truth, PetscBool mask, Evaluation *result)
{
  EvaluationCurve curve = {0, NULL};
  Partition partition;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, c->n, &partition));
  memset(result, 0x5a, sizeof(*result));
  PetscCall(EvaluationCompute(&partition, c->scores + partition.first * c->n,
                              mask ? c->mask + partition.first * c->n : NULL, truth, "method/score",
                              result, &curve));
  check_curve(c, result, &curve);
  PetscCall(EvaluationCurveDestroy(&curve));
  PetscFunctionReturn(0);
}

static void check_value(double value, double expected, const char *name, const Case *c, int law)
{
  int same = isnan(expected) ? isnan(value) : fabs(value - expected) <= 1e-12;

  CHECK(same, "rank %d N %lld law %d: %s %.17g, not %.17g", rank, (long long)c->n, law, name, value,
        expected);
}

static void check_counts(const Case *c, const Evaluation *result)
{
  int64_t edges = 0, others = 0, unscored_edges = 0;

  for (int64_t e = 0; e < c->n * c->n; e++) {
    edges += is_edge(c, e);
    others += is_other(c, e);
    unscored_edges += is_true(c, e) && isnan(c->scores[e]);
  }
  CHECK(result->n_unscored == c->n * (c->n - 1) - edges - others &&
            result->n_unscored_edges == unscored_edges,
        "rank %d: %lld pairs without a score, %lld edges", rank, (long long)result->n_unscored,
        (long long)result->n_unscored_edges);
  CHECK(result->n_edges == edges && result->n_nonedges == others,
        "rank %d: %lld edges, %lld others", rank, (long long)result->n_edges,
        (long long)result->n_nonedges);
}

/* Precision, recall and their harmonic mean, where all of them are defined. */
static void check_mask(const Case *c, const Evaluation *result)
{
  double hits = 0, called = 0, edges = 0;

  for (int64_t e = 0; e < c->n * c->n; e++) {
    int significant = e / c->n != e % c->n && c->mask[e] && !isnan(c->scores[e]);

    called += significant;
    edges += is_edge(c, e);
    hits += significant && is_edge(c, e);
  }
  check_value(result->precision, called > 0 ? hits / called : (double)NAN, "precision", c, -1);
  check_value(result->recall, edges > 0 ? hits / edges : (double)NAN, "recall", c, -1);
  if (hits > 0) {
    check_value(result->f1, 2 * hits / (called + edges), "F1", c, -1);
  }
}

/* With positive scores the diagonal loses against every edge: off = (pub (n0 + N) - N) / n0. */
static void check_identity(const Case *c, const Evaluation *result)
{
  double n0 = (double)result->n_nonedges, n = (double)c->n;

  if (result->n_edges > 0 && n0 > 0) {
    check_value(result->auroc_offdiagonal, (result->auroc_published * (n0 + n) - n) / n0,
                "identity", c, REAL);
  }
}

static PetscErrorCode compare_all(Case *c, int64_t draw)
{
  Evaluation result;
  Network truth;

  PetscFunctionBegin;
  PetscCall(load_truth(c, &truth));
  for (int law = 0; law < N_LAWS; law++) {
    fill_scores(c, law, draw);
    PetscCall(evaluate(c, truth, law % 2 ? PETSC_TRUE : PETSC_FALSE, &result));
    check_counts(c, &result);
    check_value(result.auroc_published, reference_auroc(c, 1), "published AUROC", c, law);
    check_value(result.auroc_offdiagonal, reference_auroc(c, 0), "AUROC", c, law);
    check_value(result.auprc, reference_auprc(c), "AUPRC", c, law);
    if (law % 2) {
      check_mask(c, &result);
    } else {
      CHECK(isnan(result.precision) && isnan(result.recall) && isnan(result.f1), "without a mask");
    }
    if (law == REAL) {
      check_identity(c, &result);
    }
    if (law == EQUAL && result.n_edges > 0 && result.n_nonedges > 0) {
      check_value(result.auroc_offdiagonal, 0.5, "AUROC of equal scores", c, law);
    }
  }
  PetscCall(NetworkDestroy(&truth));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_random(void)
{
  static const int64_t sizes[] = {2, 3, 5, 10, 13, MAX_N};
  static const double probabilities[] = {0.1, 0.5, 0.8};
  static Case c;

  PetscFunctionBegin;
  for (int s = 0; s < 6; s++) {
    for (int p = 0; p < 3; p++) {
      fill_truth(&c, sizes[s], probabilities[p], 3 * s + p);
      PetscCall(compare_all(&c, 3 * s + p));
    }
  }
  PetscFunctionReturn(0);
}

/* No edge leaves everything undefined; all edges leave the two areas under the ROC of pairs of
   neurons undefined, while the diagonal still counts as "no edge" in the published one. */
static PetscErrorCode test_one_class(void)
{
  static const int64_t sizes[] = {1, 2, 7};
  static Case c;
  Evaluation result;
  Network truth;

  PetscFunctionBegin;
  for (int s = 0; s < 3; s++) {
    fill_truth(&c, sizes[s], 0, 50);
    PetscCall(compare_all(&c, 50));
    fill_scores(&c, REAL, 50);
    PetscCall(load_truth(&c, &truth));
    PetscCall(evaluate(&c, truth, PETSC_TRUE, &result));
    CHECK(isnan(result.auroc_published) && isnan(result.auroc_offdiagonal) && isnan(result.auprc),
          "no edge: %g %g %g", result.auroc_published, result.auroc_offdiagonal, result.auprc);
    CHECK(isnan(result.recall), "no edge: recall %g", result.recall);
    PetscCall(NetworkDestroy(&truth));

    fill_truth(&c, sizes[s], 1, 51);
    PetscCall(compare_all(&c, 51));
    fill_scores(&c, REAL, 51);
    PetscCall(load_truth(&c, &truth));
    PetscCall(evaluate(&c, truth, PETSC_FALSE, &result));
    CHECK(isnan(result.auroc_offdiagonal), "all edges: %g", result.auroc_offdiagonal);
    PetscCall(NetworkDestroy(&truth));
  }
  PetscFunctionReturn(0);
}

/* No score at all is refused by all ranks. */
static PetscErrorCode test_no_number(void)
{
  static Case c;
  Evaluation result;
  PetscErrorCode code;
  Network truth;

  PetscFunctionBegin;
  fill_truth(&c, MAX_N, 0.4, 60);
  PetscCall(load_truth(&c, &truth));
  for (int64_t e = 0; e < MAX_N * MAX_N; e++) {
    c.scores[e] = (double)NAN;
  }
  code = evaluate(&c, truth, PETSC_FALSE, &result);
  CHECK(code == CAUSEWAY_ERR_USER, "rank %d: code %d", rank, (int)code);
  CHECK(strstr(UserErrorMessage(), "method/score"), "rank %d: %s", rank, UserErrorMessage());
  PetscCall(NetworkDestroy(&truth));
  PetscFunctionReturn(0);
}

/* The same order of pairs in three senses; where small ones are strong, the diagonal loses against all. */
static PetscErrorCode test_senses(void)
{
  static Case c, other;
  Evaluation larger, turned, sized;
  Partition partition;
  Network truth;
  int64_t mine;
  double correct = 0, both = 0;

  PetscFunctionBegin;
  fill_truth(&c, MAX_N, 0.4, 80);
  fill_scores(&c, MISSING, 80);
  other = c;
  PetscCall(load_truth(&c, &truth));
  PetscCall(evaluate(&c, truth, PETSC_TRUE, &larger));
  PetscCall(PartitionMake(PETSC_COMM_WORLD, c.n, &partition));
  mine = partition.first * c.n;
  for (int64_t e = 0; e < c.n * c.n; e++) {
    other.scores[e] = -c.scores[e];
  }
  PetscCall(EvaluationComputeSense(&partition, other.scores + mine, SENSE_SMALLER, c.mask + mine,
                                   truth, "p", &turned, NULL));
  for (int64_t e = 0; e < c.n * c.n; e++) {
    other.scores[e] = uniform(e, 801) < 0.3 ? -c.scores[e] : c.scores[e];
    both += is_edge(&c, e);
    correct += is_edge(&c, e) && (other.scores[e] < 0) == (c.truth[e] < 0);
  }
  PetscCall(EvaluationComputeSense(&partition, other.scores + mine, SENSE_MAGNITUDE, c.mask + mine,
                                   truth, "effect", &sized, NULL));
  PetscCall(EvaluationSigns(&partition, other.scores + mine, truth, &sized));
  CHECK_CLOSE(turned.auroc_offdiagonal, larger.auroc_offdiagonal, 1e-15);
  CHECK_CLOSE(turned.auroc_published, larger.auroc_published, 1e-15); /* all scores were positive */
  CHECK_CLOSE(turned.auprc, larger.auprc, 1e-14);
  CHECK_CLOSE(turned.precision, larger.precision, 1e-15);
  CHECK_CLOSE(sized.auroc_published, larger.auroc_published, 1e-15);
  CHECK_CLOSE(sized.auprc, larger.auprc, 1e-14);
  CHECK(sized.n_signed == (int64_t)both, "%lld edges with a sign", (long long)sized.n_signed);
  CHECK_CLOSE(sized.sign_accuracy, correct / both, 1e-15);
  for (int64_t e = 0; e < c.n * c.n; e++) {
    c.truth[e] = fabs(c.truth[e]);
  }
  PetscCall(NetworkDestroy(&truth));
  PetscCall(load_truth(&c, &truth));
  PetscCall(EvaluationSigns(&partition, other.scores + mine, truth, &sized));
  CHECK(isnan(sized.sign_accuracy), "a truth without signs: %g", sized.sign_accuracy);
  PetscCall(NetworkDestroy(&truth));
  PetscFunctionReturn(0);
}

/* What the sense of a matrix is taken from, in this order. */
static void test_decisions(void)
{
  static const struct {
    ScoreFacts facts;
    ScoreSense sense;
    const char *why;
  } cases[] = {{{SENSE_LARGER, "smaller", "p_value", "p_value", 0, 1}, SENSE_LARGER, ""},
               {{SENSE_UNKNOWN, "magnitude", "score", "p_value", 0, 1}, SENSE_MAGNITUDE, ""},
               {{SENSE_UNKNOWN, "", "q_value", "x", 0, 1}, SENSE_SMALLER, ""},
               {{SENSE_UNKNOWN, "", "member", "p", -1, 1}, SENSE_LARGER, ""},
               {{SENSE_UNKNOWN, "", "interval", "p", -1, 1}, SENSE_LARGER, ""},
               {{SENSE_UNKNOWN, "", "sign", "x", 0, 1}, SENSE_MAGNITUDE, ""},
               {{SENSE_UNKNOWN, "", "", "pairwise_p_value", 0, 1}, SENSE_SMALLER, "p-values"},
               {{SENSE_UNKNOWN, "", "", "coupling", -1, 1}, SENSE_MAGNITUDE, "by size"},
               {{SENSE_UNKNOWN, "", "", "gc_P-values", 0, 1}, SENSE_SMALLER, "p-values"},
               {{SENSE_UNKNOWN, "", "", "p", 0, 1}, SENSE_SMALLER, "p-values"},
               {{SENSE_UNKNOWN, "", "", "granger_p", 0, .9}, SENSE_SMALLER, "p-values"},
               {{SENSE_UNKNOWN, "", "", "pvalue", 0, 30}, SENSE_LARGER, "larger"},
               {{SENSE_UNKNOWN, "", "", "map", 0, 1}, SENSE_LARGER, "-scores_sense smaller"}};
  char why[256];

  for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
    const ScoreSense sense = ScoreSenseDecide(&cases[k].facts, sizeof(why), why);

    CHECK(sense == cases[k].sense, "case %zu: %s", k, ScoreSenseName(sense));
    CHECK(cases[k].why[0] ? strstr(why, cases[k].why) != NULL : !why[0], "case %zu: %s", k, why);
  }
}

static PetscErrorCode test_sizes_differ(void)
{
  static Case c, other;
  Evaluation result;
  Network truth;

  PetscFunctionBegin;
  fill_truth(&c, 8, 0.4, 70);
  fill_scores(&c, REAL, 70);
  for (int64_t n = 7; n <= 9; n += 2) {
    PetscErrorCode code;

    fill_truth(&other, n, 0.4, 71);
    PetscCall(load_truth(&other, &truth));
    (void)UserError("(no error)");
    code = evaluate(&c, truth, PETSC_FALSE, &result);
    CHECK(code == CAUSEWAY_ERR_USER, "rank %d: N %lld: code %d", rank, (long long)n, (int)code);
    CHECK(strchr(UserErrorMessage(), '8') && strchr(UserErrorMessage(), n == 7 ? '7' : '9'),
          "rank %d: %s", rank, UserErrorMessage());
    PetscCall(NetworkDestroy(&truth));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  scratch_begin("evaluation");
  CHECK(!test_random(), "random: %s", UserErrorMessage());
  CHECK(!test_one_class(), "one class: %s", UserErrorMessage());
  CHECK(!test_no_number(), "no number: %s", UserErrorMessage());
  CHECK(!test_senses(), "senses: %s", UserErrorMessage());
  test_decisions();
  CHECK(!test_sizes_differ(), "sizes differ: %s", UserErrorMessage());
  scratch_end();
  return check_end();
}
