/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EVALUATION_H
#define CAUSEWAY_EVALUATION_H

#include "causeway/network.h"
#include "causeway/score_sense.h"
#include "causeway/sparse_scores.h"

/* How well scores tell the edges of a network from its other pairs. A value that is not defined,
   for instance because the truth has no edge, is NAN. */
typedef struct {
  double auroc_published;       /* all N^2 entries, the diagonal scored 0 and labelled "no edge" */
  double auroc_offdiagonal;     /* the N (N - 1) ordered pairs of two neurons */
  double auprc;                 /* average precision over these pairs */
  int64_t n_edges, n_nonedges;  /* of these pairs */
  double precision, recall, f1; /* of a mask of significant pairs; NAN without one */
  int64_t n_unscored,
      n_unscored_edges; /* pairs whose score is not a number, left out of all above */
  double
      sign_accuracy; /* part of the edges whose effect has the sign of their weight; NAN when not known */
  int64_t n_signed; /* edges with a sign in both */
} Evaluation;

/* Points of the curves of a score, the threshold falling: pairs at or above it are called edges. As many as tell the
   curves to 1/200, the ends among them. */
enum { CURVE_THRESHOLD, CURVE_FALSE_POSITIVE, CURVE_TRUE_POSITIVE, CURVE_PRECISION, CURVE_COLUMNS };
typedef struct {
  int64_t n;
  double *points; /* (n, CURVE_COLUMNS), the same on every rank; rates and precision [1]; owned */
} EvaluationCurve;
PetscErrorCode EvaluationCurveDestroy(EvaluationCurve *curve);

/*@
  EvaluationCompute - compares scores with the truth

  Collective on the partition's communicator

  Input:  partition - of the rows of the scores
          scores    - (n_local targets, n_global sources), larger means more likely an edge;
                      the diagonal is not looked at, pairs whose score is NaN are left out
          mask      - (n_local, n_global) significant pairs, or NULL on all ranks
          truth     - network of as many neurons
          name      - of the scores, for messages
  Output: evaluation - the AUROCs equal on every number of ranks, auprc to rounding
          curve      - ended with EvaluationCurveDestroy(), without points when a class is empty; NULL for none
  Errors: CAUSEWAY_ERR_USER when no score is a number, or truth and scores differ in size
  Cost:   48 bytes and a sort per local entry, then a sample sort of the distinct scores over
          all ranks, with up to 64 samples of each rank on every rank
  Source: AUROC as Mann-Whitney statistic, ties count one half; average precision as the step
          sum of precision over recall, ties entering together
@*/
PetscErrorCode EvaluationCompute(const Partition *partition, const double *scores,
                                 const uint8_t *mask, Network truth, const char *name,
                                 Evaluation *evaluation, EvaluationCurve *curve);

/*@
  EvaluationComputeSense - the same of scores of any sense; where small ones are strong, the published AUROC gives the
  diagonal the weakest score, and thresholds of the curve fall in strength, which is to say they rise
@*/
PetscErrorCode EvaluationComputeSense(const Partition *partition, const double *scores,
                                      ScoreSense sense, const uint8_t *mask, Network truth,
                                      const char *name, Evaluation *evaluation,
                                      EvaluationCurve *curve);

/*@
  EvaluationSigns - how many true edges have an effect of their sign; NAN when no weight is negative, as in a truth of
  zeros and ones

  Collective on the partition's communicator
  Input:  effects - (n_local targets, n_global sources); those of 0 and NaN have no sign
  Output: evaluation - sign_accuracy and n_signed of it
@*/
PetscErrorCode EvaluationSigns(const Partition *partition, const double *effects, Network truth,
                               Evaluation *evaluation);

/*@
  EvaluationComputeSparse - the same of sparse scores: F of the pairs that are kept, all others below them and equal;
  precision, recall and F1 of what is kept

  Collective
  Cost: 48 bytes for each pair that is kept
@*/
PetscErrorCode EvaluationComputeSparse(SparseScores scores, Network truth, Evaluation *evaluation,
                                       EvaluationCurve *curve);

#endif
