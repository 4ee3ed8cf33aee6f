/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKING_H
#define CAUSEWAY_SPIKING_H

#include "drive.h"
#include "population_values.h"
#include "wiring.h"

#include "causeway/checkpoint.h"
#include "causeway/neuron.h"

/* Neurons of one population that are advanced together while they are in the cache. */
typedef struct {
  int64_t first, count;
  int population;
} Stretch;

/* A network of spiking neurons on a time grid. In the step from time t to t + 1 [steps], every neuron receives the spikes
   that arrive at t, those of time t - delay. The step ends with the spikes of time t + 1. */
typedef struct {
  MPI_Comm comm;
  const NeuronModel *model;
  const SynapseModel *synapse;
  int synapse_index;
  double step_ms;
  uint32_t seed;
  PopulationValues parameters[NEURON_MAX_PARAMETERS];
  PopulationValues tau[SYNAPSE_KINDS], reversal[SYNAPSE_KINDS];
  PopulationValues initial_mean,
      initial_spread; /* normal initial potential; uniform if not given */
  char parameter_file[PETSC_MAX_PATH_LEN];
  Drive drive;

  Network network; /* borrowed */
  const Partition *partition;
  int n_variables; /* of a neuron: variables of the model, then of the synapse */
  NeuronVariable variables[NEURON_MAX_STATE];
  NeuronBlock block;
  PopulationConstants *constants; /* (populations) */
  int64_t n_stretches;
  Stretch *stretches;
  Wiring wiring[2]; /* before and after the switch */
  Network switched; /* borrowed, NULL without a switch */
  int64_t switch_step;
  InputRing ring;
  int64_t interval; /* steps between two exchanges; 0 until the wiring is set up */

  int64_t step;          /* number of the next step */
  int64_t taken;         /* time of the first spikes that are not delivered yet */
  int64_t n_fired;       /* number of spikes at time `step` */
  int64_t *fired;        /* (n_local) local indices, ascending */
  int64_t *fired_global; /* (n_local) */
} Spiking;

/* Declares the parameters of all spiking models. */
PetscErrorCode SpikingDeclareParameters(Parameters parameters);

/*@
  SpikingSetFromOptions - reads the parameters of all spiking models, of which those of `model` are used

  Collective
  Input:  model - NULL when a smooth model is simulated; the parameters are then only documented
@*/
PetscErrorCode SpikingSetFromOptions(Spiking *s, MPI_Comm comm, const NeuronModel *model,
                                     Parameters parameters, uint32_t seed);
PetscErrorCode SpikingDestroy(Spiking *s);

/*@
  SpikingSetUp - sets up state and parameters; the network must be set up

  Collective
  Input:  first    - range of the uniform initial potential [mV]
          switched - the network from step switch_step on, borrowed; NULL for none
          n_steps  - number of steps of the run
@*/
PetscErrorCode SpikingSetUp(Spiking *s, Network network, const double first[2], Network switched,
                            int64_t switch_step, int64_t n_steps);

/*@
  SpikingConnect - sets up wiring and inputs, once; the first step calls it

  Collective; NetworkRow() must not be called from then on
@*/
PetscErrorCode SpikingConnect(Spiking *s);

/* Part of SpikingSetUp() for state and parameters of the neurons. Collective. */
PetscErrorCode SpikingSetUpNeurons(Spiking *s, const double first[2]);

/* Advances one step; n_fired and fired then hold the spikes at its end. Collective. */
PetscErrorCode SpikingStep(Spiking *s);

/* Discards spikes in transit and finds the spikes of the present state, as those of time `step`. Collective. */
PetscErrorCode SpikingSeek(Spiking *s, int64_t step);

/* Whether all spikes are delivered, so that SpikingKeep() saves the complete state. Not collective. */
PetscBool SpikingIsQuiet(const Spiking *s);

/* Declares the state for a snapshot. Collective. */
PetscErrorCode SpikingKeep(Spiking *s, Snapshot snapshot);

/* Returns an error for the first neuron whose potential is not finite. Collective. */
PetscErrorCode SpikingCheck(Spiking *s);

/* Memory per rank [bytes]. */
double SpikingMemory(const Spiking *s, double neurons, double synapses, double neurons_global,
                     double longest_delay_ms, int ranks);

#endif
