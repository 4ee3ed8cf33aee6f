/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The published experiments with all their inputs stored: one step from each stored state must give
   the next one, spikes exactly; a free run must follow for 50 steps. */
#include "check.h"

#include <string.h>

typedef struct {
  int64_t n, n_steps; /* neurons, steps */
  Partition part;
  double *v, *u;   /* (n_local, n_steps + 1) */
  int64_t n_fired; /* rows of `fired` */
  int32_t *fired;  /* (n_fired, 2) step and neuron, both from 1, of all neurons */
} Experiment;

static PetscErrorCode read_series(DataFile file, const char *group, const char *name,
                                  const Experiment *e, double **values)
{
  char path[256];
  int64_t first[2] = {e->part.first, 0}, count[2] = {e->part.n_local, e->n_steps + 1};

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", group, name));
  PetscCall(PetscMalloc1(count[0] * count[1], values));
  PetscCall(DataFileRead(file, path, DATA_FLOAT64, first, count, *values));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_experiment(const char *file_name, const char *group, Experiment *e)
{
  DataFile file;
  char path[256];
  int64_t dims[2], zero[2] = {0, 0};

  PetscFunctionBegin;
  PetscCall(DataFileOpen(PETSC_COMM_WORLD, file_name, &file));
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/v", group));
  PetscCall(DataFileShape(file, path, 2, dims));
  e->n = dims[0];
  e->n_steps = dims[1] - 1;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, e->n, &e->part));
  PetscCall(read_series(file, group, "v", e, &e->v));
  PetscCall(read_series(file, group, "u", e, &e->u));
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/firings", group));
  PetscCall(DataFileShape(file, path, 2, dims));
  e->n_fired = dims[0];
  PetscCall(PetscMalloc1(2 * e->n_fired, &e->fired));
  PetscCall(DataFileRead(file, path, DATA_INT32, zero, dims, e->fired));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static PetscErrorCode free_experiment(Experiment *e)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(e->v));
  PetscCall(PetscFree(e->u));
  PetscCall(PetscFree(e->fired));
  PetscFunctionReturn(0);
}

/* A simulation of the stored network, parameters and input, through the options a user would give.
 */
static PetscErrorCode create_replay(const char *file, const char *group, Network *network,
                                    Simulation *simulation)
{
  static const char *const names[3] = {"connectivity", "params_abcd", "inp"};
  char path[3][4096];

  PetscFunctionBegin;
  for (int k = 0; k < 3; k++) {
    PetscCall(PetscSNPrintf(path[k], sizeof(path[k]), "%s:%s/%s", file, group, names[k]));
  }
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, network));
  PetscCall(
      NetworkSetOptions(*network, SETTINGS({"network_type", "file"}, {"network_file", path[0]})));
  PetscCall(NetworkSetUp(*network));
  PetscCall(SimulationCreate(PETSC_COMM_WORLD, *network, simulation));
  PetscCall(SimulationSetOptions(
      *simulation, SETTINGS({"simulate_parameters", path[1]}, {"simulate_input", path[2]})));
  PetscCall(SimulationSetUp(*simulation));
  PetscFunctionReturn(0);
}

static void set_state(const Experiment *e, int64_t sample, NeuronBlock *block)
{
  for (int64_t i = 0; i < e->part.n_local; i++) {
    block->state[0][i] = e->v[i * (e->n_steps + 1) + sample];
    block->state[1][i] = e->u[i * (e->n_steps + 1) + sample];
  }
}

/* Largest relative distance of v and u from a stored sample. */
static double distance(const Experiment *e, int64_t sample, const NeuronBlock *block)
{
  double largest = 0;

  for (int64_t i = 0; i < e->part.n_local; i++) {
    const double stored[2] = {e->v[i * (e->n_steps + 1) + sample],
                              e->u[i * (e->n_steps + 1) + sample]};

    for (int s = 0; s < 2; s++) {
      largest = fmax(largest, fabs(block->state[s][i] - stored[s]) / fmax(1.0, fabs(stored[s])));
    }
  }
  return largest;
}

/* The same in the maximum norm of the population: the largest difference of a variable over its
   largest value. In a free run a neuron that passes through zero would say little by itself. */
static PetscErrorCode population_distance(const Experiment *e, int64_t sample,
                                          const NeuronBlock *block, double *largest)
{
  double mine[4] = {0, 0, 0, 0}, all[4]; /* difference and size of v; of u */

  PetscFunctionBegin;
  for (int64_t i = 0; i < e->part.n_local; i++) {
    const int64_t at = i * (e->n_steps + 1) + sample;

    mine[0] = fmax(mine[0], fabs(block->state[0][i] - e->v[at]));
    mine[1] = fmax(mine[1], fabs(e->v[at]));
    mine[2] = fmax(mine[2], fabs(block->state[1][i] - e->u[at]));
    mine[3] = fmax(mine[3], fabs(e->u[at]));
  }
  PetscCallMPI(MPI_Allreduce(mine, all, 4, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  *largest = fmax(*largest, fmax(all[0] / all[1], all[2] / all[3]));
  PetscFunctionReturn(0);
}

/* The stored spikes of a step that belong to this rank, in order, against those of the simulation.
 */
static int64_t check_spikes(const Experiment *e, int64_t step, int64_t next, int64_t n_fired,
                            const int64_t *fired)
{
  int64_t k = 0;

  for (; next < e->n_fired && e->fired[2 * next] == step + 1; next++) {
    int64_t neuron = e->fired[2 * next + 1] - 1;

    if (neuron >= e->part.first && neuron < e->part.first + e->part.n_local) {
      CHECK(k < n_fired && fired[k] == neuron, "step %lld, neuron %lld did not fire",
            (long long)step, (long long)neuron);
      k++;
    }
  }
  CHECK(k == n_fired, "step %lld: %lld spikes, %lld stored", (long long)step, (long long)n_fired,
        (long long)k);
  return next;
}

static PetscErrorCode test_experiment(const char *file, const char *group)
{
  Experiment e;
  Network network;
  Simulation simulation;
  NeuronBlock *block;
  int64_t next = 0, n_fired;
  const int64_t *fired;
  double worst_step = 0, worst_run = 0, worst[2], all[2];

  PetscFunctionBegin;
  PetscCall(read_experiment(file, group, &e));
  PetscCall(create_replay(file, group, &network, &simulation));
  block = SimulationBlock(simulation);
  CHECK(SimulationSteps(simulation) == e.n_steps, "duration");
  while (next < e.n_fired && e.fired[2 * next] == 1) {
    next++; /* those of the initial state */
  }
  for (int64_t step = 0; step < e.n_steps; step++) {
    set_state(&e, step, block);
    PetscCall(SimulationSeek(simulation, step));
    PetscCall(SimulationStep(simulation, &n_fired, &fired));
    if (step + 1 < e.n_steps) {
      next = check_spikes(&e, step + 1, next, n_fired, fired);
    }
    worst_step = fmax(worst_step, distance(&e, step + 1, block));
  }
  CHECK(next == e.n_fired, "all stored spikes were met");
  set_state(&e, 0, block);
  PetscCall(SimulationSeek(simulation, 0));
  for (int64_t step = 0; step < 50; step++) {
    PetscCall(SimulationStep(simulation, NULL, NULL));
    PetscCall(population_distance(&e, step + 1, block, &worst_run));
  }
  worst[0] = worst_step;
  worst[1] = worst_run;
  PetscCallMPI(MPI_Allreduce(worst, all, 2, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s N=%lld: one step %.2e, free run of 50 steps %.2e\n",
                        group, (long long)e.n, all[0], all[1]));
  CHECK(all[0] <= 1e-11, "one step differs by %g", all[0]);
  CHECK(all[1] <= 1e-9, "the free run differs by %g", all[1]);
  PetscCall(SimulationDestroy(&simulation));
  PetscCall(NetworkDestroy(&network));
  PetscCall(free_experiment(&e));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_all(void)
{
  static const char *const files[] = {"networks_n5.h5", "networks_n10.h5", "networks_n20.h5",
                                      "networks_n40.h5"};
  static const char *const groups[] = {"/p0.4/seed0", "/p0.8/seed0"};
  char path[4096];

  PetscFunctionBegin;
  for (int f = 0; f < 4; f++) {
    PetscCall(PetscStrncpy(path, check_data(files[f]), sizeof(path)));
    for (int g = 0; g < 2; g++) {
      PetscCall(test_experiment(path, groups[g]));
    }
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  if (!check_data("networks_n5.h5")) {
    return check_skip("the published simulations are not there (CAUSEWAY_DATA)");
  }
  CHECK(!test_all(), "%s", UserErrorMessage());
  return check_end();
}
