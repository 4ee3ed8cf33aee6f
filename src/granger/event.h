/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EVENT_H
#define CAUSEWAY_EVENT_H

#include "granger_impl.h"

/*@
  EventSolve - how much the events of each source improve the prediction of each target's next value, beside the
  events of all other sources and the target's own past

  y_i(t) is regressed on a constant, the event indicators s_j(t - 1) of all neurons, and terms of its own: v, v^2, v^3
  and s at lags 1 to 3, traces x(t) = exp(-1 / tau) x(t - 1) + s(t - 1) and x(t) v(t - 1) for tau of 10 and 50 samples.
  Samples at which the target has an event itself are left out. The Gram matrix of the indicators is inverted once;
  each target adds a border of its own terms and of what its left-out samples take away, which is removed by its Schur
  complement. Up to N left-out samples are an indicator each, whose products with the inverse are sums over the few
  sources of the sample; more are turned into at most N columns that take away the same.

  Collective
  Output: gc      - (n_local, N) log(RSS without the source / RSS with it) [1]; 0 for a source of fewer than
                    EVENT_FEWEST events, and for one that the target's rows cannot tell from other terms
          p_value - (n_local, N) of F with 1 and (rows - unknowns) degrees of freedom
          granger->info - flops
  Errors: CAUSEWAY_ERR_USER when no neuron has events enough, a target has too few samples or does not vary between
          its events, or the events of a neuron are a combination of others'
  Cost:   E r / ranks for the Gram matrix, with E events of all neurons and r in one sample; 8 N^3 / 3 flops / ranks
          for its inverse; for each target with l left-out samples and q <= 17 + min(l, N) columns 36 N^2 + N q^2 +
          q^3 / 3 + 2 N l r, or 2 N^2 q + 3 N q^2 when l > N, 36 for each event of all neurons, and 1300 for each row.
          The inverse, 8 N^2 bytes, passes by every rank once for each chunk of targets
  Memory: EventMemory()
  Source: bordering as in Golub & Van Loan, Matrix Computations, 6.5
@*/
PetscErrorCode EventSolve(Granger granger, const ProcessGrid *grid, Activity activity, double *gc,
                          double *p_value);

/*@
  EventCheck - refuses what has no event regression, before anything is computed: no events, or neurons that do not vary
  between their events, as trains of spikes

  Collective. Cost: one pass over the local samples
@*/
PetscErrorCode EventCheck(Activity activity);

/* Numbers of double precision on the fullest rank, when a neuron has an event in at most one of 20 samples. Not
   collective. */
double EventMemory(int ranks, int64_t n_neurons, int64_t n_samples);

/* A constant, 9 powers of values, at most 3 events, 4 of traces. Neurons with a single event are no sources: in a
   large population some of them have it in the same sample. */
enum { EVENT_LAGS = 3, EVENT_OWN = 17, EVENT_WIDTH = EVENT_OWN + 1, EVENT_FEWEST = 2 };

/* The common sources. A row is a sample t with t - EVENT_LAGS .. t in one segment. */
typedef struct {
  Activity activity;
  const Partition *part;
  const ProcessGrid *grid;
  int block;
  int64_t n, n_rows, n_active; /* neurons; rows; neurons that are sources */
  int64_t *row_of;             /* (T) row of a sample, or -1 */
  int64_t *row_start;          /* (n_rows + 1) into sources */
  int32_t *sources;  /* those with an event at the sample before a row, by row, ascending */
  int64_t *n_events; /* (N) such events, 0 of neurons that are no sources */
  double *diagonal;  /* (N) of the inverse of the Gram matrix of the indicators */
  double *inverse;   /* (n_local, N) of it; symmetric */
} EventSources;

/* Collective; freed with EventSourcesFree() even after an error. */
PetscErrorCode EventSourcesCreate(Activity activity, const ProcessGrid *grid, int block,
                                  EventSources *sources);
PetscErrorCode EventSourcesFree(EventSources *sources);

/* What a target adds to the shared regression. */
typedef struct {
  int64_t target;                /* local index */
  int64_t n_own, n_left;         /* columns of own terms, and of what is left out */
  int64_t n_excluded, *excluded; /* rows that are left out */
  PetscBool squeezed;      /* columns of EventSqueeze(), else an indicator for each left-out row */
  double power, variation; /* squares of the target less its own terms, and less its mean */
  double *
      cross; /* (N, n_own + 1) of own terms and target with the indicators; squeezed columns behind */
  double *solved; /* inverse times cross */
  double *left;   /* (N, n_left) inverse times what is left out */
} EventBorder;

/*@
  EventOwn - an orthonormal basis of a local target's own terms

  Left-out rows are zero in all columns, so that the basis and the target are orthogonal to what those rows take away.
  Terms that are combinations of others are dropped.

  Not collective
  Output: own    - (n_rows, EVENT_WIDTH): n_own columns of the basis, then the target less its projection on them
          border - target, n_own, n_excluded, excluded (to be freed), power, variation
@*/
PetscErrorCode EventOwn(const EventSources *sources, int64_t target, double *own,
                        EventBorder *border);

/*@
  EventSqueeze - at most N columns that take away the same as the indicators of all left-out rows

  S'EE'S = BB', with S the indicators of the sources and E those of the rows. Not collective.
  Output: columns - (N, N), of which the first n_left are B
@*/
PetscErrorCode EventSqueeze(const EventSources *sources, const EventBorder *border, double *columns,
                            int64_t *n_left);

/*@
  EventBorderSolve - removes the border from the shared solution

  Not collective
  Output: growth - (N) growth of the residual sum of squares without each source
          residual, used - residual sum of squares, columns of the border that are not redundant
          flops - are added
@*/
PetscErrorCode EventBorderSolve(const EventSources *sources, const EventBorder *border,
                                double *growth, double *residual, int64_t *used, double *flops);

#endif
