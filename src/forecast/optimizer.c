/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "optimizer.h"

#include "causeway/log.h"

#include <math.h>

const ParameterWord ScheduleWords[] = {
    {"constant", "the same rate in all steps", 0},
    {"onecycle", "rises for 30 % of the steps, then falls to nearly 0", 0},
    {NULL, NULL, 0}};

double OptimizerRate(const Optimizer *o, int64_t step)
{
  const double lowest = o->rate / 25.0, last = lowest / 1e4;
  const double warm = 0.3 * (double)o->n_steps - 1.0;
  const double cool = (double)o->n_steps - 1.0 - warm;
  double from = lowest, to = o->rate, part;

  if (o->schedule == SCHEDULE_CONSTANT) {
    return o->rate;
  }
  part = warm > 0 ? (double)step / warm : 1.0;
  if (part >= 1.0) {
    part = cool > 0 ? PetscMin(((double)step - warm) / cool, 1.0) : 1.0;
    from = o->rate;
    to = last;
  }
  return to + 0.5 * (from - to) * (1.0 + cos(M_PI * part));
}

/* Factor on the gradient with which its norm over all ranks of the model is at most `clip`. */
static PetscErrorCode clip_factor(const Optimizer *o, const TrainGrid *grid, const Weights *w,
                                  double *factor)
{
  double shared = 0, rows = 0, norm;

  PetscFunctionBegin;
  *factor = 1.0;
  if (o->clip <= 0) {
    PetscFunctionReturn(0);
  }
  for (int64_t k = 0; k < w->n_trained; k++) {
    const double g = (double)w->gradient[k];

    *(k < w->n_shared ? &shared : &rows) += g * g;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &rows, 1, MPI_DOUBLE, MPI_SUM, grid->ring));
  norm = sqrt(shared + rows);
  *factor = PetscMin(1.0, o->clip / (norm + 1e-6));
  PetscFunctionReturn(0);
}

PetscErrorCode OptimizerStep(const Optimizer *o, const TrainGrid *grid, const Kernels *kernels,
                             int64_t step, Weights *w)
{
  const double beta1 = 0.9, beta2 = 0.999, count = (double)(step + 1);
  double factor;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_TRAIN_UPDATE));
  PetscCall(clip_factor(o, grid, w, &factor));
  for (int k = 0; k < 2; k++) { /* shared tensors, then tensors by neuron */
    const int64_t first = k ? w->n_shared : 0, end = k ? w->n_trained : w->n_shared;
    const double rate = OptimizerRate(o, step) * (k && o->rows_factor > 0 ? o->rows_factor : 1.0);

    kernels->element->adamw(end - first, w->value + first, w->gradient + first,
                            w->moment[0] + first, w->moment[1] + first, (Real)factor, (Real)rate,
                            (Real)o->decay, (Real)beta1, (Real)beta2, (Real)1e-8,
                            (Real)(1.0 - pow(beta1, count)), (Real)(1.0 - pow(beta2, count)));
  }
  PetscCall(LogEventStop(EVENT_TRAIN_UPDATE));
  PetscFunctionReturn(0);
}
