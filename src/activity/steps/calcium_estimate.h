/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CALCIUM_ESTIMATE_H
#define CAUSEWAY_CALCIUM_ESTIMATE_H

#include "causeway/activity.h"

#include "calcium_fit.h"

/*@
  CalciumNoise - standard deviation of the white noise of a series, from the upper half of its spectrum

  Not collective
  Input: pieces - (n_pieces) of x
  Source: Pnevmatikakis et al. (2016), Neuron 89:285, supplement
@*/
PetscErrorCode CalciumNoise(int64_t n_pieces, const Segment pieces[], const double x[],
                            double *noise);

/*@
  CalciumDynamics - autoregression of the calcium from the covariances at small lags; for order 2 the noise is taken
  from the variance, for order 1 that is left out

  Not collective
  Output: model - g; of order 2 with real roots, or of neither when what is estimated does not decay
          found - whether it does
  Source: Friedrich et al. (2017)
@*/
PetscErrorCode CalciumDynamics(int64_t n_pieces, const Segment pieces[], const double x[],
                               double noise, CalciumModel *model, PetscBool *found);

#endif
