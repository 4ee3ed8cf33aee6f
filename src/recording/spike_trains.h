/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_TRAINS_H
#define CAUSEWAY_SPIKE_TRAINS_H

#include "causeway/datafile.h"
#include "causeway/observed.h"

/* A rank's even share of the spikes of a SONATA file, in the order of the file. */
typedef struct {
  int64_t n;
  double *times; /* (n) [ms] */
  int64_t *nodes;
  PetscBool is_unit_assumed; /* ms, since the file has no unit of times */
  double resolution_ms;      /* to which times are known, 0 when the file does not say it */
} SpikeShare;

/* The spikes of local neurons: those of neuron i are the entries start[i] .. start[i + 1] - 1. */
typedef struct {
  int64_t *start; /* (n_local + 1) */
  double *times;  /* [ms], ascending for each neuron */
} SpikeTrains;

/*@
  SpikePopulation - the only population of spikes of a file; /spikes itself where it is as SONATA once had it
  SpikeNodes      - dataset with the neuron of each spike: node_ids, or gids

  Collective
@*/
PetscErrorCode SpikePopulation(DataFile file, size_t length, char population[]);
PetscErrorCode SpikeNodes(DataFile file, const char *population, size_t length, char path[]);

/*@
  SpikeShareRead - the share of a population of spikes

  Collective
  Input:  population - group such as /spikes/neurons; times in any unit that TimeUnit() knows
  Output: share      - ended with SpikeShareDestroy()
  Errors: CAUSEWAY_ERR_USER when it is no such group, or its datasets differ in length
  Cost:   16 bytes per spike of the share
@*/
PetscErrorCode SpikeShareRead(MPI_Comm comm, DataFile file, const char *population,
                              SpikeShare *share);
PetscErrorCode SpikeShareDestroy(SpikeShare *share);

/*@
  SpikeTrainsMake - gives every rank the spikes of its neurons

  Collective
  Input:  share     - of this rank
          what      - the file, for messages
          partition - of the neurons that are taken
          nodes     - which nodes they are
          range_ms  - first and last time that are taken
  Output: trains    - ended with SpikeTrainsDestroy()
  Errors: CAUSEWAY_ERR_USER for a node that there is not, or a time that is not finite
  Cost:   one alltoallv of 16 bytes per spike
@*/
PetscErrorCode SpikeTrainsMake(const SpikeShare *share, const char *what,
                               const Partition *partition, const Observed *nodes,
                               const double range_ms[2], SpikeTrains *trains);
PetscErrorCode SpikeTrainsDestroy(SpikeTrains *trains);

#endif
