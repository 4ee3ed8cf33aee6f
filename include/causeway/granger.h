/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GRANGER_H
#define CAUSEWAY_GRANGER_H

#include "causeway/activity.h"
#include "causeway/causality.h"
#include "causeway/checkpoint.h"
#include "causeway/declare.h"
#include "causeway/parameters.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* Multivariate Granger causality. Every neuron is regressed on the past of all neurons; for each pair, the loss of fit
   without the source is the influence. One factorisation serves all pairs. */
typedef struct _p_Granger *Granger;

/* Cost and reliability of a solution. */
typedef struct {
  const char *terms;           /* "lags" or "filters", whose number the order is */
  int64_t order, n_rows;       /* lags; rows of the lag matrix, samples - order */
  const char *order_criterion; /* origin of the order: given, aicc, bic, hq, validation */
  double free_rows;            /* second degrees of freedom of F */
  const char *estimator;       /* estimator in use: gram, qr, lwr, ridge */
  double lambda;               /* penalty of ridge, else 0 */
  int64_t n_resamples,
      resample_block;      /* surrogates and bootstrap resamples; block length [samples] */
  double resample_s;       /* time of the resamples [s] */
  double condition_number; /* of the centred lag matrix, estimated in the 1-norm; NaN for lwr */
  double spectral_radius;  /* of the companion matrix; below 1 the fitted model is stable */
  double regression_s;     /* time from the first lagged product to the last statistic [s] */
  double flops;            /* of all ranks in that time */
  int64_t n_untested;      /* pairs with too few coincidences for a p-value */
  double level;            /* granger_level */
  int64_t significant[3];  /* significant pairs, by Multiplicity; -1 without such a mask */
  int64_t significant_pairwise; /* by Benjamini and Hochberg's rule; -1 without pairwise */
  int64_t n_selected;           /* selected pairs, or -1 when all pairs are kept */
  int64_t n_untested_events; /* pairs of event regressions whose source has fewer than 5 events */
  int64_t n_groups;          /* 0 without groups; the next members are the largest influence */
  int64_t group_target, group_source;
  double group_gc, group_p_value;
  char failure[1024]; /* why a statistic is missing while others exist, "" without a failure */
  /* of the conditional statistic; NAN when not measured */
  double significant_share; /* significant pairs by Benjamini-Hochberg among the tested ones */
  double inflation;         /* median over all pairs, over that of theory */
  double largest_inflation; /* divisor of the statistic of a pair; 1 with the theoretical null */
} GrangerInfo;

/*@
  GrangerCreate - creates an analysis with default parameters; destroyed with GrangerDestroy()

  Collective on `comm`
@*/
PetscErrorCode GrangerCreate(MPI_Comm comm, Granger *granger);
PetscErrorCode GrangerDestroy(Granger *granger);

/* Declares the parameters of the section "granger". Not collective, but every rank makes the same calls. */
PetscErrorCode GrangerDeclareParameters(Parameters parameters);

/*@
  GrangerSetFromOptions - reads the parameters of section "granger"

  Options: -granger_estimator auto|gram|qr|lwr|ridge - least squares by the Gram matrix or by QR (auto: QR where the
                condition number requires it); the recursion of the MVGC toolbox; penalised least squares
           -granger_lambda x|gcv - penalty of ridge on the diagonal of X'X, or generalised cross-validation
           -granger_order p | aicc|bic|hq|validation - lags [samples], or the criterion that chooses them
           -granger_order_max p - highest order that a criterion may choose
           -granger_statistics conditional,pairwise,event,group,state_space,spectral
           -granger_groups 0-9,10-19,... | FILE.h5:/path - sets of neurons for `group`, counted from 0, or a dataset
                                 with the group number of each neuron, negative for no group
           -granger_bands n | e1,e2,... - bands of the spectral statistic [cycles per sample]
           -granger_select all|significant|top:K - pairs that the conditional statistic keeps
           -granger_test f|lr|robust - test for the p-values: F, likelihood ratio, or the smaller of F and a robust Wald test
           -granger_bandwidth h - samples over which the residuals of the robust test may be correlated
           -granger_null theory|empirical - null distribution of the conditional statistic
           -granger_basis lags|cosine:K|box:K - terms of a source: single lags, or filters
           -granger_memory t - time that filters reach back [ms]
           -granger_event_refractory auto|t - time after a target's own events that `event` leaves out [ms]
           -granger_level alpha - level of the significance masks, and of the pairs that are taken as significant
           -granger_block b     - rows of a block of the block-cyclic layout, rounded to whole neurons
           -granger_surrogates S - number of data sets without influences, for p-values
           -granger_surrogate_type shift|permute - rotated series, or permuted blocks
           -granger_bootstrap B  - number of resamples for a confidence interval
           -granger_bootstrap_block L - length of the bootstrap's and the permuted blocks [samples]
  Input:   seed - random seed for surrogates and resamples
@*/
PetscErrorCode GrangerSetFromOptions(Granger granger, Parameters parameters, uint32_t seed);

/*@
  GrangerSetOptions - sets parameters from a list; parameters set by earlier calls keep their values

  Collective. PETSc's options database is not read.
  Errors: CAUSEWAY_ERR_USER for an unknown key or a refused value; then `granger` can only be destroyed
@*/
PetscErrorCode GrangerSetOptions(Granger granger, const ParameterSetting settings[]);

/* Sets the order [samples]. Not collective, but every rank makes the same call. */
PetscErrorCode GrangerSetOrder(Granger granger, int64_t order);

/* The given order, or the highest order that a criterion may choose. Not collective. */
int64_t GrangerHighestOrder(Granger granger);

/* Whether the conditional statistic keeps all pairs, not only a selection. Not collective. */
PetscBool GrangerSelectsAll(Granger granger);

/* Refuses preprocessing steps after which no regression has a solution; called before the activity is read. Not
   collective. */
PetscErrorCode GrangerCheckActivity(Granger granger, Activity activity);

/*@
  GrangerSolve - all pairwise-conditional Granger statistics from one factorisation

  Collective on `granger`

  Input:   activity  - (n_local, samples); borrowed
           resumes   - whether to continue from the snapshot that the checkpoint has found
  In/out:  causality - with n_global neurons; receives the matrices of the statistics, for `conditional`
           /granger/gc          log(RSS without the source / RSS with it) [1]
           /granger/f_statistic F with (p, M - N p - 1) degrees of freedom, less those of trends [1]
           /granger/p_value     upper tail of that F distribution; or of the chi-square distribution
                                with p degrees of freedom at (M - N p - 2 + p / 2) gc, M the rows: the likelihood
                                ratio with Bartlett's correction [1]
           /granger/significant_benjamini_hochberg, ..._benjamini_yekutieli, ..._bonferroni
           or, when only some pairs are kept, /granger/sparse, see SparseScoresWrite()
           for `event`
           /granger/event_gc, event_p_value   effect of the source's spikes beyond the target's own past
           with filters /granger/event_weight, event_sign, event_latency [ms] of the kernel too
           for -granger_surrogates, beside `conditional`
           /granger/surrogate_p_value (1 + surrogates whose gc is not smaller) / (1 + surrogates) [1]
           for -granger_bootstrap, beside `conditional`
           /granger/gc_low, gc_high   percentile interval at 1 - level from moving blocks of rows, corrected
                                for the bias of gc [1]
           for `pairwise`, from the regression on the pasts of target and source alone
           /granger/pairwise_gc log(RSS without the source / RSS with it) [1]
           /granger/pairwise_p_value upper tail of F with (p, M - 2 p - 1) degrees of freedom; or of that
                                chi-square distribution [1]
           for `group`, K x K with rows target groups, conditional on all other neurons
           /granger/group_gc    log(det(S without the source group) / det(S)), S the residual covariance of
                                the target group [1]
           /granger/group_p_value tail of Wilks' lambda, the ratio of determinants, with M - N p - 1 degrees of freedom
                                of the residuals, by the F of Rao (1951), exact for one or two targets [1]
           for `state_space`
           /granger/state_space_gc    the same logarithm from the coefficients of one model [1]
           for `spectral`
           /granger/spectral_gc_KK    its part in band KK [1]
           The diagonal is 0 (p-value 1). When a series of a pair keeps one value in more than half of its samples, the
           p-value is that of a Poisson count of the coincidences of the other samples, or NaN when
           fewer than 5 coincidences are expected over all lags; F is not changed.
  When a further statistic (pairwise, event, group, state_space, resamples) cannot be computed, `causality` does not receive
  it and info.failure says why; the caller reports it. It is an error when no statistic can be computed.
  Errors:  CAUSEWAY_ERR_USER when samples <= order or N p + 1 >= samples - order (2 p + 1 when only `pairwise`
           is asked for); for duplicated or collinear neurons (named); for a neuron that the past predicts exactly; when
           the matrices need more ranks; when a resample (named) cannot be solved, or blocks are longer than the
           activity; CAUSEWAY_STOPPED when the checkpoint ends the run
  Cost:    2 (p + 1) N^2 M + 2/3 (N p)^3 + 2 (N p)^2 N flops / ranks; memory as GrangerEstimate()
           pairwise: 7/3 N^2 p^3 flops / ranks more, or instead of the factorisation
           lwr: 10 N^2 T + 6 N^3 (p + 2) flops / ranks per order, and for `conditional` once more per source
           qr: 2 (N p)^2 (M - N p / 3) flops / ranks more; ridge: 2 (N p)^3 more, or with N p >= M in the space of
           the rows, M^2 (3 N p + 2 N) + 4.3 M^3 + 2 M N^2 p flops / ranks
           surrogates, bootstrap: one `conditional` solution each, at the order, penalty and estimator of the data;
           small ones (256 MB) are solved by a rank each, others by all together; bootstrap: 4 B N^2 bytes / ranks
  Source:  ridge: Cule, Vineis & De Iorio 2011, BMC Bioinformatics 12:372, for the test; Golub, Heath & Wahba 1979
           gram: OLS VAR(p) with intercept; identity D_ij = b_ij' [(G^-1)_jj]^-1 b_ij = RSS_reduced -
           RSS_full (Frisch-Waugh-Lovell)
@*/
PetscErrorCode GrangerSolve(Granger granger, Activity activity, PetscBool resumes,
                            Causality causality);

/* Sets the checkpoint to which GrangerSolve() offers its state after every stretch of samples and after the
   factorisation; borrowed. Not collective. */
PetscErrorCode GrangerSetCheckpoint(Granger granger, Checkpoint checkpoint);

/*@
  GrangerKeep       - declares the state that a snapshot of an unfinished solution holds
  GrangerKeepResult - declares what a summary needs of a finished solution
  GrangerReload     - adds the matrices of a finished solution from a file, as GrangerSolve() would

  All collective
@*/
PetscErrorCode GrangerKeep(Granger granger, Snapshot snapshot);
PetscErrorCode GrangerKeepResult(Granger granger, Snapshot snapshot);
PetscErrorCode GrangerReload(Granger granger, const char *file, Causality causality);

/*@
  GrangerGetInfo - cost and reliability of the last GrangerSolve(); not collective
@*/
PetscErrorCode GrangerGetInfo(Granger granger, GrangerInfo *info);

/* Whether GrangerSolve() may work on the list of spikes that ActivityKeepSparse() asks for: with filters, but without resamples and
   `event`. Where pairs of spikes are not the cheaper way, it makes series of the list. Not collective. */
PetscBool GrangerTakesList(Granger granger);

/*@
  GrangerEstimate - memory of a solution with its activity on the fullest rank, and size of its file [bytes]

  Not collective
  Input: n_listed - of ActivityListed()
@*/
PetscErrorCode GrangerEstimate(Granger granger, int ranks, int64_t n_neurons, int64_t n_samples,
                               int64_t n_listed, double *memory, double *file);

/* Filters and high-pass for spike trains. */
typedef struct {
  double highpass_ms;          /* for granger_highpass, 0 for none */
  const char *basis;           /* for granger_basis */
  double memory_ms;            /* for granger_memory */
  double criterion, inflation; /* of this choice */
  int n_candidates;            /* of which it is the best; 0 when none could be judged */
  int64_t n_neurons, n_spikes; /* that it is made from */
} CouplingChoice;

/*@
  GrangerChooseCoupling - chooses filters and the width of a high-pass for spike counts, without a truth

  For each candidate the robust statistics of the neurons, at most the 512 most active, are computed in each half of the recording,
  as normal scores less the inflation of rows and columns; that with the largest agreement between the halves of their antisymmetric part, divided by
  the square of the inflation of all, is chosen.

  Collective
  Input:  activity - spike counts, neither normalised nor filtered
  Errors: CAUSEWAY_ERR_USER when the sampling interval is unknown or too long, or values are no counts
  Memory: the activity of those neurons once more, and their spikes on every rank
@*/
PetscErrorCode GrangerChooseCoupling(Activity activity, CouplingChoice *choice);

/* Mean cost of a solution per rank. */
typedef struct {
  double flops;
  double received; /* bytes */
  double messages; /* messages received, including those within collectives */
} GrangerCost;

/*@
  GrangerPredict - predicts the cost of `conditional` at a given order of lags, by gram or by ridge in the space of the rows; NAN
  otherwise

  On 2 to 16 ranks the predicted bytes are within 25 % of the measured ones, the messages within 30 %, or
  45 % when the penalty is searched.

  Not collective
@*/
void GrangerPredict(Granger granger, int ranks, int64_t n_neurons, int64_t n_samples,
                    GrangerCost *cost);

CAUSEWAY_END_DECLARATIONS

#endif
