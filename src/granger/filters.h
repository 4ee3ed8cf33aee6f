/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FILTERS_H
#define CAUSEWAY_FILTERS_H

#include "basis.h"

/* What is subtracted from the series of a regression. */
typedef enum {
  HIGHPASS_NONE,
  HIGHPASS_BOTH,  /* the running mean, from targets and terms */
  HIGHPASS_AHEAD, /* the mean of later samples, from targets alone: it holds no past of the target, so an influence of the
                     target on a source cannot look like one of the source */
} Highpass;

/*
  The filters by which series enter a regression: filter 0 makes the target, filters 1 .. n_terms the terms of a source,
    x_k(t) = sum over lags l = 0 .. reach of weight[k][l] x(t - l).
  A row belongs to the latest sample that it needs, so the sample that a target is about is at lag `delay`.
*/
typedef struct {
  int64_t n_filters;    /* n_terms + 1 */
  int64_t reach, delay; /* [samples] */
  double *weight;       /* (n_filters, reach + 1) */

  /* The terms in two steps: x_k(t) = y_k(t) - sum over d = -n_mean .. n_mean of mean[n_mean + d] y_k(t - d), where
     y_k(t) = sum over l = 1 .. span of plain[k - 1][l - 1] x(t - l). A row is then `delay` samples later than t. */
  int64_t span, n_mean;
  double *plain,
      *mean; /* (n_terms, span), (2 n_mean + 1); mean is NULL without a high-pass of the terms */
} Filters;

/* Samples before a row that filters need. Not collective. */
int64_t FiltersReach(const Basis *basis, Highpass highpass, double width);

/* width: of the Gaussian weights of the running mean [samples]. Not collective; freed with FiltersFree(). */
PetscErrorCode FiltersCreate(const Basis *basis, Highpass highpass, double width, Filters *filters);
PetscErrorCode FiltersFree(Filters *filters);

/*@
  FiltersApply - the series of some filters of one neuron

  Not collective
  Input:  first, number - of the filters
          x             - (reach + n) samples
  Output: series - (number, n) at samples reach .. reach + n - 1
  Cost:   2 number (reach + 1) flops for each sample that is not zero
@*/
void FiltersApply(const Filters *filters, int64_t first, int64_t number, int64_t n,
                  const double x[], double series[]);

#endif
