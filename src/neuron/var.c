/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A linear vector autoregression of order 1, x(t + 1) = A x(t) + input, whose causality is known exactly. A is the
   matrix of weights with `own` on its diagonal, scaled to the spectral radius `var_radius`. */
#include "causeway/neuron.h"

enum { OWN };

static void start(const double p[], double x[])
{
  (void)p, (void)x;
}

static void rhs(const double p[], const double x[], double input, double dx[])
{
  dx[0] = p[OWN] * x[0] + input;
}

static double jacobian(const double p[], const double x[], double input, double slope[])
{
  (void)x, (void)input;
  slope[0] = p[OWN];
  return 1.0;
}

const SmoothModel SmoothVar = {
    .name = "var",
    .text = "smooth: linear autoregression, from sample to sample",
    .is_map = PETSC_TRUE,
    .interval = 1.0,
    .input_unit = "1",
    .input_variance = 1.0,
    .first = {-1.0, 1.0},
    .coupling = "linear",
    .n_state = 1,
    .n_parameters = 1,
    .state = {{"x", "1", "value"}},
    .parameters = {{"own", "1", "Influence of a neuron on itself, beside the weights", "0.5", -1e6,
                    1e6}},
    .start = start,
    .rhs = rhs,
    .jacobian = jacobian,
};
