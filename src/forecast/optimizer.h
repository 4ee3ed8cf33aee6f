/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OPTIMIZER_H
#define CAUSEWAY_OPTIMIZER_H

#include "grid.h"
#include "kernels.h"
#include "weights.h"

typedef enum { SCHEDULE_CONSTANT, SCHEDULE_ONECYCLE } Schedule;

typedef struct {
  double rate, decay; /* highest learning rate; weight decay */
  double rows_factor; /* of the rate of tensors by neuron; 0 for 1 */
  double clip;        /* largest norm of the gradient, 0 for any */
  int schedule;       /* Schedule */
  int64_t n_steps;    /* of the whole training, for the one-cycle rate */
} Optimizer;

/*@
  OptimizerRate - learning rate of a step, counted from 0

  Source: one-cycle of Smith & Topin (2018), cosine form: from rate / 25 to rate in the first 30 % of
          the steps, then down to rate / 250000
@*/
double OptimizerRate(const Optimizer *optimizer, int64_t step);

/*@
  OptimizerStep - one step of AdamW (beta 0.9, 0.999, epsilon 1e-8) on all trained weights

  Collective on the ring when clipping
  Input: step - counted from 0
  Source: Loshchilov & Hutter (2019); the decay is multiplied by the rate
@*/
PetscErrorCode OptimizerStep(const Optimizer *optimizer, const TrainGrid *grid,
                             const Kernels *kernels, int64_t step, Weights *weights);

#endif
