/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ROBUST_H
#define CAUSEWAY_ROBUST_H

#include "granger_impl.h"

/*@
  RobustStatistic - heteroscedasticity-consistent Wald statistics of all pairs

  The coefficients b_i = A X'y_i, A = G^-1 or that of ridge, have the covariance A X' diag(e_i^2) X A. Its block of source j is
    C_ij = sum over rows t of e_i(t)^2 q_j(t) q_j(t)',  q_j(t) = (A x_t)_j,
  so that the blocks of all pairs are p (p + 1) / 2 products of (N x rows) matrices. Where residuals and sources are correlated
  in time, the variance of sum q(t) e(t) is larger or smaller: with a bandwidth of H samples it is multiplied with
    1 + 2 sum over lags h = 1 .. H of the product of the autocorrelations of q and e,
  entry k, l of C_ij with the geometric mean of the two factors.

  Collective; needs factor and coefficients of the regression, which stay
  Output: f      - (n_local targets, N sources) b_ij' C_ij^-1 b_ij / p, infinite where C_ij is singular; to be multiplied by
                   (rows - unknowns) / rows, as MacKinnon & White 1985, J. Econom. 29:305, enlarge C_ij
          factor - (n_local, N) mean over the terms of the factor above, which F is to be divided by
  Cost:   (2 (N p)^2 + (p (p + 1) + 2 p) N^2 + 2 H N (p + 1)) flops per sample / ranks; p (p + 1) / 2 N^2 + (N p)^2 numbers /
          ranks; N (p + 1) (H + 1) on every rank
  Source: White 1980, Econometrica 48:817; Frisch & Waugh 1933, Econometrica 1:387; Bartlett 1946, J. R. Stat. Soc. Suppl. 8:27
@*/
PetscErrorCode RobustStatistic(GrangerSolution *solution, double *f, double *factor);

/* A = L^-T L^-1, (N p, N p), from the factor of a regression. Collective. */
PetscErrorCode RobustInverse(const Regression *regression, BlockCyclic *inverse);

/* How much correlations in time enlarge the variance of sum q(t) e(t) of independent series: 1 + 2 sum over lags of the product
   of their autocorrelations, from autocovariances (bandwidth + 1). Below a tenth it is taken as a tenth. Not collective. */
double RobustEnlarged(int64_t bandwidth, const double *q, const double *e);

/* Numbers on the fullest rank that it takes. Not collective. */
double RobustNumbers(Granger granger, const GrangerSize *size);

#endif
