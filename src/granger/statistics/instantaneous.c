/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Influence within a sample (Geweke 1984, J. Am. Stat. Assoc. 79:907): the partial correlation of the innovations of two neurons given
   those of all others, from the inverse of the covariance of the residuals. It has no direction. */
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include "regression/regression.h"
#include "tail.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { INSTANTANEOUS, INSTANTANEOUS_Z, INSTANTANEOUS_P, INSTANTANEOUS_Q, N_INSTANTANEOUS };

/* Rows of a partial correlation beyond those that the other neurons use up: t has so many degrees of freedom. */
static double free_rows(Granger g, double n_neurons, double n_terms)
{
  return GrangerFreeRows(g, n_neurons * n_terms) - n_neurons + 1.0;
}

/* Inverse of the covariance, a column of all rows for each local target. */
static PetscErrorCode invert(const Regression *r, double *columns)
{
  BlockCyclic factor, inverse;
  double share;
  int64_t weakest;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &factor));
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &inverse));
  PetscCall(BlockCyclicCopy(&r->covariance, &factor));
  PetscCall(BlockCyclicCholesky(&factor, &share, &weakest));
  if (share > least_share) {
    PetscCall(BlockCyclicInvertLower(&factor));
    PetscCall(BlockCyclicClearUpper(&factor));
    PetscCall(BlockCyclicMultiply(PETSC_TRUE, PETSC_FALSE, 1.0, &factor, &factor, 0.0, &inverse));
    PetscCall(BlockCyclicToColumns(&inverse, r->partition->block, columns));
  } else {
    status = UserError("what the past leaves of %s is a combination of other neurons at the same "
                       "sample; leave it out",
                       ActivityNeuron(r->activity, weakest));
  }
  PetscCall(BlockCyclicFree(&factor));
  PetscCall(BlockCyclicFree(&inverse));
  PetscFunctionReturn(status);
}

/* Scales the inverse, whose diagonal all ranks need, to partial correlations. */
static PetscErrorCode scale(const Partition *part, double *values)
{
  const int64_t n = part->n_global;
  double *diagonal;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n, &diagonal));
  for (int64_t i = 0; i < part->n_local; i++) {
    diagonal[part->first + i] = values[i * n + part->first + i];
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, diagonal, (int)n, MPI_DOUBLE, MPI_SUM, part->comm));
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      const int64_t e = i * n + j;

      values[e] =
          part->first + i == j ? 0.0 : -values[e] / sqrt(diagonal[part->first + i] * diagonal[j]);
    }
  }
  PetscCall(PetscFree(diagonal));
  PetscFunctionReturn(0);
}

/* Student's t of partial correlations, with its normal score. */
static PetscErrorCode test(GrangerSolution *s, StatisticUse *use)
{
  const Partition *part = s->partition;
  const int64_t n_pairs = part->n_local * part->n_global;
  const double freedom = free_rows(s->granger, (double)part->n_global, (double)s->regression->p);
  const double *correlation = use->values[INSTANTANEOUS];
  Tail tail;

  PetscFunctionBegin;
  PetscCall(TailCreate(PETSC_FALSE, 1.0, freedom, n_pairs, &tail));
  for (int64_t e = 0; e < n_pairs; e++) {
    const double square = correlation[e] * correlation[e];
    const double p = TailProbability(&tail, freedom * square / (1.0 - square));

    use->values[INSTANTANEOUS_P][e] = p;
    use->values[INSTANTANEOUS_Z][e] =
        copysign(fabs(gsl_cdf_ugaussian_Qinv(0.5 * PetscMax(p, 1e-300))), correlation[e]);
  }
  PetscCall(TailFree(&tail));
  PetscCall(MultiplicityQ(part, use->values[INSTANTANEOUS_P], use->values[INSTANTANEOUS_Q]));
  PetscFunctionReturn(0);
}

static PetscErrorCode work(GrangerSolution *s, StatisticUse *use)
{
  const Regression *r = s->regression;
  const double n = (double)r->n;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_STATISTICS));
  PetscCall(invert(r, use->values[INSTANTANEOUS]));
  PetscCall(RegressionFlops(s->regression, 8.0 / 3.0 * n * n * n / s->partition->size));
  PetscCall(scale(s->partition, use->values[INSTANTANEOUS]));
  PetscCall(test(s, use));
  PetscCall(LogEventStop(EVENT_GRANGER_STATISTICS));
  PetscFunctionReturn(0);
}

static int list_scores(Granger g, const StatisticUse *use, GrangerScore list[])
{
  static const ScoreInfo infos[N_INSTANTANEOUS] = {
      [INSTANTANEOUS] = {.reading = "instantaneous",
                         .description = "partial correlation of the innovations of two neurons "
                                        "given those of all others; without direction",
                         .sense = SENSE_MAGNITUDE,
                         .order = 106},
      [INSTANTANEOUS_Z] = {.reading = "instantaneous_z",
                           .description = "normal score of the p-value with the sign of the "
                                          "partial correlation",
                           .sense = SENSE_MAGNITUDE},
      [INSTANTANEOUS_P] = {.reading = "instantaneous_p_value",
                           .description = "both tails of Student's t",
                           .role = ROLE_P_VALUE,
                           .sense = SENSE_SMALLER},
      [INSTANTANEOUS_Q] = {.reading = "instantaneous_q_value",
                           .description = "smallest false-discovery rate of Benjamini and "
                                          "Hochberg at which the pair is significant",
                           .role = ROLE_Q_VALUE,
                           .sense = SENSE_SMALLER}};

  (void)g;
  (void)use;
  for (int k = 0; k < N_INSTANTANEOUS; k++) {
    list[k] = (GrangerScore){.info = infos[k]};
    list[k].info.p_value = k == INSTANTANEOUS_P ? NULL : "instantaneous_p_value";
  }
  return N_INSTANTANEOUS;
}

static PetscErrorCode check_rows(Granger g, const StatisticUse *use, int64_t n_neurons,
                                 int64_t n_rows, int64_t n_samples)
{
  const int64_t used = n_neurons * (GrangerHighestOrder(g) + 1) + g->n_fitted;

  PetscFunctionBegin;
  (void)use;
  UserCheck(used < n_rows,
            "the innovations of %lld neurons given each other, after %lld lags and a constant, "
            "need more than "
            "%lld rows, and %lld samples give %lld; lower %s, record longer or take fewer neurons",
            (long long)n_neurons, (long long)GrangerHighestOrder(g), (long long)used,
            (long long)n_samples, (long long)n_rows, GrangerOrderKey(g));
  PetscFunctionReturn(0);
}

/* The factor, the inverse, and records of a sort. */
static double numbers(Granger g, const StatisticUse *use, const GrangerSize *size)
{
  const double n = (double)size->n_neurons;

  (void)g;
  (void)use;
  return (2.0 + 6.0) * n * n / size->ranks;
}

const GrangerStatistic StatisticInstantaneous = {
    .name = "instantaneous",
    .text = "partial correlation of innovations, without direction",
    .needs = FIT_COVARIANCE,
    .check_rows = check_rows,
    .scores = list_scores,
    .work = {[PHASE_FIT] = work},
    .numbers = numbers};
