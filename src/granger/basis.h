/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_BASIS_H
#define CAUSEWAY_BASIS_H

#include "causeway/parameters.h"

/* Most filters of a source. */
enum { BASIS_MOST = 64 };

/* How the past of a neuron enters a regression, as the user gives it. */
/* Most samples that filters, or the width of a high-pass, may have. */
enum { BASIS_MOST_REACH = 1000000 };

typedef struct {
  char words[64];     /* lags, cosine:K, box:K */
  int type;           /* 0 for single lags, else which kind of filter */
  int64_t n_filters;  /* K */
  double memory_ms;   /* how far the filters reach back */
  double highpass_ms; /* width of the running mean that is subtracted before; 0 for none */
} BasisChoice;

/*
  The terms by which the past of a neuron enters a regression: its values at lags 1 .. n_terms, or
    x_k(t) = sum over lags l = 1 .. reach of filter[k][l - 1] x(t - l),  k = 1 .. n_terms.
*/
typedef struct {
  int64_t n_terms, reach; /* terms of a neuron; samples that they reach back */
  double *
      filter; /* (n_terms, reach), the weights of each filter have the sum 1; NULL for single lags */
} Basis;

/* Parameters of a BasisChoice; they end with a key of NULL. */
extern const ParameterSpec BasisParameters[];

/* Takes the words apart; false when they are none. Not collective. */
PetscBool BasisParse(BasisChoice *choice);

/* The same of a parameter. Not collective. */
PetscErrorCode BasisChoose(BasisChoice *choice, Parameters parameters);

/*@
  BasisCreate - the terms of a choice at a sampling interval

  cosine:K - raised cosines (1 + cos(clip((log(l + 1) - c_k) pi / (2 d), -pi, pi))) / 2 with peaks c_k equally spaced on
             the logarithmic axis from a tenth to a half of the memory, d their distance; with K = 1 the middle one of three
  box:K    - boxes next to each other, whose borders are equally spaced on that axis, each of one lag at least

  Not collective; freed with BasisFree()
  Input:  interval_ms - sampling interval, 0 when unknown
          order       - number of single lags, for a choice of lags
  Errors: CAUSEWAY_ERR_USER when the interval is unknown, or the memory has fewer samples than there are filters
  Source: Pillow et al. 2008, Nature 454:995, for the cosines
@*/
PetscErrorCode BasisCreate(const BasisChoice *choice, double interval_ms, int64_t order,
                           Basis *basis);
PetscErrorCode BasisFree(Basis *basis);

/* Lags over which one term spreads, as far as the variance of a sum is concerned: 1 / sum of squared weights, the mean over the
   terms. Not collective. */
double BasisSpread(const Basis *basis);

/* Lag [samples] of the peak of the kernel sum_k b_k phi_k(lag) in the direction of the sign; between samples the vertex of the
   parabola through three of them. Not collective. */
double BasisPeak(const Basis *basis, const double b[], double sign);

#endif
