/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Couplings between neurons of smooth models; y are their first variables. */
#include "causeway/neuron.h"

#include <math.h>

/* sum w_ij sent_j */
static double receive_sum(const double p[], const CouplingRow *row, double *own_slope,
                          double slopes[])
{
  double sum = 0;

  (void)p;
  for (int64_t k = 0; k < row->count; k++) {
    sum += row->weights[k] * row->sent[k];
  }
  for (int64_t k = 0; slopes && k < row->count; k++) {
    slopes[k] = row->weights[k];
  }
  *own_slope = 0;
  return sum;
}

/* sum w_ij (y_j - y_i) */
static double receive_difference(const double p[], const CouplingRow *row, double *own_slope,
                                 double slopes[])
{
  double sum = 0;

  (void)p;
  *own_slope = 0;
  for (int64_t k = 0; k < row->count; k++) {
    sum += row->weights[k] * (row->sent[k] - row->own);
    *own_slope -= row->weights[k];
  }
  for (int64_t k = 0; slopes && k < row->count; k++) {
    slopes[k] = row->weights[k];
  }
  return sum;
}

/* 1 / (1 + exp(-(y - threshold) / width)) */
static double send_sigmoid(const double p[], double y, double *slope)
{
  const double open = 1.0 / (1.0 + exp(-(y - p[COUPLING_THRESHOLD]) / p[COUPLING_WIDTH]));

  *slope = open * (1.0 - open) / p[COUPLING_WIDTH];
  return open;
}

/* sum |w_ij| sent_j (reversal_j - y_i); the sign of the weight selects the reversal potential */
static double receive_conductance(const double p[], const CouplingRow *row, double *own_slope,
                                  double slopes[])
{
  double sum = 0;

  *own_slope = 0;
  for (int64_t k = 0; k < row->count; k++) {
    const double weight = fabs((double)row->weights[k]);
    const double reversal =
        row->weights[k] > 0 ? p[COUPLING_REVERSAL_EXCITATORY] : p[COUPLING_REVERSAL_INHIBITORY];

    sum += weight * row->sent[k] * (reversal - row->own);
    *own_slope -= weight * row->sent[k];
    if (slopes) {
      slopes[k] = weight * (reversal - row->own);
    }
  }
  return sum;
}

/* sum w_ij sin(y_j - y_i) */
static double receive_sine(const double p[], const CouplingRow *row, double *own_slope,
                           double slopes[])
{
  double sum = 0;

  (void)p;
  *own_slope = 0;
  for (int64_t k = 0; k < row->count; k++) {
    const double slope = row->weights[k] * cos(row->sent[k] - row->own);

    sum += row->weights[k] * sin(row->sent[k] - row->own);
    *own_slope -= slope;
    if (slopes) {
      slopes[k] = slope;
    }
  }
  return sum;
}

/* (y_i+1 - y_i-2) y_i-1, each with its weight; a missing source counts as 0 */
static double receive_lorenz96(const double p[], const CouplingRow *row, double *own_slope,
                               double slopes[])
{
  const int64_t n = row->n_neurons;
  double next = 0, before = 0, last = 0;

  (void)p;
  *own_slope = 0;
  for (int64_t k = 0; k < row->count; k++) {
    const int64_t distance = ((int64_t)row->sources[k] - row->target + n) % n;
    const double value = row->weights[k] * row->sent[k];

    next += distance == 1 ? value : 0;
    before += distance == n - 2 ? value : 0;
    last += distance == n - 1 ? value : 0;
  }
  for (int64_t k = 0; slopes && k < row->count; k++) {
    const int64_t distance = ((int64_t)row->sources[k] - row->target + n) % n;

    slopes[k] =
        row->weights[k] *
        (distance == 1 ? last
                       : (distance == n - 2 ? -last : (distance == n - 1 ? next - before : 0)));
  }
  return (next - before) * last;
}

const CouplingModel CouplingLinear = {"linear", "sum of weights times variables", NULL,
                                      receive_sum};
const CouplingModel CouplingDiffusive = {
    "diffusive", "gap junctions: weights times differences of variables", NULL, receive_difference};
const CouplingModel CouplingSigmoidal = {
    "sigmoidal", "weights times logistic functions of variables", send_sigmoid, receive_sum};
const CouplingModel CouplingGraded = {"graded", "conductances that follow the source continuously",
                                      send_sigmoid, receive_conductance};
const CouplingModel CouplingSine = {"sine", "weights times sines of differences", NULL,
                                    receive_sine};
const CouplingModel CouplingLorenz96 = {"lorenz96", "product of three neighbours on a circle", NULL,
                                        receive_lorenz96};
