/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EVENT_REGRESSION_H
#define CAUSEWAY_EVENT_REGRESSION_H

#include "granger_impl.h"

/* How events enter, and which rows are left out. */
typedef struct {
  const Basis *filters; /* of the sources; NULL for their events at the last sample; borrowed */
  int64_t refractory;   /* samples left out after an event of the target, beside its own sample */
} EventTerms;

/* Matrices (n_local, N) that are filled; borrowed. */
typedef struct {
  double *gc, *p_value;            /* always */
  double *weight, *sign, *latency; /* with filters */
} EventScores;

/*@
  EventSolve - measures how much the events of each source improve the prediction of each target's
               next value, given the events of all other sources and the target's own past

  y_i(t) is regressed on a constant, the event indicators s_j(t - 1) of all neurons, and terms of
  its own past: v, v^2, v^3 and s at lags 1 to 3, traces x(t) = exp(-1 / tau) x(t - 1) + s(t - 1)
  and x(t) v(t - 1) for tau of 10 and 50 samples. Samples at which the target itself has an event,
  and the refractory ones after them, are left out. The Gram matrix of the indicators is inverted
  once; each target adds a border of its own terms and of columns that remove its left-out samples.
  The border is eliminated by its Schur complement. Up to N left-out samples have one indicator
  each, whose products with the inverse are sums over the few sources of the sample; more are
  replaced by at most N columns with the same effect.

  With filters a source enters through K of them, sum over l of phi_k(l) s_j(t - l), which are
  tested together; see EventSolveFiltered().

  Collective
  Output: gc      - (n_local, N) log(RSS without the source / RSS with it) [1]; 0 for a source with
                    fewer than EVENT_FEWEST events, and for one that is not identifiable in the
                    target's rows
          p_value - (n_local, N) of F with K (without filters 1) and (rows - unknowns) degrees of
                    freedom
          weight  - (n_local, N) sum of the K coefficients, which is that of the kernel, in units of
                    the target before normalisation
          sign    - (n_local, N) of the weight
          latency - (n_local, N) lag of the kernel's peak in the direction of the sign [ms]
          granger->info - flops
  Errors: CAUSEWAY_ERR_USER when no neuron has enough events, a target has too few samples or is
          constant between its events, or the events of a neuron are a linear combination of others'
  Cost:   without filters E r / ranks for the Gram matrix, with E events of all neurons and r in one
          sample; 8 N^3 / 3 flops / ranks for its inverse; for each target with l left-out samples
          and q <= 17 + min(l, N) columns 36 N^2 + N q^2 + q^3 / 3 + 2 N l r, or 2 N^2 q + 3 N q^2
          when l > N, 36 for each event of all neurons, and 1300 for each row. Each rank receives
          the inverse, 8 N^2 bytes, once for each chunk of targets
  Memory: EventMemory()
  Source: bordering as in Golub & Van Loan, Matrix Computations, 6.5
@*/
PetscErrorCode EventSolve(Granger granger, const ProcessGrid *grid, Activity activity,
                          const EventTerms *terms, const EventScores *scores);

/*@
  EventCheck - refuses an activity without an event regression, before anything is computed: no
               events, or neurons that are constant between their events, such as spike trains

  Collective. Cost: one pass over the local samples
@*/
PetscErrorCode EventCheck(Activity activity);

/* Memory [8-byte numbers] on the fullest rank, if neurons have an event in at most one of 20
   samples. n_filters: of each source, 0 for none; leaves_more: whether samples after events are left
   out too. Not collective. */
double EventMemory(int ranks, int64_t n_neurons, int64_t n_samples, int64_t n_filters,
                   PetscBool leaves_more);

/* Own terms: a constant, 9 powers of values, at most 3 events, 4 terms of traces. Neurons with a
   single event are not sources, because in a large population some of them share its sample. */
enum { EVENT_LAGS = 3, EVENT_OWN = 17, EVENT_WIDTH = EVENT_OWN + 1, EVENT_FEWEST = 2 };

/* Sources shared by all targets. A row is a sample t with t - EVENT_LAGS .. t, and t - reach .. t,
   in one segment. */
typedef struct {
  Activity activity;
  const Partition *part;
  const ProcessGrid *grid;
  int block;                     /* neurons of a block of matrices */
  const Basis *filters;          /* or NULL */
  int64_t n_terms, reach;        /* terms of a source and samples that they reach back, else 1 */
  int64_t refractory;            /* see EventTerms */
  int64_t n, n_rows, n_active;   /* neurons; rows; neurons that are sources */
  int64_t *row_of;               /* (T) row of a sample, or -1 */
  int64_t *position, *sample_of; /* with filters: (T) samples of the segment before; (n_rows) */
  int64_t n_slots;      /* rows for the events at the sample before, with filters all T samples */
  int64_t *event_start; /* (n_slots + 1) into sources */
  int32_t *sources;     /* sources with an event, by slot, ascending in each */
  int64_t *n_events;    /* (N) number of such events, 0 for neurons that are not sources */
  double *diagonal;     /* (N) of the inverse of the Gram matrix of the indicators */
  double *inverse;      /* (n_local, N) of it; symmetric */
  double *gram;         /* with filters instead: (n_local K, N K) the matrix itself */
} EventSources;

/* Collective; freed with EventSourcesFree() even after an error. */
PetscErrorCode EventSourcesCreate(Activity activity, const ProcessGrid *grid, int block,
                                  const EventTerms *terms, EventSources *sources);
PetscErrorCode EventSourcesFree(EventSources *sources);

/* Terms of the sources in one row; those of others are 0. */
typedef struct {
  int64_t n_filled;
  int32_t *source; /* (n_filled) in any order */
  double *terms;   /* (n_filled, n_terms) */
  int64_t *place;  /* (N) of a source in this list, or -1 */
} EventRow;

/* Not collective; freed with EventRowFree(). */
PetscErrorCode EventRowCreate(const EventSources *sources, EventRow *row);
PetscErrorCode EventRowFree(EventRow *row);

/* Not collective. Cost: n_terms for each event that the row's terms reach */
void EventRowFill(const EventSources *sources, int64_t index, EventRow *row);

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

/* Upper bound of the rows that a local target leaves out. Not collective. */
int64_t EventMostExcluded(const EventSources *sources, int64_t target);

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

/*@
  EventTest - turns the growth of a target's residual into statistic and p-value

  Not collective
  Input:  unknowns - of the regression
          residual - its sum of squares
  In/out: growth   - (N) of the residual sum of squares without each source; its logarithmic ratio
  Output: p_value  - (N) of F with n_terms degrees of freedom; NAN for too few events
  Errors: CAUSEWAY_ERR_USER for too few rows, or an exact prediction
@*/
PetscErrorCode EventTest(const EventSources *sources, const EventBorder *border, int64_t unknowns,
                         double residual, double *growth, double *p_value);

/*@
  EventSolveFiltered - the regressions on filtered sources

  The columns of a source that are left out in a target's rows are too many for a border. Each target
  has a matrix of its own: the shared Gram matrix G of all filtered events, less the products of the
  left-out rows, and less CC' with C the products with the orthonormal own terms. After its
  factorisation LL' with pivots, b = (LL')^-1 c, and b_j' [((LL')^-1)_jj]^-1 b_j is the growth of the
  residual without source j. A source with a column that depends on others in the target's rows is
  not identifiable, nor are those that it depends on.

  Collective
  Input:  n_fitted - see GrangerFreeRows()
  In/out: flops - incremented
  Cost:   with m = N K: rows u^2 / ranks for G, u the terms of a row that are not 0; for each target
          2 / 3 m^3 + 17 m^2 + m^2 K for the regression, 36 reach for each event of all neurons, l u^2
          for l left-out rows, and 1300 for each row. Each rank receives G, 8 m^2 bytes, once for each
          of its targets
@*/
PetscErrorCode EventSolveFiltered(const EventSources *sources, int64_t n_fitted,
                                  const EventScores *scores, double *flops);

/* Its memory [8-byte numbers] on a rank, beside events and the Gram matrix. Not collective. */
double EventFilteredMemory(double n_columns, double n_samples);

/* Regression of one target on m filtered columns, factored in place. */
typedef struct {
  int64_t m;
  double *matrix;      /* (m, m) lower triangle: less the own terms */
  double *cross;       /* (m) products with the target less its own terms */
  const double *scale; /* (m) 1 / length of a column over all rows, 0 of an empty one */
  double power;        /* sum of squares of the target less its own terms */
} EventSystem;

/*@
  EventSystemSolve - coefficients and growth of the residual without each source

  Not collective
  In/out: system - matrix and cross are destroyed
  Output: growth   - (N)
          b        - (m) coefficients; 0 of sources that are not identifiable
          residual - sum of squares; rank - columns that do not depend on others
@*/
PetscErrorCode EventSystemSolve(const EventSources *sources, EventSystem *system, double *growth,
                                double *b, double *residual, int64_t *rank);

#endif
