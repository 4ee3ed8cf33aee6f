/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_COUNT_COST_H
#define CAUSEWAY_COUNT_COST_H

#include "noise.h"
#include "traffic.h"

/* What a regression of white noise takes, on average over the ranks. */
static inline PetscErrorCode count_cost(Granger granger, int64_t n, int64_t n_samples,
                                        GrangerCost *counted)
{
  Traffic before, after;
  Activity activity;
  Causality causality;
  GrangerInfo info;
  double mine[2];
  int size;

  PetscFunctionBegin;
  PetscCall(noise_activity(n, n_samples, &activity));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, &causality));
  before = TrafficCount();
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  after = TrafficCount();
  mine[0] = (double)(after.bytes + after.collective_bytes - before.bytes - before.collective_bytes);
  mine[1] = (double)(after.messages + after.collectives - before.messages - before.collectives);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, mine, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(GrangerGetInfo(granger, &info));
  *counted = (GrangerCost){info.flops / size, mine[0] / size, mine[1] / size};
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

#endif
