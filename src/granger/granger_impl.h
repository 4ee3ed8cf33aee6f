/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GRANGER_IMPL_H
#define CAUSEWAY_GRANGER_IMPL_H

#include "causeway/granger.h"

#include "coincidences.h"
#include "groups.h"
#include "resample.h"
#include "tail.h"
#include "var_model.h"

/* Entries of the copy by columns that a snapshot of a matrix takes on each rank. */
enum { KEEP_ENTRIES = 1 << 23 };

/* Of an unknown, or of a target, the part that the unknowns before it must leave: in length where the lag matrix itself is
   reduced, in squared length where products are. What is left of an exact combination is rounding, some 1e-16 times the root of
   the rows; so far below this that neither the order of sums nor the library decides. */
static const double least_share = 1e-11;

typedef enum {
  ESTIMATOR_AUTO, /* gram, and qr where the condition number calls for it */
  ESTIMATOR_GRAM,
  ESTIMATOR_QR,
  ESTIMATOR_LWR,
  ESTIMATOR_RIDGE
} GrangerEstimator;
typedef enum { ORDER_GIVEN, ORDER_AICC, ORDER_BIC, ORDER_HQ, ORDER_VALIDATION } OrderCriterion;
enum {
  STATISTIC_DUAL,
  STATISTIC_STATE_SPACE,
  STATISTIC_SPECTRAL,
  STATISTIC_PAIRWISE,
  STATISTIC_EVENT,
  STATISTIC_GROUP,
  N_STATISTICS
};
/* Parts of a solution that may fail without taking the others with them. */
enum {
  PART_STATE_SPACE = 1,
  PART_GROUP = 2,
  PART_EVENT = 4,
  PART_RESAMPLES = 8,
  PART_PAIRWISE = 16
};

typedef enum { TEST_F, TEST_LIKELIHOOD_RATIO } GrangerTest;
enum { MAX_BANDS = 64, WORDS_LENGTH = 256 };

typedef struct _p_Regression Regression;

/* One recursion for each source that is left out, under way. */
typedef struct {
  int64_t next; /* sources before it are done */
  const Partition *partition;
  double *ratio; /* (n_local targets, N sources) growth of the variance without the source */
  double seconds, flops; /* of the sources that are done, on all ranks */
} ReducedRecursions;

struct _p_Granger {
  MPI_Comm comm;
  GrangerEstimator estimator, used; /* asked for; that a solution was computed with */
  PetscBool keeps_all;              /* else only pairs that keep_rule chooses */
  SparseRule keep_rule;
  int64_t keep_top;
  int64_t n_kept;
  char keep_words[WORDS_LENGTH];
  double lambda; /* of ridge; 0: chosen by generalised cross-validation */
  char lambda_words[WORDS_LENGTH];
  OrderCriterion criterion;
  GrangerTest test;
  PetscBool wants[N_STATISTICS];
  int64_t order, order_max, block; /* order: unless a criterion chooses one up to order_max */
  int64_t n_bands;
  double band_edges[MAX_BANDS + 1]; /* [cycles per sample] */
  char band_names[MAX_BANDS][32], band_texts[MAX_BANDS][128];
  char order_words[WORDS_LENGTH], statistics_words[WORDS_LENGTH], bands_words[WORDS_LENGTH];
  NeuronGroups groups;
  double level;
  Coincidences coincidences; /* of the activity that is solved */
  int64_t n_fitted;     /* constants of each series beside the mean that preprocessing has fitted */
  double weakest_share; /* of the last recursion over all neurons, see Lattice */
  GrangerInfo info;
  int failed;                 /* PART_..., of which info.failure says the first reason */
  Checkpoint checkpoint;      /* borrowed, or NULL */
  Regression *regression;     /* under way, or NULL */
  ReducedRecursions *reduced; /* under way, or NULL */
  ResampleOptions resample;
  Resampling *resampling; /* under way, or NULL */
  PetscBool quiet;        /* of the solution of a resample: neither warnings nor progress */
};

/* The matrices of a solution, NULL for those that are not asked for. */
typedef struct {
  SparseScores sparse; /* instead of gc, f_statistic and p_value; borrowed */
  double *gc, *f_statistic, *p_value, *state_space, *bands[MAX_BANDS];
  double *surrogate_p, *gc_low, *gc_high;
  double *pairwise, *pairwise_p, *event, *event_p;
  double *group, *group_p; /* (n_groups, n_groups), the same on every rank */
} GrangerMatrices;

/* Whether the regression on all neurons has to be solved, and not only those of pairs. */
static inline PetscBool GrangerNeedsModel(Granger granger)
{
  return granger->estimator == ESTIMATOR_LWR || granger->criterion != ORDER_GIVEN ||
                 granger->wants[STATISTIC_DUAL] || granger->wants[STATISTIC_GROUP]
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Whether QR takes over where the Gram matrix is too inexact; the covariance of the residuals that groups need comes with
   the Gram matrix alone. */
static inline PetscBool GrangerMayUseQr(Granger granger)
{
  return granger->estimator == ESTIMATOR_AUTO && GrangerNeedsModel(granger) &&
                 !granger->wants[STATISTIC_GROUP]
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Degrees of freedom that a regression leaves: of the rows, its unknowns take one each, and so do the constant and
   what preprocessing has fitted. Not collective. */
static inline double GrangerFreeRows(Granger granger, double unknowns)
{
  return (double)granger->info.n_rows - unknowns - 1.0 - (double)granger->n_fitted;
}

/* Refuses what the data do not suffice for; n_rows: at the highest order. Not collective. */
PetscErrorCode GrangerCheckRows(Granger granger, int64_t n_neurons, int64_t n_samples,
                                int64_t n_rows);

/* Warns of series that do not look stationary; collective. */
PetscErrorCode GrangerWarnWandering(Activity activity);

/* Whether ridge regression is solved in the space of the rows. Not collective. */
PetscBool GrangerIsDual(Granger granger, int64_t n_neurons, int64_t n_rows);

/* Bytes on the fullest rank of the regression by the Gram matrix. Not collective. */
double GrangerGramMemory(Granger granger, int ranks, int64_t n_neurons, int64_t order);

/* Bytes on the fullest rank of the lag matrix, and of its copy in another layout. */
double GrangerLagMatrixMemory(int64_t n_neurons, int64_t order, int64_t n_samples, int ranks);

/* The name of a criterion as the user gives it; "given" when the order is. */
const char *OrderCriterionName(OrderCriterion criterion);

/* N x N matrices of double precision and masks that a solution writes. Not collective. */
void GrangerCountMatrices(Granger granger, int *n_matrices, int *n_masks);

/* Zero matrices of everything that is asked for. Collective. */
PetscErrorCode GrangerAddMatrices(Granger granger, Causality causality, GrangerMatrices *matrices);

/* Takes the statistics of pairs, in any order. */
typedef struct {
  Granger granger;
  const Partition *partition;
  GrangerMatrices *matrices;
  Tail tail;
  SparseScores sparse;       /* borrowed, or NULL */
  double largest_p, least_f; /* of KEEP_SIGNIFICANT: the level, and its F */
} PairSink;

/* free_rows: second degrees of freedom of F. Closed with GrangerClosePairs(). Not collective. */
PetscErrorCode GrangerOpenPairs(Granger granger, const Partition *partition, double free_rows,
                                GrangerMatrices *matrices, PairSink *sink);

/* Of local target `row` and sources [first, first + count): relative growth of the residual without the source,
   and F. `ratio` and `f` may be the sink's own rows. Not collective. */
PetscErrorCode GrangerPutPairs(PairSink *sink, int64_t row, int64_t first, int64_t count,
                               const double *ratio, const double *f);
PetscErrorCode GrangerClosePairs(PairSink *sink);

/* All statistics from the relative growth of the residual, which gc holds, with (order, free_rows) degrees of
   freedom. Not collective. */
PetscErrorCode GrangerFillStatistics(Granger granger, const Partition *partition, double free_rows,
                                     GrangerMatrices *matrices);

/* The same of the regressions of pairs, whose relative growth is in pairwise. Not collective. */
PetscErrorCode GrangerFillPairwise(Granger granger, const Partition *partition,
                                   GrangerMatrices *matrices);

/* Significance masks and notes on how all was done; the matrices are complete. Collective. */
PetscErrorCode GrangerFinish(Granger granger, Causality causality, const GrangerMatrices *matrices);

/*@
  GrangerSolveMatrices - the statistics that the matrices are for

  Collective; the matrices of dual may lack p_value. GrangerCheckRows() is the caller's.
@*/
PetscErrorCode GrangerSolveMatrices(Granger granger, Activity activity, PetscBool resumes,
                                    GrangerMatrices *matrices);

/* Numbers on the fullest rank that GrangerSolveMatrices() takes beside activity and matrices; not collective. */
double GrangerSolveNumbers(Granger granger, int ranks, int64_t n_neurons, int64_t n_samples);

/*@
  GrangerResample - p-values from surrogates and intervals from the bootstrap; order, penalty and estimator are those
of the solution that gc holds

  Collective; offers its state after every round
  Errors: CAUSEWAY_ERR_USER naming the resample that cannot be solved
@*/
PetscErrorCode GrangerResample(Granger granger, Activity activity, PetscBool resumes,
                               const Partition *partition, GrangerMatrices *matrices);

/* A statistic that the data do not allow does not take the others with it: its reason is kept for the end. Alone it is an
   error, as all else is. Not collective. */
PetscErrorCode GrangerSetAside(Granger granger, int part, PetscErrorCode status);

/* Refuses what GrangerResample() would, as far as it is known before the solution. Not collective. */
PetscErrorCode GrangerCheckResample(Granger granger, Activity activity);

/* Numbers on the fullest rank that resamples take beside activity and matrices; not collective. */
double GrangerResampleNumbers(Granger granger, int ranks, int64_t n_neurons, int64_t n_samples);

/* Whether the snapshot that was found is of resamples, so that the solution before them is done once more and
   not resumed. Collective. */
PetscErrorCode GrangerFindResampling(Granger granger, PetscBool *found);

/*@
  RecursionSolve - chooses the order by the criterion, in one recursion over all orders, or goes up to the
given one; info.order

  Collective
  Output: model - of that order, with estimator lwr; freed by the caller
@*/
PetscErrorCode RecursionSolve(Granger granger, const ProcessGrid *grid, Activity activity,
                              VarModel *model);

/*@
  RecursionLeaveOneOut - relative growth of the residual variance of each target without each source, from
one more recursion for each source

  Collective; offers its state after each of them
  Output: reduced->ratio
@*/
PetscErrorCode RecursionLeaveOneOut(Granger granger, const ProcessGrid *grid, Activity activity,
                                    const VarModel *model, ReducedRecursions *reduced);

/* Neurons of a block of an N x N matrix on a grid of so many rows and columns. */
int GrangerBlockNeurons(Granger granger, int64_t order, int64_t n, int rows, int columns);

/* Declares what recursions under way must keep. Collective. */
PetscErrorCode ReducedRecursionsKeep(ReducedRecursions *reduced, Snapshot snapshot);

/* Series of the neurons of one process row or column, time contiguous, brought there from the
   blocks of the common layout. In ascending order of neurons, which is the order of the
   block-cyclic layout. */
typedef struct {
  MPI_Comm comm;
  const Partition *partition;
  int64_t n_panel;              /* neurons of the panel */
  int64_t *order;               /* (n_local) local neurons, sorted by the process that wants them */
  int *send_count, *send_start; /* (ranks) neurons */
  int *receive_count, *receive_start; /* (ranks) neurons */
  double *send_buffer;                /* (n_local, longest) */
} PanelPlan;

/* for_rows: the neurons of this rank's process row, else of its process column. Collective. */
PetscErrorCode PanelPlanCreate(const ProcessGrid *grid, const Partition *partition, int block,
                               PetscBool for_rows, int64_t longest, PanelPlan *plan);
PetscErrorCode PanelPlanFree(PanelPlan *plan);

/*@
  PanelGather - values[first .. first + length) of the panel's neurons, less an offset of each
neuron

  Collective
  Input:  values  - (n_local, stride)
          offsets - (n_local), or NULL
  Output: panel   - (n_panel, length)
  Cost:   one alltoallv; n_panel * length * 8 bytes received
@*/
PetscErrorCode PanelGather(PanelPlan *plan, const double *values, int64_t stride, int64_t first,
                           int64_t length, const double *offsets, double *panel);

enum { FACTORED_NOT, FACTORED_GRAM, FACTORED_QR };

/* The regression of one activity: sizes, layout and what is needed at the borders of time. */
struct _p_Regression {
  Granger granger;            /* borrowed */
  Activity activity;          /* borrowed */
  const Partition *partition; /* borrowed */
  ProcessGrid grid;
  int64_t next_sample; /* of the products that are summed; n_samples when they are complete */
  int64_t factored;    /* Factored: whether gram holds L; the products are gone then */
  double
      condition_number; /* of the lag matrix, estimated in the 1-norm; infinite when L is no factor */
  double weakest_share; /* what the unknowns before it leave of unknown `weakest`, at least */
  int64_t weakest;
  char twins[512]; /* what is to be said of two neurons that carry the same signal, or "" */
  double lambda;   /* penalty that is in gram */
  double earlier_s, earlier_flops; /* of earlier jobs, on all ranks */
  double start_s;
  int block; /* neurons of a block of the N x N matrices; p times that for G */
  int64_t n, p, n_samples,
      n_rows; /* neurons, lags, samples, samples whose lags are in their segment */
  int64_t n_segments;
  Segment *segments; /* (n_segments) those that have rows */
  int64_t *position; /* (n_samples) in its segment, see ActivityPositions() */
  double flops;      /* of this rank in this job */

  /* of the neurons of the process row [0] and column [1] */
  int64_t n_panel[2];
  double *head[2], *tail[2]; /* (n_panel, n_segments, p) first and last samples, less the mean */
  double *sums[2];           /* (n_panel, p + 1) sum over rows of the value at each lag */

  BlockCyclic *products; /* [p + 1] (N, N): sum over rows of x_i(t) x_j(t - k) */
  BlockCyclic gram;      /* (N p, N p) source-major, lower triangle: G, then L, then L^-1 */
  BlockCyclic rhs;       /* (N p, N): X'Y, then L^-1 X'Y (at once with QR), then the coefficients */
  BlockCyclic covariance; /* (N, N), only for groups: centred Y'Y, then of the residuals, E'E */
  double *target_power;   /* (N) centred sum of squares of each neuron */
  double *residual;       /* (N) residual sum of squares */
  double *
      pairwise; /* (n_local targets, N) relative growth in the regression of the pair, or NULL; borrowed */
};

/* Takes the regression under way from the snapshot that was found. Collective. */
PetscErrorCode GrangerResume(Granger granger);

/* Refuses what ScaLAPACK's 32-bit indices cannot hold on so many ranks. Not collective. */
PetscErrorCode RegressionCheckSize(Granger granger, int ranks, int64_t n_neurons);

PetscErrorCode RegressionCreate(Granger granger, Activity activity, const Partition *partition,
                                Regression *regression);
PetscErrorCode RegressionFree(Regression *regression);

/* Counts flops of this rank, for the running event of -log_view too. Not collective. */
PetscErrorCode RegressionFlops(Regression *regression, double flops);

/* Sum over the ranks, on all of them, of arrays of any length. Collective. */
PetscErrorCode RegressionSum(const Regression *regression, int64_t length, double *values);

/* Zero products[0..p], and the zero right-hand sides and, where it is needed, Gram matrix. Collective. */
PetscErrorCode RegressionAllocateProducts(Regression *regression);
PetscErrorCode RegressionAllocateGram(Regression *regression);

/* products[0..p] of the activity, and head, tail, sums. Collective. */
PetscErrorCode RegressionProducts(Regression *regression, Activity activity);

/* gram, rhs, target_power from the products, which are freed; pairwise; duplicated neurons are refused. */
PetscErrorCode RegressionGram(Regression *regression);

/* The p x p block of G for local row neuron j and column neuron m, from products and right-hand sides that
   are not centred yet. Not collective. */
void RegressionLagBlock(const Regression *regression, int64_t j, int64_t m, int64_t leading,
                        double *block);

/*@
  RegressionPairwise - relative growth of the residual of every target without the source, in the regression
on the pasts of the two alone

  Collective; before the right-hand sides are centred
  Output: growth - (n_local, N) targets of the common layout
  Errors: CAUSEWAY_ERR_USER, naming the neurons, where a pair is collinear or predicted exactly
  Cost:   7/3 N^2 p^3 flops / ranks; N (p^2 + p) numbers on every rank, 3 N^2 / ranks
@*/
PetscErrorCode RegressionPairwise(Regression *regression, double *growth);

/* Declares what a regression under way must keep: the sums of products, or the factor. Collective. */
PetscErrorCode RegressionKeep(Regression *regression, Snapshot snapshot);

/* Cholesky factor of the Gram matrix, and the condition number. Collective. */
PetscErrorCode RegressionFactor(Regression *regression);

/* The same factor, and L^-1 X'Y, from the lag matrix itself; gram and rhs may be there. Collective. */
PetscErrorCode RegressionQr(Regression *regression, Activity activity);

/* Collinear neurons, when the factor is none. Not collective. */
PetscErrorCode RegressionRefuseSingular(const Regression *regression);

/* Coefficients and residual from the factor. Collective. */
PetscErrorCode RegressionSolve(Regression *regression);

/* The coefficients after RegressionSolve() as a model, whose covariance stays zero. Collective. */
PetscErrorCode RegressionModel(const Regression *regression, VarModel *model);

/* L^-1 in place of L. Collective. */
PetscErrorCode RegressionInvert(Regression *regression);

/*@
  RegressionGroups - causality between the sets of neurons, from coefficients and inverse

  Collective; before RegressionGrowth()
  Output: gc, p_value - (n_groups targets, n_groups sources), the same on every rank
  Errors: CAUSEWAY_ERR_USER when the residuals of a group are linearly dependent
  Cost:   sum over groups of n p (N n p^2 + (n p)^2 / 3 + n p m + m^2) flops / ranks, n neurons of the group, m of
          all groups; memory as group_memory() in granger.c
@*/
PetscErrorCode RegressionGroups(Regression *regression, double *gc, double *p_value);

/* values (n_local targets of the common layout, N sources) = b_ij' blocks[j]^-1 b_ij, b_ij the p coefficients of source
   j; blocks (N, p, p) symmetric, in the lower triangles. Destroys blocks and coefficients. Collective. */
PetscErrorCode RegressionQuadratic(Regression *regression, double *blocks,
                                   const Partition *partition, double *values);

/* Chooses the penalty of ridge regression unless it is given, and adds it to the Gram matrix. Collective. */
PetscErrorCode RegressionPenalise(Regression *regression);

/* Says which penalty was chosen; at_border: see RidgeGcv(). Collective. */
PetscErrorCode GrangerSayPenalty(Granger granger, PetscBool at_border);

/* Refuses a penalty that leaves less than one degree of freedom, from which no variance can be estimated. Not collective. */
PetscErrorCode GrangerCheckFreedom(Granger granger, double free_rows);

/*@
  RegressionRidgeTests - what the tests of a penalised regression need, after RegressionSolve()

  Collective
  Output: growth    - (n_local, N) growth of the penalised objective of the target without the source
          wald      - (n_local, N) b_ij' [(A G A)_jj]^-1 b_ij with A = (G + lambda I)^-1
          rss       - (N) residual sums of squares
          free_rows - rows - tr(2 H - H H') - 1, H the hat matrix of the lags beside the constant
  Cost:   2 (N p)^3 flops / ranks, and (N p)^2 more numbers / ranks
  Source: Cule, Vineis & De Iorio 2011, BMC Bioinformatics 12:372
@*/
PetscErrorCode RegressionRidgeTests(Regression *regression, const Partition *partition,
                                    double *growth, double *wald, double *rss, double *free_rows);

/* Growth of the residual of the target without the source, (n_local targets of the common layout, N sources).
   Collective. */
PetscErrorCode RegressionGrowth(Regression *regression, const Partition *partition, double *growth);

/* Global neuron of a local index of the block-cyclic rows [0] or columns [1]. */
static inline int64_t RegressionNeuron(const Regression *r, int side, int64_t local)
{
  return side == 0 ? BlockCyclicGlobal(local, r->block, r->grid.row, r->grid.rows)
                   : BlockCyclicGlobal(local, r->block, r->grid.column, r->grid.columns);
}

#endif
