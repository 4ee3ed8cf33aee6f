/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_TRAINS_H
#define CAUSEWAY_SPIKE_TRAINS_H

#include "causeway/datafile.h"
#include "causeway/declare.h"
#include "causeway/observed.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* A rank's share of the spikes of a SONATA file, of equal size on all ranks, in the order of the file. */
typedef struct {
  int64_t n;
  double *times;             /* (n) [ms] */
  int64_t *nodes;            /* (n) node of each spike */
  PetscBool is_unit_assumed; /* the file states no unit of times; ms is assumed */
  double resolution_ms;      /* resolution of times, 0 when the file does not state it */
} SpikeShare;

/* The spikes of local neurons: entries start[i] .. start[i + 1] - 1 belong to neuron i. */
typedef struct {
  int64_t *start; /* (n_local + 1) */
  double *times;  /* [ms], ascending for each neuron */
} SpikeTrains;

/*@
  SpikePopulation - path of the only spike population of a file; /spikes itself in files of the old SONATA layout
  SpikeNodes      - path of the dataset with the neuron of each spike: node_ids, or gids

  Collective
@*/
PetscErrorCode SpikePopulation(DataFile file, size_t length, char population[]);
PetscErrorCode SpikeNodes(DataFile file, const char *population, size_t length, char path[]);

/*@
  SpikeShareRead - reads this rank's share of a spike population

  Collective
  Input:  population - group such as /spikes/neurons; times in any unit that TimeUnit() knows
  Output: share      - freed with SpikeShareDestroy()
  Errors: CAUSEWAY_ERR_USER when the group is not a spike population, or its datasets differ in length
  Cost:   16 bytes per spike of the share
@*/
PetscErrorCode SpikeShareRead(MPI_Comm comm, DataFile file, const char *population,
                              SpikeShare *share);
PetscErrorCode SpikeShareDestroy(SpikeShare *share);

/*@
  SpikeTrainsMake - sends every rank the spikes of its neurons

  Collective
  Input:  share     - share of this rank
          what      - name of the file, for messages
          partition - layout of the selected neurons
          nodes     - node numbers or ids of the selected neurons
          range_ms  - first and last time of the selection
  Output: trains    - freed with SpikeTrainsDestroy()
  Errors: CAUSEWAY_ERR_USER for a node that does not exist, or a time that is not finite
  Cost:   one alltoallv of 16 bytes per spike
@*/
PetscErrorCode SpikeTrainsMake(const SpikeShare *share, const char *what,
                               const Partition *partition, const Observed *nodes,
                               const double range_ms[2], SpikeTrains *trains);
PetscErrorCode SpikeTrainsDestroy(SpikeTrains *trains);

CAUSEWAY_END_DECLARATIONS

#endif
