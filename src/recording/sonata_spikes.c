/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spikes of SONATA, of which no neuron is told apart but by its number. */
#include "bins.h"

#include "spike_trains.h"

#include "causeway/error.h"

#include <math.h>

typedef struct {
  Bins bins;
  SpikeShare share;
} SonataSpikes;

static PetscErrorCode read_spikes(Recording r, int64_t n_mine, const int64_t channels[],
                                  int64_t n_most, int64_t first, int64_t count, double *values)
{
  const SonataSpikes *s = r->context;
  const Observed nodes = {r->n_all_channels, r->n_channels, r->channels};
  const double everything[2] = {-INFINITY, INFINITY};
  Partition partition;
  SpikeTrains trains;

  PetscFunctionBegin;
  (void)channels; /* are those of the partition */
  (void)n_most;
  PetscCall(PartitionMake(r->comm, r->n_channels, &partition));
  PetscCall(SpikeTrainsMake(&s->share, r->specification, &partition, &nodes, everything, &trains));
  PetscCall(PetscArrayzero(values, n_mine * count));
  for (int64_t i = 0; i < n_mine; i++) {
    BinsCount(&s->bins, trains.start[i + 1] - trains.start[i], trains.times + trains.start[i],
              first, count, values + i * count);
  }
  PetscCall(SpikeTrainsDestroy(&trains));
  PetscFunctionReturn(0);
}

static PetscErrorCode close_spikes(Recording r)
{
  SonataSpikes *s = r->context;

  PetscFunctionBegin;
  PetscCall(SpikeShareDestroy(&s->share));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpenSonataSpikes(Recording r)
{
  static const RecordingFormat format = {read_spikes, close_spikes};
  int64_t last = -1;
  SonataSpikes *s;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  r->context = s;
  r->format = &format;
  PetscCall(PetscStrncpy(r->format_name, "SONATA spikes", sizeof(r->format_name)));
  PetscCall(SpikeShareRead(r->comm, r->file, r->path, &s->share));
  for (int64_t k = 0; k < s->share.n; k++) {
    last = PetscMax(last, s->share.nodes[k]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &last, 1, MPI_INT64_T, MPI_MAX, r->comm));
  r->n_all_channels = last + 1;
  PetscCall(BinsSet(r, s->share.n, s->share.times, &s->bins));
  PetscFunctionReturn(0);
}
