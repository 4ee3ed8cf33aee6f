/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECORD_PLAN_H
#define CAUSEWAY_RECORD_PLAN_H

#include "causeway/neuron.h"
#include "causeway/observed.h"
#include "causeway/parameters.h"

/* What a simulation records besides its spikes. */
typedef struct {
  char variable_list[256], neuron_list[2048]; /* as given by the user */
  double interval_ms;                         /* sampling interval; 0 for every step */
  int precision;                              /* 0 single, 1 double */

  double step_ms;
  int64_t n_samples, stride; /* the first sample is at time 0; steps per sample */
  int n_variables;           /* 0: no report */
  int index[NEURON_MAX_STATE];
  const NeuronVariable *state; /* variables of the model, into which `index` points; borrowed */
  Observed neurons;
} RecordPlan;

PetscErrorCode RecordPlanDeclareParameters(Parameters parameters);

/*@
  RecordPlanSetFromOptions - reads -record_variables, -record_neurons, -record_interval, -simulate_precision

  Not collective, but the same on every rank
  Input: n_state, state - (n_state) variables of the model, borrowed
         step_ms        - time step of the simulation
         n_steps        - number of steps
@*/
PetscErrorCode RecordPlanSetFromOptions(RecordPlan *plan, Parameters parameters, int n_state,
                                        const NeuronVariable state[], double step_ms,
                                        int64_t n_steps);

/* Chooses the recorded neurons; replaces an earlier choice. Not collective, but the same on every rank. */
PetscErrorCode RecordPlanChoose(RecordPlan *plan, int64_t n_neurons);
PetscErrorCode RecordPlanDestroy(RecordPlan *plan);

#endif
