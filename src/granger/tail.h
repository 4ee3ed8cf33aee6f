/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TAIL_H
#define CAUSEWAY_TAIL_H

#include <petscsys.h>
#include <stdint.h>

/* Upper tail of one distribution, for very many values of F. All pairs share the degrees of
   freedom, so the logarithm of the tail is tabulated over the root of F, where it is smooth, and
   interpolated with its exact slope. */
typedef struct {
  PetscBool likelihood_ratio; /* chi-square with d1 degrees of freedom; else F(d1, d2) */
  double d1, d2;
  int64_t n_nodes; /* 0 without a table */
  double *nodes;   /* (n_nodes, 2) logarithm of the tail, and its slope times the step */
} Tail;

/*@
  TailCreate - prepares the tail of a distribution; freed with TailFree()

  Not collective
  Input: n_values - expected number of evaluations; few are computed one by one, without a table
@*/
PetscErrorCode TailCreate(PetscBool likelihood_ratio, double d1, double d2, int64_t n_values,
                          Tail *tail);
PetscErrorCode TailFree(Tail *tail);

/* Factor that replaces the number of rows in the likelihood ratio, rows times the logarithm of a
   ratio of variances, so that it follows chi-square with d1 degrees of freedom to second order
   (Bartlett 1938). Not collective. */
static inline double LikelihoodRatioScale(double d1, double d2)
{
  return d2 + 0.5 * d1 - 1.0;
}

/* P(statistic > value), relative error below 2e-7, and 1e-9 where the tail is above 1e-100; not
   collective */
double TailProbability(const Tail *tail, double value);

/* Statistic whose tail is at least `probability`, and above it by less than a part in 1e6; not
   collective */
double TailQuantile(const Tail *tail, double probability);

#endif
