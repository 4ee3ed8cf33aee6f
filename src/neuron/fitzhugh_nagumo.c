/* SPDX-License-Identifier: GPL-3.0-or-later */

/* FitzHugh (1961), Biophys. J. 1:445; Nagumo et al. (1962): dv/dt = v - v^3 / 3 - w + I, tau dw/dt = v + a - b w */
#include "causeway/neuron.h"

enum { V, W };
enum { A, B, TAU };

static void start(const double p[], double x[])
{
  x[W] = (x[V] + p[A]) / p[B];
}

static void rhs(const double p[], const double x[], double input, double dx[])
{
  dx[V] = x[V] - x[V] * x[V] * x[V] / 3.0 - x[W] + input;
  dx[W] = (x[V] + p[A] - p[B] * x[W]) / p[TAU];
}

static double jacobian(const double p[], const double x[], double input, double slope[])
{
  (void)input;
  slope[0] = 1.0 - x[V] * x[V];
  slope[1] = -1.0;
  slope[2] = 1.0 / p[TAU];
  slope[3] = -p[B] / p[TAU];
  return 1.0;
}

const SmoothModel SmoothFitzHughNagumo = {
    .name = "fitzhugh_nagumo",
    .text = "smooth: FitzHugh-Nagumo oscillator, without units",
    .interval = 1.0,
    .input_unit = "1",
    .input_mean = 0.5,
    .first = {-1.5, 1.5},
    .coupling = "diffusive",
    .coupling_parameters = {0.0, 0.1, 2.0, -2.0},
    .n_state = 2,
    .n_parameters = 3,
    .state = {{"v", "1", "membrane potential"}, {"w", "1", "recovery variable"}},
    .parameters = {{"a", "1", "Constant term of the recovery", "0.7", -1e3, 1e3},
                   {"b", "1", "Decay of the recovery", "0.8", 1e-6, 1e3},
                   {"tau", "1", "Time constant of the recovery", "12.5", 1e-6, 1e6}},
    .start = start,
    .rhs = rhs,
    .jacobian = jacobian,
};
