/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Adaptive exponential integrate-and-fire neuron, Brette & Gerstner (2005), J. Neurophysiol. 94:3637:
     C dV/dt = -g_L (V - E_L) + g_L D exp((V - V_T) / D) - w + I,  tau_w dw/dt = a (V - E_L) - w,
   V reset and w increased by b when V passes the peak. Heun's method, of second order; the exponential is held at its
   value at the peak. */
#include "causeway/neuron.h"

#include "causeway/internal/core/elementary.h"

#include <math.h>

enum { V, W, REFRACTORY };
enum { CAPACITANCE, LEAK, REST, SLOPE, SOFT_THRESHOLD, PEAK, RESET, TAU_W, A, B, REFRACTORY_TIME };
enum { REFRACTORY_STEPS };

static void derive(PopulationConstants *c)
{
  c->derived[REFRACTORY_STEPS] = floor(c->parameters[REFRACTORY_TIME] / c->step + 0.5);
}

/* Constants of the membrane equation, kept in registers. */
typedef struct {
  double leak, rest, slope, soft_threshold, peak;
} Membrane;

/* C dV/dt without adaptation and input */
static inline double membrane_current(const Membrane m, double v)
{
  const double below = v < m.peak ? v : m.peak;
  const double exponent = (below - m.soft_threshold) / m.slope;

  return m.leak * m.slope * vector_exp(exponent > -700.0 ? exponent : -700.0) -
         m.leak * (below - m.rest);
}

static VECTOR_CLONES void step(int64_t n, const PopulationConstants *c,
                               const double *restrict current, double *restrict v,
                               double *restrict w, double *restrict refractory,
                               uint8_t *restrict fired)
{
  const double *p = c->parameters;
  const Membrane m = {p[LEAK], p[REST], p[SLOPE], p[SOFT_THRESHOLD], p[PEAK]};
  const double h = c->step, per_c = c->step / p[CAPACITANCE], per_w = h / p[TAU_W];
  const double peak = p[PEAK], reset = p[RESET], steps = c->derived[REFRACTORY_STEPS];
  const double rest = p[REST], a = p[A], b = p[B];

  for (int64_t i = 0; i < n; i++) {
    const double wait = refractory[i], v0 = v[i], w0 = w[i];
    const double free = wait > 0.0 ? 0.0 : per_c;
    const double dv0 = free * (membrane_current(m, v0) - w0 + current[i]);
    const double dw0 = per_w * (a * (v0 - rest) - w0);
    const double v1 = v0 + dv0 < peak ? v0 + dv0 : peak, w1 = w0 + dw0;
    const double dv1 = free * (membrane_current(m, v1) - w1 + current[i]);
    const double dw1 = per_w * (a * (v1 - rest) - w1);
    const double x = v0 + 0.5 * (dv0 + dv1), y = w0 + 0.5 * (dw0 + dw1);

    v[i] = x >= peak ? reset : x;
    w[i] = x >= peak ? y + b : y;
    refractory[i] = x >= peak ? steps : (wait > 0.0 ? wait - 1.0 : 0.0);
    fired[i] = x >= peak;
  }
}

static void advance(const PopulationConstants *constants, NeuronBlock *block, const NeuronRun *run,
                    uint8_t fired[])
{
  const int64_t at = run->first;

  step(run->count, constants, run->current, block->state[V] + at, block->state[W] + at,
       block->state[REFRACTORY] + at, fired);
}

/* Defaults: table 1 of Brette & Gerstner (2005), a regularly spiking neuron. */
const NeuronModel NeuronAdex = {
    .name = "adex",
    .text = "spiking: adaptive exponential integrate-and-fire",
    .step_ms = 0.1,
    .input_unit = "pA",
    .synapse = "exponential",
    .n_state = 3,
    .n_parameters = 11,
    .state = {{"v", "mV", "membrane potential"},
              {"w", "pA", "adaptation current"},
              {"refractory", "steps", "steps until the neuron is free"}},
    .parameters = {{"capacitance", "pF", "Membrane capacitance", "281", 1e-3, 1e6},
                   {"leak", "nS", "Leak conductance", "30", 1e-6, 1e6},
                   {"rest", "mV", "Reversal potential of the leak", "-70.6", -500, 500},
                   {"slope", "mV", "Slope factor of the exponential", "2", 1e-2, 100},
                   {"soft_threshold", "mV", "Potential at which the exponential sets in", "-50.4",
                    -500, 500},
                   {"peak", "mV", "Potential at which the neuron spikes", "0", -500, 500},
                   {"reset", "mV", "Potential after a spike", "-70.6", -500, 500},
                   {"tau_w", "ms", "Time constant of the adaptation current", "144", 1e-3, 1e5},
                   {"a", "nS", "Adaptation by the potential", "4", -1e4, 1e4},
                   {"b", "pA", "Increase of the adaptation current at a spike", "80.5", -1e5, 1e5},
                   {"refractory", "ms", "Refractory time after a spike", "0", 0, 1e4}},
    .spike_threshold_mV = NAN,
    .derive = derive,
    .advance = advance,
};
