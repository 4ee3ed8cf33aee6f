/* SPDX-License-Identifier: GPL-3.0-or-later */

/* bench_microcircuit INPUT.yaml [-key value ...]: builds the network of a simulation, makes its first 500 ms and times
   the next second, without recording. */
#include "check.h"

#include <sys/resource.h>

static PetscErrorCode run_for(Simulation simulation, double ms, double *seconds, int64_t *spikes)
{
  const int64_t steps = llround(ms / SimulationInterval(simulation));
  int64_t n_fired, mine = 0;
  double start;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  start = MPI_Wtime();
  for (int64_t step = 0; step < steps; step++) {
    PetscCall(SimulationStep(simulation, &n_fired, NULL));
    mine += n_fired;
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  *seconds = MPI_Wtime() - start;
  PetscCallMPI(MPI_Allreduce(&mine, spikes, 1, MPI_INT64_T, MPI_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(0);
}

static PetscErrorCode bench(int argc, char **argv)
{
  Parameters p;
  Network network;
  Simulation simulation;
  struct rusage usage;
  double build, settle, seconds, per_spike, memory;
  int64_t spikes;
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(ParametersCreate(PETSC_COMM_WORLD, &p));
  PetscCall(ParametersLoad(p, argv[1], argc - 1, argv + 1));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &network));
  PetscCall(NetworkDeclareParameters(p));
  PetscCall(NetworkSetFromOptions(network, p, 1));
  PetscCall(SimulationCreate(PETSC_COMM_WORLD, network, &simulation));
  PetscCall(SimulationDeclareParameters(p));
  PetscCall(SimulationSetFromOptions(simulation, p, 1));
  build = MPI_Wtime();
  PetscCall(NetworkSetUp(network));
  PetscCall(SimulationSetUp(simulation));
  PetscCall(SimulationSeek(simulation, 0));
  build = MPI_Wtime() - build;
  PetscCall(run_for(simulation, 500, &settle, &spikes));
  PetscCall(run_for(simulation, 1000, &seconds, &spikes));
  (void)getrusage(RUSAGE_SELF, &usage);
  memory = (double)usage.ru_maxrss / 1024;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &memory, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  per_spike = (double)NetworkSynapses(network) / (double)NetworkPartition(network)->n_global;
  PetscCall(PetscPrintf(
      PETSC_COMM_WORLD,
      "%d ranks: %lld synapses, built in %.1f s; real-time factor %.2f, %.3g synaptic events/s, at "
      "most %.0f MB per rank\n",
      size, (long long)NetworkSynapses(network), build, seconds,
      (double)spikes * per_spike / seconds, memory));
  PetscCall(SimulationDestroy(&simulation));
  PetscCall(NetworkDestroy(&network));
  PetscCall(ParametersDestroy(&p));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(argc > 1 && !bench(argc, argv), "%s", UserErrorMessage());
  return check_end();
}
