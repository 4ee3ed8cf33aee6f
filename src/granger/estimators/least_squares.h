/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LEAST_SQUARES_H
#define CAUSEWAY_LEAST_SQUARES_H

#include "estimators/estimator.h"
#include "regression/regression.h"

/* Functions shared by the estimators that solve one regression on all neurons. */

/* Solves the regression with the estimator's factor, and computes what statistics use; resumes from
   a snapshot. Collective. */
PetscErrorCode LeastSquaresSolve(GrangerSolution *solution);

/* Refuses what LeastSquaresSolve() would, without computing statistics. Collective. */
PetscErrorCode LeastSquaresCheck(GrangerSolution *solution);

/* Leave-one-out growth of the residuals from the inverse of the factor. Collective. */
PetscErrorCode LeastSquaresLeaveOneOut(GrangerSolution *solution, PairSink *sink);

/* Refuses sizes that ScaLAPACK's 32-bit indices cannot address on this number of ranks. Not
   collective. */
PetscErrorCode LeastSquaresCheckSize(Granger granger, const GrangerSize *size);

/* Compute the Gram matrix from the sums of products; and its factor, or QR where it is too inexact.
   Collective. */
PetscErrorCode GramProducts(GrangerSolution *solution, Regression *regression);
PetscErrorCode GramFactor(GrangerSolution *solution, Regression *regression);

/* Memory [8-byte numbers] on the fullest rank: of the regression by the Gram matrix; of the lag
   matrix and its copy in another layout. Not collective. */
double GramNumbers(Granger granger, const GrangerSize *size);
double LagMatrixNumbers(const GrangerSize *size);

/* Predicts flops, bytes and messages of the Gram-matrix estimator. Not collective. */
void GramPredict(Granger granger, const GrangerSize *size, GrangerCost *cost);

/* Records the spectral radius of the model, which is near 1 close to a unit root. Collective. */
PetscErrorCode GrangerFindRadius(Granger granger, const VarModel *model);

extern const GrangerEstimator EstimatorGram, EstimatorQr;

#endif
