/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LAG_MATRIX_H
#define CAUSEWAY_LAG_MATRIX_H

#include "causeway/activity.h"

#include "blockcyclic.h"

/* The regression written out: a row for each sample whose lags are in its segment, columns less their means,
   which a constant in the regression would take up. */
typedef struct {
  ProcessGrid columns; /* one row of ranks, which own the columns of their neurons */
  int64_t n_rows;
  BlockCyclic past;    /* (rows, N p) source-major: x_j(t - k), k = 1 .. p */
  BlockCyclic present; /* (rows, N) x_i(t) */
} LagMatrix;

/*@
  LagMatrixCreate - freed with LagMatrixFree()

  Collective
  Input:  row_block - rows of a block; all are on every rank
  Memory: rows (p + 1) N numbers / ranks
@*/
PetscErrorCode LagMatrixCreate(Activity activity, int64_t order, int row_block, LagMatrix *matrix);
PetscErrorCode LagMatrixFree(LagMatrix *matrix);

#endif
