/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Izhikevich (2003), IEEE Trans. Neural Netw. 14:1569, with the constants and the step of Lu et al.
   (2023): b = -0.1 and 4.1 v + 108 in place of 0.2 and 5 v + 140, two half steps of v, one of u. */
#include "neuron_impl.h"

enum { V, U };
enum { A, B, C, D };

/* a = 0.02 | 0.02 + 0.08 r, c = -65 + 15 r^2 | -65, d = 8 - 6 r^2 | 2, r uniform */
static void draw(PetscBool excitatory, const double uniform[2], double parameters[])
{
  const double r = uniform[0];

  parameters[A] = excitatory ? 0.02 : 0.02 + 0.08 * r;
  parameters[B] = -0.1;
  parameters[C] = excitatory ? -65.0 + 15.0 * r * r : -65.0;
  parameters[D] = excitatory ? 8.0 - 6.0 * r * r : 2.0;
}

static void start(NeuronBlock *block)
{
  for (int64_t i = 0; i < block->n_local; i++) {
    block->state[U][i] = block->parameters[B][i] * block->state[V][i];
  }
}

static void reset(NeuronBlock *block, int64_t i)
{
  block->state[V][i] = block->parameters[C][i];
  block->state[U][i] += block->parameters[D][i];
}

/* The order of operations is fixed (no fused multiply-add, see CMakeLists.txt): these networks are
   chaotic, and equal output on every number of ranks needs equal rounding. */
static void advance(NeuronBlock *block, const double current[])
{
  const double *restrict a = block->parameters[A], *restrict b = block->parameters[B];
  double *restrict v = block->state[V], *restrict u = block->state[U];

  for (int64_t i = 0; i < block->n_local; i++) {
    double x = v[i];

    x += 0.5 * (0.04 * x * x + 4.1 * x + 108.0 - u[i] + current[i]);
    x += 0.5 * (0.04 * x * x + 4.1 * x + 108.0 - u[i] + current[i]);
    v[i] = x;
    u[i] += a[i] * (b[i] * x - u[i]);
  }
}

const NeuronModel NeuronIzhikevich = {
    .name = "izhikevich",
    .text = "Izhikevich neuron, published scheme",
    .step_ms = 1.0,
    .n_state = 2,
    .n_parameters = 4,
    .state = {{"v", "mV", "membrane potential"}, {"u", "mV/ms", "recovery variable"}},
    .parameters = {{"a", "1/ms", "rate of recovery"},
                   {"b", "1/ms", "sensitivity of recovery to v"},
                   {"c", "mV", "v after a spike"},
                   {"d", "mV/ms", "step of u at a spike"}},
    .spike_threshold_mV = 30.0,
    .draw = draw,
    .start = start,
    .reset = reset,
    .advance = advance,
};
