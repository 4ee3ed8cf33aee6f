/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_COINCIDENCES_H
#define CAUSEWAY_COINCIDENCES_H

#include "causeway/activity.h"

/* Normal theory needs events enough: below so many expected coincidences of the rare samples of source and target, over
   all lags, a pair gets no p-value. The usual rule for counts (Cochran 1954, Biometrics 10:417). */
static const double least_coincidences = 5.0;

/*
  How far the distribution of a statistic of pairs is from normal theory, from the series alone.

  A series is sparse when more than half of its samples have the same value, now or before the steps of preprocessing, as
  counts of few spikes do; continuous series never are. With K samples off that value in each of two series of M samples, K_i K_j / M coincide at one lag by chance.
  A sum over few coincidences has the skewness g_i g_j / sqrt(M) and excess kurtosis k_i k_j / M of its two series
  (Pitman 1937), which for rare events are those of a Poisson count of mean K_i K_j / M.
*/
typedef struct {
  double n_samples;
  PetscBool any; /* some series is sparse */
  double *off;   /* (N) samples off the most frequent value; 0 of a series that is not sparse */
  double *shape; /* (N) the larger of squared skewness and excess kurtosis, not negative */
} Coincidences;

/* Collective; freed with CoincidencesFree(). Cost: three passes over the local samples, 2 N numbers on every rank. */
PetscErrorCode CoincidencesCreate(Activity activity, Coincidences *coincidences);
PetscErrorCode CoincidencesFree(Coincidences *coincidences);

/* Whether one of the two is sparse. Not collective. */
static inline PetscBool CoincidencesApply(const Coincidences *c, int64_t i, int64_t j)
{
  return c->off[i] > 0 || c->off[j] > 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Expected over so many lags; meaningless unless one of the two is sparse. Not collective. */
static inline double CoincidencesExpected(const Coincidences *c, int64_t i, int64_t j, double lags)
{
  const double m = c->n_samples;

  return (c->off[i] > 0 ? c->off[i] : m) * (c->off[j] > 0 ? c->off[j] : m) * lags / m;
}

/* Pairs of the given targets that have no p-value for want of coincidences. Not collective. */
int64_t CoincidencesCountUntested(const Coincidences *coincidences, const Partition *partition,
                                  double lags);

/*@
  CoincidencesBound - the statistic, chi-square with `freedom` degrees of freedom of normal variables, that these have with
  the probability by which the given one is exceeded

  A square of a standardised sum with a skewed tail is reached more often than chi-square says. Bennett's bound of the
  tail of a sum of bounded terms with the variance of `expected` coincidences, which for Poisson counts is their exact
  rate of decay, is that of a normal variable with the square
    2 c ((1 + u) log(1 + u) - u), u = sqrt(square / c), c the expected coincidences at one lag,
  which is smaller than the square and approaches it as c grows: the signed root of a Poisson count's deviance. Large
  statistics of rare events come from one lag; the others are taken to have their mean, freedom - 1. It is on the safe
  side: of statistics that are not large 2 to 3 % pass a level of 5 %.

  Not collective
  Source: Bennett 1962, J. Am. Stat. Assoc. 57:33
@*/
double CoincidencesBound(double statistic, double freedom, double expected);

/* The same of the pair with so many lags; the statistic itself when neither is sparse. Not collective. */
double CoincidencesBoundPair(const Coincidences *coincidences, int64_t i, int64_t j, double lags,
                             double statistic);

#endif
