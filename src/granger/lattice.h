/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LATTICE_H
#define CAUSEWAY_LATTICE_H

#include "causeway/activity.h"

#include "var_model.h"

/* The Levinson-Whittle-Wiggins-Robinson recursion in Morf's normalised form, as a lattice filter: the
   whitened residuals of a forward and a backward prediction go from one order to the next by their
   cross-correlation R alone, and the coefficients follow. All orders come from one recursion.
   Source: Morf, Vieira, Lee & Kailath 1978, IEEE Trans. Geosci. Electron. 16, 85. */
typedef struct {
  int64_t n, n_samples, order,
      most;             /* neurons, samples, order reached, order for which there is room */
  Activity activity;    /* borrowed */
  int64_t excluded;     /* neuron left out, or -1 */
  int64_t fit_end;      /* the coefficients come from samples [0, fit_end) */
  int64_t *position;    /* (T) in its segment, see ActivityPositions() */
  double flops;         /* of all ranks */
  double log_scale;     /* sum of the logarithms of the variances of the series */
  double weakest_share; /* least part of a squared residual that the neurons before it have left */
  BlockCyclic forward, backward; /* (T, N) residuals of this order, backward(t) one sample late */
  BlockCyclic delayed;           /* (T, N) work */
  BlockCyclic *forward_lags, *backward_lags; /* [most + 1] (N, N) coefficients, whitened */
  BlockCyclic factor;     /* (N, N) of the products of `forward` before the last step */
  BlockCyclic reflection; /* (N, N) R */
  BlockCyclic work[2];    /* (N, N) */
} Lattice;

/*@
  LatticeCreate - order 0: the series less their means, whitened

  Collective
  Input:  activity - less neuron `excluded` when it is not negative
          block    - neurons of a block
          most     - order up to which steps will be taken
          fit_end  - samples from which coefficients are estimated, T for all
  Errors: CAUSEWAY_ERR_USER naming a neuron that is a combination of others
  Memory: 3 T N + (2 most + 6) N^2 numbers / ranks, and T N / ranks for a moment
@*/
PetscErrorCode LatticeCreate(const ProcessGrid *grid, Activity activity, int64_t excluded,
                             int block, int64_t most, int64_t fit_end, Lattice *lattice);
PetscErrorCode LatticeFree(Lattice *lattice);

/* To the next order: 10 N^2 T + O(order N^3) flops / ranks. Collective; errors as LatticeCreate(). */
PetscErrorCode LatticeStep(Lattice *lattice);

/*@
  LatticeModel - coefficients of the order reached

  Collective
  Output: model - freed by the caller. The covariance is that of the residuals before the last step,
                  scaled by its factor, over T - order - 2: the convention of the MVGC toolbox
                  (Barnett & Seth 2014), whose published values are to be met
@*/
PetscErrorCode LatticeModel(Lattice *lattice, VarModel *model);

/* log |S| of LatticeModel(), for series of unit variance. Collective. */
PetscErrorCode LatticeLogDeterminant(const Lattice *lattice, double *value);

/* The same of the residuals of the order reached over the samples that order `common` has. Collective. */
PetscErrorCode LatticeSampleLogDeterminant(Lattice *lattice, int64_t common, double *value);

/* Samples from `first` on that order `order` has. Not collective. */
int64_t LatticeRows(const Lattice *lattice, int64_t order, int64_t first);

/* Mean square of the prediction error per neuron over samples [first, T). Collective. */
PetscErrorCode LatticePredictionError(Lattice *lattice, int64_t first, double *value);

#endif
