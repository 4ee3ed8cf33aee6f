/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Triangular solution on a grid of one row: the panels of the factor go to all ranks one by one, and the right-hand sides,
   whose columns are whole, stay in place. ScaLAPACK's solver would move those too. */
#include "panel_solve.h"
#include "causeway/internal/core/blas.h"

typedef struct {
  const BlockCyclic *factor;
  BlockCyclic *b;
  int first, width,
      rows; /* first column of the panel, number of columns, and of rows from the diagonal on */
  double *values; /* (width, rows) */
} PanelSolve;

/* Broadcasts a panel of the factor to all ranks. */
static PetscErrorCode fetch_panel(PanelSolve *s, int panel)
{
  const BlockCyclic *l = s->factor;
  const int owner = panel % l->grid->columns;

  PetscFunctionBegin;
  s->first = panel * l->column_block;
  s->width = PetscMin(l->column_block, l->n_columns - s->first);
  s->rows = l->n_rows - s->first;
  if (l->grid->column == owner) {
    const int64_t column = (int64_t)(panel / l->grid->columns) * l->column_block;

    for (int k = 0; k < s->width; k++) {
      PetscCall(PetscArraycpy(s->values + (int64_t)k * s->rows,
                              l->values + (column + k) * l->leading + s->first, s->rows));
    }
  }
  PetscCallMPI(MPI_Bcast(s->values, s->width * s->rows, MPI_DOUBLE, owner, l->grid->row_comm));
  PetscFunctionReturn(0);
}

/* Solves the rows of B at the panel with its triangle. */
static void solve_triangle(const PanelSolve *s, CBLAS_TRANSPOSE transposed)
{
  cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, transposed, CblasNonUnit, s->width,
              s->b->local_columns, 1.0, s->values, s->rows, s->b->values + s->first, s->b->leading);
}

/* Subtracts the panel's rows of B from those below, or when transposed the rows below from the panel's. */
static void update(const PanelSolve *s, CBLAS_TRANSPOSE transposed)
{
  const int below = s->rows - s->width, leading = s->b->leading;
  double *at = s->b->values + s->first, *under = at + s->width;

  if (below == 0) {
    return;
  }
  if (transposed == CblasNoTrans) {
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, below, s->b->local_columns, s->width,
                -1.0, s->values + s->width, s->rows, at, leading, 1.0, under, leading);
  } else {
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, s->width, s->b->local_columns, below, -1.0,
                s->values + s->width, s->rows, under, leading, 1.0, at, leading);
  }
}

PetscErrorCode BlockCyclicSolvePanels(const BlockCyclic *factor, PetscBool transposed,
                                      BlockCyclic *b)
{
  const int n_panels = (factor->n_columns + factor->column_block - 1) / factor->column_block;
  PanelSolve s = {.factor = factor, .b = b};

  PetscFunctionBegin;
  PetscCall(PetscMalloc1((int64_t)factor->n_rows * factor->column_block, &s.values));
  for (int k = 0; k < n_panels; k++) {
    PetscCall(fetch_panel(&s, transposed ? n_panels - 1 - k : k));
    if (b->local_columns == 0) {
      continue;
    }
    if (transposed) {
      update(&s, CblasTrans);
      solve_triangle(&s, CblasTrans);
    } else {
      solve_triangle(&s, CblasNoTrans);
      update(&s, CblasNoTrans);
    }
  }
  PetscCall(PetscFree(s.values));
  PetscFunctionReturn(0);
}
