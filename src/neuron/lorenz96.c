/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lorenz (1996), Predictability - a problem partly solved: dx_i/dt = (x_i+1 - x_i-2) x_i-1 - x_i + F on a circle.
   The product is the coupling `lorenz96`, the input the forcing F; network_type lorenz96 is its network. */
#include "causeway/neuron.h"

static void start(const double p[], double x[])
{
  (void)p, (void)x;
}

static void rhs(const double p[], const double x[], double input, double dx[])
{
  (void)p;
  dx[0] = input - x[0];
}

static double jacobian(const double p[], const double x[], double input, double slope[])
{
  (void)p, (void)x, (void)input;
  slope[0] = -1.0;
  return 1.0;
}

const SmoothModel SmoothLorenz96 = {
    .name = "lorenz96",
    .text = "smooth: circle of Lorenz 1996, without units",
    .interval = 0.05,
    .input_unit = "1",
    .input_mean = 8.0,
    .first = {-1.0, 1.0},
    .coupling = "lorenz96",
    .n_state = 1,
    .state = {{"x", "1", "value at a place of the circle"}},
    .start = start,
    .rhs = rhs,
    .jacobian = jacobian,
};
