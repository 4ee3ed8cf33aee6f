/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Hindmarsh & Rose (1984), Proc. R. Soc. Lond. B 221:87, bursts and chaos in three variables:
     dx/dt = y - a x^3 + b x^2 - z + I,   dy/dt = c - d x^2 - y,   dz/dt = r (s (x - x_rest) - z) */
#include "causeway/neuron.h"

enum { X, Y, Z, VARIABLES };
enum { A, B, C, D, R, S, X_REST };

static void start(const double p[], double x[])
{
  x[Y] = p[C] - p[D] * x[X] * x[X];
  x[Z] = p[S] * (x[X] - p[X_REST]);
}

static void rhs(const double p[], const double x[], double input, double dx[])
{
  const double square = x[X] * x[X];

  dx[X] = x[Y] - p[A] * square * x[X] + p[B] * square - x[Z] + input;
  dx[Y] = p[C] - p[D] * square - x[Y];
  dx[Z] = p[R] * (p[S] * (x[X] - p[X_REST]) - x[Z]);
}

static double jacobian(const double p[], const double x[], double input, double slope[])
{
  const double of_x[VARIABLES] = {-3.0 * p[A] * x[X] * x[X] + 2.0 * p[B] * x[X], -2.0 * p[D] * x[X],
                                  p[R] * p[S]};

  (void)input;
  for (int k = 0; k < VARIABLES; k++) {
    slope[k * VARIABLES + X] = of_x[k];
    slope[k * VARIABLES + Y] = k == X ? 1.0 : (k == Y ? -1.0 : 0.0);
    slope[k * VARIABLES + Z] = k == X ? -1.0 : (k == Z ? -p[R] : 0.0);
  }
  return 1.0;
}

const SmoothModel SmoothHindmarshRose = {
    .name = "hindmarsh_rose",
    .text = "smooth: Hindmarsh-Rose bursting neuron, without units",
    .interval = 1.0,
    .input_unit = "1",
    .input_mean = 3.25,
    .first = {-1.6, 0.0},
    .coupling = "diffusive",
    .coupling_parameters = {0.0, 0.1, 2.0, -2.0},
    .n_state = VARIABLES,
    .n_parameters = 7,
    .state = {{"x", "1", "membrane potential"},
              {"y", "1", "fast currents"},
              {"z", "1", "slow current"}},
    .parameters = {{"a", "1", "Coefficient of x^3 in dx/dt", "1", -1e3, 1e3},
                   {"b", "1", "Coefficient of x^2 in dx/dt", "3", -1e3, 1e3},
                   {"c", "1", "Constant term of dy/dt", "1", -1e3, 1e3},
                   {"d", "1", "Coefficient of x^2 in dy/dt", "5", -1e3, 1e3},
                   {"r", "1", "Rate of z", "0.006", 1e-9, 1e3},
                   {"s", "1", "Coefficient of x in dz/dt", "4", -1e3, 1e3},
                   {"x_rest", "1", "Value of x at which z rests", "-1.6", -1e3, 1e3}},
    .start = start,
    .rhs = rhs,
    .jacobian = jacobian,
};
