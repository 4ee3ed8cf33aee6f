/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "exchange.h"

#include "causeway/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A synapse on its way to the rank of its target; 24 bytes. */
typedef struct {
  int64_t target, source;
  float weight;
  uint16_t delay;
} Edge;

static int64_t block_rounds(int64_t n, int64_t block)
{
  return (n + block - 1) / block;
}

/* Rows of a dense matrix that one transfer reads. */
static int64_t dense_block(int64_t n_global)
{
  return PetscMax(1, NETWORK_BLOCK / n_global);
}

static PetscErrorCode append_dense_rows(Network network, const char *name, int64_t first_row,
                                        int64_t n_rows, const double *rows, int64_t *count)
{
  const int64_t n = network->partition.n_global;

  for (int64_t i = 0; i < n_rows; i++) {
    for (int64_t j = 0; j < n; j++) {
      double weight = rows[i * n + j];

      if (!isfinite(weight)) {
        return UserError("%s: entry [%lld, %lld] is not finite", name,
                         (long long)(network->partition.first + first_row + i), (long long)j);
      }
      if (weight != 0.0) {
        PetscErrorCode status =
            NetworkAppend(network, *count, (Synapse){(int32_t)j, (float)weight, 0});

        if (status) {
          return status;
        }
        (*count)++;
      }
    }
    network->row_start[first_row + i + 1] = *count;
  }
  return 0;
}

static PetscErrorCode read_dense(Network network, DataFile file, const char *path)
{
  char name[2 * PETSC_MAX_PATH_LEN];
  int64_t dims[2], count = 0, block, n_local;
  double *rows;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s:%s", DataFileName(file), path));
  PetscCall(DataFileShape(file, path, 2, dims));
  UserCheck(dims[0] == dims[1] && dims[0] > 0,
            "%s: is %lld x %lld; a connection matrix is square, rows targets, columns sources",
            name, (long long)dims[0], (long long)dims[1]);
  UserCheck(dims[0] <= INT32_MAX, "%s: more than 2^31 neurons", name);
  PetscCall(NetworkSetSize(network, dims[0]));
  block = dense_block(dims[0]);
  n_local = network->partition.n_local;
  PetscCall(PetscMalloc1(PetscMin(block, network->partition.block) * dims[0], &rows));
  for (int64_t round = 0; round < block_rounds(network->partition.block, block); round++) {
    int64_t first_row = PetscMin(round * block, n_local);
    int64_t n_rows = PetscMin(block, n_local - first_row);
    int64_t first[2] = {network->partition.first + first_row, 0}, shape[2] = {n_rows, dims[1]};

    PetscCall(DataFileRead(file, path, DATA_FLOAT64, first, shape, rows));
    if (!status) {
      status = append_dense_rows(network, name, first_row, n_rows, rows, &count);
    }
  }
  PetscCall(PetscFree(rows));
  PetscCall(ErrorAgree(network->comm, status));
  PetscFunctionReturn(0);
}

static int compare_edges(const void *a, const void *b)
{
  const Edge *x = a, *y = b;

  if (x->target != y->target) {
    return x->target < y->target ? -1 : 1;
  }
  if (x->source != y->source) {
    return x->source < y->source ? -1 : 1;
  }
  if (x->weight != y->weight) {
    return x->weight < y->weight ? -1 : 1;
  }
  return x->delay < y->delay ? -1 : x->delay > y->delay;
}

/* A rank without edges has no array to sort. */
static void sort_edges(int64_t n, Edge *edges)
{
  if (n > 0) {
    qsort(edges, (size_t)n, sizeof(Edge), compare_edges);
  }
}

/* Sends each edge to the rank that owns its target. */
static PetscErrorCode send_edges_home(Network network, int64_t n_read, Edge *edges,
                                      int64_t *n_received, Edge **received)
{
  const Partition *part = &network->partition;
  int64_t *send_count;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(part->size, &send_count));
  /* sorted by target is sorted by owner */
  sort_edges(n_read, edges);
  for (int64_t k = 0; k < n_read; k++) {
    send_count[PartitionOwner(part, edges[k].target)]++;
  }
  PetscCall(ExchangeRecords(network->comm, sizeof(Edge), edges, send_count, n_received, received));
  PetscCall(PetscFree(send_count));
  sort_edges(*n_received, *received);
  PetscFunctionReturn(0);
}

/* Reads this rank's share of the edge table: an even part, in file order. */
static PetscErrorCode read_edge_share(Network network, DataFile file, const char *group,
                                      int64_t *n_read, Edge **edges)
{
  char path[3][PETSC_MAX_PATH_LEN];
  int64_t n_edges, n_weights, *ids;
  double *weights;
  PetscBool has_weight;
  Partition share;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path[0], sizeof(path[0]), "%s/source_node_id", group));
  PetscCall(PetscSNPrintf(path[1], sizeof(path[1]), "%s/target_node_id", group));
  PetscCall(PetscSNPrintf(path[2], sizeof(path[2]), "%s/0/syn_weight", group));
  PetscCall(DataFileShape(file, path[0], 1, &n_edges));
  PetscCall(DataFileShape(file, path[1], 1, &n_weights));
  UserCheck(n_weights == n_edges, "%s:%s: source_node_id and target_node_id differ in length",
            DataFileName(file), group);
  PetscCall(DataFileIsDataset(file, path[2], &has_weight));
  PetscCall(PartitionMake(network->comm, n_edges, &share));
  *n_read = share.n_local;
  PetscCall(PetscMalloc1(share.n_local, edges));
  PetscCall(PetscMalloc2(share.n_local, &ids, share.n_local, &weights));
  PetscCall(DataFileRead(file, path[0], DATA_INT64, &share.first, &share.n_local, ids));
  for (int64_t k = 0; k < share.n_local; k++) {
    (*edges)[k].source = ids[k];
    (*edges)[k].weight = 1.0F;
    (*edges)[k].delay = 0;
  }
  PetscCall(DataFileRead(file, path[1], DATA_INT64, &share.first, &share.n_local, ids));
  for (int64_t k = 0; k < share.n_local; k++) {
    (*edges)[k].target = ids[k];
  }
  if (has_weight) {
    PetscCall(DataFileShape(file, path[2], 1, &n_weights));
    UserCheck(n_weights == n_edges, "%s:%s: has %lld entries for %lld edges", DataFileName(file),
              path[2], (long long)n_weights, (long long)n_edges);
    PetscCall(DataFileRead(file, path[2], DATA_FLOAT64, &share.first, &share.n_local, weights));
    for (int64_t k = 0; k < share.n_local; k++) {
      (*edges)[k].weight = (float)weights[k];
    }
  }
  PetscCall(PetscFree2(ids, weights));
  PetscFunctionReturn(0);
}

/* Neurons of the circuit: the size of its only node population, else the largest index plus one. */
static PetscErrorCode count_nodes(Network network, DataFile file, int64_t n_read, const Edge *edges,
                                  int64_t *n_nodes)
{
  char population[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  PetscBool has_nodes;
  int64_t largest = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < n_read; k++) {
    largest = PetscMax(largest, PetscMax(edges[k].source, edges[k].target) + 1);
  }
  PetscCallMPI(MPI_Allreduce(&largest, n_nodes, 1, MPI_INT64_T, MPI_MAX, network->comm));
  largest = *n_nodes;
  PetscCall(DataFileIsGroup(file, "/nodes", &has_nodes));
  if (has_nodes) {
    PetscCall(DataFileOnlyChild(file, "/nodes", sizeof(population), population));
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/node_type_id", population));
    PetscCall(DataFileShape(file, path, 1, n_nodes));
    UserCheck(*n_nodes >= largest, "%s: an edge names neuron %lld, but %s has %lld neurons",
              DataFileName(file), (long long)(largest - 1), population, (long long)*n_nodes);
  }
  UserCheck(*n_nodes > 0 && *n_nodes <= INT32_MAX, "%s: has %lld neurons", DataFileName(file),
            (long long)*n_nodes);
  PetscFunctionReturn(0);
}

static PetscErrorCode check_edges(DataFile file, const char *group, int64_t n_read,
                                  const Edge *edges)
{
  for (int64_t k = 0; k < n_read; k++) {
    if (edges[k].source < 0 || edges[k].target < 0 || edges[k].source >= INT32_MAX ||
        edges[k].target >= INT32_MAX || !isfinite(edges[k].weight)) {
      return UserError("%s:%s: the edge %lld -> %lld has an index out of range or a weight that is "
                       "not finite",
                       DataFileName(file), group, (long long)edges[k].source,
                       (long long)edges[k].target);
    }
  }
  return 0;
}

static PetscErrorCode read_sonata(Network network, DataFile file, const char *path)
{
  char group[PETSC_MAX_PATH_LEN];
  int64_t n_read = 0, n_nodes, n_received = 0, count = 0;
  Edge *edges = NULL, *received = NULL;

  PetscFunctionBegin;
  if (!path[0] || !strcmp(path, "/")) {
    PetscCall(DataFileOnlyChild(file, "/edges", sizeof(group), group));
  } else {
    PetscCall(PetscStrncpy(group, path, sizeof(group)));
  }
  PetscCall(read_edge_share(network, file, group, &n_read, &edges));
  PetscCall(ErrorAgree(network->comm, check_edges(file, group, n_read, edges)));
  PetscCall(count_nodes(network, file, n_read, edges, &n_nodes));
  PetscCall(NetworkSetSize(network, n_nodes));
  PetscCall(send_edges_home(network, n_read, edges, &n_received, &received));
  PetscCall(PetscFree(edges));
  for (int64_t i = 0; i < network->partition.n_local; i++) {
    while (count < n_received && received[count].target == network->partition.first + i) {
      PetscCall(NetworkAppend(network, count,
                              (Synapse){(int32_t)received[count].source, received[count].weight,
                                        received[count].delay}));
      count++;
    }
    network->row_start[i + 1] = count;
  }
  PetscCall(PetscFree(received));
  PetscFunctionReturn(0);
}

/* The kinds that a file of ours names; PETSC_FALSE when it does not. */
static PetscErrorCode read_kinds(Network network, DataFile file, PetscBool *found)
{
  char population[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  const int64_t zero = 0, n = network->partition.n_global;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(file, "/nodes", found));
  if (*found) {
    PetscCall(DataFileOnlyChild(file, "/nodes", sizeof(population), population));
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/0/inhibitory", population));
    PetscCall(DataFileIsDataset(file, path, found));
  }
  if (*found) {
    PetscCall(DataFileRead(file, path, DATA_UINT8, &zero, &n, network->population));
  }
  PetscFunctionReturn(0);
}

/* A neuron with a negative synapse counts as inhibitory. */
static PetscErrorCode classify_neurons(Network network)
{
  PetscFunctionBegin;
  for (int64_t k = 0; k < network->row_start[network->partition.n_local]; k++) {
    if (network->weights[k] < 0) {
      network->population[network->ends[k]] = 1;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, network->population, (int)network->partition.n_global,
                             MPI_UINT8_T, MPI_MAX, network->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_open_file(Network network, DataFile file, const char *path)
{
  PetscBool dense, sonata, has_kinds = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(file, path, &dense));
  PetscCall(DataFileIsGroup(file, path[0] ? path : "/edges", &sonata));
  UserCheck(dense || sonata, "%s: has no %s%s", DataFileName(file), path[0] ? path : "/edges",
            path[0] ? "" : "; name a dataset as FILE.h5:/path");
  if (dense) {
    PetscCall(read_dense(network, file, path));
  } else {
    PetscCall(read_sonata(network, file, path));
    PetscCall(read_kinds(network, file, &has_kinds));
  }
  if (!has_kinds) {
    PetscCall(classify_neurons(network));
  }
  PetscCall(NetworkFinish(network));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkLoad(Network network, const char *specification)
{
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(specification, PETSC_MAX_PATH_LEN, name, path));
  PetscCall(DataFileOpen(network->comm, name, &file));
  status = read_open_file(network, file, path);
  PetscCall(DataFileDiscard(&file));
  network->is_set_up = status ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(status);
}

PetscErrorCode NetworkGenerateFromFile(Network network)
{
  PetscFunctionBegin;
  PetscCall(NetworkLoad(network, network->file));
  PetscFunctionReturn(0);
}
