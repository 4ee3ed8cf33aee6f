/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_REGRESSION_H
#define CAUSEWAY_REGRESSION_H

#include "granger_impl.h"

#include "spikes/spike_list.h"
#include "var/var_model.h"

/* Communication plan that brings the series of the neurons of one process row or column, time
   contiguous, from the common layout. The neurons are in ascending order, as in the block-cyclic
   layout. */
typedef struct {
  MPI_Comm comm;
  const Partition *partition;
  int64_t n_panel;              /* neurons of the panel */
  int64_t *order;               /* (n_local) local neurons, sorted by the process that needs them */
  int *send_count, *send_start; /* (ranks) neurons */
  int *receive_count, *receive_start; /* (ranks) neurons */
  double *send_buffer;                /* (n_local, longest) */
} PanelPlan;

/* for_rows: plan for the neurons of this rank's process row, else of its process column.
   Collective. */
PetscErrorCode PanelPlanCreate(const ProcessGrid *grid, const Partition *partition, int block,
                               PetscBool for_rows, int64_t longest, PanelPlan *plan);
PetscErrorCode PanelPlanFree(PanelPlan *plan);

/*@
  PanelGather - gathers values[first .. first + length) of the panel's neurons, minus an offset per
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

/* Regression of one activity: sizes, layout, and samples at the ends of segments. */
struct _p_Regression {
  Granger granger;            /* borrowed */
  Activity activity;          /* borrowed */
  const Partition *partition; /* borrowed */
  ProcessGrid grid;
  int64_t next_sample;   /* of the products that are summed; n_samples when they are complete */
  int64_t factored;      /* Factored: whether gram holds L; the products are gone then */
  PetscBool is_inverted; /* gram holds L^-1 */
  double
      condition_number; /* of the lag matrix, 1-norm estimate; infinite if factorisation failed */
  double weakest_share; /* smallest part of an unknown left by those before it: `weakest` */
  int64_t weakest;
  char twins[512];                 /* message about two neurons that carry the same signal, or "" */
  double lambda;                   /* penalty added to gram */
  double earlier_s, earlier_flops; /* spent in earlier jobs, on all ranks */
  double start_s;
  int block;       /* neurons of a block of the N x N matrices; p times that for G */
  Basis basis;     /* terms of a source, as they act; borrowed */
  Filters filters; /* that make targets and terms */
  SpikeList own_spikes;
  const SpikeList *spikes; /* of an activity that is mostly zero, with filters; else NULL */
  int64_t n, p, n_samples; /* neurons, terms of a source: lags or filters, samples */
  int64_t reach,
      n_rows; /* samples that a row needs before its own; samples with as many before them in their segment */
  int64_t n_segments;
  Segment *segments; /* (n_segments) segments that have rows */
  int64_t *position; /* (n_samples) position in the segment, see ActivityPositions() */
  double flops;      /* of this rank in this job */

  /* for the neurons of the process row [0] and column [1] */
  int64_t n_panel[2];
  double *head[2], *tail[2]; /* (n_panel, n_segments, p) first and last samples, less the mean */
  double *sums[2];           /* (n_panel, p + 1) sum over rows of the value and of each term */

  BlockCyclic *
      products; /* [p + 1] (N, N): sum over rows of x_i(t) and term k of neuron j, x_j(t) for k = 0 */
  BlockCyclic gram; /* (N p, N p) source-major, lower triangle: G, then L, then L^-1 */
  BlockCyclic rhs;  /* (N p, N): X'Y, then L^-1 X'Y (at once with QR), then the coefficients */
  BlockCyclic covariance; /* (N, N), only for groups: centred Y'Y, then of the residuals, E'E */
  double *target_power;   /* (N) centred sum of squares of each neuron */
  double *residual;       /* (N) residual sum of squares */
};

PetscErrorCode RegressionCreate(Granger granger, Activity activity, const Partition *partition,
                                Regression *regression);
PetscErrorCode RegressionFree(Regression *regression);

/* Estimator that computed the factor, which matters if one hands over to another. Not
   collective. */
const GrangerEstimator *RegressionEstimator(const Regression *regression);

/* Counts flops of this rank, also for the current event of -log_view. Not collective. */
PetscErrorCode RegressionFlops(Regression *regression, double flops);

/* Sums arrays of any length over the ranks, on all ranks. Collective. */
PetscErrorCode RegressionSum(const Regression *regression, int64_t length, double *values);

/* Allocates zero products[0..p], right-hand sides and, where needed, Gram matrix. Collective. */
PetscErrorCode RegressionAllocateProducts(Regression *regression);
PetscErrorCode RegressionAllocateGram(Regression *regression);

/* Means over the rows of the value and of each term of the local neurons, (n_local, p + 1). Not collective. */
PetscErrorCode RegressionTermMeans(const Regression *regression, Activity activity, double *means);

/* products[0..p] of the activity, and head, tail, sums; of filters the sums of products in gram in the place of head and tail.
   Collective. */
PetscErrorCode RegressionProducts(Regression *regression, Activity activity);

/* Computes rhs, not yet centred, and target_power from the products; refuses duplicate neurons. */
PetscErrorCode RegressionRightSides(Regression *regression);

/* Computes gram and covariance, where needed, and the centred rhs; frees the products. */
PetscErrorCode RegressionGram(Regression *regression);

/* The p x p block of G for local row neuron j and column neuron m, of filters in the lower triangle of G alone, from products and right-hand sides that
   are not centred yet. Not collective. */
void RegressionLagBlock(const Regression *regression, int64_t j, int64_t m, int64_t leading,
                        double *block);

/* Declares the snapshot data of a running regression: the sums of products, or the factor.
   Collective. */
PetscErrorCode RegressionKeep(void *regression, Snapshot snapshot);

/* Computes the Cholesky factor of the Gram matrix, and the condition number. Collective. */
PetscErrorCode RegressionFactor(Regression *regression);

/* Computes the same factor, and L^-1 X'Y, from the lag matrix itself; gram and rhs may exist
   already. Collective. */
PetscErrorCode RegressionQr(Regression *regression, Activity activity);

/* Returns an error that names collinear neurons if the matrix is singular. Not collective. */
PetscErrorCode RegressionRefuseSingular(const Regression *regression);

/* Computes coefficients and residual from the factor. Collective. */
PetscErrorCode RegressionSolve(Regression *regression);

/* Copies the coefficients after RegressionSolve() into a model, whose covariance stays zero.
   Collective. */
PetscErrorCode RegressionModel(const Regression *regression, VarModel *model);

/* Replaces L by L^-1. Collective. */
PetscErrorCode RegressionInvert(Regression *regression);

/* Computes values (n_local targets of the common layout, N sources) = b_ij' blocks[j]^-1 b_ij, with
   b_ij the p coefficients of source j; blocks (N, p, p) symmetric, in the lower triangles. Destroys
   blocks and coefficients. Collective. */
PetscErrorCode RegressionQuadratic(Regression *regression, double *blocks,
                                   const Partition *partition, double *values);

/* Leave-one-out: computes the growth of the target's residual without the source, (n_local targets
   of the common layout, N sources). Collective. */
PetscErrorCode RegressionGrowth(Regression *regression, const Partition *partition, double *growth);

/* Global neuron of a local index of the block-cyclic rows [0] or columns [1]. */
static inline int64_t RegressionNeuron(const Regression *r, int side, int64_t local)
{
  return side == 0 ? BlockCyclicGlobal(local, r->block, r->grid.row, r->grid.rows)
                   : BlockCyclicGlobal(local, r->block, r->grid.column, r->grid.columns);
}

#endif
