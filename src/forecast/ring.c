/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ring.h"

PetscErrorCode RingCreate(int64_t n_most, int row_most, Ring *ring)
{
  PetscFunctionBegin;
  *ring = (Ring){.n_most = n_most, .row_most = row_most};
  for (int half = 0; half < 2; half++) {
    PetscCall(PetscMalloc1(n_most * row_most, &ring->arrived[half]));
    PetscCall(PetscMalloc1(n_most * row_most, &ring->coming[half]));
  }
  for (int k = 0; k < 4; k++) {
    ring->requests[k] = MPI_REQUEST_NULL;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RingDestroy(Ring *ring)
{
  PetscFunctionBegin;
  for (int half = 0; half < 2; half++) {
    PetscCall(PetscFree(ring->arrived[half]));
    PetscCall(PetscFree(ring->coming[half]));
  }
  PetscFunctionReturn(0);
}

void RingProgress(Ring *ring)
{
  int flag;

  for (int k = 0; k < 4; k++) {
    if (ring->requests[k] != MPI_REQUEST_NULL) {
      (void)MPI_Test(&ring->requests[k], &flag, MPI_STATUS_IGNORE);
    }
  }
}

static RingBlock block_of(const Ring *ring, const Partition *partition, int owner, int half,
                          int64_t n_samples, int64_t per_neuron)
{
  RingBlock block;

  block.sample = RingHalf(n_samples, half);
  block.n_samples = RingHalf(n_samples, half + 1) - block.sample;
  block.first_neuron = PartitionFirst(partition, owner);
  block.n_local = PartitionFirst(partition, owner + 1) - block.first_neuron;
  block.rows = block.n_samples * block.n_local * per_neuron;
  block.values = ring->arrived[half];
  return block;
}

PetscErrorCode RingRun(Ring *ring, const Partition *partition, int64_t n_samples,
                       int64_t per_neuron, int row, PetscBool home, RingWork work, void *context)
{
  const int size = partition->size, rank = partition->rank;
  const int to = (rank + size - 1) % size, from = (rank + 1) % size;
  const int stops = size == 1 ? 0 : (home ? size : size - 1); /* messages of each half */
  MPI_Datatype row_type;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Type_contiguous(row, MPI_REAL_TYPE, &row_type));
  PetscCallMPI(MPI_Type_commit(&row_type));
  for (int stop = 0; stop <= stops; stop++) {
    for (int half = 0; half < 2; half++) {
      MPI_Request *requests = &ring->requests[2 * (size_t)half];
      const RingBlock here =
          block_of(ring, partition, (rank + stop) % size, half, n_samples, per_neuron);

      if (stop > 0) {
        Real *left = ring->arrived[half];

        PetscCallMPI(MPI_Waitall(2, requests, MPI_STATUSES_IGNORE));
        ring->arrived[half] = ring->coming[half];
        ring->coming[half] = left;
      }
      if (stop < size) {
        const RingBlock block = {here.sample,  here.n_samples, here.first_neuron,
                                 here.n_local, here.rows,      ring->arrived[half]};

        if (stop < stops) {
          const RingBlock next =
              block_of(ring, partition, (rank + stop + 1) % size, half, n_samples, per_neuron);

          PetscCallMPI(MPI_Irecv(ring->coming[half], (int)next.rows, row_type, from, half,
                                 partition->comm, &requests[0]));
        }
        work(context, ring, &block);
        if (stop < stops) {
          PetscCallMPI(MPI_Isend(ring->arrived[half], (int)here.rows, row_type, to, half,
                                 partition->comm, &requests[1]));
          ring->bytes += (double)here.rows * row * (double)sizeof(Real);
          ring->messages++;
        }
      }
    }
  }
  PetscCallMPI(MPI_Type_free(&row_type));
  PetscFunctionReturn(0);
}
