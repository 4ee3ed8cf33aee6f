/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What holds for every neuron model: it names and describes itself, its parameters and variables; what a short simulation
   records is finite and the same as on one rank, to the single precision of the file. */
#include "check.h"
#include "scratch.h"

#include <string.h>

static int rank;

static void check_text(const char *model, const char *what, const char *name, const char *text)
{
  CHECK(name && name[0] && strlen(name) == strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
        "%s: the %s '%s'", model, what, name ? name : "");
  CHECK(text && strlen(text) > 3, "%s: the %s %s has no text", model, what, name);
}

static void check_description(int k, const char *name)
{
  const NeuronModel *spiking = NeuronModelGet(k);
  const SmoothModel *smooth = SmoothModelGet(k);
  const int n_parameters = spiking ? spiking->n_parameters : smooth->n_parameters;
  const int n_state = spiking ? spiking->n_state : smooth->n_state;
  const ModelParameter *p = spiking ? spiking->parameters : smooth->parameters;
  const NeuronVariable *v = spiking ? spiking->state : smooth->state;

  CHECK(!spiking != !smooth, "%s: is spiking or smooth", name);
  check_text(name, "model", name, spiking ? spiking->text : smooth->text);
  CHECK(n_state >= 1 && n_state <= NEURON_MAX_STATE, "%s: %d variables", name, n_state);
  for (int i = 0; i < n_state; i++) {
    check_text(name, "variable", v[i].name, v[i].text);
  }
  for (int i = 0; i < n_parameters; i++) {
    check_text(name, "parameter", p[i].name, p[i].text);
    CHECK(p[i].lowest < p[i].highest, "%s: the range of %s", name, p[i].name);
  }
}

/* A short simulation, and what it has recorded. */
static PetscErrorCode simulate(MPI_Comm comm, const char *model, const char *file, Activity *a)
{
  const char *type = strcmp(model, "lorenz96") ? "bernoulli" : "lorenz96";
  /* without noise, integrate-and-fire neurons at rest stay there */
  const char *key = NeuronModelGet(NeuronModelFind(model)) ? "simulate_input_variance" : "seed";
  Simulation simulation;
  Network network;
  DataFile data;
  int64_t n_spikes;

  PetscFunctionBegin;
  PetscCall(NetworkCreate(comm, &network));
  PetscCall(NetworkSetOptions(network, SETTINGS({"network_type", type}, {"seed", "3"})));
  PetscCall(NetworkSetUp(network));
  PetscCall(SimulationCreate(comm, network, &simulation));
  PetscCall(SimulationSetOptions(simulation,
                                 SETTINGS({"simulate_neuron", model}, {"simulate_duration", "20"},
                                          {key, "3"}, {"seed", "3"})));
  PetscCall(SimulationSetUp(simulation));
  PetscCall(DataFileCreate(comm, in_scratch(file), &data));
  PetscCall(SimulationRun(simulation, data, PETSC_FALSE, &n_spikes));
  PetscCall(DataFileClose(&data));
  PetscCall(SimulationDestroy(&simulation));
  PetscCall(NetworkDestroy(&network));
  PetscCall(ActivityCreate(comm, a));
  PetscCall(ActivitySetOptions(*a, SETTINGS({"activity", in_scratch(file)},
                                            {"activity_normalize", "none"},
                                            {"activity_constant", "drop"})));
  PetscCall(ActivityLoad(*a));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_simulation(const char *model)
{
  Activity together, alone;
  const Partition *part;
  char own[64];
  int64_t n;

  PetscFunctionBegin;
  (void)snprintf(own, sizeof(own), "alone_%d.h5", rank);
  PetscCall(simulate(PETSC_COMM_WORLD, model, "together.h5", &together));
  PetscCall(simulate(PETSC_COMM_SELF, model, own, &alone));
  part = ActivityPartition(together);
  n = ActivitySamples(together);
  CHECK(n > 2 && n == ActivitySamples(alone), "%s: %lld samples", model, (long long)n);
  CHECK(part->n_global == ActivityPartition(alone)->n_global, "%s: %lld neurons", model,
        (long long)part->n_global);
  for (int64_t at = 0; at < part->n_local * n; at++) {
    const double x = ActivityValues(together)[at], y = ActivityValues(alone)[part->first * n + at];

    CHECK(isfinite(x) && fabs(x - y) <= 1e-5 * (1 + fabs(y)), "%s: %.17g and %.17g", model, x, y);
  }
  PetscCall(ActivityDestroy(&together));
  PetscCall(ActivityDestroy(&alone));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const char *name, *text;

  check_begin(&argc, &argv);
  scratch_begin("models");
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  for (int k = 0; (name = NeuronModelWord(k, &text)); k++) {
    check_description(k, name);
    CHECK(!test_simulation(name), "%s: %s", name, UserErrorMessage());
  }
  scratch_end();
  return check_end();
}
