/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "var/lattice.h"

#include "granger_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <float.h>
#include <math.h>

int64_t LatticeRows(const Lattice *l, int64_t order, int64_t first)
{
  int64_t rows = 0;

  for (int64_t t = first; t < l->n_samples; t++) {
    rows += l->position[t] >= order;
  }
  return rows;
}

/* Sets samples to zero whose past is shorter than `order`. */
static void mask_rows(const Lattice *l, int64_t order, BlockCyclic *series)
{
  for (int64_t k = 0; k < series->local_rows; k++) {
    const int64_t t =
        BlockCyclicGlobal(k, series->row_block, series->grid->row, series->grid->rows);

    for (int64_t j = 0; l->position[t] < order && j < series->local_columns; j++) {
      series->values[k + j * (int64_t)series->leading] = 0.0;
    }
  }
}

/* Loads the series minus their means, without the excluded one, in blocks of both dimensions (T,
   N). */
static PetscErrorCode load_series(Lattice *l, Activity activity)
{
  const Partition *part = ActivityPartition(activity);
  const int64_t n_samples = l->n_samples, before = l->excluded < 0 ? l->n : l->excluded;
  const double n_valid = (double)LatticeRows(l, 0, 0);
  const double *x;
  double log_scale = 0;
  ProcessGrid columns;
  BlockCyclic series;

  PetscFunctionBegin;
  PetscCall(ActivityExpand(activity));
  x = ActivityValues(activity);
  PetscCall(ProcessGridCreateColumns(part->comm, &columns));
  PetscCall(BlockCyclicCreate(&columns, n_samples, part->n_global, (int)n_samples, (int)part->block,
                              &series));
  for (int64_t i = 0; i < part->n_local; i++) {
    double sum = 0, squares = 0;

    for (int64_t t = 0; t < n_samples; t++) {
      sum += l->position[t] < 0 ? 0.0 : x[i * n_samples + t];
    }
    for (int64_t t = 0; t < n_samples; t++) {
      const double centred = l->position[t] < 0 ? 0.0 : x[i * n_samples + t] - sum / n_valid;

      series.values[i * n_samples + t] = centred;
      squares += centred * centred;
    }
    log_scale += part->first + i == l->excluded ? 0.0 : log(squares / n_valid);
  }
  PetscCallMPI(MPI_Allreduce(&log_scale, &l->log_scale, 1, MPI_DOUBLE, MPI_SUM, part->comm));
  PetscCall(BlockCyclicCopyColumns(&series, 0, before, &l->forward, 0));
  if (before < l->n) {
    PetscCall(BlockCyclicCopyColumns(&series, before + 1, l->n - before, &l->forward, before));
  }
  PetscCall(BlockCyclicFree(&series));
  PetscCall(ProcessGridFree(&columns));
  PetscFunctionReturn(0);
}

/* Computes the Cholesky factor of the products of a residual in place. */
static PetscErrorCode factorise(Lattice *l, BlockCyclic *products)
{
  double share;
  int64_t index;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCholesky(products, &share, &index));
  l->weakest_share = PetscMin(l->weakest_share, share);
  index += l->excluded >= 0 && index >= l->excluded ? 1 : 0;
  UserCheck(share > least_share,
            "%s is a combination of other neurons and of the past at order "
            "%lld, which makes the recursion singular; leave it out or lower granger_order",
            ActivityNeuron(l->activity, index), (long long)l->order);
  PetscFunctionReturn(0);
}

PetscErrorCode LatticeCreate(const ProcessGrid *grid, Activity activity, int64_t excluded,
                             int block, int64_t most, int64_t fit_end, Lattice *l)
{
  const int64_t n_samples = ActivitySamples(activity);
  BlockCyclic *series[3], *square[4];

  PetscFunctionBegin;
  *l = (Lattice){.n = ActivityPartition(activity)->n_global - (excluded < 0 ? 0 : 1),
                 .n_samples = n_samples,
                 .activity = activity,
                 .most = most,
                 .excluded = excluded,
                 .fit_end = fit_end,
                 .weakest_share = 1.0};
  series[0] = &l->forward;
  series[1] = &l->backward;
  series[2] = &l->delayed;
  square[0] = &l->factor;
  square[1] = &l->reflection;
  square[2] = &l->work[0];
  square[3] = &l->work[1];
  for (int k = 0; k < 3; k++) {
    PetscCall(BlockCyclicCreate(grid, n_samples, l->n, block, block, series[k]));
  }
  for (int k = 0; k < 4; k++) {
    PetscCall(BlockCyclicCreate(grid, l->n, l->n, block, block, square[k]));
  }
  PetscCall(PetscCalloc2(most + 1, &l->forward_lags, most + 1, &l->backward_lags));
  for (int64_t k = 0; k <= most; k++) {
    PetscCall(BlockCyclicCreate(grid, l->n, l->n, block, block, &l->forward_lags[k]));
    PetscCall(BlockCyclicCreate(grid, l->n, l->n, block, block, &l->backward_lags[k]));
  }
  PetscCall(PetscMalloc1(n_samples, &l->position));
  ActivityPositions(activity, l->position);
  PetscCall(load_series(l, activity));
  PetscCall(BlockCyclicGram(1.0, &l->forward, 0, fit_end, 0.0, &l->factor));
  PetscCall(factorise(l, &l->factor));
  PetscCall(BlockCyclicSolveLowerRight(&l->factor, &l->forward));
  PetscCall(BlockCyclicCopy(&l->forward, &l->backward));
  PetscCall(BlockCyclicIdentity(&l->forward_lags[0]));
  PetscCall(BlockCyclicSolveLower(&l->factor, PETSC_FALSE, &l->forward_lags[0]));
  PetscCall(BlockCyclicCopy(&l->forward_lags[0], &l->backward_lags[0]));
  PetscFunctionReturn(0);
}

PetscErrorCode LatticeFree(Lattice *l)
{
  PetscFunctionBegin;
  for (int64_t k = 0; l->forward_lags && k <= l->most; k++) {
    PetscCall(BlockCyclicFree(&l->forward_lags[k]));
    PetscCall(BlockCyclicFree(&l->backward_lags[k]));
  }
  PetscCall(PetscFree2(l->forward_lags, l->backward_lags));
  PetscCall(PetscFree(l->position));
  PetscCall(BlockCyclicFree(&l->forward));
  PetscCall(BlockCyclicFree(&l->backward));
  PetscCall(BlockCyclicFree(&l->delayed));
  PetscCall(BlockCyclicFree(&l->factor));
  PetscCall(BlockCyclicFree(&l->reflection));
  PetscCall(BlockCyclicFree(&l->work[0]));
  PetscCall(BlockCyclicFree(&l->work[1]));
  PetscFunctionReturn(0);
}

/* R = F^-1 (forward' delayed) B^-T with F, B the factors of their own products over the samples of
   the fit */
static PetscErrorCode reflect(Lattice *l)
{
  BlockCyclic *backward_factor = &l->work[0];

  PetscFunctionBegin;
  PetscCall(BlockCyclicGram(1.0, &l->forward, 0, l->fit_end, 0.0, &l->factor));
  PetscCall(BlockCyclicClearUpper(&l->factor));
  PetscCall(factorise(l, &l->factor));
  PetscCall(BlockCyclicGram(1.0, &l->delayed, 0, l->fit_end, 0.0, backward_factor));
  PetscCall(factorise(l, backward_factor));
  PetscCall(BlockCyclicCrossProduct(&l->forward, &l->delayed, 0, l->fit_end, &l->reflection));
  PetscCall(BlockCyclicSolveLower(&l->factor, PETSC_FALSE, &l->reflection));
  PetscCall(BlockCyclicSolveLowerRight(backward_factor, &l->reflection));
  PetscFunctionReturn(0);
}

/* forward = (forward - delayed R') C^-T, backward = (delayed - forward R) D^-T, with C, D in
   work */
static PetscErrorCode update_residuals(Lattice *l)
{
  PetscFunctionBegin;
  PetscCall(BlockCyclicCopy(&l->delayed, &l->backward));
  PetscCall(BlockCyclicMultiply(PETSC_FALSE, PETSC_FALSE, -1.0, &l->forward, &l->reflection, 1.0,
                                &l->backward));
  PetscCall(BlockCyclicMultiply(PETSC_FALSE, PETSC_TRUE, -1.0, &l->delayed, &l->reflection, 1.0,
                                &l->forward));
  PetscCall(BlockCyclicSolveLowerRight(&l->work[0], &l->forward));
  PetscCall(BlockCyclicSolveLowerRight(&l->work[1], &l->backward));
  PetscFunctionReturn(0);
}

/* forward_k = C^-1 (forward_k - R backward_(k - 1)), backward_k = D^-1 (backward_(k - 1) - R'
   forward_k) */
static PetscErrorCode update_lags(Lattice *l)
{
  const BlockCyclic spare = l->backward_lags[l->order + 1];
  BlockCyclic old;

  PetscFunctionBegin;
  for (int64_t k = l->order + 1; k > 0; k--) {
    l->backward_lags[k] = l->backward_lags[k - 1];
  }
  l->backward_lags[0] = spare; /* still zero */
  PetscCall(BlockCyclicCreate(spare.grid, l->n, l->n, spare.row_block, spare.column_block, &old));
  for (int64_t k = 0; k <= l->order + 1; k++) {
    BlockCyclic *a = &l->forward_lags[k], *b = &l->backward_lags[k];

    PetscCall(BlockCyclicCopy(a, &old));
    PetscCall(BlockCyclicMultiply(PETSC_FALSE, PETSC_FALSE, -1.0, &l->reflection, b, 1.0, a));
    PetscCall(BlockCyclicMultiply(PETSC_TRUE, PETSC_FALSE, -1.0, &l->reflection, &old, 1.0, b));
    PetscCall(BlockCyclicSolveLower(&l->work[0], PETSC_FALSE, a));
    PetscCall(BlockCyclicSolveLower(&l->work[1], PETSC_FALSE, b));
  }
  PetscCall(BlockCyclicFree(&old));
  PetscFunctionReturn(0);
}

PetscErrorCode LatticeStep(Lattice *l)
{
  const double n = (double)l->n;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_LATTICE));
  PetscCall(BlockCyclicShiftRows(&l->backward, &l->delayed));
  mask_rows(l, l->order + 1, &l->forward);
  mask_rows(l, l->order + 1, &l->delayed);
  PetscCall(reflect(l));
  for (int side = 0; side < 2; side++) {
    PetscCall(BlockCyclicIdentity(&l->work[side]));
    PetscCall(side == 0 ? BlockCyclicOuterProduct(-1.0, &l->reflection, 1.0, &l->work[0])
                        : BlockCyclicGram(-1.0, &l->reflection, 0, l->n, 1.0, &l->work[1]));
    PetscCall(factorise(l, &l->work[side]));
  }
  PetscCall(update_residuals(l));
  PetscCall(update_lags(l));
  l->order++;
  l->flops += 10.0 * n * n * (double)l->n_samples + 6.0 * n * n * n * (double)(l->order + 1);
  PetscCall(LogEventStop(EVENT_GRANGER_LATTICE));
  PetscFunctionReturn(0);
}

PetscErrorCode LatticeModel(Lattice *l, VarModel *model)
{
  const double scale = 1.0 / sqrt((double)(LatticeRows(l, l->order + 1, 0) - 1));
  const BlockCyclic *a0 = &l->forward_lags[0];
  int64_t entries = (int64_t)a0->leading * a0->local_columns;

  PetscFunctionBegin;
  PetscCall(VarModelCreate(a0->grid, l->n, a0->row_block, l->order, model));
  for (int64_t k = 0; k <= l->order; k++) {
    BlockCyclic *to = k ? &model->lags[k - 1] : &model->factor;

    PetscCall(BlockCyclicCopy(k ? &l->forward_lags[k] : &l->factor, to));
    PetscCall(BlockCyclicSolveLower(a0, PETSC_FALSE, to));
    for (int64_t m = 0; m < entries; m++) {
      to->values[m] *= k ? -1.0 : scale;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LatticeLogDeterminant(const Lattice *l, double *value)
{
  double factor, leading;

  PetscFunctionBegin;
  PetscCall(BlockCyclicLogDiagonal(&l->factor, &factor));
  PetscCall(BlockCyclicLogDiagonal(&l->forward_lags[0], &leading));
  *value = 2.0 * (factor - leading) - l->log_scale -
           (double)l->n * log((double)(LatticeRows(l, l->order + 1, 0) - 1));
  PetscFunctionReturn(0);
}

PetscErrorCode LatticeSampleLogDeterminant(Lattice *l, int64_t common, double *value)
{
  double factor, leading;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCopy(&l->forward, &l->delayed));
  mask_rows(l, common, &l->delayed);
  PetscCall(BlockCyclicGram(1.0, &l->delayed, 0, l->n_samples, 0.0, &l->work[0]));
  PetscCall(factorise(l, &l->work[0]));
  PetscCall(BlockCyclicLogDiagonal(&l->work[0], &factor));
  PetscCall(BlockCyclicLogDiagonal(&l->forward_lags[0], &leading));
  *value = 2.0 * (factor - leading) - l->log_scale -
           (double)l->n * log((double)LatticeRows(l, common, 0));
  PetscFunctionReturn(0);
}

/* The residual is e = A0^-1 f, with f whitened. */
PetscErrorCode LatticePredictionError(Lattice *l, int64_t first, double *value)
{
  BlockCyclic *e = &l->delayed;
  const BlockCyclic *a0 = &l->forward_lags[0];
  double sum = 0;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCopy(&l->forward, e));
  mask_rows(l, l->order, e);
  PetscCall(BlockCyclicSolveLowerRight(a0, e));
  for (int64_t j = 0; j < e->local_columns; j++) {
    for (int64_t t = 0; t < e->local_rows; t++) {
      if (BlockCyclicGlobal(t, e->row_block, e->grid->row, e->grid->rows) >= first) {
        sum += e->values[t + j * (int64_t)e->leading] * e->values[t + j * (int64_t)e->leading];
      }
    }
  }
  PetscCallMPI(MPI_Allreduce(&sum, value, 1, MPI_DOUBLE, MPI_SUM, e->grid->comm));
  *value /= (double)l->n * (double)LatticeRows(l, l->order, first);
  PetscFunctionReturn(0);
}
