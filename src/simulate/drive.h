/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DRIVE_H
#define CAUSEWAY_DRIVE_H

#include "causeway/neuron.h"
#include "population_values.h"
#include "wiring.h"

/* External input of neurons: a mean current and white noise, constant within a step; Poisson spikes; or a given current.
   Each population has its own parameters. */
typedef struct {
  PopulationValues mean, variance; /* of the current */
  PopulationValues poisson_rate;   /* total rate of Poisson spikes per neuron [Hz] */
  PopulationValues poisson_weight;
  PopulationValues full_rates;        /* rates in the full network of a scaled one [Hz] */
  char file_path[PETSC_MAX_PATH_LEN]; /* file of a given current, "" for random input */
  uint32_t seed;

  const Partition *partition;
  double offset
      [NETWORK_MAX_POPULATIONS]; /* mean that replaces the synapses missing in a scaled network */
  double deviation[NETWORK_MAX_POPULATIONS];
  int n_limits[NETWORK_MAX_POPULATIONS];
  uint32_t *limits
      [NETWORK_MAX_POPULATIONS]; /* 2^32 times the probability of at most k spikes in a step */
  PetscBool is_noisy, is_poisson;
  int64_t group;      /* step / 4 of the present noise and words, -1 for none */
  float *noise[4];    /* (n_local) */
  uint32_t *words[4]; /* (n_local) */

  DataFile file;
  char path[PETSC_MAX_PATH_LEN];
  double *block;                     /* (n_local, DRIVE_STEPS) */
  int64_t block_first, block_length; /* first step and number of steps in the block */
} Drive;

/* Section "simulate": -simulate_input_mean, _variance, -simulate_poisson_rate, _weight, -simulate_full_rates and
   -simulate_input. All except the first two have the condition `spiking`. On entry, mean and variance hold the defaults of
   the model. Not collective. */
PetscErrorCode DriveDeclareParameters(Parameters parameters, const char *spiking);
PetscErrorCode DriveSetFromOptions(Drive *drive, Parameters parameters, uint32_t seed);

/*@
  DriveSetUp - prepares random or given input

  Collective
  Input: charge  - (populations, SYNAPSE_KINDS) charge of a spike of weight 1 [ms]
         n_steps - number of steps that a given current must have
@*/
PetscErrorCode DriveSetUp(Drive *drive, Network network, double step_ms,
                          const double (*charge)[SYNAPSE_KINDS], int64_t n_steps);
PetscErrorCode DriveDestroy(Drive *drive);

/* Draws or reads the input of a step. Collective. */
PetscErrorCode DriveBegin(Drive *drive, int64_t step);

/* Sets the current (count) of local neurons from `first` on, and adds their Poisson spikes to the arriving inputs of the
   step. Not collective. */
void DriveRun(const Drive *drive, int64_t step, int population, int64_t first, int64_t count,
              const InputRing *ring, double current[]);

/* Memory per neuron [bytes]. */
double DriveMemory(const Drive *drive);

#endif
