/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulation_impl.h"

PetscErrorCode SpikeExchangeCreate(MPI_Comm comm, int64_t n_global, SpikeExchange *exchange)
{
  SpikeExchange *x = exchange;

  PetscFunctionBegin;
  x->comm = comm;
  PetscCallMPI(MPI_Comm_size(comm, &x->size));
  PetscCall(PetscCalloc2(1 + SPIKE_PACKET, &x->mine, x->size * (1 + SPIKE_PACKET), &x->packets));
  PetscCall(PetscCalloc4(x->size, &x->count, x->size, &x->start, n_global, &x->overflow, n_global,
                         &x->all));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeExchangeFree(SpikeExchange *exchange)
{
  PetscFunctionBegin;
  PetscCall(PetscFree2(exchange->mine, exchange->packets));
  PetscCall(PetscFree4(exchange->count, exchange->start, exchange->overflow, exchange->all));
  PetscFunctionReturn(0);
}

static const int32_t *packet_of(const SpikeExchange *x, int64_t rank)
{
  return x->packets + rank * (1 + SPIKE_PACKET);
}

/* The spikes beyond the packet, in a second message that all ranks know to be needed. */
static PetscErrorCode exchange_overflow(SpikeExchange *x, int64_t n_fired, const int64_t *fired)
{
  int total = 0, n_mine = (int)PetscMax(0, n_fired - SPIKE_PACKET);
  int32_t *mine = x->all; /* free until the lists are joined */

  PetscFunctionBegin;
  for (int r = 0; r < x->size; r++) {
    x->start[r] = total;
    x->count[r] = PetscMax(0, packet_of(x, r)[0] - SPIKE_PACKET);
    total += x->count[r];
  }
  if (total == 0) {
    PetscFunctionReturn(0);
  }
  for (int k = 0; k < n_mine; k++) {
    mine[k] = (int32_t)fired[SPIKE_PACKET + k];
  }
  PetscCallMPI(MPI_Allgatherv(mine, n_mine, MPI_INT32_T, x->overflow, x->count, x->start,
                              MPI_INT32_T, x->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeExchangeStep(SpikeExchange *x, int64_t n_fired, const int64_t *fired)
{
  PetscFunctionBegin;
  x->mine[0] = (int32_t)n_fired;
  for (int64_t k = 0; k < PetscMin(n_fired, SPIKE_PACKET); k++) {
    x->mine[1 + k] = (int32_t)fired[k];
  }
  PetscCallMPI(MPI_Allgather(x->mine, 1 + SPIKE_PACKET, MPI_INT32_T, x->packets, 1 + SPIKE_PACKET,
                             MPI_INT32_T, x->comm));
  PetscCall(exchange_overflow(x, n_fired, fired));
  /* ranks hold ascending blocks, so joining the lists by rank sorts them */
  x->n_all = 0;
  for (int r = 0; r < x->size; r++) {
    const int32_t *packet = packet_of(x, r);

    for (int k = 0; k < PetscMin(packet[0], SPIKE_PACKET); k++) {
      x->all[x->n_all++] = packet[1 + k];
    }
    for (int k = 0; k < packet[0] - SPIKE_PACKET; k++) {
      x->all[x->n_all++] = x->overflow[x->start[r] + k];
    }
  }
  PetscFunctionReturn(0);
}
