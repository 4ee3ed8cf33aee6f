/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PENALTY_H
#define CAUSEWAY_PENALTY_H

#include "granger_impl.h"

/* Singular values of the lag matrix and the projections of the targets on the singular vectors: all
   that generalised cross-validation needs. */
typedef struct {
  int64_t n;       /* number of singular directions */
  double *squares; /* (n) squared singular values */
  double *power;   /* (n) sum over targets of the squared projection */
  double rest;     /* sum over targets of the squared part outside these directions */
  int64_t n_rows;
} RidgeSpectrum;

/*@
  RidgeSpectrumCreate - computes the spectrum from the symmetric matrix A (lower triangle) and B;
                        freed with RidgeSpectrumFree()

  Collective
  Input: a, b - X'X and X'Y (primal), or X X' and Y; not changed
         total - sum of squares of Y
  Cost:  about 9 n^3 + 2 n^2 N flops / ranks for A of order n; three copies of A
@*/
PetscErrorCode RidgeSpectrumCreate(const BlockCyclic *a, const BlockCyclic *b, PetscBool primal,
                                   double total, int64_t n_rows, RidgeSpectrum *spectrum);
PetscErrorCode RidgeSpectrumFree(RidgeSpectrum *spectrum);

/*@
  RidgeGcv - finds the penalty that minimises generalised cross-validation, RSS(lambda) / (rows - tr
             H(lambda) - 1)^2, summed over all targets

  Not collective
  Output: at_border - whether the minimum lies at an end of the searched range, 1e-6 to 1e3 of the
                      mean square
  Source: Golub, Heath & Wahba 1979, Technometrics 21:215
@*/
double RidgeGcv(const RidgeSpectrum *spectrum, PetscBool *at_border);

/* Logs the chosen penalty. Collective. */
PetscErrorCode RidgeSayPenalty(Granger granger, PetscBool at_border);

/* Refuses a penalty that leaves less than one degree of freedom, too few to estimate a variance.
   Not collective. */
PetscErrorCode RidgeCheckFreedom(Granger granger, double free_rows);

#endif
