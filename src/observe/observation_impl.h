/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OBSERVATION_IMPL_H
#define CAUSEWAY_OBSERVATION_IMPL_H

#include "causeway/observation.h"
#include "causeway/partition.h"

#include "causeway/internal/core/plane.h"

enum { OBSERVE_NONE, OBSERVE_FLUORESCENCE, OBSERVE_VOLTAGE };

struct _p_Observation {
  MPI_Comm comm;
  Parameters own; /* register of ObservationSetOptions(), or NULL */
  uint32_t seed;
  int model;
  double interval_ms, noise;
  double decay_ms, rise_ms, amplitude, saturation, baseline;
  double scatter, scatter_range;
};

/* Write the fluorescence of a simulation's spikes, or samples of its potentials, as a report of a file. Collective. */
PetscErrorCode ObserveFluorescence(Observation observation, const char *activity,
                                   const Identity *neurons, int64_t n_samples, DataFile file);
PetscErrorCode ObserveVoltage(Observation observation, const char *activity, int64_t n_samples,
                              DataFile file);

/* Adds the noise of samples first .. first + count - 1 of a neuron. Not collective. */
void ObserveNoise(Observation observation, int64_t neuron, int64_t first, int64_t count,
                  double values[]);

/* The neighbours whose light reaches the local neurons: entries start[i] .. start[i + 1] - 1 belong to neuron i,
   ascending. */
typedef struct {
  int64_t *start; /* (n_local + 1) */
  int32_t *neuron;
  double *part; /* fraction of the neighbour's light */
} Scatter;

/*@
  ScatterCreate - finds the neighbours up to three ranges away, where a ten-thousandth of the light is left; not collective
@*/
PetscErrorCode ScatterCreate(Observation observation, const Partition *partition, Scatter *scatter);
PetscErrorCode ScatterDestroy(Scatter *scatter);

/*@
  ScatterAdd - adds the light of neighbours

  Collective
  Input:  own    - (n_local, count) light of this rank's neurons
  Output: values - (n_local, count) with the light of neighbours added
  Cost:   an allgather of 8 count bytes per neuron
@*/
PetscErrorCode ScatterAdd(const Scatter *scatter, const Partition *partition, int64_t count,
                          const double own[], double values[]);

#endif
