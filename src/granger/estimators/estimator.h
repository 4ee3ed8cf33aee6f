/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ESTIMATOR_H
#define CAUSEWAY_ESTIMATOR_H

#include "granger_impl.h"

#include "pairs.h"

/* Estimator of the autoregression; each has one file and one line of the table in estimators.c. */
struct GrangerEstimator {
  const char *name, *text; /* value of granger_estimator, and its help */
  const char *note;        /* for causality.h5; NULL for an estimator that hands over to others */
  const ParameterSpec *parameters; /* own parameters, read into struct _p_Granger; NULL for none */
  int offers;                      /* FIT_... flags: results that statistics may use */
  PetscBool chooses_order; /* the fit itself chooses the order; else a recursion does so first */
  PetscBool regularised;   /* can solve collinear series and few rows */
  PetscBool refuses_lr;    /* has no likelihood ratio */
  int error_power;         /* relative error of statistics: eps cond^power */
  const char *more_exact;  /* advice against that error, and (remedy) against collinear pasts */
  const char *remedy;
  const GrangerEstimator *first,
      *exact; /* if it hands over: the first, and the one for ill-conditioned data */

  /* Fits, and calls StatisticsWork() once the results that statistics use exist. Collective. */
  PetscErrorCode (*solve)(GrangerSolution *solution);

  /* Computes the Cholesky factor of a regression, before statistics and coefficients.
     Collective. */
  PetscErrorCode (*factor)(GrangerSolution *solution, Regression *regression);

  /* Leave-one-out: puts the growth of each target's residual without each source, and F, into the
     sink. Called last, since it may destroy the fit. Collective. */
  PetscErrorCode (*leave_one_out)(GrangerSolution *solution, PairSink *sink);

  /* Memory [8-byte numbers] on the fullest rank, without activity and matrices. Not collective. */
  double (*numbers)(Granger granger, const GrangerSize *size);

  /* Whether pairs reach the sink without matrices of whole rows; NULL for never. Not collective. */
  PetscBool (*streams)(const GrangerSize *size);

  /* Refuses sizes that it cannot handle; may be NULL. Not collective. */
  PetscErrorCode (*check_size)(Granger granger, const GrangerSize *size);

  /* Predicts the cost of the conditional statistic per rank; NULL where no formula is known. Not
     collective. */
  void (*predict)(Granger granger, const GrangerSize *size, GrangerCost *cost);

  /* Adds its notes to causality.h5; may be NULL. Not collective. */
  PetscErrorCode (*add_notes)(Granger granger, Causality causality);
};

#endif
