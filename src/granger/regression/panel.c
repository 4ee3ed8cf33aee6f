/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regression/regression.h"

/* Process row or column that needs global neuron `index`. */
static int wanted_by(int64_t index, int block, int n_processes)
{
  return (int)(index / block % n_processes);
}

PetscErrorCode PanelPlanCreate(const ProcessGrid *grid, const Partition *partition, int block,
                               PetscBool for_rows, int64_t longest, PanelPlan *plan)
{
  const int n_processes = for_rows ? grid->rows : grid->columns;
  const int me = for_rows ? grid->row : grid->column;
  int64_t filled = 0;
  int *group_start;

  PetscFunctionBegin;
  plan->comm = grid->comm;
  plan->partition = partition;
  plan->n_panel = BlockCyclicCount(partition->n_global, block, me, n_processes);
  PetscCall(PetscMalloc1(partition->n_local, &plan->order));
  PetscCall(PetscMalloc1(n_processes + 1, &group_start));
  for (int process = 0; process < n_processes; process++) {
    group_start[process] = (int)filled;
    for (int64_t i = 0; i < partition->n_local; i++) {
      if (wanted_by(partition->first + i, block, n_processes) == process) {
        plan->order[filled++] = i;
      }
    }
  }
  group_start[n_processes] = (int)filled;
  PetscCall(PetscCalloc4(partition->size, &plan->send_count, partition->size, &plan->send_start,
                         partition->size, &plan->receive_count, partition->size,
                         &plan->receive_start));
  for (int rank = 0; rank < partition->size; rank++) {
    /* all ranks of a process row or column receive the same part of the buffer */
    int process = for_rows ? rank / grid->columns : rank % grid->columns;
    int64_t last = PartitionFirst(partition, rank + 1);

    plan->send_start[rank] = group_start[process];
    plan->send_count[rank] = group_start[process + 1] - group_start[process];
    for (int64_t g = PartitionFirst(partition, rank); g < last; g++) {
      plan->receive_count[rank] += wanted_by(g, block, n_processes) == me;
    }
    if (rank > 0) {
      plan->receive_start[rank] = plan->receive_start[rank - 1] + plan->receive_count[rank - 1];
    }
  }
  PetscCall(PetscFree(group_start));
  PetscCall(PetscMalloc1(partition->n_local * longest, &plan->send_buffer));
  PetscFunctionReturn(0);
}

PetscErrorCode PanelPlanFree(PanelPlan *plan)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(plan->order));
  PetscCall(
      PetscFree4(plan->send_count, plan->send_start, plan->receive_count, plan->receive_start));
  PetscCall(PetscFree(plan->send_buffer));
  PetscFunctionReturn(0);
}

PetscErrorCode PanelGather(PanelPlan *plan, const double *values, int64_t stride, int64_t first,
                           int64_t length, const double *offsets, double *panel)
{
  MPI_Datatype series;

  PetscFunctionBegin;
  for (int64_t k = 0; k < plan->partition->n_local; k++) {
    const double *source = values + plan->order[k] * stride + first;
    const double offset = offsets ? offsets[plan->order[k]] : 0.0;

    for (int64_t t = 0; t < length; t++) {
      plan->send_buffer[k * length + t] = source[t] - offset;
    }
  }
  PetscCallMPI(MPI_Type_contiguous((int)length, MPI_DOUBLE, &series));
  PetscCallMPI(MPI_Type_commit(&series));
  PetscCallMPI(MPI_Alltoallv(plan->send_buffer, plan->send_count, plan->send_start, series, panel,
                             plan->receive_count, plan->receive_start, series, plan->comm));
  PetscCallMPI(MPI_Type_free(&series));
  PetscFunctionReturn(0);
}
