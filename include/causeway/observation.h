/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OBSERVATION_H
#define CAUSEWAY_OBSERVATION_H

#include "causeway/datafile.h"
#include "causeway/declare.h"
#include "causeway/identity.h"
#include "causeway/parameters.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* A model of an instrument: turns the file of a simulation into a recording of the simulated population. */
typedef struct _p_Observation *Observation;

/*@
  ObservationCreate - creates an observation without an instrument; destroyed with ObservationDestroy()

  Collective on `comm`
@*/
PetscErrorCode ObservationCreate(MPI_Comm comm, Observation *observation);
PetscErrorCode ObservationDestroy(Observation *observation);

/* Declares the parameters of observations; see ParametersDeclare(). */
PetscErrorCode ObservationDeclareParameters(Parameters parameters);

/*@
  ObservationSetFromOptions - reads the parameters of section "observe"

  Options: -observe_model none|fluorescence|voltage
           -observe_interval MS - sampling interval [ms]; for voltage a multiple of the simulation's
           -observe_noise SD    - standard deviation of white noise added to every sample
           -fluorescence_decay, -fluorescence_rise MS - time constants of calcium after a spike [ms]; rise 0: instantaneous
           -fluorescence_amplitude A  - calcium per spike [uM]
           -fluorescence_saturation K - calcium at half the maximal fluorescence [uM]; 0: fluorescence equals calcium
           -fluorescence_baseline F   - fluorescence without calcium
           -fluorescence_scatter S, -fluorescence_scatter_range R - scattered light of neighbours: S exp(-(d / R)^2) from
                a neuron at distance d, on the plane of networks of type distance
  Input:  seed - random seed for the noise
  Source: Stetter, Battaglia, Soriano & Geisel (2012), PLOS Comput. Biol. 8:e1002653, eqs. 3 to 5
@*/
PetscErrorCode ObservationSetFromOptions(Observation observation, Parameters parameters,
                                         uint32_t seed);

/*@
  ObservationSetOptions - sets parameters from a list; parameters set by earlier calls keep their values

  Collective. PETSc's options database is not read.
  Errors: CAUSEWAY_ERR_USER for an unknown key or a refused value; then `observation` can only be destroyed
@*/
PetscErrorCode ObservationSetOptions(Observation observation, const ParameterSetting settings[]);

/* Whether an instrument is chosen; whether it observes spikes. Not collective. */
PetscBool ObservationIsSet(Observation observation);
PetscBool ObservationNeedsSpikes(Observation observation);

/*@
  ObservationSamples - number of samples of the recording of a simulation

  Not collective
  Input:  duration_ms - simulated time
          n_recorded, interval_ms - number and interval of the samples that the simulation records
  Output: n_samples - samples of the recording
  Errors: CAUSEWAY_ERR_USER when the simulation does not record the observed variable
@*/
PetscErrorCode ObservationSamples(Observation observation, double duration_ms, int64_t n_recorded,
                                  double interval_ms, int64_t *n_samples);

/* Memory per rank, and size of the file [bytes]. Not collective. */
void ObservationEstimate(Observation observation, int ranks, int64_t n_neurons, int64_t n_samples,
                         double *memory, double *file);

/*@
  ObservationRun - writes the recording of a simulation, the same to the bit on every number of ranks

  Collective
  Input:  activity    - name of the simulation's file
          neurons     - ids of the network's neurons; borrowed
          n_samples   - from ObservationSamples()
          file        - being written; receives /report/neurons
  Cost:   fluorescence: 16 bytes per spike; with scatter, every rank receives 8 bytes per neuron and sample
@*/
PetscErrorCode ObservationRun(Observation observation, const char *activity,
                              const Identity *neurons, int64_t n_samples, DataFile file);

CAUSEWAY_END_DECLARATIONS

#endif
