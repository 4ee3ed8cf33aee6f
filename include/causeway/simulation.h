/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIMULATION_H
#define CAUSEWAY_SIMULATION_H

#include "causeway/checkpoint.h"
#include "causeway/network.h"
#include "causeway/neuron.h"

/* Advances a network of neurons in time. Each rank holds the neurons of its block; spikes travel as lists of indices,
   once per shortest delay. Output of spiking models is the same to the bit on every number of ranks: random draws are
   keyed by global neuron and step, and every neuron adds its inputs in the order of steps and sources. */
typedef struct _p_Simulation *Simulation;

/*@
  SimulationCreate - a simulation of `network`

  Collective on `comm`
  Input: network - borrowed until SimulationDestroy()
@*/
PetscErrorCode SimulationCreate(MPI_Comm comm, Network network, Simulation *simulation);
PetscErrorCode SimulationDestroy(Simulation *simulation);

/*@
  SimulationSetFromOptions - reads the parameters of section "simulate"

  Options: -simulate_neuron NAME          - neuron model, one of NeuronModelNames
           -simulate_duration t           - simulated time [ms]
           -simulate_step dt              - of a spiking model [ms]; -simulate_interval dt - between samples of a
                smooth model [ms]
           -simulate_synapse, -synapse_... - of spiking models, see SynapseModel; -simulate_poisson_...
           -simulate_coupling, -simulate_coupling_..., -simulate_reversal_..., -simulate_input_spread - of smooth
                models, see CouplingModel; MODEL_PARAMETER - their parameters; -ts_..., -snes_..., -ksp_... of PETSC
           -simulate_input_mean, -simulate_input_variance - white noise input of every neuron
           -simulate_initial_v_min, -simulate_initial_v_max - uniform start [mV]
           -simulate_parameters FILE:/path - (N, number of parameters) instead of drawn ones
           -simulate_input FILE:/path      - (N, steps) instead of drawn input
           -connectivity_switch none|TIME:FRACTION - from this time on [ms] spikes act through another network,
                see NetworkRewire()
           -record_variables, -record_neurons, -record_interval - state variables, of which neurons, how often
           -simulate_precision single|double - of these
@*/
PetscErrorCode SimulationSetFromOptions(Simulation simulation, Parameters parameters,
                                        uint32_t seed);

/*@
  SimulationSetUp - draws or reads parameters and initial state

  Collective; the network must be set up
  Errors: CAUSEWAY_ERR_USER for files of the wrong shape or with values that are not finite
@*/
PetscErrorCode SimulationSetUp(Simulation simulation);

/*@
  SimulationSwitchedNetwork - the network from -connectivity_switch on

  Collective; the network must be set up
  Output: network - made once, used by the simulation, and destroyed by the caller after it with NetworkDestroy(); NULL
                    without a switch
          sample  - the first step that may show it
@*/
PetscErrorCode SimulationSwitchedNetwork(Simulation simulation, Network *network, int64_t *sample);
PetscBool SimulationSwitches(Simulation simulation);

/*@
  SimulationStep - advances by one step of the model

  Collective
  Output: n_fired, fired - local neurons that spike at the end of the step, ascending global
          indices; borrowed until the next step; either may be NULL
  Cost:   once per shortest delay, a message of 512 bytes to each rank that holds targets of local neurons, and one
          of 4 bytes for each spike beyond 126
@*/
PetscErrorCode SimulationStep(Simulation simulation, int64_t *n_fired, const int64_t **fired);

/* The checkpoint to which SimulationRun() offers every step; borrowed. Not collective. */
PetscErrorCode SimulationSetCheckpoint(Simulation simulation, Checkpoint checkpoint);

/*@
  SimulationRun - advances to the end and writes `activity.h5`

  Collective
  Input:  file    - being written; gets /report/neurons (time, neuron), /report/neurons_NAME of further variables, and
                    /spikes/neurons, SONATA layout
          resumes - continues from the snapshot that the checkpoint has found, and a file that
                    DataFileResume() has opened
  Output: n_spikes - of all neurons
  Errors: CAUSEWAY_STOPPED when the checkpoint ends the run; the file then waits for DataFileSuspend()
@*/
PetscErrorCode SimulationRun(Simulation simulation, DataFile file, PetscBool resumes,
                             int64_t *n_spikes);

/* Declares what a simulation under way must keep. Collective. */
PetscErrorCode SimulationKeep(Simulation simulation, Snapshot snapshot);

/* Removes what SimulationRun() kept beside the file of that name, once the file is complete. Collective. */
PetscErrorCode SimulationCleanUp(Simulation simulation, const char *file);

/* Samples that SimulationRun() records, 0 when it records spikes only; and of how many neurons, after
   SimulationEstimate() or SimulationSetUp(). Not collective. */
int64_t SimulationSamples(Simulation simulation);
int64_t SimulationRecorded(Simulation simulation);

/* Time between these samples [ms]. Not collective. */
double SimulationRecordInterval(Simulation simulation);

/* Steps that SimulationRun() makes; time between them [ms]; whether there are spikes. Not collective. */
int64_t SimulationSteps(Simulation simulation);
double SimulationInterval(Simulation simulation);
PetscBool SimulationSpikes(Simulation simulation);

/*@
  SimulationBlock - the local neurons; the caller may change their state between steps

  Not collective. Output: block - borrowed
@*/
NeuronBlock *SimulationBlock(Simulation simulation);

/*@
  SimulationSeek - sets the number of the next step, which chooses its random draws and input

  Collective. Inputs that are on their way are forgotten; the spikes of the present state act again.
@*/
PetscErrorCode SimulationSeek(Simulation simulation, int64_t step);

/*@
  SimulationEstimate - what a run will need, from parameters alone

  Output: memory - bytes on the fullest rank; file - bytes of activity.h5 without spikes
@*/
PetscErrorCode SimulationEstimate(Simulation simulation, int ranks, double *memory, double *file);

#endif
