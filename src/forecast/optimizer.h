/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OPTIMIZER_H
#define CAUSEWAY_OPTIMIZER_H

#include "causeway/parameters.h"

#include "grid.h"
#include "kernels/kernels.h"
#include "weights.h"

typedef enum { SCHEDULE_CONSTANT, SCHEDULE_ONECYCLE } Schedule;

/* In the order of Schedule. */
extern const ParameterWord ScheduleWords[];

typedef struct {
  double rate, decay; /* highest learning rate; weight decay */
  double rows_factor; /* factor on the rate of tensors by neuron; 0 means 1 */
  double clip;        /* largest norm of the gradient, 0 for no limit */
  int schedule;       /* Schedule */
  int64_t n_steps;    /* steps of the whole training, for the one-cycle schedule */
} Optimizer;

/*@
  OptimizerRate - learning rate of a step, counted from 0

  Source: one-cycle of Smith & Topin (2018), cosine form: from rate / 25 to rate in the first 30 % of
          the steps, then down to rate / 250000
@*/
double OptimizerRate(const Optimizer *optimizer, int64_t step);

/*@
  OptimizerStep - makes one step of AdamW (beta 0.9, 0.999, epsilon 1e-8) on all trained weights

  Collective on the ring when clipping
  Input: step - counted from 0
  Source: Loshchilov & Hutter (2019); the rate multiplies the decay
@*/
PetscErrorCode OptimizerStep(const Optimizer *optimizer, const TrainGrid *grid,
                             const Kernels *kernels, int64_t step, Weights *weights);

#endif
