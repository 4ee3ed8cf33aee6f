/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NEURON_H
#define CAUSEWAY_NEURON_H

#include <petscsys.h>
#include <stdint.h>

enum { NEURON_MAX_STATE = 8, NEURON_MAX_PARAMETERS = 16 };

/* A state variable or parameter of a model. */
typedef struct {
  const char *name, *unit, *text;
} NeuronVariable;

/* A parameter of a model; of a spiking one each population may have its own value. */
typedef struct {
  const char *name, *unit, *text;
  double value, lowest, highest; /* default, NAN when each neuron draws its own, and limits */
} ModelParameter;

/* The neurons of one rank as structures of arrays: state[s][i], those of the model and then those of the synapses; and
   parameters[q][i] where each neuron has its own. */
typedef struct {
  int64_t n_local;
  double *state[NEURON_MAX_STATE];
  double *parameters[NEURON_MAX_PARAMETERS];
} NeuronBlock;

enum { SYNAPSE_EXCITATORY, SYNAPSE_INHIBITORY, SYNAPSE_KINDS };

/* What the neurons of a population share. */
typedef struct {
  double step; /* [ms] */
  double parameters[NEURON_MAX_PARAMETERS];
  /* of the two kinds of synapses: time constant [ms] and reversal potential [mV]; by how much what they pass falls in a
     step, and its mean over the step */
  double tau[SYNAPSE_KINDS], reversal[SYNAPSE_KINDS], decay[SYNAPSE_KINDS], mean[SYNAPSE_KINDS];
  double derived[NEURON_MAX_PARAMETERS]; /* the model's own */
} PopulationConstants;

/* Neurons first .. first + count - 1 of the block, all of one population, in one step. */
typedef struct {
  int64_t first, count;
  /* (count) sums of the weights of spikes that arrive, by kind; of synapses without state all in the first */
  const double *arriving[SYNAPSE_KINDS];
  const double *drive; /* (count) input from outside */
  double *current;     /* (count) of drive and synapses */
} NeuronRun;

/* How spikes act on a neuron: one function each in src/neuron/synapse.c. `state` are its variables, excitatory and
   inhibitory. */
typedef struct {
  const char *name, *text;
  int n_state;
  NeuronVariable state[SYNAPSE_KINDS];
  void (*act)(const PopulationConstants *constants, const NeuronRun *run, double *const state[],
              const double v[]);
} SynapseModel;

/* A model of spiking neurons on a fixed time grid: one file each in src/neuron, listed in neuron.c. state[0] is the
   membrane potential [mV]. Spikes are on the grid: to find where between two steps a neuron fires, and to go back there
   with the whole network, costs a collective decision for every spike and cannot scale. */
typedef struct {
  const char *name, *text;
  double step_ms;         /* default */
  const char *input_unit; /* of drive and weights */
  double input_mean, input_variance;
  const char *synapse; /* default, in SynapseNames */
  /* The model integrates exponential synapses itself and has their state among its own: no other synapses. */
  PetscBool owns_synapses;
  PetscBool draws; /* parameters are of each neuron */
  int n_state, n_parameters;
  NeuronVariable state[NEURON_MAX_STATE];
  ModelParameter parameters[NEURON_MAX_PARAMETERS];
  /* [mV] at or above which the potential of a neuron is that of a spike, until the next step resets it; NAN when a
     spike is over at once */
  double spike_threshold_mV;

  /* Draws the parameters of one neuron from its two uniform numbers; NULL without `draws`. */
  void (*draw)(PetscBool excitatory, const double uniform[2], double parameters[]);
  /* Computes constants->derived; NULL for none. */
  void (*derive)(PopulationConstants *constants);
  /* Sets the other state variables of all neurons for a given membrane potential; NULL: they are 0. */
  void (*start)(NeuronBlock *block);
  /* One step; fired (count): 1 for neurons that spike at its end, else 0. */
  void (*advance)(const PopulationConstants *constants, NeuronBlock *block, const NeuronRun *run,
                  uint8_t fired[]);
} NeuronModel;

/* What couplings read, see CouplingModel; a smooth model gives the defaults. */
enum {
  COUPLING_THRESHOLD,
  COUPLING_WIDTH,
  COUPLING_REVERSAL_EXCITATORY,
  COUPLING_REVERSAL_INHIBITORY,
  COUPLING_PARAMETERS
};

/* A model whose state changes smoothly, dx/dt = f(x, input): integrated with PETSc TS. One file each in src/neuron,
   listed in neuron.c. The input, of drive and synapses, acts on the first variable; others read the first variable of
   a neuron. A map goes from sample to sample instead: x(t + 1) = f(x(t), input). */
typedef struct {
  const char *name, *text;
  PetscBool is_map;
  double interval; /* default of the time between two samples [ms, or the model's unit of time] */
  const char *input_unit;
  double input_mean, input_variance; /* defaults */
  double first[2];                   /* default range of the initial first variable */
  const char *coupling;              /* default, in CouplingNames */
  double coupling_parameters[COUPLING_PARAMETERS];
  int n_state, n_parameters;
  NeuronVariable state[NEURON_MAX_STATE];
  ModelParameter parameters[NEURON_MAX_PARAMETERS];

  /* Sets the other variables of a neuron for a given first one. */
  void (*start)(const double p[], double x[]);
  /* dx = f(x, input) of one neuron */
  void (*rhs)(const double p[], const double x[], double input, double dx[]);
  /* slope[k * n_state + l] = d f_k / d x_l, all of them; returned: d f_0 / d input */
  double (*jacobian)(const double p[], const double x[], double input, double slope[]);
  /* What is recorded of a neuron; NULL: the first variable. */
  double (*observe)(const double x[]);
} SmoothModel;

/* The synapses of one target. */
typedef struct {
  int64_t target, n_neurons, count;
  const int32_t *sources; /* (count) ascending global indices */
  const float *weights;   /* (count) */
  double own;             /* first variable of the target */
  const double *sent;     /* (count) what the sources send */
} CouplingRow;

/* How neurons of smooth models act on each other; `p` are COUPLING_PARAMETERS numbers. */
typedef struct {
  const char *name, *text;
  /* What a neuron sends, of its first variable y, and its slope; NULL: y. */
  double (*send)(const double p[], double y, double *slope);
  /* Input of a target. With slopes (count) also those by what is sent, and *own_slope that by the target's variable. */
  double (*receive)(const double p[], const CouplingRow *row, double *own_slope, double slopes[]);
} CouplingModel;

/* NULL-terminated names of all models, for parameters. */
extern const char *const NeuronModelNames[], *const CouplingNames[], *const SynapseNames[];

/* The model with that index in NeuronModelNames, NULL when it is of the other kind; that of CouplingNames. */
const NeuronModel *NeuronModelGet(int index);
const SmoothModel *SmoothModelGet(int index);
const CouplingModel *CouplingModelGet(int index);
const SynapseModel *SynapseModelGet(int index);
int CouplingFind(const char *name);
int SynapseFind(const char *name);

#endif
