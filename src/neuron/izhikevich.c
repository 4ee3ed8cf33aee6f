/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Izhikevich (2003), IEEE Trans. Neural Netw. 14:1569, with the constants and the step of Lu et al. (2023): b = -0.1 and
   4.1 v + 108 instead of 0.2 and 5 v + 140; two half steps of v, one step of u. */
#include "causeway/neuron.h"

#include "causeway/internal/core/elementary.h"

#include <math.h>

enum { V, U };
enum { A, B, C, D };

#define THRESHOLD 30.0

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

/* The order of operations is fixed (no fused multiply-add, see CMakeLists.txt): these networks are chaotic, so equal output
   on every number of ranks needs equal rounding. */
static VECTOR_CLONES void step(int64_t n, double h, const double *restrict current,
                               const double *restrict a, const double *restrict b,
                               const double *restrict c, const double *restrict d,
                               double *restrict v, double *restrict u, uint8_t *restrict fired)
{
  for (int64_t i = 0; i < n; i++) {
    const double was = v[i] >= THRESHOLD ? 1.0 : 0.0; /* the spike of the last step ends */
    const double w = u[i] + was * d[i];
    double x = was > 0 ? c[i] : v[i];

    x += 0.5 * h * (0.04 * x * x + 4.1 * x + 108.0 - w + current[i]);
    x += 0.5 * h * (0.04 * x * x + 4.1 * x + 108.0 - w + current[i]);
    v[i] = x;
    u[i] = w + h * a[i] * (b[i] * x - w);
    fired[i] = x >= THRESHOLD;
  }
}

static void advance(const PopulationConstants *constants, NeuronBlock *block, const NeuronRun *run,
                    uint8_t fired[])
{
  const int64_t at = run->first;

  step(run->count, constants->step, run->current, block->parameters[A] + at,
       block->parameters[B] + at, block->parameters[C] + at, block->parameters[D] + at,
       block->state[V] + at, block->state[U] + at, fired);
}

const NeuronModel NeuronIzhikevich = {
    .name = "izhikevich",
    .text = "spiking: quadratic with recovery, Izhikevich 2003",
    .step_ms = 1.0,
    .input_unit = "mV/ms",
    .input_mean = 5.0,
    .input_variance = 5.0,
    .synapse = "delta",
    .draws = PETSC_TRUE,
    .n_state = 2,
    .n_parameters = 4,
    .state = {{"v", "mV", "membrane potential"}, {"u", "mV/ms", "recovery variable"}},
    .parameters =
        {{"a", "1/ms", "Rate of recovery; drawn for each neuron unless it is given", "", 0, 10},
         {"b", "1/ms", "Sensitivity of recovery to v; drawn for each neuron unless it is given", "",
          -10, 10},
         {"c", "mV", "Value of v after a spike; drawn for each neuron unless it is given", "", -200,
          29},
         {"d", "mV/ms", "Increase of u at a spike; drawn for each neuron unless it is given", "",
          -1e3, 1e3}},
    .spike_threshold_mV = THRESHOLD,
    .draw = draw,
    .start = start,
    .advance = advance,
};
