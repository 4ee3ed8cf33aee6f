/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "var/var_model.h"

#include <math.h>

PetscErrorCode VarModelCreate(const ProcessGrid *grid, int64_t n, int block, int64_t order,
                              VarModel *model)
{
  PetscFunctionBegin;
  *model = (VarModel){.n = n, .order = order};
  PetscCall(PetscCalloc1(order, &model->lags));
  for (int64_t k = 0; k < order; k++) {
    PetscCall(BlockCyclicCreate(grid, n, n, block, block, &model->lags[k]));
  }
  PetscCall(BlockCyclicCreate(grid, n, n, block, block, &model->factor));
  PetscFunctionReturn(0);
}

PetscErrorCode VarModelFree(VarModel *model)
{
  PetscFunctionBegin;
  for (int64_t k = 0; k < model->order; k++) {
    PetscCall(BlockCyclicFree(&model->lags[k]));
  }
  PetscCall(PetscFree(model->lags));
  PetscCall(BlockCyclicFree(&model->factor));
  *model = (VarModel){0};
  PetscFunctionReturn(0);
}

PetscErrorCode VarModelVariances(const VarModel *model, double *variances)
{
  const BlockCyclic *l = &model->factor;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(variances, model->n));
  for (int64_t j = 0; j < l->local_columns; j++) {
    for (int64_t i = 0; i < l->local_rows; i++) {
      const double entry = l->values[i + j * (int64_t)l->leading];

      variances[BlockCyclicGlobal(i, l->row_block, l->grid->row, l->grid->rows)] += entry * entry;
    }
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, variances, (int)model->n, MPI_DOUBLE, MPI_SUM, l->grid->comm));
  PetscFunctionReturn(0);
}

/* Last `order` values of the response, in a ring, newest first. */
typedef struct {
  BlockCyclic *past; /* [order] (N, 1) */
  int64_t newest;
  double log_scale; /* logarithm of the factor divided out */
} Response;

static double squared_norm(const BlockCyclic *x)
{
  double sum = 0;

  for (int64_t i = 0; i < (int64_t)x->local_rows * x->local_columns; i++) {
    sum += x->values[i] * x->values[i];
  }
  return sum;
}

/* Takes one step; returns the logarithm of the growth of the state's norm since the start. */
static PetscErrorCode advance(const VarModel *m, Response *r, BlockCyclic *next, double *log_norm)
{
  const int64_t p = m->order, oldest = (r->newest + p - 1) % p;
  double norm = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < p; k++) {
    PetscCall(BlockCyclicMultiply(PETSC_FALSE, PETSC_FALSE, 1.0, &m->lags[k],
                                  &r->past[(r->newest + k) % p], k ? 1.0 : 0.0, next));
  }
  PetscCall(BlockCyclicCopy(next, &r->past[oldest]));
  r->newest = oldest;
  for (int64_t k = 0; k < p; k++) {
    norm += squared_norm(&r->past[k]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &norm, 1, MPI_DOUBLE, MPI_SUM, m->factor.grid->comm));
  if (norm == 0.0) { /* the model is nilpotent */
    *log_norm = -INFINITY;
    PetscFunctionReturn(0);
  }
  norm = sqrt(norm);
  for (int64_t k = 0; k < p; k++) {
    BlockCyclic *x = &r->past[k];

    for (int64_t i = 0; i < (int64_t)x->local_rows * x->local_columns; i++) {
      x->values[i] /= norm;
    }
  }
  r->log_scale += log(norm);
  *log_norm = r->log_scale;
  PetscFunctionReturn(0);
}

/* Starts every neuron at a different value. */
static void start_response(BlockCyclic *x)
{
  for (int64_t j = 0; j < x->local_columns; j++) {
    for (int64_t i = 0; i < x->local_rows; i++) {
      x->values[i + j * (int64_t)x->leading] =
          1.0 +
          0.5 * sin(1.0 + (double)BlockCyclicGlobal(i, x->row_block, x->grid->row, x->grid->rows));
    }
  }
}

PetscErrorCode VarModelRadius(const VarModel *m, double limit, double *radius)
{
  enum { FEW_STEPS = 64, MANY_STEPS = 1024 };
  const double margin = 0.1;
  Response r = {0};
  BlockCyclic next;
  double half = 0, now = 0;
  int steps = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(m->order, &r.past));
  PetscCall(BlockCyclicCreate(m->factor.grid, m->n, 1, m->factor.row_block, 1, &next));
  for (int64_t k = 0; k < m->order; k++) {
    PetscCall(BlockCyclicCreate(m->factor.grid, m->n, 1, m->factor.row_block, 1, &r.past[k]));
  }
  start_response(&r.past[0]);
  *radius = limit;
  for (int goal = FEW_STEPS; goal <= MANY_STEPS && *radius > limit - margin; goal *= 2) {
    while (steps < goal && isfinite(now)) {
      PetscCall(advance(m, &r, &next, &now));
      steps++;
      half = steps == goal / 2 ? now : half;
    }
    *radius = isfinite(now) ? exp((now - half) / (0.5 * goal)) : 0.0;
    half = now;
  }
  for (int64_t k = 0; k < m->order; k++) {
    PetscCall(BlockCyclicFree(&r.past[k]));
  }
  PetscCall(PetscFree(r.past));
  PetscCall(BlockCyclicFree(&next));
  PetscFunctionReturn(0);
}
