/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Least squares by orthogonal reduction of the lag matrix itself. */
#include "estimators/least_squares.h"

static PetscErrorCode factor(GrangerSolution *s, Regression *r)
{
  PetscFunctionBegin;
  PetscCall(RegressionQr(r, s->activity));
  PetscFunctionReturn(0);
}

static double numbers(Granger g, const GrangerSize *size)
{
  return GramNumbers(g, size) + LagMatrixNumbers(size);
}

const GrangerEstimator EstimatorQr = {
    .name = "qr",
    .text = "least squares by QR of the lag matrix",
    .note = "ordinary least squares VAR with intercept, conditional regression, QR of the lag "
            "matrix",
    .offers = FIT_PAIRS | FIT_COEFFICIENTS,
    .error_power = 1,
    .more_exact = "-granger_estimator ridge is stable",
    .remedy = "take -granger_estimator ridge",
    .solve = LeastSquaresSolve,
    .factor = factor,
    .leave_one_out = LeastSquaresLeaveOneOut,
    .numbers = numbers,
    .check_size = LeastSquaresCheckSize};
