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

/* NULL-terminated names of all models, for parameters. */
extern const char *const NeuronModelNames[];

/* The model with that index in NeuronModelNames. */
const NeuronModel *NeuronModelGet(int index);

#endif
