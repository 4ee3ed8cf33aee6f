/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NEURON_H
#define CAUSEWAY_NEURON_H

#include "causeway/declare.h"

#include <petscsys.h>
#include <stdint.h>

CAUSEWAY_BEGIN_DECLARATIONS

enum { NEURON_MAX_STATE = 8, NEURON_MAX_PARAMETERS = 16 };

/* A state variable or parameter of a model. */
typedef struct {
  const char *name, *unit, *text;
} NeuronVariable;

/* A parameter of a model; users set it as MODEL_NAME. In a spiking model each population may have its own value. */
typedef struct {
  const char *name, *unit, *text;
  const char *standard; /* default, "" when each neuron draws its own */
  double lowest, highest;
} ModelParameter;

/* The neurons of one rank as structures of arrays. state[s][i] holds the model's variables, then those of the synapses;
   parameters[q][i] is used when each neuron has its own parameters. */
typedef struct {
  int64_t n_local;
  double *state[NEURON_MAX_STATE];
  double *parameters[NEURON_MAX_PARAMETERS];
} NeuronBlock;

enum { SYNAPSE_EXCITATORY, SYNAPSE_INHIBITORY, SYNAPSE_KINDS };

/* Constants that the neurons of a population share. */
typedef struct {
  double step; /* [ms] */
  double parameters[NEURON_MAX_PARAMETERS];
  /* for each kind of synapse: time constant [ms]; reversal potential [mV]; factor by which the conductance or current
     decays in a step; mean of this decay over the step */
  double tau[SYNAPSE_KINDS], reversal[SYNAPSE_KINDS], decay[SYNAPSE_KINDS], mean[SYNAPSE_KINDS];
  double derived[NEURON_MAX_PARAMETERS]; /* constants that the model derives */
} PopulationConstants;

/* Neurons first .. first + count - 1 of the block, all in one population, during one step. */
typedef struct {
  int64_t first, count;
  /* (count) sums of the weights of arriving spikes, by kind; synapses without state use the first for both kinds */
  const double *arriving[SYNAPSE_KINDS];
  const double *drive; /* (count) external input */
  double *current;     /* (count) sum of drive and synaptic input */
} NeuronRun;

/* How spikes act on a neuron; each model has its own function. `state` holds its excitatory and inhibitory
   variables. */
typedef struct {
  const char *name, *text;
  int n_state;
  NeuronVariable state[SYNAPSE_KINDS];
  void (*act)(const PopulationConstants *constants, const NeuronRun *run, double *const state[],
              const double v[]);
} SynapseModel;

/* A model of spiking neurons on a fixed time grid. state[0] is the
   membrane potential [mV]. Spikes lie on the grid. Locating a spike between two steps would need a collective decision per
   spike to take the whole network back to it, which does not scale. */
typedef struct {
  const char *name, *text;
  double step_ms;         /* default time step */
  const char *input_unit; /* unit of drive and weights */
  double input_mean, input_variance;
  const char *synapse; /* name of the default synapse model */
  /* the model integrates exponential synapses itself, with their state among its own; it accepts no other synapses */
  PetscBool owns_synapses;
  PetscBool draws; /* each neuron has its own parameters */
  int n_state, n_parameters;
  NeuronVariable state[NEURON_MAX_STATE];
  ModelParameter parameters[NEURON_MAX_PARAMETERS];
  /* [mV] at or above this potential a neuron spikes, and the next step resets it; NAN when a spike has no duration */
  double spike_threshold_mV;

  /* Draws the parameters of one neuron from its two uniform numbers; NULL without `draws`. */
  void (*draw)(PetscBool excitatory, const double uniform[2], double parameters[]);
  /* Computes constants->derived; NULL for none. */
  void (*derive)(PopulationConstants *constants);
  /* Sets the other state variables of all neurons for a given membrane potential; NULL sets them to 0. */
  void (*start)(NeuronBlock *block);
  /* Advances one step; fired (count) is 1 for neurons that spike at the end of the step, else 0. */
  void (*advance)(const PopulationConstants *constants, NeuronBlock *block, const NeuronRun *run,
                  uint8_t fired[]);
} NeuronModel;

/* Parameters of couplings, see CouplingModel; a smooth model supplies their defaults. */
enum {
  COUPLING_THRESHOLD,
  COUPLING_WIDTH,
  COUPLING_REVERSAL_EXCITATORY,
  COUPLING_REVERSAL_INHIBITORY,
  COUPLING_PARAMETERS
};

/* A model with smooth dynamics, dx/dt = f(x, input), integrated with PETSc TS. The input, the sum of drive and coupling, acts on the first variable; other neurons read the first
   variable. A map steps from sample to sample instead: x(t + 1) = f(x(t), input). */
typedef struct {
  const char *name, *text;
  PetscBool is_map;
  double interval; /* default sampling interval [ms, or the model's unit of time] */
  const char *input_unit;
  double input_mean, input_variance; /* defaults */
  double first[2];                   /* default range of the initial first variable */
  const char *coupling;              /* name of the default coupling model */
  double coupling_parameters[COUPLING_PARAMETERS];
  int n_state, n_parameters;
  NeuronVariable state[NEURON_MAX_STATE];
  ModelParameter parameters[NEURON_MAX_PARAMETERS];

  /* Sets the other variables of a neuron for a given first one. */
  void (*start)(const double p[], double x[]);
  /* dx (n_state) = f(x, input) of one neuron */
  void (*rhs)(const double p[], const double x[], double input, double dx[]);
  /* slope (n_state, n_state): slope[k * n_state + l] = d f_k / d x_l; returns d f_0 / d input */
  double (*jacobian)(const double p[], const double x[], double input, double slope[]);
  /* Value that is recorded of a neuron; NULL records the first variable. */
  double (*observe)(const double x[]);
} SmoothModel;

/* The synapses of one target. */
typedef struct {
  int64_t target, n_neurons, count;
  const int32_t *sources; /* (count) ascending global indices */
  const float *weights;   /* (count) */
  double own;             /* first variable of the target */
  const double *sent;     /* (count) values that the sources send */
} CouplingRow;

/* How neurons of smooth models act on each other; `p` holds COUPLING_PARAMETERS numbers. */
typedef struct {
  const char *name, *text;
  /* Value that a neuron with first variable y sends, and its derivative; NULL sends y. */
  double (*send)(const double p[], double y, double *slope);
  /* Input of a target. Unless slopes (count) is NULL, also its derivatives by the sent values, and *own_slope by the
     target's own variable. */
  double (*receive)(const double p[], const CouplingRow *row, double *own_slope, double slopes[]);
} CouplingModel;

/* Name and description of model k, for neurons of both kinds, synapses and couplings, as words of a parameter (see
   ParameterSpec); NULL beyond the last. */
const char *NeuronModelWord(int k, const char **text);
const char *SynapseWord(int k, const char **text);
const char *CouplingWord(int k, const char **text);

/* Index of the model with this name; the number of models when there is none. */
int NeuronModelFind(const char *name);
int SynapseFind(const char *name);
int CouplingFind(const char *name);

/* Number of neuron models; model k, NULL when it is of the other kind. Static storage. */
int NeuronModelCount(void);
const NeuronModel *NeuronModelGet(int k);
const SmoothModel *SmoothModelGet(int k);
const SynapseModel *SynapseModelGet(int k);
const CouplingModel *CouplingModelGet(int k);

CAUSEWAY_END_DECLARATIONS

#endif
