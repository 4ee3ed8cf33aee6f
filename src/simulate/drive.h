/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DRIVE_H
#define CAUSEWAY_DRIVE_H

#include "causeway/neuron.h"
#include "population_values.h"
#include "wiring.h"

/* What acts on neurons from outside the network: a mean current and white noise, constant in a step; Poisson spikes;
   or a given current. Each population has its own. */
typedef struct {
  PopulationValues mean, variance; /* of the current */
  PopulationValues poisson_rate;   /* [Hz] of all such spikes of a neuron */
  PopulationValues poisson_weight;
  PopulationValues full_rates;        /* [Hz] of the network that a scaled one stands for */
  char file_path[PETSC_MAX_PATH_LEN]; /* of a given current, "" when it is drawn */
  uint32_t seed;

  const Partition *partition;
  double
      offset[NETWORK_MAX_POPULATIONS]; /* of the mean, for synapses that a scaled network lacks */
  double deviation[NETWORK_MAX_POPULATIONS];
  int n_limits[NETWORK_MAX_POPULATIONS];
  uint32_t *limits
      [NETWORK_MAX_POPULATIONS]; /* 2^32 times the probability of so many spikes in a step, or fewer */
  PetscBool is_noisy, is_poisson;
  int64_t group;      /* step / 4 that noise and words are of, -1 for none */
  float *noise[4];    /* (n_local) */
  uint32_t *words[4]; /* (n_local) */

  DataFile file;
  char path[PETSC_MAX_PATH_LEN];
  double *block;                     /* (n_local, DRIVE_STEPS) */
  int64_t block_first, block_length; /* steps in it */
} Drive;

/* Section "simulate": -simulate_input_mean, _variance, -simulate_poisson_rate, _weight, -simulate_input. Not collective. */
PetscErrorCode DriveSetFromOptions(Drive *drive, Parameters parameters, uint32_t seed);

/*@
  DriveSetUp

  Collective
  Input: charge  - (populations, SYNAPSE_KINDS) that a spike of weight 1 brings [ms]
         n_steps - that a given current must have
@*/
PetscErrorCode DriveSetUp(Drive *drive, Network network, double step_ms,
                          const double (*charge)[SYNAPSE_KINDS], int64_t n_steps);
PetscErrorCode DriveDestroy(Drive *drive);

/* Draws or reads what the step needs. Collective. */
PetscErrorCode DriveBegin(Drive *drive, int64_t step);

/* The current (count) of local neurons from `first` on, and their Poisson spikes added to the inputs that arrive in the
   step. Not collective. */
void DriveRun(const Drive *drive, int64_t step, int population, int64_t first, int64_t count,
              const InputRing *ring, double current[]);

/* Bytes per neuron. */
double DriveMemory(const Drive *drive);

#endif
