/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Leaky integrate-and-fire neuron with exponential synaptic currents,
     C dV/dt = -C (V - E_L) / tau_m + I_ex + I_in + drive,  dI/dt = -I / tau,
   whose linear equations are solved exactly from one point of the grid to the next: Rotter & Diesmann (1999), Biol.
   Cybern. 81:381. Spikes, and what arrives, lie on the grid. */
#include "causeway/neuron.h"

#include "causeway/internal/core/elementary.h"

#include <math.h>

enum { V, CURRENT, REFRACTORY = CURRENT + SYNAPSE_KINDS };
enum { CAPACITANCE, TAU_M, REST, THRESHOLD, RESET, REFRACTORY_TIME };
enum { KEEP, FROM_DRIVE, FROM_CURRENT, REFRACTORY_STEPS = FROM_CURRENT + SYNAPSE_KINDS };

/* Effect of a decaying current on V: integral of exp(-(h - s) / tau_m - s / tau) / C over a step. */
static double propagator(double h, double tau_m, double tau, double capacitance)
{
  const double rate = 1.0 / tau_m - 1.0 / tau, z = h * rate;

  return exp(-h / tau_m) / capacitance * (fabs(z) > 1e-12 ? expm1(z) / rate : h);
}

static void derive(PopulationConstants *c)
{
  const double *p = c->parameters;

  c->derived[KEEP] = exp(-c->step / p[TAU_M]);
  c->derived[FROM_DRIVE] = -expm1(-c->step / p[TAU_M]) * p[TAU_M] / p[CAPACITANCE];
  for (int k = 0; k < SYNAPSE_KINDS; k++) {
    c->derived[FROM_CURRENT + k] = propagator(c->step, p[TAU_M], c->tau[k], p[CAPACITANCE]);
  }
  c->derived[REFRACTORY_STEPS] = floor(p[REFRACTORY_TIME] / c->step + 0.5);
}

static VECTOR_CLONES void step(int64_t n, const PopulationConstants *c,
                               const double *restrict excitation, const double *restrict inhibition,
                               const double *restrict drive, double *restrict v,
                               double *restrict i_ex, double *restrict i_in,
                               double *restrict refractory, uint8_t *restrict fired)
{
  const double rest = c->parameters[REST], threshold = c->parameters[THRESHOLD];
  const double reset = c->parameters[RESET], steps = c->derived[REFRACTORY_STEPS];
  const double keep = c->derived[KEEP], from_drive = c->derived[FROM_DRIVE];
  const double from_ex = c->derived[FROM_CURRENT], from_in = c->derived[FROM_CURRENT + 1];
  const double decay_ex = c->decay[0], decay_in = c->decay[1];

  for (int64_t i = 0; i < n; i++) {
    const double ex = i_ex[i] + excitation[i], in = i_in[i] + inhibition[i], wait = refractory[i];
    const double free =
        rest + keep * (v[i] - rest) + from_drive * drive[i] + from_ex * ex + from_in * in;
    const double x = wait > 0.0 ? v[i] : free;
    const double left = wait > 0.0 ? wait - 1.0 : 0.0;

    i_ex[i] = decay_ex * ex;
    i_in[i] = decay_in * in;
    v[i] = x >= threshold ? reset : x;
    refractory[i] = x >= threshold ? steps : left;
    fired[i] = x >= threshold;
  }
}

static void advance(const PopulationConstants *constants, NeuronBlock *block, const NeuronRun *run,
                    uint8_t fired[])
{
  const int64_t at = run->first;

  step(run->count, constants, run->arriving[SYNAPSE_EXCITATORY], run->arriving[SYNAPSE_INHIBITORY],
       run->drive, block->state[V] + at, block->state[CURRENT] + at,
       block->state[CURRENT + SYNAPSE_INHIBITORY] + at, block->state[REFRACTORY] + at, fired);
}

/* Defaults: Potjans & Diesmann (2014), Cereb. Cortex 24:785, table 5. */
const NeuronModel NeuronLifExp = {
    .name = "lif_exp",
    .text = "spiking: leaky integrate-and-fire, exponential currents, solved exactly",
    .step_ms = 0.1,
    .input_unit = "pA",
    .synapse = "exponential",
    .owns_synapses = PETSC_TRUE,
    .n_state = 4,
    .n_parameters = 6,
    .state = {{"v", "mV", "membrane potential"},
              {"i_excitatory", "pA", "current of excitatory synapses"},
              {"i_inhibitory", "pA", "current of inhibitory synapses"},
              {"refractory", "steps", "steps until the neuron is free"}},
    .parameters = {{"capacitance", "pF", "Membrane capacitance", "250", 1e-3, 1e6},
                   {"tau_m", "ms", "Membrane time constant", "10", 1e-3, 1e4},
                   {"rest", "mV", "Resting potential", "-65", -500, 500},
                   {"threshold", "mV", "Potential at which the neuron spikes", "-50", -500, 500},
                   {"reset", "mV", "Potential after a spike", "-65", -500, 500},
                   {"refractory", "ms", "Refractory time after a spike", "2", 0, 1e4}},
    .spike_threshold_mV = NAN,
    .derive = derive,
    .advance = advance,
};
