/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LATTICE_H
#define CAUSEWAY_LATTICE_H

#include "causeway/activity.h"

#include "var/var_model.h"

/* Levinson-Whittle-Wiggins-Robinson recursion in Morf's normalised form, as a lattice filter. The
   cross-correlation R of the whitened residuals of forward and backward prediction gives the
   residuals and coefficients of the next order, so that one recursion yields all orders.
   Source: Morf, Vieira, Lee & Kailath 1978, IEEE Trans. Geosci. Electron. 16, 85. */
typedef struct {
  int64_t n, n_samples, order, most; /* neurons, samples, current order, largest order allocated */
  Activity activity;                 /* borrowed */
  int64_t excluded;                  /* neuron left out, or -1 */
  int64_t fit_end;                   /* the coefficients come from samples [0, fit_end) */
  int64_t *position;                 /* (T) position in the segment, see ActivityPositions() */
  double flops;                      /* of all ranks */
  double log_scale;                  /* sum of the logarithms of the variances of the series */
  double weakest_share; /* smallest part of a squared residual that the neurons before it leave */
  BlockCyclic forward,
      backward;        /* (T, N) residuals of this order, backward(t) delayed by one sample */
  BlockCyclic delayed; /* (T, N) work */
  BlockCyclic *forward_lags, *backward_lags; /* [most + 1] (N, N) coefficients, whitened */
  BlockCyclic factor;     /* (N, N) of the products of `forward` before the last step */
  BlockCyclic reflection; /* (N, N) R */
  BlockCyclic work[2];    /* (N, N) */
} Lattice;

/*@
  LatticeCreate - starts at order 0: the series minus their means, whitened

  Collective
  Input:  activity - without neuron `excluded`, unless negative
          block    - neurons per block
          most     - largest order
          fit_end  - coefficients are estimated from samples [0, fit_end), T for all
  Errors: CAUSEWAY_ERR_USER naming a neuron that is a linear combination of others
  Memory: 3 T N + (2 most + 6) N^2 numbers / ranks, and T N / ranks for a moment
@*/
PetscErrorCode LatticeCreate(const ProcessGrid *grid, Activity activity, int64_t excluded,
                             int block, int64_t most, int64_t fit_end, Lattice *lattice);
PetscErrorCode LatticeFree(Lattice *lattice);

/* Advances to the next order: 10 N^2 T + O(order N^3) flops / ranks. Collective; errors as in
   LatticeCreate(). */
PetscErrorCode LatticeStep(Lattice *lattice);

/*@
  LatticeModel - extracts the coefficients of the current order

  Collective
  Output: model - freed by the caller. The covariance is that of the residuals before the last step,
                  scaled by its factor, over T - order - 2: the convention of the MVGC toolbox
                  (Barnett & Seth 2014), whose published values this program reproduces
@*/
PetscErrorCode LatticeModel(Lattice *lattice, VarModel *model);

/* log |S| of LatticeModel(), for series of unit variance. Collective. */
PetscErrorCode LatticeLogDeterminant(const Lattice *lattice, double *value);

/* The same for the residuals of the current order, over the samples whose past is at least `common`
   long. Collective. */
PetscErrorCode LatticeSampleLogDeterminant(Lattice *lattice, int64_t common, double *value);

/* Number of samples from `first` on with a past of at least `order` samples. Not collective. */
int64_t LatticeRows(const Lattice *lattice, int64_t order, int64_t first);

/* Mean square of the prediction error per neuron over samples [first, T). Collective. */
PetscErrorCode LatticePredictionError(Lattice *lattice, int64_t first, double *value);

#endif
