/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Neuron-steps per second of the time loop, without recording: networks with 100 synapses per
   neuron in the asynchronous regime of inputs/izhikevich_n1000.yaml. */
#include "check.h"

enum { SYNAPSES = 100, STEPS = 1000 };

static PetscErrorCode set_option(const char *key, double value)
{
  char word[64];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(word, sizeof(word), "%.15g", value));
  PetscCall(PetscOptionsSetValue(NULL, key, word));
  PetscFunctionReturn(0);
}

static PetscErrorCode create(int64_t n, Network *network, Simulation *simulation)
{
  Parameters parameters;

  PetscFunctionBegin;
  PetscCall(set_option("-network_excitatory", (double)(n * 4 / 5)));
  PetscCall(set_option("-network_inhibitory", (double)(n / 5)));
  PetscCall(set_option("-network_probability", (double)SYNAPSES / (double)n));
  PetscCall(set_option("-network_weight_excitatory", 1));
  PetscCall(set_option("-network_weight_inhibitory", -5));
  PetscCall(set_option("-simulate_initial_v_min", -65));
  PetscCall(set_option("-simulate_initial_v_max", -35));
  PetscCall(ParametersCreate(PETSC_COMM_WORLD, &parameters));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, network));
  PetscCall(NetworkSetFromOptions(*network, parameters, 0));
  PetscCall(NetworkSetUp(*network));
  PetscCall(SimulationCreate(PETSC_COMM_WORLD, *network, simulation));
  PetscCall(SimulationSetFromOptions(*simulation, parameters, 0));
  PetscCall(SimulationSetUp(*simulation));
  PetscCall(ParametersDestroy(&parameters));
  PetscFunctionReturn(0);
}

static PetscErrorCode bench(int64_t n)
{
  Network network;
  Simulation simulation;
  int64_t n_fired, spikes = 0, all;
  double start, seconds;
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(create(n, &network, &simulation));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  start = MPI_Wtime();
  for (int step = 0; step < STEPS; step++) {
    PetscCall(SimulationStep(simulation, &n_fired, NULL));
    spikes += n_fired;
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  seconds = MPI_Wtime() - start;
  PetscCallMPI(MPI_Allreduce(&spikes, &all, 1, MPI_INT64_T, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "| %lld | %d | %.3f | %.2e | %.2e | %.1f |\n",
                        (long long)n, size, seconds, (double)n * STEPS / seconds,
                        (double)all * SYNAPSES / seconds, (double)all / (double)n / STEPS * 1e3));
  PetscCall(SimulationDestroy(&simulation));
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)PetscPrintf(PETSC_COMM_WORLD,
                    "Simulation, %d steps, %d synapses per neuron\n"
                    "| N | ranks | s | neuron-steps/s | synaptic events/s | rate Hz |\n"
                    "|---|---|---|---|---|---|\n",
                    STEPS, SYNAPSES);
  for (int64_t n = 1000; n <= 100000; n *= 10) {
    CHECK(!bench(n), "%s", UserErrorMessage());
  }
  return check_end();
}
