/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_STATE_SPACE_H
#define CAUSEWAY_STATE_SPACE_H

#include "causeway/activity.h"

#include "var/var_model.h"

/* Effect of leaving out one source at a time from a VAR. The past of the source becomes the hidden
   state of a state-space model. Its error covariance given the past of all others solves a Riccati
   equation of size p, by structure-preserving doubling. Leaving out source j removes one row and
   column of the observation noise. By the inverse of a partitioned matrix, the equation needs only
   column j of L^-1 A_k and L^-1, so that one factorisation serves all sources.
   Source: Barnett & Seth 2015, Phys. Rev. E 91, 040101. */
typedef struct {
  const VarModel *model; /* borrowed */
  int64_t n, order;
  double *covariance; /* (N, p, p) P: covariance of the error of the hidden past */
  double *transition; /* (N, p, p) transposed a - K C: transition of that error */
  double *innovation; /* (N) variance of the source's noise given that of all others */
  double *variance;   /* (N) S_ii of each target */
} StateSpace;

/*@
  StateSpaceCreate - solves the Riccati equation of every source; freed with StateSpaceFree()

  Collective
  Input:  activity - activity of the model, for messages
  Errors: CAUSEWAY_ERR_USER naming a source for which the Riccati equation has no solution
  Cost:   (p + 1/3) N^3 + p^2 N^2 flops and N p^3 per step of the doubling, / ranks; allreduces of
          N (3 p^2 + p + 2) numbers, which every rank holds; (p + 2) N^2 numbers / ranks for a
          moment
@*/
PetscErrorCode StateSpaceCreate(const VarModel *model, Activity activity, StateSpace *state);
PetscErrorCode StateSpaceFree(StateSpace *state);

/* Computes c' P c: growth of the variance of a target without the source, given its coefficients c
   (p). */
double StateSpaceGrowth(const StateSpace *state, int64_t source, const double *c);

/* Callback for the statistic of one pair; c (p): coefficients of the source for the target. */
typedef double (*StateSpacePair)(const StateSpace *state, int64_t target, int64_t source,
                                 const double *c, const void *context);

/*@
  StateSpaceForPairs - computes a statistic of every pair, each on the rank with its coefficients

  Collective
  Output: rows - (n_local targets, N sources), 0 on the diagonal
  Memory: 3 N^2 numbers / ranks for a moment
@*/
PetscErrorCode StateSpaceForPairs(const StateSpace *state, StateSpacePair pair, const void *context,
                                  const Partition *partition, double *rows);

/* log(variance of the residual of the target when the source is not observed / S_ii) [1].
   Collective. */
PetscErrorCode StateSpaceGc(const StateSpace *state, const Partition *partition, double *gc);

/*@
  SpectralGc - computes the part of StateSpaceGc() that frequencies in a band contribute

  Collective
  Input:  low, high - of the band [cycles per sample], in [0, 1/2]
  Output: gc - (n_local targets, N sources) 2 times the integral of the spectral causality over the
               band [1]; bands that cover [0, 1/2] add up to StateSpaceGc()
  Cost:   16 points to each 1/64 of a cycle: per point N p^3 flops, and N^2 (8 p^2 + a logarithm) /
          ranks
  Memory: SpectralPoints() of p^2 complex numbers for each source, on every rank
  Source: Barnett & Seth 2015, conditional: log of the spectrum of the residual of the target, when
          the source is not observed, over the part of it that the target's own noise makes,
          correlated noise of others included. Both in terms of one source: with z = exp(2 pi i f),
          P and K of the source, the former is flat, S_ii + c'P c, the latter S_ii |g|^2, g = 1 -
          c'(z - a + K C)^-1 (a - K C) P c / S_ii = 1 + c'P c / S_ii - z c'(z - a + K C)^-1 P c /
          S_ii
@*/
PetscErrorCode SpectralGc(const StateSpace *state, double low, double high,
                          const Partition *partition, double *gc);

/* Number of frequencies per pass, for which the responses of all sources are in memory at once. */
int64_t SpectralPoints(int64_t n_neurons, int64_t order);

#endif
