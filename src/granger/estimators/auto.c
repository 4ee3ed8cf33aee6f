/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Least squares by the Gram matrix; QR takes over where rounding errors would dominate. */
#include "estimators/least_squares.h"

const GrangerEstimator EstimatorAuto = {.name = "auto",
                                        .text = "gram, or qr for ill-conditioned data",
                                        .offers = FIT_PRODUCTS | FIT_PAIRS | FIT_COVARIANCE |
                                                  FIT_COEFFICIENTS,
                                        .first = &EstimatorGram,
                                        .exact = &EstimatorQr,
                                        .solve = LeastSquaresSolve,
                                        .factor = GramFactor,
                                        .leave_one_out = LeastSquaresLeaveOneOut,
                                        .numbers = GramNumbers,
                                        .check_size = LeastSquaresCheckSize,
                                        .predict = GramPredict};
