/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GRANGER_H
#define CAUSEWAY_GRANGER_H

#include "causeway/activity.h"
#include "causeway/causality.h"
#include "causeway/checkpoint.h"

/* Multivariate Granger causality: the regression of every neuron on the past of all neurons, and
   for each pair what leaving one source out would cost. All pairs come from one factorisation. */
typedef struct _p_Granger *Granger;

/* What a solution took and how far to trust it. */
typedef struct {
  int64_t order, n_rows;       /* lags; rows of the lag matrix, samples - order */
  const char *order_criterion; /* what chose the order: given, aicc, bic, hq, validation */
  double free_rows;            /* second degrees of freedom of F */
  const char *estimator;       /* that was used: gram, qr, lwr, ridge */
  double lambda;               /* of ridge, else 0 */
  int64_t n_resamples,
      resample_block;      /* surrogates and bootstrap together; samples of their blocks */
  double resample_s;       /* seconds that they took */
  double condition_number; /* of the centred lag matrix, estimated in the 1-norm; NaN for lwr */
  double spectral_radius;  /* of the companion matrix; below 1 the fitted model is stable */
  double regression_s;     /* seconds from the first lagged product to the last statistic */
  double flops;            /* of all ranks in that time */
  int64_t n_untested;     /* pairs without a p-value for want of coincidences, see coincidences.h */
  int64_t significant[3]; /* pairs, by Multiplicity */
  int64_t n_kept;         /* pairs kept in part, or -1 when all are */
  int64_t
      n_untested_events; /* the same of event regressions, whose sources have fewer than 5 events */
  int64_t n_groups;      /* 0 when they are not asked for; the largest influence between two: */
  int64_t group_target, group_source;
  double group_gc, group_p_value;
  char failure[1024]; /* why a statistic is missing although others are there, "" when none is */
} GrangerInfo;

/*@
  GrangerCreate - destroyed with GrangerDestroy()
  Collective on `comm`
@*/
PetscErrorCode GrangerCreate(MPI_Comm comm, Granger *granger);
PetscErrorCode GrangerDestroy(Granger *granger);

/*@
  GrangerSetFromOptions - reads the parameters of section "granger"

  Options: -granger_estimator auto|gram|qr|lwr|ridge - least squares by the Gram matrix or by QR (auto: QR where the
                condition number calls for it); the recursion of the MVGC toolbox; penalised least squares
           -granger_lambda x|gcv - penalty of ridge, on the diagonal of X'X; or generalised cross-validation
           -granger_order p | aicc|bic|hq|validation - lags [samples], or what chooses them
           -granger_order_max p - highest order that a criterion may choose
           -granger_statistics dual,pairwise,group,state_space,spectral
           -granger_groups 0-9,10-19,... | FILE.h5:/path - of `group`: sets of neurons counted from 0, or a
                                 dataset with the number of a group for each neuron, negative for none
           -granger_bands n | e1,e2,... - of the spectral statistic [cycles per sample]
           -granger_keep all|significant|top:K - of the dual statistic
           -granger_test f|lr - which p-values: of the F test, or of the likelihood ratio
           -granger_level alpha - of the significance masks
           -granger_block b     - rows of a block of the block-cyclic layout, rounded
                                 to whole neurons
           -granger_surrogates S - data sets without influences, for p-values
           -granger_surrogate_type shift|permute - rotated series, or permuted blocks
           -granger_bootstrap B  - resamples for an interval
           -granger_bootstrap_block L - samples of its blocks and of those permuted
  Input:   seed - of surrogates and resamples
@*/
PetscErrorCode GrangerSetFromOptions(Granger granger, Parameters parameters, uint32_t seed);

PetscErrorCode GrangerSetOrder(Granger granger, int64_t order);

/* The given order, or the highest that a criterion may choose; not collective. */
int64_t GrangerHighestOrder(Granger granger);

/* Whether the dual statistic of all pairs is kept, not only of some. */
PetscBool GrangerKeepsAll(Granger granger);

/* Refuses steps of an activity that leave no regression a solution, before it is read. Not collective. */
PetscErrorCode GrangerCheckActivity(Granger granger, Activity activity);

/*@
  GrangerSolve - all pairwise-conditional Granger statistics from one factorisation

  Collective on `granger`

  Input:   activity  - (n_local, samples); borrowed
           resumes   - continues from the snapshot that the checkpoint has found
  In/out:  causality - of as many neurons; gets the matrices of the statistics, of `dual`
           /granger/gc          log(RSS without the source / RSS with it) [1]
           /granger/f_statistic F with (p, M - N p - 1) degrees of freedom, less those of trends [1]
           /granger/p_value     upper tail of that F distribution; or of the chi-square distribution
                                with p degrees of freedom at (M - N p - 2 + p / 2) gc, M the rows: the likelihood
                                ratio with Bartlett's correction [1]
           /granger/significant_benjamini_hochberg, ..._benjamini_yekutieli, ..._bonferroni
           or, where only some pairs are kept, /granger/sparse, see SparseScoresWrite()
           of `event`
           /granger/event_gc, event_p_value   see event.h: of a source's spikes, beside the target's own past
           of -granger_surrogates, beside `dual`
           /granger/surrogate_p_value (1 + surrogates whose gc is not smaller) / (1 + surrogates) [1]
           of -granger_bootstrap, beside `dual`
           /granger/gc_low, gc_high   percentile interval at 1 - level from moving blocks of rows, corrected
                                for the bias of gc [1]
           of `pairwise`, of the regression on the pasts of target and source alone
           /granger/pairwise_gc log(RSS without the source / RSS with it) [1]
           /granger/pairwise_p_value upper tail of F with (p, M - 2 p - 1) degrees of freedom; or of that
                                chi-square distribution [1]
           of `group`, K x K with rows target groups, conditional on all other neurons
           /granger/group_gc    log(det(S without the source group) / det(S)), S the residual covariance of
                                the target group [1]
           /granger/group_p_value tail of Wilks' lambda, that ratio, with M - N p - 1 degrees of freedom of the
                                residuals, by the F of Rao (1951), exact for one or two targets [1]
           of `state_space`
           /granger/state_space_gc    the same logarithm from the coefficients of one model [1]
           of `spectral`
           /granger/spectral_gc_KK    its part in band KK [1]
           The diagonal is 0 (p-value 1). p-values are NaN for pairs with a series that keeps one value in more than
           half of its samples when fewer than 5 coincidences of the others are expected over all lags; where more
           are, they are those of a Poisson count of coincidences (coincidences.h), and F stays as it is.
  A statistic beside others that cannot be computed (event, group, state_space, resamples) is left out of `causality`, and
  info.failure says why: the caller reports it.
  Errors:  CAUSEWAY_ERR_USER when samples <= order or N p + 1 >= samples - order (2 p + 1 when only `pairwise`
           is asked for), for duplicated or collinear neurons (named), for a neuron that the past predicts exactly, and when the
           matrices need more ranks; when a resample cannot be solved, which is named, or blocks do
           not fit into the activity; CAUSEWAY_STOPPED when the checkpoint ends the run
  Cost:    2 (p + 1) N^2 M + 2/3 (N p)^3 + 2 (N p)^2 N flops / ranks; memory as GrangerEstimate()
           pairwise: 7/3 N^2 p^3 flops / ranks more, or instead of the factorisation
           lwr: 10 N^2 T + 6 N^3 (p + 2) flops / ranks per order, and for `dual` once more per source
           qr: 2 (N p)^2 (M - N p / 3) flops / ranks more; ridge: 2 (N p)^3 more, or with N p >= M in the space of
           the rows, M^2 (3 N p + 2 N) + 4.3 M^3 + 2 M N^2 p flops / ranks
           surrogates, bootstrap: one `dual` solution each, at the order, penalty and estimator of the data;
           small ones (256 MB) are solved by a rank each, others by all together; bootstrap: 4 B N^2 bytes / ranks
  Source:  ridge: Cule, Vineis & De Iorio 2011, BMC Bioinformatics 12:372, for the test; Golub, Heath & Wahba 1979
           gram: OLS VAR(p) with intercept; identity D_ij = b_ij' [(G^-1)_jj]^-1 b_ij = RSS_reduced -
           RSS_full (Frisch-Waugh-Lovell)
@*/
PetscErrorCode GrangerSolve(Granger granger, Activity activity, PetscBool resumes,
                            Causality causality);

/* The checkpoint to which GrangerSolve() offers its state after every stretch of samples, and after the
   factorisation; borrowed. Not collective. */
PetscErrorCode GrangerSetCheckpoint(Granger granger, Checkpoint checkpoint);

/*@
  GrangerKeep - declares what a solution under way must keep
  GrangerKeepResult - declares what a summary needs of one that is done
  GrangerReload - adds the matrices of a solution that is done, as GrangerSolve() would, from a file
  All collective.
@*/
PetscErrorCode GrangerKeep(Granger granger, Snapshot snapshot);
PetscErrorCode GrangerKeepResult(Granger granger, Snapshot snapshot);
PetscErrorCode GrangerReload(Granger granger, const char *file, Causality causality);

/*@
  GrangerGetInfo - about the last GrangerSolve(). Not collective.
@*/
PetscErrorCode GrangerGetInfo(Granger granger, GrangerInfo *info);

/*@
  GrangerEstimate - memory of a solution on the fullest rank [bytes], and of its file
  Not collective
@*/
PetscErrorCode GrangerEstimate(Granger granger, int ranks, int64_t n_neurons, int64_t n_samples,
                               double *memory, double *file);

/* What a solution takes of each rank, on average. */
typedef struct {
  double flops;
  double received; /* bytes */
  double messages; /* received, and parts in collectives */
} GrangerCost;

/*@
  GrangerPredict - of `dual` at a given order by gram, or by ridge in the space of the rows; NAN for all else.
  On 2 to 16 ranks bytes are within 25 % of what is counted (bench_cost), messages within 30 %, or 45 % where the
  penalty is to be found.
  Not collective
@*/
void GrangerPredict(Granger granger, int ranks, int64_t n_neurons, int64_t n_samples,
                    GrangerCost *cost);

#endif
