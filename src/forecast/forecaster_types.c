/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast_model.h"

#include "causeway/log.h"

#include "causalformer.h"
#include "signed.h"

const ForecasterType *const ForecasterTypes[] = {&SignedType, &CausalformerType, NULL};

/* Sums in stretches, because MPI counts in 32 bits. */
static PetscErrorCode sum(MPI_Comm comm, int64_t length, Real *values)
{
  const int64_t most = (int64_t)1 << 28;

  PetscFunctionBegin;
  for (int64_t at = 0; at < length; at += most) {
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, values + at, (int)PetscMin(most, length - at),
                               MPI_REAL_TYPE, MPI_SUM, comm));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GradientsReduce(ForecastModel *m)
{
  Weights *w = &m->weights;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_TRAIN_REDUCE));
  PetscCall(sum(m->grid->group, w->n_shared, w->gradient));
  if (m->grid->n_batch > 1) {
    PetscCall(sum(m->grid->batch, w->n_trained - w->n_shared, w->gradient + w->n_shared));
  }
  PetscCall(LogEventStop(EVENT_TRAIN_REDUCE));
  PetscFunctionReturn(0);
}
