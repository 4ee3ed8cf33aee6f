/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Generated networks of every type: rows that are sound, the same on all numbers of ranks, and distributed as their type
   says, within five standard errors. */
#include "settings.h"

#include "causeway/random.h"

#include "causeway/internal/core/plane.h"
#include "network_impl.h"

#include <string.h>

enum { NE = 150, NI = 50, N = NE + NI, SEED = 5 };

static PetscErrorCode generate(MPI_Comm comm, const char *options, Network *network)
{
  Settings settings;

  PetscFunctionBegin;
  PetscCall(NetworkCreate(comm, network));
  PetscCall(NetworkSetOptions(*network,
                              SETTINGS({"network_excitatory", "150"}, {"network_inhibitory", "50"},
                                       {"network_weight_excitatory", "2"},
                                       {"network_weight_inhibitory", "-3"}, {"seed", "5"})));
  PetscCall(NetworkSetOptions(*network, settings_read(&settings, options, "", PETSC_TRUE)));
  PetscCall(NetworkSetUp(*network));
  PetscFunctionReturn(0);
}

/* Counts whose expectation is a sum of probabilities. */
typedef struct {
  double found, expected, variance;
} Tally;

static void tally(Tally *t, double probability, int found)
{
  t->found += found;
  t->expected += probability;
  t->variance += probability * (1.0 - probability);
}

static void check_tally(const char *what, const Tally *t)
{
  CHECK(fabs(t->found - t->expected) <= 5.0 * sqrt(t->variance) + 1e-9, "%s: %g, expected %g +- %g",
        what, t->found, t->expected, sqrt(t->variance));
}

/* connected[i * N + j]; on one rank. Rows ascend, hold no target itself, and have the weights of their kind. */
static PetscErrorCode read_pairs(const char *options, uint8_t *connected, int64_t count[N])
{
  Network network;
  double expected;

  PetscFunctionBegin;
  PetscCall(generate(PETSC_COMM_SELF, options, &network));
  memset(connected, 0, (size_t)N * N);
  for (int64_t i = 0; i < N; i++) {
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(network, i, &count[i], &sources, &weights));
    for (int64_t k = 0; k < count[i]; k++) {
      CHECK(sources[k] >= 0 && sources[k] < N && sources[k] != i, "%s: source %d of %lld", options,
            sources[k], (long long)i);
      CHECK(k == 0 || sources[k] > sources[k - 1], "%s: row %lld", options, (long long)i);
      CHECK(weights[k] == (sources[k] < NE ? 2.0 : -3.0), "%s: weight %g", options, weights[k]);
      connected[i * N + sources[k]] = 1;
    }
  }
  network->is_set_up = PETSC_FALSE; /* as before it was */
  expected = NetworkExpectedSynapses(network);
  network->is_set_up = PETSC_TRUE;
  CHECK(fabs(expected - (double)NetworkSynapses(network)) <= 0.15 * expected,
        "%s: %g synapses expected, %lld", options, expected, (long long)NetworkSynapses(network));
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

/* Every row of a network on all ranks is that of one rank. */
static PetscErrorCode test_ranks(const char *options)
{
  Network all, one;
  const Partition *p;

  PetscFunctionBegin;
  PetscCall(generate(PETSC_COMM_WORLD, options, &all));
  PetscCall(generate(PETSC_COMM_SELF, options, &one));
  p = NetworkPartition(all);
  CHECK(NetworkSynapses(all) == NetworkSynapses(one), "%s: %lld synapses, on one rank %lld",
        options, (long long)NetworkSynapses(all), (long long)NetworkSynapses(one));
  for (int64_t i = 0; i < p->n_local; i++) {
    const int32_t *sources[2];
    const float *weights[2];
    int64_t count[2];

    PetscCall(NetworkRow(all, i, &count[0], &sources[0], &weights[0]));
    PetscCall(NetworkRow(one, p->first + i, &count[1], &sources[1], &weights[1]));
    CHECK(count[0] == count[1] &&
              !memcmp(sources[0], sources[1], (size_t)count[0] * sizeof(int32_t)) &&
              !memcmp(weights[0], weights[1], (size_t)count[0] * sizeof(float)),
          "%s: row %lld", options, (long long)(p->first + i));
  }
  PetscCall(NetworkDestroy(&all));
  PetscCall(NetworkDestroy(&one));
  PetscFunctionReturn(0);
}

/* All rows are of the same length, and all sources equally likely. */
static PetscErrorCode test_indegree(int64_t indegree)
{
  uint8_t connected[N * N];
  int64_t count[N];
  char options[128];
  Tally low = {0}, near = {0};

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(options, sizeof(options),
                          "-network_type fixed_indegree -network_indegree %lld",
                          (long long)indegree));
  PetscCall(read_pairs(options, connected, count));
  for (int64_t i = 0; i < N; i++) {
    CHECK(count[i] == indegree, "%lld sources", (long long)count[i]);
    for (int64_t j = 0; j < N; j++) {
      if (j != i && j < N / 4) {
        tally(&low, (double)indegree / (N - 1), connected[i * N + j]);
      }
      if (j == (i + 1) % N) {
        tally(&near, (double)indegree / (N - 1), connected[i * N + j]);
      }
    }
  }
  check_tally("sources in the first quarter", &low);
  check_tally("next neighbours", &near);
  PetscFunctionReturn(0);
}

static PetscErrorCode test_small_world(double rewiring)
{
  enum { INDEGREE = 10 };
  uint8_t connected[N * N];
  int64_t count[N];
  char options[128];
  Tally kept = {0}, far = {0};
  const double stays = 1.0 - rewiring;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(options, sizeof(options),
                          "-network_type small_world -network_indegree %d -network_rewiring %g",
                          INDEGREE, rewiring));
  PetscCall(read_pairs(options, connected, count));
  for (int64_t i = 0; i < N; i++) {
    CHECK(count[i] == INDEGREE, "%lld sources", (long long)count[i]);
    for (int64_t j = 0; j < N; j++) {
      const int64_t way = (j - i + N) % N, distance = PetscMin(way, N - way);

      if (distance >= 1 && distance <= INDEGREE / 2 && rewiring < 1) {
        /* a neighbour that was left may be drawn again, which is rare */
        tally(&kept, stays + rewiring * rewiring * INDEGREE / N, connected[i * N + j]);
      } else if (distance > INDEGREE / 2) {
        tally(&far, rewiring * INDEGREE / (N - 1 - INDEGREE), connected[i * N + j]);
      }
    }
  }
  check_tally("neighbours on the circle", &kept);
  if (rewiring < 1) {
    check_tally("shortcuts", &far);
  }
  PetscFunctionReturn(0);
}

/* By distance in six rings. */
static PetscErrorCode test_distance(void)
{
  enum { RINGS = 6 };
  uint8_t connected[N * N];
  int64_t count[N];
  const double p = 0.7, range = 0.12;
  Tally rings[RINGS] = {{0}};

  PetscFunctionBegin;
  PetscCall(read_pairs("-network_type distance -network_probability 0.7 -network_range 0.12",
                       connected, count));
  for (int64_t i = 0; i < N; i++) {
    double a[2], b[2];

    RandomUniform(SEED, RANDOM_PLACE, i, 0, a);
    for (int64_t j = 0; j < N; j++) {
      double distance;

      RandomUniform(SEED, RANDOM_PLACE, j, 0, b);
      distance = PlaneDistance(a, b);
      if (j != i) {
        tally(&rings[PetscMin(RINGS - 1, (int)(distance / 0.08))], p * exp(-distance / range),
              connected[i * N + j]);
      }
    }
  }
  for (int k = 0; k < RINGS; k++) {
    CHECK(rings[k].expected > 10, "ring %d is empty", k);
    check_tally("a ring", &rings[k]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode test_refused(void)
{
  Network network;
  PetscErrorCode status;

  PetscFunctionBegin;
  status =
      generate(PETSC_COMM_WORLD, "-network_type fixed_indegree -network_indegree 200", &network);
  CHECK(status == CAUSEWAY_ERR_USER && strstr(UserErrorMessage(), "network_indegree"), "%s",
        UserErrorMessage());
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  static const char *const types[] = {
      "-network_type bernoulli -network_probability 0.07",
      "-network_type fixed_indegree -network_indegree 12",
      "-network_type fixed_indegree -network_indegree 150",
      "-network_type small_world -network_indegree 7 -network_rewiring 0.4",
      "-network_type distance -network_probability 0.9 -network_range 0.2",
      "-network_type lorenz96"};
  int size;

  check_begin(&argc, &argv);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(types); k++) {
    CHECK(!test_ranks(types[k]), "%s", UserErrorMessage());
  }
  if (size == 1) {
    CHECK(!test_indegree(0) && !test_indegree(20) && !test_indegree(170) && !test_indegree(N - 1),
          "%s", UserErrorMessage());
    CHECK(!test_small_world(0) && !test_small_world(0.2) && !test_small_world(1), "%s",
          UserErrorMessage());
    CHECK(!test_distance(), "%s", UserErrorMessage());
  }
  CHECK(!test_refused(), "%s", UserErrorMessage());
  return check_end();
}
