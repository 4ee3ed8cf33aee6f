/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LOSS_H
#define CAUSEWAY_LOSS_H

#include "model.h"

/*@
  LossEntry - forecast and loss of one entry from the output x of the head

  mse:     forecast x, loss (x - y)^2
  poisson: forecast r = log(1 + e^x), the expected count, loss r - y log r
  bce:     forecast 1 / (1 + e^-x), a probability, loss of the binary cross-entropy

  Output: prediction; slope - derivative of the loss by x; (return value) loss
@*/
double LossEntry(LossType type, double x, double y, double *prediction, double *slope);

/* Loss of a forecast itself: of counts and probabilities as above, of all others the squared error. Not collective. */
double LossOfForecast(LossType type, double forecast, double y);

/* NULL when y can be a target of the loss, or what is allowed. */
const char *LossRefuses(LossType type, double y);

#endif
