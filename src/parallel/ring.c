/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/parallel/ring.h"

#include <limits.h>

/* Message tags; the number of the part is added. */
enum { TAG_RING = 840 };

PetscErrorCode RingTripCreate(const Partition *partition, RingDirection direction, int n_parts,
                              int64_t most, MPI_Datatype type, PetscBool lent, RingTrip *t)
{
  const int n_buffers = PetscMin(2, lent ? partition->size - 1 : partition->size);

  PetscFunctionBegin;
  *t = (RingTrip){
      .partition = *partition, .direction = (int)direction, .n_parts = n_parts, .type = type};
  PetscCallMPI(MPI_Type_size(type, &t->number_bytes));
  for (int part = 0; part < n_parts; part++) {
    for (int k = 0; k < n_buffers; k++) {
      PetscCall(PetscMalloc(partition->block * most * t->number_bytes, &t->buffer[part][k]));
    }
    t->here[part] = t->buffer[part][0];
    t->requests[part][0] = t->requests[part][1] = MPI_REQUEST_NULL;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RingTripDestroy(RingTrip *t)
{
  PetscFunctionBegin;
  for (int part = 0; part < t->n_parts; part++) {
    PetscCall(PetscFree(t->buffer[part][0]));
    PetscCall(PetscFree(t->buffer[part][1]));
  }
  PetscFunctionReturn(0);
}

void RingTripProgress(RingTrip *t)
{
  int flag;

  for (int k = 0; k < 2 * t->n_parts; k++) {
    if (t->requests[k / 2][k % 2] != MPI_REQUEST_NULL) {
      (void)MPI_Test(&t->requests[k / 2][k % 2], &flag, MPI_STATUS_IGNORE);
    }
  }
}

/* Rank whose block is in use after `stop` stops. */
static int owner_at(const RingTrip *t, int stop)
{
  const int size = t->partition.size;

  return (t->partition.rank + t->direction * stop + size) % size;
}

/* Rows of the block that is in use after `stop` stops. */
static int64_t rows_at(const RingTrip *t, int stop, int64_t *first)
{
  const int owner = owner_at(t, stop);

  *first = PartitionFirst(&t->partition, owner);
  return PartitionFirst(&t->partition, owner + 1) - *first;
}

static PetscErrorCode send_part(RingTrip *t, int part)
{
  int64_t first;
  const int64_t rows = rows_at(t, t->stop, &first);

  PetscFunctionBegin;
  PetscCallMPI(MPI_Isend(t->here[part], (int)rows, t->row[part], owner_at(t, -1), TAG_RING + part,
                         t->partition.comm, &t->requests[part][1]));
  t->bytes += (double)rows * (double)t->length[part] * t->number_bytes;
  t->messages++;
  PetscFunctionReturn(0);
}

/* Waits for the messages of a part to this rank. */
static PetscErrorCode await_part(RingTrip *t, int part)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Waitall(2, t->requests[part], MPI_STATUSES_IGNORE));
  t->here[part] = t->coming[part];
  PetscFunctionReturn(0);
}

/* Takes a part into use and starts receiving the one of the next rank. */
static PetscErrorCode take_part(RingTrip *t, int part)
{
  RingBlock *block = &t->block;
  int64_t first;

  PetscFunctionBegin;
  if (t->stop > 0) {
    PetscCall(await_part(t, part));
  }
  block->part = part;
  block->n = rows_at(t, t->stop, &block->first);
  block->values = t->here[part];
  if (t->stop < t->n_hops) {
    t->coming[part] = t->buffer[part][t->here[part] == t->buffer[part][0] ? 1 : 0];
    PetscCallMPI(MPI_Irecv(t->coming[part], (int)rows_at(t, t->stop + 1, &first), t->row[part],
                           owner_at(t, 1), TAG_RING + part, t->partition.comm,
                           &t->requests[part][0]));
    if (t->mode == RING_READ) {
      PetscCall(send_part(t, part));
    }
  }
  PetscFunctionReturn(0);
}

/* Returns changed blocks to their owners. */
static PetscErrorCode end_trip(RingTrip *t)
{
  PetscFunctionBegin;
  for (int part = 0; part < t->n_parts && t->n_hops > 0; part++) {
    if (t->mode == RING_CHANGE) {
      PetscCall(await_part(t, part));
    }
    PetscCallMPI(MPI_Type_free(&t->row[part]));
  }
  t->has_block = PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode RingTripBegin(RingTrip *t, RingMode mode, const int64_t length[])
{
  const int size = t->partition.size;

  PetscFunctionBegin;
  t->mode = mode;
  t->stop = 0;
  t->n_hops = size > 1 && mode == RING_CHANGE ? size : size - 1;
  t->has_block = PETSC_TRUE;
  for (int part = 0; part < t->n_parts; part++) {
    PetscCheck(length[part] <= INT_MAX, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "a row of more than 2^31 - 1 numbers");
    t->length[part] = length[part];
    if (t->n_hops > 0) {
      PetscCallMPI(MPI_Type_contiguous((int)length[part], t->type, &t->row[part]));
      PetscCallMPI(MPI_Type_commit(&t->row[part]));
    }
  }
  PetscCall(take_part(t, 0));
  PetscFunctionReturn(0);
}

PetscErrorCode RingTripNext(RingTrip *t)
{
  const int part = t->block.part;

  PetscFunctionBegin;
  if (t->mode == RING_CHANGE && t->stop < t->n_hops) {
    PetscCall(send_part(t, part));
  }
  if (part + 1 < t->n_parts) {
    PetscCall(take_part(t, part + 1));
  } else if (++t->stop < t->partition.size) {
    PetscCall(take_part(t, 0));
  } else {
    PetscCall(end_trip(t));
  }
  PetscFunctionReturn(0);
}
