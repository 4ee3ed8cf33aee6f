/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic.h"

#include <mpi.h>

static Traffic traffic;

Traffic TrafficCount(void)
{
  return traffic;
}

static int64_t size_of(MPI_Datatype type, int64_t count)
{
  int size;

  (void)PMPI_Type_size(type, &size);
  return count * size;
}

static void count_message(int count, MPI_Datatype type)
{
  traffic.messages++;
  traffic.bytes += size_of(type, count);
}

static void count_collective(int64_t count, MPI_Datatype type)
{
  traffic.collectives++;
  traffic.collective_bytes += size_of(type, count);
}

int MPI_Send(const void *values, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm)
{
  count_message(count, type);
  return PMPI_Send(values, count, type, to, tag, comm);
}

int MPI_Rsend(const void *values, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm)
{
  count_message(count, type);
  return PMPI_Rsend(values, count, type, to, tag, comm);
}

int MPI_Isend(const void *values, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm,
              MPI_Request *request)
{
  count_message(count, type);
  return PMPI_Isend(values, count, type, to, tag, comm, request);
}

int MPI_Sendrecv(const void *sent, int n_sent, MPI_Datatype sent_type, int to, int send_tag,
                 void *received, int n_received, MPI_Datatype received_type, int from,
                 int receive_tag, MPI_Comm comm, MPI_Status *status)
{
  count_message(n_sent, sent_type);
  return PMPI_Sendrecv(sent, n_sent, sent_type, to, send_tag, received, n_received, received_type,
                       from, receive_tag, comm, status);
}

int MPI_Alltoallv(const void *sent, const int n_sent[], const int send_starts[],
                  MPI_Datatype sent_type, void *received, const int n_received[],
                  const int receive_starts[], MPI_Datatype received_type, MPI_Comm comm)
{
  int rank, size;

  (void)PMPI_Comm_rank(comm, &rank);
  (void)PMPI_Comm_size(comm, &size);
  for (int to = 0; to < size; to++) {
    if (to != rank && n_sent[to] > 0) {
      count_message(n_sent[to], sent_type);
    }
  }
  return PMPI_Alltoallv(sent, n_sent, send_starts, sent_type, received, n_received, receive_starts,
                        received_type, comm);
}

int MPI_Allreduce(const void *mine, void *all, int count, MPI_Datatype type, MPI_Op op,
                  MPI_Comm comm)
{
  count_collective(count, type);
  return PMPI_Allreduce(mine, all, count, type, op, comm);
}

int MPI_Reduce(const void *mine, void *all, int count, MPI_Datatype type, MPI_Op op, int root,
               MPI_Comm comm)
{
  count_collective(count, type);
  return PMPI_Reduce(mine, all, count, type, op, root, comm);
}

int MPI_Bcast(void *values, int count, MPI_Datatype type, int root, MPI_Comm comm)
{
  int rank;

  (void)PMPI_Comm_rank(comm, &rank);
  count_collective(rank == root ? 0 : count, type);
  return PMPI_Bcast(values, count, type, root, comm);
}

int MPI_Allgather(const void *mine, int n_mine, MPI_Datatype mine_type, void *all, int count,
                  MPI_Datatype type, MPI_Comm comm)
{
  int size;

  (void)PMPI_Comm_size(comm, &size);
  count_collective((int64_t)count * size, type);
  return PMPI_Allgather(mine, n_mine, mine_type, all, count, type, comm);
}

int MPI_Allgatherv(const void *mine, int n_mine, MPI_Datatype mine_type, void *all,
                   const int counts[], const int starts[], MPI_Datatype type, MPI_Comm comm)
{
  int64_t total = 0;
  int size;

  (void)PMPI_Comm_size(comm, &size);
  for (int from = 0; from < size; from++) {
    total += counts[from];
  }
  count_collective(total, type);
  return PMPI_Allgatherv(mine, n_mine, mine_type, all, counts, starts, type, comm);
}
