/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EVENT_H
#define CAUSEWAY_EVENT_H

#include "granger_impl.h"

/*@
  EventSolve - how much the events of each source improve the prediction of each target's next value, beside the events
  of all other sources and the target's own past

  y_i(t) is regressed on a constant, the event indicators s_j(t - 1) of all neurons, and terms of its own: v, v^2, v^3 and
  s at lags 1 to 3, traces x(t) = exp(-1 / tau) x(t - 1) + s(t - 1) and x(t) v(t - 1) for tau of 10 and 50 samples. Samples
  at which the target has an event itself are left out. The Gram matrix of the indicators is factored once; each target
  adds a border of its own terms and of an indicator for every sample that it leaves out, which is removed by its Schur
  complement.

  Collective
  Output: gc      - (n_local, N) log(RSS without the source / RSS with it) [1], 0 for sources without events
          p_value - (n_local, N) of F with 1 and (rows - unknowns) degrees of freedom
  Errors: CAUSEWAY_ERR_USER when no neuron has events, a target has too few samples, or two neurons have the same events
  Cost:   T N^2 / ranks flops for the Gram matrix, N^3 / 3 for its factor; for each target with q columns in its border
          2 N^2 q + q^2 (N + q / 3), and 16 for each event of all neurons
  Memory: 24 T N / ranks bytes for the indicators, 8 bytes for each event of all neurons on every rank, 24 N q
  Source: see methods in README; bordering as in Golub & Van Loan, Matrix Computations, 6.5
@*/
PetscErrorCode EventSolve(Granger granger, const ProcessGrid *grid, Activity activity, double *gc,
                          double *p_value);

/* The own terms of a target, less their means and scaled to unit length. */
enum { OWN_LAGS = 3, OWN_TERMS = 15 };

/* A target's regression beside the shared one. Columns: own terms, samples that are left out, the target itself. */
typedef struct {
  int64_t target, n_rows, n_columns; /* local index; common rows; own terms and samples left out */
  double *own;                       /* (n_rows, OWN_TERMS + 1) row-major, the target last */
  int64_t n_excluded, *excluded;     /* rows */
} EventBorder;

/*@
  EventBorderFill - own terms and samples left out of a local target

  Not collective
  Input: row_of - (T) row of a sample, or -1
  In/out: border - with room for n_rows x (OWN_TERMS + 1) numbers and n_rows rows
@*/
void EventBorderFill(Activity activity, const int64_t *row_of, int64_t target, EventBorder *border);

/*@
  EventBorderSolve - removes the border from the shared solution

  Not collective
  Input: diagonal - (N) of the inverse of the shared Gram matrix
         cross    - (N, n_columns + 1) products of the indicators with the border
         solved   - (N, n_columns + 1) shared inverse times `cross`
  Output: growth - (N) growth of the residual sum of squares without each source
          residual, used - residual sum of squares, columns of the border that are not redundant
@*/
PetscErrorCode EventBorderSolve(const EventBorder *border, int64_t n, const double *diagonal,
                                const double *cross, double *solved, double *growth,
                                double *residual, int64_t *used);

#endif
