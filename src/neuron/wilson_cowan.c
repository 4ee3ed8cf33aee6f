/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Rate units of Wilson & Cowan (1972), Biophys. J. 12:1, excitatory or inhibitory by their weights, without the
   refractory term: tau dr/dt = -r + 1 / (1 + exp(-gain (I - theta))) */
#include "causeway/neuron.h"

#include <math.h>

enum { TAU, GAIN, THETA };

static double response(const double p[], double input)
{
  return 1.0 / (1.0 + exp(-p[GAIN] * (input - p[THETA])));
}

static void start(const double p[], double x[])
{
  (void)p, (void)x; /* the rate is the only variable */
}

static void rhs(const double p[], const double x[], double input, double dx[])
{
  dx[0] = (response(p, input) - x[0]) / p[TAU];
}

static double jacobian(const double p[], const double x[], double input, double slope[])
{
  const double s = response(p, input);

  (void)x;
  slope[0] = -1.0 / p[TAU];
  return p[GAIN] * s * (1.0 - s) / p[TAU];
}

const SmoothModel SmoothWilsonCowan = {
    .name = "wilson_cowan",
    .text = "smooth: rate unit, Wilson & Cowan 1972",
    .interval = 5.0,
    .input_unit = "1",
    .first = {0.0, 1.0},
    .coupling = "linear",
    .coupling_parameters = {0.5, 0.1, 1.0, -1.0},
    .n_state = 1,
    .n_parameters = 3,
    .state = {{"r", "1", "part of the unit that is active"}},
    .parameters = {{"tau", "ms", "Time constant of the rate", "10", 1e-6, 1e6},
                   {"gain", "1", "Steepness of the response", "1", 0, 1e6},
                   {"theta", "1", "Input of half the response", "0", -1e6, 1e6}},
    .start = start,
    .rhs = rhs,
    .jacobian = jacobian,
};
