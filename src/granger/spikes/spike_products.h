/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_PRODUCTS_H
#define CAUSEWAY_SPIKE_PRODUCTS_H

#include "regression/regression.h"

/*@
  SpikeProducts - what FilteredProducts() computes, from pairs of spikes instead of series

  The sum over time of the product of two filtered spike trains is that of their cross-correlogram and the overlap of the filters.
  Responses beyond both ends of a segment, and its first samples, which are no rows, are computed as series and subtracted.

  Collective; needs regression->spikes
  Cost:   an increment for each pair of spikes that are at most `reach` samples apart, 2 (2 reach + 1) (p + 1)^2 flops per pair of
          neurons, and 4 reach (p + 1)^2 per pair and segment; all / ranks. No messages. 2^19 numbers
@*/
PetscErrorCode SpikeProducts(Regression *regression);

/* sums[place[i]][k] += sum over the rows of the series that filter k makes of neuron i; place[i] < 0 for none. Not collective. */
void SpikeSums(const Regression *regression, const int32_t place[], double sums[]);

#endif
