/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CALCIUM_ESTIMATE_H
#define CAUSEWAY_CALCIUM_ESTIMATE_H

#include "causeway/activity.h"

#include "steps/calcium_fit.h"

/*@
  CalciumNoise - estimates the standard deviation of a series' white noise from the upper half of its spectrum

  Not collective
  Input: pieces - (n_pieces) segments of x
  Source: Pnevmatikakis et al. (2016), Neuron 89:285, supplement
@*/
PetscErrorCode CalciumNoise(int64_t n_pieces, const Segment pieces[], const double x[],
                            double *noise);

/*@
  CalciumDynamics - estimates the autoregression of calcium from covariances at small lags; order 2 subtracts the noise
  from the variance, order 1 omits the variance

  Not collective
  Output: model - receives g
          found - whether these dynamics decay, for order 2 with real roots
  Source: Friedrich et al. (2017)
@*/
PetscErrorCode CalciumDynamics(int64_t n_pieces, const Segment pieces[], const double x[],
                               double noise, CalciumModel *model, PetscBool *found);

#endif
