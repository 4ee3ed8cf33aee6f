/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_ROBUST_H
#define CAUSEWAY_SPIKE_ROBUST_H

#include "granger_impl.h"

/*@
  SpikeRobustStatistic - what RobustStatistic() computes, from spikes instead of series

  Nearly all of the squared residual of a spike train is at its spikes. There the sum of e_i(t)^2 q_j(t) q_j(t)' is exact; for the
  other samples the mean of e_i(t)^2 is taken, whose sum is that of the block of G^-1. Residualised sources are computed once for
  each sample at which some target has a spike. Autocorrelations, for the bandwidth, are those of each series' own part: the target
  less its own terms, and a source's terms less each other.

  At most granger->most_rows samples, evenly spaced, are looked at where that is not 0.

  Collective; needs spikes, factor and coefficients of the regression, which stay
  Output: f, factor - as of RobustStatistic()
  Cost:   2 p N m flops for each sample with spikes, m the spikes that filters reach there, and p (p + 1) N for each spike; all /
          ranks; on every rank N p (N p + N (p + 1) / 2 + 3 N) / ranks numbers, 8 bytes per spike and 2^18 numbers
*/
PetscErrorCode SpikeRobustStatistic(GrangerSolution *solution, double *f, double *factor);

#endif
