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

/* NULL when y can be a target of the loss, or what is allowed. */
const char *LossRefuses(LossType type, double y);

#endif
