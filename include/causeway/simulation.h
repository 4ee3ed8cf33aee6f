/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIMULATION_H
#define CAUSEWAY_SIMULATION_H

#include "causeway/checkpoint.h"
#include "causeway/declare.h"
#include "causeway/network.h"
#include "causeway/neuron.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* Advances a network of neurons in time. Each rank holds the neurons of its block. Once per shortest delay, ranks exchange
   spikes as lists of indices. The output of spiking models is the same to the bit on every number of ranks: random numbers
   are keyed by global neuron and step, and every neuron sums its inputs in the order of steps and sources. */
typedef struct _p_Simulation *Simulation;

/*@
  SimulationCreate - creates a simulation of `network`; destroyed with SimulationDestroy()

  Collective on `comm`
  Input: network - borrowed until SimulationDestroy()
@*/
PetscErrorCode SimulationCreate(MPI_Comm comm, Network network, Simulation *simulation);
PetscErrorCode SimulationDestroy(Simulation *simulation);

/* Declares the parameters of simulations and of all neuron models; see ParametersDeclare(). */
PetscErrorCode SimulationDeclareParameters(Parameters parameters);

/*@
  SimulationSetFromOptions - reads the parameters of section "simulate"

  Options: -simulate_neuron NAME          - neuron model, one of NeuronModelWord()
           -simulate_duration t           - simulated time [ms]
           -simulate_step dt              - time step of a spiking model [ms]
           -simulate_interval dt          - sampling interval of a smooth model [ms]
           -simulate_synapse, -synapse_..., -simulate_poisson_... - for spiking models, see SynapseModel
           -simulate_coupling, -simulate_coupling_..., -simulate_reversal_..., -simulate_input_spread - for smooth
                models, see CouplingModel
           MODEL_PARAMETER                - parameters of the neuron model
           -ts_..., -snes_..., -ksp_...   - options of PETSc's solvers, for smooth models
           -simulate_input_mean, -simulate_input_variance - white-noise input of every neuron
           -simulate_initial_v_min, -simulate_initial_v_max - range of the uniform initial potential [mV]
           -simulate_parameters FILE:/path - (N, number of parameters) instead of drawn parameters
           -simulate_input FILE:/path      - (N, steps) instead of drawn input
           -connectivity_switch none|TIME:FRACTION - time [ms] from which spikes act through another network, see
                NetworkRewire()
           -record_variables, -record_neurons, -record_interval - recorded state variables, neurons, and interval [ms]
           -simulate_precision single|double - precision of recorded values
  Input:   seed - random seed
@*/
PetscErrorCode SimulationSetFromOptions(Simulation simulation, Parameters parameters,
                                        uint32_t seed);

/*@
  SimulationSetOptions - sets parameters from a list; parameters set by earlier calls keep their values

  Collective. PETSc's options database is not read.
  Errors: CAUSEWAY_ERR_USER for an unknown key or a refused value; then `simulation` can only be destroyed
@*/
PetscErrorCode SimulationSetOptions(Simulation simulation, const ParameterSetting settings[]);

/*@
  SimulationSetUp - draws or reads the parameters and the initial state

  Collective; the network must be set up
  Errors: CAUSEWAY_ERR_USER for files of the wrong shape or with values that are not finite
@*/
PetscErrorCode SimulationSetUp(Simulation simulation);

/*@
  SimulationSwitchedNetwork - creates the network that is active after -connectivity_switch
  SimulationSwitches        - whether the network is switched. Not collective

  Collective; the network must be set up
  Output: network - created once and used by the simulation; the caller destroys it after the simulation with
                    NetworkDestroy(). NULL without a switch.
          sample  - first step that may show the switch
@*/
PetscErrorCode SimulationSwitchedNetwork(Simulation simulation, Network *network, int64_t *sample);
PetscBool SimulationSwitches(Simulation simulation);

/*@
  SimulationStep - advances by one step of the model

  Collective
  Output: n_fired - number of local neurons that spike at the end of the step; may be NULL
          fired   - (n_fired) ascending global indices; borrowed, valid until the next step; may be NULL
  Cost:   once per shortest delay, one message of 512 bytes to each rank that holds targets of local neurons, plus 4 bytes
          for each spike beyond 126
@*/
PetscErrorCode SimulationStep(Simulation simulation, int64_t *n_fired, const int64_t **fired);

/* Sets the checkpoint to which SimulationRun() offers every step; borrowed. Not collective. */
PetscErrorCode SimulationSetCheckpoint(Simulation simulation, Checkpoint checkpoint);

/*@
  SimulationRun - advances to the end and writes activity.h5

  Collective
  Input:  file    - being written; receives /report/neurons (time, neuron), /report/neurons_NAME of further variables, and
                    /spikes/neurons, in SONATA layout
          resumes - whether to continue from the snapshot that the checkpoint has found, with a file that
                    DataFileResume() has opened
  Output: n_spikes - number of spikes of all neurons
  Errors: CAUSEWAY_STOPPED when the checkpoint ends the run; the caller then calls DataFileSuspend()
@*/
PetscErrorCode SimulationRun(Simulation simulation, DataFile file, PetscBool resumes,
                             int64_t *n_spikes);

/* Declares the state that a snapshot of an unfinished simulation holds. Collective. */
PetscErrorCode SimulationKeep(Simulation simulation, Snapshot snapshot);

/* Removes the files that SimulationRun() kept beside `file`, once `file` is complete. Collective. */
PetscErrorCode SimulationCleanUp(Simulation simulation, const char *file);

/* Number of samples that SimulationRun() records, 0 when it records spikes only; and number of recorded neurons. Call after
   SimulationEstimate() or SimulationSetUp(). Not collective. */
int64_t SimulationSamples(Simulation simulation);
int64_t SimulationRecorded(Simulation simulation);

/* Interval of the recorded samples [ms]. Not collective. */
double SimulationRecordInterval(Simulation simulation);

/* Number of steps of SimulationRun(); time step [ms]; whether the model spikes. Not collective. */
int64_t SimulationSteps(Simulation simulation);
double SimulationInterval(Simulation simulation);
PetscBool SimulationSpikes(Simulation simulation);

/*@
  SimulationBlock - the local neurons, whose state the caller may change between steps

  Not collective
  Output: (return value) borrowed
@*/
NeuronBlock *SimulationBlock(Simulation simulation);

/*@
  SimulationSeek - sets the number of the next step, which selects its random numbers and input

  Collective. Spikes in transit are discarded; the spikes of the present state act again.
@*/
PetscErrorCode SimulationSeek(Simulation simulation, int64_t step);

/*@
  SimulationEstimate - predicts the size of a run from its parameters

  Output: memory - memory of the fullest rank [bytes]
          file   - size of activity.h5 without spikes [bytes]
@*/
PetscErrorCode SimulationEstimate(Simulation simulation, int ranks, double *memory, double *file);

CAUSEWAY_END_DECLARATIONS

#endif
