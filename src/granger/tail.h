/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TAIL_H
#define CAUSEWAY_TAIL_H

#include <petscsys.h>
#include <stdint.h>

/* Upper tail of one distribution, for very many values of F: all pairs share the degrees of freedom, so the
   logarithm of the tail is tabulated over the root of F, where it is smooth, and interpolated with its exact slope. */
typedef struct {
  PetscBool
      likelihood_ratio; /* chi-square with d1 degrees of freedom, of the likelihood ratio; else F(d1, d2) */
  double d1, d2;
  int64_t n_nodes; /* 0 without a table */
  double *nodes;   /* (n_nodes, 2) logarithm of the tail, and its slope times the step */
} Tail;

/*@
  TailCreate - freed with TailFree()

  Not collective
  Input: n_values - tails that will be asked for; few are computed one by one, without a table
@*/
PetscErrorCode TailCreate(PetscBool likelihood_ratio, double d1, double d2, int64_t n_values,
                          Tail *tail);
PetscErrorCode TailFree(Tail *tail);

/* What the logarithm of a ratio of variances is multiplied with to follow the chi-square distribution with d1 degrees of
   freedom, in place of the rows, to second order (Bartlett 1938). Not collective. */
static inline double LikelihoodRatioScale(double d1, double d2)
{
  return d2 + 0.5 * d1 - 1.0;
}

/* P(statistic > value), relative error below 2e-7, and 1e-9 where the tail is above 1e-100; not collective */
double TailProbability(const Tail *tail, double value);

/* A statistic whose tail is at least `probability`, by less than a part in 1e6; not collective */
double TailQuantile(const Tail *tail, double probability);

#endif
