/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layers/loss.h"

#include <math.h>

const ParameterWord LossWords[] = {LOSS_WORDS, {NULL, NULL, 0}};

static double softplus(double x)
{
  return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double sigmoid(double x)
{
  return x > 0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x));
}

static const double smallest = 1e-8; /* keeps logarithms finite */

double LossEntry(LossType type, double x, double y, double *prediction, double *slope)
{
  double rate;

  switch (type) {
  case LOSS_POISSON:
    rate = softplus(x);
    *prediction = rate;
    *slope = (1.0 - y / (rate + smallest)) * sigmoid(x);
    return rate - y * log(rate + smallest);
  case LOSS_BCE:
    *prediction = sigmoid(x);
    *slope = *prediction - y;
    return softplus(x) - y * x;
  case LOSS_MSE:
  default:
    *prediction = x;
    *slope = 2.0 * (x - y);
    return (x - y) * (x - y);
  }
}

double LossOfForecast(LossType type, double forecast, double y)
{
  switch (type) {
  case LOSS_POISSON:
    return forecast - y * log(forecast + smallest);
  case LOSS_BCE:
    return -y * log(forecast + smallest) - (1.0 - y) * log(1.0 - forecast + smallest);
  default:
    return (forecast - y) * (forecast - y);
  }
}

const char *LossRefuses(LossType type, double y)
{
  if (type == LOSS_POISSON && y < 0) {
    return "counts of 0 or more";
  }
  if (type == LOSS_BCE && (y < 0 || y > 1)) {
    return "probabilities or events, 0 to 1";
  }
  return NULL;
}
