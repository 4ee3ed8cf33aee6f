/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FORECAST_MODEL_H
#define CAUSEWAY_FORECAST_MODEL_H

#include "model.h"
#include "optimizer.h"
#include "windows.h"

/* What the training loop, the ensemble, files and readings know of a model: a new type of forecaster is one more
   ForecasterType in forecaster_types.c. */

/* How long and how a model is trained. */
typedef struct {
  Optimizer optimizer;
  int64_t batch_size, n_epochs, patience;
} TrainingPlan;

typedef struct ForecastModel ForecastModel;
typedef struct Reading Reading;

typedef struct {
  const char *name, *description;
  ModelShape shape; /* defaults */
  TrainingPlan plan;
  int64_t n_members;
  const Reading *const *readings; /* NULL-terminated, the first is the one that ranks pairs best */

  /* CAUSEWAY_ERR_USER for a shape that the type does not have. Not collective. */
  PetscErrorCode (*check)(const ModelShape *shape);

  /* Weights are zero until WeightsInitialize() or WeightsRead(); batch_size: most samples of a batch, of all ranks.
     Collective on the group of the grid. */
  PetscErrorCode (*create)(const ModelShape *shape, const TrainGrid *grid, const Kernels *kernels,
                           int64_t batch_size, ForecastModel **model);
  PetscErrorCode (*destroy)(ForecastModel **model);

  /* Forecasts of a batch, (n_samples, n_local, horizon) or NULL, and the loss summed over the entries of this rank;
     `training`: with batch statistics, dropout and what the way back needs. Collective on the group of the grid. */
  PetscErrorCode (*forward)(ForecastModel *model, const Batch *batch, PetscBool training,
                            uint32_t seed, int64_t member, int64_t step, Real *prediction,
                            double *loss);

  /* Gradients of the mean loss over all entries of all ranks, after forward() with training and the same arguments.
     Collective on the group of the grid. */
  PetscErrorCode (*backward)(ForecastModel *model, const Batch *batch, uint32_t seed,
                             int64_t member, int64_t step);

  double (*flops)(const ModelShape *shape); /* of a forward pass of one sample */

  /* Bytes of a rank with so many samples and neurons; of no samples those of the weights, gradient and moments. */
  double (*memory)(const ModelShape *shape, int64_t n_samples, int64_t n_local);
} ForecasterType;

/* The beginning of every model. */
struct ForecastModel {
  const ForecasterType *type;
  ModelShape shape;
  const TrainGrid *grid; /* borrowed */
  const Kernels *kernels;
  Weights weights;
};

/* A pass through the layers of a model. */
static inline Pass ForecastPass(const ForecastModel *model, Workspace *work, PetscBool training,
                                uint32_t seed, int64_t member, int64_t step)
{
  return (Pass){.shape = &model->shape,
                .kernels = model->kernels,
                .grid = model->grid,
                .work = work,
                .training = training,
                .seed = seed,
                .member = member,
                .step = step};
}

/* What is done with each batch of a visit, after its forward pass. */
typedef PetscErrorCode (*ForecastVisitor)(ForecastModel *model, const Batch *batch, void *context);

/*@
  ForecastVisit - forward passes without training over the windows [first, first + count), batch by batch

  Collective on the group of the grid
@*/
PetscErrorCode ForecastVisit(ForecastModel *model, const Windows *windows, int64_t batch_size,
                             int64_t first, int64_t count, ForecastVisitor visitor, void *context);

/* NULL-terminated; the first is the default. */
extern const ForecasterType *const ForecasterTypes[];

/* A score of all pairs of neurons that a trained model gives. */
struct Reading {
  const char *name, *description;
  PetscBool is_signed; /* the size ranks pairs, the sign tells excitation from inhibition */
  PetscBool has_error; /* a standard error over windows comes with it */
  PetscBool held_out;  /* read from windows beside those of training; else from those, the most */

  /* rows (n_local targets of the ring, n_neurons), and with has_error as many standard errors; both zeroed by the
     caller, from the windows [first, first + count), the same on all batch parts. Collective on the group of the
     grid. */
  PetscErrorCode (*compute)(ForecastModel *model, const Windows *windows, int64_t batch_size,
                            int64_t first, int64_t count, double *rows, double *error);
};

/*@
  GradientsReduce - sums gradients over the ranks that share a weight: the whole group, or those of a neuron

  Collective on the group of the grid
@*/
PetscErrorCode GradientsReduce(ForecastModel *model);

#endif
