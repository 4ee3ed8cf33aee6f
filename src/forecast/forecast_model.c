/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast_model.h"

#include "causeway/log.h"

#include "causeway/internal/parallel/reduce.h"

PetscErrorCode GradientsReduce(ForecastModel *m)
{
  Weights *w = &m->weights;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_TRAIN_REDUCE));
  PetscCall(SumOverRanks(m->grid->group, w->n_shared, MPI_REAL_TYPE, w->gradient));
  if (m->grid->n_batch > 1) {
    PetscCall(SumOverRanks(m->grid->batch, w->n_trained - w->n_shared, MPI_REAL_TYPE,
                           w->gradient + w->n_shared));
  }
  PetscCall(LogEventStop(EVENT_TRAIN_REDUCE));
  PetscFunctionReturn(0);
}

PetscErrorCode ForecastVisit(ForecastModel *model, const Windows *windows, int64_t batch_size,
                             int64_t first, int64_t count, ForecastVisitor visitor, void *context)
{
  double loss;
  Batch batch;

  PetscFunctionBegin;
  PetscCall(BatchCreate(windows, model->grid, batch_size, &batch));
  for (int64_t start = 0; start < count; start += batch_size) {
    BatchFill(windows, model->grid, NULL, first + start, PetscMin(batch_size, count - start),
              &batch);
    PetscCall(model->type->forward(model, &batch, PETSC_FALSE, 0, 0, 0, NULL, &loss));
    PetscCall(visitor(model, &batch, context));
  }
  PetscCall(BatchDestroy(&batch));
  PetscFunctionReturn(0);
}
