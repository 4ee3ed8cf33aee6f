/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "var_model.h"

PetscErrorCode VarModelCreate(const ProcessGrid *grid, int64_t n, int block, int64_t order,
                              VarModel *model)
{
  PetscFunctionBegin;
  *model = (VarModel){.n = n, .order = order};
  PetscCall(PetscCalloc1(order, &model->lags));
  for (int64_t k = 0; k < order; k++) {
    PetscCall(BlockCyclicCreate(grid, n, n, block, block, &model->lags[k]));
  }
  PetscCall(BlockCyclicCreate(grid, n, n, block, block, &model->factor));
  PetscFunctionReturn(0);
}

PetscErrorCode VarModelFree(VarModel *model)
{
  PetscFunctionBegin;
  for (int64_t k = 0; k < model->order; k++) {
    PetscCall(BlockCyclicFree(&model->lags[k]));
  }
  PetscCall(PetscFree(model->lags));
  PetscCall(BlockCyclicFree(&model->factor));
  *model = (VarModel){0};
  PetscFunctionReturn(0);
}

PetscErrorCode VarModelVariances(const VarModel *model, double *variances)
{
  const BlockCyclic *l = &model->factor;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(variances, model->n));
  for (int64_t j = 0; j < l->local_columns; j++) {
    for (int64_t i = 0; i < l->local_rows; i++) {
      const double entry = l->values[i + j * (int64_t)l->leading];

      variances[BlockCyclicGlobal(i, l->row_block, l->grid->row, l->grid->rows)] += entry * entry;
    }
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, variances, (int)model->n, MPI_DOUBLE, MPI_SUM, l->grid->comm));
  PetscFunctionReturn(0);
}
