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

/* The neurons of one rank as structures of arrays: state[s][i] and parameters[q][i]. */
typedef struct {
  int64_t n_local;
  double *state[NEURON_MAX_STATE];
  double *parameters[NEURON_MAX_PARAMETERS];
} NeuronBlock;

/* A model of spiking neurons on a fixed time grid: one file each in src/neuron, listed in neuron.c.
   state[0] is the membrane potential [mV]. */
typedef struct {
  const char *name, *text;
  double step_ms;
  int n_state, n_parameters;
  NeuronVariable state[NEURON_MAX_STATE];
  NeuronVariable parameters[NEURON_MAX_PARAMETERS];
  double spike_threshold_mV;

  /* Draws the parameters of one neuron from its two uniform numbers. */
  void (*draw)(PetscBool excitatory, const double uniform[2], double parameters[]);
  /* Sets the other state variables of all neurons for a given membrane potential. */
  void (*start)(NeuronBlock *block);
  /* Resets neuron `i` after its spike. */
  void (*reset)(NeuronBlock *block, int64_t i);
  /* One step under the input `current` (n_local), which stays as it is. */
  void (*advance)(NeuronBlock *block, const double current[]);
} NeuronModel;

/* A parameter that all neurons of a smooth model share. */
typedef struct {
  const char *name, *unit, *text;
  double value, lowest, highest; /* default, and limits */
} SmoothParameter;

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
  SmoothParameter parameters[NEURON_MAX_PARAMETERS];

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
extern const char *const NeuronModelNames[], *const CouplingNames[];

/* The model with that index in NeuronModelNames, NULL when it is of the other kind; that of CouplingNames. */
const NeuronModel *NeuronModelGet(int index);
const SmoothModel *SmoothModelGet(int index);
const CouplingModel *CouplingModelGet(int index);
int CouplingFind(const char *name);

#endif
