/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SOURCE_SERIES_H
#define CAUSEWAY_SOURCE_SERIES_H

#include "filters.h"
#include "spikes/spike_list.h"

/* Combinations of the terms of all neurons at consecutive samples, from the spikes: the residualised terms of some sources. There are
   two ways. From sample to sample, a spike adds a response of `span` samples, and the high-pass of the terms, which is the same for
   all, acts on the sum. Where few samples have spikes, only these are computed, from all spikes that the filters reach. */
typedef struct {
  const Filters *filters;
  const SpikeList *spikes;
  PetscBool by_rows;             /* the second way */
  int64_t stride;                /* of the rows that are wanted */
  int64_t n_most, n_columns;     /* most combinations at a time; present ones */
  int64_t length, leading;       /* most samples at a time; numbers from sample to sample */
  int64_t n_lags, n_response;    /* lags of a response; padded numbers of one */
  int64_t n_raw;                 /* padded numbers of `raw` */
  double *responses, *constants; /* (N, n_lags, leading); (n_columns), which are subtracted */
  double *raw;                   /* (samples, n_columns) before the high-pass */
  double *values;                /* (length, leading) */
} SourceSeries;

/*@
  SourceSeriesCreate - chooses the faster way, and how many of `n_columns` combinations are computed at a time

  Not collective
  Input: n_together - combinations that stay together: their number at a time is a multiple
         stride     - one of so many rows is wanted
@*/
PetscErrorCode SourceSeriesCreate(const Filters *filters, const SpikeList *spikes,
                                  int64_t n_columns, int64_t n_together, int64_t stride,
                                  SourceSeries *series);
PetscErrorCode SourceSeriesFree(SourceSeries *series);

/*@
  SourceSeriesTake - takes the coefficients of the combinations

  Not collective
  Input: n_columns    - at most n_most
         coefficients - (n_columns, N n_terms)
         means        - (N, n_terms + 1) of targets, which are not used, and terms
@*/
void SourceSeriesTake(SourceSeries *series, int64_t n_columns, const double coefficients[],
                      const double means[]);

/*@
  SourceSeriesFill - computes `values` at samples first .. first + count - 1, for the rows `delay` samples later; valid only at
                     wanted rows with all terms, and at samples with spikes of any neuron

  Not collective
  Output: (return value) flops
  Cost:   2 n_columns span flops for each spike and 2 n_columns (2 n_mean + 1) for each sample; or 2 n_columns for each spike within
          `reach` of a wanted row
@*/
double SourceSeriesFill(SourceSeries *series, int64_t first, int64_t count);

#endif
