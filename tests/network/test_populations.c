/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Networks of several populations: numbers, distributions, weights and delays as their parameters say, within five
   standard errors; the same on all numbers of ranks; and as files keep them. */
#include "scratch.h"
#include "settings.h"

#include "network_impl.h"

#include <string.h>

enum { P = 3 };

static const int64_t sizes[P] = {300, 100, 50};

#define OPTIONS                                                                                    \
  "-network_type populations -network_populations A,B,C -network_sizes 300,100,50 "                \
  "-network_kinds e,i,e -network_probabilities 0.1,0.3,0,0.05,0.2,0.6,0.02,0,0.1 "                 \
  "-network_weights 2,-3,0,2,-3,4,1,0,5 -network_weight_spread 0.2 -network_delay_excitatory "     \
  "1.5 -network_delay_inhibitory 0.8 -network_delay_spread 0.5 -network_delay_minimum 0.1 "

static const double probabilities[P * P] = {0.1, 0.3, 0, 0.05, 0.2, 0.6, 0.02, 0, 0.1};
static const double weights_of[P * P] = {2, -3, 0, 2, -3, 4, 1, 0, 5};

static PetscErrorCode generate(MPI_Comm comm, const char *options, Network *network)
{
  Settings settings;

  PetscFunctionBegin;
  PetscCall(NetworkCreate(comm, network));
  PetscCall(NetworkSetOptions(*network, SETTINGS({"seed", "11"})));
  PetscCall(NetworkSetOptions(*network, settings_read(&settings, options, "", PETSC_TRUE)));
  PetscCall(NetworkSetUp(*network));
  PetscFunctionReturn(0);
}

/* What a projection looks like. */
typedef struct {
  double n, low,
      in_squared; /* synapses; from the first half of the sources; sum of indegrees squared */
  double weight, weight_squared, delay; /* sums */
  double own;                           /* autapses */
} Tally;

static PetscErrorCode tally_row(Network network, int64_t i, Tally tallies[P * P])
{
  const int32_t *sources;
  const float *weights;
  const uint16_t *delays;
  double per_population[P] = {0};
  int64_t count;
  const int to = NetworkPopulationOf(network, i);

  PetscFunctionBegin;
  PetscCall(NetworkRow(network, i, &count, &sources, &weights));
  PetscCall(NetworkRowDelays(network, i, &delays));
  for (int64_t k = 0; k < count; k++) {
    const int from = NetworkPopulationOf(network, sources[k]);
    const int64_t first = from == 0 ? 0 : (from == 1 ? 300 : 400);
    Tally *t = &tallies[to * P + from];

    CHECK(k == 0 || sources[k] >= sources[k - 1], "row %lld descends", (long long)i);
    CHECK(weights[k] != 0 && (weights[k] < 0) == (from == 1), "weight %g", (double)weights[k]);
    CHECK(delays[k] >= 1, "a delay of %d steps", delays[k]);
    t->n++;
    t->low += sources[k] - first < sizes[from] / 2;
    t->own += sources[k] == i;
    t->weight += (double)weights[k];
    t->weight_squared += (double)weights[k] * (double)weights[k];
    t->delay += delays[k] * 0.1;
    per_population[from]++;
  }
  for (int p = 0; p < P; p++) {
    tallies[to * P + p].in_squared += per_population[p] * per_population[p];
  }
  PetscFunctionReturn(0);
}

/* Mean of a normal distribution cut off at `low`, in standard deviations: the mean grows by phi / (1 - Phi). */
static double mean_above(double low)
{
  return exp(-low * low / 2) / sqrt(2 * M_PI) / (0.5 * erfc(low / sqrt(2)));
}

static void check_projection(const Tally *t, int to, int from, double expected, PetscBool is_total)
{
  const double w = weights_of[to * P + from], mean = from == 1 ? 0.8 : 1.5, n = t->n;
  const double indegree = n / (double)sizes[to], q = 1.0 / (double)sizes[to];
  const double delay = mean * (1 + 0.5 * mean_above((0.1 / mean - 1) / 0.5));

  if (expected == 0) {
    CHECK(n == 0, "%d -> %d: %g synapses", from, to, n);
    return;
  }
  if (is_total) {
    CHECK(n == expected, "%d -> %d: %g synapses, expected %g", from, to, n, expected);
    /* indegrees are multinomial: variance K q (1 - q), that of the sum of squares about 2 K^2 q */
    CHECK(fabs(t->in_squared / (double)sizes[to] - indegree * indegree - n * q * (1 - q)) <=
              5 * sqrt(2 * q) * n * q,
          "%d -> %d: indegrees", from, to);
  } else {
    CHECK(fabs(n - expected) <= 5 * sqrt(expected), "%d -> %d: %g synapses, expected %g", from, to,
          n, expected);
    CHECK(t->own == 0, "%d: %g synapses onto itself", to, t->own);
  }
  CHECK(fabs(t->low - n / 2) <= 5 * sqrt(n / 4), "%d -> %d: %g of %g from the first half", from, to,
        t->low, n);
  CHECK(fabs(t->weight / n - w) <= 5 * 0.2 * fabs(w) / sqrt(n), "%d -> %d: mean weight %g", from,
        to, t->weight / n);
  CHECK(fabs(t->weight_squared / n / w / w - 1.04) <= 5 * 0.5 / sqrt(n),
        "%d -> %d: spread of weights", from, to);
  CHECK(fabs(t->delay / n - delay) <= 5 * 0.5 * mean / sqrt(n) + 0.01,
        "%d -> %d: mean delay %g, expected %g", from, to, t->delay / n, delay);
}

static PetscErrorCode test_rule(const char *rule)
{
  const PetscBool is_total = strcmp(rule, "fixed_total_number") ? PETSC_FALSE : PETSC_TRUE;
  Tally tallies[P * P] = {{0}};
  char options[1024];
  double expected_all;
  Network network;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(options, sizeof(options), OPTIONS "-network_rule %s", rule));
  PetscCall(generate(PETSC_COMM_SELF, options, &network));
  for (int64_t i = 0; i < 450; i++) {
    PetscCall(tally_row(network, i, tallies));
  }
  for (int k = 0; k < P * P; k++) {
    const double pairs = (double)sizes[k / P] * (double)sizes[k % P], p = probabilities[k];
    const double own = k / P == k % P ? p * (double)sizes[k / P] : 0;
    const double expected = is_total ? round(log1p(-p) / log1p(-1 / pairs))
                                     : p * pairs - (strcmp(rule, "bernoulli") ? 0 : own);

    check_projection(&tallies[k], k / P, k % P, expected, is_total);
  }
  network->is_set_up = PETSC_FALSE; /* as before it was */
  expected_all = NetworkExpectedSynapses(network);
  network->is_set_up = PETSC_TRUE;
  CHECK(fabs(expected_all - (double)NetworkSynapses(network)) <= 0.02 * expected_all,
        "%g synapses expected, %lld", expected_all, (long long)NetworkSynapses(network));
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

/* Every row of one network is the row with that number of another, which holds them all. */
static PetscErrorCode compare(Network all, Network one, const char *what)
{
  const Partition *p = NetworkPartition(all);
  const int64_t from = NetworkPartition(one)->n_local == p->n_global ? p->first : 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < p->n_local; i++) {
    const int32_t *sources[2];
    const float *weights[2];
    const uint16_t *delays[2];
    int64_t count[2];

    PetscCall(NetworkRow(all, i, &count[0], &sources[0], &weights[0]));
    PetscCall(NetworkRow(one, from + i, &count[1], &sources[1], &weights[1]));
    PetscCall(NetworkRowDelays(all, i, &delays[0]));
    PetscCall(NetworkRowDelays(one, from + i, &delays[1]));
    CHECK(count[0] == count[1] &&
              !memcmp(sources[0], sources[1], (size_t)count[0] * sizeof(int32_t)) &&
              !memcmp(weights[0], weights[1], (size_t)count[0] * sizeof(float)) &&
              !memcmp(delays[0], delays[1], (size_t)count[0] * sizeof(uint16_t)),
          "%s: row %lld", what, (long long)(p->first + i));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode test_ranks(const char *options)
{
  OutgoingIndex index;
  Network all, one;

  PetscFunctionBegin;
  PetscCall(generate(PETSC_COMM_WORLD, options, &all));
  PetscCall(generate(PETSC_COMM_SELF, options, &one));
  PetscCall(compare(all, one, "on all ranks"));
  PetscCall(NetworkOutgoing(all, &index));
  for (int64_t q = 0; q < index.n_sources; q++) {
    for (int64_t k = index.start[q] + 1; k < index.start[q + 1]; k++) {
      CHECK(index.targets[k] >= index.targets[k - 1], "targets descend");
    }
  }
  PetscCall(compare(all, one, "turned round and back"));
  PetscCall(NetworkDestroy(&all));
  PetscCall(NetworkDestroy(&one));
  PetscFunctionReturn(0);
}

/* Written and read again: rows, delays, populations. */
static PetscErrorCode test_file(void)
{
  const Population *p[2];
  Network network, again;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(generate(PETSC_COMM_WORLD, OPTIONS, &network));
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("populations.h5"), &file));
  PetscCall(NetworkWrite(network, file));
  PetscCall(DataFileClose(&file));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &again));
  PetscCall(NetworkLoad(again, in_scratch("populations.h5")));
  PetscCall(compare(again, network, "from a file"));
  CHECK(NetworkPopulations(again, &p[0]) == P && NetworkPopulations(network, &p[1]) == P,
        "populations");
  for (int k = 0; k < P; k++) {
    CHECK(!strcmp(p[0][k].name, p[1][k].name) && p[0][k].size == p[1][k].size &&
              p[0][k].inhibitory == p[1][k].inhibitory,
          "population %s of %lld", p[0][k].name, (long long)p[0][k].size);
  }
  for (int64_t j = 0; j < 450; j++) {
    CHECK(NetworkPopulationOf(again, j) == NetworkPopulationOf(network, j), "neuron %lld",
          (long long)j);
  }
  PetscCall(NetworkDestroy(&network));
  PetscCall(NetworkDestroy(&again));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_csr(const char *name, const int64_t indptr[4], const int64_t indices[5])
{
  static const double data[5] = {1.5, -2, 3, -4, 0};
  const int64_t zero = 0, n[2] = {4, 5};
  int64_t mine[2];
  DataFile file;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  mine[0] = rank == 0 ? n[0] : 0;
  mine[1] = rank == 0 ? n[1] : 0;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch(name), &file));
  PetscCall(DataFileAddDataset(file, "/m/indptr", DATA_INT64, 1, &n[0], NULL));
  PetscCall(DataFileAddDataset(file, "/m/indices", DATA_INT64, 1, &n[1], NULL));
  PetscCall(DataFileAddDataset(file, "/m/data", DATA_FLOAT64, 1, &n[1], NULL));
  PetscCall(DataFileWrite(file, "/m/indptr", DATA_INT64, &zero, &mine[0], indptr));
  PetscCall(DataFileWrite(file, "/m/indices", DATA_INT64, &zero, &mine[1], indices));
  PetscCall(DataFileWrite(file, "/m/data", DATA_FLOAT64, &zero, &mine[1], data));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

/* Three neurons, rows {2: 1.5, 0: -2}, {}, {1: 3, 0: -4, 2: 0}, of which the last is no connection; and files that are none. */
static PetscErrorCode test_csr(void)
{
  static const int64_t indptr[4] = {0, 2, 2, 5}, indices[5] = {2, 0, 1, 0, 2};
  static const int64_t falling[4] = {0, 3, 2, 5}, outside[5] = {2, 0, 3, 0, 2};
  static const int32_t expected[3][2] = {{0, 2}, {0, 0}, {0, 1}};
  static const float expected_weights[3][2] = {{-2, 1.5F}, {0, 0}, {-4, 3}};
  Network network;

  PetscFunctionBegin;
  PetscCall(write_csr("csr.h5", indptr, indices));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &network));
  PetscCall(NetworkLoad(network, in_scratch("csr.h5:/m")));
  for (int64_t i = 0; i < NetworkPartition(network)->n_local; i++) {
    const int64_t target = NetworkPartition(network)->first + i;
    const int32_t *sources;
    const float *weights;
    int64_t count;

    PetscCall(NetworkRow(network, i, &count, &sources, &weights));
    CHECK(count == (target == 1 ? 0 : 2), "row %lld has %lld", (long long)target, (long long)count);
    for (int64_t k = 0; k < count; k++) {
      CHECK(sources[k] == expected[target][k] && weights[k] == expected_weights[target][k],
            "row %lld: %d, %g", (long long)target, sources[k], (double)weights[k]);
    }
  }
  CHECK(!NetworkIsExcitatory(network, 0) && NetworkIsExcitatory(network, 2), "kinds");
  PetscCall(NetworkDestroy(&network));
  PetscCall(write_csr("falling.h5", falling, indices));
  PetscCall(write_csr("outside.h5", indptr, outside));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &network));
  CHECK(NetworkLoad(network, in_scratch("falling.h5:/m")) == CAUSEWAY_ERR_USER, "falling indptr");
  PetscCall(NetworkDestroy(&network));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &network));
  CHECK(NetworkLoad(network, in_scratch("outside.h5:/m")) == CAUSEWAY_ERR_USER, "source 3 of 3");
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

/* Half of the neurons with a quarter of the indegrees: synapses, weights twice as large. */
static PetscErrorCode test_scale(void)
{
  const int32_t *sources;
  const float *weights;
  double sum = 0;
  int64_t count, n = 0;
  Network network;

  PetscFunctionBegin;
  PetscCall(generate(PETSC_COMM_SELF,
                     OPTIONS "-network_scale 0.5 -network_indegree_scale 0.25 "
                             "-network_weight_spread 0",
                     &network));
  CHECK(NetworkPartition(network)->n_global == 225 && NetworkIndegreeScale(network) == 0.25,
        "%lld neurons", (long long)NetworkPartition(network)->n_global);
  for (int64_t i = 0; i < 150; i++) {
    PetscCall(NetworkRow(network, i, &count, &sources, &weights));
    for (int64_t k = 0; k < count; k++) {
      n += sources[k] < 150;
      sum += sources[k] < 150 ? (double)weights[k] : 0;
    }
  }
  /* 300 times indegree 31.6 of the full network, times 1/2 and 1/4 */
  CHECK(llabs(n - llround(round(log1p(-0.1) / log1p(-1.0 / 9e4)) / 8)) <= 1, "%lld synapses",
        (long long)n);
  CHECK_CLOSE(sum / (double)n, 4.0, 1e-12);
  CHECK_CLOSE(NetworkFullInput(network, 0, 0), round(log1p(-0.1) / log1p(-1.0 / 9e4)) / 300 * 2,
              1e-12);
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  static const char *const rules[] = {"fixed_total_number", "bernoulli", "fixed_indegree"};

  check_begin(&argc, &argv);
  scratch_begin("populations");
  for (int k = 0; k < 3; k++) {
    char options[1024];

    (void)snprintf(options, sizeof(options), OPTIONS "-network_rule %s", rules[k]);
    CHECK(!test_rule(rules[k]), "%s", UserErrorMessage());
    CHECK(!test_ranks(options), "%s", UserErrorMessage());
  }
  CHECK(
      !test_ranks("-network_delay_excitatory 1 -network_delay_spread 0.4 -network_weight_spread 1 "
                  "-network_type small_world -network_excitatory 70"),
      "%s", UserErrorMessage());
  CHECK(!test_scale(), "%s", UserErrorMessage());
  CHECK(!test_file(), "%s", UserErrorMessage());
  CHECK(!test_csr(), "%s", UserErrorMessage());
  scratch_end();
  return check_end();
}
