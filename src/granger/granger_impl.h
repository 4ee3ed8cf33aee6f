/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GRANGER_IMPL_H
#define CAUSEWAY_GRANGER_IMPL_H

#include "causeway/granger.h"

#include "blockcyclic.h"

/* Entries of the copy by columns that a snapshot of a matrix takes on each rank. */
enum { KEEP_ENTRIES = 1 << 23 };

typedef struct _p_Regression Regression;

struct _p_Granger {
  MPI_Comm comm;
  int64_t order, block;
  double level;
  GrangerInfo info;
  Checkpoint checkpoint;  /* borrowed, or NULL */
  Regression *regression; /* under way, or NULL */
};

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

/* The regression of one activity: sizes, layout and what is needed at the borders of time. */
struct _p_Regression {
  Granger granger; /* borrowed */
  ProcessGrid grid;
  int64_t next_sample; /* of the products that are summed; n_samples when they are complete */
  int64_t factored;    /* whether gram holds L; the products are gone then */
  double gram_norm;    /* of G, in the 1-norm */
  double earlier_s, earlier_flops; /* of earlier jobs, on all ranks */
  double start_s;
  int block; /* neurons of a block of the N x N matrices; p times that for G */
  int64_t n, p, n_samples, n_rows; /* neurons, lags, samples, n_samples - p */
  double flops;                    /* of this rank in this job */

  /* of the neurons of the process row [0] and column [1] */
  int64_t n_panel[2];
  double *head[2], *tail[2]; /* (n_panel, p) first and last samples, less the mean */
  double *sums[2];           /* (n_panel, p + 1) sum over rows of the value at each lag */

  BlockCyclic *products; /* [p + 1] (N, N): sum over rows of x_i(t) x_j(t - k) */
  BlockCyclic gram;      /* (N p, N p) source-major, lower triangle: G, then L, then L^-1 */
  BlockCyclic rhs;       /* (N p, N): X'Y, then L^-1 X'Y, then the coefficients */
  double *target_power;  /* (N) centred sum of squares of each neuron */
  double *residual;      /* (N) residual sum of squares */
};

/* Takes the regression under way from the snapshot that was found. Collective. */
PetscErrorCode GrangerResume(Granger granger);

/* Refuses what ScaLAPACK's 32-bit indices cannot hold on so many ranks. Not collective. */
PetscErrorCode RegressionCheckSize(Granger granger, int ranks, int64_t n_neurons);

PetscErrorCode RegressionCreate(Granger granger, Activity activity, Regression *regression);
PetscErrorCode RegressionFree(Regression *regression);

/* Counts flops of this rank, for the running event of -log_view too. Not collective. */
PetscErrorCode RegressionFlops(Regression *regression, double flops);

/* Zero products[0..p], and the zero Gram matrix and right-hand sides. Collective. */
PetscErrorCode RegressionAllocateProducts(Regression *regression);
PetscErrorCode RegressionAllocateGram(Regression *regression);

/* products[0..p] of the activity, and head, tail, sums. Collective. */
PetscErrorCode RegressionProducts(Regression *regression, Activity activity);

/* gram, rhs, target_power from the products, which are freed; duplicated neurons are refused. */
PetscErrorCode RegressionGram(Regression *regression);

/* Declares what a regression under way must keep: the sums of products, or the factor. Collective. */
PetscErrorCode RegressionKeep(Regression *regression, Snapshot snapshot);

/* Cholesky factor of the Gram matrix; collinear neurons are refused. Collective. */
PetscErrorCode RegressionFactor(Regression *regression);

/* Coefficients, residual, condition number from the factor. Collective. */
PetscErrorCode RegressionSolve(Regression *regression, double *condition_number);

/* D (sources, targets) = growth of the residual of the target without the source. Collective.
   growth: (n_local, N) targets of the common layout. */
PetscErrorCode RegressionGrowth(Regression *regression, const Partition *partition, double *growth);

/* Global neuron of a local index of the block-cyclic rows [0] or columns [1]. */
static inline int64_t RegressionNeuron(const Regression *r, int side, int64_t local)
{
  return side == 0 ? BlockCyclicGlobal(local, r->block, r->grid.row, r->grid.rows)
                   : BlockCyclicGlobal(local, r->block, r->grid.column, r->grid.columns);
}

#endif
