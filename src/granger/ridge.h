/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RIDGE_H
#define CAUSEWAY_RIDGE_H

#include "blockcyclic.h"

/* The singular values of the lag matrix and how the targets lie along them: all that generalised
   cross-validation needs. */
typedef struct {
  int64_t n;       /* directions */
  double *squares; /* (n) squared singular values */
  double *power;   /* (n) sum over targets of the squared projection */
  double rest;     /* sum over targets of what lies outside the directions */
  int64_t n_rows;
} RidgeSpectrum;

/*@
  RidgeSpectrumCreate - from the symmetric matrix A in the lower triangle, and B; freed with RidgeSpectrumFree()

  Collective
  Input: a, b - X'X and X'Y (primal), or X X' and Y; not changed
         total - sum of squares of Y
  Cost:  about 9 n^3 + 2 n^2 N flops / ranks for A of order n; three copies of A
@*/
PetscErrorCode RidgeSpectrumCreate(const BlockCyclic *a, const BlockCyclic *b, PetscBool primal,
                                   double total, int64_t n_rows, RidgeSpectrum *spectrum);
PetscErrorCode RidgeSpectrumFree(RidgeSpectrum *spectrum);

/*@
  RidgeGcv - the penalty that minimises generalised cross-validation, RSS(lambda) / (rows - tr H(lambda) - 1)^2, summed
  over all targets

  Not collective
  Output: at_border - whether the minimum lies at an end of what was searched, 1e-6 to 1e3 of the mean square
  Source: Golub, Heath & Wahba 1979, Technometrics 21:215
@*/
double RidgeGcv(const RidgeSpectrum *spectrum, PetscBool *at_border);

#endif
