/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Phase oscillators of Kuramoto (1975), Lect. Notes Phys. 39:420: dtheta_i/dt = omega_i + sum w_ij sin(theta_j -
   theta_i). The input is the frequency omega_i; sin(theta_i) is recorded. */
#include "causeway/neuron.h"

#include <math.h>

static void start(const double p[], double x[])
{
  (void)p, (void)x;
}

static void rhs(const double p[], const double x[], double input, double dx[])
{
  (void)p, (void)x;
  dx[0] = input;
}

static double jacobian(const double p[], const double x[], double input, double slope[])
{
  (void)p, (void)x, (void)input;
  slope[0] = 0.0;
  return 1.0;
}

static double observe(const double x[])
{
  return sin(x[0]);
}

const SmoothModel SmoothKuramoto = {
    .name = "kuramoto",
    .text = "smooth: phase oscillator, Kuramoto 1975",
    .interval = 0.1,
    .input_unit = "1",
    .input_mean = 1.0,
    .first = {0.0, 6.283185307179586},
    .coupling = "sine",
    .n_state = 1,
    .state = {{"theta", "1", "phase"}},
    .start = start,
    .rhs = rhs,
    .jacobian = jacobian,
    .observe = observe,
};
