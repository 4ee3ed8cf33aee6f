/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LAG_MATRIX_H
#define CAUSEWAY_LAG_MATRIX_H

#include "causeway/activity.h"

#include "causeway/internal/linalg/blockcyclic.h"

#include "filters.h"

/* The regression written out: a row for each sample whose lags are in its segment, columns less their means,
   which a constant in the regression would take up. */
typedef struct {
  ProcessGrid columns; /* one row of ranks, each owning the columns of its neurons */
  int64_t n_rows;
  BlockCyclic past;    /* (rows, N p) source-major: x_j(t - k), k = 1 .. p, or filters */
  BlockCyclic present; /* (rows, N) x_i(t), or filtered */
} LagMatrix;

/*@
  LagMatrixCreate - builds the lag matrix; freed with LagMatrixFree()

  Collective
  Input:  row_block - rows of a block; all are on every rank
  Memory: rows (p + 1) N numbers / ranks, p the terms of a neuron
@*/
PetscErrorCode LagMatrixCreate(Activity activity, const Filters *filters, int row_block,
                               LagMatrix *matrix);
PetscErrorCode LagMatrixFree(LagMatrix *matrix);

#endif
