/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GRANGER_IMPL_H
#define CAUSEWAY_GRANGER_IMPL_H

#include "causeway/granger.h"

#include "causeway/internal/linalg/blockcyclic.h"
#include "coincidences.h"
#include "filters.h"
#include "resample/resample.h"
#include "spikes/spike_list.h"
#include "var/state_space.h"

/* Size of the copy by columns that each rank makes for a snapshot of a matrix [entries]. */
enum { KEEP_ENTRIES = 1 << 23 };

/* Least part of an unknown, or of a target, that must remain after the unknowns before it are
   removed: in length where the lag matrix itself is reduced, in squared length where products are.
   An exact linear combination leaves only rounding, about 1e-16 times the root of the rows. That is
   so far below this limit that neither the order of sums nor the library matters. */
static const double least_share = 1e-11;

/* Method name of all scores in causality.h5. */
static const char granger_method[] = "granger";

typedef enum { ORDER_GIVEN, ORDER_AICC, ORDER_BIC, ORDER_HQ, ORDER_VALIDATION } OrderCriterion;
typedef enum { NULL_THEORY, NULL_EMPIRICAL } GrangerNull;
typedef enum { TEST_F, TEST_LIKELIHOOD_RATIO, TEST_ROBUST } GrangerTest;

/* Results that estimators offer and statistics use. */
enum {
  FIT_PRODUCTS = 1,      /* sums of lagged products */
  FIT_PAIRS = 2,         /* growth of each target's residual without each source */
  FIT_COVARIANCE = 4,    /* coefficients, inverse Gram matrix, covariance of the residuals */
  FIT_STATE_SPACE = 8,   /* state-space form of the autoregression */
  FIT_COEFFICIENTS = 16, /* coefficients of all terms */
};

/* Phases in which statistics do their work, in this order. */
typedef enum {
  PHASE_PRODUCTS, /* the sums of products are complete */
  PHASE_FIT,      /* the fit is complete */
  PHASE_LAST,     /* the fit is complete, and the work may destroy it */
  PHASE_ALONE,    /* the fit is gone */
  PHASE_TOTAL,    /* the resamples are complete too */
  N_PHASES
} GrangerPhase;

enum { MOST_SCORES = 64, MOST_STATISTICS = PARAMETER_WORDS_MOST, WORDS_LENGTH = 256 };

typedef struct GrangerEstimator GrangerEstimator;
typedef struct GrangerStatistic GrangerStatistic;
typedef struct _p_Regression Regression;

/* Use of a statistic in a solution. */
typedef struct {
  const GrangerStatistic *type;
  void *settings;              /* own settings of the statistic */
  PetscBool wanted, failed;    /* failed: the other statistics continue */
  double *values[MOST_SCORES]; /* its scores; borrowed, NULL for those not requested */
} StatisticUse;

/* Data that a snapshot keeps while a part is running. */
typedef struct {
  enum { BEGUN_NOTHING, BEGUN_SOLUTION, BEGUN_RESAMPLES } stage;
  PetscErrorCode (*keep)(void *context, Snapshot snapshot);
  void *context;
} UnderWay;

struct _p_Granger {
  MPI_Comm comm;
  Parameters own; /* parameters of GrangerSetOptions(), or NULL */
  int estimator_choice;
  const GrangerEstimator *estimator,
      *used;     /* the requested one; the one that computed a solution */
  double lambda; /* of ridge; 0: chosen by generalised cross-validation */
  OrderCriterion criterion;
  GrangerTest test;
  GrangerNull null;
  ParameterList statistics;
  int n_statistics; /* in the table */
  StatisticUse uses[MOST_STATISTICS];
  int needs;                           /* FIT_... of those that are wanted */
  int64_t order_choice;                /* lags, or minus the criterion */
  int64_t bandwidth_choice, bandwidth; /* samples over which the residuals of robust tests may be
                                          correlated; the choice may be -1 */
  int64_t order, order_max, block;     /* order: unless a criterion chooses one up to order_max */
  BasisChoice basis_choice;
  Basis basis;       /* of the activity that is solved; without filters until then */
  Highpass highpass; /* of the present solution */
  double highpass_samples;
  double *ahead[2]; /* gc and F of the pairs, (n_local, N), with targets that look ahead; or NULL */
  double level;
  Coincidences coincidences; /* of the current activity */
  int64_t n_fitted; /* constants per series that preprocessing has fitted in addition to the mean */
  double weakest_share;  /* of the last recursion over all neurons, see Lattice */
  GrangerInfo info;      /* info.failure says what failed and why */
  Checkpoint checkpoint; /* borrowed, or NULL */
  UnderWay under_way;
  ResampleOptions resample;
  double *resampled[N_RESAMPLED]; /* scores from resamples; borrowed */
  PetscBool resamples_failed;
  PetscBool quiet;         /* set for resamples: no warnings and no progress */
  const SpikeList *spikes; /* of the activity, when they are known before; borrowed, or NULL */
  int64_t most_rows;       /* samples that a robust test of spikes looks at; 0 for all */
};

/* One solution, and the results of its estimator; all borrowed. */
typedef struct {
  Granger granger;
  Activity activity;
  const Partition *partition;
  const ProcessGrid *grid;
  PetscBool resumes;
  Regression *regression;  /* or NULL */
  const VarModel *model;   /* or NULL */
  const StateSpace *state; /* or NULL */
} GrangerSolution;

/* Sizes of a solution, from which memory and cost follow. */
typedef struct {
  int ranks;
  int64_t n_neurons, order, n_samples; /* order: terms of each source, at the highest order */
} GrangerSize;

/* Whether the regression on all neurons has to be solved, and not only pairwise ones. Not
   collective. */
PetscBool GrangerNeedsModel(Granger granger);

/* Fewest neurons for medians of rows and columns; below, the theoretical null is taken. */
enum { LEAST_INFLATION = 10 };

/* Whether the inflation of all pairs is measured: where p-values take it out, and elsewhere in populations whose matrices are
   small. Not collective. */
PetscBool GrangerMeasuresInflation(Granger granger, int64_t n_neurons);

/* Samples before a row that its terms reach back to, at the highest order; known for filters once an activity is solved.
   Not collective. */
int64_t GrangerReach(Granger granger);

/* The terms of the present solution; its filters are borrowed. Not collective. */
static inline Basis GrangerTerms(Granger granger)
{
  const int64_t order = granger->info.order;

  return granger->basis.filter ? granger->basis : (Basis){order, order, NULL};
}

/* The filters of the present solution. Not collective; freed with FiltersFree(). */
PetscErrorCode GrangerFilters(Granger granger, Filters *filters);

/* Whether QR takes over where the Gram matrix is too inexact; the covariance of the residuals that groups need comes with
   the Gram matrix alone. Not collective. */
PetscBool GrangerMayUseQr(Granger granger);

/* Degrees of freedom that a regression leaves: the rows minus its unknowns, the constant and the
   constants that preprocessing has fitted. Not collective. */
static inline double GrangerFreeRows(Granger granger, double unknowns)
{
  return (double)granger->info.n_rows - unknowns - 1.0 - (double)granger->n_fitted;
}

/* Terms, and the high-pass in samples, of an activity with this interval. Not collective. */
PetscErrorCode GrangerPrepare(Granger granger, double interval_ms);

/* Refuses statistics for which there are too few data; n_rows: at the highest order. Not
   collective. */
PetscErrorCode GrangerCheckRows(Granger granger, int64_t n_neurons, int64_t n_samples,
                                int64_t n_rows);

/* Key of the parameter that sets the number of lags, for messages. Not collective. */
const char *GrangerOrderKey(Granger granger);

/* Warns of series that do not look stationary; collective. */
PetscErrorCode GrangerWarnWandering(Activity activity);

/* Warns of a step that looks ahead, and of too few neurons for the empirical null. Collective. */
PetscErrorCode GrangerWarnLimits(Granger granger, Activity activity);

/* Neurons per block of an N x N matrix on a grid of this number of rows and columns. */
int GrangerBlockNeurons(Granger granger, int64_t order, int64_t n, int rows, int columns);

/* Names of the criteria, with their negative numbers as values. */
extern const ParameterWord OrderCriteria[];

/* Name of a criterion; "given" when the user gives the order. */
const char *OrderCriterionName(OrderCriterion criterion);

/* Counts the N x N double-precision matrices and masks that a solution writes. Not collective. */
void GrangerCountMatrices(Granger granger, int *n_matrices, int *n_masks);

/* Adds zero matrices for all requested scores. Collective. */
PetscErrorCode GrangerAddMatrices(Granger granger, Causality causality);

/* Adds significance masks and notes on the methods, after the matrices are complete. Collective. */
PetscErrorCode GrangerFinish(Granger granger, Causality causality);

/*@
  GrangerSolveStatistics - computes the requested statistics of an activity into the matrices of
                           their uses

  Collective; scores without a matrix are skipped. The caller calls GrangerCheckRows() before.
@*/
PetscErrorCode GrangerSolveStatistics(Granger granger, Activity activity, PetscBool resumes);

/* Memory [8-byte numbers] of GrangerSolveStatistics() on the fullest rank, without activity and
   matrices. Not collective. */
double GrangerSolutionNumbers(Granger granger, int ranks, int64_t n_neurons, int64_t n_samples);

/*@
  GrangerResample - computes p-values from surrogates and intervals from the bootstrap, with the
                    order, penalty and estimator of the preceding solution

  Collective; offers its state to the checkpoint after every round
  Errors: CAUSEWAY_ERR_USER naming the resample that cannot be solved
@*/
PetscErrorCode GrangerResample(Granger granger, Activity activity, PetscBool resumes,
                               const Partition *partition);

/* A solver that repeats the present solution of the conditional statistic at its order and penalty, without log lines; its
   scores have no matrices yet. Not collective. */
struct _p_Granger GrangerQuietCopy(Granger granger, MPI_Comm comm);

/* Refuses what GrangerResample() would refuse, as far as known before the solution. Not
   collective. */
PetscErrorCode GrangerCheckResample(Granger granger, Activity activity);

/* Memory [8-byte numbers] of resamples on the fullest rank, without activity and matrices. Not
   collective. */
double GrangerResampleNumbers(Granger granger, int ranks, int64_t n_neurons, int64_t n_samples);

/* Records the name and reason of a part that fails on these data, so that the other parts continue.
   When no statistic is left, returns an error with all reasons. Not collective. */
PetscErrorCode GrangerSetAside(Granger granger, PetscErrorCode status, const char *what,
                               PetscBool *failed);

/* Until GrangerEnd(), snapshots contain what `keep` declares; when resuming, restores it from the
   snapshot that was found. Collective. */
PetscErrorCode GrangerBegin(Granger granger, UnderWay under_way, PetscBool resumes);
void GrangerEnd(Granger granger);

/* Whether the snapshot that was found belongs to resamples; the solution before them is then
   repeated, not resumed. Collective. */
PetscErrorCode GrangerFindResampling(Granger granger, PetscBool *found);

/* The k-th estimator, and its name and help; NULL after the last. */
const GrangerEstimator *GrangerEstimatorGet(int k);
const char *GrangerEstimatorWord(int k, const char **text);
int GrangerEstimatorIndex(const GrangerEstimator *estimator);

/* The k-th statistic, and its name and help; NULL after the last. */
const GrangerStatistic *GrangerStatisticGet(int k);
const char *GrangerStatisticWord(int k, const char **text);

/* Runs the work of the requested statistics in a phase. Collective. */
PetscErrorCode StatisticsWork(GrangerSolution *solution, GrangerPhase phase);

/* Marks the statistics that need the missing results as failed. Not collective. */
PetscErrorCode StatisticsSetAside(Granger granger, int missing, PetscErrorCode status);

/* Declares the statistics' data that a snapshot of a running fit keeps. Collective. */
PetscErrorCode StatisticsKeep(Granger granger, const Partition *partition, Snapshot snapshot);

/* Use of the conditional statistic, which resamples need. Not collective. */
StatisticUse *GrangerConditional(Granger granger);
enum { CONDITIONAL_GC, CONDITIONAL_F, CONDITIONAL_P };

#endif
