/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_FILTERS_H
#define CAUSEWAY_SPIKE_FILTERS_H

#include "basis.h"

/*
  The filters by which spikes enter a regression: filter 0 makes the target, filters 1 .. n_terms the terms of a source. With a
  high-pass of width sigma each is f - g * f, g the Gaussian of that width cut off at three widths.
*/
typedef struct {
  int64_t n_filters; /* n_terms + 1 */
  int64_t first,
      last; /* lags at which some filter is not zero: x(t) = sum over lags l of filter(l) spikes(t - l) */
  double *weight; /* (n_filters, last - first + 1) */
  double *sum;    /* (n_filters) of the weights */
  int64_t widest; /* largest distance of two spikes whose responses overlap, last - first */
  double *
      overlap; /* (n_filters, n_filters, 2 widest + 1): sum over u of filter_a(u) filter_b(u - distance) */
} SpikeFilters;

/* width: of the high-pass [samples], 0 for none. Not collective; freed with SpikeFiltersFree(). */
PetscErrorCode SpikeFiltersCreate(const Basis *basis, double width, SpikeFilters *filters);
PetscErrorCode SpikeFiltersFree(SpikeFilters *filters);

#endif
