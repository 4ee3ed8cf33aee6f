/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/spike_trains.h"

#include "causeway/error.h"

#include "causeway/internal/io/time_unit.h"
#include "causeway/internal/parallel/exchange.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  int64_t neuron;
  double time_ms;
} Spike;

static int by_neuron_and_time(const void *a, const void *b)
{
  const Spike *x = (const Spike *)a, *y = (const Spike *)b;

  if (x->neuron != y->neuron) {
    return x->neuron < y->neuron ? -1 : 1;
  }
  return x->time_ms < y->time_ms ? -1 : (x->time_ms > y->time_ms ? 1 : 0);
}

static void sort_spikes(int64_t n, Spike *spikes)
{
  if (n > 1) { /* the array is NULL without spikes */
    qsort(spikes, (size_t)n, sizeof(*spikes), by_neuron_and_time);
  }
}

/* Early SONATA files call node_ids gids. */
PetscErrorCode SpikeNodes(DataFile file, const char *population, size_t length, char path[])
{
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, length, "%s/gids", population));
  PetscCall(DataFileIsDataset(file, path, &found));
  if (!found) {
    PetscCall(PetscSNPrintf(path, length, "%s/node_ids", population));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SpikePopulation(DataFile file, size_t length, char population[])
{
  PetscBool old;

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(file, "/spikes/gids", &old));
  if (old) {
    PetscCall(PetscStrncpy(population, "/spikes", length));
  } else {
    PetscCall(DataFileOnlyChild(file, "/spikes", length, population));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeShareRead(MPI_Comm comm, DataFile file, const char *population,
                              SpikeShare *share)
{
  char path[2][PETSC_MAX_PATH_LEN + 16];
  Partition part;
  int64_t n[2];
  double ms;
  PetscErrorCode status;

  PetscFunctionBegin;
  *share = (SpikeShare){.n = 0};
  PetscCall(PetscSNPrintf(path[0], sizeof(path[0]), "%s/timestamps", population));
  PetscCall(SpikeNodes(file, population, sizeof(path[1]), path[1]));
  PetscCall(DataFileShape(file, path[0], 1, &n[0]));
  PetscCall(DataFileShape(file, path[1], 1, &n[1]));
  UserCheck(n[0] == n[1], "%s: %s has %lld entries, but %s has %lld", DataFileName(file), path[0],
            (long long)n[0], path[1], (long long)n[1]);
  PetscCall(TimeUnit(file, path[0], &ms, &share->is_unit_assumed));
  PetscCall(DataFileGetReal(file, path[0], "resolution", &share->resolution_ms, NULL));
  share->resolution_ms *= ms;
  PetscCall(PartitionMake(comm, n[0], &part));
  share->n = part.n_local;
  PetscCall(PetscMalloc1(part.n_local, &share->times));
  PetscCall(PetscMalloc1(part.n_local, &share->nodes));
  status = DataFileRead(file, path[0], DATA_FLOAT64, &part.first, &part.n_local, share->times);
  status = status
               ? status
               : DataFileRead(file, path[1], DATA_INT64, &part.first, &part.n_local, share->nodes);
  for (int64_t k = 0; k < share->n && ms != 1 && !status; k++) {
    share->times[k] *= ms;
  }
  if (status) {
    PetscCall(SpikeShareDestroy(share));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode SpikeShareDestroy(SpikeShare *share)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(share->times));
  PetscCall(PetscFree(share->nodes));
  share->n = 0;
  PetscFunctionReturn(0);
}

/* Selects spikes of the share and sets their neurons. */
static PetscErrorCode take(const SpikeShare *share, const char *what, const Observed *nodes,
                           const double range_ms[2], Spike spikes[], int64_t *n_taken)
{
  *n_taken = 0;
  for (int64_t k = 0; k < share->n; k++) {
    const int64_t node = share->nodes[k];
    const double time = share->times[k];

    if (node < 0 || node == INT64_MAX || node >= nodes->n_all || !isfinite(time)) {
      return UserError("%s: has a spike of node %lld at %g ms, but the recording has %lld neurons",
                       what, (long long)node, time, (long long)nodes->n);
    }
    if (ObservedHas(nodes, node) && time >= range_ms[0] && time <= range_ms[1]) {
      spikes[(*n_taken)++] = (Spike){ObservedBelow(nodes, node), time};
    }
  }
  return 0;
}

/* Sorts the spikes of the local neurons, which come in any order. */
static PetscErrorCode sort_trains(const Partition *partition, int64_t n, Spike *spikes,
                                  SpikeTrains *trains)
{
  PetscFunctionBegin;
  sort_spikes(n, spikes);
  PetscCall(PetscCalloc1(partition->n_local + 1, &trains->start));
  PetscCall(PetscMalloc1(n, &trains->times));
  for (int64_t k = 0; k < n; k++) {
    trains->times[k] = spikes[k].time_ms;
    trains->start[spikes[k].neuron - partition->first + 1]++;
  }
  for (int64_t i = 0; i < partition->n_local; i++) {
    trains->start[i + 1] += trains->start[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeTrainsMake(const SpikeShare *share, const char *what,
                               const Partition *partition, const Observed *nodes,
                               const double range_ms[2], SpikeTrains *trains)
{
  Spike *spikes, *received = NULL;
  int64_t n, n_received, *send_count;
  PetscErrorCode status;

  PetscFunctionBegin;
  *trains = (SpikeTrains){NULL, NULL};
  PetscCall(PetscMalloc1(share->n, &spikes));
  status = ErrorAgree(partition->comm, take(share, what, nodes, range_ms, spikes, &n));
  if (!status) {
    sort_spikes(n, spikes);
    PetscCall(PetscCalloc1(partition->size, &send_count));
    for (int64_t k = 0; k < n; k++) {
      send_count[PartitionOwner(partition, spikes[k].neuron)]++;
    }
    status = ExchangeRecords(partition->comm, sizeof(*spikes), spikes, send_count, &n_received,
                             &received);
    PetscCall(PetscFree(send_count));
  }
  if (!status) {
    PetscCall(sort_trains(partition, n_received, received, trains));
  }
  PetscCall(PetscFree(received));
  PetscCall(PetscFree(spikes));
  PetscFunctionReturn(status);
}

PetscErrorCode SpikeTrainsDestroy(SpikeTrains *trains)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(trains->start));
  PetscCall(PetscFree(trains->times));
  PetscFunctionReturn(0);
}
