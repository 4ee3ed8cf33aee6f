/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKING_H
#define CAUSEWAY_SPIKING_H

#include "drive.h"
#include "population_values.h"
#include "wiring.h"

#include "causeway/checkpoint.h"
#include "causeway/neuron.h"

/* Neurons of one population that are advanced together, while they are in the cache. */
typedef struct {
  int64_t first, count;
  int population;
} Stretch;

/* A network of spiking neurons on a time grid. In the step from time t to t + 1 [steps], every neuron takes what arrives
   at t: the spikes of time t - delay. Those of time t + 1 are found when the step is done. */
typedef struct {
  MPI_Comm comm;
  const NeuronModel *model;
  const SynapseModel *synapse;
  double step_ms;
  uint32_t seed;
  PopulationValues parameters[NEURON_MAX_PARAMETERS];
  PopulationValues tau[SYNAPSE_KINDS], reversal[SYNAPSE_KINDS];
  PopulationValues initial_mean, initial_spread; /* normal initial potential; uniform without */
  char parameter_file[PETSC_MAX_PATH_LEN];
  Drive drive;

  Network network; /* borrowed */
  const Partition *partition;
  int n_variables; /* of a neuron: those of the model, then those of the synapse */
  NeuronVariable variables[NEURON_MAX_STATE];
  NeuronBlock block;
  PopulationConstants *constants; /* of each population */
  int64_t n_stretches;
  Stretch *stretches;
  Wiring wiring[2]; /* and that from the switch on */
  Network switched; /* borrowed, NULL without */
  int64_t switch_step;
  InputRing ring;
  int64_t interval; /* steps from one exchange to the next; 0 until it is connected */

  int64_t step;          /* number of the next one */
  int64_t taken;         /* time of the first spikes that are not delivered yet */
  int64_t n_fired;       /* at time `step` */
  int64_t *fired;        /* (n_local) local indices, ascending */
  int64_t *fired_global; /* (n_local) */
} Spiking;

/*@
  SpikingSetFromOptions - parameters of all spiking models, those of `model` counting

  Collective
  Input:  model - NULL when a smooth one is simulated: then there is nothing but documentation to do
@*/
PetscErrorCode SpikingSetFromOptions(Spiking *s, MPI_Comm comm, const NeuronModel *model,
                                     Parameters parameters, uint32_t seed);
PetscErrorCode SpikingDestroy(Spiking *s);

/*@
  SpikingSetUp - state and parameters; the network must be set up

  Collective
  Input:  first    - range of the initial potential, uniform [mV]
          switched - the network from step switch_step on, borrowed; NULL for none
          n_steps  - that will be made
@*/
PetscErrorCode SpikingSetUp(Spiking *s, Network network, const double first[2], Network switched,
                            int64_t switch_step, int64_t n_steps);

/*@
  SpikingConnect - wiring and inputs, once; the first step begins with it

  Collective; rows of the network are not to be asked for from then on
@*/
PetscErrorCode SpikingConnect(Spiking *s);

/* Its part for state and parameters of neurons; the rest of SpikingSetUp() follows. Collective. */
PetscErrorCode SpikingSetUpNeurons(Spiking *s, const double first[2]);

/* One step, after which n_fired and fired hold the spikes at its end. Collective. */
PetscErrorCode SpikingStep(Spiking *s);

/* Forgets inputs that are on their way, and finds the spikes of the present state, as those of time `step`. Collective. */
PetscErrorCode SpikingSeek(Spiking *s, int64_t step);

/* Whether all spikes are delivered, so that SpikingKeep() misses none. Not collective. */
PetscBool SpikingIsQuiet(const Spiking *s);

/* Collective. */
PetscErrorCode SpikingKeep(Spiking *s, Snapshot snapshot);

/* One line for the first neuron with a potential that is not finite. Collective. */
PetscErrorCode SpikingCheck(Spiking *s);

/* Bytes per rank. */
double SpikingMemory(const Spiking *s, double neurons, double synapses, double neurons_global,
                     double longest_delay_ms, int ranks);

#endif
