/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OBSERVATION_H
#define CAUSEWAY_OBSERVATION_H

#include "causeway/datafile.h"
#include "causeway/identity.h"
#include "causeway/parameters.h"

/* What an instrument sees of a simulated population: the file of a simulation becomes a recording. */
typedef struct _p_Observation *Observation;

/*@
  ObservationCreate - of nothing; destroyed with ObservationDestroy()
  Collective on `comm`
@*/
PetscErrorCode ObservationCreate(MPI_Comm comm, Observation *observation);
PetscErrorCode ObservationDestroy(Observation *observation);

/*@
  ObservationSetFromOptions - reads the parameters of section "observe"

  Options: -observe_model none|fluorescence|voltage
           -observe_interval MS - between samples; of voltage a multiple of that of the simulation
           -observe_noise SD    - standard deviation of white noise on every sample
           -fluorescence_decay, -fluorescence_rise MS - time constants of calcium after a spike; rise 0: at once
           -fluorescence_amplitude A  - calcium of a spike [uM]
           -fluorescence_saturation K - calcium of half the largest fluorescence [uM], 0: fluorescence is the calcium
           -fluorescence_baseline F   - without any calcium
           -fluorescence_scatter S, -fluorescence_scatter_range R - light of neighbours: S exp(-(d / R)^2) of a neuron at
                distance d on a plane, that of networks by distance
  Source: Stetter, Battaglia, Soriano & Geisel (2012), PLOS Comput. Biol. 8:e1002653, eqs. 3 to 5
@*/
PetscErrorCode ObservationSetFromOptions(Observation observation, Parameters parameters,
                                         uint32_t seed);

/* Whether there is anything to be observed; whether it is made of spikes. Not collective. */
PetscBool ObservationIsSet(Observation observation);
PetscBool ObservationNeedsSpikes(Observation observation);

/*@
  ObservationSamples - of a simulation of `duration_ms` with `n_recorded` samples every `interval_ms`

  Not collective
  Errors: CAUSEWAY_ERR_USER when the simulation does not record what is observed
@*/
PetscErrorCode ObservationSamples(Observation observation, double duration_ms, int64_t n_recorded,
                                  double interval_ms, int64_t *n_samples);

/* Bytes per rank for so many neurons and spikes in all, and of the file. Not collective. */
void ObservationEstimate(Observation observation, int ranks, int64_t n_neurons, int64_t n_samples,
                         double *memory, double *file);

/*@
  ObservationRun - writes the recording of a simulation

  Collective
  Input:  activity    - name of the file of the simulation
          neurons     - of the network, by id
          n_samples   - ObservationSamples()
          file        - gets /report/neurons
  The same to the bit on every number of ranks.
  Cost:   of fluorescence 16 bytes per spike; with scatter every rank receives 8 bytes per neuron and sample
@*/
PetscErrorCode ObservationRun(Observation observation, const char *activity,
                              const Identity *neurons, int64_t n_samples, DataFile file);

#endif
