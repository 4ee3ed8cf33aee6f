/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ORDER_H
#define CAUSEWAY_ORDER_H

#include "granger_impl.h"

#include "var/var_model.h"

/*@
  RecursionSolve - chooses the order by the criterion in one recursion over all orders, or runs up
                   to the given order; sets info.order

  Collective
  Output: model - model of that order, for the recursive estimator, freed by the caller; NULL when
                  only the order is needed
@*/
PetscErrorCode RecursionSolve(Granger granger, const ProcessGrid *grid, Activity activity,
                              VarModel *model);

/* Computes the model of order info.order without one source. Collective. */
PetscErrorCode RecursionWithout(Granger granger, const ProcessGrid *grid, Activity activity,
                                int64_t source, VarModel *model);

/* Memory [8-byte numbers] of one recursion on the fullest rank. Not collective. */
double RecursionNumbers(const GrangerSize *size);

#endif
