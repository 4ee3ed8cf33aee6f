/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_REGRESSION_H
#define CAUSEWAY_SPIKE_REGRESSION_H

#include "choice/spike_filters.h"

/* Spikes of a few neurons over one stretch of time, and their correlograms. */
typedef struct {
  int64_t n, n_spikes, n_samples;
  const int32_t *neuron; /* (n_spikes), in the order of time */
  const int64_t *sample; /* (n_spikes) */
  const double *count;   /* (n_spikes) of the bin */
  double *total;         /* (n) spikes */
  int64_t widest;        /* largest distance [samples] */
  double *
      correlogram; /* (n, n, 2 widest + 1): pairs of spikes of the second neuron at a distance after the first */
} Correlograms;

/* Counts the correlograms; the arrays are borrowed. Not collective; freed with CorrelogramsFree(). */
PetscErrorCode CorrelogramsCreate(int64_t n, int64_t n_samples, int64_t n_spikes,
                                  const int32_t neuron[], const int64_t sample[],
                                  const double count[], int64_t widest, Correlograms *trains);
PetscErrorCode CorrelogramsFree(Correlograms *trains);

/*@
  SpikeRegression - F and heteroscedasticity-consistent statistics of all pairs of few neurons from their spikes alone

  All products are sums of correlograms over the overlaps of filters; no series is formed. The robust statistic takes squared
  residuals at spikes of the target, at most `most` of them, and their mean elsewhere, where they hardly vary.

  Not collective
  Output: f - (n targets, n sources) the smaller of F and the robust statistic over its degrees of freedom; NAN on the
              diagonal and where there is none
  Cost:   (n K)^3 + n most (2 (n K)^2 + n K^2) flops
@*/
PetscErrorCode SpikeRegression(const Correlograms *trains, const SpikeFilters *filters,
                               int64_t most, double *f);

#endif
