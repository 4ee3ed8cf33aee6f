/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks: random ones, the same on every number of ranks, and networks from files. */
#include "check.h"
#include "scratch.h"

#include <string.h>
#include <unistd.h>

static int rank, size;
static void expect_user_error(PetscErrorCode code, const char *file, const char *object)
{
  CHECK(code == CAUSEWAY_ERR_USER, "rank %d: %s %s: code %d", rank, file, object, (int)code);
  CHECK(strstr(UserErrorMessage(), file) && strstr(UserErrorMessage(), object),
        "rank %d: %s %s: '%s'", rank, file, object, UserErrorMessage());
  (void)UserError("(no error)");
}

static const double weights_of_kind[2] = {1.5, -4.25};

/* A Bernoulli network, not yet set up. */
static PetscErrorCode prepare(MPI_Comm comm, int64_t ne, int64_t ni, double p, uint32_t seed,
                              Network *network)
{
  char words[6][32];

  PetscFunctionBegin;
  (void)snprintf(words[0], sizeof(words[0]), "%lld", (long long)ne);
  (void)snprintf(words[1], sizeof(words[1]), "%lld", (long long)ni);
  (void)snprintf(words[2], sizeof(words[2]), "%.17g", p);
  (void)snprintf(words[3], sizeof(words[3]), "%.17g", weights_of_kind[0]);
  (void)snprintf(words[4], sizeof(words[4]), "%.17g", weights_of_kind[1]);
  (void)snprintf(words[5], sizeof(words[5]), "%u", seed);
  PetscCall(NetworkCreate(comm, network));
  PetscCall(NetworkSetOptions(
      *network, SETTINGS({"network_excitatory", words[0]}, {"network_inhibitory", words[1]},
                         {"network_probability", words[2]}, {"network_weight_excitatory", words[3]},
                         {"network_weight_inhibitory", words[4]}, {"seed", words[5]})));
  PetscFunctionReturn(0);
}

static PetscErrorCode generate(MPI_Comm comm, int64_t ne, int64_t ni, double p, uint32_t seed,
                               Network *network)
{
  PetscFunctionBegin;
  PetscCall(prepare(comm, ne, ni, p, seed, network));
  PetscCall(NetworkSetUp(*network));
  PetscFunctionReturn(0);
}

static PetscErrorCode load(const char *specification, Network *network)
{
  PetscFunctionBegin;
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, network));
  PetscCall(NetworkLoad(*network, specification));
  PetscFunctionReturn(0);
}

static uint64_t mix(uint64_t x)
{
  x ^= x >> 30;
  x *= UINT64_C(0xbf58476d1ce4e5b9);
  x ^= x >> 27;
  x *= UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static uint64_t hash_edge(int64_t target, int64_t source, double weight)
{
  uint64_t bits;

  memcpy(&bits, &weight, sizeof(bits));
  return mix(mix(mix((uint64_t)target + 1) ^ (uint64_t)source) ^ bits);
}

/* Number and hash of all edges on all ranks; the order does not matter. */
typedef struct {
  uint64_t n, hash;
} Checksum;

static PetscErrorCode checksum(Network network, Checksum *all)
{
  const Partition *partition = NetworkPartition(network);
  Checksum mine = {0, 0};

  PetscFunctionBegin;
  for (int64_t i = 0; i < partition->n_local; i++) {
    int64_t count;
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(network, i, &count, &sources, &weights));
    for (int64_t e = 0; e < count; e++) {
      mine.hash += hash_edge(partition->first + i, sources[e], weights[e]);
    }
    mine.n += (uint64_t)count;
  }
  PetscCallMPI(MPI_Allreduce(&mine, all, 2, MPI_UINT64_T, MPI_SUM, partition->comm));
  CHECK(NetworkSynapses(network) == (int64_t)all->n, "rank %d: %lld synapses, rows have %llu", rank,
        (long long)NetworkSynapses(network), (unsigned long long)all->n);
  PetscFunctionReturn(0);
}

static void check_partition(Network network, int64_t n)
{
  const Partition *partition = NetworkPartition(network);
  Partition expected;

  CHECK(PartitionMake(partition->comm, n, &expected) == 0, "partition");
  CHECK(partition->n_global == n && partition->first == expected.first &&
            partition->n_local == expected.n_local,
        "rank %d: %lld neurons, %lld from %lld", rank, (long long)partition->n_global,
        (long long)partition->n_local, (long long)partition->first);
}

/* Rows ascend, without the neuron itself; weights are those of the source's kind. */
static PetscErrorCode check_rows(Network network, int64_t ne, int64_t ni)
{
  const Partition *partition = NetworkPartition(network);

  PetscFunctionBegin;
  check_partition(network, ne + ni);
  for (int64_t i = 0; i < partition->n_local; i++) {
    int64_t count;
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(network, i, &count, &sources, &weights));
    for (int64_t e = 0; e < count; e++) {
      CHECK(sources[e] >= 0 && sources[e] < ne + ni, "source %d", sources[e]);
      CHECK(e == 0 || sources[e] > sources[e - 1], "row %lld descends", (long long)i);
      CHECK(sources[e] != partition->first + i, "autapse of %d", sources[e]);
      CHECK(weights[e] == weights_of_kind[sources[e] >= ne], "weight %g of %d", weights[e],
            sources[e]);
    }
  }
  for (int64_t j = 0; j < ne + ni; j++) {
    CHECK(NetworkIsExcitatory(network, j) == (j < ne ? PETSC_TRUE : PETSC_FALSE), "kind of %lld",
          (long long)j);
  }
  PetscFunctionReturn(0);
}

/* The index by source holds the local rows, once each. */
static PetscErrorCode check_outgoing(Network network)
{
  const Partition *partition = NetworkPartition(network);
  OutgoingIndex index;
  uint64_t by_source = 0, by_row = 0, n_rows = 0, n_indexed;

  PetscFunctionBegin;
  PetscCall(NetworkOutgoing(network, &index));
  CHECK(index.start[0] == 0, "starts at %lld", (long long)index.start[0]);
  for (int64_t q = 0; q < index.n_sources; q++) {
    CHECK(index.start[q] < index.start[q + 1], "source %d has no target", index.sources[q]);
    CHECK(q == 0 || index.sources[q] > index.sources[q - 1], "sources descend");
    for (int64_t e = index.start[q]; e < index.start[q + 1]; e++) {
      CHECK(index.targets[e] >= 0 && index.targets[e] < partition->n_local, "target");
      CHECK(e == index.start[q] || index.targets[e] > index.targets[e - 1], "targets descend");
      by_source += hash_edge(index.targets[e], index.sources[q], index.weights[e]);
    }
  }
  n_indexed = (uint64_t)index.start[index.n_sources]; /* rows end the index */
  for (int64_t i = 0; i < partition->n_local; i++) {
    int64_t count;
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(network, i, &count, &sources, &weights));
    n_rows += (uint64_t)count;
    for (int64_t e = 0; e < count; e++) {
      by_row += hash_edge(i, sources[e], weights[e]);
    }
  }
  CHECK(n_indexed == n_rows && by_source == by_row, "rank %d: index and rows differ", rank);
  PetscFunctionReturn(0);
}

static PetscErrorCode same_on_one_rank(Network network, int64_t ne, int64_t ni, double p,
                                       uint32_t seed)
{
  Network alone;
  Checksum here, there;

  PetscFunctionBegin;
  PetscCall(generate(PETSC_COMM_SELF, ne, ni, p, seed, &alone));
  PetscCall(checksum(network, &here));
  PetscCall(checksum(alone, &there));
  CHECK(here.n == there.n && here.hash == there.hash, "rank %d: not the network of one rank", rank);
  PetscCall(NetworkDestroy(&alone));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_bernoulli(void)
{
  static const struct {
    int64_t ne, ni;
    double p;
  } cases[] = {{400, 100, 0.1}, {8, 2, 0.4}, {2, 0, 0.5}, {0, 3, 0.7}, {1, 0, 0.5}, {60, 1, 1e-3}};

  PetscFunctionBegin;
  for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
    int64_t ne = cases[c].ne, ni = cases[c].ni, n = ne + ni;
    double pairs = (double)(n * (n - 1)), p = cases[c].p;
    Network network;

    PetscCall(prepare(PETSC_COMM_WORLD, ne, ni, p, 12, &network));
    CHECK(NetworkExpectedNeurons(network) == n, "%lld", (long long)NetworkExpectedNeurons(network));
    CHECK_CLOSE(NetworkExpectedSynapses(network), p * pairs, 1e-12);
    PetscCall(NetworkSetUp(network));
    PetscCall(check_rows(network, ne, ni));
    PetscCall(check_outgoing(network));
    PetscCall(same_on_one_rank(network, ne, ni, p, 12));
    CHECK(fabs((double)NetworkSynapses(network) - p * pairs) <= 5 * sqrt(p * (1 - p) * pairs),
          "N = %lld: %lld synapses", (long long)n, (long long)NetworkSynapses(network));
    PetscCall(NetworkDestroy(&network));
    CHECK(network == NULL, "destroyed handle");
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode test_certain(void)
{
  static const int64_t kinds[][2] = {{40, 10}, {1, 1}, {1, 0}, {7, 0}};

  PetscFunctionBegin;
  for (size_t c = 0; c < sizeof(kinds) / sizeof(kinds[0]); c++) {
    int64_t n = kinds[c][0] + kinds[c][1];

    for (int p = 0; p < 2; p++) {
      Network network;

      PetscCall(generate(PETSC_COMM_WORLD, kinds[c][0], kinds[c][1], p, 1, &network));
      CHECK(NetworkSynapses(network) == p * n * (n - 1), "p = %d, N = %lld: %lld", p, (long long)n,
            (long long)NetworkSynapses(network));
      PetscCall(check_rows(network, kinds[c][0], kinds[c][1]));
      PetscCall(check_outgoing(network));
      PetscCall(same_on_one_rank(network, kinds[c][0], kinds[c][1], p, 1));
      PetscCall(NetworkDestroy(&network));
    }
  }
  PetscFunctionReturn(0);
}

/* Rows, columns and pairs of opposite synapses have the spread of independent draws. */
static PetscErrorCode test_independence(void)
{
  enum { N = 500 };
  static uint8_t matrix[N][N];
  const double p = 0.1, variance = (N - 1) * p * (1 - p), pairs = N * (N - 1) / 2.0;
  double out_degree[N] = {0}, chi2[2] = {0, 0}, mutual = 0;
  Network network;

  PetscFunctionBegin;
  PetscCall(generate(PETSC_COMM_SELF, 400, 100, p, 3, &network));
  for (int64_t i = 0; i < N; i++) {
    int64_t count;
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(network, i, &count, &sources, &weights));
    chi2[0] += pow((double)count - p * (N - 1), 2) / variance;
    for (int64_t e = 0; e < count; e++) {
      matrix[i][sources[e]] = 1;
      out_degree[sources[e]]++;
      mutual += sources[e] < i ? matrix[sources[e]][i] : 0;
    }
  }
  for (int64_t j = 0; j < N; j++) {
    chi2[1] += pow(out_degree[j] - p * (N - 1), 2) / variance;
  }
  CHECK(fabs(chi2[0] - N) < 5 * sqrt(2.0 * N), "in-degrees: %g", chi2[0]);
  CHECK(fabs(chi2[1] - N) < 5 * sqrt(2.0 * N), "out-degrees: %g", chi2[1]);
  CHECK(fabs(mutual - p * p * pairs) < 5 * sqrt(p * p * (1 - p * p) * pairs), "mutual: %g", mutual);
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_seeds(void)
{
  static const uint32_t seeds[] = {4, 4, 5, 0x80000004U};
  Checksum sums[4];

  PetscFunctionBegin;
  for (int s = 0; s < 4; s++) {
    Network network;

    PetscCall(generate(PETSC_COMM_WORLD, 40, 10, 0.2, seeds[s], &network));
    PetscCall(checksum(network, &sums[s]));
    PetscCall(NetworkDestroy(&network));
  }
  CHECK(sums[0].hash == sums[1].hash, "the same seed");
  CHECK(sums[0].hash != sums[2].hash && sums[0].hash != sums[3].hash, "other seeds");
  PetscFunctionReturn(0);
}

static PetscErrorCode same_network(Network a, Network b)
{
  Checksum sums[2];

  PetscFunctionBegin;
  check_partition(b, NetworkPartition(a)->n_global);
  PetscCall(checksum(a, &sums[0]));
  PetscCall(checksum(b, &sums[1]));
  CHECK(sums[0].n == sums[1].n && sums[0].hash == sums[1].hash, "rank %d: %llu and %llu synapses",
        rank, (unsigned long long)sums[0].n, (unsigned long long)sums[1].n);
  PetscFunctionReturn(0);
}

/* What is written as SONATA circuit is read back, also neurons without a synapse. */
static PetscErrorCode test_round_trip(int64_t ne, int64_t ni, double p)
{
  static const char *const paths[] = {"circuit.h5", "circuit.h5:/edges/synapses"};
  Network network, back;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(generate(PETSC_COMM_WORLD, ne, ni, p, 21, &network));
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("circuit.h5"), &file));
  PetscCall(NetworkWrite(network, file));
  PetscCall(DataFileClose(&file));
  for (int c = 0; c < 2; c++) {
    PetscCall(load(in_scratch(paths[c]), &back));
    PetscCall(same_network(network, back));
    if (p > 0.9) { /* every neuron has an outgoing synapse, whose sign tells its kind */
      PetscCall(check_rows(back, ne, ni));
    }
    PetscCall(check_outgoing(back));
    PetscCall(NetworkDestroy(&back));
  }
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

enum { N_DENSE = 9 };

/* A third of the pairs, of both signs, never a neuron itself. */
static double dense_weight(int64_t target, int64_t source)
{
  uint64_t draw = mix((uint64_t)(target * 1000 + source));

  return target == source || draw % 3 ? 0 : (double)(draw % 1000 + 1) * (source % 2 ? -0.125 : 0.5);
}

/* A (rows, columns) dataset; `spoilt` replaces its last off-diagonal entry unless that is NULL. */
static PetscErrorCode write_dense(const char *name, DataType type, int64_t rows, int64_t columns,
                                  const double *spoilt)
{
  int64_t dims[2] = {rows, columns}, first[2] = {0, 0}, count[2] = {rank ? 0 : rows, columns};
  double *values;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(rows * columns, &values));
  for (int64_t e = 0; e < rows * columns; e++) {
    values[e] = dense_weight(e / columns, e % columns);
    values[e] = type == DATA_UINT8 ? values[e] != 0 : values[e];
  }
  if (spoilt) {
    values[rows * columns - 2] = *spoilt;
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch(name), &file));
  PetscCall(DataFileAddDataset(file, "/some/matrix", type, 2, dims, NULL));
  PetscCall(DataFileWrite(file, "/some/matrix", DATA_FLOAT64, first, count, values));
  PetscCall(DataFileClose(&file));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_dense(Network network, DataType type)
{
  const Partition *partition = NetworkPartition(network);

  PetscFunctionBegin;
  check_partition(network, N_DENSE);
  for (int64_t i = 0; i < partition->n_local; i++) {
    int64_t count, e = 0;
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(network, i, &count, &sources, &weights));
    for (int64_t j = 0; j < N_DENSE; j++) {
      double expected = dense_weight(partition->first + i, j);

      if (expected != 0) {
        CHECK(e < count && sources[e] == j, "target %lld: no source %lld", (long long)i,
              (long long)j);
        CHECK(e < count && weights[e] == (type == DATA_UINT8 ? 1 : expected), "weight of %lld",
              (long long)j);
        CHECK(type == DATA_UINT8 || NetworkIsExcitatory(network, j) == (PetscBool)(expected > 0),
              "kind of %lld", (long long)j);
        e++;
      }
    }
    CHECK(e == count, "target %lld: %lld synapses", (long long)i, (long long)count);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode test_dense(void)
{
  static const DataType types[] = {DATA_FLOAT64, DATA_FLOAT32, DATA_UINT8};

  PetscFunctionBegin;
  for (int t = 0; t < 3; t++) {
    Network network;

    PetscCall(write_dense("dense.h5", types[t], N_DENSE, N_DENSE, NULL));
    PetscCall(load(in_scratch("dense.h5:/some/matrix"), &network));
    PetscCall(check_dense(network, types[t]));
    PetscCall(check_outgoing(network));
    PetscCall(NetworkDestroy(&network));
  }
  PetscFunctionReturn(0);
}

/* -network_type file does what NetworkLoad() does, and wants a file. */
static PetscErrorCode test_type_file(void)
{
  Network network;

  PetscFunctionBegin;
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &network));
  expect_user_error(NetworkSetOptions(network, SETTINGS({"network_type", "file"})), "network_file",
                    "");
  PetscCall(NetworkDestroy(&network));

  PetscCall(prepare(PETSC_COMM_WORLD, 3, 3, 0.5, 0, &network));
  PetscCall(
      NetworkSetOptions(network, SETTINGS({"network_type", "file"},
                                          {"network_file", in_scratch("dense.h5:/some/matrix")})));
  CHECK(NetworkExpectedNeurons(network) == -1, "a file decides");
  CHECK(NetworkExpectedSynapses(network) == -1, "a file decides");
  PetscCall(NetworkSetUp(network));
  PetscCall(check_dense(network, DATA_UINT8));
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

/* Columns of an edge population, in the order of the file. */
typedef struct {
  int64_t n;
  int64_t *targets, *sources;
  double *weights;
} Edges;

static PetscErrorCode edges_free(Edges *edges)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(edges->targets));
  PetscCall(PetscFree(edges->sources));
  PetscCall(PetscFree(edges->weights));
  PetscFunctionReturn(0);
}

/* All edges of a network that one rank holds, in an order without pattern (an odd multiplier is
   prime to the power of two above n, so that its multiples visit every edge once). */
static PetscErrorCode edges_shuffled(Network alone, Edges *edges)
{
  uint64_t n = (uint64_t)NetworkSynapses(alone), whole = 1, at = 0;
  int64_t *position, e = 0;

  PetscFunctionBegin;
  edges->n = (int64_t)n;
  PetscCall(PetscMalloc1(n, &edges->targets));
  PetscCall(PetscMalloc1(n, &edges->sources));
  PetscCall(PetscMalloc1(n, &edges->weights));
  PetscCall(PetscMalloc1(n, &position));
  while (whole < n) {
    whole *= 2;
  }
  for (uint64_t step = 0; step < whole; step++) {
    uint64_t place = (step * UINT64_C(2654435761) + 7) % whole;

    if (place < n) {
      position[at++] = (int64_t)place;
    }
  }
  for (int64_t i = 0; i < NetworkPartition(alone)->n_local; i++) {
    int64_t count;
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(alone, i, &count, &sources, &weights));
    for (int64_t k = 0; k < count; k++, e++) {
      edges->targets[position[e]] = i;
      edges->sources[position[e]] = sources[k];
      edges->weights[position[e]] = weights[k];
    }
  }
  PetscCall(PetscFree(position));
  PetscFunctionReturn(0);
}

/* One column, a slice from each rank; NULL writes 0, 1, 2, ... when it counts, else zeros. */
static PetscErrorCode write_column(DataFile file, const char *path, int64_t n,
                                   const int64_t *values, PetscBool counts)
{
  int64_t first = n * rank / size, count = n * (rank + 1) / size - first, *mine;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(count + 1, &mine));
  for (int64_t e = 0; e < count; e++) {
    mine[e] = values ? values[first + e] : (counts ? first + e : 0);
  }
  PetscCall(DataFileAddDataset(file, path, DATA_UINT64, 1, &n, NULL));
  PetscCall(DataFileWrite(file, path, DATA_INT64, &first, &count, mine));
  PetscCall(PetscFree(mine));
  PetscFunctionReturn(0);
}

/* The columns that the SONATA format asks for, of nodes "cells" and edges "wires". */
static PetscErrorCode write_sonata(const char *name, int64_t n_neurons, const Edges *edges)
{
  int64_t first = edges->n * rank / size, count = edges->n * (rank + 1) / size - first;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch(name), &file));
  PetscCall(DataFileProvenance(file, NULL));
  PetscCall(write_column(file, "/nodes/cells/node_id", n_neurons, NULL, PETSC_TRUE));
  PetscCall(write_column(file, "/nodes/cells/node_type_id", n_neurons, NULL, PETSC_FALSE));
  PetscCall(write_column(file, "/nodes/cells/node_group_id", n_neurons, NULL, PETSC_FALSE));
  PetscCall(write_column(file, "/nodes/cells/node_group_index", n_neurons, NULL, PETSC_TRUE));
  PetscCall(write_column(file, "/edges/wires/source_node_id", edges->n, edges->sources, 0));
  PetscCall(write_column(file, "/edges/wires/target_node_id", edges->n, edges->targets, 0));
  PetscCall(write_column(file, "/edges/wires/edge_type_id", edges->n, NULL, PETSC_FALSE));
  PetscCall(write_column(file, "/edges/wires/edge_group_id", edges->n, NULL, PETSC_FALSE));
  PetscCall(write_column(file, "/edges/wires/edge_group_index", edges->n, NULL, PETSC_TRUE));
  PetscCall(DataFileSetString(file, "/edges/wires/source_node_id", "node_population", "cells"));
  PetscCall(DataFileSetString(file, "/edges/wires/target_node_id", "node_population", "cells"));
  PetscCall(
      DataFileAddDataset(file, "/edges/wires/0/syn_weight", DATA_FLOAT64, 1, &edges->n, NULL));
  PetscCall(DataFileWrite(file, "/edges/wires/0/syn_weight", DATA_FLOAT64, &first, &count,
                          edges->weights + first));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_shuffled(void)
{
  static const char *const paths[] = {"wires.h5", "wires.h5:/edges/wires"};
  Network network, alone, back;
  Edges edges;

  PetscFunctionBegin;
  PetscCall(generate(PETSC_COMM_WORLD, 50, 13, 0.3, 8, &network));
  PetscCall(generate(PETSC_COMM_SELF, 50, 13, 0.3, 8, &alone));
  PetscCall(edges_shuffled(alone, &edges));
  PetscCall(write_sonata("wires.h5", 63, &edges));
  for (int c = 0; c < 2; c++) {
    PetscCall(load(in_scratch(paths[c]), &back));
    PetscCall(same_network(network, back));
    PetscCall(check_rows(back, 50, 13));
    PetscCall(NetworkDestroy(&back));
  }
  /* the last edge, which only one rank reads, has no such target, source or weight */
  edges.targets[edges.n - 1] = 63;
  PetscCall(write_sonata("beyond.h5", 63, &edges));
  expect_user_error(load(in_scratch("beyond.h5"), &back), "beyond.h5", "63");
  PetscCall(NetworkDestroy(&back));
  edges.targets[edges.n - 1] = 0;
  edges.sources[edges.n - 1] = INT64_C(1) << 40;
  PetscCall(write_sonata("beyond.h5", 63, &edges));
  expect_user_error(load(in_scratch("beyond.h5"), &back), "beyond.h5", "1099511627776");
  PetscCall(NetworkDestroy(&back));
  edges.sources[edges.n - 1] = 62;
  edges.weights[edges.n - 1] = (double)NAN;
  PetscCall(write_sonata("beyond.h5", 63, &edges));
  expect_user_error(load(in_scratch("beyond.h5"), &back), "beyond.h5", "/edges/wires");
  PetscCall(NetworkDestroy(&back));
  PetscCall(edges_free(&edges));
  PetscCall(NetworkDestroy(&alone));
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

static PetscErrorCode expect_refused(const char *name, const char *object)
{
  char specification[600];
  Network network = NULL;

  PetscFunctionBegin;
  (void)snprintf(specification, sizeof(specification), "%s%s%s", in_scratch(name),
                 object[0] ? ":" : "", object);
  expect_user_error(load(specification, &network), name, object);
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_errors(void)
{
  const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
  int64_t n = 4;
  Network network = NULL;
  DataFile file;

  PetscFunctionBegin;
  expect_user_error(load(in_scratch("none.h5:/some/matrix"), &network), "none.h5", scratch);
  PetscCall(NetworkDestroy(&network));
  PetscCall(write_dense("dense.h5", DATA_FLOAT64, N_DENSE, N_DENSE, NULL));
  PetscCall(expect_refused("dense.h5", "/some/other"));
  PetscCall(expect_refused("dense.h5", "/no/such/group"));
  PetscCall(expect_refused("dense.h5", ""));      /* has no /edges */
  PetscCall(expect_refused("dense.h5", "/some")); /* a group, but not of edges */
  PetscCall(write_dense("wide.h5", DATA_FLOAT64, N_DENSE, N_DENSE + 1, NULL));
  PetscCall(expect_refused("wide.h5", "/some/matrix"));
  PetscCall(write_dense("tall.h5", DATA_FLOAT64, N_DENSE + 1, N_DENSE, NULL));
  PetscCall(expect_refused("tall.h5", "/some/matrix"));
  for (int b = 0; b < 3; b++) {
    PetscCall(write_dense("bad.h5", DATA_FLOAT64, N_DENSE, N_DENSE, &bad[b]));
    PetscCall(expect_refused("bad.h5", "/some/matrix"));
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("line.h5"), &file));
  PetscCall(write_column(file, "/some/matrix", n, NULL, PETSC_TRUE));
  PetscCall(DataFileClose(&file));
  PetscCall(expect_refused("line.h5", "/some/matrix"));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  scratch_begin("network");
  CHECK(!test_bernoulli(), "bernoulli: %s", UserErrorMessage());
  CHECK(!test_certain(), "certain: %s", UserErrorMessage());
  CHECK(!test_independence(), "independence: %s", UserErrorMessage());
  CHECK(!test_seeds(), "seeds: %s", UserErrorMessage());
  CHECK(!test_round_trip(24, 7, 0.2), "round trip: %s", UserErrorMessage());
  CHECK(!test_round_trip(24, 7, 1), "round trip: %s", UserErrorMessage());
  CHECK(!test_round_trip(2, 1, 0.5), "round trip: %s", UserErrorMessage());
  CHECK(!test_dense(), "dense: %s", UserErrorMessage());
  CHECK(!test_type_file(), "type file: %s", UserErrorMessage());
  CHECK(!test_shuffled(), "shuffled: %s", UserErrorMessage());
  CHECK(!test_errors(), "errors: %s", UserErrorMessage());
  CHECK(!test_round_trip(5, 2, 0), "round trip without synapses: %s", UserErrorMessage());
  scratch_end();
  return check_end();
}
