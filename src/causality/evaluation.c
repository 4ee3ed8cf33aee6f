/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/evaluation.h"

#include "score_groups.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>

static const Evaluation undefined = {.auroc_published = NAN,
                                     .auroc_offdiagonal = NAN,
                                     .auprc = NAN,
                                     .precision = NAN,
                                     .recall = NAN,
                                     .f1 = NAN,
                                     .sign_accuracy = NAN,
                                     .latency_error_ms = NAN,
                                     .latency_share = NAN};

/* Labels the scores of one row by the truth; both ascend by source. Pairs without a score are only counted. */
static PetscErrorCode label_row(const Partition *part, int64_t i, const double *scores,
                                ScoreSense sense, Network truth, ScoreGroup *groups,
                                int64_t *n_groups, int64_t unscored[2])
{
  const int64_t target = part->first + i;
  int64_t n_sources, next = 0;
  const int32_t *sources;
  const float *weights;

  PetscFunctionBegin;
  PetscCall(NetworkRow(truth, i, &n_sources, &sources, &weights));
  for (int64_t j = 0; j < part->n_global; j++) {
    const double score = ScoreStrength(sense, scores[i * part->n_global + j]);
    PetscBool edge;

    while (next < n_sources && sources[next] < j) {
      next++;
    }
    edge = next < n_sources && sources[next] == j ? PETSC_TRUE : PETSC_FALSE;
    if (j != target && isnan(score)) {
      unscored[edge ? 0 : 1]++;
    } else if (j != target) {
      groups[(*n_groups)++] = (ScoreGroup){score == 0.0 ? 0.0 : score, edge, !edge};
    }
  }
  PetscFunctionReturn(0);
}

/* Labels the scores of all pairs; counts the edges and other pairs without a score on all ranks. */
static PetscErrorCode label_pairs(const Partition *part, const double *scores, ScoreSense sense,
                                  Network truth, const char *name, int64_t *n_groups,
                                  ScoreGroup *groups, Evaluation *evaluation)
{
  const int64_t n_pairs = part->n_global * (part->n_global - 1);
  int64_t unscored[2] = {0, 0};

  PetscFunctionBegin;
  *n_groups = 0;
  for (int64_t i = 0; i < part->n_local; i++) {
    PetscCall(label_row(part, i, scores, sense, truth, groups, n_groups, unscored));
  }
  *n_groups = ScoreGroupsJoin(*n_groups, groups);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, unscored, 2, MPI_INT64_T, MPI_SUM, part->comm));
  UserCheck(n_pairs == 0 || unscored[0] + unscored[1] < n_pairs,
            "%s: no pair of neurons has a score; all scores are NaN", name);
  evaluation->n_unscored_edges = unscored[0];
  evaluation->n_unscored = unscored[0] + unscored[1];
  PetscFunctionReturn(0);
}

/* Sums over this rank's part of the sorted scores, given the numbers of pairs below it. */
static void sum_groups(int64_t n, const ScoreGroup *groups, ScoreSense sense,
                       const int64_t below[2], const int64_t total[2], int64_t n_global,
                       long double sums[3])
{
  int64_t edges_below = below[0], nonedges_below = below[1];

  for (int64_t k = 0; k < n; k++) {
    const long double edges = (long double)groups[k].edges;
    const double found = (double)(total[0] - edges_below);
    const double taken = found + (double)(total[1] - nonedges_below);
    /* when small scores are strong, the diagonal has the weakest score */
    const int beats_diagonal =
        sense == SENSE_SMALLER || groups[k].score > 0 ? 2 : (groups[k].score == 0 ? 1 : 0);

    /* twice the Mann-Whitney statistic: edges against non-edges, and against the N zeros of the diagonal; long double holds
       these integers exactly up to N of about 60,000 */
    sums[0] += edges * (long double)(2 * nonedges_below + groups[k].nonedges);
    sums[1] += edges * (long double)(beats_diagonal * n_global);
    sums[2] += edges * found / taken;
    edges_below += groups[k].edges;
    nonedges_below += groups[k].nonedges;
  }
}

static PetscErrorCode score_pairs(const Partition *part, int64_t n, const ScoreGroup *groups,
                                  ScoreSense sense, Evaluation *evaluation, EvaluationCurve *curve)
{
  int64_t mine[2] = {0, 0}, below[2] = {0, 0}, total[2];
  long double local[3] = {0, 0, 0}, sums[3], edges, nonedges, diagonal;

  PetscFunctionBegin;
  for (int64_t k = 0; k < n; k++) {
    mine[0] += groups[k].edges;
    mine[1] += groups[k].nonedges;
  }
  PetscCallMPI(MPI_Scan(mine, below, 2, MPI_INT64_T, MPI_SUM, part->comm));
  PetscCallMPI(MPI_Allreduce(mine, total, 2, MPI_INT64_T, MPI_SUM, part->comm));
  below[0] -= mine[0];
  below[1] -= mine[1];
  sum_groups(n, groups, sense, below, total, part->n_global, local);
  PetscCallMPI(MPI_Allreduce(local, sums, 3, MPI_LONG_DOUBLE, MPI_SUM, part->comm));
  edges = (long double)total[0];
  nonedges = (long double)total[1];
  diagonal = (long double)part->n_global;
  evaluation->n_edges = total[0];
  evaluation->n_nonedges = total[1];
  if (total[0] > 0) {
    evaluation->auprc = (double)(sums[2] / edges);
    evaluation->auroc_published =
        (double)((sums[0] + sums[1]) / (2 * edges * (nonedges + diagonal)));
  }
  if (curve) {
    PetscCall(CurveMake(part, n, groups, below, total, curve));
    for (int64_t k = 0; k < curve->n && sense == SENSE_SMALLER; k++) {
      curve->points[CURVE_COLUMNS * k + CURVE_THRESHOLD] *= -1.0; /* a score again */
    }
  }
  if (total[0] > 0 && total[1] > 0) {
    evaluation->auroc_offdiagonal = (double)(sums[0] / (2 * edges * nonedges));
  }
  PetscFunctionReturn(0);
}

/* counts: significant pairs; edges among them */
static void rate_found(const int64_t counts[2], Evaluation *evaluation)
{
  if (counts[0] > 0) {
    evaluation->precision = (double)counts[1] / (double)counts[0];
  }
  if (evaluation->n_edges > 0) {
    evaluation->recall = (double)counts[1] / (double)evaluation->n_edges;
    evaluation->f1 = 2.0 * (double)counts[1] / (double)(counts[0] + evaluation->n_edges);
  }
}

/* Whether a pair is significant and has a score. */
static int is_found(const Partition *part, const uint8_t *mask, const double *scores, int64_t i,
                    int64_t j)
{
  const int64_t at = i * part->n_global + j;

  return j != part->first + i && mask[at] && !isnan(scores[at]);
}

static PetscErrorCode score_mask(const Partition *part, const uint8_t *mask, const double *scores,
                                 Network truth, Evaluation *evaluation)
{
  int64_t local[2] = {0, 0}, counts[2]; /* significant pairs; edges among them */

  PetscFunctionBegin;
  for (int64_t i = 0; i < part->n_local; i++) {
    int64_t n_sources, previous = -1;
    const int32_t *sources;
    const float *weights;

    for (int64_t j = 0; j < part->n_global; j++) {
      local[0] += is_found(part, mask, scores, i, j);
    }
    PetscCall(NetworkRow(truth, i, &n_sources, &sources, &weights));
    for (int64_t k = 0; k < n_sources; k++) {
      local[1] += sources[k] != previous && is_found(part, mask, scores, i, sources[k]);
      previous = sources[k];
    }
  }
  PetscCallMPI(MPI_Allreduce(local, counts, 2, MPI_INT64_T, MPI_SUM, part->comm));
  rate_found(counts, evaluation);
  PetscFunctionReturn(0);
}

/* Labels the stored pairs of a row; the other pairs of the row are added to `rest`. */
static PetscErrorCode label_sparse_row(SparseScores scores, int64_t i, Network truth,
                                       ScoreGroup *groups, int64_t *n_groups, ScoreGroup *rest)
{
  const Partition *part = SparseScoresPartition(scores);
  const SparsePair *pairs;
  const int64_t n = SparseScoresRow(scores, i, &pairs);
  int64_t n_sources, next = 0, n_edges = 0, previous = -1;
  const int32_t *sources;
  const float *weights;

  PetscFunctionBegin;
  PetscCall(NetworkRow(truth, i, &n_sources, &sources, &weights));
  for (int64_t k = 0; k < n_sources; k++) { /* several synapses of a pair are one edge */
    n_edges += sources[k] != previous && sources[k] != part->first + i;
    previous = sources[k];
  }
  rest->edges += n_edges;
  rest->nonedges += part->n_global - 1 - n_edges;
  for (int64_t k = 0; k < n; k++) {
    PetscBool edge;

    while (next < n_sources && sources[next] < pairs[k].source) {
      next++;
    }
    edge = next < n_sources && sources[next] == pairs[k].source ? PETSC_TRUE : PETSC_FALSE;
    groups[(*n_groups)++] = (ScoreGroup){pairs[k].f_statistic, edge, !edge};
    rest->edges -= edge;
    rest->nonedges -= !edge;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluationComputeSparse(SparseScores scores, Network truth, Evaluation *evaluation,
                                       EvaluationCurve *curve)
{
  const Partition *part = SparseScoresPartition(scores);
  const SparsePair *pairs;
  ScoreGroup *groups, *sorted, rest = {-1.0, 0, 0};
  int64_t n_groups = 0, n_sorted, room = 1, counts[2] = {0, 0};

  PetscFunctionBegin;
  *evaluation = undefined;
  UserCheck(NetworkPartition(truth)->n_global == part->n_global,
            "the scores have %lld neurons, but the truth has %lld", (long long)part->n_global,
            (long long)NetworkPartition(truth)->n_global);
  for (int64_t i = 0; i < part->n_local; i++) {
    room += SparseScoresRow(scores, i, &pairs);
  }
  PetscCall(PetscMalloc1(room, &groups));
  for (int64_t i = 0; i < part->n_local; i++) {
    PetscCall(label_sparse_row(scores, i, truth, groups, &n_groups, &rest));
  }
  for (int64_t k = 0; k < n_groups; k++) {
    counts[0]++;
    counts[1] += groups[k].edges;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 2, MPI_INT64_T, MPI_SUM, part->comm));
  if (part->n_local > 0) {
    groups[n_groups++] = rest;
  }
  n_groups = ScoreGroupsJoin(n_groups, groups);
  PetscCall(ScoreGroupsExchange(part, n_groups, groups, &n_sorted, &sorted));
  PetscCall(PetscFree(groups));
  PetscCall(score_pairs(part, n_sorted, sorted, SENSE_LARGER, evaluation, curve));
  PetscCall(PetscFree(sorted));
  rate_found(counts, evaluation);
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluationComputeSense(const Partition *partition, const double *scores,
                                      ScoreSense sense, const uint8_t *mask, Network truth,
                                      const char *name, Evaluation *evaluation,
                                      EvaluationCurve *curve)
{
  ScoreGroup *groups, *sorted;
  int64_t n_groups, n_sorted;

  PetscFunctionBegin;
  *evaluation = undefined;
  UserCheck(NetworkPartition(truth)->n_global == partition->n_global,
            "%s has %lld neurons, but the truth has %lld", name, (long long)partition->n_global,
            (long long)NetworkPartition(truth)->n_global);
  PetscCall(LogEventStart(EVENT_EVALUATE));
  PetscCall(PetscMalloc1(partition->n_local * partition->n_global, &groups));
  PetscCall(label_pairs(partition, scores, sense, truth, name, &n_groups, groups, evaluation));
  PetscCall(ScoreGroupsExchange(partition, n_groups, groups, &n_sorted, &sorted));
  PetscCall(PetscFree(groups));
  PetscCall(score_pairs(partition, n_sorted, sorted, sense, evaluation, curve));
  PetscCall(PetscFree(sorted));
  if (mask) {
    PetscCall(score_mask(partition, mask, scores, truth, evaluation));
  }
  PetscCall(LogEventStop(EVENT_EVALUATE));
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluationCompute(const Partition *partition, const double *scores,
                                 const uint8_t *mask, Network truth, const char *name,
                                 Evaluation *evaluation, EvaluationCurve *curve)
{
  PetscFunctionBegin;
  PetscCall(EvaluationComputeSense(partition, scores, SENSE_LARGER, mask, truth, name, evaluation,
                                   curve));
  PetscFunctionReturn(0);
}
