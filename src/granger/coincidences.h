/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_COINCIDENCES_H
#define CAUSEWAY_COINCIDENCES_H

#include "causeway/activity.h"

/* Number of expected coincidences of the rare samples of source and target, over all lags, below
   which a pair gets no p-value, because normal theory needs enough events. The usual rule for
   counts (Cochran 1954, Biometrics 10:417). */
static const double least_coincidences = 5.0;

/*
  Measures how far the distribution of a pair statistic departs from normal theory, from the
  series alone.

  A series is sparse when more than half of its samples have the same value, now or before
  preprocessing, as low spike counts do; continuous series never are. If two series of M samples
  have K_i and K_j samples off that value, K_i K_j / M coincide at one lag by chance.
  A sum over few coincidences of two series has the skewness g_i g_j / sqrt(M) and the excess
  kurtosis k_i k_j / M (Pitman 1937), where g and k are those of the series. For rare events they
  equal those of a Poisson count of mean K_i K_j / M.
*/
typedef struct {
  double n_samples;
  double spread; /* lags that one term of the regression takes together, see BasisSpread() */
  PetscBool any; /* some series is sparse */
  double *off;   /* (N) samples off the most frequent value; 0 of a series that is not sparse */
  double *shape; /* (N) the larger of squared skewness and excess kurtosis, not negative */
} Coincidences;

/* Collective; freed with CoincidencesFree(). Cost: three passes over the local samples, 2 N numbers on every rank. */
PetscErrorCode CoincidencesCreate(Activity activity, double spread, Coincidences *coincidences);
PetscErrorCode CoincidencesFree(Coincidences *coincidences);

/* Whether series i or j is sparse. Not collective. */
static inline PetscBool CoincidencesApply(const Coincidences *c, int64_t i, int64_t j)
{
  return c->off[i] > 0 || c->off[j] > 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Expected over so many terms; meaningless unless one of the two is sparse. Not collective. */
static inline double CoincidencesExpected(const Coincidences *c, int64_t i, int64_t j, double terms)
{
  const double m = c->n_samples;

  return (c->off[i] > 0 ? c->off[i] : m) * (c->off[j] > 0 ? c->off[j] : m) * terms * c->spread / m;
}

/* Whether a pair with so many terms has coincidences enough for a p-value. Not collective. */
PetscBool CoincidencesTested(const Coincidences *coincidences, int64_t i, int64_t j, double terms);

/* Pairs of the given targets that have no p-value for want of coincidences. Not collective. */
int64_t CoincidencesCountUntested(const Coincidences *coincidences, const Partition *partition,
                                  double lags);

/*@
  CoincidencesBound - replaces the statistic of a sparse pair by the value that chi-square with
                      `freedom` degrees of freedom exceeds with the same probability

  The square of a standardised sum with a skewed tail exceeds a threshold more often than chi-square
  says. Bennett's inequality bounds the tail of a sum of bounded terms with the variance of
  `expected` coincidences; for Poisson counts it is the exact rate of decay. The bound equals the
  tail of a normal variable whose square is
    2 c ((1 + u) log(1 + u) - u), u = sqrt(square / c), c the expected coincidences at one lag.
  It is smaller than the given square and approaches it as c grows: the signed root of a Poisson
  count's deviance. Large statistics of rare events come from one lag; the other lags are taken to
  have their mean, freedom - 1. The bound is conservative: 2 to 3 % of the statistics that are not
  large pass a level of 5 %.

  Not collective
  Source: Bennett 1962, J. Am. Stat. Assoc. 57:33
@*/
double CoincidencesBound(double statistic, double freedom, double expected);

/* CoincidencesBound() for a pair with `lags` lags; the statistic itself when neither series is
   sparse. Not collective. */
double CoincidencesBoundPair(const Coincidences *coincidences, int64_t i, int64_t j, double lags,
                             double statistic);

#endif
