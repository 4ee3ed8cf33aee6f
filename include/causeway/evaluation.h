/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EVALUATION_H
#define CAUSEWAY_EVALUATION_H

#include "causeway/declare.h"
#include "causeway/network.h"
#include "causeway/score_sense.h"
#include "causeway/sparse_scores.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* Error up to which a latency counts as right [ms]. */
#define EVALUATION_LATENCY_MS 2.0

/* How well scores separate the edges of a network from the other pairs. A value that is not defined, for instance because
   the truth has no edge, is NAN. */
typedef struct {
  double auroc_published;       /* all N^2 entries, the diagonal scored 0 and labelled "no edge" */
  double auroc_offdiagonal;     /* the N (N - 1) ordered pairs of distinct neurons */
  double auprc;                 /* average precision over the off-diagonal pairs */
  int64_t n_edges, n_nonedges;  /* off-diagonal pairs with and without an edge */
  double precision, recall, f1; /* of a mask of significant pairs; NAN without a mask */
  int64_t n_unscored,
      n_unscored_edges; /* pairs whose score is NaN, excluded from all values above */
  double
      sign_accuracy; /* fraction of edges whose effect has the sign of the weight; NAN when unknown */
  int64_t n_signed; /* edges with a sign in the truth and in the effects */
  double
      latency_error_ms; /* median absolute error of the latencies of significant edges; NAN when unknown */
  double latency_share; /* fraction of these with an error of at most EVALUATION_LATENCY_MS */
  int64_t n_latencies;  /* significant edges whose delay is known */
} Evaluation;

/* Points of the ROC and precision-recall curves as the threshold falls; pairs with a score at or above the threshold count
   as edges. The points resolve the curves to 1/200 and include both ends. */
enum { CURVE_THRESHOLD, CURVE_FALSE_POSITIVE, CURVE_TRUE_POSITIVE, CURVE_PRECISION, CURVE_COLUMNS };
typedef struct {
  int64_t n;
  double *points; /* (n, CURVE_COLUMNS), the same on every rank; rates and precision [1]; owned */
} EvaluationCurve;
PetscErrorCode EvaluationCurveDestroy(EvaluationCurve *curve);

/*@
  EvaluationCompute - compares scores with the true network

  Collective on the partition's communicator

  Input:  partition - layout of the rows of the scores
          scores    - (n_local targets, n_global sources), larger means more likely an edge;
                      the diagonal is ignored, pairs whose score is NaN are left out
          mask      - (n_local, n_global) significant pairs, or NULL on all ranks
          truth     - network with n_global neurons
          name      - name of the scores for messages
  Output: evaluation - AUROCs independent of the number of ranks, auprc up to rounding
          curve      - freed with EvaluationCurveDestroy(); without points when a class is empty; NULL when not wanted
  Errors: CAUSEWAY_ERR_USER when all scores are NaN, or truth and scores differ in size
  Cost:   48 bytes and a sort per local entry, then a sample sort of the distinct scores over
          all ranks, with up to 64 samples of each rank on every rank
  Source: AUROC as Mann-Whitney statistic, ties count one half; average precision as the step
          sum of precision over recall, ties entering together
@*/
PetscErrorCode EvaluationCompute(const Partition *partition, const double *scores,
                                 const uint8_t *mask, Network truth, const char *name,
                                 Evaluation *evaluation, EvaluationCurve *curve);

/*@
  EvaluationComputeSense - EvaluationCompute() for scores of any sense. When small scores are strong, the published AUROC
  gives the diagonal the weakest score, and the thresholds of the curve rise.

  Collective on the partition's communicator
@*/
PetscErrorCode EvaluationComputeSense(const Partition *partition, const double *scores,
                                      ScoreSense sense, const uint8_t *mask, Network truth,
                                      const char *name, Evaluation *evaluation,
                                      EvaluationCurve *curve);

/*@
  EvaluationSigns - compares the signs of effects with the signs of the true weights

  Collective on the partition's communicator
  Input:  effects - (n_local targets, n_global sources); 0 and NaN have no sign
  Output: evaluation - sets sign_accuracy and n_signed; sign_accuracy is NAN when no weight of the truth is negative
@*/
PetscErrorCode EvaluationSigns(const Partition *partition, const double *effects, Network truth,
                               Evaluation *evaluation);

/*@
  EvaluationLatencies - compares the latencies of effects with the delays of the true connections

  Collective on the partition's communicator
  Input:  latencies - (n_local targets, n_global sources) [ms]; NaN where unknown
          mask      - (n_local, n_global) significant pairs
          truth     - of several synapses of a pair the shortest delay counts; a delay of 0 is not known
  Output: evaluation - sets latency_error_ms, latency_share and n_latencies; the first two stay when there is no edge to compare
  Cost:   8 bytes per local synapse of the truth
@*/
PetscErrorCode EvaluationLatencies(const Partition *partition, const double *latencies,
                                   const uint8_t *mask, Network truth, Evaluation *evaluation);

/*@
  EvaluationComputeSparse - EvaluationCompute() for sparse scores: ranks the stored pairs by F and all other pairs, tied,
  below them; precision, recall and F1 are those of the stored pairs

  Collective
  Cost: 48 bytes per stored pair
@*/
PetscErrorCode EvaluationComputeSparse(SparseScores scores, Network truth, Evaluation *evaluation,
                                       EvaluationCurve *curve);

CAUSEWAY_END_DECLARATIONS

#endif
