/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LOSS_H
#define CAUSEWAY_LOSS_H

#include "causeway/parameters.h"

#include "model.h"

/* In the order of LossType; a type of forecasters with its own loss appends it, from LOSS_TYPES on. */
#define LOSS_WORDS                                                                                 \
  {"mse", "squared error", 0}, {"poisson", "negative log-likelihood of counts", 0},                \
  {                                                                                                \
    "bce", "negative log-likelihood of events", 0                                                  \
  }
extern const ParameterWord LossWords[];

/*@
  LossEntry - computes forecast and loss of one entry from the output x of the head

  mse:     forecast x, loss (x - y)^2
  poisson: forecast r = log(1 + e^x), the expected count, loss r - y log r
  bce:     forecast 1 / (1 + e^-x), a probability, loss: binary cross-entropy

  Output: prediction; slope - derivative of the loss by x; (return value) loss
@*/
double LossEntry(LossType type, double x, double y, double *prediction, double *slope);

/* Loss of a given forecast: for counts and probabilities as above, otherwise the squared error. Not collective. */
double LossOfForecast(LossType type, double forecast, double y);

/* NULL when y can be a target of the loss, else the allowed values. */
const char *LossRefuses(LossType type, double y);

#endif
