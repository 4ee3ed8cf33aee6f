/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EVENT_REGRESSION_H
#define CAUSEWAY_EVENT_REGRESSION_H

#include "granger_impl.h"

/*@
  EventSolve - measures how much the events of each source improve the prediction of each target's
               next value, given the events of all other sources and the target's own past

  y_i(t) is regressed on a constant, the event indicators s_j(t - 1) of all neurons, and terms of
  its own past: v, v^2, v^3 and s at lags 1 to 3, traces x(t) = exp(-1 / tau) x(t - 1) + s(t - 1)
  and x(t) v(t - 1) for tau of 10 and 50 samples. Samples at which the target itself has an event
  are left out. The Gram matrix of the indicators is inverted once; each target adds a border of its
  own terms and of columns that remove its left-out samples. The border is eliminated by its Schur
  complement. Up to N left-out samples have one indicator each, whose products with the inverse are
  sums over the few sources of the sample; more are replaced by at most N columns with the same
  effect.

  Collective
  Output: gc      - (n_local, N) log(RSS without the source / RSS with it) [1]; 0 for a source with
                    fewer than EVENT_FEWEST events, and for one that is not identifiable in the
                    target's rows
          p_value - (n_local, N) of F with 1 and (rows - unknowns) degrees of freedom
          granger->info - flops
  Errors: CAUSEWAY_ERR_USER when no neuron has enough events, a target has too few samples or is
          constant between its events, or the events of a neuron are a linear combination of others'
  Cost:   E r / ranks for the Gram matrix, with E events of all neurons and r in one sample; 8 N^3 /
          3 flops / ranks for its inverse; for each target with l left-out samples and q <= 17 +
          min(l, N) columns 36 N^2 + N q^2 + q^3 / 3 + 2 N l r, or 2 N^2 q + 3 N q^2 when l > N, 36
          for each event of all neurons, and 1300 for each row. Each rank receives the inverse, 8
          N^2 bytes, once for each chunk of targets
  Memory: EventMemory()
  Source: bordering as in Golub & Van Loan, Matrix Computations, 6.5
@*/
PetscErrorCode EventSolve(Granger granger, const ProcessGrid *grid, Activity activity, double *gc,
                          double *p_value);

/*@
  EventCheck - refuses an activity without an event regression, before anything is computed: no
               events, or neurons that are constant between their events, such as spike trains

  Collective. Cost: one pass over the local samples
@*/
PetscErrorCode EventCheck(Activity activity);

/* Memory [8-byte numbers] on the fullest rank, if neurons have an event in at most one of 20
   samples. Not collective. */
double EventMemory(int ranks, int64_t n_neurons, int64_t n_samples);

/* Own terms: a constant, 9 powers of values, at most 3 events, 4 terms of traces. Neurons with a
   single event are not sources, because in a large population some of them share its sample. */
enum { EVENT_LAGS = 3, EVENT_OWN = 17, EVENT_WIDTH = EVENT_OWN + 1, EVENT_FEWEST = 2 };

/* Sources shared by all targets. A row is a sample t with t - EVENT_LAGS .. t in one segment. */
typedef struct {
  Activity activity;
  const Partition *part;
  const ProcessGrid *grid;
  int block;
  int64_t n, n_rows, n_active; /* neurons; rows; neurons that are sources */
  int64_t *row_of;             /* (T) row of a sample, or -1 */
  int64_t *row_start;          /* (n_rows + 1) into sources */
  int32_t *sources;  /* sources with an event at the sample before a row, by row, ascending */
  int64_t *n_events; /* (N) number of such events, 0 for neurons that are not sources */
  double *diagonal;  /* (N) of the inverse of the Gram matrix of the indicators */
  double *inverse;   /* (n_local, N) of it; symmetric */
} EventSources;

/* Collective; freed with EventSourcesFree() even after an error. */
PetscErrorCode EventSourcesCreate(Activity activity, const ProcessGrid *grid, int block,
                                  EventSources *sources);
PetscErrorCode EventSourcesFree(EventSources *sources);

/* Columns that a target adds to the shared regression. */
typedef struct {
  int64_t target;                /* local index */
  int64_t n_own, n_left;         /* columns of own terms, and of left-out rows */
  int64_t n_excluded, *excluded; /* rows that are left out */
  PetscBool squeezed; /* columns from EventSqueeze(), else one indicator per left-out row */
  double power,
      variation;  /* sums of squares of the target minus its own terms, and minus its mean */
  double *cross;  /* (N, n_own + 1) own terms and target times indicators; then squeezed columns */
  double *solved; /* inverse times cross */
  double *left;   /* (N, n_left) inverse times the columns of left-out rows */
} EventBorder;

/*@
  EventOwn - computes an orthonormal basis of a local target's own terms

  Left-out rows are zero in all columns, so that the basis and the target are orthogonal to the
  indicators of those rows. Terms that are linear combinations of others are dropped.

  Not collective
  Output: own    - (n_rows, EVENT_WIDTH): n_own columns of the basis, then the target minus its projection on them
          border - target, n_own, n_excluded, excluded (to be freed), power, variation
@*/
PetscErrorCode EventOwn(const EventSources *sources, int64_t target, double *own,
                        EventBorder *border);

/*@
  EventSqueeze - computes at most N columns with the same effect as the indicators of all left-out
                 rows

  S'EE'S = BB', with S the indicators of the sources and E those of the rows. Not collective.
  Output: columns - (N, N), of which the first n_left are B
@*/
PetscErrorCode EventSqueeze(const EventSources *sources, const EventBorder *border, double *columns,
                            int64_t *n_left);

/*@
  EventBorderSolve - eliminates the border from the shared solution

  Not collective
  Output: growth - (N) growth of the residual sum of squares without each source
          residual, used - residual sum of squares, columns of the border that are not redundant
          flops - incremented
@*/
PetscErrorCode EventBorderSolve(const EventSources *sources, const EventBorder *border,
                                double *growth, double *residual, int64_t *used, double *flops);

#endif
