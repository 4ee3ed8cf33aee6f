/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECORD_PLAN_H
#define CAUSEWAY_RECORD_PLAN_H

#include "causeway/neuron.h"
#include "causeway/observed.h"
#include "causeway/parameters.h"

/* What is recorded of a simulation beside its spikes. */
typedef struct {
  char variable_list[256], neuron_list[2048]; /* as they are given */
  double interval_ms;                         /* between two samples; 0 for every step */
  int precision;                              /* 0 single, 1 double */

  double step_ms;
  int64_t n_samples, stride; /* the first at time 0; steps between two */
  int n_variables;           /* 0: no report */
  int index[NEURON_MAX_STATE];
  const NeuronVariable *state; /* of the model, borrowed: index is among these */
  Observed neurons;
} RecordPlan;

/*@
  RecordPlanSetFromOptions - -record_variables, -record_neurons, -record_interval, -simulate_precision

  Not collective, but the same on every rank
  Input: n_state, state - variables of the model, borrowed
         step_ms        - of the simulation
         n_steps        - that it will make
@*/
PetscErrorCode RecordPlanSetFromOptions(RecordPlan *plan, Parameters parameters, int n_state,
                                        const NeuronVariable state[], double step_ms,
                                        int64_t n_steps);

/* Chooses the neurons, of so many; again when there was a choice before. Not collective, but the same on every rank. */
PetscErrorCode RecordPlanChoose(RecordPlan *plan, int64_t n_neurons);
PetscErrorCode RecordPlanDestroy(RecordPlan *plan);

#endif
