/* SPDX-License-Identifier: GPL-3.0-or-later */

/* SONATA edges, in any order, as this program and others write them. */
#include "network_impl.h"

#include "exchange.h"

#include "causeway/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A synapse on its way to the rank of its target; 32 bytes. */
typedef struct {
  int64_t target, source;
  float weight;
  uint16_t delay;   /* [delay_step] */
  int64_t position; /* in the file: synapses of one pair stay in its order */
} Edge;

static int compare_edges(const void *a, const void *b)
{
  const Edge *x = a, *y = b;

  if (x->target != y->target) {
    return x->target < y->target ? -1 : 1;
  }
  if (x->source != y->source) {
    return x->source < y->source ? -1 : 1;
  }
  return x->position < y->position ? -1 : x->position > y->position;
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

/* Reads a column of this rank's share of the table; PETSC_FALSE when the file does not have it. */
static PetscErrorCode read_column(DataFile file, const char *group, const char *name,
                                  const Partition *share, double *values, PetscBool *found)
{
  char path[PETSC_MAX_PATH_LEN];
  int64_t n;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/0/%s", group, name));
  PetscCall(DataFileIsDataset(file, path, found));
  if (*found) {
    PetscCall(DataFileShape(file, path, 1, &n));
    UserCheck(n == share->n_global, "%s:%s: has %lld entries for %lld edges", DataFileName(file),
              path, (long long)n, (long long)share->n_global);
    PetscCall(DataFileRead(file, path, DATA_FLOAT64, &share->first, &share->n_local, values));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_delay(Network network, DataFile file, const char *group, int64_t edge,
                                  double delay)
{
  if (!(delay >= 0 && delay / network->delay_step < UINT16_MAX)) {
    return UserError(
        "%s:%s/0/delay: edge %lld has a delay of %g ms; 0 to %g ms are possible with a "
        "step of %g ms",
        DataFileName(file), group, (long long)edge, delay, UINT16_MAX * network->delay_step,
        network->delay_step);
  }
  return 0;
}

/* Weights and delays where the file has them, else weight 1 and the delay of the parameters. */
static PetscErrorCode read_attributes(Network network, DataFile file, const char *group,
                                      const Partition *share, Edge *edges)
{
  PetscErrorCode status = 0;
  PetscBool has_weight, has_delay;
  double *values;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(share->n_local, &values));
  PetscCall(read_column(file, group, "syn_weight", share, values, &has_weight));
  for (int64_t k = 0; k < share->n_local; k++) {
    edges[k].weight = has_weight ? (float)values[k] : 1.0F;
  }
  PetscCall(read_column(file, group, "delay", share, values, &has_delay));
  network->has_delays = network->has_delays || has_delay ? PETSC_TRUE : PETSC_FALSE;
  for (int64_t k = 0; k < share->n_local && !status; k++) {
    status = has_delay ? check_delay(network, file, group, share->first + k, values[k]) : 0;
    edges[k].delay = has_delay ? NetworkDelaySteps(network, values[k])
                               : NetworkDefaultDelay(network, edges[k].weight);
  }
  PetscCall(PetscFree(values));
  PetscCall(ErrorAgree(network->comm, status));
  PetscFunctionReturn(0);
}

/* Edges within one population of nodes: the two ends say which, where they say it. */
static PetscErrorCode check_population(DataFile file, const char path[2][PETSC_MAX_PATH_LEN])
{
  char name[2][PETSC_MAX_PATH_LEN] = {"", ""};
  PetscBool found[2];

  PetscFunctionBegin;
  for (int k = 0; k < 2; k++) {
    PetscCall(
        DataFileGetString(file, path[k], "node_population", sizeof(name[k]), name[k], &found[k]));
  }
  UserCheck(!found[0] || !found[1] || !strcmp(name[0], name[1]),
            "%s:%s: edges lead from population %s to %s; only edges within one population are a "
            "network",
            DataFileName(file), path[0], name[0], name[1]);
  PetscFunctionReturn(0);
}

/* Reads this rank's share of the edge table: an even part, in file order. */
static PetscErrorCode read_edge_share(Network network, DataFile file, const char *group,
                                      int64_t *n_read, Edge **edges)
{
  char path[2][PETSC_MAX_PATH_LEN];
  int64_t n_edges, n_targets, *ids;
  Partition share;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path[0], sizeof(path[0]), "%s/source_node_id", group));
  PetscCall(PetscSNPrintf(path[1], sizeof(path[1]), "%s/target_node_id", group));
  PetscCall(DataFileShape(file, path[0], 1, &n_edges));
  PetscCall(DataFileShape(file, path[1], 1, &n_targets));
  UserCheck(n_targets == n_edges, "%s:%s: source_node_id and target_node_id differ in length",
            DataFileName(file), group);
  PetscCall(check_population(file, (const char(*)[PETSC_MAX_PATH_LEN])path));
  PetscCall(PartitionMake(network->comm, n_edges, &share));
  *n_read = share.n_local;
  PetscCall(PetscMalloc1(share.n_local, edges));
  PetscCall(PetscMalloc1(share.n_local, &ids));
  PetscCall(DataFileRead(file, path[0], DATA_INT64, &share.first, &share.n_local, ids));
  for (int64_t k = 0; k < share.n_local; k++) {
    (*edges)[k].source = ids[k];
    (*edges)[k].position = share.first + k;
  }
  PetscCall(DataFileRead(file, path[1], DATA_INT64, &share.first, &share.n_local, ids));
  for (int64_t k = 0; k < share.n_local; k++) {
    (*edges)[k].target = ids[k];
  }
  PetscCall(PetscFree(ids));
  PetscCall(read_attributes(network, file, group, &share, *edges));
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

PetscErrorCode NetworkReadSonata(Network network, DataFile file, const char *path)
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
