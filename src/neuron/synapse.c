/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How spikes become an input current. A current that decays within a step acts by its mean over the step, so the charge of a
   spike does not depend on the step. */
#include "causeway/neuron.h"

#include "causeway/internal/core/elementary.h"

static VECTOR_CLONES void delta(int64_t n, const double *restrict arriving,
                                const double *restrict drive, double *restrict current)
{
  for (int64_t i = 0; i < n; i++) {
    current[i] = drive[i] + arriving[i];
  }
}

static void act_delta(const PopulationConstants *c, const NeuronRun *run, double *const state[],
                      const double v[])
{
  (void)c;
  (void)state;
  (void)v;
  delta(run->count, run->arriving[0], run->drive, run->current);
}

static VECTOR_CLONES void exponential(int64_t n, const PopulationConstants *c,
                                      const double *restrict excitation,
                                      const double *restrict inhibition,
                                      const double *restrict drive, double *restrict s_ex,
                                      double *restrict s_in, double *restrict current)
{
  const double decay_ex = c->decay[0], decay_in = c->decay[1];
  const double mean_ex = c->mean[0], mean_in = c->mean[1];

  for (int64_t i = 0; i < n; i++) {
    const double ex = s_ex[i] + excitation[i], in = s_in[i] + inhibition[i];

    current[i] = drive[i] + mean_ex * ex + mean_in * in;
    s_ex[i] = decay_ex * ex;
    s_in[i] = decay_in * in;
  }
}

static void act_exponential(const PopulationConstants *c, const NeuronRun *run,
                            double *const state[], const double v[])
{
  (void)v;
  exponential(run->count, c, run->arriving[0], run->arriving[1], run->drive, state[0] + run->first,
              state[1] + run->first, run->current);
}

/* A conductance is positive; the sign of the weight selects the reversal potential. */
static VECTOR_CLONES void conductance(int64_t n, const PopulationConstants *c,
                                      const double *restrict excitation,
                                      const double *restrict inhibition,
                                      const double *restrict drive, const double *restrict v,
                                      double *restrict g_ex, double *restrict g_in,
                                      double *restrict current)
{
  const double decay_ex = c->decay[0], decay_in = c->decay[1];
  const double mean_ex = c->mean[0], mean_in = c->mean[1];
  const double reversal_ex = c->reversal[0], reversal_in = c->reversal[1];

  for (int64_t i = 0; i < n; i++) {
    const double ex = g_ex[i] + excitation[i], in = g_in[i] - inhibition[i];

    current[i] =
        drive[i] + mean_ex * ex * (reversal_ex - v[i]) + mean_in * in * (reversal_in - v[i]);
    g_ex[i] = decay_ex * ex;
    g_in[i] = decay_in * in;
  }
}

static void act_conductance(const PopulationConstants *c, const NeuronRun *run,
                            double *const state[], const double v[])
{
  conductance(run->count, c, run->arriving[0], run->arriving[1], run->drive, v + run->first,
              state[0] + run->first, state[1] + run->first, run->current);
}

const SynapseModel SynapseDelta = {
    .name = "delta", .text = "current in the step in which a spike arrives", .act = act_delta};

const SynapseModel SynapseExponential = {
    .name = "exponential",
    .text = "current that decays exponentially",
    .n_state = 2,
    .state = {{"i_excitatory", "unit of the input", "current of excitatory synapses"},
              {"i_inhibitory", "unit of the input", "current of inhibitory synapses"}},
    .act = act_exponential};

const SynapseModel SynapseConductance = {
    .name = "conductance",
    .text = "conductance that decays exponentially",
    .n_state = 2,
    .state = {{"g_excitatory", "unit of the input / mV", "conductance of excitatory synapses"},
              {"g_inhibitory", "unit of the input / mV", "conductance of inhibitory synapses"}},
    .act = act_conductance};
