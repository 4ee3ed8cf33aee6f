/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Two neurons with the equations of Hodgkin & Huxley (1952), J. Physiol. 117:500,

     C dv/dt = I - g_na m^3 h (v - e_na) - g_k n^4 (v - e_k) - g_l (v - e_l),   dx/dt = a(v) (1 - x) - b(v) x

   for x = m, h, n: the squid axon, with its rest at -65 mV; and a cortical pyramidal cell with the rates of Traub &
   Miles (1991), Neuronal Networks of the Hippocampus, and the constants of Olufsen et al. (2003), J. Comput. Neurosci.
   14:33. */
#include "causeway/neuron.h"

#include <math.h>

enum { V, M, H, N, VARIABLES };
enum { C, G_NA, G_K, G_L, E_NA, E_K, E_L };

/* Opening and closing rates of a gate [1/ms], and their derivatives by the potential. */
typedef struct {
  double a, b, a_slope, b_slope;
} Rates;

typedef void (*FindRates)(double v, Rates gate[3]);

/* x / (1 - exp(-x)) and its derivative; the value at x = 0 is 1 */
static double linear_rate(double x, double *slope)
{
  const double e = -expm1(-x);

  if (fabs(x) < 1e-5) {
    *slope = 0.5 + x / 6.0;
    return 1.0 + x / 2.0;
  }
  *slope = (e - x * exp(-x)) / (e * e);
  return x / e;
}

/* scale x / (1 - exp(-x)) with x = (v - middle) / width */
static void set_linear(double v, double scale, double middle, double width, double *rate,
                       double *rate_slope)
{
  double slope;

  *rate = scale * linear_rate((v - middle) / width, &slope);
  *rate_slope = scale * slope / width;
}

/* scale exp((v - middle) / width) */
static void set_exponential(double v, double scale, double middle, double width, double *rate,
                            double *rate_slope)
{
  *rate = scale * exp((v - middle) / width);
  *rate_slope = *rate / width;
}

/* scale / (1 + exp(-(v - middle) / width)) */
static void set_logistic(double v, double scale, double middle, double width, double *rate,
                         double *rate_slope)
{
  const double open = 1.0 / (1.0 + exp(-(v - middle) / width));

  *rate = scale * open;
  *rate_slope = scale * open * (1.0 - open) / width;
}

static void squid_rates(double v, Rates gate[3])
{
  set_linear(v, 1.0, -40.0, 10.0, &gate[0].a, &gate[0].a_slope);
  set_exponential(v, 4.0, -65.0, -18.0, &gate[0].b, &gate[0].b_slope);
  set_exponential(v, 0.07, -65.0, -20.0, &gate[1].a, &gate[1].a_slope);
  set_logistic(v, 1.0, -35.0, 10.0, &gate[1].b, &gate[1].b_slope);
  set_linear(v, 0.1, -55.0, 10.0, &gate[2].a, &gate[2].a_slope);
  set_exponential(v, 0.125, -65.0, -80.0, &gate[2].b, &gate[2].b_slope);
}

static void cortical_rates(double v, Rates gate[3])
{
  set_linear(v, 0.32 * 4.0, -54.0, 4.0, &gate[0].a, &gate[0].a_slope);
  set_linear(v, 0.28 * 5.0, -27.0, -5.0, &gate[0].b, &gate[0].b_slope);
  set_exponential(v, 0.128, -50.0, -18.0, &gate[1].a, &gate[1].a_slope);
  set_logistic(v, 4.0, -27.0, 5.0, &gate[1].b, &gate[1].b_slope);
  set_linear(v, 0.032 * 5.0, -52.0, 5.0, &gate[2].a, &gate[2].a_slope);
  set_exponential(v, 0.5, -57.0, -40.0, &gate[2].b, &gate[2].b_slope);
}

static void start_with(FindRates rates, double x[])
{
  Rates gate[3];

  rates(x[V], gate);
  for (int k = 0; k < 3; k++) {
    x[M + k] = gate[k].a / (gate[k].a + gate[k].b);
  }
}

static void rhs_with(FindRates rates, const double p[], const double x[], double input, double dx[])
{
  const double sodium = p[G_NA] * x[M] * x[M] * x[M] * x[H];
  const double potassium = p[G_K] * x[N] * x[N] * x[N] * x[N];
  Rates gate[3];

  rates(x[V], gate);
  dx[V] =
      (input - sodium * (x[V] - p[E_NA]) - potassium * (x[V] - p[E_K]) - p[G_L] * (x[V] - p[E_L])) /
      p[C];
  for (int k = 0; k < 3; k++) {
    dx[M + k] = gate[k].a * (1.0 - x[M + k]) - gate[k].b * x[M + k];
  }
}

static double jacobian_with(FindRates rates, const double p[], const double x[], double slope[])
{
  const double m3 = x[M] * x[M] * x[M], n3 = x[N] * x[N] * x[N];
  Rates gate[3];

  rates(x[V], gate);
  for (int k = 0; k < VARIABLES * VARIABLES; k++) {
    slope[k] = 0;
  }
  slope[V] = -(p[G_NA] * m3 * x[H] + p[G_K] * n3 * x[N] + p[G_L]) / p[C];
  slope[M] = -3.0 * p[G_NA] * x[M] * x[M] * x[H] * (x[V] - p[E_NA]) / p[C];
  slope[H] = -p[G_NA] * m3 * (x[V] - p[E_NA]) / p[C];
  slope[N] = -4.0 * p[G_K] * n3 * (x[V] - p[E_K]) / p[C];
  for (int k = 0; k < 3; k++) {
    slope[(M + k) * VARIABLES + V] =
        gate[k].a_slope * (1.0 - x[M + k]) - gate[k].b_slope * x[M + k];
    slope[(M + k) * VARIABLES + M + k] = -gate[k].a - gate[k].b;
  }
  return 1.0 / p[C];
}

static void squid_start(const double p[], double x[])
{
  (void)p;
  start_with(squid_rates, x);
}

static void squid_rhs(const double p[], const double x[], double input, double dx[])
{
  rhs_with(squid_rates, p, x, input, dx);
}

static double squid_jacobian(const double p[], const double x[], double input, double slope[])
{
  (void)input;
  return jacobian_with(squid_rates, p, x, slope);
}

static void cortical_start(const double p[], double x[])
{
  (void)p;
  start_with(cortical_rates, x);
}

static void cortical_rhs(const double p[], const double x[], double input, double dx[])
{
  rhs_with(cortical_rates, p, x, input, dx);
}

static double cortical_jacobian(const double p[], const double x[], double input, double slope[])
{
  (void)input;
  return jacobian_with(cortical_rates, p, x, slope);
}

#define GATES                                                                                      \
  {                                                                                                \
    {"v", "mV", "membrane potential"}, {"m", "1", "activation of sodium"},                         \
        {"h", "1", "inactivation of sodium"},                                                      \
    {                                                                                              \
      "n", "1", "activation of potassium"                                                          \
    }                                                                                              \
  }

#define CONDUCTANCES(sodium, potassium, leak, e_potassium, e_leak)                                 \
  {                                                                                                \
    {"c", "uF/cm2", "Membrane capacitance", "1", 1e-6, 1e6},                                       \
        {"g_na", "mS/cm2", "Largest sodium conductance", sodium, 0, 1e6},                          \
        {"g_k", "mS/cm2", "Largest potassium conductance", potassium, 0, 1e6},                     \
        {"g_l", "mS/cm2", "Leak conductance", leak, 0, 1e6},                                       \
        {"e_na", "mV", "Sodium reversal potential", "50", -1e3, 1e3},                              \
        {"e_k", "mV", "Potassium reversal potential", e_potassium, -1e3, 1e3},                     \
    {                                                                                              \
      "e_l", "mV", "Leak reversal potential", e_leak, -1e3, 1e3                                    \
    }                                                                                              \
  }

const SmoothModel SmoothHodgkinHuxley = {
    .name = "hodgkin_huxley",
    .text = "smooth: squid axon, Hodgkin & Huxley 1952",
    .interval = 1.0,
    .input_unit = "uA/cm2",
    .input_mean = 10.0,
    .first = {-75.0, -55.0},
    .coupling = "graded",
    .coupling_parameters = {0.0, 5.0, 0.0, -80.0},
    .n_state = VARIABLES,
    .n_parameters = 7,
    .state = GATES,
    .parameters = CONDUCTANCES("120", "36", "0.3", "-77", "-54.387"),
    .start = squid_start,
    .rhs = squid_rhs,
    .jacobian = squid_jacobian,
};

const SmoothModel SmoothTraubMiles = {
    .name = "traub_miles",
    .text = "smooth: cortical pyramidal cell, Traub & Miles 1991",
    .interval = 1.0,
    .input_unit = "uA/cm2",
    .input_mean = 2.0,
    .first = {-75.0, -60.0},
    .coupling = "graded",
    .coupling_parameters = {0.0, 5.0, 0.0, -80.0},
    .n_state = VARIABLES,
    .n_parameters = 7,
    .state = GATES,
    .parameters = CONDUCTANCES("100", "80", "0.1", "-100", "-67"),
    .start = cortical_start,
    .rhs = cortical_rhs,
    .jacobian = cortical_jacobian,
};
