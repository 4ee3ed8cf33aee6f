/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PAIRS_H
#define CAUSEWAY_PAIRS_H

#include "granger_impl.h"

#include "tail.h"

/* Sink for the statistics of pairs, in any order: stores whole matrices, or the few selected
   pairs. */
typedef struct {
  Granger granger;
  const Partition *partition;
  double *gc, *f_statistic, *p_value; /* (n_local, N); p_value NULL for resamples */
  const double
      *robust; /* (n_local, N) of RobustStatistic(), or NULL; the smaller of it and F counts */
  const double *factor; /* (n_local, N) that F is divided by where there is a robust statistic */
  SparseScores sparse;  /* instead of them, or NULL; borrowed */
  PetscBool allocated;  /* gc and f_statistic are those of PairSinkRows() */
  Tail tail;
  double largest_p, least_f; /* limits of a selection by significance: the level, and its F */
} PairSink;

/* Allocates matrices for ratios and F of whole rows if the sink selects pairs. Not collective. */
PetscErrorCode PairSinkRows(PairSink *sink);

/* Called before the first pair; free_rows: second degrees of freedom of F. Not collective. */
PetscErrorCode PairSinkOpen(PairSink *sink, double free_rows);

/* Takes the relative growth of the residual without the source, and F, for local target `row` and
   sources [first, first + count). `ratio` and `f` may be the sink's own rows. Not collective. */
PetscErrorCode PairSinkPut(PairSink *sink, int64_t row, int64_t first, int64_t count,
                           const double *ratio, const double *f);

/* Computes all pairs from the relative growth in gc, with (order, free_rows) degrees of freedom.
   Not collective. */
PetscErrorCode PairSinkFill(PairSink *sink, double free_rows);
PetscErrorCode PairSinkFree(PairSink *sink);

/* Description of the test behind the p-values. */
extern const char *const PairTests[];

/* opposite[i][j] = values[j][i], both (n_local, N). Collective. */
PetscErrorCode PairsOpposite(const Partition *partition, const double *values, double *opposite);

/* Tail probability of a pair's statistic divided by `scale`; 1 on the diagonal, NaN where too few
   coincidences are expected. Not collective. */
double PairTail(Granger granger, const Tail *tail, int64_t target, int64_t source, double statistic,
                double scale);

#endif
