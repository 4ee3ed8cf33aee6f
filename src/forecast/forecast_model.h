/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FORECAST_MODEL_H
#define CAUSEWAY_FORECAST_MODEL_H

#include "model.h"
#include "optimizer.h"
#include "windows.h"

/* The interface of a model to the training loop, the ensemble, files and readings. A new type of forecaster is a
   ForecasterType and a line in forecaster_types.c. */

/* Length and method of the training of a model. */
typedef struct {
  Optimizer optimizer;
  int64_t n_members, batch_size, n_epochs, patience;
} TrainingPlan;

typedef struct ForecastModel ForecastModel;
typedef struct Reading Reading;

typedef struct {
  const char *name, *description;

  /* Parameters of the shape, a struct that begins with a ModelShape: reals, int numbers and choices. Each is an attribute of
     the models in files, named by the key without "train_". */
  const ParameterSpec *parameters;
  size_t shape_size;             /* size of the struct [bytes] */
  const ParameterSpec *training; /* parameters of the TrainingPlan */
  double rows_factor;            /* of the Optimizer */

  const Reading *const *readings; /* own readings, NULL-terminated, best first; see ReadingOf() */

  const char
      *mark; /* tensor of every model of the type, by which a group in a file is recognised */
  PetscBool is_unnamed; /* models in files that state no type are of this type */

  /* Returns CAUSEWAY_ERR_USER for a shape that the type does not support; NULL when it supports all. Here and below, a shape
     is the beginning of the type's own struct. Not collective. */
  PetscErrorCode (*check)(const ModelShape *shape);

  /* Creates a model whose weights are zero until WeightsInitialize() or WeightsRead(); batch_size: largest number of samples
     of a batch, on all ranks. Collective on the group of the grid. */
  PetscErrorCode (*create)(const ModelShape *shape, const TrainGrid *grid, const Kernels *kernels,
                           int64_t batch_size, ForecastModel **model);
  PetscErrorCode (*destroy)(ForecastModel **model);

  /* Computes the forecasts of a batch, (n_samples, n_local, horizon) or NULL, and the loss summed over the entries of this
     rank. `training`: with batch statistics and dropout, keeping what the backward pass needs. Collective on the group of
     the grid. */
  PetscErrorCode (*forward)(ForecastModel *model, const Batch *batch, PetscBool training,
                            uint32_t seed, int64_t member, int64_t step, Real *prediction,
                            double *loss);

  /* Computes the gradients of the mean loss over all entries of all ranks, after forward() with training and the same arguments.
     Collective on the group of the grid. */
  PetscErrorCode (*backward)(ForecastModel *model, const Batch *batch, uint32_t seed,
                             int64_t member, int64_t step);

  double (*flops)(const ModelShape *shape); /* of a forward pass of one sample */

  /* Memory of a rank with these samples and neurons [bytes]; for no samples, that of weights, gradient and moments. */
  double (*memory)(const ModelShape *shape, int64_t n_samples, int64_t n_local);
} ForecasterType;

/* First member of every model. */
struct ForecastModel {
  const ForecasterType *type;
  ModelShape shape;
  const TrainGrid *grid; /* borrowed */
  const Kernels *kernels;
  Weights weights;
};

/* Makes a pass through the layers of a model. */
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

/* Called for each batch of a visit after its forward pass. */
typedef PetscErrorCode (*ForecastVisitor)(ForecastModel *model, const Batch *batch, void *context);

/*@
  ForecastVisit - makes forward passes without training over the windows [first, first + count), batch by batch

  Collective on the group of the grid
@*/
PetscErrorCode ForecastVisit(ForecastModel *model, const Windows *windows, int64_t batch_size,
                             int64_t first, int64_t count, ForecastVisitor visitor, void *context);

/* NULL-terminated; the first is the default. */
extern const ForecasterType *const ForecasterTypes[];

/*@
  GradientsReduce - sums gradients over the ranks that share a weight: the whole group, or those of a neuron

  Collective on the group of the grid
@*/
PetscErrorCode GradientsReduce(ForecastModel *model);

#endif
