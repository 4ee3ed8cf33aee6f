/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Networks of spiking neurons: against a plain simulation that keeps every spike in a list, the same to the bit on all
   numbers of ranks, and with the messages that wiring.h promises. */
#include "spiking_setup.h"

#include "traffic.h"

#include <string.h>

enum { MOST_SPIKES = 200000 };

#define NETWORK                                                                                    \
  "-network_excitatory 32 -network_inhibitory 8 -network_probability 0.2 "                         \
  "-network_weight_spread 0.3 -network_delay_excitatory 1.5 -network_delay_inhibitory 0.8 "        \
  "-network_delay_spread 0.5 -simulate_duration 10000 "

/* Models and synapses, each lively. */
static const char *const cases[] = {
    NETWORK "-simulate_neuron lif_exp -network_weight_excitatory 150 -network_weight_inhibitory "
            "-400 -simulate_input_mean 350,300 -simulate_input_variance 40000 "
            "-simulate_poisson_rate 800 -simulate_poisson_weight 120 -simulate_initial_v_mean "
            "-60,-58 -simulate_initial_v_spread 5",
    NETWORK "-simulate_neuron adex -network_weight_excitatory 60 -network_weight_inhibitory -100 "
            "-simulate_input_mean 700 -simulate_input_variance 90000 -simulate_poisson_rate "
            "500,900 -simulate_poisson_weight 50,-30",
    NETWORK "-simulate_neuron adex -simulate_synapse conductance -network_weight_excitatory 3 "
            "-network_weight_inhibitory -8 -simulate_input_mean 750 -simulate_input_variance "
            "90000",
    NETWORK "-simulate_neuron izhikevich -network_weight_excitatory 4 -network_weight_inhibitory "
            "-6 -network_delay_excitatory 3 -network_delay_inhibitory 2",
    NETWORK "-simulate_neuron izhikevich -simulate_synapse exponential -network_weight_excitatory "
            "2 -network_weight_inhibitory -3",
    NETWORK "-simulate_neuron izhikevich -network_delay_excitatory 0 -network_delay_inhibitory 0 "
            "-network_weight_excitatory 5 -network_weight_inhibitory -5"};

enum { N_CASES = PETSC_STATIC_ARRAY_LENGTH(cases), STEPS = 3000 };

typedef struct {
  int64_t step, neuron;
} Fired;

/* Runs and keeps the local spikes. */
static PetscErrorCode run(Made *made, int64_t steps, int64_t *n, Fired *fired)
{
  PetscFunctionBegin;
  *n = 0;
  PetscCall(SpikingConnect(made->spiking));
  while (made->spiking->step < steps) {
    PetscCall(SpikingStep(made->spiking));
    for (int64_t f = 0; f < made->spiking->n_fired && *n < MOST_SPIKES; f++) {
      fired[(*n)++] = (Fired){made->spiking->step, made->spiking->fired_global[f]};
    }
  }
  PetscFunctionReturn(0);
}

/* What arrives at each neuron in a step: all synapses are looked through for spikes of the right time. */
static PetscErrorCode add_arriving(Network network, int64_t step, int64_t n, const Fired *fired,
                                   int n_kinds, double *arriving[SYNAPSE_KINDS])
{
  const int64_t n_neurons = NetworkPartition(network)->n_global;

  PetscFunctionBegin;
  for (int64_t i = 0; i < n_neurons; i++) {
    const int32_t *sources;
    const float *weights;
    const uint16_t *delays;
    int64_t count;

    PetscCall(NetworkRow(network, i, &count, &sources, &weights));
    PetscCall(NetworkRowDelays(network, i, &delays));
    for (int64_t f = n - 1; f >= 0 && fired[f].step > step - 200; f--) {
      for (int64_t k = 0; k < count; k++) {
        if (sources[k] == fired[f].neuron && fired[f].step + (delays ? delays[k] : 0) == step) {
          arriving[n_kinds > 1 && weights[k] < 0][i] += (double)weights[k];
        }
      }
    }
  }
  PetscFunctionReturn(0);
}

/* A twin whose own synapses are cut gets from the list what would have arrived. */
static PetscErrorCode test_oracle(const char *options)
{
  Made made, twin;
  Network rows;
  Fired *fired, *again;
  int64_t n, m = 0;
  char cut[2048];

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(MOST_SPIKES, &fired, MOST_SPIKES, &again));
  PetscCall(made_create(PETSC_COMM_SELF, options, &made));
  PetscCall(run(&made, STEPS, &n, fired));
  CHECK(n > 100, "%s: only %lld spikes", options, (long long)n);
  PetscCall(PetscSNPrintf(cut, sizeof(cut), "%s -network_probability 0", options));
  PetscCall(made_create(PETSC_COMM_SELF, cut, &twin));
  PetscCall(SpikingConnect(twin.spiking));
  rows = made.network;
  while (twin.spiking->step < STEPS) {
    const InputRing *ring = &twin.spiking->ring;
    double *arriving[SYNAPSE_KINDS];

    for (int k = 0; k < SYNAPSE_KINDS; k++) {
      arriving[k] = InputRingRow(ring, twin.spiking->step, k < ring->n_kinds ? k : 0);
    }
    PetscCall(add_arriving(rows, twin.spiking->step, m, again, ring->n_kinds, arriving));
    PetscCall(SpikingStep(twin.spiking));
    for (int64_t f = 0; f < twin.spiking->n_fired && m < MOST_SPIKES; f++) {
      again[m++] = (Fired){twin.spiking->step, twin.spiking->fired_global[f]};
    }
    if (m <= n && memcmp(fired, again, (size_t)m * sizeof(Fired)) != 0) {
      break;
    }
  }
  CHECK(m == n && !memcmp(fired, again, (size_t)n * sizeof(Fired)),
        "%s: other spikes than the plain simulation by step %lld", options,
        (long long)twin.spiking->step);
  PetscCall(made_destroy(&twin));
  PetscCall(made_destroy(&made));
  PetscCall(PetscFree2(fired, again));
  PetscFunctionReturn(0);
}

/* Spikes and state of this rank's neurons are those of one rank, to the bit. */
static PetscErrorCode test_ranks(const char *options)
{
  Made all, one;
  Fired *fired, *alone;
  int64_t n, n_alone, at = 0;
  const Partition *p;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(MOST_SPIKES, &fired, MOST_SPIKES, &alone));
  PetscCall(made_create(PETSC_COMM_WORLD, options, &all));
  PetscCall(run(&all, STEPS, &n, fired));
  PetscCall(made_create(PETSC_COMM_SELF, options, &one));
  PetscCall(run(&one, STEPS, &n_alone, alone));
  p = NetworkPartition(all.network);
  for (int64_t f = 0; f < n_alone; f++) {
    if (alone[f].neuron >= p->first && alone[f].neuron < p->first + p->n_local) {
      CHECK(at < n && fired[at].step == alone[f].step && fired[at].neuron == alone[f].neuron,
            "%s: spike %lld", options, (long long)at);
      at++;
    }
  }
  CHECK(at == n, "%s: %lld spikes, on one rank %lld", options, (long long)n, (long long)at);
  for (int k = 0; k < all.spiking->n_variables; k++) {
    CHECK(p->n_local == 0 ||
              !memcmp(all.spiking->block.state[k], one.spiking->block.state[k] + p->first,
                      (size_t)p->n_local * sizeof(double)),
          "%s: %s differs", options, all.spiking->variables[k].name);
  }
  PetscCall(made_destroy(&all));
  PetscCall(made_destroy(&one));
  PetscCall(PetscFree2(fired, alone));
  PetscFunctionReturn(0);
}

/* On a circle a rank has targets on its neighbours alone: one message to each per exchange, of which there is one
   every shortest delay + 1 steps. */
static PetscErrorCode test_messages(void)
{
  const int64_t steps = 200, exchanges = steps / 11;
  Traffic before, after;
  int64_t neighbours = 0;
  int size, rank;
  Made made;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(made_create(PETSC_COMM_WORLD,
                        "-network_type lorenz96 -network_excitatory 60 -network_inhibitory 4 "
                        "-network_delay_excitatory 1 -network_delay_inhibitory 1 "
                        "-network_delay_minimum 1 -simulate_neuron lif_exp -simulate_input_mean "
                        "400 -simulate_duration 1000",
                        &made));
  PetscCall(SpikingConnect(made.spiking));
  for (int m = 0; m < made.spiking->wiring[0].n_to; m++) {
    neighbours += made.spiking->wiring[0].to[m].rank != rank;
  }
  CHECK(neighbours == PetscMin(size - 1, 2), "%lld ranks hold targets", (long long)neighbours);
  before = TrafficCount();
  while (made.spiking->step < steps) {
    PetscCall(SpikingStep(made.spiking));
  }
  after = TrafficCount();
  CHECK(after.messages - before.messages == neighbours * exchanges &&
            after.bytes - before.bytes == 512 * neighbours * exchanges,
        "%lld messages of %lld bytes; expected %lld", (long long)(after.messages - before.messages),
        (long long)(after.bytes - before.bytes), (long long)(neighbours * exchanges));
  CHECK(after.collectives == before.collectives, "collectives within a step");
  PetscCall(made_destroy(&made));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  int size;

  check_begin(&argc, &argv);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  for (int k = 0; k < N_CASES; k++) {
    if (size == 1) {
      CHECK(!test_oracle(cases[k]), "%s", UserErrorMessage());
    } else {
      CHECK(!test_ranks(cases[k]), "%s", UserErrorMessage());
    }
  }
  CHECK(!test_ranks(NETWORK "-simulate_neuron izhikevich -connectivity_switch 700.5:0.5 "
                            "-network_weight_excitatory 4 -network_weight_inhibitory -6"),
        "%s", UserErrorMessage());
  CHECK(!test_ranks("-network_excitatory 2 -network_inhibitory 1 -network_probability 1 "
                    "-simulate_duration 10000"),
        "%s", UserErrorMessage());
  CHECK(!test_messages(), "%s", UserErrorMessage());
  return check_end();
}
