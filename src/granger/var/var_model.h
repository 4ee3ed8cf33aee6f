/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_VAR_MODEL_H
#define CAUSEWAY_VAR_MODEL_H

#include "causeway/partition.h"

#include "causeway/internal/linalg/blockcyclic.h"

/* Vector autoregression x(t) = sum_k A_k x(t - k) + e(t), cov(e) = S, in distributed matrices. */
typedef struct {
  int64_t n, order;
  BlockCyclic *lags;  /* [order] (N targets, N sources): A_1 .. A_order */
  BlockCyclic factor; /* (N, N) L with S = L L', zeros above the diagonal */
} VarModel;

/* Creates zero matrices in blocks of `block` neurons. Collective. */
PetscErrorCode VarModelCreate(const ProcessGrid *grid, int64_t n, int block, int64_t order,
                              VarModel *model);
/* Also accepts a zeroed struct that was never created. */
PetscErrorCode VarModelFree(VarModel *model);

/* (N) S_ii, on every rank. Collective. */
PetscErrorCode VarModelVariances(const VarModel *model, double *variances);

/*@
  VarModelRadius - computes the modulus of the largest eigenvalue of the companion matrix; below 1,
                   the model is stable

  Collective
  Input:  limit  - radii well below it need not be exact
  Output: radius - from the growth of a response without noise, within a percent when it is near
                   `limit`
  Cost:   2 p N^2 flops / ranks in each of 64 steps, 1024 near the limit
@*/
PetscErrorCode VarModelRadius(const VarModel *model, double limit, double *radius);

#endif
