/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Neuron-steps per second of Izhikevich neurons without recording, unconnected and with 100 synapses each, beside what
   the bandwidth of the memory allows: the triad of STREAM in the same run. */
#include "check.h"

enum { TRIAD = 20000000, REPEATS = 5 };

/* Read and written for a neuron in a step: v and u (32), parameters (32), noise drawn and read (12), input read and
   cleared (16). */
#define BYTES_PER_STEP 92.0

static PetscErrorCode create(int64_t n, int synapses, Network *network, Simulation *simulation)
{
  char words[3][32];

  PetscFunctionBegin;
  (void)snprintf(words[0], sizeof(words[0]), "%lld", (long long)(n * 4 / 5));
  (void)snprintf(words[1], sizeof(words[1]), "%lld", (long long)(n / 5));
  (void)snprintf(words[2], sizeof(words[2]), "%.15g", synapses / (double)n);
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, network));
  PetscCall(NetworkSetOptions(
      *network, SETTINGS({"network_excitatory", words[0]}, {"network_inhibitory", words[1]},
                         {"network_probability", words[2]}, {"network_weight_excitatory", "1"},
                         {"network_weight_inhibitory", "-5"})));
  PetscCall(NetworkSetUp(*network));
  PetscCall(SimulationCreate(PETSC_COMM_WORLD, *network, simulation));
  PetscCall(SimulationSetOptions(
      *simulation, SETTINGS({"simulate_initial_v_min", "-65"}, {"simulate_initial_v_max", "-35"})));
  PetscCall(SimulationSetUp(*simulation));
  PetscFunctionReturn(0);
}

/* Bytes per second of all ranks together, the best of several passes: a = b + 3 c. */
static PetscErrorCode triad(double *rate)
{
  double *a, *b, *c, best = 1e30;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(TRIAD, &a, TRIAD, &b, TRIAD, &c));
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    double start, seconds;

    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = MPI_Wtime();
    for (int64_t i = 0; i < TRIAD; i++) {
      a[i] = b[i] + 3.0 * c[i];
    }
    seconds = MPI_Wtime() - start;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
    best = PetscMin(best, seconds);
    CHECK(a[TRIAD / 2] == 0, "the triad is computed");
  }
  *rate = 24.0 * TRIAD / best;
  PetscCall(PetscFree3(a, b, c));
  PetscFunctionReturn(0);
}

static PetscErrorCode bench(int64_t n, int synapses, int steps, double bandwidth)
{
  Network network;
  Simulation simulation;
  int64_t n_fired, spikes = 0, all;
  double start, seconds = 1e30, speed;
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(create(n, synapses, &network, &simulation));
  for (int repeat = 0; repeat <= REPEATS; repeat++) { /* the first settles the network */
    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = MPI_Wtime();
    spikes = 0;
    for (int step = 0; step < steps; step++) {
      PetscCall(SimulationStep(simulation, &n_fired, NULL));
      spikes += n_fired;
    }
    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    seconds = repeat ? PetscMin(seconds, MPI_Wtime() - start) : seconds;
  }
  PetscCallMPI(MPI_Allreduce(&spikes, &all, 1, MPI_INT64_T, MPI_SUM, PETSC_COMM_WORLD));
  speed = (double)n * steps / seconds;
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "| %lld | %d | %d | %.2e | %.0f %% | %.2e | %.1f |\n",
                        (long long)n, synapses, size, speed,
                        100 * speed * BYTES_PER_STEP / bandwidth, (double)all * synapses / seconds,
                        (double)all / (double)n / steps * 1e3));
  PetscCall(SimulationDestroy(&simulation));
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  double bandwidth = 0;
  int size = 1;

  check_begin(&argc, &argv);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  CHECK(!triad(&bandwidth), "triad");
  bandwidth *= size;
  (void)PetscPrintf(
      PETSC_COMM_WORLD,
      "Izhikevich neurons with noise; triad of all ranks %.1f GB/s\n"
      "| N | synapses each | ranks | neuron-steps/s | of bandwidth | synaptic events/s "
      "| rate Hz |\n|---|---|---|---|---|---|---|\n",
      bandwidth * 1e-9);
  for (int64_t n = 10000; n <= 1000000; n *= 10) {
    const int steps = (int)(20000000 / n);

    CHECK(!bench(n, 0, PetscMax(100, steps), bandwidth), "%s", UserErrorMessage());
    CHECK(!bench(n, 100, PetscMax(100, steps / 4), bandwidth), "%s", UserErrorMessage());
  }
  return check_end();
}
