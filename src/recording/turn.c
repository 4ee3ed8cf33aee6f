/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Redistributes rows in time, read by any rank, into whole series on the ranks that own them. */
#include "recording_impl.h"

#include "causeway/error.h"

/* Number of values of one exchange on one rank. */
enum { TURN_BLOCK = 1 << 21 };

typedef struct {
  Partition partition; /* layout of the channels */
  const int64_t *row_start;
  int64_t first, end; /* rows of the selection */
  int64_t block;      /* rows per rank and round */
} Turn;

/* First row and number of rows that a rank reads in a round. */
static int64_t rows_of(const Turn *turn, int rank, int64_t round, int64_t *n)
{
  const int64_t begin = PetscMax(turn->row_start[rank], turn->first) + round * turn->block;
  const int64_t end = PetscMin(turn->row_start[rank + 1], turn->end);

  *n = PetscMax(0, PetscMin(turn->block, end - begin));
  return begin;
}

static int64_t channels_of(const Turn *turn, int rank)
{
  return PartitionFirst(&turn->partition, rank + 1) - PartitionFirst(&turn->partition, rank);
}

/* Counts what this rank sends to and receives from every other rank. */
static void count_values(const Turn *turn, int64_t round, int *sent, int *sent_at, int *received,
                         int *received_at)
{
  const Partition *p = &turn->partition;
  int64_t n_mine;

  (void)rows_of(turn, p->rank, round, &n_mine);
  for (int rank = 0, at[2] = {0, 0}; rank < p->size; rank++) {
    int64_t n_theirs;

    (void)rows_of(turn, rank, round, &n_theirs);
    sent[rank] = (int)(n_mine * channels_of(turn, rank));
    received[rank] = (int)(n_theirs * p->n_local);
    sent_at[rank] = at[0];
    received_at[rank] = at[1];
    at[0] += sent[rank];
    at[1] += received[rank];
  }
}

/* Orders rows by destination rank, then by channel. */
static void pack(Recording r, int64_t n_rows, const double *rows, double *packed)
{
  for (int64_t k = 0; k < r->n_channels; k++) {
    const int64_t column = r->channels ? r->channels[k] : k;

    for (int64_t t = 0; t < n_rows; t++) {
      packed[k * n_rows + t] = rows[t * r->n_all_channels + column];
    }
  }
}

static void unpack(const Turn *turn, int64_t round, const double *received, const int *at,
                   double *values)
{
  const Partition *p = &turn->partition;
  const int64_t count = turn->end - turn->first;

  for (int rank = 0; rank < p->size; rank++) {
    int64_t n;
    const int64_t begin = rows_of(turn, rank, round, &n);

    for (int64_t i = 0; i < p->n_local; i++) {
      for (int64_t t = 0; t < n; t++) {
        values[i * count + begin - turn->first + t] = received[at[rank] + i * n + t];
      }
    }
  }
}

static PetscErrorCode exchange(Recording r, const Turn *turn, RecordingRows read, double *buffer[3],
                               double *values)
{
  const size_t size = (size_t)turn->partition.size;
  int64_t n_rounds = 0;
  int *counts; /* sent, sent_at, received, received_at */

  PetscFunctionBegin;
  for (int rank = 0; rank < turn->partition.size; rank++) {
    const int64_t first = PetscMax(turn->row_start[rank], turn->first);
    const int64_t end = PetscMin(turn->row_start[rank + 1], turn->end);

    n_rounds = PetscMax(n_rounds, (PetscMax(0, end - first) + turn->block - 1) / turn->block);
  }
  PetscCall(PetscMalloc1(4 * size, &counts));
  for (int64_t round = 0; round < n_rounds; round++) {
    int64_t n;
    const int64_t begin = rows_of(turn, turn->partition.rank, round, &n);
    const PetscErrorCode status = ErrorAgree(r->comm, n ? read(r, begin, n, buffer[0]) : 0);

    if (status) {
      PetscCall(PetscFree(counts));
      PetscFunctionReturn(status);
    }
    pack(r, n, buffer[0], buffer[1]);
    count_values(turn, round, counts, counts + size, counts + 2 * size, counts + 3 * size);
    PetscCallMPI(MPI_Alltoallv(buffer[1], counts, counts + size, MPI_DOUBLE, buffer[2],
                               counts + 2 * size, counts + 3 * size, MPI_DOUBLE, r->comm));
    unpack(turn, round, buffer[2], counts + 3 * size, values);
  }
  PetscCall(PetscFree(counts));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingTurn(Recording r, const int64_t row_start[], RecordingRows rows,
                             int64_t first, int64_t count, double *values)
{
  Turn turn = {.row_start = row_start, .first = first, .end = first + count};
  double *buffer[3];
  int64_t most = 0;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PartitionMake(r->comm, r->n_channels, &turn.partition));
  for (int rank = 0; rank < turn.partition.size; rank++) {
    most = PetscMax(most, row_start[rank + 1] - row_start[rank]);
  }
  turn.block = PetscMax(1, PetscMin(most, TURN_BLOCK / r->n_all_channels));
  PetscCall(PetscMalloc3(turn.block * r->n_all_channels, &buffer[0], turn.block * r->n_channels,
                         &buffer[1], turn.block * turn.partition.size * turn.partition.n_local,
                         &buffer[2]));
  status = exchange(r, &turn, rows, buffer, values);
  PetscCall(PetscFree3(buffer[0], buffer[1], buffer[2]));
  PetscFunctionReturn(status);
}
